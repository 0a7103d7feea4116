"""Predicts the numbers of a sheet from those that are known already, so that what is left to code is small.

A *sheet* holds rows of whole numbers, one row for each combination of some controls. All rows are equally long, or
each has a length of its own (*ragged*: a contour has more points in one frame than in the next). Within a row,
numbers that belong together are `stride` apart (2 for the x and y of a path; 0 if no two do).

A number has these neighbours, named as in `FEATURES`, each missing at some border:

- c1, c2, ... one, two ... strides to the left in its own row;
- u0 at its place in the row above (the previous value of the innermost control that has one), u1 and u2 to the left
  of that, um to the right; v and t are one and two rows further up;
- w at its place in the previous row of the next control outwards, d above that.

The prediction is u0 (c1 where there is no row above) plus a fixed combination of the features, which are all
differences and count as 0 if a neighbour is missing. The encoder finds the combination by least squares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Differences that a prediction combines: where a row above is known, and where none is. `decode.js` has the same.
FEATURES = (
    ("c1", "u1"), ("c2", "u2"), ("c3", "u3"), ("u0", "v0"), ("u1", "v1"), ("um", "vm"), ("v0", "t0"),
    ("um", "u0"), ("u0", "u1"), ("c1", "c2"), ("w0", "d0"), ("w1", "d1"), ("wm", "dm"),
)  # fmt: skip
FIRST_FEATURES = (("c1", "c2"), ("c2", "c3"), ("c3", "c4"), ("c1", "c3"))
UNIT = 256  # of the coefficients
#: Where a ragged row may go on looking for its counterpart in the row above, in strides.
SHIFTS = (0, 1, -1, 2, -2)
#: Combinations for sheets too small to pay for their own: as above, going on in a line, as the neighbour does.
PRESETS: tuple[tuple[list[int], list[int]], ...] = (
    ([], []),
    ([UNIT], [0, 0, 0, UNIT]),
    ([UNIT], [UNIT]),
    ([], [0] * 10 + [UNIT]),
)
Predictor = tuple[list[int], list[int]]
Integers = NDArray[np.int64]


@dataclass
class Sheet:
    """Rows of whole numbers over the grid of some controls.

    Attributes
    ----------
    axes : tuple of int
        The controls that its rows stand for, outermost first.
    sizes : tuple of int
        Their numbers of choices.
    rows : list of array
        One for each combination, in row-major order.
    stride : int
        See the module's docstring.
    ragged : bool
        Whether rows differ in length.
    predictor : int
        Index of its combination, once chosen.
    known : dict
        What `cost` and `fitted` have worked out.
    """

    axes: tuple[int, ...]
    sizes: tuple[int, ...]
    rows: list[Integers]
    stride: int
    ragged: bool = False
    predictor: int = 0
    _found: dict = field(default_factory=dict, repr=False)
    known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def neighbours(self) -> dict[str, NDArray]:
        """Return each neighbour of each number, in coding order, NaN where it is missing, and what that tells."""
        if not self._found:
            self._found = _neighbours(self)
        return self._found

    def cost(self, predictor: Predictor) -> float:
        """Return about how many bytes the sheet takes with a predictor."""
        key = tuple(predictor[0]), tuple(predictor[1])
        if key not in self.known:
            self.known[key] = estimate(*residuals(self, predictor)[:2])
        return self.known[key]

    def fitted(self) -> Predictor:
        """Return the predictor that leaves the least of this sheet alone."""
        if "fitted" not in self.known:
            self.known["fitted"] = fit([self])
        return self.known["fitted"]

    def forget(self) -> None:
        """Free what `neighbours` keeps."""
        self._found = {}


def row_links(sizes: Sequence[int]) -> Integers:
    """For each row of a grid: the rows u, v, t, w, d of the module's docstring; -1 for none."""
    strides = [math.prod(sizes[k + 1 :]) for k in range(len(sizes))]
    links = []
    for row in range(math.prod(sizes)):
        link = [-1] * 5
        for size, stride in reversed(list(zip(sizes, strides, strict=True))):
            place = row // stride % size
            if place and link[0] < 0:
                link[:3] = [row - stride, *(row - k * stride if place >= k else -1 for k in (2, 3))]
            elif place and link[3] < 0:
                link[3:] = [row - stride, link[0] - stride]
        links.append(link)
    return np.array(links, dtype=np.int64).reshape(-1, 5)


