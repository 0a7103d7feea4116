r"""Derivatives of softmax: the Jacobian, products with it, the softmax layer's Jacobian, log-sum-exp's Hessian.

Softmax p of the scores x has the Jacobian :math:`J = \operatorname{diag}(p) - p p^T`, with the entries
:math:`\partial p_i / \partial x_j = p_i (\delta_{ij} - p_j)`. It is symmetric and positive semidefinite, its rows sum
to zero, and it is log-sum-exp's Hessian. `stable_softmax.symbolic` derives all this.

Two places lose digits if coded as they are written, and are computed otherwise here:

* a diagonal entry is :math:`p_i (1 - p_i)`. For the largest probability, once it is near 1, :math:`1 - p_i` cancels. As
  each row sums to zero, its diagonal entry is minus the sum of the others, which have one sign and are all accurate.
* a product is :math:`J v = p \odot (v - p \cdot v)`. Where one probability is near 1, :math:`p \cdot v` is nearly that
  entry of v and the subtraction cancels. As J times a constant is zero, v may first be shifted so that this entry is 0.

Dtypes are those of :func:`stable_softmax.softmax`: integers and booleans become float64, floating dtypes are kept;
float16, and ml_dtypes' bfloat16 and 8-bit formats, are computed in float32 at least, rows of at most 64 classes in
float64 whatever their dtype, and the result is rounded once. Scores of -inf are masks: their rows and columns of J are
exactly 0.
"""

import math

import numpy as np

from ._dtypes import common, computed_in
from ._validate import as_axes, as_floats, as_int
from .functions import softmax

__all__ = [
    "linear_layer_jacobian",
    "logsumexp_hessian",
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_layer_jacobian",
    "softmax_layer_jacobian_composed",
    "softmax_vjp",
]


def softmax_jacobian(x, axis=-1):
    """Return softmax's Jacobian, the matrix of derivatives of each probability with respect to each score.

    Parameters
    ----------
    x : array_like
        Real scores, at least one axis of them. A score of -inf is a mask.
    axis : int, default -1
        The axis of length N along which the classes lie.

    Returns
    -------
    ndarray
        The Jacobians, one N by N matrix for each row of scores, in the dtype of `x` (integers: float64). The two axes
        of classes are the last ones, whatever `axis` is; before them come the other axes of `x` in their order. Place
        ``[..., i, j]`` holds the derivative of probability i with respect to score j. Exactly symmetric, and NaN
        throughout where softmax is.

    Raises
    ------
    TypeError
        If `x` is not real, or `axis` is no int.
    ValueError
        If `x` is a scalar: it has no axis of classes.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    See Also
    --------
    softmax_jvp, softmax_vjp : products with this matrix that never form its N^2 entries.

    Notes
    -----
    The matrices lie where `numpy.linalg` and ``@`` look for them; ``jax.vmap(jax.jacobian(f), in_axes=axis)`` puts
    them there too. ``numpy.moveaxis(result, (-2, -1), (axis, axis + 1))`` puts them in the place of an `axis` that
    is not negative.

    Each entry adds an error of a few ULP to those of the probabilities it is made of, also on the diagonal. One below
    the dtype's smallest normal number loses digits, or is 0.

    Examples
    --------
    >>> import numpy as np
    >>> softmax_jacobian([1.0, 2.0, 3.0]).round(4)
    array([[ 0.0819, -0.022 , -0.0599],
           [-0.022 ,  0.1848, -0.1628],
           [-0.0599, -0.1628,  0.2227]])
    >>> softmax_jacobian(np.zeros((2, 3, 5)), axis=1).shape
    (2, 5, 3, 3)

    Scores of 0 and -40 give probabilities that round to 1 and about 4e-18. As the formula stands, the first entry is
    then 1 (1 - 1) = 0, so its first row does not sum to 0. This one's does:

    >>> jacobian = softmax_jacobian([0.0, -40.0])
    >>> bool(jacobian[0, 0] > 0), float(jacobian[0].sum())
    (True, 0.0)
    """
    x = _some_axes(as_floats(x, "x"), "x")
    rows = np.moveaxis(x, _axis_of_classes(axis, x.ndim), -1)
    each = np.arange(rows.shape[-1])
    with np.errstate(under="ignore"):
        p = softmax(_widened(rows, x.dtype, len(each)))
        jacobian = -p[..., :, None] * p[..., None, :]
        jacobian[..., each, each] = 0 * p  # NaN stays
        jacobian[..., each, each] = -jacobian.sum(axis=-1)
        return jacobian.astype(x.dtype, copy=False)


