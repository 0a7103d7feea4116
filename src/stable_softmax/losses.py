"""Cross-entropy of softmax: the loss, its gradient, and both at once."""

from functools import partial

import numpy as np

from ._blocks import empty_like_rows, in_blocks, is_easy
from ._dtypes import computed_in, wide
from ._problem import parse
from ._rows import LABELS, TARGETS


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
    stable_softmax.naive.cross_entropy : the definition, computed as it stands.

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
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
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
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
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
    problem = parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction)
    return _solve(problem, True, True)


def _solve(problem, want_loss, want_gradient):
    """Return the reduced loss and the gradient; None for one that is not wanted."""
    x, axis, reduction = problem.x, problem.axis, problem.reduction
    batch_shape = x.shape[:-1]
    losses = gradient = moved = None
    if want_loss:
        losses = np.zeros(batch_shape, wide(reduction.dtype))
    if want_gradient:
        gradient, moved = empty_like_rows(x, axis)
    outputs = [losses, moved]
    if problem.has_plain_labels:
        inputs = [x, problem.labels, problem.label_weights]
        if problem.label_weights is None and is_easy(x):
            LABELS.plain(reduction.scale, *inputs, *outputs)
        else:
            in_blocks(LABELS.given(reduction.scale).rows, batch_shape, inputs, outputs)
    else:
        inputs = [x, problem.labels, problem.probabilities, problem.ignored]
        in_blocks(partial(_target_block, problem), batch_shape, inputs, outputs)
    if problem.ignored is not None:
        for result in outputs:
            if result is not None:
                result[problem.ignored] = 0
    return (reduction.of(losses) if want_loss else None), gradient


def _target_block(problem, inputs, outputs):
    """Compute a block of rows with targets of several classes."""
    x, *targets = inputs
    x = x.astype(computed_in(problem.reduction.dtype, x.shape[1]), copy=False)
    TARGETS.given(problem.reduction.scale).rows([x, problem.factors(*targets, x.dtype)], outputs)
