"""Controls of options: lists, groups of buttons, sliders over names, and boxes to tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from . import inputs
from .axes import Axis
from .control import Control


class Choice(Control):
    """Dropdown and Select: a list, one of whose options is taken."""

    ordered = False

    def make_axes(self) -> tuple[Axis, ...]:
        """One: the options."""
        self.options = [str(name) for name in self.widget._options_labels]
        values = list(self.widget._options_values)
        start = self.widget.index
        if start is None:  # nothing is taken yet
            self.options, values, start = ["", *self.options], [None, *values], 0
        return (self.axis(values, start, self.ordered, self.option_label()),)

    def option_label(self) -> Callable | None:
        """What gives an option's name, where the page does not hold the names itself."""
        return None

    @property
    def names(self) -> list[str]:
        """Names of the options that the axis still has."""
        (axis,) = self.axes
        return [self.options[k] for k in (axis.places if axis.places is not None else range(axis.size))]

    def input(self, identifier: str, **more: Any) -> str:
        """A drop-down list, or a list box of the widget's rows."""
        (axis,) = self.axes
        rows = getattr(self.widget, "rows", None)
        return inputs.choice(identifier, axis.identifier, self.names, axis.start, size=rows, **more)


class Buttons(Choice):
    """RadioButtons and ToggleButtons."""

    def inside(self, identifier: str) -> str:
        """A group of buttons with the description as its legend."""
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
        """What gives an option's name: the slider shows one at a time."""
        return lambda value: self.options[self._place(value)]

    def _place(self, value: Any) -> int:
        return next(k for k, option in enumerate(self.axes[0].all) if option is value or equal(option, value))

    def input(self, identifier: str, **more: Any) -> str:
        """A range over the options, with the present one's name after it."""
        (axis,) = self.axes
        readout = getattr(self.widget, "readout", True)
        return inputs.slider(identifier, axis.identifier, axis.size, axis.start, self.names, readout=readout, **more)


class Box(Control):
    """Checkbox and ToggleButton."""

    def make_axes(self) -> tuple[Axis, ...]:
        """One: off and on."""
        return (self.axis((False, True), int(self.widget.value), False),)

    def inside(self, identifier: str) -> str:
        """The box, with the label after it."""
        (axis,) = self.axes
        toggle = isinstance(self.widget, ipywidgets.ToggleButton)
        more = self.common() | ({"class_": "si-toggle"} if toggle else {})
        return inputs.box(identifier, axis.identifier, bool(axis.start), **more) + self.label(identifier)


class Boxes(Control):
    """SelectMultiple: a box to tick for each option."""

    def make_axes(self) -> tuple[Axis, ...]:
        """One for each option: off and on."""
        chosen = set(self.widget.index)
        self.names = [str(name) for name in self.widget._options_labels]
        return tuple(
            self.axis((False, True), int(place in chosen), False, suffix=f"-{place}")
            for place in range(len(self.names))
        )

    def value(self, places: Sequence[int]) -> Any:
        """Those options that are ticked."""
        return tuple(value for value, taken in zip(self.widget._options_values, places, strict=True) if taken)

    def inside(self, identifier: str) -> str:
        """A group of boxes with the description as its legend."""
        more = self.common() | {"aria_label": None, "title": None}
        rows = "".join(
            f"<label>{inputs.box(f'{identifier}-{k}', axis.identifier, bool(axis.start), **more)}"
            f"<span>{inputs.text(name)}</span></label>"
            for k, (axis, name) in enumerate(zip(self.axes, self.names, strict=True))
        )
        legend = f"<legend>{inputs.text(self.description)}</legend>" if self.description else ""
        return f'<fieldset class="si-radio">{legend}{rows}</fieldset>'


def equal(a: Any, b: Any) -> bool:
    """Whether two values are equal; arrays have no single answer, and are not."""
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False