def counterparts(row: Integers, above: Integers, stride: int) -> Integers:
    """Return, for each number of a ragged row, the place of its counterpart in the row above.

    Both sides find it: after each group of `stride` numbers the nearest of a few groups above is taken for the
    counterpart of this one, and the next group's is the one after that.
    """
    places = np.empty(len(row), dtype=np.int64)
    ours, theirs = row.tolist(), above.tolist()
    shift = 0
    for start in range(0, len(ours), stride):
        end = min(start + stride, len(ours))
        places[start:end] = range(start + shift, end + shift)
        best = None
        for step in SHIFTS:
            offset = shift + step * stride
            if start + offset < 0 or end + offset > len(theirs):
                continue
            distance = sum(map(abs, map(sub, ours[start:end], theirs[start + offset : end + offset])))
            if best is None or distance < best[0]:
                best = (distance, offset)
            if not distance:
                break  # as none is nearer
        if best is not None:
            shift = best[1]
    return places


def _neighbours(sheet: Sheet) -> dict[str, NDArray]:
    lengths = np.array([len(row) for row in sheet.rows], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    values = np.concatenate([*sheet.rows, [0]]).astype(float)
    values[-1] = np.nan  # what a missing neighbour's index points to
    row_of = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(values) - 1) - starts[row_of]
    links = row_links(sheet.sizes)
    above = place
    if sheet.ragged:
        links[:, 1:] = -1
        pairs = [
            counterparts(row, sheet.rows[up], sheet.stride) if up >= 0 else np.zeros(len(row), np.int64)
            for row, up in zip(sheet.rows, links[:, 0].tolist(), strict=True)
        ]
        above = np.concatenate([*pairs, np.zeros(0, np.int64)])

    def gather(rows: Integers, places: Integers, offset: int) -> NDArray[np.float64]:
        at = places + offset * sheet.stride
        inside = (rows >= 0) & (at >= 0) & (at < lengths[rows])
        if offset and not sheet.stride:
            inside[:] = False
        return values[np.where(inside, starts[rows] + at, -1)]

    found: dict[str, NDArray] = {f"c{k}": gather(row_of, place, -k) for k in (1, 2, 3, 4)}
    for name, link in zip("uvtwd", range(5), strict=True):
        rows = links[row_of, link]
        for label, offset in (("0", 0), ("1", -1), ("2", -2), ("3", -3), ("m", 1)):
            if name == "u" or (name in "vwd" and label in "01m") or label == "0":
                found[name + label] = gather(rows, above, offset)
    found["value"] = values[:-1]
    upper, index = links[row_of, 0], np.arange(len(place))
    known = (upper >= 0) & (above >= 0) & (above < lengths[upper])
    # Places of neighbours among all numbers, -1 for none.
    found["above"] = np.where(known, starts[upper] + above, -1)
    found["left"], found["left2"] = (np.where(place >= k, index - k, -1) for k in (1, 2))
    found["first"] = np.isnan(found["u0"])
    found["base"] = np.where(found["first"], np.nan_to_num(found["c1"]), found["u0"])
    return found


