"""One control of a page: what all kinds of it have in common, and the outputs that it is written into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ipywidgets

from . import inputs
from .axes import Axis


@dataclass
class _Output:
    """The output that is being written, and how many copies of each control are in it so far."""

    number: int = 0
    counts: Counter = field(default_factory=Counter)


_output = _Output()


def begin_output(number: int) -> None:
    """Begin to write the HTML of an output.

    Ids are unique over all outputs, and do not change when one is written again.

    Parameters
    ----------
    number : int
        The output's own.
    """
    _output.number, _output.counts = number, Counter()


@dataclass(frozen=True)
class Copy:
    """The output that something is written into, and how many copies of it are there already."""

    number: int
    count: int


def copy_of(identifier: str) -> Copy:
    """Count one more copy of a control or figure in the output that is being written."""
    _output.counts[identifier] += 1
    return Copy(_output.number, _output.counts[identifier] - 1)


class Control:
    """One control of a page.

    Parameters
    ----------
    widget : ipywidgets.ValueWidget
        The same control in a notebook.
    name : str
        The parameter that it is for.
    identifier : str
        What the page calls it.
    axes : tuple of Axis, optional
        Those of another control, which moves with this one.

    Attributes
    ----------
    axes : tuple of Axis
        The directions in which it moves: none, one, or one for each of two handles or of many boxes.
    reason : str
        Why it cannot be moved on a page, and what would do; empty if it can.
    """

    reason = ""

    def __init__(self, widget: Any, name: str, identifier: str, axes: tuple[Axis, ...] | None = None) -> None:
        self.widget, self.name, self.identifier = widget, name, identifier
        self.parameter = ""
        self.taken = False  # by a figure, which has frames for the places that there are now
        self.state: tuple[Any, ...] = ()
        self.home: int | None = None  # the output that has the first copy
        self.axes: tuple[Axis, ...] = self.make_axes() if axes is None else axes

    def rename(self, parameter: str) -> None:
        """Take the name of the first parameter that it is for, if it was shown before that was known."""
        if parameter and not self.parameter:
            self.name = self.parameter = parameter
            for axis in self.axes:
                axis.name = parameter

    def make_axes(self) -> tuple[Axis, ...]:
        """The directions in which it moves."""
        raise NotImplementedError

    def value(self, places: Sequence[int]) -> Any:
        """The widget's value, for a place on each axis."""
        return self.axes[0].value(places[0])

    def argument(self, places: Sequence[int]) -> Any:
        """What the function gets: for a widget that makes something else of its value, that."""
        value = self.value(places)
        own = getattr(type(self.widget), "get_interact_value", None)
        if not self.axes or own in (None, ipywidgets.ValueWidget.get_interact_value):
            return value
        with self.widget.hold_sync():
            before, self.widget.value = self.widget.value, value
            try:
                return self.widget.get_interact_value()
            finally:
                self.widget.value = before

    def input(self, identifier: str, **more: Any) -> str:
        """The element that is moved."""
        raise NotImplementedError

    def axis(
        self, values: Sequence, start: int, ordered: bool, label: Callable | None = None, suffix: str = ""
    ) -> Axis:
        """An axis that belongs to this control."""
        return Axis(self.identifier + suffix, self.name, values, start, ordered, label)

    @property
    def description(self) -> str:
        """What stands beside it, as its author wrote it."""
        return getattr(self.widget, "description", "") or ""

    def common(self) -> dict[str, Any]:
        """Attributes that each kind of input has."""
        return {
            "name": self.name,
            "aria_label": None if self.description else self.name,
            "title": getattr(self.widget, "tooltip", None) or None,
            "disabled": bool(getattr(self.widget, "disabled", False)),
            "data_si_late": getattr(self.widget, "continuous_update", True) is False,
        }

    def label(self, identifier: str) -> str:
        """The description as the label of an input."""
        allowed = bool(getattr(self.widget, "description_allow_html", False))
        return inputs.label(self.description, identifier, allowed)

    def html(self) -> str:
        """The control with its label, in a row of its own."""
        return row(self.widget, self.inside(self.identifier + self._copy()))

    def _copy(self) -> str:
        """What makes the id of one more copy different; the same whenever the same output is written again."""
        copy = copy_of(self.identifier)
        if self.home is None:
            self.home = copy.number
        return "" if self.home == copy.number and copy.count == 0 else f"-copy{copy.number}-{copy.count}"

    def inside(self, identifier: str) -> str:
        """Label and input."""
        return self.label(identifier) + self.input(identifier, **self.common())


def row(widget: Any, inside: str, look: str = "") -> str:
    """A control's place in the layout."""
    layout = getattr(widget, "layout", None)
    width = getattr(layout, "width", None)
    hidden = getattr(layout, "display", None) == "none" or getattr(layout, "visibility", None) == "hidden"
    vertical = getattr(widget, "orientation", "") == "vertical"
    classes = " ".join(filter(None, ["si-control", look, "si-vertical" if vertical else ""]))
    style = f"width:{width}" if inputs.is_length(width) else None
    return f"<div{inputs.attributes(class_=classes, style=style, hidden=hidden)}>{inside}</div>"
