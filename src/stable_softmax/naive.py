"""The definitions, overflow included: kept for the demonstrations.

Each function is a definition as it stands on the page, unshifted, computed in the dtype of its input, be it float16 or
one of ml_dtypes' formats: the sum too, which NumPy adds up in bfloat16 and the 8-bit formats one by one. None guards
against overflow, underflow or cancellation: that is what this module is for. Use the functions of
:mod:`stable_softmax` itself for anything else.

Examples
--------
>>> import numpy as np
>>> softmax([1.0, 2.0, 3.0]).round(4)
array([0.09  , 0.2447, 0.6652])
>>> with np.errstate(over="ignore", invalid="ignore"):
...     softmax([123.0, 456.0, 789.0])
array([ 0.,  0., nan])
"""

import numpy as np

from ._dtypes import wide
from ._problem import parse
from ._validate import as_axes, as_floats


def softmax(x, axis=-1):
    r"""Exponentiate, divide by the sum: :math:`p_i = e^{x_i} / \sum_k e^{x_k}`.

    Parameters
    ----------
    x : array_like
        Real scores. Integers become float64; floating dtypes are kept.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them.

    Returns
    -------
    ndarray
        Array of the shape of `x`; NaN and 0 where ``exp`` or its sum overflows, NaN where every ``exp`` underflows.
        NumPy's warnings (overflow, invalid value) are left to the caller.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`stable_softmax.softmax`.

    See Also
    --------
    stable_softmax.softmax : the same without overflow.

    Examples
    --------
    >>> softmax([[0.0, 0.0], [0.0, 1.0]]).round(3)
    array([[0.5  , 0.5  ],
           [0.269, 0.731]])
    """
    x = as_floats(x, "x")
    e = np.exp(x)
    return e / e.sum(axis=as_axes(axis, x.ndim), keepdims=True)


def log_softmax(x, axis=-1):
    r"""Softmax, then the logarithm: :math:`\log p_i`.

    Parameters and errors are those of :func:`softmax`.

    Returns
    -------
    ndarray
        Array of the shape of `x`; -inf where a probability underflows, NaN where :func:`softmax` is NaN.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`stable_softmax.softmax`.

    See Also
    --------
    stable_softmax.log_softmax : the same without overflow.

    Examples
    --------
    >>> log_softmax([0.0, 0.0]).round(4)
    array([-0.6931, -0.6931])
    """
    return np.log(softmax(x, axis))


def logsumexp(x, axis=-1, *, keepdims=False, b=None, return_sign=False):
    r"""Exponentiate, add, take the logarithm: :math:`\log \sum_k b_k e^{x_k}`.

    Parameters
    ----------
    x, axis, keepdims, b, return_sign
        As in :func:`stable_softmax.logsumexp`.

    Returns
    -------
    ndarray or (ndarray, ndarray)
        The logarithm, inf where ``exp`` overflows and -inf where all of them underflow; with `return_sign`,
        the logarithm of the sum's absolute value and its sign.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`stable_softmax.logsumexp`.

    See Also
    --------
    stable_softmax.logsumexp : the same without overflow.

    Examples
    --------
    >>> float(logsumexp([0.0, 0.0, 0.0]).round(4))
    1.0986
    """
    x = as_floats(x, "x")
    terms = np.exp(x)
    if b is not None:
        # A Python number takes the dtype of x; beside ml_dtypes' it would not by itself.
        terms = terms * (terms.dtype.type(b) if type(b) in (int, float) else b)
    total = terms.sum(axis=as_axes(axis, terms.ndim), keepdims=keepdims)
    if return_sign:
        return np.log(np.abs(total)), np.sign(total)
    return np.log(total)