def _features(sheet: Sheet, names: Sequence[tuple[str, str]], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    known = sheet.neighbours()
    features = np.empty((int(chosen.sum()), len(names)))
    for k, (a, b) in enumerate(names):
        features[:, k] = known[a][chosen] - known[b][chosen]
    features[np.isnan(features)] = 0  # (`nan_to_num` takes five times as long)
    return features


def residuals(sheet: Sheet, predictor: Predictor) -> tuple[Integers, Integers, Integers]:
    """Return what the encoder codes of a sheet: values, zones and fractions, see `coder.Encoder.code`."""
    known = sheet.neighbours()
    base, first = known["base"], known["first"]
    sums = np.zeros(len(base))
    for names, coefficients, chosen in ((FIRST_FEATURES, predictor[0], first), (FEATURES, predictor[1], ~first)):
        # Zeros at the end of the coefficients are left out.
        used = [(name, c) for name, c in zip(names, coefficients, strict=False) if c]
        if used and chosen.any():
            sums[chosen] = _features(sheet, [name for name, _ in used], chosen) @ np.array([c for _, c in used], float)
    whole = np.floor((sums + UNIT // 2) / UNIT)
    rest = sums - whole * UNIT
    error = known["value"] - base - whole
    size = np.abs(np.append(error, 0))
    around = 2 * size[known["left"]] + size[known["left2"]] + size[known["above"]]
    zones = np.minimum(np.frexp(around)[1], 7)
    fractions = np.minimum(np.abs(rest) // 32, 3)
    error = np.where(rest < 0, -error, error)
    return error.astype(np.int64), zones.astype(np.int64), fractions.astype(np.int64)


def estimate(values: Integers, zones: Integers) -> float:
    """Return about how many bytes the encoder needs for values that `residuals` returned with these zones."""
    size = np.abs(values)
    kind = np.minimum(np.frexp(size.astype(float))[1], 24)
    bits = float(np.maximum(kind - 1, 0).sum() * 0.9 + (size > 0).sum())
    for zone in range(8):
        counts = np.bincount(kind[zones == zone])
        counts = counts[counts > 0]
        if len(counts):
            bits -= float((counts * np.log2(counts / counts.sum())).sum()) - 4.0 * (len(counts) - 1)
    return bits / 8


def fit(sheets: Sequence[Sheet]) -> Predictor:
    """Return the combinations that leave the least of some sheets of one kind to code (least absolute deviations)."""
    result = []
    for first, names in ((True, FIRST_FEATURES), (False, FEATURES)):
        features, targets = [], []
        for sheet in sheets:
            known = sheet.neighbours()
            chosen = known["first"] == first
            base = known["c1" if first else "u0"]
            chosen &= ~np.isnan(base)
            features.append(_features(sheet, names, chosen))
            targets.append((known["value"] - base)[chosen])
        x, y = np.concatenate(features), np.concatenate(targets)
        result.append(_least_absolute(x, y))
    return result[0], result[1]


def _least_absolute(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[int]:
    if len(y) > 40_000:  # enough to find a dozen coefficients
        x, y = x[:: len(y) // 20_000], y[:: len(y) // 20_000]
    if len(y) < 8:
        return []
    weights = np.ones(len(y))
    coefficients: NDArray[np.float64] = np.zeros(x.shape[1])
    weighted = np.empty_like(x)
    for _ in range(5):
        np.multiply(x, weights[:, None], out=weighted)
        squares = x.T @ weighted + 1e-3 * np.eye(x.shape[1])
        coefficients = np.asarray(np.linalg.solve(squares, weighted.T @ y), dtype=np.float64)
        weights = 1 / (0.3 + np.abs(y - x @ coefficients))
    quantised = [int(c) for c in np.clip(np.round(coefficients * UNIT), -4 * UNIT, 4 * UNIT)]
    while quantised and not quantised[-1]:
        quantised.pop()
    return quantised


def choose(sheets: Sequence[Sheet], predictors: list[Predictor]) -> None:
    """Give each sheet the predictor that needs the fewest bytes, adding fitted ones to the list where they pay."""
    kinds: dict[tuple, list[Sheet]] = {}
    for sheet in sheets:
        kinds.setdefault((sheet.stride, sheet.ragged), []).append(sheet)
    for members in kinds.values():
        candidates = list(predictors)
        total = sum(len(row) for sheet in members for row in sheet.rows)
        fitted = [members[0].fitted() if len(members) == 1 else fit(members)] if total >= 200 else []
        if len(members) > 1:
            fitted += [sheet.fitted() for sheet in members if sum(map(len, sheet.rows)) >= 2_000]
        costs = np.array([[s.cost(p) for p in candidates + fitted] for s in members])
        # Presets are free; a fitted one must save what writing it down costs.
        open_to_use = list(range(len(candidates)))
        for k, predictor in enumerate(fitted, len(candidates)):
            now = costs[:, open_to_use].min(axis=1)
            saved = np.maximum(now - costs[:, k], 0).sum()
            if saved > 8 + 2.2 * (len(predictor[0]) + len(predictor[1])):
                open_to_use.append(k)
        best = [open_to_use[k] for k in costs[:, open_to_use].argmin(axis=1)]
        for sheet, k in zip(members, best, strict=True):
            predictor = (candidates + fitted)[k]
            if predictor not in predictors:
                predictors.append(predictor)
            sheet.predictor = predictors.index(predictor)
