"""Sums along rows: fast, on one thread, and with few roundings."""

from functools import lru_cache

import numpy as np

from ._dtypes import SHORT, wide
from ._invariance import is_invariant

#: Entries in one product with a vector of ones. With ten times as many, BLAS may wake other threads, which costs more
#: than it gains (tests/softmax/test_threads.py).
_PRODUCT = 1 << 15
#: The bits of a float64 but for the last 27 of its significand: heads of 26 bits leave room to add 2^27 of like size.
_HEAD = np.int64(-1 << 27)


def row_sums(e):
    """Add up each row of a block; long rows in pieces of few roundings, which are added in float64 at least.

    Parameters
    ----------
    e : ndarray, shape (rows, classes)
        Contiguous; rows of at most `SHORT` in either order of storage.

    Returns
    -------
    ndarray, shape (rows,)
    """
    rows, n = e.shape
    if is_invariant():
        return _sums_row_by_row(e)
    if n <= SHORT:
        # A product with ones costs a sixth of add.reduce along a short axis.
        return e.dot(ones(n, e.dtype)) if e.size <= _PRODUCT else _sums_of_rows(e)
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
