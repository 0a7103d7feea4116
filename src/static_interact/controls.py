"""Native HTML controls that have an ipywidgets twin: sliders, a drop-down list and a checkbox.

Parameter names follow ipywidgets, so that a reader who knows those knows these. A control is plain
data: making one creates no widget, which is what keeps a baked page free of widget state.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

# Values of a slider are min + k * step; rounding to this many decimals removes the dust of binary steps.
DECIMALS = 12


def _check_number(owner: str, **numbers: Any) -> None:
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{owner}: {name} must be a number, got {value!r}")


@dataclass(frozen=True)
class FloatSlider:
    """A slider over evenly spaced floats.

    Parameters
    ----------
    value, min, max, step : float
        Start value, ends (both included) and spacing. The range must be a whole number of steps and
        `value` must lie on the grid, because a baked page has a frame for grid points only.
    description : str, optional
        The label; the parameter's name if empty.
    readout_format : str, optional
        Format specification of the number beside the slider, as in `format`.

    Raises
    ------
    TypeError
        If an end, the step or the value is not a number.
    ValueError
        If the step is not positive, the range is no whole number of steps, or the value is off the grid.

    Examples
    --------
    >>> FloatSlider(value=1.0, min=0.5, max=2.0, step=0.5).values
    (0.5, 1.0, 1.5, 2.0)
    """

    value: float
    min: float
    max: float
    step: float
    description: str = ""
    readout_format: str = "g"

    def __post_init__(self) -> None:
        owner = type(self).__name__
        _check_number(owner, value=self.value, min=self.min, max=self.max, step=self.step)
        if not self.step > 0:
            raise ValueError(f"{owner}: step must be positive, got {self.step}")
        if not self.max > self.min:
            raise ValueError(f"{owner}: max must be above min, got min={self.min} and max={self.max}")
        steps = (self.max - self.min) / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(
                f"{owner}: the range {self.min}..{self.max} must be a whole number of steps, got {steps:g} steps of {self.step}"
            )
        self.start  # fails early if the value is off the grid

    @property
    def values(self) -> tuple[float, ...]:
        count = round((self.max - self.min) / self.step) + 1
        return tuple(self._grid_value(k) for k in range(count))

    def _grid_value(self, k: int) -> float:
        return round(self.min + k * self.step, DECIMALS) + 0.0

    @property
    def start(self) -> int:
        """Index of the start value among `values`."""
        for index, value in enumerate(self.values):
            if abs(value - self.value) <= 1e-9 * max(1.0, abs(value)):
                return index
        raise ValueError(
            f"{type(self).__name__}: value must be on the grid {self.labels[0]}..{self.labels[-1]} that min, max and step make, got {self.value}"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(format(value, self.readout_format) for value in self.values)

    def html(self, name: str, identifier: str) -> str:
        """The labelled control; its number is `min + index * step`, which the script turns back into an index."""
        label = self.labels[self.start]
        return (
            f'<label for="{identifier}">{escape(self.description or name)}</label>'
            f'<input type="range" id="{identifier}" name="{escape(name)}" data-si="{identifier}" min="0" '
            f'max="{len(self.values) - 1}" step="1" value="{self.start}" aria-valuetext="{escape(label)}">'
            f'<output for="{identifier}">{escape(label)}</output>'
        )

    def widget(self, name: str) -> Any:
        """The ipywidgets twin."""
        import ipywidgets

        return ipywidgets.FloatSlider(
            value=self.value, min=self.min, max=self.max, step=self.step,
            description=self.description or name, readout_format=_d3_format(self.readout_format),
            style={"description_width": "initial"},
        )  # fmt: skip


@dataclass(frozen=True)
class FloatLogSlider(FloatSlider):
    """A slider over powers of a base: the exponent moves in even steps.

    Parameters
    ----------
    value : float
        Start value, a power of the base that is on the grid.
    min, max, step : float
        Ends (both included) and spacing of the *exponent*.
    description, readout_format : str, optional
        As for `FloatSlider`; the readout shows the power.
    base : float, optional
        Base of the powers, above 1.

    Raises
    ------
    TypeError, ValueError
        As for `FloatSlider`, or if the base is not above 1.

    Examples
    --------
    >>> FloatLogSlider(value=10.0, min=-1, max=2, step=1).values
    (0.1, 1.0, 10.0, 100.0)
    """

    readout_format: str = ".3g"
    base: float = 10.0

    def __post_init__(self) -> None:
        _check_number("FloatLogSlider", base=self.base)
        if not self.base > 1:
            raise ValueError(f"FloatLogSlider: base must be above 1, got {self.base}")
        super().__post_init__()

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(float(self.base**exponent) for exponent in super().values)

    def widget(self, name: str) -> Any:
        import ipywidgets

        return ipywidgets.FloatLogSlider(
            value=self.values[self.start], base=self.base, min=self.min, max=self.max, step=self.step,
            description=self.description or name, readout_format=self.readout_format,
            style={"description_width": "initial"},
        )  # fmt: skip


@dataclass(frozen=True)
class IntSlider(FloatSlider):
    """A slider over evenly spaced integers; as `FloatSlider`, with integer parameters.

    Examples
    --------
    >>> IntSlider(value=2, min=0, max=6, step=2).values
    (0, 2, 4, 6)
    """

    value: int
    min: int
    max: int
    step: int = 1
    readout_format: str = "d"

    def __post_init__(self) -> None:
        for name in ("value", "min", "max", "step"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(f"IntSlider: {name} must be an int, got {number!r}")
        super().__post_init__()

    def _grid_value(self, k: int) -> int:
        return self.min + k * self.step

    def widget(self, name: str) -> Any:
        import ipywidgets

        return ipywidgets.IntSlider(
            value=self.value, min=self.min, max=self.max, step=self.step,
            description=self.description or name, style={"description_width": "initial"},
        )  # fmt: skip


@dataclass(frozen=True)
class Dropdown:
    """A list of choices, one of them taken.

    Parameters
    ----------
    options : sequence
        Values, or (label, value) pairs as in ipywidgets.
    value : optional
        The value to start with; the first one if None.
    description : str, optional
        The label; the parameter's name if empty.

    Raises
    ------
    ValueError
        If there is no option, two labels are equal, or `value` is none of the options.

    Examples
    --------
    >>> Dropdown(options=["float32", "float64"], value="float64").start
    1
    """

    options: Any
    value: Any = None
    description: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.options, str) or not len(tuple(self.options)):
            raise ValueError(f"Dropdown: options must be a sequence of at least one choice, got {self.options!r}")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"Dropdown: labels must differ from each other, got {self.labels!r}")
        self.start  # fails early if the value is no option

    @property
    def _pairs(self) -> tuple[tuple[str, Any], ...]:
        return tuple(o if isinstance(o, tuple) and len(o) == 2 else (str(o), o) for o in self.options)

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(value for _, value in self._pairs)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(str(label) for label, _ in self._pairs)

    @property
    def start(self) -> int:
        if self.value is None:
            return 0
        if self.value not in self.values:
            raise ValueError(f"Dropdown: value must be one of {self.values!r}, got {self.value!r}")
        return self.values.index(self.value)

    def html(self, name: str, identifier: str) -> str:
        choices = "".join(
            f"<option{' selected' if index == self.start else ''}>{escape(label)}</option>"
            for index, label in enumerate(self.labels)
        )
        return (
            f'<label for="{identifier}">{escape(self.description or name)}</label>'
            f'<select id="{identifier}" name="{escape(name)}" data-si="{identifier}">{choices}</select>'
        )

    def widget(self, name: str) -> Any:
        import ipywidgets

        return ipywidgets.Dropdown(
            options=self._pairs, value=self.values[self.start],
            description=self.description or name, style={"description_width": "initial"},
        )  # fmt: skip


@dataclass(frozen=True)
class Checkbox:
    """A box to tick: False or True.

    Parameters
    ----------
    value : bool, optional
        Ticked at the start or not.
    description : str, optional
        The label; the parameter's name if empty.

    Raises
    ------
    TypeError
        If `value` is no bool.
    """

    value: bool = False
    description: str = ""

    values = (False, True)
    labels = ("off", "on")

    def __post_init__(self) -> None:
        if not isinstance(self.value, bool):
            raise TypeError(f"Checkbox: value must be a bool, got {self.value!r}")

    @property
    def start(self) -> int:
        return int(self.value)

    def html(self, name: str, identifier: str) -> str:
        return (
            f'<input type="checkbox" id="{identifier}" name="{escape(name)}" data-si="{identifier}"{" checked" if self.value else ""}>'
            f'<label for="{identifier}">{escape(self.description or name)}</label>'
        )

    def widget(self, name: str) -> Any:
        import ipywidgets

        return ipywidgets.Checkbox(value=self.value, description=self.description or name)


Control = FloatSlider | IntSlider | FloatLogSlider | Dropdown | Checkbox


def _d3_format(specification: str) -> str:
    """ipywidgets reads d3's format language: Python's for what is used here, but its `g` without zeros is the empty one."""
    return "" if specification == "g" else specification
