r"""Cross-entropy of the scores of a linear layer, a tile of them at a time.

A row's loss needs two numbers of its scores: the label's score t, and the sum R of the other classes' exponentials.
With q = R / e^t the loss is log1p(q), and the label's probability is 1 / (1 + q). Nothing is ever added to the label's
own 1, so a confident right answer keeps its tiny loss, and no loss is negative.

R is held as ``rest * exp(shift)``. The shift is 0 where plain exponentials will do, as in `_terms`, else a whole number
near the largest score seen.
"""

from dataclasses import dataclass

import numpy as np

from ._blocks import BLOCK_BYTES
from ._dtypes import SHORT, wide
from ._sums import row_sums

#: Scores beyond these are shifted from the first tile on; nearer to 0, plain exponentials of many classes stay finite.
TAME = {np.dtype(np.float32): 40, np.dtype(np.float64): 350}
#: Rows of a tile of which differences and their rounding errors are computed together.
_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class Layer:
    """Some classes of a linear layer, and the dtype to compute their scores in."""

    weight: np.ndarray  # (classes, features)
    bias: np.ndarray | None  # (classes,)
    spread: np.ndarray | None  # (classes,) what label smoothing asks of each class, its class weight included
    dtype: np.dtype

    def tiles(self, hidden, labels, kept=None, known=False):
        """Yield tiles of the scores of a block of rows.

        Parameters
        ----------
        hidden : ndarray, shape (rows, features), in `dtype`
        labels : ndarray of int, shape (rows,)
        kept : ndarray, shape (rows * classes,), optional
            Memory for all scores, one tile after another.
        known : bool
            Whether `kept` holds them already.

        Yields
        ------
        classes : slice
        weight : ndarray, shape (classes of the tile, features), in `dtype`
        x : ndarray, shape (rows, classes of the tile)
            The scores; -inf in place of the labels', so that these take no part in what is made of the others.
        e : ndarray
            An array like `x` for intermediate results.
        places : tuple of ndarray
            The rows whose label is in the tile, and their columns.
        own : ndarray or None
            The scores of those labels; None if the scores were known.
        """
        rows, features = hidden.shape
        numbers = BLOCK_BYTES // self.dtype.itemsize
        width = max(16, min(numbers // max(rows, 1), 2 * numbers // max(features, 1)))
        width = max(1, min(len(self.weight), width - width % SHORT if width > SHORT else width))  # see `row_sums`
        space = np.empty((2 if kept is None else 1, rows * width), self.dtype)
        for start in range(0, len(self.weight), width):
            classes = slice(start, start + width)
            weight = self.weight[classes].astype(self.dtype, copy=False)
            size = rows * len(weight)
            x = space[1] if kept is None else kept[rows * start :]
            x, e = (a[:size].reshape(rows, len(weight)) for a in (x, space[0]))
            here = np.flatnonzero((labels >= start) & (labels < start + len(weight)))
            places = here, labels[here] - start
            if known:
                yield classes, weight, x, e, places, None
                continue
            np.matmul(hidden, weight.T, out=x)
            if self.bias is not None:
                x += self.bias[classes].astype(self.dtype, copy=False)
            own = x[places]
            x[places] = -np.inf
            yield classes, weight, x, e, places, own


@dataclass(slots=True)
class Sums:
    """What rows know of the classes they have seen. All arrays have shape (rows,), and float64's digits at least."""

    shift: np.ndarray
    rest: np.ndarray  # the sum of exp(score - shift), the label's left out; NaN if a score is NaN or +inf
    target: np.ndarray  # the label's score; 0 until it is seen
    # With label smoothing, of all classes but the label; else None:
    peak: np.ndarray | None  # the largest score
    below: np.ndarray | None  # the sum of spread * (peak - score)
    spread: np.ndarray | None  # the sum of spread

    def rows(self, where):
        """Return the same of some rows."""
        some: list = [None if a is None else a[where] for a in self._arrays()]
        return Sums(*some)

    def _arrays(self):
        return self.shift, self.rest, self.target, self.peak, self.below, self.spread


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of rows. All arrays have shape (rows,)."""

    labels: np.ndarray
    own: np.ndarray  # the factor of -log p at the label, its share of the spread apart
    spread: np.ndarray | None  # the label's share of the spread

    def rows(self, where):
        """Return the same of some rows."""
        return Asked(self.labels[where], self.own[where], None if self.spread is None else self.spread[where])


@dataclass(frozen=True, slots=True)
class Slopes:
    """What turns exp(score - shift) into the gradient with respect to the scores of some rows."""

    shift: np.ndarray  # (rows,)
    each: np.ndarray  # (rows,) the factor of the exponentials
    at_label: np.ndarray  # (rows,) the gradient at the label
    spread: np.ndarray | None  # (classes,) what is to be subtracted from every row


def nothing(layer, rows):
    """Return the `Sums` of so many rows over no classes."""
    dtype = wide(layer.dtype)
    smooth = [np.full(rows, -np.inf, dtype), np.zeros(rows, dtype), np.zeros(rows, dtype)]
    return Sums(*np.zeros((3, rows), dtype), *([None] * 3 if layer.spread is None else smooth))


def joined(parts):
    """Return the `Sums` of the rows of all parts, one after another."""
    columns = zip(*(part._arrays() for part in parts), strict=True)
    whole: list = [None if column[0] is None else np.concatenate(column) for column in columns]
    return Sums(*whole)


def sums_of(layer, hidden, labels, kept=None):
    """Return the `Sums` of some rows over all classes of the layer; the arguments are those of `Layer.tiles`."""
    sums = nothing(layer, len(hidden))
    for classes, _, x, e, places, own in layer.tiles(hidden, labels, kept):
        sums.target[places[0]] = own
        _add_exponentials(sums, x, e)
        if layer.spread is not None:
            _add_below(sums, x, e, places, layer.spread[classes])
    return sums


def merged(a, b):
    """Return the `Sums` of the same rows over the classes of both."""
    # Where nothing was seen, the shift says nothing. A sum near the end of the range leaves no room for another.
    (shift_a, rest_a), (shift_b, rest_b) = _roomy(a), _roomy(b)
    shift_a, shift_b = np.where(rest_a == 0, shift_b, shift_a), np.where(rest_b == 0, shift_a, shift_b)
    shift = np.maximum(shift_a, shift_b)
    rest = rest_a * np.exp(shift_a - shift) + rest_b * np.exp(shift_b - shift)
    if a.peak is None:
        return Sums(shift, rest, a.target + b.target, None, None, None)
    peak = np.maximum(a.peak, b.peak)
    below = _raised(a.below, a.spread, a.peak, peak) + _raised(b.below, b.spread, b.peak, peak)
    return Sums(shift, rest, a.target + b.target, peak, below, a.spread + b.spread)


def _roomy(sums):
    further = np.where(sums.rest > 1e100, np.rint(np.log(sums.rest)), 0)
    return sums.shift + further, np.where(further > 0, sums.rest * np.exp(-further), sums.rest)


def _add_exponentials(sums, x, e):
    fresh = sums.rest == 0  # nothing but -inf so far
    if fresh.any():
        top = x.max(axis=1)
        far = fresh & np.isfinite(top) & (np.abs(top) > TAME.get(x.dtype, 350))
        sums.shift[far] = np.rint(top[far])
    total = sums.rest + row_sums(_exponentials(x, sums.shift, e))
    over = ~np.isfinite(total) & np.isfinite(sums.rest)
    if over.any():
        top = x.max(axis=1)
        over &= np.isfinite(top)
        raised = np.rint(top[over])
        sums.rest[over] *= np.exp(sums.shift[over] - raised)
        sums.shift[over] = raised
        total = sums.rest + row_sums(_exponentials(x, sums.shift, e))
    sums.rest = np.where(total == np.inf, np.nan, total)


def _exponentials(x, shift, e):
    """Write exp(x - shift) to `e`, the rounding error of the difference made good, and return it."""
    if not shift.any():
        return np.exp(x, e)
    for start in range(0, len(x), _FEW_ROWS):
        few = slice(start, start + _FEW_ROWS)
        c, d = shift[few, np.newaxis].astype(x.dtype), e[few]
        np.subtract(x[few], c, out=d)
        # As in `_terms.shifted_terms`.
        error = x[few] - (d + c)
        np.exp(d, out=d)
        np.add(d, d * error, out=d, where=np.isfinite(error))
    return e


def _add_below(sums, x, e, places, spread):
    top = x.max(axis=1)
    peak = np.maximum(sums.peak, top)
    np.subtract(np.where(np.isfinite(top), top, 0)[:, np.newaxis], x, out=e)
    e[places] = 0
    e[:, spread == 0] = 0  # nothing is asked of them, whatever they score
    e *= spread.astype(e.dtype, copy=False)
    here = np.full(len(x), spread.sum())
    here[places[0]] -= spread[places[1]]
    # Of a sum that is mostly one label's, little would be left, and with few digits.
    most = spread.argmax()
    here[places[0][places[1] == most]] = np.delete(spread, most).sum()
    sums.below = _raised(sums.below, sums.spread, sums.peak, peak) + _raised(row_sums(e), here, top, peak)
    sums.spread += here
    sums.peak = peak


def _raised(below, spread, peak, higher):
    """What `below` is beneath a higher peak."""
    return below + np.where(higher > peak, _times(spread, higher - peak), 0)


def _times(factor, value):
    """Multiply, but let a factor of 0 make 0 of infinity (of NaN it makes no number)."""
    product = factor * value
    product[(factor == 0) & (value == np.inf)] = 0
    return product


def finish(sums, asked):
    """Return the losses of rows whose `Sums` are complete, and what their gradients are made of.

    Returns
    -------
    losses : ndarray, shape (rows,)
    others : ndarray, shape (rows,)
        The gradients of all classes but the label add up to this, the spread apart.
    at_label : ndarray, shape (rows,)
        The gradient at the label.
    """
    rest, target = sums.rest, sums.target
    d = sums.shift - target
    back = d - sums.shift
    error = (sums.shift - (d - back)) - (target + back)  # of d: Knuth's TwoSum
    half = np.exp(d / 2)  # exp(d) may overflow, or lose its digits, where rest makes up for it
    q = rest * half * half
    np.add(q, q * error, out=q, where=np.isfinite(q * error))
    q[(rest == 0) & (target > -np.inf)] = 0
    q[~(target < np.inf) | ((rest == 0) & (target == -np.inf))] = np.nan
    losses = np.log1p(q)
    share = np.where(q > 1, 1 / (1 + 1 / q), q / (1 + q))  # the probability of all classes but the label
    every, at_label = asked.own, -asked.own * share
    log_sum = losses
    losses = _times(asked.own, np.where(q == np.inf, d + np.log(rest), losses))
    if asked.spread is not None:
        peak = np.maximum(sums.peak, target)
        log_others = np.log(rest * np.exp(sums.shift - peak) + np.exp(target - peak))
        log_sum = np.where(target >= sums.peak, log_sum, log_others)
        below = _raised(sums.below, sums.spread, sums.peak, peak) + _times(asked.spread, peak - target)
        losses += below + _times(asked.spread + sums.spread, log_sum)
        every = every + asked.spread + sums.spread
        # At a probability above one half: the others' targets less their probabilities; nothing cancels.
        most = share < 0.5
        at_label = np.where(most, sums.spread - every * share, every / (1 + q) - asked.own - asked.spread)
    return losses, every * share, at_label


def slopes(layer, sums, others, at_label, scale):
    """Return the `Slopes` of the rows' losses times `scale`; `others` and `at_label` are what `finish` returns."""
    others, rest, shift = others * scale, sums.rest, sums.shift
    each = np.where(rest == 0, 0 * others, others / rest)
    # A factor with too few digits in the layer's dtype: let the exponentials add up to about 1.
    least = np.finfo(layer.dtype).smallest_normal / np.finfo(layer.dtype).eps
    poor = (rest > 0) & ~((np.abs(each) >= least) & (np.abs(each) <= 1 / least))
    if poor.any():
        further = np.rint(np.log(rest[poor]))
        shift = shift.copy()
        shift[poor] += further
        each[poor] = others[poor] / (rest[poor] * np.exp(-further))
    return Slopes(shift, each, at_label * scale, None if layer.spread is None else layer.spread * scale)


def add_gradients(layer, hidden, labels, slopes, hidden_gradient, weight_gradient, bias_gradient, kept=None):
    """Add the gradients of some rows to arrays of the layer's dtype; `bias_gradient` may be None."""
    each = slopes.each[:, np.newaxis].astype(layer.dtype)
    for classes, weight, x, e, places, _ in layer.tiles(hidden, labels, kept, kept is not None):
        _exponentials(x, slopes.shift, e)
        e *= each
        if slopes.spread is not None:
            e -= slopes.spread[classes].astype(layer.dtype)
        e[places] = slopes.at_label[places[0]]
        hidden_gradient += e @ weight
        weight_gradient[classes] += e.T @ hidden
        if bias_gradient is not None:
            bias_gradient[classes] += np.ones(len(e), e.dtype) @ e
