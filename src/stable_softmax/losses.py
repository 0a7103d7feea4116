"""Cross-entropy of softmax: the loss, its gradient, and both at once."""

import numpy as np

from . import _targets
from ._blocks import row_blocks
from ._dtypes import wide
from ._loss_rows import label_rows, target_rows
from ._rows import computable
from ._terms import is_easy


def cross_entropy(scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"):
    r"""Return the cross-entropy of scores (not of probabilities) with labels or target probabilities.

    Parameters
    ----------
    scores : array_like
        Real scores (logits), of which one axis holds the classes. Integers become float64; floating dtypes are kept;
        float16, and ml_dtypes' bfloat16 and 8-bit formats, are computed in float32 at least. A score of -inf is a mask.
    targets : array_like
        Integer labels in the scores' shape without the class axis, or floating-point probabilities in the
        scores' shape.
    axis : int, default -1
        The class axis of `scores`. (PyTorch has it at 1.)
    weight : array_like, optional
        One factor for each class, shape (classes,).
    ignore_index : int, default -100
        Rows with this label count for nothing: their loss and gradient are 0. It need not be a possible
        label. Labels only.
    label_smoothing : float, default 0.0
        The share of every target, 0 to 1, that is spread evenly over all classes.
    reduction : {"mean", "sum", "none"}, default "mean"
        "none" gives one loss for each row, "sum" their sum. "mean" divides the sum by the total weight of the
        labels that are not ignored; for probabilities, by the number of rows.

    Returns
    -------
    ndarray or scalar
        The loss in nats: a scalar, or for "none" an array in the shape of the scores without the class axis. Its
        dtype is that of `scores`, or what that and the probabilities' dtype promote to.

    Raises
    ------
    TypeError
        If `scores`, `targets` or `weight` has a dtype that makes no sense or is a masked array, if scores and
        probabilities have no common dtype (bfloat16 and float16), if `axis` or `ignore_index` is no int, or if
        `label_smoothing` is no number.
    ValueError
        If shapes do not fit, `label_smoothing` is outside 0 to 1, `reduction` is unknown, or `ignore_index`
        is 0 or more although the targets are probabilities.
    IndexError
        If a label is none of the classes; the message names the first one and its place.
    numpy.exceptions.AxisError
        If the scores have no such axis (a ValueError and IndexError as well).

    See Also
    --------
    cross_entropy_grad, cross_entropy_with_grad

    Notes
    -----
    The semantics are those of PyTorch's ``torch.nn.functional.cross_entropy``. Where nothing remains to divide by, the
    mean is NaN. A target or weight of 0 contributes 0 even where -log p is infinite (PyTorch: NaN), but hides no NaN.

    Losses are reduced in float64 and rounded to their dtype last. One that is too large for it is inf, and in a format
    without infinity NaN: float8_e4m3fn ends at 448. Gradients are p - y at most, and fit every format; where they
    are scaled, as by a mean over many rows, they may round to 0 in float16 and the 8-bit formats.

    Examples
    --------
    >>> float(cross_entropy([[0.0, 800.0]], [0]))
    800.0
    >>> float(cross_entropy([[-2.85, 0.86, 0.28]], [2]).round(2))
    1.04
    """
    problem = _targets.parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _solve(problem, True, False)[0]


def cross_entropy_grad(
    scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    r"""Return the gradient of :func:`cross_entropy` with respect to the scores.

    Parameters
    ----------
    scores, targets, axis, weight, ignore_index, label_smoothing, reduction
        As in :func:`cross_entropy`. For "none" the gradient is that of the sum.

    Returns
    -------
    ndarray
        Array of the scores' shape and dtype (float64 for integers): p - y in each row, times the factors
        of weights and reduction. Rows that are ignored are exactly 0.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`cross_entropy`.

    See Also
    --------
    cross_entropy, cross_entropy_with_grad

    Examples
    --------
    >>> cross_entropy_grad([[0.0, 0.0], [0.0, 0.0]], [0, 1])
    array([[-0.25,  0.25],
           [ 0.25, -0.25]])
    """
    problem = _targets.parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _solve(problem, False, True)[1]


def cross_entropy_with_grad(
    scores, targets, *, axis=-1, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    """Return :func:`cross_entropy` and :func:`cross_entropy_grad` for little more than the cost of one.

    Parameters
    ----------
    scores, targets, axis, weight, ignore_index, label_smoothing, reduction
        As in :func:`cross_entropy`.

    Returns
    -------
    loss : ndarray or scalar
        As :func:`cross_entropy`.
    gradient : ndarray
        As :func:`cross_entropy_grad`.

    Raises
    ------
    TypeError, ValueError, IndexError, numpy.exceptions.AxisError
        As :func:`cross_entropy`.

    See Also
    --------
    cross_entropy, cross_entropy_grad

    Examples
    --------
    >>> loss, gradient = cross_entropy_with_grad([[0.0, 0.0]], [1])
    >>> float(loss.round(4)), gradient
    (0.6931, array([[ 0.5, -0.5]]))
    """
    problem = _targets.parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _solve(problem, True, True)


def _solve(problem, want_loss, want_gradient):
    """Return the reduced loss and the gradient; None for one that is not wanted."""
    scores, batch_shape = problem.scores, problem.batch_shape
    weights = problem.label_weights()
    divisor = problem.divisor(weights)
    losses = gradient = moved = scale = None
    if want_loss:
        losses = np.zeros(batch_shape, wide(problem.dtype))
    if want_gradient:
        axis = problem.class_axis
        if axis == len(batch_shape):
            moved = gradient = np.empty(scores.shape, scores.dtype)
        else:
            gradient = np.empty((*batch_shape[:axis], scores.shape[-1], *batch_shape[axis:]), scores.dtype)
            moved = np.moveaxis(gradient, axis, -1)
        scale = problem.gradient_scale(divisor)
    is_plain = problem.has_plain_labels
    if is_plain and weights is None and moved is gradient and is_easy(scores):
        label_rows(scores, problem.labels, None, losses, moved, scale, tame=True)
    elif scores.size:
        inputs = [scores, problem.labels, problem.probabilities, problem.ignored, weights]
        with np.errstate(all="ignore"):
            for x, labels, probabilities, ignored, row_weights, loss_rows, gradient_rows in row_blocks(
                batch_shape, inputs, [losses, moved]
            ):
                if is_plain:
                    label_rows(x, labels, row_weights, loss_rows, gradient_rows, scale)
                else:
                    x = computable(x.astype(problem.dtype, copy=False))
                    a = _targets.coefficients(
                        labels, probabilities, ignored, x.shape[1], problem.weight, problem.label_smoothing, x.dtype
                    )
                    target_rows(x, a, loss_rows, gradient_rows, scale)
                if ignored is not None:
                    if want_loss:
                        loss_rows[ignored] = 0
                    if want_gradient:
                        gradient_rows[ignored] = 0
    return (problem.reduce(losses, divisor) if want_loss else None), gradient
