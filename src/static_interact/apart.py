"""Find controls that change different parts of the frame: these can be baked apart, which takes sums where products were.

Three sliders of 100 steps, each with a panel of its own, need 300 frames and not a million. That parts are different is
found by trying, and then checked on combinations drawn at random: there the frame put together from the groups' frames
must equal the one that the function shows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

Combination = tuple[int, ...]
CHECKS = 12  # random combinations


class Conflict(Exception):
    """Two frames change the same part of a third one."""


def groups_apart(
    shape: Combination, start: Combination, frame: Callable[[Combination], Element]
) -> tuple[Combination, ...] | None:
    """Group the axes of a grid by the parts of the frame that they change.

    Parameters
    ----------
    shape, start : tuple of int
        Number of places on each axis, and the place at which the page opens.
    frame : callable
        Gives the frame of a combination; it is asked for few: those at the ends of single axes and of pairs, then
        `CHECKS` others.

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

    def join(one: int, other: int) -> None:
        old, new = group[other], group[one]
        group.update({axis: new for axis, name in group.items() if name == old})

    def apart(one: int, other: int) -> bool:
        return group[one] != group[other]

    for one, other in itertools.combinations(moving, 2):
        if apart(one, other) and any(
            not fits(at({}), [at({one: a}), at({other: b})]) for a in ends[one] for b in ends[other]
        ):
            join(one, other)
        if len({group[axis] for axis in moving}) == 1:
            return None
    # What one control does may depend on another one even where the two never touch the same part.
    for one, other in itertools.combinations(moving, 2):
        for a, b in zip(ends[one], ends[other]):
            if apart(one, other) and not fits(at({}), [at({one: a}), at({other: b})], at({one: a, other: b})):
                join(one, other)
    groups = tuple(tuple(axis for axis in group if group[axis] == name) for name in dict.fromkeys(group.values()))
    if len(groups) < 2 or not _hold(groups, shape, at):
        return None
    return groups


def _hold(groups: Sequence[Combination], shape: Combination, at: Callable[[dict[int, int]], Element]) -> bool:
    """Whether frames put together are right at places drawn at random, the same ones on every run."""
    chance = random.Random(0)
    for _ in range(CHECKS):
        places = [chance.randrange(size) for size in shape]
        parts = [at({axis: places[axis] for axis in group}) for group in groups]
        if not fits(at({}), parts, at(dict(enumerate(places)))):
            return False
    return True


def fits(base: Element, parts: Sequence[Element], whole: Element | None = None) -> bool:
    """Whether frames change different parts of a base, and, put together, equal a given frame."""
    try:
        made = assemble(base, parts)
    except Conflict:
        return False
    return whole is None or same(made, whole)


def assemble(base: Element, parts: Sequence[Element]) -> Element:
    """Put together what frames change.

    Parameters
    ----------
    base : xml.etree.ElementTree.Element
        The frame from which each of the others differs.
    parts : sequence of xml.etree.ElementTree.Element
        Frames.

    Returns
    -------
    xml.etree.ElementTree.Element
        The base with all the changes. It shares elements with what is given.

    Raises
    ------
    Conflict
        If two of them change the same attribute, the same text, or the children of the same element.
    """
    changed = [part for part in parts if not same(base, part)]
    if len(changed) <= 1:
        return changed[0] if changed else base
    if any(part.tag != base.tag or len(part) != len(base) or set(part.attrib) != set(base.attrib) for part in changed):
        raise Conflict
    made = Element(base.tag, {name: _one(value, [p.attrib[name] for p in changed]) for name, value in base.items()})
    made.text = _one(base.text or "", [part.text or "" for part in changed])
    made.tail = _one(base.tail or "", [part.tail or "" for part in changed])
    made.extend([assemble(child, [part[place] for part in changed]) for place, child in enumerate(base)])
    return made


def _one(value: str, others: Sequence[str]) -> str:
    changed = [other for other in others if other != value]
    if len(changed) > 1:
        raise Conflict
    return changed[0] if changed else value


def same(one: Element, other: Element) -> bool:
    """Whether two trees are equal."""
    if one is other:
        return True
    return (
        one.tag == other.tag
        and (one.text or "") == (other.text or "")
        and (one.tail or "") == (other.tail or "")
        and len(one) == len(other)
        and one.attrib == other.attrib
        and all(map(same, one, other))
    )
