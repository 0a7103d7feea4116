"""What a page makes of ipywidgets' controls: their places, what each means and is called, and their HTML.

The widgets themselves are ipywidgets' own, so start values, options and errors are those of a notebook. `control_of`
gives each its counterpart here; `Fixed` stands for those that cannot be moved without a kernel, and says why.
"""

from __future__ import annotations

import itertools
import math
import re
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ipywidgets

from . import inputs, links
from .axes import Axis, Steps
from .d3_format import d3_format

_numbers = itertools.count(1)


@dataclass
class _Output:
    """The output that is being written, and how many copies of each control are in it so far."""

    number: int = 0
    counts: Counter = field(default_factory=Counter)


_output = _Output()


def begin_output(number: int) -> None:
    """Begin to write the HTML of an output: ids are unique over all outputs, and do not change when it is written again.

    Parameters
    ----------
    number : int
        The output's own.
    """
    _output.number, _output.counts = number, Counter()


class Copy(NamedTuple):
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
    style = f"width:{width.strip()}" if inputs.is_length(width) else None
    return f"<div{inputs.attributes(class_=classes, style=style, hidden=hidden)}>{inside}</div>"


class Slider(Control):
    """IntSlider, FloatSlider, FloatLogSlider: even steps with a number beside them."""

    def make_axes(self) -> tuple[Axis, ...]:
        widget = self.widget
        step = widget.step or (widget.max - widget.min) / 100 or 1
        steps = Steps(widget.min, widget.max, step, self.position(widget.value))
        return (self.axis(_Mapped(steps, self.from_position), steps.start, True, self.readout),)

    def position(self, value: Any) -> Any:
        """Where on the slider a value is."""
        return value

    def from_position(self, position: Any) -> Any:
        return position

    def readout(self, value: Any) -> str:
        return d3_format(value, getattr(self.widget, "readout_format", "") or "")

    def input(self, identifier: str, **more: Any) -> str:
        (axis,) = self.axes
        readout = getattr(self.widget, "readout", True)
        return inputs.slider(identifier, axis.identifier, axis.size, axis.start, axis.labels, readout=readout, **more)


class LogSlider(Slider):
    """FloatLogSlider: the exponent moves in even steps."""

    def make_axes(self) -> tuple[Axis, ...]:
        # The start value as it is: a power of its logarithm differs in the last digits.
        (axis,) = super().make_axes()
        axis.all = _Mapped(axis.all, lambda value, start=axis.all[axis.all_start]: self._exact(value, start))
        return (axis,)

    def _exact(self, value: float, start: float) -> float:
        return self.widget.value if value == start else value

    def position(self, value: float) -> float:
        return math.log(value) / math.log(self.widget.base)

    def from_position(self, position: float) -> float:
        return float(self.widget.base**position)


class _Mapped(Sequence):
    """A sequence seen through a function, each item when it is asked for."""

    def __init__(self, items: Sequence, function: Callable) -> None:
        self.items, self.function = items, function

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: Any) -> Any:
        return self.function(self.items[place])


class Player(Slider):
    """Play: a slider that moves by itself."""

    def readout(self, value: Any) -> str:
        return str(value)

    def input(self, identifier: str, **more: Any) -> str:
        # Where a slider is linked to it, that one shows where it is.
        shown = "" if links.partners(self.widget) else super().input(identifier, **more)
        repeat = bool(getattr(self.widget, "repeat", getattr(self.widget, "_repeat", False)))
        return inputs.player(self.axes[0].identifier, int(self.widget.interval), repeat) + shown


class Numbers(Slider):
    """BoundedIntText, BoundedFloatText: a box to type a number into."""

    def readout(self, value: Any) -> str:
        return f"{value:.12g}"

    def input(self, identifier: str, **more: Any) -> str:
        (axis,) = self.axes
        low, high, now = (self.readout(axis.value(place)) for place in (0, axis.size - 1, axis.start))
        step = getattr(self.widget, "step", None) if axis.places is None else None
        return inputs.number(identifier, axis.identifier, low, high, step or "any", now, **more)


