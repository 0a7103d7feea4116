"""softmax and its kin to 50 digits, with mpmath: what the functions of this package are measured against.

The functions take rows of scores, exactly as the floating-point numbers they are, and return arrays of mpmath
numbers. They are slow (about 10 microseconds a score) and simple: the formulas are those of the page, in a form
that loses nothing at any range, in more digits than are returned.

Examples
--------
>>> from stable_softmax.precision import reference
>>> import mpmath
>>> print(mpmath.nstr(reference.logsumexp([0.0, -40.0]), 20))
4.2483542552915889863e-18
"""

import numpy as np

#: Significant decimal digits of what is returned.
DIGITS = 50
#: Decimal digits that are carried beyond those: log-sum-exp near 0 cancels up to about 20 of them.
GUARD_DIGITS = 30


def softmax(x):
    """Return the softmax of each row.

    Parameters
    ----------
    x : array_like of float, shape (..., classes)
        Finite scores, or -inf for masks.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., classes)

    Raises
    ------
    ValueError
        If a row holds +inf, NaN or nothing but -inf; there is no answer then.
    ModuleNotFoundError
        If mpmath is not installed.
    """
    return _each_row(lambda mp, row: _share(mp, row), x)


def log_softmax(x):
    """Return the logarithm of the softmax of each row; parameters and errors as in `softmax`."""

    def solve(mp, row):
        top, rest = _split(mp, row)
        return [(score - top) - mp.log1p(rest) for score in row]

    return _each_row(solve, x)


def logsumexp(x):
    """Return the log-sum-exp of each row, without its last axis; parameters and errors as in `softmax`."""

    def solve(mp, row):
        top, rest = _split(mp, row)
        return [top + mp.log1p(rest)]

    return _each_row(solve, x)[..., 0][()]


def cross_entropy(scores, labels):
    """Return each row's loss, -log p at its label.

    Parameters
    ----------
    scores : array_like of float, shape (..., classes)
    labels : array_like of int, shape (...)

    Returns
    -------
    ndarray of mpmath.mpf, shape (...)

    Raises
    ------
    ValueError, ModuleNotFoundError
        As `softmax`.
    TypeError, IndexError
        If a label is no integer, or none of the classes.
    """
    labels = _checked_labels(labels, np.shape(scores)[-1])
    return -np.take_along_axis(log_softmax(scores), labels[..., np.newaxis], -1)[..., 0][()]


def cross_entropy_grad(scores, labels):
    """Return the gradient of each row's loss, p - y; parameters and errors as in `cross_entropy`."""

    def solve(mp, row, label):
        p = _share(mp, row)
        p[label] = -mp.fsum(p[:label] + p[label + 1 :])  # p - 1, from the others
        return p

    return _each_row(solve, scores, _checked_labels(labels, np.shape(scores)[-1]))


def _checked_labels(labels, classes):
    """Refuse what Python would count from the end, or take for a number."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must hold integers, but has dtype {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise IndexError(f"labels must lie in 0 to {classes - 1}, but holds {labels.min()} to {labels.max()}")
    return labels


def multiprecision():
    """Return mpmath. It is imported here alone, and only once a reference value is asked for."""
    import mpmath

    return mpmath


def _each_row(solve, x, labels=None):
    mp = multiprecision()
    x = np.asarray(x, np.float64)
    if not (x < np.inf).all() or (x == -np.inf).all(axis=-1).any():
        raise ValueError("x must hold finite scores or -inf, and a finite one in every row")
    rows = x.reshape(-1, x.shape[-1]).tolist()
    extra = [()] * len(rows) if labels is None else [(label,) for label in np.asarray(labels).ravel().tolist()]
    with mp.workdps(DIGITS + GUARD_DIGITS):
        solved = [solve(mp, [mp.mpf(score) for score in row], *more) for row, more in zip(rows, extra, strict=True)]
    with mp.workdps(DIGITS):
        result = np.empty((len(rows), len(solved[0]) if solved else 0), object)
        for i, row in enumerate(solved):
            result[i] = [+number for number in row]  # rounds
    return result.reshape(*x.shape[:-1], -1)


def _split(mp, row):
    """The largest score, and the sum of the others' exponentials over its own."""
    k = max(range(len(row)), key=row.__getitem__)
    return row[k], mp.fsum(mp.exp(score - row[k]) for i, score in enumerate(row) if i != k)


def _share(mp, row):
    top, rest = _split(mp, row)
    return [mp.exp(score - top) / (1 + rest) for score in row]
