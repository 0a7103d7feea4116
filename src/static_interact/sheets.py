"""Columns and ragged rows -> sheets, their order, and the code of all their numbers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import forks, predict
from .coder import Encoder
from .columns import Column, Grid
from .predict import PRESETS, Predictor, Sheet

#: So many columns of one slot over the same controls make a sheet of their own, in which neighbours predict each other.
MANY = 8
#: Strides that are tried, see `predict`.
STRIDES = (1, 2, 4, 8)
SAMPLE = 6_000  # numbers on which they are tried
MANY_NUMBERS = 20_000  # in all sheets: to try strides on fewer takes no longer than to start a process


@dataclass(eq=False)
class RaggedRows:
    """Rows of varying length over the grid of some axes; `lengths` is the column that says how long."""

    axes: tuple[int, ...]
    form: int
    rows: list[NDArray[np.int64]]
    lengths: Column | None = None
    sheet: Sheet | None = field(default=None, repr=False)


class Layout:
    """Collects columns and ragged rows, then lays them out in sheets.

    Attributes
    ----------
    sheets, predictors, code
        As in the data, once `arrange` was called.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._columns: dict[Column, None] = {}
        self._groups: list[list[Column]] = []
        self._ragged: dict[tuple, RaggedRows] = {}
        self.sheets: list[list] = []
        self.predictors: list[list[list[int]]] = []
        self.code = ""

    def column(self, axes: tuple[int, ...], form: int, cells: NDArray[np.int64], owner: int = -1) -> Column:
        """Return a column; it is stored if it is used."""
        return Column(axes, form, np.ascontiguousarray(cells, dtype=np.int64).tobytes(), owner)

    def use(self, columns: Sequence[Column]) -> None:
        """Store columns, equal ones once; many new ones of one kind are neighbours: the numbers of a path, in order."""
        kinds: dict[tuple, dict[Column, None]] = {}
        for column in columns:
            if column not in self._columns:
                self._columns[column] = None
                kinds.setdefault((column.axes, column.form), {})[column] = None
        self._groups += [list(group) for group in kinds.values() if len(group) >= MANY]

    def ragged(self, axes: tuple[int, ...], form: int, rows: list[NDArray[np.int64]]) -> RaggedRows:
        """Return the rows; equal ones are stored once."""
        key = (axes, form, tuple(row.tobytes() for row in rows))
        if key not in self._ragged:
            lengths = self.column(axes, 0, np.array([len(row) for row in rows], dtype=np.int64))
            self.use([lengths])
            self._ragged[key] = RaggedRows(axes, form, rows, lengths)
        return self._ragged[key]

    def arrange(self) -> dict[Any, int]:
        """Make the sheets, choose their predictors, code them; return the place of each column and ragged sheet."""
        loose: dict[tuple, list[Column]] = {}
        grouped = {column for group in self._groups for column in group}
        for column in self._columns:
            if column not in grouped:
                loose.setdefault((column.axes, column.form), []).append(column)
        places: dict[Any, int] = {}
        made: list[tuple[int, Any, list[Sheet]]] = []
        for group, tried in [*((g, (0, 1)) for g in loose.values()), *((g, STRIDES) for g in self._groups)]:
            for column in group:
                places[column] = len(places)
            made.append((group[0].form, len(group), self._candidates(group, tried)))
        for number, ragged in enumerate(self._ragged.values(), len(made)):
            places[ragged] = number
            sizes = tuple(self.grid.shape[axis] for axis in ragged.axes)
            tries = [Sheet(ragged.axes, sizes, ragged.rows, stride, True) for stride in STRIDES]
            made.append((ragged.form, [places[ragged.lengths]], tries))
        sheets = _best_strides([tries for _, _, tries in made])
        predictors: list[Predictor] = list(PRESETS)
        predict.choose(sheets, predictors)
        self._write([(form, count, sheet) for (form, count, _), sheet in zip(made, sheets, strict=True)], predictors)
        return places

    def _write(self, made: list[tuple[int, Any, Sheet]], predictors: list[Predictor]) -> None:
        used = sorted({sheet.predictor for _, _, sheet in made})
        self.predictors = [[*map(list, predictors[k])] for k in used]
        encoder = Encoder(2)
        for form, count, sheet in made:
            predictor = predictors[sheet.predictor]
            stride = sheet.stride
            self.sheets.append([list(sheet.axes), form, count, stride, used.index(sheet.predictor)])
            encoder.code(int(stride > 0), *(part.tolist() for part in predict.residuals(sheet, predictor)))
            sheet.forget()
        self.code = encoder.text()

    def _candidates(self, columns: list[Column], strides: Sequence[int]) -> list[Sheet]:
        axes = columns[0].axes
        sizes = tuple(self.grid.shape[axis] for axis in axes)
        cells = np.stack([column.cells() for column in columns], axis=1)
        order = _axis_order(cells.reshape(*sizes, -1))
        cells = cells.reshape(*sizes, -1).transpose(*order, len(sizes)).reshape(len(cells), -1)
        axes, sizes = tuple(axes[k] for k in order), tuple(sizes[k] for k in order)
        return [Sheet(axes, sizes, list(cells), stride) for stride in strides]


def _axis_order(cells: NDArray[np.int64]) -> list[int]:
    """The axis along which numbers change least goes innermost: the row above is one step along that."""
    change = [
        float(np.log2(1 + np.abs(np.diff(cells, axis=axis))).mean()) if cells.shape[axis] > 1 else 0.0
        for axis in range(cells.ndim - 1)
    ]
    return sorted(range(cells.ndim - 1), key=lambda axis: -change[axis])


def _best_strides(candidates: list[list[Sheet]]) -> list[Sheet]:
    """Of each list the sheet whose numbers are predicted best; where there are many numbers, on all cores."""
    found = {}
    count = min(forks.workers(), len(candidates))
    if count > 1 and sum(len(row) for sheets in candidates for row in sheets[0].rows) >= MANY_NUMBERS:
        found = dict(forks.run(lambda k: _best_stride(candidates[k]), range(len(candidates)), count))
    best = []
    for k, sheets in enumerate(candidates):
        place, known = found[k] if k in found else _best_stride(sheets)
        sheets[place].known = known
        best.append(sheets[place])
    return best


def _best_stride(sheets: list[Sheet]) -> tuple[int, dict]:
    """Return the place of the sheet whose numbers are predicted best, judged by a part of the rows, and its `known`."""
    costs = []
    for sheet in sheets:
        total = list(itertools.accumulate(len(row) for row in sheet.rows))
        inner = sheet.sizes[-1] if sheet.sizes else 1
        count = next((k for k, n in enumerate(total, 1) if n >= SAMPLE), len(total))
        count = min(len(total), -(-count // inner) * inner)
        sizes = (inner,) if count == inner else (count // inner, inner)
        # What is found out about a sheet as a whole is asked for again later.
        whole = count == len(total) and sizes == sheet.sizes
        part = sheet if whole else Sheet((0,), sizes, sheet.rows[:count], sheet.stride, sheet.ragged)
        costs.append(min(part.cost(predictor) for predictor in (*PRESETS, part.fitted())))
        part.forget()
    place = int(np.argmin(costs))
    return place, sheets[place].known
