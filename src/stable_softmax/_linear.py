r"""Cross-entropy of the scores of a linear layer, a tile of them at a time.

A row's loss needs two numbers of its scores: the label's score t, and the sum R of the other classes' exponentials.
With q = R / e^t the loss is log1p(q), and the label's probability is 1 / (1 + q). Nothing is ever added to the label's
own 1, so a confident right answer keeps its tiny loss, and no loss is negative.

R is held as ``rest * exp(shift)``. The shift is 0 where plain exponentials will do, as in `_terms`, else a whole number
near the largest score seen.
"""

from dataclasses import dataclass

import numpy as np

from ._blocks import BLOCK_BYTES, SHORT
from ._targets import Problem, checked_labels, checked_options, checked_weight
from ._terms import TAME, row_sums, wide
from ._validate import as_array, as_floats, working_dtype

#: Rows whose scores are computed together. With fewer, the weights are read from memory more often.
ROWS = 1024
#: Rows of a tile of which differences and their rounding errors are computed together.
_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class LinearGradients:
    """The gradients of a linear layer's loss.

    Attributes
    ----------
    hidden, weight : ndarray
        With respect to the layer's input and its weights, in their shapes and dtypes.
    bias : ndarray or None
        With respect to the bias; None if there is none.
    """

    hidden: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Layer:
    """Some classes of a linear layer, and the dtype to compute their scores in."""

    weight: np.ndarray  # (classes, features)
    bias: np.ndarray | None  # (classes,)
    spread: np.ndarray | None  # (classes,) what label smoothing asks of each class, its class weight included
    dtype: np.dtype

    def tiles(self, hidden, labels):
        """Yield tiles of the scores of a block of rows.

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
        own : ndarray
            The scores of those labels.
        """
        rows, features = hidden.shape
        numbers = BLOCK_BYTES // self.dtype.itemsize
        width = min(len(self.weight), max(16, min(numbers // rows, 2 * numbers // max(features, 1))))
        space = np.empty((2, rows * width), self.dtype)
        for start in range(0, len(self.weight), width):
            classes = slice(start, start + width)
            weight = self.weight[classes].astype(self.dtype, copy=False)
            x, e = (a[: rows * len(weight)].reshape(rows, len(weight)) for a in space)
            np.matmul(hidden, weight.T, out=x)
            if self.bias is not None:
                x += self.bias[classes].astype(self.dtype, copy=False)
            here = np.flatnonzero((labels >= start) & (labels < start + len(weight)))
            places = here, labels[here] - start
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


def sums_of(layer, hidden, labels):
    """Return the `Sums` of some rows, of shape (rows, features) and in the layer's dtype, over all its classes."""
    rows, dtype = len(hidden), wide(layer.dtype)
    smooth = [np.full(rows, -np.inf, dtype), np.zeros(rows, dtype), np.zeros(rows, dtype)]
    sums = Sums(*np.zeros((3, rows), dtype), *(smooth if layer.spread is not None else [None] * 3))
    for classes, _, x, e, places, own in layer.tiles(hidden, labels):
        sums.target[places[0]] = own
        _add_exponentials(sums, x, e)
        if layer.spread is not None:
            _add_below(sums, x, e, places, layer.spread[classes])
    return sums


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
    here = np.full(len(x), spread.sum(dtype=sums.spread.dtype))
    here[places[0]] -= spread[places[1]]
    sums.below = _raised(sums.below, sums.spread, sums.peak, peak) + _raised(row_sums(e), here, top, peak)
    sums.spread += here
    sums.peak = peak


def _raised(below, spread, peak, higher):
    """What `below` is beneath a higher peak."""
    return below + np.where(higher > peak, _times(spread, higher - peak), 0)


def _times(factor, value):
    """Multiply, but let a factor of 0 make 0 of infinity. (It makes no number of NaN.)"""
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
    np.add(q, q * error, out=q, where=np.isfinite(error))
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


def add_gradients(layer, hidden, labels, slopes, hidden_gradient, weight_gradient, bias_gradient):
    """Add the gradients of some rows to arrays; `bias_gradient` may be None."""
    each = slopes.each[:, np.newaxis].astype(layer.dtype)
    for classes, weight, x, e, places, _ in layer.tiles(hidden, labels):
        _exponentials(x, slopes.shift, e)
        e *= each
        if slopes.spread is not None:
            e -= slopes.spread[classes].astype(layer.dtype)
        e[places] = slopes.at_label[places[0]]
        hidden_gradient += e @ weight
        weight_gradient[classes] += e.T @ hidden
        if bias_gradient is not None:
            bias_gradient[classes] += np.ones(len(e), e.dtype) @ e


@dataclass(frozen=True, slots=True)
class Task:
    """Checked arguments of a linear layer's cross-entropy."""

    hidden: np.ndarray  # (rows, features)
    layer: Layer
    problem: Problem
    asked: Asked
    kept: np.ndarray | None  # the rows that are not ignored; None if none is

    def blocks(self):
        """Yield blocks of rows that count: their places, their part of `hidden` in the dtype to compute in, `Asked`."""
        count = len(self.hidden if self.kept is None else self.kept)
        for start in range(0, count, ROWS):
            rows = slice(start, start + ROWS)
            rows = rows if self.kept is None else self.kept[rows]
            yield rows, self.hidden[rows].astype(self.layer.dtype, copy=False), self.asked.rows(rows)


def parse(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction):
    """Check the arguments of a linear layer's cross-entropy and return them as a `Task`."""
    label_smoothing, ignore_index = checked_options(ignore_index, label_smoothing, reduction)
    hidden, weight = as_floats(hidden, "hidden"), as_floats(weight, "weight")
    if weight.ndim != 2:
        raise ValueError(f"weight must have shape (classes, features), but has shape {weight.shape}")
    classes, features = weight.shape
    if hidden.ndim == 0 or hidden.shape[-1] != features:
        raise ValueError(
            f"hidden must end in an axis of the {features} features of weight, of shape {weight.shape}, "
            f"but has shape {hidden.shape}"
        )
    dtype = np.result_type(hidden, weight)
    if bias is not None:
        bias = as_floats(bias, "bias")
        if bias.shape != (classes,):
            raise ValueError(f"bias must hold one number for each of the {classes} classes, but has shape {bias.shape}")
        dtype = np.result_type(dtype, bias)
    labels, ignored = _parse_labels(labels, hidden.shape[:-1], classes, ignore_index)
    if class_weight is not None:
        class_weight = checked_weight(class_weight, classes, wide(dtype), "class_weight")
    # Scores that take no memory: a problem asks for their shape only.
    scores = np.broadcast_to(np.zeros((), dtype), (*labels.shape, classes))
    problem = Problem(scores, labels, None, ignored, class_weight, label_smoothing, reduction, scores.ndim - 1, dtype)
    computed = wide(dtype) if classes <= SHORT else working_dtype(dtype)
    spread = None
    if label_smoothing:
        spread = np.full(classes, label_smoothing / classes, wide(dtype))
        if class_weight is not None:
            spread *= class_weight
    flat = labels.reshape(-1)
    asked = Asked(
        flat,
        (1 - label_smoothing) * (np.ones(flat.size, wide(dtype)) if class_weight is None else class_weight.take(flat)),
        None if spread is None else spread.take(flat),
    )
    kept = None if ignored is None else np.flatnonzero(~ignored.reshape(-1))
    return Task(hidden.reshape(-1, features), Layer(weight, bias, spread, computed), problem, asked, kept)


def _parse_labels(labels, batch_shape, classes, ignore_index):
    labels = as_array(labels, "labels")
    if labels.dtype.kind not in "iu" and not (labels.dtype.kind == "f" and not labels.size):
        raise TypeError(f"labels must hold integers, but has dtype {labels.dtype}")
    if labels.shape != batch_shape:
        raise ValueError(f"labels must have the shape of hidden without its last axis, {batch_shape}, but have {labels.shape}")
    return checked_labels(labels, classes, ignore_index, "labels")


def solve(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction, want_gradient):
    """Return the loss and, if they are wanted, the gradients (else None)."""
    task = parse(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction)
    layer, problem = task.layer, task.problem
    divisor = problem.divisor(problem.label_weights())
    scale = problem.gradient_scale(divisor)
    losses = np.zeros(problem.labels.size, wide(problem.dtype))
    gradients = None
    if want_gradient:
        gradients = [
            np.zeros(task.hidden.shape, task.hidden.dtype),
            np.zeros(layer.weight.shape, layer.dtype),
            None if layer.bias is None else np.zeros(layer.bias.shape, wide(layer.dtype)),
        ]
    with np.errstate(all="ignore"):
        for rows, block, asked in task.blocks():
            sums = sums_of(layer, block, asked.labels)
            losses[rows], others, at_label = finish(sums, asked)
            if want_gradient:
                hidden_gradient = np.zeros(block.shape, layer.dtype)
                factors = slopes(layer, sums, others, at_label, scale)
                add_gradients(layer, block, asked.labels, factors, hidden_gradient, *gradients[1:])
                gradients[0][rows] = hidden_gradient
    loss = problem.reduce(losses.reshape(problem.batch_shape), divisor)
    if not want_gradient:
        return loss, None
    return loss, LinearGradients(
        gradients[0].reshape(*problem.batch_shape, -1),
        gradients[1].astype(layer.weight.dtype, copy=False),
        None if layer.bias is None else gradients[2].astype(layer.bias.dtype, copy=False),
    )
