"""Concrete N: columns of N entries, on which SymPy does the calculus with no rule of ours in between."""

import sympy as sp

from .symbols import w, x

__all__ = [
    "cross_entropy",
    "distribution",
    "gradient",
    "kronecker_matrix",
    "layer_jacobian",
    "logsumexp",
    "logsumexp_hessian",
    "softmax",
    "softmax_jacobian",
    "vector",
    "weights",
]


def vector(base, n):
    """Return the column of a family's first entries.

    Parameters
    ----------
    base : sympy.IndexedBase
        The family, for example `a`.
    n : int
        How many entries.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, 1)
        ``(base[1], ..., base[n])``.

    Examples
    --------
    >>> from stable_softmax.symbolic import a
    >>> vector(a, 2)
    Matrix([
    [a[1]],
    [a[2]]])
    """
    return sp.ImmutableMatrix([base[index] for index in range(1, n + 1)])


def distribution(base, n):
    """Return a column of entries that sum to 1.

    Parameters
    ----------
    base : sympy.IndexedBase
        The family that the first n - 1 entries are of, for example `p` or `y`.
    n : int
        How many entries.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, 1)
        ``(base[1], ..., base[n - 1])``, and 1 minus their sum.

    Examples
    --------
    >>> from stable_softmax.symbolic import y
    >>> list(distribution(y, 3))
    [y[1], y[2], -y[1] - y[2] + 1]
    """
    free = list(vector(base, n - 1))
    return sp.ImmutableMatrix([*free, 1 - sp.Add(*free)])


def softmax(scores):
    """Return the softmax of a column of scores.

    Parameters
    ----------
    scores : sympy matrix, shape (n, 1)
        For example ``vector(a, n)``.

    Returns
    -------
    sympy matrix, shape (n, 1)
        The probabilities.

    Examples
    --------
    >>> from stable_softmax.symbolic import a
    >>> softmax(vector(a, 2))[0]
    exp(a[1])/(exp(a[1]) + exp(a[2]))
    """
    exponentials = scores.applyfunc(sp.exp)
    return exponentials / sp.Add(*exponentials)


def logsumexp(scores):
    """Return the log-sum-exp of a column of scores.

    Parameters
    ----------
    scores : sympy matrix, shape (n, 1)
        For example ``vector(a, n)``.

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> from stable_softmax.symbolic import a
    >>> logsumexp(vector(a, 2))
    log(exp(a[1]) + exp(a[2]))
    """
    return sp.log(sp.Add(*scores.applyfunc(sp.exp)))


def cross_entropy(targets, probabilities):
    r"""Return the cross-entropy of two columns, :math:`-\sum_i y_i \log p_i`.

    Parameters
    ----------
    targets, probabilities : sympy matrix, shape (n, 1)

    Returns
    -------
    sympy expression

    Raises
    ------
    ValueError
        If one column is longer than the other.

    Examples
    --------
    >>> import sympy as sp
    >>> from stable_softmax.symbolic import p
    >>> cross_entropy(sp.Matrix([0, 1]), vector(p, 2))
    -log(p[2])
    """
    if len(targets) != len(probabilities):
        raise ValueError(
            f"targets must have an entry for each of the {len(probabilities)} probabilities, got {len(targets)}"
        )
    return -targets.dot(probabilities.applyfunc(sp.log))


def gradient(expression, variables):
    """Return the column of an expression's partial derivatives.

    Parameters
    ----------
    expression : sympy expression
    variables : sympy matrix, shape (n, 1)
        With respect to which to differentiate, for example ``vector(a, n)``.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, 1)

    Examples
    --------
    >>> from stable_softmax.symbolic import a
    >>> list(gradient(a[1] * a[2] ** 2, vector(a, 2)))
    [a[2]**2, 2*a[1]*a[2]]
    """
    return sp.ImmutableMatrix([sp.diff(expression, variable) for variable in variables])


def softmax_jacobian(scores):
    """Return softmax's Jacobian, differentiated entry by entry.

    Parameters
    ----------
    scores : sympy matrix, shape (n, 1)
        For example ``vector(a, n)``.

    Returns
    -------
    sympy matrix, shape (n, n)
        Place (i, j) holds the derivative of p_i with respect to a_j.

    Examples
    --------
    >>> from stable_softmax.symbolic import a, same
    >>> jacobian = softmax_jacobian(vector(a, 2))
    >>> same(jacobian[0, 1], -softmax(vector(a, 2))[0] * softmax(vector(a, 2))[1])
    True
    """
    return softmax(scores).jacobian(scores)


def kronecker_matrix(probabilities):
    r"""Return the matrix :math:`\operatorname{diag}(p) - p p^T`, with the entries :math:`p_i (\delta_{ij} - p_j)`.

    Parameters
    ----------
    probabilities : sympy matrix, shape (n, 1)
        For example ``vector(p, n)``, or the softmax of a column.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, n)

    Examples
    --------
    >>> from stable_softmax.symbolic import a, same
    >>> same(softmax_jacobian(vector(a, 3)), kronecker_matrix(softmax(vector(a, 3))))
    True
    """
    n = len(probabilities)
    diagonal = sp.Matrix(n, n, lambda row, column: probabilities[row] if row == column else 0)
    return sp.ImmutableMatrix(diagonal - probabilities * probabilities.T)


def logsumexp_hessian(scores):
    """Return the Hessian of log-sum-exp: its second derivatives, entry by entry.

    Parameters
    ----------
    scores : sympy matrix, shape (n, 1)
        For example ``vector(a, n)``.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, n)

    Examples
    --------
    >>> from stable_softmax.symbolic import a, same
    >>> same(logsumexp_hessian(vector(a, 3)), softmax_jacobian(vector(a, 3)))
    True
    """
    return sp.ImmutableMatrix(sp.hessian(logsumexp(scores), list(scores)))


def weights(classes, inputs):
    """Return the matrix of a layer's weights.

    Parameters
    ----------
    classes, inputs : int
        The number of rows, and of columns.

    Returns
    -------
    sympy.ImmutableMatrix, shape (classes, inputs)
        Place (t, j) holds ``w[t, j]``, counted from 1.

    Examples
    --------
    >>> weights(1, 2)
    Matrix([[w[1, 1], w[1, 2]]])
    """
    return sp.ImmutableMatrix(classes, inputs, lambda row, column: w[row + 1, column + 1])


def layer_jacobian(classes, inputs):
    """Return the Jacobian of softmax(W x) with respect to W, differentiated entry by entry.

    Parameters
    ----------
    classes, inputs : int
        The number of rows of W, and of columns.

    Returns
    -------
    sympy matrix, shape (classes, classes * inputs)
        Weights are read row by row, so w_ij belongs to column (i - 1) * inputs + j, counted from 1.

    Examples
    --------
    >>> layer_jacobian(2, 3).shape
    (2, 6)
    """
    matrix = weights(classes, inputs)
    return softmax(matrix * vector(x, inputs)).jacobian(list(matrix))
