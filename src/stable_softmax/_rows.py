"""softmax, log-softmax and log-sum-exp of blocks of rows: one function for each formula.

Each block is first tried with plain exponentials. Rows that those do not suit are then done again, shifted.
Overflow on the way is expected: callers silence NumPy's warnings.
"""

import numpy as np

from ._dtypes import SHORT, computed_in, wide
from ._terms import (
    SMALL,
    column_terms,
    is_between,
    is_tame,
    largest,
    most_sum,
    plain_terms,
    row_sums,
    shifted_terms,
    sums_in_parts,
    unfit_parts,
    unfit_rows,
)


def softmax_rows(x, out, tame=False):
    """Return the softmax of each row of `x`, in `out`, another array of the same shape, if there is one.

    Here and below, `tame` says that `_terms.is_tame` was seen to hold.
    """
    given = x
    x, e = with_scratch(x, out)
    np.exp(x, e)
    total = row_sums(e)
    out = rounded(divide(e, total), out, given.dtype)
    if tame:
        return out
    for some, scores in unfit_parts(given, unfit_rows(total, e.dtype)):
        terms = shifted_terms(scores)
        out[some] = divide(terms.e, terms.top + terms.rest)
    return out


def divide(e, totals):
    """Divide the rows of `e`, in place, by a number each."""
    if e.shape[1] <= SHORT:
        return each_row(np.divide, e, totals)
    # To multiply by a reciprocal takes a third to two thirds of the time of a division, and rounds once more.
    return each_row(np.multiply, e, np.reciprocal(totals))


def each_row(operation, e, numbers):
    """Apply `operation` to the rows of `e`, in place, and a number each."""
    rows, n = e.shape
    if numbers.dtype != e.dtype:
        numbers = numbers.astype(e.dtype)
    # One number for each entry of a short row costs less than NumPy's step from row to row.
    numbers = numbers.repeat(n).reshape(rows, n) if n <= SHORT else numbers[:, np.newaxis]
    return operation(e, numbers, e)


def rounded(values, out, dtype):
    """Return `values` in `dtype`, in the array `out` if there is one.

    A step of its own: arithmetic with another dtype's `out` goes through NumPy's buffers, at half the speed.
    """
    if out is None:
        return values if values.dtype == dtype else values.astype(dtype)
    if out is not values:
        out[...] = values
    return out


def log_softmax_rows(x, out, tame=False):
    """Return the logarithm of the softmax of each row of `x`, in `out` as `softmax_rows` does."""
    given = x
    if x.size > SMALL and is_tame(x):
        x, terms = column_terms(x)
        return rounded(_log_softmax(x, np.maximum.reduce(x, axis=1), terms, x), out, given.dtype)
    x, space = with_scratch(x, out, keep=True)
    terms, unfit = plain_terms(x, largest(x), space, tame=tame)
    out = rounded(_log_softmax(x, x.take(terms.pivot), terms, space), out, given.dtype)
    for some, scores in unfit_parts(x, unfit):
        terms = shifted_terms(scores)
        out[some] = _log_softmax(scores, scores.take(terms.pivot), terms, terms.e)
    return out


def _log_softmax(x, largest_score, terms, out):
    np.subtract(x, largest_score[:, np.newaxis], out)
    log_sum = np.log1p(terms.rest / terms.top).astype(out.dtype, copy=False)
    return np.subtract(out, log_sum[:, np.newaxis], out)


def logsumexp_rows(x, out, tame=False):
    """Write the log-sum-exp of each row of `x` to `out`, of shape (rows,)."""
    if x.shape[1] == 1:
        out[...] = x[:, 0]
        return
    x = computable(x)
    total = row_sums(np.exp(x)) if tame else sums_in_parts(x)
    out[...] = np.log(total)
    # Away from 0 the logarithm of the sum is as good as the form with a pivot, and faster. With the digits of
    # float64 for a narrower result, it is so nearly everywhere.
    enough = 1.001 if x.dtype == np.float64 != out.dtype else 2
    if not is_between(total, enough, most_sum(x.dtype)):
        good = (total >= enough) & (total <= most_sum(x.dtype))
        if tame:
            good |= total <= 1 / enough
        near = np.flatnonzero(~good)
        if near.size:
            out[near] = _pivoted_logsumexp(x[near], tame)
    # Rounded, it might be a bit below the largest score where the others add almost nothing. A final rounding to fewer
    # digits hides that; and in short rows they add more than e^-32 if the smallest score of all is that near.
    if x.shape[1] > SHORT or (x.dtype == out.dtype and not out.item(out.argmax()) - x.item(x.argmin()) < 32):
        np.maximum(out, x.max(axis=1), out=out)


def _pivoted_logsumexp(x, tame):
    terms, unfit = plain_terms(x, largest(x), None, tame=tame)
    result = _logsumexp(x, terms)
    for some, scores in unfit_parts(x, unfit):
        result[some] = _logsumexp(scores, shifted_terms(scores))
    return result


def _logsumexp(x, terms):
    score = x.take(terms.pivot)
    value = score + np.log1p(terms.rest / terms.top)
    # A largest score that is not finite is the answer: -inf, +inf or nan.
    np.copyto(value, score, where=~np.isfinite(score))
    return value


def signed_logsumexp_rows(x, b, out, sign):
    """Write log|sum| and the sign of the sum of each row of ``b * exp(x)``; `b` None stands for ones."""
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
    # As in `shifted_terms`, but here the shift need be neither whole nor the larger of the two (Knuth's TwoSum).
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


def computable(x):
    """Widen `x` where that costs little or where its dtype is too narrow to compute in."""
    if x.itemsize >= 8:  # none is wider than `computed_in` says; to ask takes longer
        return x
    dtype = computed_in(x.dtype, x.shape[1] <= SHORT)
    return x if dtype is x.dtype else x.astype(dtype)


def with_scratch(x, out, keep=False):
    """Return `x` in the dtype to compute in, and an array like it for intermediate results.

    That is `out` if it will do; else the copy of `x` that was made, unless it is to be kept.
    """
    computed = computable(x)
    if out is not None and computed.dtype == out.dtype:
        return computed, out
    return computed, np.empty_like(computed) if keep or computed is x else computed
