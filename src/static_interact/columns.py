"""What changes in a text or an attribute: its varying pieces as columns of whole numbers over the fewest controls.

A value such as ``"M0 1.5L2 3"`` is cut into *tokens* (here numbers) and what stands between them. Where the latter
is the same in all frames, each token that varies becomes a *column*; columns that are equal are one.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

#: How a value is cut, in this order of preference; `decode.js` has the same patterns. Numbers and colours, words,
#: lines; after these the whole value is one token.
CUTTERS = (
    re.compile(r"(?:--si-|#)[0-9a-f]{6}\b|-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.ASCII),
    re.compile(r"[^ \n]+"),
    re.compile(r"[^\n]+"),
)
WHOLE = len(CUTTERS)
#: Formats: n >= 0 is a number of at most n decimals, without zeros at the end; -1 - n one of exactly n decimals;
#: `TABLE` + n the n-th table of words.
TABLE = 100
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,9})(?:\.(\d{1,5}))?", re.ASCII)


class NotSeparable(ValueError):
    """Something in the frames depends on controls of two groups at once."""


class Grid:
    """Which frames are known, and what they depend on.

    Parameters
    ----------
    shape : sequence of int
        Choices of each control.
    known : sequence of tuple of int
        The frames there are.
    groups : sequence of sequence of int, optional
        Groups of controls; a column must not depend on two of them. By default all controls are one group.
    """

    def __init__(
        self, shape: Sequence[int], known: Sequence[tuple[int, ...]], groups: Sequence[Sequence[int]] | None = None
    ) -> None:
        self.shape = tuple(shape)
        self.coordinates = np.array(known, dtype=np.int64).reshape(len(known), len(self.shape))
        self.groups = [tuple(group) for group in groups] if groups is not None else [tuple(range(len(self.shape)))]
        self._places: dict[tuple[int, ...], Integers] = {}

    def places(self, axes: tuple[int, ...]) -> Integers:
        """Return the place of each known frame in the grid of some axes alone, in row-major order."""
        if axes not in self._places:
            place = np.zeros(len(self.coordinates), dtype=np.int64)
            for axis in axes:
                place = place * self.shape[axis] + self.coordinates[:, axis]
            self._places[axes] = place
        return self._places[axes]

    def size(self, axes: Iterable[int]) -> int:
        """Return the number of combinations of some axes."""
        return math.prod(self.shape[axis] for axis in axes)

    def candidates(self) -> Iterator[tuple[int, ...]]:
        """Yield the sets of axes that a column may depend on, small ones first."""
        found = {s for group in self.groups for n in range(len(group) + 1) for s in itertools.combinations(group, n)}
        return iter(sorted(found, key=lambda axes: (len(axes), self.size(axes), axes)))

    def reduce(self, values: Integers, known: NDArray[np.bool_]) -> list[tuple[tuple[int, ...], Integers, Integers]]:
        """Find the fewest axes that determine each column.

        Parameters
        ----------
        values : array of int, shape (frames, columns)
            What each column is in each known frame.
        known : array of bool, shape (frames,)
            Where it matters.

        Returns
        -------
        list of (axes, numbers of the columns, cells of shape (combinations, columns))

        Raises
        ------
        NotSeparable
            If a column depends on more than one group.
        """
        matters = np.flatnonzero(known)
        if len(matters) < len(values):
            values = values[matters]
        left = np.arange(values.shape[1])
        result = []
        for axes in self.candidates():
            if not len(left):
                break
            place = self.places(axes)[matters]
            used, first, inverse = np.unique(place, return_index=True, return_inverse=True)
            if len(used) == len(matters):
                fits = np.ones(len(left), dtype=bool)
            else:
                fits = np.array([np.array_equal(values[first, k][inverse], values[:, k]) for k in left], dtype=bool)
            if fits.any():
                # Combinations that no frame shows take the value of the one before.
                nearest = np.maximum(np.searchsorted(used, np.arange(self.size(axes)), side="right") - 1, 0)
                result.append((axes, left[fits], values[first][nearest][:, left[fits]]))
                left = left[~fits]
        if len(left):
            raise NotSeparable(f"a part of the frames depends on controls of more than one of the groups {self.groups}")
        return result


@dataclass(frozen=True)
class Column:
    """Whole numbers over the grid of some axes, and what they mean; `owner` keeps equal columns apart."""

    axes: tuple[int, ...]
    form: int
    data: bytes
    owner: int = -1

    def cells(self) -> Integers:
        """Return the numbers."""
        return np.frombuffer(self.data, dtype=np.int64)


class Tables:
    """The tables of words of a figure; colours are in one, from dark to light, as in the maps they come from."""

    def __init__(self, colors: Iterable[str]) -> None:
        self.tables: list[tuple[str, ...]] = []
        self.colors = tuple(sorted(set(colors), key=lambda color: (_lightness(color), color)))

    def number(self, words: Sequence[str]) -> tuple[int, Integers]:
        """Return the format of a table that holds the words, and the words' places in it."""
        colored = set(self.colors)
        table = self.colors if all(word in colored for word in words) else tuple(dict.fromkeys(words))
        if table not in self.tables:
            self.tables.append(table)
        places = {word: place for place, word in enumerate(table)}
        return TABLE + self.tables.index(table), np.array([places[word] for word in words], dtype=np.int64)


def _lightness(color: str) -> float:
    red, green, blue = (int(color[k : k + 2], 16) for k in range(len(color) - 6, len(color), 2))
    return 0.3 * red + 0.59 * green + 0.11 * blue


def form(number: int, kind: int) -> str:
    """Write a number in one of the formats; the inverse of `numbers`."""
    decimals = kind if kind >= 0 else -1 - kind
    digits = f"{abs(number):0{decimals + 1}d}"
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    if kind >= 0:
        fraction = fraction.rstrip("0")
    return ("-" if number < 0 else "") + whole + ("." + fraction if fraction else "")


class Parser:
    """Reads tokens as numbers; remembers what it has read."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[int, int, bool] | None] = {}

    def _parse(self, token: str) -> tuple[int, int, bool] | None:
        """Digits as a whole number, count of decimals, whether they end in a zero; None for anything else."""
        match = _PLAIN.fullmatch(token)
        if match is None or (token.startswith("-") and not token.strip("-0.")):  # no minus zero
            return None
        value = int(token.replace(".", ""))
        decimals = len(match[1] or "")
        return (value, decimals, token.endswith("0") and decimals > 0) if abs(value) < 2**31 else None

    def numbers(self, tokens: Sequence[str]) -> tuple[int, Integers] | None:
        """Return the format of numbers and their digits, or None if no format gives all of them back."""
        read = self._read
        parsed = []
        for token in tokens:
            if token not in read:
                read[token] = self._parse(token)
            item = read[token]
            if item is None:
                return None
            parsed.append(item)
        decimals = {item[1] for item in parsed}
        if not any(item[2] for item in parsed):
            most = max(decimals)
            scaled = np.array([value * 10 ** (most - own) for value, own, _ in parsed], dtype=np.int64)
            return (most, scaled) if np.abs(scaled).max() < 2**31 else None
        if len(decimals) == 1:
            return -1 - decimals.pop(), np.array([value for value, _, _ in parsed], dtype=np.int64)
        return None