def softmax_jvp(x, tangent, axis=-1):
    """Return softmax's Jacobian times a vector, without forming the Jacobian.

    The change of ``softmax(x)`` to first order when `x` changes by `tangent` (forward mode).

    Parameters
    ----------
    x : array_like
        Real scores. A score of -inf is a mask.
    tangent : array_like
        The direction v, real, of the shape of `x`.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them.

    Returns
    -------
    ndarray or scalar
        ``p * (v - sum(p * v))`` along `axis`: array of the shape of `x`, in the dtype common to `x` and `tangent`
        (integers count as float64).

    Raises
    ------
    TypeError
        If an argument is not real, if NumPy has no dtype common to both (bfloat16 and float16), or if `axis` holds no
        ints.
    ValueError
        If the shapes differ, or an axis is repeated.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    See Also
    --------
    softmax_vjp, softmax_jacobian

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
    """Return a row vector times softmax's Jacobian, without forming the Jacobian: what backpropagation needs.

    If `cotangent` is the gradient of some loss with respect to ``softmax(x)``, this is its gradient with respect to
    `x` (reverse mode). Softmax's Jacobian is symmetric, so this is the same product as `softmax_jvp`, and as accurate.

    Parameters
    ----------
    x : array_like
        Real scores. A score of -inf is a mask.
    cotangent : array_like
        The gradient g with respect to the probabilities, real, of the shape of `x`.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them.

    Returns
    -------
    ndarray or scalar
        ``p * (g - sum(p * g))`` along `axis`: array of the shape of `x`, in the dtype common to `x` and `cotangent`
        (integers count as float64).

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`softmax_jvp`.

    See Also
    --------
    softmax_jvp, softmax_jacobian

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


