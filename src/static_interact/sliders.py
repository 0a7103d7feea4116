"""Controls of numbers: sliders with one handle or two, boxes to type into, and those that move by themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from . import inputs, links
from .axes import Axis, Steps
from .control import Control
from .d3_format import d3_format


class Slider(Control):
    """IntSlider, FloatSlider, FloatLogSlider: even steps with a number beside them."""

    def make_axes(self) -> tuple[Axis, ...]:
        """One: the steps from the lowest value to the highest."""
        widget = self.widget
        step = widget.step or (widget.max - widget.min) / 100 or 1
        steps = Steps(widget.min, widget.max, step, self.position(widget.value))
        return (self.axis(_Mapped(steps, self.from_position), steps.start, True, self.readout),)

    def position(self, value: Any) -> Any:
        """Where on the slider a value is."""
        return value

    def from_position(self, position: Any) -> Any:
        """The value at a place on the slider."""
        return position

    def readout(self, value: Any) -> str:
        """What stands beside the slider at a value, in the widget's own format."""
        return d3_format(value, getattr(self.widget, "readout_format", "") or "")

    def input(self, identifier: str, **more: Any) -> str:
        """A range, with the read-out after it."""
        (axis,) = self.axes
        readout = getattr(self.widget, "readout", True)
        return inputs.slider(identifier, axis.identifier, axis.size, axis.start, axis.labels, readout=readout, **more)


class LogSlider(Slider):
    """FloatLogSlider: the exponent moves in even steps."""

    def make_axes(self) -> tuple[Axis, ...]:
        """One: even steps of the exponent."""
        # The start value as it is: a power of its logarithm differs in the last digits.
        (axis,) = super().make_axes()
        axis.all = _Mapped(axis.all, lambda value, start=axis.all[axis.all_start]: self._exact(value, start))
        return (axis,)

    def _exact(self, value: float, start: float) -> float:
        return self.widget.value if value == start else value

    def position(self, value: float) -> float:
        """The exponent of a value."""
        return math.log(value) / math.log(self.widget.base)

    def from_position(self, position: float) -> float:
        """The value with this exponent."""
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
        """The number as it is."""
        return str(value)

    def input(self, identifier: str, **more: Any) -> str:
        """The button, and a range unless another slider shows where it is."""
        shown = "" if links.partners(self.widget) else super().input(identifier, **more)
        repeat = bool(getattr(self.widget, "repeat", getattr(self.widget, "_repeat", False)))
        return inputs.player(self.axes[0].identifier, int(self.widget.interval), repeat) + shown


class Numbers(Slider):
    """BoundedIntText, BoundedFloatText: a box to type a number into."""

    def readout(self, value: Any) -> str:
        """The number as it is typed."""
        return f"{value:.12g}"

    def input(self, identifier: str, **more: Any) -> str:
        """A box for a number between the lowest and the highest."""
        (axis,) = self.axes
        low, high, now = (self.readout(axis.value(place)) for place in (0, axis.size - 1, axis.start))
        step = getattr(self.widget, "step", None) if axis.places is None else None
        return inputs.number(identifier, axis.identifier, low, high, step or "any", now, **more)


class Pair(Control):
    """IntRangeSlider, FloatRangeSlider, SelectionRangeSlider: two handles; which is the lower one does not matter."""

    def make_axes(self) -> tuple[Axis, ...]:
        """Two: one for each handle, over the same steps."""
        widget = self.widget
        if isinstance(widget, ipywidgets.SelectionRangeSlider):
            names = [str(name) for name in widget._options_labels]
            both: list[tuple[Sequence, int]] = [(range(len(names)), place) for place in widget.index]
            label: Callable = names.__getitem__
        else:
            made = [Steps(widget.min, widget.max, widget.step or 1, value) for value in widget.value]
            both = [(steps, steps.start) for steps in made]
            label = self._readout
        return tuple(
            self.axis(values, start, True, label, suffix)
            for (values, start), suffix in zip(both, ("-low", "-high"), strict=True)
        )

    def _readout(self, value: Any) -> str:
        return d3_format(value, self.widget.readout_format or "")

    def value(self, places: Sequence[int]) -> Any:
        """The handles' values, the lower one first."""
        low, high = sorted(axis.value(place) for axis, place in zip(self.axes, places, strict=True))
        if isinstance(self.widget, ipywidgets.SelectionRangeSlider):
            values = self.widget._options_values
            return (values[low], values[high])
        return (low, high)

    def inside(self, identifier: str) -> str:
        """Two ranges with one label; each says which end it is."""
        more = self.common() | {"aria_label": None}
        handles = []
        for axis, which in zip(self.axes, ("from", "to"), strict=True):
            name = f"{self.description or self.name}, {which}"
            handles.append(
                inputs.slider(
                    f"{identifier}-{which}", axis.identifier, axis.size, axis.start, axis.labels,
                    readout=self.widget.readout, **(more | {"aria_label": name}),
                )
            )  # fmt: skip
        return self.label(f"{identifier}-from") + f'<span class="si-range">{"".join(handles)}</span>'
