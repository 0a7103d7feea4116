"""A function and the grid of its controls: what a bake calls, and for which values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .axes import Axis
from .control import Control
from .controls import control_of, slug
from .layouts import control_html
from .settings import Options
from .wish import read_wish


class Explorer:
    """One figure of a page.

    Parameters
    ----------
    function : callable
        What a frame shows.
    controls : mapping of str to Control
        One for each keyword of the function.
    identifier : str
        Goes before every id of the figure; unique on its page.
    options : Options
        What its author wants.

    Attributes
    ----------
    result : bool
        Whether what the function returns is shown.
    axes : tuple of Axis
        The directions of the grid, each once, in the order of the controls.
    """

    def __init__(
        self, function: Callable, controls: Mapping[str, Control], identifier: str, options: Options | None = None
    ) -> None:
        self.function, self.controls, self.identifier = function, dict(controls), identifier
        self.options = options or Options()
        self.name = name_of(function)
        self.result = True
        for control in self.controls.values():
            control.taken = True
        axes = {id(axis): axis for control in self.controls.values() for axis in control.axes}
        self.axes: tuple[Axis, ...] = tuple(axes.values())

    @classmethod
    def of(cls, function: Callable, widgets: Mapping[str, Any], identifier: str, **options: Any) -> Explorer:
        """Make one from ipywidgets' widgets.

        Parameters
        ----------
        function : callable
            What a frame shows.
        widgets : mapping of str to ipywidgets.ValueWidget
            One for each keyword of the function.
        identifier : str
            Goes before every id of the figure.
        **options
            See `Options`.

        Returns
        -------
        Explorer
            Its controls are those of other figures, too, that have the same widgets.
        """
        values = read_wish(options.get("bake"), list(widgets)).values or {}
        controls = {
            name: control_of(widget, name, f"{identifier}-{_apart(slug(name))}", values.get(name))
            for name, widget in widgets.items()
        }
        return cls(function, controls, identifier, Options(**options))

    def html(self) -> str:
        """The controls, in the order of the parameters."""
        return "".join(control_html(control) for control in self.controls.values())

    @property
    def shape(self) -> tuple[int, ...]:
        """How many places of each axis are baked."""
        return tuple(axis.size for axis in self.axes)

    @property
    def start(self) -> tuple[int, ...]:
        """The place on each axis at which the page opens."""
        return tuple(axis.start for axis in self.axes)

    @property
    def count(self) -> int:
        """Number of combinations."""
        return math.prod(self.shape)

    def arguments(self, combination: Sequence[int]) -> dict[str, Any]:
        """The keywords with which the function is called.

        Parameters
        ----------
        combination : sequence of int
            A place on each axis.

        Returns
        -------
        dict
            A value for each control.
        """
        places = {id(axis): place for axis, place in zip(self.axes, combination, strict=True)}
        return {
            name: control.argument([places[id(axis)] for axis in control.axes])
            for name, control in self.controls.items()
        }

    def absolute(self, combination: Sequence[int]) -> tuple[int, ...]:
        """The same places, counted among all that the controls have in a notebook."""
        return tuple(
            place if axis.places is None else axis.places[place]
            for axis, place in zip(self.axes, combination, strict=True)
        )

    def state(self) -> str:
        """The start in words."""
        return ", ".join(f"{axis.name} = {axis.words(axis.start)}" for axis in self.axes)


def _apart(name: str) -> str:
    """A part of an id that is none of those that a picture gives its shapes, clips and hatches (s0, c12, h3)."""
    return f"{name}-value" if re.fullmatch(r"[sch]\d+", name) else name


def name_of(function: Any) -> str:
    """The name of a function; of what is wrapped, for a partial; of its class, for any other callable."""
    for _ in range(10):
        if isinstance(name := getattr(function, "__name__", None), str):
            return name
        if not hasattr(function, "func"):
            break
        function = function.func
    return type(function).__name__
