"""Dragging in a picture: which controls follow the pointer, and where in each frame their values lie.

Every frame carries its own overlay, since limits may change from frame to frame. It is plain SVG, so that it is encoded
as everything else is: for each axes a rectangle to press in; for each control a ``polyline`` through the places of its
values (its ends alone where the places are evenly spaced); and a grip at the present values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element
FAR = 1e5  # points: nothing is drawn there
GRIP, FINGER = 4.5, 16.0  # radii in points: what is seen, and what a finger finds


@dataclass(frozen=True)
class Target:
    """A control that follows one axis of one axes.

    Parameters
    ----------
    control : int
        Which control.
    axes : int
        Which of the figure's axes.
    axis : {"x", "y"}
        Which axis of it.
    values : tuple of float
        The control's values.
    """

    control: int
    axes: int
    axis: str
    values: tuple[float, ...]


def targets(given: Any, names: Sequence[str], values: Sequence[Sequence[Any]]) -> list[Target]:
    """Read an author's ``drag=``.

    Parameters
    ----------
    given : mapping of str to ("x" or "y") or (int, "x" or "y")
        For the name of a control the axis that it follows, of the first axes or of the one with that number.
    names, values : sequence
        For each control its name and its values.

    Returns
    -------
    list of Target

    Raises
    ------
    TypeError, ValueError
        If it is something else, names no control, or one whose values are no numbers.

    Examples
    --------
    >>> targets({"scale": (1, "x")}, ["scale"], [[1, 2]])
    [Target(control=0, axes=1, axis='x', values=(1.0, 2.0))]
    """
    if not isinstance(given, Mapping):
        raise TypeError(f'drag: must be axes by names of controls, such as {{"scale": "x"}}, got {given!r}')
    found = []
    for name, where in given.items():
        if name not in names:
            raise ValueError(f"drag: must name one of the controls {', '.join(names)}, got {name!r}")
        control = list(names).index(name)
        axes, axis = where if isinstance(where, (tuple, list)) and len(where) == 2 else (0, where)
        if axis not in ("x", "y") or isinstance(axes, bool) or not isinstance(axes, int) or axes < 0:
            raise ValueError(f'drag: {name} must follow "x", "y" or (number of the axes, "x" or "y"), got {where!r}')
        grid = list(values[control])
        if not all(isinstance(value, Real) and not isinstance(value, bool) for value in grid):
            raise TypeError(f"drag: {name} must have numbers for values, got {grid[0]!r}")
        if len(grid) > 1:
            found.append(Target(control, axes, axis, tuple(map(float, grid))))
    return found


def overlay(
    figure: Any,
    svg: Element,
    targets: Sequence[Target],
    chosen: Sequence[int],
    origin: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Append to a frame's picture what is needed for dragging in it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As it was drawn.
    svg : xml.etree.ElementTree.Element
        Its picture, in points; changed in place.
    targets : sequence of Target
        What can be dragged.
    chosen : sequence of int
        The index of each control's value in this frame.
    origin : tuple of float
        What to take off from coordinates in points, measured from the figure's upper left corner.

    Raises
    ------
    ValueError
        If the figure has no such axes, or a value has no place on its axis.
    """
    for number in sorted({target.axes for target in targets}):
        if number >= len(figure.axes):
            raise ValueError(f"drag: axes must be one of the figure's {len(figure.axes)}, got number {number}")
        axes = figure.axes[number]
        here = [target for target in targets if target.axes == number]
        box = _points(figure, [axes.bbox.p0, axes.bbox.p1], origin)
        (left, bottom), (right, top) = box
        kinds = {target.axis for target in here}
        group = ElementTree.SubElement(
            svg, "g", {"class": "si-drag" + (f" si-{min(kinds)}" if len(kinds) == 1 else "")}
        )
        group.set("aria-hidden", "true")
        _add(group, "rect", x=left, y=top, width=right - left, height=bottom - top)
        grips: dict[str, list[float]] = {"x": [], "y": []}
        for target in here:
            places = _places(figure, axes, target, origin)
            fixed = bottom if target.axis == "x" else left
            grips[target.axis].append(places[chosen[target.control]])
            ends = [places[0], places[-1]] if _even(places) else places
            pairs = [(place, fixed) if target.axis == "x" else (fixed, place) for place in ends]
            line = ElementTree.SubElement(
                group, "polyline", {"data-control": str(target.control), "data-axis": target.axis}
            )
            line.set("points", " ".join(f"{_short(x)} {_short(y)}" for x, y in pairs))
        for x, y in _spots(grips, left, bottom):
            x, y = min(max(x, left), right), min(max(y, top), bottom)
            _add(group, "circle", cx=x, cy=y, r=GRIP)
            _add(group, "circle", cx=x, cy=y, r=FINGER).set("class", "si-hold")


def _spots(grips: Mapping[str, Sequence[float]], left: float, bottom: float) -> list[tuple[float, float]]:
    """Where grips are: at the point if one control follows each axis, else on the edges."""
    if len(grips["x"]) == len(grips["y"]) == 1:
        return [(grips["x"][0], grips["y"][0])]
    return [(x, bottom) for x in grips["x"]] + [(left, y) for y in grips["y"]]


def _points(figure: Any, display: Sequence[Any], origin: tuple[float, float]) -> list[tuple[float, float]]:
    """From pixels counted from below to points counted from above."""
    scale, height = 72 / figure.dpi, figure.bbox.height
    return [(x * scale - origin[0], (height - y) * scale - origin[1]) for x, y in display]


def _places(figure: Any, axes: Any, target: Target, origin: tuple[float, float]) -> list[float]:
    which = 0 if target.axis == "x" else 1
    limit = (axes.get_xlim if which else axes.get_ylim)()[0]  # any place on the other axis
    pairs = [(limit, value) if which else (value, limit) for value in target.values]
    places = [point[which] for point in _points(figure, axes.transData.transform(pairs), origin)]
    for place, value in zip(places, target.values, strict=True):
        if not abs(place) < FAR:  # also NaN: a logarithmic axis has no place for 0
            raise ValueError(f"drag: values must have a place on the {target.axis} axis, got {value:g}")
    return places


def _even(places: Sequence[float]) -> bool:
    first, last, steps = places[0], places[-1], len(places) - 1
    return all(abs(first + (last - first) * k / steps - place) < 0.05 for k, place in enumerate(places))


def _short(number: float) -> str:
    return f"{round(number, 1) + 0.0:.7g}"


def _add(parent: Element, tag: str, **attributes: float) -> Element:
    return ElementTree.SubElement(parent, tag, {name: _short(value) for name, value in attributes.items()})
