"""One direction of a figure's grid: the places that a handle, a list or a box can take."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from typing import Any

# Values of a slider are min + k * step; rounding to so many decimals of the step removes the dust of binary steps.
DECIMALS = 9


class Steps(Sequence):
    """The places of a slider, from end to end; computed when asked for, as there may be millions.

    Parameters
    ----------
    low, high : float or int
        The ends. Both are reached: the last step may be shorter than the others.
    step : float or int
        Above 0.
    start : float or int
        Between the ends; kept as a place of its own if it is on no step.

    Raises
    ------
    ValueError
        If the step is not above 0, or the ends are no finite numbers.

    Examples
    --------
    >>> list(Steps(0, 10, 4, 5)), Steps(0, 10, 4, 5).start
    ([0, 4, 5, 8, 10], 2)
    """

    def __init__(self, low: Any, high: Any, step: Any, start: Any) -> None:
        if not step > 0:
            raise ValueError(f"step must be above 0, got {step!r}")
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"min and max must be finite, got {low!r} and {high!r}")
        self.low, self.step = low, step
        self._decimals = DECIMALS - math.floor(math.log10(step))
        self._regular = math.floor((high - low) / step * (1 + 1e-12) + 1e-9) + 1
        self._extra: list[tuple[int, Any]] = []  # (place, value) of what is on no step
        if self._differs(self._at(self._regular - 1), high):
            self._extra.append((self._regular, high))
        self.start = self._find(start)

    def _at(self, k: int) -> Any:
        value = self.low + k * self.step
        return value if isinstance(value, int) else round(value, self._decimals) + 0.0

    def _differs(self, a: Any, b: Any) -> bool:
        return abs(a - b) > 1e-6 * self.step + 1e-15 * abs(b)

    def _find(self, start: Any) -> int:
        """The place of the start value, which may have to be made."""
        for place, value in self._extra:
            if not self._differs(value, start):
                return place
        below = min(max(math.floor((start - self.low) / self.step), 0), self._regular - 1)
        for place in (below, below + 1):
            if place < self._regular and not self._differs(self._at(place), start):
                return place
        self._extra.insert(0, (below + 1, start))
        self._extra[1:] = [(place + 1, value) for place, value in self._extra[1:]]
        return below + 1

    def __len__(self) -> int:
        return self._regular + len(self._extra)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        if not 0 <= place < len(self):
            raise IndexError(place)
        before = 0
        for extra, value in self._extra:
            if place == extra:
                return value
            before += place > extra
        return self._at(place - before)


class Axis:
    """A direction of the grid, and which of its places are baked.

    Parameters
    ----------
    identifier : str
        What the page calls the control: several copies of it, and several figures, may share one.
    name : str
        What a message calls it.
    values : sequence
        What each place means.
    start : int
        The place at which the page opens.
    ordered : bool
        Whether places may be left out between others, as on a slider; not so in a list of choices.
    label : callable, optional
        Text of a value, shown beside the control; without it the control shows its choice itself.
    """

    def __init__(
        self, identifier: str, name: str, values: Sequence, start: int, ordered: bool, label: Callable | None = None
    ) -> None:
        self.identifier, self.name, self.ordered, self.label = identifier, name, ordered, label
        self.all, self.all_start = values, start
        self.places: tuple[int, ...] | None = None  # set by the first plan that has the axis; None: all

    @property
    def size(self) -> int:
        """How many places are baked."""
        return len(self.all) if self.places is None else len(self.places)

    @property
    def start(self) -> int:
        """Which of these the page opens at."""
        return self.all_start if self.places is None else bisect.bisect_left(self.places, self.all_start)

    def value(self, place: int) -> Any:
        """The value at a place among those that are baked."""
        return self.all[place if self.places is None else self.places[place]]

    @property
    def labels(self) -> tuple[str, ...] | None:
        """What to show beside the control at each place."""
        if self.label is None:
            return None
        return tuple(self.label(self.value(place)) for place in range(self.size))

    def summary(self) -> list[Any]:
        """Its values; of very many, a few and their number."""
        few = range(self.size) if self.size <= 10_000 else (0, 1, self.size - 1)
        return [self.size, self.start, *map(self.value, few)]

    def words(self, place: int) -> str:
        """What a place is called, in the page's text."""
        value = self.value(place)
        return self.label(value) if self.label is not None else str(value)

    def keep(self, places: Sequence[int]) -> None:
        """Bake these places alone.

        Parameters
        ----------
        places : sequence of int
            Among those that are baked now, in rising order; with the start.

        Raises
        ------
        ValueError
            If the start is not among them.
        """
        kept = tuple(places if self.places is None else (self.places[place] for place in places))
        if self.all_start not in kept:
            raise ValueError(f"{self.name}: the places that are kept must include the start, got {kept}")
        self.places = kept