class Choice(Control):
    """Dropdown and Select: a list, one of whose options is taken."""

    ordered = False

    def make_axes(self) -> tuple[Axis, ...]:
        self.options = [str(name) for name in self.widget._options_labels]
        values = list(self.widget._options_values)
        start = self.widget.index
        if start is None:  # nothing is taken yet
            self.options, values, start = ["", *self.options], [None, *values], 0
        return (self.axis(values, start, self.ordered, self.option_label()),)

    def option_label(self) -> Callable | None:
        return None

    @property
    def names(self) -> list[str]:
        (axis,) = self.axes
        return [self.options[k] for k in (axis.places if axis.places is not None else range(axis.size))]

    def input(self, identifier: str, **more: Any) -> str:
        (axis,) = self.axes
        rows = getattr(self.widget, "rows", None)
        return inputs.choice(identifier, axis.identifier, self.names, axis.start, size=rows, **more)


class Buttons(Choice):
    """RadioButtons and ToggleButtons."""

    def inside(self, identifier: str) -> str:
        (axis,) = self.axes
        pressed = isinstance(self.widget, ipywidgets.ToggleButtons)
        legend = inputs.text(self.description, bool(getattr(self.widget, "description_allow_html", False)))
        more = {k: v for k, v in self.common().items() if k not in ("name", "title", "aria_label")}
        titles = tuple(getattr(self.widget, "tooltips", None) or ())
        look = "si-buttons" if pressed else "si-radio"
        return inputs.buttons(identifier, axis.identifier, self.names, axis.start, legend, look, titles, **more)


class OptionSlider(Choice):
    """SelectionSlider: a slider over options, the present one beside it."""

    ordered = True

    def option_label(self) -> Callable:
        return lambda value: self.options[self._place(value)]

    def _place(self, value: Any) -> int:
        return next(k for k, option in enumerate(self.axes[0].all) if option is value or _equal(option, value))

    def input(self, identifier: str, **more: Any) -> str:
        (axis,) = self.axes
        readout = getattr(self.widget, "readout", True)
        return inputs.slider(identifier, axis.identifier, axis.size, axis.start, self.names, readout=readout, **more)


def _equal(a: Any, b: Any) -> bool:
    try:
        return bool(a == b)
    except (TypeError, ValueError):  # arrays have no single answer
        return False


class Box(Control):
    """Checkbox and ToggleButton."""

    def make_axes(self) -> tuple[Axis, ...]:
        return (self.axis((False, True), int(self.widget.value), False),)

    def inside(self, identifier: str) -> str:
        (axis,) = self.axes
        toggle = isinstance(self.widget, ipywidgets.ToggleButton)
        more = self.common() | ({"class_": "si-toggle"} if toggle else {})
        return inputs.box(identifier, axis.identifier, bool(axis.start), **more) + self.label(identifier)


class Pair(Control):
    """IntRangeSlider, FloatRangeSlider, SelectionRangeSlider: two handles; which is the lower one does not matter."""

    def make_axes(self) -> tuple[Axis, ...]:
        widget = self.widget
        if isinstance(widget, ipywidgets.SelectionRangeSlider):
            names = [str(name) for name in widget._options_labels]
            both = [(range(len(names)), place) for place in widget.index]
            label: Callable = names.__getitem__
        else:
            made = [Steps(widget.min, widget.max, widget.step or 1, value) for value in widget.value]
            both = [(steps, steps.start) for steps in made]
            label = self._readout
        return tuple(
            self.axis(values, start, True, label, suffix) for (values, start), suffix in zip(both, ("-low", "-high"))
        )

    def _readout(self, value: Any) -> str:
        return d3_format(value, self.widget.readout_format or "")

    def value(self, places: Sequence[int]) -> Any:
        low, high = sorted(axis.value(place) for axis, place in zip(self.axes, places))
        if isinstance(self.widget, ipywidgets.SelectionRangeSlider):
            values = self.widget._options_values
            return (values[low], values[high])
        return (low, high)

    def inside(self, identifier: str) -> str:
        more = self.common() | {"aria_label": None}
        handles = []
        for axis, which in zip(self.axes, ("from", "to")):
            name = f"{self.description or self.name}, {which}"
            handles.append(
                inputs.slider(
                    f"{identifier}-{which}", axis.identifier, axis.size, axis.start, axis.labels,
                    readout=self.widget.readout, **(more | {"aria_label": name}),
                )
            )  # fmt: skip
        return self.label(f"{identifier}-from") + f'<span class="si-range">{"".join(handles)}</span>'


