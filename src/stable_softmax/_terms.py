r"""The pieces that every formula here is made of: a row's exponentials, with one of them left out of their sum.

Pick one class of a row, the pivot k, and let r be the sum of the other exponentials over the pivot's,
:math:`r = \sum_{j \ne k} e^{x_j} / e^{x_k}`. Then

- log-sum-exp is :math:`x_k + \log(1 + r)`,
- the loss is :math:`-\log p_t = (x_k - x_t) + \log(1 + r)`,
- the loss's gradient at the pivot, if that is the target, is :math:`p_k - 1 = -r / (1 + r)`,

and nothing is lost where r is tiny, as it is never added to the pivot's 1.

Where it can be done, x is exponentiated as it is (`plain_terms`). That is more accurate than exp(x - max): the
subtraction rounds, and an error of d in the argument of exp is a factor of 1 + d in its value. The row's sum tells
whether it could be done (`unfit_rows`). Where it could not, the rounding error of the subtraction is
computed and made good (`shifted_terms`).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ._blocks import BLOCK_BYTES
from ._dtypes import SHORT, wide
from ._invariance import is_invariant

#: Arrays of at most this many scores are small.
SMALL = 2048
#: Scores in one product with a vector: with ten times as many, BLAS may use several threads, which costs more than it gains.
_PRODUCT = 1 << 15
#: The bits of a float64 but for the last 27 of its significand.
_HEAD = np.int64(-1 << 27)

_DTYPES = [np.dtype(t) for t in (np.float32, np.float64, np.longdouble)]
_SMALLEST = {t: np.finfo(t).smallest_normal for t in _DTYPES}
_MOST = {t: 1 / smallest for t, smallest in _SMALLEST.items()}
#: Scores of rows of at most `SHORT` classes up to these keep probabilities and their quotients normal numbers.
TAME = {np.dtype(np.float32): 40, np.dtype(np.float64): 350}
#: The exponent of a shifted row's largest score.
_RAISE = 64


class Terms(NamedTuple):
    """Exponentials of rows, all divided by one factor for each row, which nobody needs to know."""

    e: np.ndarray | None  # (rows, classes); only `shifted_terms` has one at the pivot
    pivot: np.ndarray  # (rows,) the pivot's place in the flattened block
    top: np.ndarray  # (rows,) the pivot's exponential, in float64 at least
    rest: np.ndarray  # (rows,) the sum of the others, in float64 at least


def most_sum(dtype):
    """The largest sum of which the reciprocal is of full precision."""
    return _MOST[dtype]


def places(x, classes):
    """Return where in the flattened block one class of each row is; such an index costs a quarter of one by pairs."""
    return np.arange(0, x.size, x.shape[1]) + classes


def largest(x):
    """Place of each row's largest score (its first NaN, if it has one)."""
    return places(x, x.argmax(axis=1))


def row_sums(e):
    """Add up each row of a contiguous block; long rows in float64 at least."""
    rows, n = e.shape
    if is_invariant():
        return _sums_row_by_row(e)
    if n <= SHORT:
        # A product with ones costs a sixth of add.reduce along a short axis.
        return e.dot(ones(n, e.dtype)) if e.size <= _PRODUCT else _sums_of_rows(e)
    # Long rows are added in pieces of at most `SHORT` entries, as each of these sees few roundings then.
    piece = _even_piece(n)
    if piece:
        return _exact_sums(_sums_of_rows(e.reshape(-1, piece)).reshape(rows, -1))
    return _sums_row_by_row(e)


def _sums_row_by_row(e):
    """Add up each row by NumPy's own loop over it: no row's sum depends on the others."""
    rows, n = e.shape
    whole = n - n % SHORT if n > SHORT else 0
    rest = np.einsum("ri->r", e[:, whole:])
    return _exact_sums(np.einsum("rpi->rp", e[:, :whole].reshape(rows, -1, SHORT))) + rest if whole else rest


