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
    x : array_like, shape (..., classes)
        Real scores, finite or -inf. A score of -inf is a mask.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., classes)

    Raises
    ------
    ValueError
        If a row holds +inf, NaN or nothing but -inf, as there is no answer then, or if `x` is a scalar.
    ModuleNotFoundError
        If mpmath is not installed.
    """
    return _each_row(_share, x)


def log_softmax(x):
    """Return the logarithm of the softmax of each row.

    Parameters
    ----------
    x : array_like, shape (..., classes)
        Real scores, finite or -inf.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., classes)

    Raises
    ------
    ValueError, ModuleNotFoundError
        As :func:`softmax`.
    """

    def solve(mp, row):
        top, rest = _split(mp, row)
        return [(score - top) - mp.log1p(rest) for score in row]

    return _each_row(solve, x)


def logsumexp(x):
    """Return the log-sum-exp of each row.

    Parameters
    ----------
    x : array_like, shape (..., classes)
        Real scores, finite or -inf.

    Returns
    -------
    ndarray of mpmath.mpf or mpmath.mpf, shape (...)

    Raises
    ------
    ValueError, ModuleNotFoundError
        As :func:`softmax`.
    """

    def solve(mp, row):
        top, rest = _split(mp, row)
        return [top + mp.log1p(rest)]

    return _each_row(solve, x, reduced=True)


def cross_entropy(scores, labels):
    """Return each row's loss, -log p at its label.

    Parameters
    ----------
    scores : array_like, shape (..., classes)
        Real scores, finite or -inf.
    labels : array_like of int, shape (...)
        The right class of each row.

    Returns
    -------
    ndarray of mpmath.mpf or mpmath.mpf, shape (...)

    Raises
    ------
    ValueError, ModuleNotFoundError
        As :func:`softmax`. ValueError too if there is not one label for each row.
    TypeError, IndexError
        If a label is no integer, or none of the classes.
    """

    def solve(mp, row, label):
        top, rest = _split(mp, row)
        return [mp.log1p(rest) + (top - row[label])]

    return _each_row(solve, scores, labels, reduced=True)


def cross_entropy_grad(scores, labels):
    """Return the gradient of each row's loss, p - y.

    Parameters
    ----------
    scores : array_like, shape (..., classes)
        Real scores, finite or -inf.
    labels : array_like of int, shape (...)
        The right class of each row.

    Returns
    -------
    ndarray of mpmath.mpf, shape (..., classes)

    Raises
    ------
    ValueError, ModuleNotFoundError, TypeError, IndexError
        As :func:`cross_entropy`.
    """

    def solve(mp, row, label):
        p = _share(mp, row)
        p[label] = -mp.fsum(p[:label] + p[label + 1 :])  # p - 1, from the others
        return p

    return _each_row(solve, scores, labels)


def attention(query, key, value, where=None, *, scale=None, soft_cap=None, sink=None):
    """Return each query's average of the values, weighed by the softmax of its scores.

    Parameters
    ----------
    query, key, value : array_like, shapes (M, d), (N, d) and (N, D)
        Real and finite.
    where : array_like of bool, shape (M, N), optional
        Which pairs take part.
    scale, soft_cap, sink : float, optional
        As in :func:`stable_softmax.attention.attention`; `scale` is the square root of 1 / d to all digits by default.

    Returns
    -------
    ndarray of mpmath.mpf, shape (M, D)
        0 for a query that sees no key.

    Raises
    ------
    ModuleNotFoundError
        If mpmath is not installed.
    """
    return _attend(query, key, value, where, scale, soft_cap, sink)[0]


def attention_vjp(query, key, value, cotangent, where=None, *, scale=None, soft_cap=None, sink=None):
    """Return the gradients with respect to query, key and value, given that with respect to attention's output.

    Parameters
    ----------
    query, key, value, where, scale, soft_cap, sink
        As in :func:`attention`.
    cotangent : array_like, shape (M, D)

    Returns
    -------
    tuple of three ndarrays of mpmath.mpf, and an mpmath.mpf
        With respect to `query`, `key`, `value`, and the sink (0 without one).

    Raises
    ------
    ModuleNotFoundError
        If mpmath is not installed.
    """
    return _attend(query, key, value, where, scale, soft_cap, sink, cotangent)[1]


def _attend(query, key, value, where, scale, soft_cap, sink, cotangent=None):
    """Attention's output and gradients, pair by pair, as on paper."""
    mp = multiprecision()
    with mp.workdps(DIGITS + GUARD_DIGITS):
        exact = np.vectorize(lambda number: mp.mpf(float(number)), otypes=[object])
        q, k, v = exact(query), exact(key), exact(value)
        seen = np.broadcast_to(True if where is None else where, (len(q), len(k)))
        factor = 1 / mp.sqrt(q.shape[1]) if scale is None else mp.mpf(scale)
        g = exact(np.zeros((len(q), v.shape[1])) if cotangent is None else cotangent)
        output, of_q, of_k, of_v, of_sink = 0 * g, 0 * q, 0 * k, 0 * v, mp.mpf(0)
        for i in range(len(q)):
            mine = np.flatnonzero(seen[i])
            if not mine.size:
                continue
            scores = [factor * (q[i] @ k[j]) for j in mine]
            tanh = [mp.tanh(score / soft_cap) if soft_cap else 0 for score in scores]
            scores = [soft_cap * t for t in tanh] if soft_cap else scores
            p = _share(mp, scores if sink is None else [*scores, mp.mpf(sink)])
            output[i] = sum(p[n] * v[j] for n, j in enumerate(mine))
            mean = g[i] @ output[i]
            of_sink -= p[-1] * mean if sink is not None else 0
            for n, j in enumerate(mine):
                slope = p[n] * (g[i] @ v[j] - mean) * factor * (1 - tanh[n] ** 2)
                of_q[i] += slope * k[j]
                of_k[j] += slope * q[i]
                of_v[j] += p[n] * g[i]
    return output, (of_q, of_k, of_v, of_sink)


