"""Losses akin to cross-entropy: focal, and for learning from a teacher's scores.

Both take scores, never probabilities, and their gradients are the cross-entropy's p - y, bent. Chapter 14 derives them.
"""

import math
from functools import partial

import numpy as np

from . import _bent
from ._blocks import classes_last, empty_like_rows, in_blocks
from ._dtypes import common, wide
from ._problem import Reduction, checked_options, parse
from ._validate import as_array, as_axis, as_finite, as_floats

__all__ = [
    "distillation_loss",
    "distillation_loss_grad",
    "distillation_loss_with_grad",
    "focal_loss",
    "focal_loss_grad",
    "focal_loss_with_grad",
]


# Focal loss


def focal_loss(scores, targets, *, gamma=2.0, axis=-1, weight=None, ignore_index=-100, reduction="mean"):
    r"""Return the focal loss, the cross-entropy times :math:`(1 - p_t)^\gamma`: rows that are right already count less.

    Parameters
    ----------
    scores : array_like
        Real scores (logits), of which one axis holds the classes. Integers become float64; floating dtypes are kept;
        all are computed in float64 at least. A score of -inf is a mask.
    targets : array_like of int
        The label t, the right class, of each row, in the scores' shape without the class axis.
    gamma : float, default 2.0
        The exponent, 0 or more; 0 is :func:`stable_softmax.cross_entropy`.
    axis, weight, ignore_index, reduction
        As in :func:`stable_softmax.cross_entropy`: "mean" divides by the labels' total weight.

    Returns
    -------
    ndarray or scalar
        The loss in nats: a scalar, or for "none" an array in the shape of the scores without the class axis, in the
        dtype of `scores`.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`stable_softmax.cross_entropy`. Also TypeError if `targets` are no integers or `gamma` is no number,
        and ValueError if that is negative, infinite or NaN.

    See Also
    --------
    focal_loss_grad, focal_loss_with_grad

    Notes
    -----
    Introduced by T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object detection", ICCV
    2017, https://arxiv.org/abs/1708.02002, equation 4, for yes-or-no questions. One with the score z is the row [0, z]
    here, and their alpha is the class weights [1 - alpha, alpha].

    :math:`1 - p_t` is computed as :math:`-\operatorname{expm1}(\log p_t)`, so that it keeps its digits where
    :math:`p_t` rounds to 1.

    Examples
    --------
    >>> focal_loss([[0.0, 0.0], [4.0, 0.0]], [0, 0], reduction="none").round(6)
    array([1.73287e-01, 6.00000e-06])
    >>> float(focal_loss([[0.0, 800.0]], [0]))
    800.0
    """
    return _focal(scores, targets, gamma, axis, weight, ignore_index, reduction, True, False)[0]


def focal_loss_grad(scores, targets, *, gamma=2.0, axis=-1, weight=None, ignore_index=-100, reduction="mean"):
    r"""Return the gradient of :func:`focal_loss` with respect to the scores.

    Parameters
    ----------
    scores, targets, gamma, axis, weight, ignore_index, reduction
        As in :func:`focal_loss`. For "none" the gradient is that of the sum.

    Returns
    -------
    ndarray
        In the scores' shape and dtype (float64 for integers): p - y in each row, times
        :math:`(1 - p_t)^\gamma - \gamma p_t (1 - p_t)^{\gamma - 1} \log p_t` and the factors of weights and reduction.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`focal_loss`.

    See Also
    --------
    focal_loss, focal_loss_with_grad

    Examples
    --------
    >>> focal_loss_grad([[0.0, 0.0], [4.0, 0.0]], [0, 0], reduction="sum").round(4)
    array([[-0.2983,  0.2983],
           [-0.    ,  0.    ]])
    """
    return _focal(scores, targets, gamma, axis, weight, ignore_index, reduction, False, True)[1]


