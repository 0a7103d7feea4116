"""All formulas for blocks of rows: softmax and its logarithm, log-sum-exp, streams, cross-entropy and its gradient.

One contract holds for all functions here that take x, of shape (rows, classes), and arrays for the results: they write
to these, and change no x. Of the two functions of a `_terms.Kernel`, the plain one returns the terms it was done with.
Overflow on the way is expected: callers silence NumPy's warnings.
"""

import numpy as np

from ._blocks import SMALL
from ._dtypes import SHORT, wide
from ._invariance import is_invariant
from ._sums import row_sums
from ._terms import (
    Kernel,
    Terms,
    largest,
    places,
    plain_sums,
    plain_terms,
    redo,
    shifted_terms,
)

#: The logarithm of a sum this near to 0 is taken by the pivot's form: its error, that of the sum over the sum, is some
#: ULP of larger results, and ever more of smaller ones. (About log 2; nearer to 0, more rows would be computed twice.)
NEAR_ZERO = 0.7
#: The same where the sum has the digits of float64 and the result fewer.
NEAR_ZERO_WITH_SPARE_DIGITS = 0.001
#: With a smallest score of all less than this below a result, the other classes add more than e^-32 to the largest:
#: no rounding can bring the result below that.
_NEAR_SCORES = 32


def each_row(operation, values, numbers, out):
    """Apply `operation` to each row of `values` and its one of `numbers`, and write to `out`, of the values' dtype."""
    rows, n = values.shape
    if numbers.dtype != out.dtype:
        numbers = numbers.astype(out.dtype)
    # One number for each entry of a short row costs less than NumPy's step from row to row.
    numbers = numbers.repeat(n).reshape(rows, n) if n <= SHORT else numbers[:, np.newaxis]
    operation(values, numbers, out)


def store(values, out):
    """Write `values` to `out`, if they are not there already; here a narrower dtype is rounded to."""
    if out is not values:
        out[...] = values


# Softmax: exponentials over their sum.


def _softmax(e, total, out):
    if e.shape[1] <= SHORT:
        each_row(np.divide, e, total, e)
    else:
        # For long rows a product with the reciprocal is faster than a division, and rounds once more.
        each_row(np.multiply, e, np.reciprocal(total), e)
    store(e, out)


def _plain_softmax(x, out):
    terms = plain_terms(x, out)
    _softmax(terms.e, terms.rest, out)
    return terms


def _shifted_softmax(x, out):
    terms = shifted_terms(x)
    terms.e.put(terms.pivot, terms.top)
    _softmax(terms.e, terms.total, out)


SOFTMAX = Kernel(_plain_softmax, _shifted_softmax)


# Log-softmax: (x - x_k) - log1p(r), equation accuracy-loss for every class, with the largest score as the pivot.


def _log_softmax(x, terms, out):
    space = terms.e  # nobody needs the exponentials any more
    top_score = x.take(terms.pivot)
    if x.dtype == space.dtype:
        each_row(np.subtract, x, top_score, space)
    else:
        space[...] = x
        each_row(np.subtract, space, top_score, space)
    each_row(np.subtract, space, np.log1p(terms.rest / terms.top), space)
    store(space, out)


def _plain_log_softmax(x, out):
    if x.size > SMALL and x.shape[1] <= SHORT and x.itemsize <= 8 and not is_invariant():
        return _log_softmax_by_columns(x, out)
    terms = plain_terms(x, out, largest(x))
    _log_softmax(x, terms, out)
    return terms


def _shifted_log_softmax(x, out):
    _log_softmax(x, shifted_terms(x), out)


def _log_softmax_by_columns(x, out):
    """The same for many short rows, with the classes stored one after another: each step is one over long vectors.

    To look for the pivots alone would take twice as long as all of it.
    """
    x = np.array(x, np.float64, order="F")
    e = np.exp(x)
    _put_largest_first(e)
    terms = Terms(None, None, e[:, 0], row_sums(e[:, 1:]))
    x -= np.maximum.reduce(x, axis=1)[:, np.newaxis]
    x -= np.log1p(terms.rest / terms.top)[:, np.newaxis]
    out[...] = x
    return terms