class Boxes(Control):
    """SelectMultiple: a box to tick for each option."""

    def make_axes(self) -> tuple[Axis, ...]:
        chosen = set(self.widget.index)
        self.names = [str(name) for name in self.widget._options_labels]
        return tuple(
            self.axis((False, True), int(place in chosen), False, suffix=f"-{place}")
            for place in range(len(self.names))
        )

    def value(self, places: Sequence[int]) -> Any:
        return tuple(value for value, taken in zip(self.widget._options_values, places) if taken)

    def inside(self, identifier: str) -> str:
        more = self.common() | {"aria_label": None, "title": None}
        rows = "".join(
            f"<label>{inputs.box(f'{identifier}-{k}', axis.identifier, bool(axis.start), **more)}"
            f"<span>{inputs.text(name)}</span></label>"
            for k, (axis, name) in enumerate(zip(self.axes, self.names))
        )
        legend = f"<legend>{inputs.text(self.description)}</legend>" if self.description else ""
        return f'<fieldset class="si-radio">{legend}{rows}</fieldset>'


class Given(Control):
    """A control whose values the author gave by hand: a slider stays one, anything else becomes a list."""

    def __init__(self, widget: Any, name: str, identifier: str, values: Sequence[Any]) -> None:
        self.values = list(values)
        super().__init__(widget, name, identifier)

    def make_axes(self) -> tuple[Axis, ...]:
        now = self.widget.value
        if not any(_equal(value, now) for value in self.values):
            numbers = [*self.values, now]
            plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers)
            rising = self.values == sorted(self.values) if plain else False
            self.values = sorted(numbers) if rising else [now, *self.values]
        start = next(place for place, value in enumerate(self.values) if _equal(value, now))
        return (self.axis(self.values, start, True, self.readout),)

    def readout(self, value: Any) -> str:
        form = getattr(self.widget, "readout_format", None)
        if form and isinstance(value, (int, float)):
            return d3_format(value, form)
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    def input(self, identifier: str, **more: Any) -> str:
        (axis,) = self.axes
        if hasattr(self.widget, "readout_format"):
            return inputs.slider(identifier, axis.identifier, axis.size, axis.start, axis.labels, **more)
        return inputs.choice(identifier, axis.identifier, axis.labels or (), axis.start, **more)


class Fixed(Control):
    """What stays as it is on a page: `fixed`, disabled controls, and those without a finite set of values."""

    def make_axes(self) -> tuple[Axis, ...]:
        if getattr(self.widget, "disabled", False) or isinstance(self.widget, _SHOWN):
            return ()
        if isinstance(self.widget, ipywidgets.ValueWidget):
            self.reason = (
                f"{self.name} is a {type(self.widget).__name__}, which has no finite set of values; "
                f"{_INSTEAD.get(type(self.widget).__name__, 'a Dropdown')} would do, or bake={{{self.name!r}: [...]}} "
                "with the values that it shall have"
            )
        return ()

    def value(self, places: Sequence[int]) -> Any:
        return self.widget.get_interact_value()

    def html(self) -> str:
        if not isinstance(self.widget, ipywidgets.DOMWidget):
            return ""
        from .layouts import html

        return html(self.widget)


