"""Derivatives of softmax: the Jacobian, products with it, the softmax layer's Jacobian, log-sum-exp's Hessian.

Softmax p of the scores x has the Jacobian ``J = diag(p) - p p^T``, entries ``dp_i / dx_j = p_i (delta_ij - p_j)``. It
is symmetric and positive semidefinite, its rows sum to zero, and it is log-sum-exp's Hessian. `stable_softmax.symbolic`
derives all this.

Two places lose digits if coded as they are written, and are computed otherwise here:

* a diagonal entry is ``p_i (1 - p_i)``. For the largest probability, once it is near 1, ``1 - p_i`` cancels; the same
  number is the sum of the *other* probabilities, which are all accurate.
* a product is ``J v = p * (v - p.v)``. Where one probability is near 1, ``p.v`` is nearly that entry of v and the
  subtraction cancels. As J times a constant is zero, v may first be shifted so that this entry is exactly 0.

Dtypes follow `stable_softmax.softmax`: a floating dtype is kept, integers become float64; float16, and ml_dtypes'
bfloat16 and 8-bit formats, are computed in float32 and rounded once. Scores of -inf are masks: their rows and columns
of J are exactly zero.
"""

import operator

import numpy as np

from ._dtypes import common, computed_in
from ._validate import as_axes, as_floats
from .functions import softmax

__all__ = [
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_vjp",
    "logsumexp_hessian",
    "linear_layer_jacobian",
    "softmax_layer_jacobian",
    "softmax_layer_jacobian_composed",
]


def softmax_jacobian(x):
    """Softmax's Jacobian over the last axis.

    Parameters
    ----------
    x : array_like, shape (..., N)
        Scores, real. -inf masks a class.

    Returns
    -------
    numpy.ndarray, shape (..., N, N)
        Place ``[..., i, j]`` holds the derivative of probability i with respect to score j, in the dtype of `x`
        (integers: float64). Exactly symmetric. NaN wherever softmax itself is NaN.

    Raises
    ------
    TypeError
        If `x` is not real.
    ValueError
        If `x` is a scalar: it has no axis of classes.

    See Also
    --------
    softmax_jvp, softmax_vjp : products with this matrix that never form its N^2 entries.

    Notes
    -----
    Each entry adds an error of a few ULP to those of the probabilities it is made of, also on the diagonal: see the
    note on ``1 - p_i`` at the top of this module. An entry smaller than the dtype's smallest number becomes 0.

    Examples
    --------
    >>> import numpy as np
    >>> softmax_jacobian([1.0, 2.0, 3.0]).round(4)
    array([[ 0.0819, -0.022 , -0.0599],
           [-0.022 ,  0.1848, -0.1628],
           [-0.0599, -0.1628,  0.2227]])

    Scores of 0 and -40 give probabilities that round to 1 and about 4e-18. As the formula stands, the first entry is then
    1 (1 - 1) = 0, so its first row does not sum to 0. This one's does:

    >>> jacobian = softmax_jacobian([0.0, -40.0])
    >>> bool(jacobian[0, 0] > 0), float(jacobian[0].sum())
    (True, 0.0)
    """
    (x,), dtype = _floats(x=x)
    _need_an_axis(x)
    p = softmax(x)
    diagonal = np.arange(x.shape[-1])
    with np.errstate(under="ignore"):
        jacobian = -(p[..., :, None] * p[..., None, :])
        jacobian[..., diagonal, diagonal] = p * _complement(p)
    return jacobian.astype(dtype, copy=False)


def softmax_jvp(x, tangent, axis=-1):
    """Softmax's Jacobian times a vector, without forming the Jacobian.

    The change of ``softmax(x)`` to first order when `x` changes by `tangent` (forward mode).

    Parameters
    ----------
    x : array_like
        Scores, real. -inf masks a class.
    tangent : array_like, same shape as `x`
        The direction v, real.
    axis : int, tuple of int or None, default -1
        Axis or axes over which softmax sums; None for all.

    Returns
    -------
    numpy.ndarray, same shape as `x`
        ``p * (v - sum(p * v))`` along `axis`, in the common dtype of `x` and `tangent` (integers count as float64).

    Raises
    ------
    TypeError
        If an argument is not real.
    ValueError
        If the shapes differ.
    numpy.exceptions.AxisError
        If `axis` is not an axis of `x`.

    Notes
    -----
    Time and memory are proportional to N; the matrix would take N^2. With k the class of the largest score and
    ``s = v - v_k``, the error of entry i is a few ULP of ``p_i (|s_i| + sum_j p_j |s_j|)``, beyond that of the
    probabilities themselves.

    At a mask the answer is exactly 0. An infinite or NaN entry in the direction, even at a mask, makes its row NaN.

    Examples
    --------
    >>> softmax_jvp([1.0, 2.0, 3.0], [1.0, 0.0, 0.0]).round(4)
    array([ 0.0819, -0.022 , -0.0599])
    """
    return _product(x, tangent, "tangent", axis)