def _checked_labels(labels, shape):
    """Refuse what Python would count from the end, or take for a number."""
    labels = np.asarray(labels)
    *batch, classes = shape
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must hold integers, got dtype {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise IndexError(f"labels must lie in 0 to {classes - 1}, got {labels.min()} to {labels.max()}")
    if labels.shape != tuple(batch):
        raise ValueError(
            f"labels must have the shape of scores without the last axis, {tuple(batch)}, got shape {labels.shape}"
        )
    return labels


def multiprecision():
    """Return mpmath. It is imported here alone, and only once a reference value is asked for."""
    import mpmath

    return mpmath


def _each_row(solve, x, labels=None, reduced=False):
    """What `solve` makes of each row, a list of numbers; of one, if the result has no axis of classes."""
    mp = multiprecision()
    x = np.asarray(x, np.float64)
    if x.ndim == 0:
        raise ValueError("x must have at least one axis, got a scalar")
    wrong = x[~(x < np.inf)]
    if wrong.size or (x == -np.inf).all(axis=-1).any():
        found = wrong[0] if wrong.size else "a row without one"
        raise ValueError(f"x must hold finite scores or -inf, and a finite one in every row, got {found}")
    arguments = [x.reshape(-1, x.shape[-1]).tolist()]
    if labels is not None:
        arguments.append(_checked_labels(labels, x.shape).ravel().tolist())
    with mp.workdps(DIGITS + GUARD_DIGITS):
        solved = [solve(mp, [mp.mpf(score) for score in row], *label) for row, *label in zip(*arguments, strict=True)]
    with mp.workdps(DIGITS):
        numbers = [+number for row in solved for number in row]  # rounds
    result = np.empty(len(numbers), object)
    result[:] = numbers
    return result.reshape(x.shape[:-1] if reduced else x.shape)[()]


def _split(mp, row):
    """The largest score, and the sum of the others' exponentials over its own."""
    top, _, rest = _exponentials(mp, row)
    return top, rest


def _share(mp, row):
    _, exponentials, rest = _exponentials(mp, row)
    total = 1 + rest
    return [exponential / total for exponential in exponentials]


def _exponentials(mp, row):
    """The largest score, all exponentials over its own, and the sum of the others'."""
    k = max(range(len(row)), key=row.__getitem__)
    exponentials = [mp.exp(score - row[k]) for score in row]
    return row[k], exponentials, mp.fsum(exponentials[:k] + exponentials[k + 1 :])