def _put_largest_first(e):
    """Move each row's largest entry to the front by a knockout tournament; the others stay in some order."""
    players = e.shape[1]
    while players > 1:
        half = players // 2
        front, back = e[:, :half], e[:, players - half : players]
        winners = np.maximum(front, back)
        np.minimum(front, back, out=back)
        front[...] = winners
        players -= half


LOG_SOFTMAX = Kernel(_plain_log_softmax, _shifted_log_softmax)


# Log-sum-exp: x_k + log1p(r), equation accuracy-loss; away from 0 the logarithm of the sum is as good, and faster.


def _plain_logsumexp(x, out):
    n = x.shape[1]
    if n == 1:
        out[...] = x[:, 0]
        return Terms(None, None, None, np.ones(len(x)))
    terms = plain_sums(x)
    long, wide_result = n > SHORT, out.itemsize >= 8
    value = np.log(terms.rest, out if wide_result else None)
    store(value, out)
    distance = np.abs(value)
    near = NEAR_ZERO if long or wide_result else NEAR_ZERO_WITH_SPARE_DIGITS
    if not distance.item(distance.argmin()) >= near:  # or there is a nan
        redo(_shifted_logsumexp, np.flatnonzero(distance < near), [x], [out])
    # Rounded, it might be a bit below the largest score where the others add almost nothing. A final rounding to fewer
    # digits hides that.
    if long or (wide_result and not out.item(out.argmax()) - x.item(x.argmin()) < _NEAR_SCORES):
        np.maximum(out, x.max(axis=1), out=out)
    return terms


def _shifted_logsumexp(x, out):
    terms = shifted_terms(x)
    top_score = x.take(terms.pivot)
    value = top_score + np.log1p(terms.rest / terms.top)
    # A largest score that is not finite is the answer: -inf, +inf or nan.
    np.copyto(value, top_score, where=~np.isfinite(top_score))
    out[...] = value


LOGSUMEXP = Kernel(_plain_logsumexp, _shifted_logsumexp, reduces=True)


# What streams are merged from: the largest score, and r, the sum of the other exponentials over its own.


def _max_rest(x, terms, most, rest):
    most[...] = x.take(terms.pivot)
    np.divide(terms.rest, terms.top, out=rest)
    finite = np.isfinite(most)
    if not finite.all():
        rest[~finite] = np.where(most[~finite] == -np.inf, 0, np.nan)


def _plain_max_rest(x, most, rest):
    terms = plain_sums(x, largest(x))
    _max_rest(x, terms, most, rest)
    return terms


def _shifted_max_rest(x, most, rest):
    _max_rest(x, shifted_terms(x), most, rest)


MAX_REST = Kernel(_plain_max_rest, _shifted_max_rest, reduces=True)


def signed_logsumexp(x, b, out, sign):
    """Write log|sum| and the sign of the sum of each row of ``b * exp(x)``; `b` None stands for ones.

    With factors no sum of plain exponentials vouches for its row (b may make up for an overflow, terms may cancel):
    every row is divided by its largest term, and rounding errors are made good.
    """
    x = x.astype(wide(x.dtype), copy=False)
    b = np.ones_like(x) if b is None else b.astype(x.dtype, copy=False)
    # With the factor's size in the exponent, the pivot is the largest term.
    # Where the factor is 0, nothing is added, whatever x is.
    exponent = np.where(b == 0, -np.inf, x + np.log(np.abs(b)))
    pivot = largest(exponent)
    top, shift, factor = exponent.take(pivot), x.take(pivot), b.take(pivot)
    # By halves, as exp alone may overflow where a small factor makes up for it.
    shift_column = shift[:, np.newaxis]
    below = x - shift_column
    half = np.exp(below / 2)
    ratios = b / factor[:, np.newaxis] * half * half
    # As in `shifted_terms`, but here the shift need be neither whole nor the larger of the two (chapter 8's TwoSum).
    back = below - x
    error = (x - (below - back)) - (shift_column + back)
    np.add(ratios, ratios * error, out=ratios, where=np.isfinite(error))
    ratios[b == 0] = 0
    ratios.reshape(-1)[pivot] = 0
    # The sum is the pivot's term times 1 + r. Where r < -1, its sign is turned: -(1 + r) = 1 + (-2 - r).
    r = row_sums(ratios)
    value = np.log1p(np.where(r < -1, -2 - r, r)) + np.log(np.abs(factor)) + shift
    turned = np.sign(factor) * np.sign(1 + r)
    infinite = ~np.isfinite(top)
    if infinite.any():
        # Nothing is left to be scaled: -inf (or nothing) alone, or +inf, or nan.
        terms = np.where(b == 0, 0, b * np.exp(x))[infinite]
        total = terms.sum(axis=1)
        value[infinite], turned[infinite] = np.log(np.abs(total)), np.sign(total)
    out[...], sign[...] = value, turned


