"""Find controls that change different parts of the frame: baked apart, they take sums where products were.

Three sliders of 100 steps, each with a panel of its own, need 300 frames and not a million. Which controls these are is
found by trying pairs of them. In the end frames put together are compared with frames that the function shows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

from .columns import NotSeparable
from .decode import decode
from .element import View
from .encode import Encoded, encode
from .figure import DRAWN

Combination = tuple[int, ...]
CHECKS = 12  # random combinations


def groups_apart(
    shape: Combination, start: Combination, frame: Callable[[Combination], Element]
) -> tuple[Combination, ...] | None:
    """Group the axes of a grid by the parts of the frame that they change.

    Parameters
    ----------
    shape, start : tuple of int
        Number of places on each axis, and the place at which the page opens.
    frame : callable
        Gives the frame of a combination; it is asked for those at the ends of single axes and of pairs, each once.

    Returns
    -------
    tuple of tuple of int or None
        Axes by group, two groups or more; None if there are no parts that can be told apart.
    """
    frames: dict[Combination, Element] = {}

    def at(places: dict[int, int]) -> Element:
        combination = tuple(places.get(axis, place) for axis, place in enumerate(start))
        if combination not in frames:
            frames[combination] = frame(combination)
        return frames[combination]

    moving = [axis for axis, size in enumerate(shape) if size > 1]
    ends = {axis: [place for place in (shape[axis] - 1, 0) if place != start[axis]] for axis in moving}
    group = {axis: axis for axis in range(len(shape))}

    def join_where(met: Callable[[int, int, int, int], bool]) -> None:
        for one, other in itertools.combinations(moving, 2):
            for a, b in zip(itertools.cycle(ends[one]), ends[other]):
                if group[one] != group[other] and met(one, a, other, b):
                    old = group[other]
                    group.update({axis: group[one] for axis, name in group.items() if name == old})

    join_where(lambda one, a, other, b: put_together(at({}), at({one: a}), at({other: b})) is None)
    if len({group[axis] for axis in moving}) > 1:
        # What one control does may depend on another one even where the two never touch the same part.
        join_where(lambda one, a, other, b: not _fit(at({}), at({one: a}), at({other: b}), at({one: a, other: b})))
    if len({group[axis] for axis in moving}) <= 1:
        return None
    return tuple(tuple(axis for axis in group if group[axis] == name) for name in dict.fromkeys(group.values()))


def put_together(base: Element, one: Element, other: Element) -> Element | None:
    """The frame that has the changes of two frames against a third one; None if they change the same part."""
    try:
        found = encode({(0, 0): base, (1, 0): one, (0, 1): other}, (2, 2), (0, 0), ((0,), (1,)))
    except NotSeparable:
        return None
    return decode(found.data, found.template, (1, 1))


def _fit(base: Element, one: Element, other: Element, both: Element) -> bool:
    made = put_together(base, one, other)
    return made is not None and same(made, both)


def verify(sizes: Sequence[Encoded | View], shape: Combination, frame: Callable[[Combination], Element]) -> None:
    """Compare frames that were put together with frames that the function shows.

    Parameters
    ----------
    sizes : sequence of Encoded or View
        All frames, at each size.
    shape : tuple of int
        Number of places on each axis.
    frame : callable
        Gives the frame of a combination, an element with a child for each size; it is asked for `CHECKS` of them,
        drawn at random, the same on every run.

    Raises
    ------
    NotSeparable
        If one differs.
    """
    chance = random.Random(0)
    for _ in range(CHECKS):
        combination = tuple(chance.randrange(size) for size in shape)
        for encoded, shown in zip(sizes, frame(combination), strict=True):
            if not same(decode(encoded.data, encoded.template, combination), shown):
                raise NotSeparable


def same(one: Element, other: Element) -> bool:
    """Whether two trees are equal, but for the boxes of pictures: all frames of a figure get one box in the end."""
    if one is other:
        return True
    if one.tag != other.tag or len(one) != len(other):
        return False
    if (one.text or "") != (other.text or "") or (one.tail or "") != (other.tail or ""):
        return False
    names = {*one.attrib, *other.attrib} - {"viewBox", DRAWN}
    return all(one.get(name) == other.get(name) for name in names) and all(map(same, one, other))