@lru_cache
def ones(n, dtype):
    """Return a vector of ones, always the same one: do not write to it."""
    return np.ones(n, dtype)


@lru_cache
def _even_piece(n):
    """Return a length of pieces into which n entries can be cut evenly, or 0 if all such pieces are very short."""
    lengths = [piece for piece in range(SHORT, SHORT // 3, -1) if n % piece == 0]
    # Vectors of the processor hold 4, 8 or 16 entries, and what does not fill one costs as much.
    return next((piece for piece in lengths if piece % 8 == 0), lengths[0] if lengths else 0)


def _sums_of_rows(e):
    """Add up many short rows, in either order of storage, by products too small for BLAS to wake other threads."""
    rows, n = e.shape
    most = _PRODUCT // n
    whole = rows - rows % most
    sums = np.empty(rows, e.dtype)
    np.matmul(e[:whole].reshape(-1, most, n), ones(n, e.dtype), out=sums[:whole].reshape(-1, most))
    np.matmul(e[whole:], ones(n, e.dtype), out=sums[whole:])
    return sums


def _exact_sums(parts):
    """Add up rows of few numbers, nearly without an error but for the last rounding, in float64 at least."""
    if parts.dtype != np.float64:
        return _plain_sums(parts.astype(wide(parts.dtype)))
    # Heads of 26 bits add up exactly if they are of like size, and what is left of the parts is very small.
    heads = (parts.view(np.int64) & _HEAD).view(np.float64)
    total, rest = _plain_sums(heads), _plain_sums(parts - heads)
    return np.add(total, rest, out=total, where=np.isfinite(total))  # inf less inf is nan


def _plain_sums(parts):
    if is_invariant():
        return np.einsum("rp->r", parts)
    few = parts.shape[1] <= _PRODUCT // SHORT and parts.size <= _PRODUCT  # BLAS has a lower limit for a single row
    return parts.dot(np.ones(parts.shape[1])) if few else np.add.reduce(parts, axis=1)


def is_tame(x):
    """Are all scores so small that nothing made of them overflows, underflows or is invalid, in float64?

    Then NumPy has no warning to silence, and no sum needs to be looked at.
    """
    if is_invariant():
        return False  # it is the others' affair
    limit = TAME.get(x.dtype)
    return (
        limit is not None and 0 < x.shape[1] <= SHORT and x.item(x.argmin()) >= -limit and x.item(x.argmax()) <= limit
    )


def is_easy(x):
    """Is `x` a small tame array? Seeing to blocks and warnings would take longer than the arithmetic."""
    return type(x) is np.ndarray and x.ndim == 2 and 0 < x.size <= SMALL and x.flags.c_contiguous and is_tame(x)


def plain_terms(x, pivot, e, pivot_is_largest=True, tame=False):
    """Exponentiate rows as they are, and tell where that will not do.

    Parameters
    ----------
    x : ndarray, shape (rows, classes)
    pivot : ndarray of int, shape (rows,)
        A place in each row, as `places` gives it.
    e : ndarray, shape (rows, classes) or None
        Array for the exponentials, which may be `x` itself. With None they are not kept.
    pivot_is_largest : bool
        Then the pivot's exponential is of full precision if the sum is.
    tame : bool
        What `is_tame` says of the scores; if they are, plain exponentials will do.

    Returns
    -------
    terms : Terms
    unfit : ndarray of bool, shape (rows,), or None
        The rows that need `shifted_terms`; None if no row does.
    """
    if e is None:
        top, rest = np.exp(x.take(pivot), dtype=wide(x.dtype)), sums_in_parts(x, pivot)
    else:
        # Not from e where that has the digits of float32 only; and before x may be overwritten.
        top = np.exp(x.take(pivot), dtype=np.float64) if x.dtype == np.float32 else None
        np.exp(x, e)
        top = e.take(pivot) if top is None else top
        e.put(pivot, 0.0)
        rest = row_sums(e)
    terms = Terms(e, pivot, top, rest)
    if tame:
        return terms, None
    unfit = unfit_rows(top + rest, x.dtype, None if pivot_is_largest else top)
    # Terms that underflowed are off by up to half of the smallest number each: together that must be little.
    least = x.shape[1] * _SMALLEST[x.dtype]
    if x.shape[1] > 1 and not rest[rest.argmin()] >= least:
        unfit = rest < least if unfit is None else unfit | (rest < least)
    return terms, unfit


def column_terms(x):
    """Return tame scores with the classes stored one after another, and what `plain_terms` says of them, without e.

    In this order each step for many short rows is one over long vectors; `argmax` alone would take twice as long
    as all of them.
    """
    x = np.array(x, np.float64, order="F")
    e = np.exp(x)
    _put_largest_first(e)
    return x, Terms(None, None, e[:, 0], row_sums(e[:, 1:]))


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


def unfit_rows(total, dtype, top=None):
    """Tell which sums of plain exponentials do not vouch for their row; None if all do.

    If a sum is finite, no term overflowed. A term that underflowed is off by at most half of the smallest number; if
    the sum is at least 1/2, dividing by it makes that one such number at most. A pivot's exponential `top`, which
    is divided by, must not be so small that the quotient overflows.
    """
    share = None if top is None else top / total
    least = _SMALLEST[wide(dtype)]
    if is_between(total, 0.5, _MOST[dtype]) and (top is None or is_between(share, least, 1.5)):
        return None
    fit = (total >= 0.5) & (total <= _MOST[dtype])
    return ~fit if top is None else ~(fit & (share >= least))


def is_between(values, low, high):
    """Are all of them? Not if one is NaN."""
    # argmin takes half the time of min, and stops at a NaN.
    return values.item(values.argmin()) >= low and values.item(values.argmax()) <= high


def unfit_parts(x, unfit):
    """Yield the places of unfit rows and their scores in float64 at least, as many as `shifted_terms` has room for.

    What it makes of them takes the memory of about four copies, which together are not to be larger than a block.
    """
    if unfit is None:
        return
    rows = np.flatnonzero(unfit)
    step = max(1, BLOCK_BYTES // 32 // x.shape[1])
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        yield some, x[some].astype(wide(x.dtype), copy=False)


def shifted_terms(x):
    """Exponentiate rows, as `unfit_parts` gives them, less a whole number that is chosen by their largest score.

    The largest score, which is the pivot, becomes about 64: then terms that are subnormal numbers beside a largest of 1
    are not, and their sum is of full precision. The shift c is a whole number: then d + c is exact, |x| > |c| or not, and
    the rounding error of d = x - c is x - (d + c) (Dekker's Fast2Sum). It is tiny, so
    exp(d + error) = exp(d) * (1 + error).
    """
    pivot = largest(x)
    c = np.rint(x.take(pivot))[:, np.newaxis] - _RAISE
    d = x - c
    error = x - (d + c)
    e = np.exp(d)
    np.add(e, e * error, out=e, where=np.isfinite(d))  # exp(-inf) is 0 and its error is nan
    entries = e.reshape(-1)
    top = entries[pivot]
    entries[pivot] = 0
    rest = row_sums(e)
    entries[pivot] = top
    return Terms(e, pivot, top, rest)


def sums_in_parts(x, pivot=None):
    """Add up the exponentials of each row, but for its pivot's if one is given, and keep none of them."""
    rows, n = x.shape
    width = max(1, BLOCK_BYTES // (x.itemsize * rows))
    total = 0
    for start in range(0, n, width):
        e = np.exp(x[:, start : start + width])
        if pivot is not None:
            classes = pivot % n - start
            here = np.flatnonzero((classes >= 0) & (classes < width))
            e[here, classes[here]] = 0
        total = total + row_sums(e)
    return total
