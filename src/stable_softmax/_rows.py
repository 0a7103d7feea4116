"""softmax, log-softmax and log-sum-exp of blocks of rows: one function for each formula.

Each block is first tried with plain exponentials. Rows that those do not suit are then done again, shifted.
Overflow on the way is expected: callers silence NumPy's warnings.
"""

import numpy as np

from ._terms import (
    SHORT,
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
    unfit_rows,
    wide,
)


def softmax_rows(x, out, tame=False):
    """Write the softmax of each row of `x` to `out`, another array of the same shape.

    Here and below, `tame` says that `_terms.is_tame` was seen to hold.
    """
    x = computable(x)
    e = np.exp(x, out=scratch(x, out))
    total = row_sums(e)
    multiply(e, np.reciprocal(total), out)
    unfit = None if tame else unfit_rows(total, e.dtype)
    if unfit is not None:
        terms = shifted_terms(x[unfit])
        again = np.empty(terms.e.shape, out.dtype)
        multiply(terms.e, 1 / (terms.top + terms.rest), again)
        out[unfit] = again


def multiply(e, factors, out):
    """Multiply the rows of `e`, in place, by a factor each, and put them in `out`.

    To multiply by a reciprocal takes a third to two thirds of the time of a division, and rounds once more.
    """
    np.multiply(e, factors.astype(e.dtype, copy=False)[:, np.newaxis], out=e)
    move(e, out)


def move(block, out):
    """Copy a block to `out`, rounding to its dtype, if it is not there already."""
    # In a step of its own: arithmetic with another dtype's `out` goes through NumPy's buffers, at half the speed.
    if block is not out:
        out[...] = block


def log_softmax_rows(x, out, tame=False):
    """Write the logarithm of the softmax of each row of `x` to `out`, another array of the same shape."""
    if x.size > SMALL and is_tame(x):
        x, terms = column_terms(x)
        _log_softmax(x, terms, x, out)
        return
    x = computable(x)
    space = scratch(x, out)
    terms, unfit = plain_terms(x, largest(x), space, tame=tame)
    _log_softmax(x, terms, space, out)
    if unfit is not None:
        x = x[unfit]
        again = np.empty(x.shape, out.dtype)
        _log_softmax(x, shifted_terms(x), scratch(x, again), again)
        out[unfit] = again


def _log_softmax(x, terms, space, out):
    below = np.subtract(x, terms.score[:, np.newaxis], out=space)
    log_sum = np.log1p(terms.rest / terms.top).astype(x.dtype, copy=False)
    np.subtract(below, log_sum[:, np.newaxis], out=below)
    move(below, out)


def logsumexp_rows(x, out, tame=False):
    """Write the log-sum-exp of each row of `x` to `out`, of shape (rows,)."""
    x = computable(x)
    total = row_sums(np.exp(x)) if tame else sums_in_parts(x)
    # Away from 0 the logarithm of the sum is as good as the form with a pivot, and faster. With the digits of
    # float64 for a narrower result, it is so nearly everywhere.
    enough = 1.001 if x.dtype == np.float64 != out.dtype else 4
    out[...] = np.log(total)
    if not is_between(total, enough, most_sum(x.dtype)):
        near = np.flatnonzero(~((total >= enough) & (total <= most_sum(x.dtype))))
        out[near] = _pivoted_logsumexp(x[near], tame)


def _pivoted_logsumexp(x, tame):
    terms, unfit = plain_terms(x, largest(x), None, tame=tame)
    result = _logsumexp(terms)
    if unfit is not None:
        result[unfit] = _logsumexp(shifted_terms(x[unfit]))
    return result


def _logsumexp(terms):
    value = terms.score + np.log1p(terms.rest / terms.top)
    # A largest score that is not finite is the answer: -inf, +inf or nan.
    np.copyto(value, terms.score, where=~np.isfinite(terms.score))
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
    if x.shape[1] <= SHORT:
        return x.astype(wide(x.dtype), copy=False)
    return x.astype(np.float32) if x.dtype == np.float16 else x


def scratch(x, out):
    """An array like `x` for intermediate results: `out`, if it will do."""
    return out if out.dtype == x.dtype else np.empty_like(x)
