"""What an author adds to a figure beside its controls: a question, dragging, a narrow size, descriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import ask, drag
from .explorer import Explorer
from .figure import FigureDrawer
from .svg import Element


class Dress:
    """The options of one figure that need its controls; made after the plan, as that may leave out places.

    Parameters
    ----------
    explorer : Explorer
        The figure.

    Attributes
    ----------
    names, labels : list
        For each axis its name, and what each of its places is called.
    sizes : tuple
        In inches: None for the size that the function chose, and that of the narrow variant if there is one.

    Raises
    ------
    TypeError, ValueError
        If an option does not suit the figure.
    """

    def __init__(self, explorer: Explorer) -> None:
        self.explorer, self.options = explorer, explorer.options
        self.names = _names(explorer)
        self.labels = _labels(explorer)
        if self.options.describe is not None and not callable(self.options.describe):
            raise TypeError(f"describe must be a function of the controls' values, got {self.options.describe!r}")
        self.sizes: tuple[Any, ...] = (None, *filter(None, [narrow_size(self.options.narrow)]))
        self.targets = drag.targets(self.options.drag, self.names, self._values()) if self.options.drag else []

    def _values(self) -> list[list[Any]]:
        return [[axis.value(place) for place in range(axis.size)] for axis in self.explorer.axes]

    def question(self) -> tuple[str, dict | None]:
        """The question's form and its table, see `ask.build`; empty and None without a question."""
        if self.options.ask is None:
            return "", None
        return ask.build(self.options.ask, self.names, self._values(), self.labels)

    def description(self, arguments: Mapping[str, Any]) -> str:
        """What a frame shows, in words.

        Raises
        ------
        TypeError
            If the author's function gives anything but a text.
        """
        if self.options.describe is None:
            return ""
        said = self.options.describe(**arguments)
        if not isinstance(said, str):
            raise TypeError(f"describe must return a text, got {said!r} for {dict(arguments)}")
        return said

    def drawers(self) -> dict[str, FigureDrawer]:
        """What draws the frames of each size, by the prefix of the ids in them."""
        name = self.explorer.identifier
        return {
            f"{name}-" if size is None else f"{name}-n": FigureDrawer() if size is None else _ResizingDrawer(size)
            for size in self.sizes
        }

    def on_drawn(self, chosen: Sequence[int]) -> Callable[[Any, Element], None] | None:
        """What is to be done with a frame's first figure when it has been drawn: put on it what can be dragged."""
        if not self.targets:
            return None
        pictures: Iterator[bool] = iter([True])

        def overlay(figure: Any, svg: Element) -> None:
            if next(pictures, False):
                drag.overlay(figure, svg, self.targets, chosen)

        return overlay


def _names(explorer: Explorer) -> list[str]:
    """A name for each axis: the parameter's, with ``-low`` or ``-high`` where it has two handles."""
    names = [axis.name for axis in explorer.axes]
    return [
        name if names.count(name) == 1 else f"{name}-{axis.identifier.rpartition('-')[2]}"
        for name, axis in zip(names, explorer.axes, strict=True)
    ]


def _labels(explorer: Explorer) -> list[list[str]]:
    """What each place of each axis is called: as its list or its buttons say it, or as the number beside it."""
    options = {id(c.axes[0]): c.names for c in explorer.controls.values() if len(c.axes) == 1 and hasattr(c, "names")}
    return [list(options.get(id(axis)) or (axis.words(place) for place in range(axis.size))) for axis in explorer.axes]


class _ResizingDrawer(FigureDrawer):
    """Draws each figure at another size than its own: layouts are found anew, letters keep their size."""

    def __init__(self, size: tuple[float, float]) -> None:
        super().__init__()
        self.size = size

    def tree(self, figure: Any, prefix: str) -> Element:
        own = figure.get_size_inches().copy()
        figure.set_size_inches(*self.size, forward=False)
        try:
            return super().tree(figure, prefix)
        finally:
            figure.set_size_inches(*own, forward=False)


def narrow_size(given: Any) -> tuple[float, float] | None:
    """Read ``narrow=``.

    Raises
    ------
    ValueError
        If it is no pair of lengths in inches.

    Examples
    --------
    >>> narrow_size((3.4, 3))
    (3.4, 3.0)
    """
    if given is None:
        return None
    pair = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(pair) != 2 or not all(isinstance(side, (int, float)) and 0.5 <= side <= 20 for side in pair):
        raise ValueError(f"narrow must be (width, height) in inches, such as (3.4, 3), got {given!r}")
    return float(pair[0]), float(pair[1])
