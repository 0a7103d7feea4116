"""Which combinations of a figure's controls are called, when all of them would be too many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
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
    note : str or None
        What readers are told about what is left out.
    """

    kind: str
    shape: Combination
    start: Combination
    groups: tuple[Combination, ...]
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
                for axis, place in zip(group, places):
                    combination[axis] = place
                found[tuple(combination)] = None
        return tuple(found)

    @property
    def count(self) -> int:
        """Number of frames."""
        if self.kind == "full":
            return math.prod(self.shape)
        return 1 + sum(math.prod(self.shape[axis] for axis in group) - 1 for group in self.groups)


def make_plan(explorer: Explorer, settings: Settings, wish: Wish) -> Plan:
    """Decide what is called; axes that are thinned are told so.

    Parameters
    ----------
    explorer : Explorer
        The figure.
    settings : Settings
        What holds for the build.
    wish : Wish
        What the author asks for.

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
        if (places := (wish.places or {}).get(axis.name)) is not None:
            axis.keep(thinned(axis.size, axis.start, places))
    if explorer.count <= limit:
        return _plan("full", explorer, before)
    if settings.thinning == "error" and wish.frames is None:
        raise ValueError(_too_large(explorer, limit))
    sizes = shared(explorer.shape, [axis.ordered and axis.places is None for axis in explorer.axes], limit)
    if sizes is not None:
        _keep(explorer, sizes)
        return _plan("full", explorer, before)
    count = 1 + sum(size - 1 for size in explorer.shape)
    if count > limit:
        each = max(2, limit // len(explorer.axes))
        _keep(
            explorer, [min(size, each) if axis.ordered else size for axis, size in zip(explorer.axes, explorer.shape)]
        )
    return _plan("single", explorer, before)


def _keep(explorer: Explorer, sizes: Sequence[int]) -> None:
    for axis, size in zip(explorer.axes, sizes):
        if size < axis.size:
            axis.keep(thinned(axis.size, axis.start, size))


def _plan(kind: str, explorer: Explorer, before: Combination) -> Plan:
    axes = range(len(explorer.axes))
    groups = (tuple(axes),) if kind == "full" else tuple((axis,) for axis in axes)
    return Plan(kind, explorer.shape, explorer.start, groups, _note(kind, explorer, before))


def _note(kind: str, explorer: Explorer, before: Combination) -> str | None:
    few = [
        f"{axis.size} of the {size:,} values of {axis.name}"
        for axis, size in zip(explorer.axes, before)
        if axis.size < size
    ]
    sentences = []
    if kind == "single":
        sentences.append("Here one control moves at a time, while the others stand at their start values.")
    if few:
        *most, last = few
        sentences.append(f"This page has {', '.join(most)}{' and ' if most else ''}{last}.")
    if not sentences:
        return None
    return " ".join([*sentences, "In the notebook, with a kernel, all combinations are there."])


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
    if len(kept) > most:
        others = [place for place in (size - 1, 0) if place != start]
        return tuple(sorted([start, *others[: most - 1]]))
    for step in range(max(2, (size - 1) // most), size + 1):
        places = {*range(0, size, step)} | kept
        if len(places) <= most:
            return tuple(sorted(places))
    return tuple(sorted(kept))


def shared(sizes: Sequence[int], can_shrink: Sequence[bool], limit: int) -> tuple[int, ...] | None:
    """Share a number of frames among axes.

    Parameters
    ----------
    sizes : sequence of int
        Number of places of each axis.
    can_shrink : sequence of bool
        Whether places may be left out.
    limit : int
        The product may be so large.

    Returns
    -------
    tuple of int or None
        Number of places of each axis: as even as can be, none of those that shrink below `FEWEST`; None if that cannot be.

    Examples
    --------
    >>> shared((101, 101, 3), (True, True, False), 2_000)
    (25, 26, 3)
    >>> shared((101,) * 6, (True,) * 6, 2_000) is None
    True
    """
    fixed = math.prod(size for size, can in zip(sizes, can_shrink) if not can)
    free = [place for place, can in enumerate(can_shrink) if can]
    room = limit / fixed
    now = list(sizes)

    def product() -> int:
        return math.prod(now[place] for place in free)

    for place in free:
        now[place] = min(sizes[place], FEWEST)
    if product() > room:
        return None
    while True:
        # The one that lost most gets the next place.
        for place in sorted(free, key=lambda k: (now[k] / sizes[k], -k)):
            if now[place] < sizes[place]:
                now[place] += 1
                if product() <= room:
                    break
                now[place] -= 1
        else:
            return tuple(now)