def logsumexp_hessian(x, axis=-1):
    """Return the Hessian of log-sum-exp, the matrix of its second derivatives.

    Log-sum-exp's gradient is softmax, so its Hessian is softmax's Jacobian, and this is `softmax_jacobian` by the name
    under which an optimizer looks for it. It is positive semidefinite: log-sum-exp, and with it cross-entropy as a
    function of the scores, is convex.

    Parameters
    ----------
    x : array_like
        Real scores, at least one axis of them. A score of -inf adds nothing.
    axis : int, default -1
        The axis of length N along which the classes lie.

    Returns
    -------
    ndarray
        The Hessians, one N by N matrix for each row of scores, with their two axes last as in :func:`softmax_jacobian`.
        Place ``[..., i, j]`` holds the second derivative with respect to scores i and j.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`softmax_jacobian`.

    See Also
    --------
    softmax_jacobian

    Examples
    --------
    >>> logsumexp_hessian([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    return softmax_jacobian(x, axis)


def linear_layer_jacobian(inputs, classes):
    """Return the Jacobian of a linear layer's scores ``W @ inputs`` with respect to its weights W.

    Parameters
    ----------
    inputs : array_like, shape (..., D)
        Real inputs, one vector or a batch of them.
    classes : int
        N, the number of rows of W.

    Returns
    -------
    ndarray, shape (..., N, N * D)
        The weights are read row by row: place ``[..., t, i * D + j]`` is the derivative of score t with respect to
        W[i, j], which is ``delta_ti inputs_j``. All but one in N of the entries are 0. In the dtype of `inputs`
        (integers: float64).

    Raises
    ------
    TypeError
        If `inputs` is not real or `classes` is no int.
    ValueError
        If `inputs` is a scalar or `classes` is negative.

    See Also
    --------
    softmax_layer_jacobian

    Examples
    --------
    >>> linear_layer_jacobian([5.0, 7.0], classes=2)
    array([[5., 7., 0., 0.],
           [0., 0., 5., 7.]])
    """
    inputs = _some_axes(as_floats(inputs, "inputs"), "inputs")
    classes = as_int(classes, "classes")
    if classes < 0:
        raise ValueError(f"classes must be at least 0, got {classes}")
    *batch, width = inputs.shape
    sparse = np.zeros((*batch, classes, classes, width), inputs.dtype)
    each = np.arange(classes)
    sparse[..., each, each, :] = inputs[..., None, :]
    return sparse.reshape(*batch, classes, classes * width)


def softmax_layer_jacobian(weights, inputs):
    """Return the Jacobian of a softmax layer ``softmax(W @ inputs)`` with respect to its weights W, computed directly.

    Parameters
    ----------
    weights : array_like, shape (N, D)
        W, real: one row for each class.
    inputs : array_like, shape (..., D)
        Real inputs, one vector or a batch of them.

    Returns
    -------
    ndarray, shape (..., N, N * D)
        The weights are read row by row: place ``[..., t, i * D + j]`` is the derivative of probability t with respect
        to W[i, j], which is ``p_t (delta_ti - p_i) inputs_j``. In the dtype common to `weights` and `inputs` (integers
        count as float64).

    Raises
    ------
    TypeError
        If an argument is not real, or NumPy has no dtype common to both (bfloat16 and float16).
    ValueError
        If `weights` is not a matrix, or its rows are not as long as `inputs`.

    See Also
    --------
    softmax_layer_jacobian_composed : the same by the chain rule, as a product of two matrices.

    Notes
    -----
    Even this matrix is rarely needed: the gradient of a loss with respect to W is
    ``numpy.outer(softmax_vjp(W @ inputs, g), inputs)`` for a gradient g with respect to the probabilities.

    References
    ----------
    E. Bendersky, "The Softmax function and its derivative", 2016.

    Examples
    --------
    >>> softmax_layer_jacobian([[0.0, 0.0], [0.0, 0.0]], [4.0, 8.0])
    array([[ 1.,  2., -1., -2.],
           [-1., -2.,  1.,  2.]])
    """
    weights, inputs, dtype = _layer_arguments(weights, inputs)
    jacobian = softmax_jacobian(inputs @ weights.T)
    blocks = jacobian[..., None] * inputs[..., None, None, :]
    *batch, classes, _, width = blocks.shape
    return blocks.reshape(*batch, classes, classes * width).astype(dtype, copy=False)


def softmax_layer_jacobian_composed(weights, inputs):
    """Return what `softmax_layer_jacobian` does, by the chain rule: softmax's Jacobian times the linear layer's.

    The second factor is sparse but stored in full, so this costs about N times the work of the direct formula. It is
    here to be compared with it.

    Parameters
    ----------
    weights : array_like, shape (N, D)
        W, real: one row for each class.
    inputs : array_like, shape (..., D)
        Real inputs, one vector or a batch of them.

    Returns
    -------
    ndarray, shape (..., N, N * D)
        As from :func:`softmax_layer_jacobian`.

    Raises
    ------
    TypeError, ValueError
        As :func:`softmax_layer_jacobian`.

    See Also
    --------
    softmax_layer_jacobian, linear_layer_jacobian

    Examples
    --------
    >>> import numpy as np
    >>> weights, inputs = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([0.25, 2.0])
    >>> np.allclose(softmax_layer_jacobian_composed(weights, inputs), softmax_layer_jacobian(weights, inputs))
    True
    """
    weights, inputs, dtype = _layer_arguments(weights, inputs)
    jacobian = softmax_jacobian(inputs @ weights.T)
    sparse = linear_layer_jacobian(inputs, classes=len(weights))
    return (jacobian @ sparse).astype(dtype, copy=False)


def _product(x, v, name, axis):
    """J v along `axis`; `name` is what the caller calls v."""
    x, v = as_floats(x, "x"), as_floats(v, name)
    if x.shape != v.shape:
        raise ValueError(f"{name} must have the shape of x, {x.shape}, got shape {v.shape}")
    axes = as_axes(axis, x.ndim)
    dtype = common(**{"x": x, name: v})
    classes = math.prod(x.shape[place] for place in axes)
    v = _widened(v, dtype, classes)
    with np.errstate(invalid="ignore", under="ignore"):
        p = softmax(_widened(x, dtype, classes), axis=axes)
        largest = p == p.max(axis=axes, keepdims=True, initial=0)
        shifted = v - v.max(axis=axes, keepdims=True, initial=-np.inf, where=largest)
        product = p * (shifted - np.sum(p * shifted, axis=axes, keepdims=True))
        return product.astype(dtype, copy=False)


def _widened(array, dtype, classes):
    """The array in the dtype in which a result of `dtype` is computed, for rows of so many classes."""
    return array.astype(computed_in(dtype, classes), copy=False)


def _layer_arguments(weights, inputs):
    """Weights and inputs in the dtype to compute in, and the dtype of the result."""
    weights, inputs = as_floats(weights, "weights"), _some_axes(as_floats(inputs, "inputs"), "inputs")
    if weights.ndim != 2 or weights.shape[1] != inputs.shape[-1]:
        raise ValueError(
            f"weights must have shape (classes, {inputs.shape[-1]}) for inputs of shape {inputs.shape}, "
            f"got shape {weights.shape}"
        )
    dtype = common(weights=weights, inputs=inputs)
    return _widened(weights, dtype, len(weights)), _widened(inputs, dtype, len(weights)), dtype


def _axis_of_classes(axis, ndim):
    """The one axis that a matrix of classes by classes takes the place of."""
    if axis is None or np.iterable(axis):
        raise TypeError(f"axis must be an int, got {axis!r}")
    (place,) = as_axes(axis, ndim)
    return place


def _some_axes(array, name):
    if array.ndim == 0:
        raise ValueError(f"{name} must have at least one axis, got a scalar")
    return array
