"""What a page makes of ipywidgets' controls: their places, what each means and is called, and their HTML.

The widgets themselves are ipywidgets' own, so start values, options and errors are those of a notebook. `control_of`
gives each its counterpart here; `Fixed` stands for those that cannot be moved without a kernel, and says why.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Sequence
from typing import Any

import ipywidgets

from . import inputs, links
from .axes import Axis
from .choices import Box, Boxes, Buttons, Choice, OptionSlider, equal
from .control import Control
from .d3_format import d3_format
from .sliders import LogSlider, Numbers, Pair, Player, Slider

_numbers = itertools.count(1)


class Given(Control):
    """A control whose values the author gave by hand: a slider stays one, anything else becomes a list."""

    def __init__(self, widget: Any, name: str, identifier: str, values: Sequence[Any]) -> None:
        self.values = list(values)
        super().__init__(widget, name, identifier)

    def make_axes(self) -> tuple[Axis, ...]:
        """One: the author's values, with the present one if that is not among them."""
        now = self.widget.value
        if not any(equal(value, now) for value in self.values):
            numbers = [*self.values, now]
            plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers)
            rising = self.values == sorted(self.values) if plain else False
            self.values = sorted(numbers) if rising else [now, *self.values]
        start = next(place for place, value in enumerate(self.values) if equal(value, now))
        return (self.axis(self.values, start, True, self.readout),)

    def readout(self, value: Any) -> str:
        """A value as the widget's slider would show it, or as it prints."""
        form = getattr(self.widget, "readout_format", None)
        if form and isinstance(value, (int, float)):
            return d3_format(value, form)
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    def input(self, identifier: str, **more: Any) -> str:
        """A slider where the widget is one, else a list."""
        (axis,) = self.axes
        if hasattr(self.widget, "readout_format"):
            return inputs.slider(identifier, axis.identifier, axis.size, axis.start, axis.labels, **more)
        return inputs.choice(identifier, axis.identifier, axis.labels or (), axis.start, **more)


class Fixed(Control):
    """What stays as it is on a page: `fixed`, disabled controls, and those without a finite set of values."""

    def make_axes(self) -> tuple[Axis, ...]:
        """None: what cannot be moved has no places."""
        if getattr(self.widget, "disabled", False) or isinstance(self.widget, _SHOWN):
            return ()
        if isinstance(self.widget, ipywidgets.ValueWidget):
            self.reason = (
                f"{self.name} is a {type(self.widget).__name__}, which has no finite set of values; "
                f"{_INSTEAD.get(type(self.widget).__name__, 'a Dropdown')} would do, or bake={{{self.name!r}: [...]}} "
                "with the values that it shall have"
            )
        return ()

    def value(self, _: Sequence[int]) -> Any:
        """What the widget gives now."""
        return self.widget.get_interact_value()

    def html(self) -> str:
        """Nothing: what such a widget looks like is the layouts' affair."""
        return ""


# What only shows something: nobody misses a handle on it.
_SHOWN = (
    ipywidgets.Valid, ipywidgets.HTML, ipywidgets.HTMLMath, ipywidgets.Label, ipywidgets.IntProgress,
    ipywidgets.FloatProgress,
)  # fmt: skip
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
    """Of widgets that are linked, the one whose places the others take: a slider before a Play, that before a text."""
    if not isinstance(widget, ipywidgets.ValueWidget):
        return widget
    tied = [widget, *links.partners(widget)]
    known = [one for one in tied if one in _made and len(_made[one].axes) == 1]
    candidates = known or [one for one in tied if _kind(one) not in (Fixed, Pair, Boxes)]
    return min(candidates, key=lambda one: (isinstance(one, ipywidgets.Play), tied.index(one)), default=widget)
