"""Which combinations of a figure's controls are called, when all of them would be too many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .explorer import Explorer
from .settings import Settings
from .wish import Wish

Combination = tuple[int, ...]
FEWEST = 5  # places to which a slider may be thinned before controls move one at a time instead


@dataclass(frozen=True)
class Plan:
    """What a bake calls.

    Parameters
    ----------
    kind : {"full", "apart", "single"}
        All combinations; groups of axes that change different parts of the frame, each group by itself; or one axis
        at a time, the others at the start.
    shape, start : tuple of int
        Number of places on each axis, and the place at which the page opens.
    groups : tuple of tuple of int
        Axes that are combined with each other: one group of all of them, or more.
    sizes : tuple of int
        Number of places on each axis in a notebook.
    note : str or None
        What readers are told about what is left out.
    """

    kind: str
    shape: Combination
    start: Combination
    groups: tuple[Combination, ...]
    sizes: Combination
    note: str | None = None

    @property
    def combinations(self) -> tuple[Combination, ...]:
        """Places on each axis, for every frame that is called; the start comes first where not all are."""
        if self.kind == "full":
            return tuple(itertools.product(*map(range, self.shape)))
        found = {self.start: None}
        for group in self.groups:
            for places in itertools.product(*(range(self.shape[axis]) for axis in group)):
                combination = list(self.start)
                for axis, place in zip(group, places, strict=True):
                    combination[axis] = place
                found[tuple(combination)] = None
        return tuple(found)

    @property
    def count(self) -> int:
        """Number of frames."""
        return 1 + sum(math.prod(self.shape[axis] for axis in group) - 1 for group in self.groups)


def make_plan(
    explorer: Explorer,
    settings: Settings,
    wish: Wish,
    find_groups: Callable[[], tuple[Combination, ...] | None] = lambda: None,
) -> Plan:
    """Decide what is called; axes that are thinned are told so.

    Parameters
    ----------
    explorer : Explorer
        The figure.
    settings : Settings
        What holds for the build.
    wish : Wish
        What the author asks for.
    find_groups : callable, optional
        Finds axes that change different parts, see `apart.groups_apart`; it is called if the grid is too large.

    Returns
    -------
    Plan
        Deterministic.

    Raises
    ------
    ValueError
        If the grid has to be thinned where the settings forbid it.
    """
    limit = wish.frames or settings.frames
    before = explorer.shape
    for axis in explorer.axes:
        if (places := (wish.places or {}).get(axis.name)) is not None and axis.places is None:
            axis.keep(thinned(axis.size, axis.start, places))
    everything = (tuple(range(len(explorer.axes))),)
    if explorer.count <= limit:
        return _plan("full", everything, explorer, before)
    groups = find_groups() if len(explorer.axes) > 1 else None
    if groups and 1 + sum(math.prod(explorer.shape[axis] for axis in group) - 1 for group in groups) <= limit:
        return _plan("apart", groups, explorer, before)
    if settings.thinning == "error" and wish.frames is None:
        raise ValueError(_too_large(explorer, limit))
    free = [axis.ordered and axis.places is None for axis in explorer.axes]
    for kind, candidate in (("apart", groups), ("full", everything)):
        sizes = candidate and shared(explorer.shape, free, limit, candidate)
        if candidate and sizes:
            _keep(explorer, sizes)
            return _plan(kind, candidate, explorer, before)
    if 1 + sum(size - 1 for size in explorer.shape) > limit:
        each = max(2, limit // len(explorer.axes))
        _keep(explorer, [min(size, each) if can else size for can, size in zip(free, explorer.shape, strict=True)])
    return _plan("single", tuple((axis,) for axis in range(len(explorer.axes))), explorer, before)


def coarser(explorer: Explorer, plan: Plan, share: float) -> Plan | None:
    """Thin a plan further, as its frames take too much room.

    Parameters
    ----------
    explorer : Explorer
        The figure.
    plan : Plan
        What has been called.
    share : float
        So much of it may stay, between 0 and 1.

    Returns
    -------
    Plan or None
        Its combinations are among those of the old one. None if nothing can be left out any more.
    """
    limit = max(1, int(0.9 * share * plan.count))
    free = [axis.ordered for axis in explorer.axes]
    sizes = shared(explorer.shape, free, limit, plan.groups)
    if sizes is None:  # as few as may be
        sizes = tuple(min(size, FEWEST) if can else size for can, size in zip(free, explorer.shape, strict=True))
    if sizes == explorer.shape:
        return None
    _keep(explorer, sizes)
    return _plan(plan.kind, plan.groups, explorer, plan.sizes)


def _keep(explorer: Explorer, sizes: Sequence[int]) -> None:
    for axis, size in zip(explorer.axes, sizes, strict=True):
        if size < axis.size:
            axis.keep(thinned(axis.size, axis.start, size))


def _plan(kind: str, groups: tuple[Combination, ...], explorer: Explorer, before: Combination) -> Plan:
    return Plan(kind, explorer.shape, explorer.start, groups, before, _note(kind, explorer, before))


def _note(kind: str, explorer: Explorer, before: Combination) -> str | None:
    few = [
        f"{axis.size} of the {size:,} values of {axis.name}"
        for axis, size in zip(explorer.axes, before, strict=True)
        if axis.size < size
    ]
    sentences = []
    if kind == "single":
        sentences.append("Here one control moves at a time, while the others stand at their start values.")
    if few:
        sentences.append(f"This page has {_listed(few)}.")
    if still := [name for name, control in explorer.controls.items() if control.reason]:
        sentences.append(f"On this page {_listed(still)} cannot be changed.")
    if not sentences:
        return None
    return " ".join([*sentences, "In the notebook, with a kernel, all values are there."])


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _too_large(explorer: Explorer, limit: int) -> str:
    grid = " x ".join(f"{axis.name} {axis.size}" for axis in explorer.axes)
    return (
        f"{explorer.name} has {explorer.count:,} combinations of its controls ({grid}); at most {limit:,} can be baked "
        "into a page: take larger steps or fewer controls, or say which with bake="
    )


def thinned(size: int, start: int, most: int) -> tuple[int, ...]:
    """Places of an axis in coarser steps.

    Parameters
    ----------
    size, start : int
        Number of places, and the one that is kept in any case.
    most : int
        How many may be kept.

    Returns
    -------
    tuple of int
        Every k-th place, for the smallest k that does, with both ends and the start. With fewer than 3, what there is
        room for: the start before the ends.

    Examples
    --------
    >>> thinned(101, 50, 11), thinned(101, 33, 7)
    ((0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100), (0, 20, 33, 40, 60, 80, 100))
    """
    if most >= size:
        return tuple(range(size))
    kept = {0, start, size - 1}
    if len(kept) >= most:
        others = [place for place in (size - 1, 0) if place != start]
        return tuple(sorted([start, *others[: most - 1]]))
    step = 2
    while len(places := {*range(0, size, step)} | kept) > most:
        step += 1
    return tuple(sorted(places))


def shared(
    sizes: Sequence[int], can_shrink: Sequence[bool], limit: int, groups: Sequence[Combination] | None = None
) -> tuple[int, ...] | None:
    """Share a number of frames among axes.

    Parameters
    ----------
    sizes : sequence of int
        Number of places of each axis.
    can_shrink : sequence of bool
        Whether places may be left out.
    limit : int
        So many frames there may be.
    groups : sequence of tuple of int, optional
        Axes that are combined with each other; by default all of them are.

    Returns
    -------
    tuple of int or None
        Number of places of each axis: the axis that has lost most gets the next place. None of those that shrink has
        less than `FEWEST`; None if that cannot be.

    Examples
    --------
    >>> shared((101, 101, 3), (True, True, False), 2_000)
    (26, 25, 3)
    >>> shared((101, 101, 101), (True, True, True), 250, [(0,), (1,), (2,)])
    (84, 84, 84)
    >>> shared((101,) * 6, (True,) * 6, 2_000) is None
    True
    """
    groups = groups or [tuple(range(len(sizes)))]
    now = [min(size, FEWEST) if can else size for size, can in zip(sizes, can_shrink, strict=True)]

    def count() -> int:
        return 1 + sum(math.prod(now[axis] for axis in group) - 1 for group in groups)

    if count() > limit:
        return None
    growing = [axis for axis, can in enumerate(can_shrink) if can and now[axis] < sizes[axis]]
    while growing:
        axis = min(growing, key=lambda k: (now[k] / sizes[k], k))
        now[axis] += 1
        if count() > limit:
            now[axis] -= 1
            growing.remove(axis)
        elif now[axis] == sizes[axis]:
            growing.remove(axis)
    return tuple(now)