def focal_loss_with_grad(scores, targets, *, gamma=2.0, axis=-1, weight=None, ignore_index=-100, reduction="mean"):
    """Return :func:`focal_loss` and :func:`focal_loss_grad` at once.

    Parameters
    ----------
    scores, targets, gamma, axis, weight, ignore_index, reduction
        As in :func:`focal_loss`.

    Returns
    -------
    loss : ndarray or scalar
        As :func:`focal_loss`.
    gradient : ndarray
        As :func:`focal_loss_grad`.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`focal_loss`.

    See Also
    --------
    focal_loss, focal_loss_grad

    Examples
    --------
    >>> loss, gradient = focal_loss_with_grad([[0.0, 0.0]], [1], gamma=1)
    >>> float(loss.round(4)), gradient.round(4)
    (0.3466, array([[ 0.4233, -0.4233]]))
    """
    return _focal(scores, targets, gamma, axis, weight, ignore_index, reduction, True, True)


def _focal(scores, targets, gamma, axis, weight, ignore_index, reduction, want_loss, want_gradient):
    gamma = as_finite(gamma, "gamma")
    if gamma < 0:
        raise ValueError(f"gamma must be 0 or more, got {gamma!r}")
    targets = as_array(targets, "targets")
    if targets.dtype.kind not in "iu" and targets.size:
        raise TypeError(f"targets must be integer labels, got dtype {targets.dtype}")
    problem = parse(scores, targets, axis, weight, ignore_index, 0.0, reduction)
    inputs = [problem.x, problem.labels, problem.label_weights]
    formula = partial(_bent.focal, gamma, problem.reduction.scale)
    return _solve(formula, inputs, problem.axis, problem.ignored, problem.reduction, want_loss, want_gradient)


# Distillation


def distillation_loss(scores, teacher, *, temperature=1.0, axis=-1, reduction="mean"):
    r"""Return :math:`T^2` times the KL divergence from a teacher's softmax to that of the scores, at temperature T.

    With :math:`q = \operatorname{softmax}(b / T)` of the teacher's scores b, and p in the same way of the scores, it is
    :math:`T^2 \sum_i q_i \log (q_i / p_i)`. At T = 1 it is the Kullback-Leibler divergence itself.

    Parameters
    ----------
    scores : array_like
        Real scores (logits) a, of which one axis holds the classes. Integers become float64; floating dtypes are kept;
        all are computed in float64 at least. A score of -inf is a mask.
    teacher : array_like
        The teacher's scores b, in the shape of `scores`.
    temperature : float, default 1.0
        The temperature T, positive.
    axis : int, default -1
        The class axis of both. (PyTorch has it at 1.)
    reduction : {"mean", "sum", "none"}, default "mean"
        "none" gives one loss for each row, "sum" their sum, and "mean" divides that by the number of rows.

    Returns
    -------
    ndarray or scalar
        The loss in nats, 0 or more: a scalar, or for "none" an array in the shape of the scores without the class axis.
        Its dtype is what both arrays' promote to.

    Raises
    ------
    TypeError
        If an array holds no real numbers or is a masked array, if the two have no common dtype, if `axis` is no int, or
        if `temperature` is no number.
    ValueError
        If shapes do not fit, `temperature` is not positive and finite, or `reduction` is unknown.
    numpy.exceptions.AxisError
        If the scores have no such axis (a ValueError and IndexError as well).

    See Also
    --------
    distillation_loss_grad, distillation_loss_with_grad
    stable_softmax.cross_entropy : for a teacher's probabilities; it is larger by their entropy.

    Notes
    -----
    The factor :math:`T^2` is that of G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network",
    2015, https://arxiv.org/abs/1503.02531, section 2: without it the gradient falls like :math:`1 / T^2`.

    The divergence is computed as a sum of :math:`q_i (e^{d_i} - 1 - d_i)` with :math:`d = \log p - \log q`. No term is
    negative, so no rounding makes the loss so, and it keeps its digits where the two nearly agree. "mean" is what
    PyTorch's ``kl_div`` calls "batchmean"; its own "mean" divides by the number of classes as well.

    A class that is masked in the teacher contributes nothing; one that is masked in the scores alone makes the loss
    infinite. A row that holds NaN or +inf, or nothing but -inf, has the loss and the gradient NaN.

    Examples
    --------
    >>> float(distillation_loss([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]], temperature=4.0).round(4))
    1.3196
    >>> float(distillation_loss([[1000.0, 0.0]], [[0.0, 1000.0]]))
    1000.0
    """
    return _distil(scores, teacher, temperature, axis, reduction, True, False)[0]


