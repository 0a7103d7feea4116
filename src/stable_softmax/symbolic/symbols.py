"""Symbols of the derivations, and the tools that work on expressions made of them.

`stable_softmax.symbolic` says what each symbol stands for.
"""

import numpy as np
import sympy as sp
from sympy.concrete.delta import deltasummation

__all__ = [
    "C",
    "D",
    "N",
    "Z",
    "a",
    "a_max",
    "as_function",
    "as_matrix",
    "at",
    "d",
    "delta",
    "differentiate",
    "i",
    "in_p",
    "j",
    "k",
    "layer_entry",
    "log_C",
    "p",
    "same",
    "sift",
    "softmax_entry",
    "t",
    "use_total_one",
    "w",
    "written_out",
    "x",
    "y",
]

N, D = sp.symbols("N D", integer=True, positive=True)
i, j, k, t, d = sp.symbols("i j k t d", integer=True, positive=True)
a, x, w = (sp.IndexedBase(name, real=True) for name in "axw")
p = sp.IndexedBase("p", positive=True)
y = sp.IndexedBase("y", nonnegative=True)
C = sp.Symbol("C", positive=True)
# SymPy rewrites exp(a + log(C)) as C exp(a) at once. A symbol of its own keeps the form that the step is about.
log_C = sp.Symbol(r"\log C", real=True)
a_max = sp.Symbol("a_max", real=True)
Z = sp.Sum(sp.exp(a[k]), (k, 1, N))
delta = sp.KroneckerDelta

_BY_NAME = {"N": N, "D": D, "i": i, "j": j, "k": k, "t": t, "d": d}


def softmax_entry(index):
    r"""Return an entry of softmax for general N.

    Parameters
    ----------
    index : sympy expression
        Its number, for example `i`.

    Returns
    -------
    sympy expression
        :math:`e^{a_i} / \sum_k e^{a_k}` for index i.

    Examples
    --------
    >>> softmax_entry(i)
    exp(a[i])/Sum(exp(a[k]), (k, 1, N))
    """
    return sp.exp(a[index]) / Z


def layer_entry(index):
    r"""Return an entry of a softmax layer: softmax over N classes of the scores :math:`\sum_d w_{td} x_d`.

    Parameters
    ----------
    index : sympy.Symbol
        Its number t, for example `t`.

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> layer_entry(t)
    exp(Sum(w[t, d]*x[d], (d, 1, D)))/Sum(exp(Sum(w[k, d]*x[d], (d, 1, D))), (k, 1, N))
    """
    scores = sp.Sum(w[index, d] * x[d], (d, 1, D))
    return sp.exp(scores) / sp.Sum(sp.exp(scores.subs(index, k)), (k, 1, N))


def sift(expression):
    r"""Carry out the sums that a Kronecker delta reduces to one term: :math:`\sum_k f_k \delta_{jk} = f_j`.

    Factors that do not depend on the summation index then leave their sum.

    Parameters
    ----------
    expression : sympy expression

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> sift(sp.Sum(y[i] * (delta(i, j) - p[j]), (i, 1, N)))
    -p[j]*Sum(y[i], (i, 1, N)) + y[j]
    """

    def collapse(total):
        result = total.function
        for limits in total.limits:
            if result.has(sp.KroneckerDelta):
                result = deltasummation(result, limits, no_piecewise=True)
            else:
                result = sp.Sum(result, limits)
        return result.replace(lambda part: isinstance(part, sp.Sum), sp.factor_terms)

    # The steps called "chain" hold products that are not multiplied out yet; do that first.
    multiplied = sp.sympify(expression).replace(sp.Mul, sp.Mul)
    return multiplied.replace(lambda part: isinstance(part, sp.Sum), collapse)


def differentiate(expression, variable):
    """Differentiate with respect to an indexed variable, and carry out the sums over deltas.

    Parameters
    ----------
    expression : sympy expression
    variable : sympy.Indexed
        For example ``a[j]``.

    Returns
    -------
    sympy expression

    Raises
    ------
    ValueError
        If an index of `variable` is also a summation index of `expression`: SymPy would take the two for one and
        return a wrong derivative.

    Examples
    --------
    >>> differentiate(sp.log(Z), a[j])
    exp(a[j])/Sum(exp(a[k]), (k, 1, N))
    """
    expression = sp.sympify(expression)
    bound = {index for total in expression.atoms(sp.Sum) for index in total.variables}
    clash = bound & variable.free_symbols
    if clash:
        raise ValueError(
            f"variable {variable} has the index {clash.pop()}, over which the expression already sums; "
            f"differentiate with respect to another index"
        )
    return sift(sp.diff(expression, variable))


def written_out(expression, entry=softmax_entry):
    """Replace every p[i] by what it stands for.

    Parameters
    ----------
    expression : sympy expression
    entry : callable, default `softmax_entry`
        From an index to what p stands for there; `layer_entry` is the other.

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> written_out(1 - p[j])
    -exp(a[j])/Sum(exp(a[k]), (k, 1, N)) + 1
    """
    expression = sp.sympify(expression).subs(log_C, sp.log(C))
    return expression.replace(
        lambda part: isinstance(part, sp.Indexed) and part.base == p, lambda part: entry(*part.indices)
    )


def in_p(expression):
    r"""Write :math:`e^{a_i} / \sum_k e^{a_k}` as p[i] wherever it occurs: the opposite of `written_out`.

    Parameters
    ----------
    expression : sympy expression

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> in_p(sp.exp(a[i]) / Z - sp.exp(2 * a[i]) / Z**2)
    (1 - p[i])*p[i]
    """
    z = sp.Dummy("Z")

    def power_of_p(argument):
        factors = argument.as_coefficients_dict()
        if not all(isinstance(score, sp.Indexed) and score.base == a for score in factors):
            return sp.exp(argument)
        return sp.Mul(*((p[score.indices] * z) ** power for score, power in factors.items()))

    shares = sp.sympify(expression).subs(Z, z).replace(sp.exp, power_of_p)
    return sp.factor_terms(sift(sp.expand(shares))).subs(z, Z)


