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

from typing import NamedTuple

import numpy as np

from ._blocks import BLOCK_BYTES

#: Rows of at most this many classes are short: the cost lies in the calls, not in the entries.
SHORT = 64
#: Arrays of at most this many scores are small.
SMALL = 2048
#: Long rows are added up in pieces of at most this many bytes.
PIECE_BYTES = 1024

_DTYPES = [np.dtype(t) for t in (np.float32, np.float64, np.longdouble)]
_ONES = {t: np.ones(PIECE_BYTES // 4, t) for t in _DTYPES}
_SMALLEST = {t: np.finfo(t).smallest_normal for t in _DTYPES}
_MOST = {t: 1 / smallest for t, smallest in _SMALLEST.items()}
#: Scores of rows of at most `SHORT` classes up to these keep probabilities and their quotients normal numbers.
_TAME = {np.dtype(np.float32): 40, np.dtype(np.float64): 350}
#: The exponent of a shifted row's largest score.
_RAISE = 64
_WIDE = {t: np.result_type(t, np.float64) for t in [np.dtype(np.float16), *_DTYPES]}


class Terms(NamedTuple):
    """Exponentials of rows, all divided by one factor for each row, which nobody needs to know."""

    e: np.ndarray | None  # (rows, classes); only `shifted_terms` has one at the pivot
    pivot: np.ndarray  # (rows,) the pivot's place in the flattened block
    score: np.ndarray  # (rows,) the pivot's score
    top: np.ndarray  # (rows,) the pivot's exponential, in float64 at least
    rest: np.ndarray  # (rows,) the sum of the others, in float64 at least


def most_sum(dtype):
    """The largest sum of which the reciprocal is of full precision."""
    return _MOST[dtype]


def wide(dtype):
    """The dtype for numbers of which a row has one: float64 at least."""
    return _WIDE[dtype]


def places(x, classes):
    """Return where in the flattened block one class of each row is; such an index costs a quarter of one by pairs."""
    return np.arange(0, x.size, x.shape[1]) + classes


def largest(x):
    """Place of each row's largest score (its first NaN, if it has one)."""
    return places(x, x.argmax(axis=1))


def row_sums(e):
    """Add up each row; long rows in float64 at least."""
    n, ones = e.shape[1], _ONES[e.dtype]
    if n <= SHORT:
        # A product with ones costs a sixth of add.reduce along a short axis.
        return e.dot(ones[:n])
    # Dot products with ones cost a third of add.reduce, and as they add in many lanes, an entry of a piece sees few
    # roundings. (A multiple of 32 entries: what is left over is added one by one.) The few sums of pieces are
    # added in the widest dtype there is, which nearly halves the error.
    piece = PIECE_BYTES // e.itemsize
    count = n // piece
    whole = count * piece
    pieces = np.vecdot(e[:, :whole].reshape(len(e), count, piece), ones[:piece])
    total = np.add.reduce(pieces, axis=1, dtype=np.longdouble)
    if whole < n:
        total += np.vecdot(e[:, whole:], ones[: n - whole])
    return total.astype(wide(e.dtype), copy=False)


def is_tame(x):
    """Are all scores so small that nothing made of them overflows, underflows or is invalid, in float64?

    Then NumPy has no warning to silence, and no sum needs to be looked at.
    """
    limit = _TAME.get(x.dtype)
    return limit is not None and 0 < x.shape[1] <= SHORT and is_between(x.reshape(-1), -limit, limit)


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
        Array for the exponentials. With None they are not kept.
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
    # Not taken from e: in float64 it is good to more digits than float32 has.
    score = x.take(pivot)
    top = np.exp(score, dtype=wide(x.dtype))
    if e is None:
        rest = sums_in_parts(x, pivot)
    else:
        np.exp(x, out=e)
        e.reshape(-1)[pivot] = 0
        rest = row_sums(e)
    terms = Terms(e, pivot, score, top, rest)
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
    return x, Terms(None, None, np.maximum.reduce(x, axis=1), e[:, 0], row_sums(e[:, 1:]))


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
    least = _SMALLEST[_WIDE[dtype]]
    if is_between(total, 0.5, _MOST[dtype]) and (top is None or is_between(share, least, 1.5)):
        return None
    fit = (total >= 0.5) & (total <= _MOST[dtype])
    return ~fit if top is None else ~(fit & (share >= least))


def is_between(values, low, high):
    """Are all of them? Not if one is NaN."""
    # argmin takes half the time of min, and stops at a NaN.
    return values[values.argmin()] >= low and values[values.argmax()] <= high


def shifted_terms(x):
    """Exponentiate rows less a whole number, chosen by their largest score, in float64 at least.

    The largest score, which is the pivot, becomes about 64: then terms that are subnormal numbers beside a largest of 1
    are not, and their sum is of full precision. The shift c is a whole number: then d + c is exact, |x| > |c| or not, and
    the rounding error of d = x - c is x - (d + c) (Dekker's Fast2Sum). It is tiny, so
    exp(d + error) = exp(d) * (1 + error).
    """
    x = x.astype(wide(x.dtype), copy=False)
    pivot = largest(x)
    score = x.take(pivot)
    c = np.rint(score)[:, np.newaxis] - _RAISE
    d = x - c
    error = x - (d + c)
    e = np.exp(d)
    np.add(e, e * error, out=e, where=np.isfinite(d))  # exp(-inf) is 0 and its error is nan
    entries = e.reshape(-1)
    top = entries[pivot]
    entries[pivot] = 0
    rest = row_sums(e)
    entries[pivot] = top
    return Terms(e, pivot, score, top, rest)


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