def softmax_vjp(x, cotangent, axis=-1):
    """A row vector times softmax's Jacobian, without forming the Jacobian: what backpropagation needs.

    If `cotangent` is the gradient of some loss with respect to ``softmax(x)``, this is its gradient with respect to
    `x` (reverse mode). Softmax's Jacobian is symmetric, so this is the same product as `softmax_jvp`, and parameters,
    result, errors and accuracy are the same.

    Parameters
    ----------
    x : array_like
        Scores, real. -inf masks a class.
    cotangent : array_like, same shape as `x`
        The gradient g with respect to the probabilities, real.
    axis : int, tuple of int or None, default -1
        Axis or axes over which softmax sums; None for all.

    Returns
    -------
    numpy.ndarray, same shape as `x`
        ``p * (g - sum(p * g))`` along `axis`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As `softmax_jvp`.

    Examples
    --------
    Cross-entropy has the gradient ``-1 / p_t`` with respect to the true class's probability and 0 elsewhere. Through
    softmax that becomes p - y:

    >>> import numpy as np
    >>> x = np.log([0.2, 0.3, 0.5])
    >>> softmax_vjp(x, [0.0, -1 / 0.3, 0.0]).round(12)
    array([ 0.2, -0.7,  0.5])
    """
    return _product(x, cotangent, "cotangent", axis)