# Cross-entropy with labels. The target itself is the pivot of plain exponentials: the loss is log1p(r), the gradient at
# the target -r / (1 + r), equation accuracy-gradient.


def _plain_labels(scale, x, labels, weights, losses, gradient):
    target = places(x, labels)
    terms = plain_sums(x, target) if gradient is None else plain_terms(x, gradient, target)
    _labels(scale, x, terms, target, weights, losses, gradient)
    return terms


def _shifted_labels(scale, x, labels, weights, losses, gradient):
    _labels(scale, x, shifted_terms(x), places(x, labels), weights, losses, gradient)


def _labels(scale, x, terms, target, weights, losses, gradient):
    target_is_pivot = target is terms.pivot
    if losses is not None:
        np.log1p(terms.rest / terms.top, out=losses)
        if not target_is_pivot:
            losses += x.take(terms.pivot) - x.take(target)
        if weights is not None:
            losses[(weights == 0) & (losses == np.inf)] = 0  # a NaN stays one
            losses *= weights
    if gradient is not None:
        e, total = terms.e, terms.total
        at_target = -terms.rest
        if not target_is_pivot:
            e.put(terms.pivot, terms.top)
            at_target = np.where(target == terms.pivot, at_target, e.take(target) - total)
        e.put(target, at_target)
        each_row(np.multiply, e, (scale if weights is None else scale * weights) / total, e)
        store(e, gradient)


#: To be given a scale, one more factor of the gradients. The inputs are x; the labels, shape (rows,); and factors of
#: the rows' losses and gradients, shape (rows,), or None. Where one is 0, the loss is 0 even if -log p is infinite; it
#: is NaN if -log p is. The outputs are the losses, shape (rows,), and the gradient, shape (rows, classes); either may
#: be None.
LABELS = Kernel(_plain_labels, _shifted_labels)


# Cross-entropy with any factors a of -log p: the loss is sum(a * (x_k - x)) + sum(a) * log1p(r), the gradient
# sum(a) * p - a.


def _plain_targets(scale, x, a, losses, gradient):
    pivot = largest(x)
    terms = plain_sums(x, pivot) if gradient is None else plain_terms(x, gradient, pivot)
    _targets(scale, x, terms, a, losses, gradient)
    return terms


def _shifted_targets(scale, x, a, losses, gradient):
    _targets(scale, x, shifted_terms(x), a, losses, gradient)


def _targets(scale, x, terms, a, losses, gradient):
    at_pivot = a.take(terms.pivot)
    a.put(terms.pivot, 0.0)
    elsewhere = row_sums(a)  # the factors of all classes but the pivot
    a.put(terms.pivot, at_pivot)
    every = at_pivot + elsewhere
    if losses is not None:
        below = x.take(terms.pivot)[:, np.newaxis] - x
        below *= a
        below[a == 0] = 0
        losses[...] = row_sums(below) + every * np.log1p(terms.rest / terms.top)
    if gradient is not None:
        p, total = terms.e, terms.total
        each_row(np.multiply, p, every / total, p)
        # At a pivot above one half: the other classes' targets less their probabilities; nothing cancels.
        largest_share = np.where(
            terms.rest < terms.top,
            elsewhere - every * (terms.rest / total),
            every * (terms.top / total) - at_pivot,
        )
        np.subtract(p, a, out=p)
        p.put(terms.pivot, largest_share)
        p *= scale
        store(p, gradient)


#: To be given a scale, as `LABELS`, with the same outputs. The inputs are x, in the dtype to compute in, and a, of its
#: shape and dtype. Where a is 0, it counts for nothing even if -log p is infinite.
TARGETS = Kernel(_plain_targets, _shifted_targets)