def distillation_loss_grad(scores, teacher, *, temperature=1.0, axis=-1, reduction="mean"):
    """Return the gradient of :func:`distillation_loss` with respect to the scores (not the teacher's).

    Parameters
    ----------
    scores, teacher, temperature, axis, reduction
        As in :func:`distillation_loss`. For "none" the gradient is that of the sum.

    Returns
    -------
    ndarray
        In the scores' shape and dtype (float64 for integers): T (p - q), times the factor of the reduction.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`distillation_loss`.

    See Also
    --------
    distillation_loss, distillation_loss_with_grad

    Examples
    --------
    >>> distillation_loss_grad([[0.0, 0.0]], [[1000.0, -1000.0]])
    array([[-0.5,  0.5]])
    """
    return _distil(scores, teacher, temperature, axis, reduction, False, True)[1]


def distillation_loss_with_grad(scores, teacher, *, temperature=1.0, axis=-1, reduction="mean"):
    """Return :func:`distillation_loss` and :func:`distillation_loss_grad` at once.

    Parameters
    ----------
    scores, teacher, temperature, axis, reduction
        As in :func:`distillation_loss`.

    Returns
    -------
    loss : ndarray or scalar
        As :func:`distillation_loss`.
    gradient : ndarray
        As :func:`distillation_loss_grad`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`distillation_loss`.

    See Also
    --------
    distillation_loss, distillation_loss_grad

    Examples
    --------
    >>> loss, gradient = distillation_loss_with_grad([[1.0, 2.0]], [[1.0, 2.0]])
    >>> float(loss), gradient
    (0.0, array([[0., 0.]]))
    """
    return _distil(scores, teacher, temperature, axis, reduction, True, True)


def _distil(scores, teacher, temperature, axis, reduction, want_loss, want_gradient):
    checked_options(-1, 0.0, reduction)
    temperature = as_finite(temperature, "temperature")
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature!r}")
    scores, teacher = as_floats(scores, "scores"), as_floats(teacher, "teacher")
    if scores.ndim == 0:
        raise ValueError("scores must have a class axis, got a single number (0-d)")
    if teacher.shape != scores.shape:
        raise ValueError(f"teacher must have the shape of scores, {scores.shape}, got shape {teacher.shape}")
    axis = as_axis(axis, scores.ndim)
    dtype = common(scores=scores, teacher=teacher)
    inputs = [classes_last(a, (axis,))[0] for a in (scores, teacher)]
    rows = math.prod(inputs[0].shape[:-1]) if scores.size else 0
    reduction = Reduction(reduction, rows if reduction == "mean" else 1, dtype)
    formula = partial(_bent.distil, temperature, reduction.scale)
    return _solve(formula, inputs, axis, None, reduction, want_loss, want_gradient)


# What the two have in common


def _solve(formula, inputs, axis, ignored, reduction, want_loss, want_gradient):
    """Return the reduced loss and the gradient of rows of classes; None for one that is not wanted."""
    x = inputs[0]
    batch_shape = x.shape[:-1]
    losses = np.zeros(batch_shape, wide(reduction.dtype)) if want_loss else None
    gradient = moved = None
    if want_gradient:
        gradient, moved = empty_like_rows(x, axis)
    in_blocks(formula, batch_shape, inputs, [losses, moved])
    if ignored is not None:
        for result in (losses, moved):
            if result is not None:
                result[ignored] = 0
    return (reduction.of(losses) if want_loss else None), gradient