def logsumexp_hessian(x):
    """The Hessian of log-sum-exp over the last axis.

    Log-sum-exp's gradient is softmax, so its Hessian is softmax's Jacobian, and this is `softmax_jacobian` by the name
    under which an optimizer looks for it. It is positive semidefinite: log-sum-exp, and with it cross-entropy as a
    function of the scores, is convex.

    Parameters
    ----------
    x : array_like, shape (..., N)
        Scores, real.

    Returns
    -------
    numpy.ndarray, shape (..., N, N)
        Second derivatives; place ``[..., i, j]`` is with respect to scores i and j.

    Raises
    ------
    TypeError, ValueError
        As `softmax_jacobian`.

    Examples
    --------
    >>> logsumexp_hessian([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    return softmax_jacobian(x)


def linear_layer_jacobian(x, classes):
    """The Jacobian of the scores ``W x`` with respect to the weights W.

    Parameters
    ----------
    x : array_like, shape (..., D)
        Inputs, real.
    classes : int
        N, the number of rows of W.

    Returns
    -------
    numpy.ndarray, shape (..., N, N * D)
        The weights are read row by row: column ``i * D + j`` belongs to W[i, j] and holds ``delta_ti x_j`` in row t.
        All but one in N of the entries are zero.

    Raises
    ------
    TypeError
        If `x` is not real or `classes` is not an integer.
    ValueError
        If `x` is a scalar or `classes` is negative.

    Examples
    --------
    >>> linear_layer_jacobian([5.0, 7.0], classes=2)
    array([[5., 7., 0., 0.],
           [0., 0., 5., 7.]])
    """
    (x,), dtype = _floats(x=x)
    _need_an_axis(x)
    classes = operator.index(classes)
    if classes < 0:
        raise ValueError(f"classes must not be negative, got {classes}")
    identity = np.eye(classes, dtype=bool)
    # where, not a product: 0 * inf would put NaN in the places that do not depend on x
    sparse = np.where(identity[:, :, None], x[..., None, None, :], 0)
    return _flatten_weights(sparse).astype(dtype, copy=False)


def softmax_layer_jacobian(weights, x):
    """The Jacobian of a softmax layer ``softmax(W x)`` with respect to the weights W, computed directly.

    Parameters
    ----------
    weights : array_like, shape (N, D)
        W: one row for each class.
    x : array_like, shape (..., D)
        Inputs, one vector or a batch of them.

    Returns
    -------
    numpy.ndarray, shape (..., N, N * D)
        The weights are read row by row: place ``[..., t, i * D + j]`` is the derivative of probability t with respect
        to W[i, j], which is ``p_t (delta_ti - p_i) x_j``.

    Raises
    ------
    TypeError
        If an argument is not real.
    ValueError
        If `weights` is not a matrix, or its rows are not as long as `x`.

    See Also
    --------
    softmax_layer_jacobian_composed : the same by the chain rule, as a product of two matrices.

    Notes
    -----
    Even this matrix is rarely needed: the gradient of a loss with respect to W is
    ``numpy.outer(softmax_vjp(W @ x, g), x)`` for a gradient g with respect to the probabilities.

    References
    ----------
    E. Bendersky, "The Softmax function and its derivative", 2016.

    Examples
    --------
    >>> softmax_layer_jacobian([[0.0, 0.0], [0.0, 0.0]], [4.0, 8.0])
    array([[ 1.,  2., -1., -2.],
           [-1., -2.,  1.,  2.]])
    """
    weights, x, dtype = _layer_arguments(weights, x)
    jacobian = softmax_jacobian(x @ weights.T)
    blocks = jacobian[..., None] * x[..., None, None, :]
    return _flatten_weights(blocks).astype(dtype, copy=False)


def softmax_layer_jacobian_composed(weights, x):
    """As `softmax_layer_jacobian`, by the chain rule: softmax's Jacobian times the linear layer's.

    The second factor is sparse but stored in full, so this costs about N times the work of the direct formula. It is
    here to be compared with it.

    Parameters
    ----------
    weights : array_like, shape (N, D)
        W: one row for each class.
    x : array_like, shape (..., D)
        Inputs, one vector or a batch of them.

    Returns
    -------
    numpy.ndarray, shape (..., N, N * D)
        As `softmax_layer_jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `softmax_layer_jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> weights, x = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([0.25, 2.0])
    >>> np.allclose(softmax_layer_jacobian_composed(weights, x), softmax_layer_jacobian(weights, x))
    True
    """
    weights, x, dtype = _layer_arguments(weights, x)
    jacobian = softmax_jacobian(x @ weights.T)
    sparse = linear_layer_jacobian(x, classes=len(weights))
    return (jacobian @ sparse).astype(dtype, copy=False)


def _product(x, v, name, axis):
    """J v along `axis`; `name` is what the caller calls v."""
    (x, v), dtype = _floats(**{"x": x, name: v})
    if x.shape != v.shape:
        raise ValueError(f"{name} must have the shape of x, {x.shape}, but has shape {v.shape}")
    axes = as_axes(axis, x.ndim)
    if x.size == 0:
        return x.astype(dtype)
    last = tuple(range(-len(axes), 0))

    def as_rows(array):
        moved = np.moveaxis(array, axes, last)
        return moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)

    scores, rows = as_rows(x), as_rows(v)
    p = softmax(scores)
    with np.errstate(invalid="ignore", under="ignore"):
        shifted = rows - np.take_along_axis(rows, p.argmax(-1, keepdims=True), -1)
        product = p * (shifted - np.sum(p * shifted, axis=-1, keepdims=True))
    shape = np.moveaxis(x, axes, last).shape
    return np.moveaxis(product.reshape(shape), last, axes).astype(dtype, copy=False)


def _complement(p):
    """1 - p along the last axis, accurate also for a p near 1: there it is the sum of the others."""
    if p.shape[-1] == 0:
        return 1 - p
    largest = p.argmax(-1, keepdims=True)
    others = p.copy()
    np.put_along_axis(others, largest, 0, -1)
    complement = 1 - p
    np.put_along_axis(complement, largest, others.sum(-1, keepdims=True), -1)
    return complement


def _floats(**arguments):
    """The named arguments as arrays of the dtype to compute in, and the dtype of the result."""
    arrays = {name: as_floats(value, name) for name, value in arguments.items()}
    dtype = common(**arrays)
    return [array.astype(computed_in(dtype), copy=False) for array in arrays.values()], dtype


def _layer_arguments(weights, x):
    (weights, x), dtype = _floats(weights=weights, x=x)
    _need_an_axis(x)
    if weights.ndim != 2:
        raise ValueError(f"weights must be a matrix of shape (classes, inputs), but has shape {weights.shape}")
    if weights.shape[1] != x.shape[-1]:
        raise ValueError(
            f"weights must have one column for each of the {x.shape[-1]} inputs in x, but has shape {weights.shape}"
        )
    return weights, x, dtype


def _need_an_axis(x):
    if x.ndim == 0:
        raise ValueError("x must have at least one axis, but is a scalar")


def _flatten_weights(array):
    """(..., N, N, D) -> (..., N, N * D), row by row."""
    return array.reshape(*array.shape[:-2], array.shape[-2] * array.shape[-1])