_SHOWN = (ipywidgets.Valid, ipywidgets.HTML, ipywidgets.HTMLMath, ipywidgets.Label, ipywidgets.IntProgress, ipywidgets.FloatProgress)  # fmt: skip
_INSTEAD = {"IntText": "a BoundedIntText", "FloatText": "a BoundedFloatText"}
_KINDS: dict[type, type[Control]] = {
    ipywidgets.IntSlider: Slider,
    ipywidgets.FloatSlider: Slider,
    ipywidgets.FloatLogSlider: LogSlider,
    ipywidgets.Play: Player,
    ipywidgets.BoundedIntText: Numbers,
    ipywidgets.BoundedFloatText: Numbers,
    ipywidgets.Dropdown: Choice,
    ipywidgets.Select: Choice,
    ipywidgets.RadioButtons: Buttons,
    ipywidgets.ToggleButtons: Buttons,
    ipywidgets.SelectionSlider: OptionSlider,
    ipywidgets.Checkbox: Box,
    ipywidgets.ToggleButton: Box,
    ipywidgets.IntRangeSlider: Pair,
    ipywidgets.FloatRangeSlider: Pair,
    ipywidgets.SelectionRangeSlider: Pair,
    ipywidgets.SelectMultiple: Boxes,
}
_made: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def identifier_of(name: str) -> str:
    """A new id that is valid in HTML and CSS, whatever the name."""
    return f"si-{slug(name)}-{next(_numbers)}"


def slug(name: str) -> str:
    """Letters, digits and hyphens of a name; a lambda or a formula has none, and is called a figure."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "figure"


def control_of(widget: Any, name: str = "", identifier: str = "", values: Sequence[Any] | None = None) -> Control:
    """The control that stands for a widget: always the same one, as several figures and copies may share it.

    Parameters
    ----------
    widget : ipywidgets.ValueWidget or ipywidgets.fixed
        Any.
    name : str, optional
        The parameter that it is for; its description, or its class, if it is for none.
    identifier : str, optional
        What the page calls it.
    values : sequence, optional
        Values that the author gave by hand.

    Returns
    -------
    Control
        `Fixed` if it cannot be moved without a kernel.
    """
    if (made := _made.get(widget)) is not None:
        made.rename(name)
        if made.taken or made.state == _state(widget):
            return made
        # It was shown before, and has been set, filled or switched off since.
        name, identifier = name or made.parameter, made.identifier
    parameter, name = name, name or getattr(widget, "description", "") or type(widget).__name__
    identifier = identifier or identifier_of(name)
    leader = _leader(widget)
    if values is None and isinstance(widget, ipywidgets.Combobox) and not widget.disabled:
        values = list(widget.options) or None  # what it proposes
    if values is not None:
        control: Control = Given(widget, name, identifier, values)
    elif leader is not widget:
        axes = control_of(leader).axes
        kind = _kind(widget)
        control = (Numbers if kind is Fixed else kind)(widget, name, identifier, axes)
    else:
        control = _kind(widget)(widget, name, identifier)
    _made[widget] = control
    control.parameter, control.state = parameter, _state(widget)
    control.home = made.home if made is not None else None
    return control


def _state(widget: Any) -> tuple[Any, ...]:
    """What the places of a widget depend on."""
    names = ("value", "index", "min", "max", "step", "base", "_options_labels", "disabled")
    return tuple(getattr(widget, name, None) for name in names)


def _kind(widget: Any) -> type[Control]:
    if getattr(widget, "disabled", False):
        return Fixed
    return next((_KINDS[base] for base in type(widget).__mro__ if base in _KINDS), Fixed)


def _leader(widget: Any) -> Any:
    """Of widgets that are linked, the one whose places the others take: a slider before a Play, a Play before a text."""
    if not isinstance(widget, ipywidgets.ValueWidget):
        return widget
    tied = [widget, *links.partners(widget)]
    known = [one for one in tied if one in _made and len(_made[one].axes) == 1]
    candidates = known or [one for one in tied if _kind(one) not in (Fixed, Pair, Boxes)]
    return min(candidates, key=lambda one: (isinstance(one, ipywidgets.Play), tied.index(one)), default=widget)


def is_control(widget: Any) -> bool:
    """Whether a page has a control for this widget that can be moved."""
    return any(base in _KINDS for base in type(widget).__mro__)