def use_total_one(expression, base=y):
    r"""Use that targets, or probabilities, sum to 1: replace :math:`\sum_i y_i` by 1.

    Parameters
    ----------
    expression : sympy expression
    base : sympy.IndexedBase, default `y`
        The family that sums to 1.

    Returns
    -------
    sympy expression

    Examples
    --------
    >>> use_total_one(p[j] * sp.Sum(y[i], (i, 1, N)) - y[j])
    p[j] - y[j]
    """

    def is_total(part):
        return isinstance(part, sp.Sum) and part == sp.Sum(base[part.variables[0]], (part.variables[0], 1, N))

    return expression.replace(is_total, lambda total: sp.S.One)


def same(left, right, entry=softmax_entry):
    """Tell whether two expressions, or two matrices entry by entry, are equal once each p[i] is written out.

    Parameters
    ----------
    left, right : sympy expression or matrix
    entry : callable, default `softmax_entry`
        What p[i] stands for, as in `written_out`.

    Returns
    -------
    bool

    Examples
    --------
    >>> same(differentiate(softmax_entry(i), a[j]), p[i] * (delta(i, j) - p[j]))
    True
    >>> same(differentiate(softmax_entry(i), a[j]), p[i] * (1 - p[j]))
    False
    """
    if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase):
        left, right = sp.Matrix(left), sp.Matrix(right)
        return left.shape == right.shape and all(same(*pair, entry) for pair in zip(left, right, strict=True))
    difference = sift(sp.sympify(left) - sp.sympify(right))
    return _is_zero(difference) or _is_zero(sift(written_out(difference, entry)))


def _is_zero(expression):
    expression = expression.as_dummy()  # the same name for every summation index: sum_i y_i is sum_k y_k
    # Most differences vanish over their common denominator; `simplify` is thorough but many times slower.
    numerator = sp.fraction(sp.together(expression))[0]
    return sp.expand(numerator) == 0 or sp.simplify(expression) == 0


def at(expression, **numbers):
    """Fill in numbers for sizes and free indices, and write the sums out.

    Parameters
    ----------
    expression : sympy expression
    **numbers : int
        By name: for N, D, i, j, k, t and d, or some of them.

    Returns
    -------
    sympy expression

    Raises
    ------
    ValueError
        If a name is none of these, or a number is below 1 or an index above both sizes given.

    Examples
    --------
    >>> at(softmax_entry(i), N=2, i=1)
    exp(a[1])/(exp(a[1]) + exp(a[2]))
    """
    unknown = sorted(set(numbers) - set(_BY_NAME))
    if unknown:
        raise ValueError(f"numbers must be given for {', '.join(_BY_NAME)} or some of them, got {unknown[0]!r}")
    largest = max((numbers[size] for size in ("N", "D") if size in numbers), default=sp.oo)
    for name, number in numbers.items():
        if not 1 <= number <= largest:
            raise ValueError(f"{name} must lie in 1 to {largest}, got {number}")
    return sp.sympify(expression).subs({_BY_NAME[name]: number for name, number in numbers.items()}).doit()


def as_matrix(entry, n):
    """Return the matrix of an entry's values.

    Parameters
    ----------
    entry : sympy expression
        Of N, i and j.
    n : int
        The number of classes.

    Returns
    -------
    sympy.ImmutableMatrix, shape (n, n)
        Place (i, j) holds `entry` at N = n, i and j.

    Examples
    --------
    >>> as_matrix(p[i] * (delta(i, j) - p[j]), 2)
    Matrix([
    [(1 - p[1])*p[1],      -p[1]*p[2]],
    [     -p[1]*p[2], (1 - p[2])*p[2]]])
    """
    return sp.ImmutableMatrix(n, n, lambda row, column: at(entry, N=n, i=row + 1, j=column + 1))


def as_function(expression, *columns):
    """Return an expression as a NumPy function.

    Parameters
    ----------
    expression : sympy expression or matrix
        Its only variables are the entries of `columns`.
    *columns : sympy matrix
        For example ``vector(a, 3)``. A matrix of weights is read row by row.

    Returns
    -------
    callable
        Takes one array (any shape, read row by row) for each column; returns a float for an expression, a 1-D array for
        a column, a 2-D array for another matrix. It raises TypeError for another number of arrays, and ValueError if
        one has not as many entries as its column.

    Examples
    --------
    >>> from stable_softmax.symbolic import softmax, vector
    >>> f = as_function(softmax(vector(a, 3)), vector(a, 3))
    >>> f([1.0, 2.0, 3.0]).round(4)
    array([0.09  , 0.2447, 0.6652])
    """
    compiled = sp.lambdify([list(column) for column in columns], expression, modules="numpy")
    is_column = isinstance(expression, sp.MatrixBase) and expression.cols == 1

    def function(*arrays):
        if len(arrays) != len(columns):
            raise TypeError(f"arrays must be {len(columns)}, one for each column of variables, got {len(arrays)}")
        flat = [np.asarray(array, dtype=float).ravel() for array in arrays]
        for number, (array, column) in enumerate(zip(flat, columns, strict=True)):
            if len(array) != len(column):
                raise ValueError(f"array {number} must have {len(column)} entries, got {len(array)}")
        values = np.asarray(compiled(*flat), dtype=float)
        return values.ravel() if is_column else values[()]

    return function