def cross_entropy(scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"):
    r"""Softmax, then :math:`-\sum_k a_k \log p_k` (for a label :math:`t`: :math:`-\log p_t`).

    Parameters
    ----------
    scores, targets, axis, weight, ignore_index, label_smoothing, reduction
        As in :func:`stable_softmax.cross_entropy`.

    Returns
    -------
    ndarray
        The loss; inf or NaN where the softmax under- or overflows.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`stable_softmax.cross_entropy`.

    See Also
    --------
    stable_softmax.cross_entropy : the same without overflow.

    Examples
    --------
    >>> float(cross_entropy([1.0, 2.0, 3.0], 2).round(4))
    0.4076
    """
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _loss(problem, softmax(_scores(problem)))


def cross_entropy_grad(
    scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    r"""Softmax, then subtract the target: :math:`\partial L / \partial x_j = p_j - y_j`.

    Parameters
    ----------
    scores, targets, axis, weight, ignore_index, label_smoothing, reduction
        As in :func:`stable_softmax.cross_entropy_grad`.

    Returns
    -------
    ndarray
        The gradient with respect to the scores, of their shape.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`stable_softmax.cross_entropy`.

    See Also
    --------
    stable_softmax.cross_entropy_grad : the same without overflow.

    Examples
    --------
    >>> cross_entropy_grad([0.0, 0.0], 1)
    array([ 0.5, -0.5])
    """
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _gradient(problem, softmax(_scores(problem)))


def cross_entropy_with_grad(
    scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    """Return both :func:`cross_entropy` and :func:`cross_entropy_grad`.

    Parameters
    ----------
    scores, targets, axis, weight, ignore_index, label_smoothing, reduction
        As in :func:`stable_softmax.cross_entropy_with_grad`.

    Returns
    -------
    (ndarray, ndarray)
        The loss and its gradient.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`stable_softmax.cross_entropy`.

    See Also
    --------
    stable_softmax.cross_entropy_with_grad : the same without overflow.

    Examples
    --------
    >>> loss, gradient = cross_entropy_with_grad([0.0, 0.0], 1)
    >>> float(loss.round(4)), gradient
    (0.6931, array([ 0.5, -0.5]))
    """
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    p = softmax(_scores(problem))
    return _loss(problem, p), _gradient(problem, p)


# The formulas below share nothing with `stable_softmax.losses` but the checks of arguments, so that it says something
# if both agree. All is computed in the loss's dtype, but for the sum of the losses.


def _scores(problem):
    return problem.x.astype(problem.reduction.dtype, copy=False)


def _targets(problem):
    """y, a distribution over the classes for each row: one-hot or given, then smoothed."""
    classes = problem.x.shape[-1]
    if problem.labels is not None:
        y = np.equal(problem.labels[..., np.newaxis], np.arange(classes)).astype(problem.reduction.dtype)
    else:
        y = problem.probabilities.astype(problem.reduction.dtype)
    if problem.label_smoothing:
        y *= 1 - problem.label_smoothing
        y += problem.label_smoothing / classes
    return y


def _factors(problem):
    """a = y times the class weights, 0 in ignored rows."""
    a = _targets(problem)
    if problem.weight is not None:
        a *= problem.weight
    if problem.ignored is not None:
        a[problem.ignored] = 0
    return a


def _scale(problem):
    """1, or for a mean 1 over the weights of the labels that are not ignored, or over the count of rows; NaN over 0."""
    if problem.reduction.name != "mean":
        return 1.0
    weights = np.ones(problem.x.shape[:-1])
    if problem.labels is None:
        weights *= problem.x.size > 0
    elif problem.weight is not None:
        weights = problem.weight[problem.labels]
    if problem.ignored is not None:
        weights = weights[~problem.ignored]
    total = float(np.sum(weights))
    return 1 / total if total else np.nan


def _loss(problem, p):
    a = _factors(problem)
    if problem.has_plain_labels:
        # Bendersky's p[range(m), y]: only the label's own probability is looked at.
        label = problem.labels[..., np.newaxis]
        losses = -(np.take_along_axis(a, label, -1) * np.log(np.take_along_axis(p, label, -1)))[..., 0]
    else:
        losses = -(a * np.log(p)).sum(axis=-1)
    if problem.reduction.name == "none":
        return losses[()]
    return (losses.sum(dtype=wide(losses.dtype)) * _scale(problem)).astype(losses.dtype)


def _gradient(problem, p):
    a = _factors(problem)
    gradient = (a.sum(axis=-1, keepdims=True) * p - a) * a.dtype.type(_scale(problem))
    if problem.ignored is not None:
        gradient[problem.ignored] = 0
    return np.moveaxis(gradient, -1, problem.axis).astype(problem.x.dtype, copy=False)
