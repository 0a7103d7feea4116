"""Cross-entropy of yes-or-no questions: the loss, its gradient, and both at once."""

from functools import partial

import numpy as np

from . import _bent
from ._blocks import in_blocks
from ._dtypes import common, wide
from ._problem import Reduction, checked_options
from ._validate import as_array, as_floats

__all__ = ["binary_cross_entropy", "binary_cross_entropy_grad", "binary_cross_entropy_with_grad"]


def binary_cross_entropy(scores, targets, *, weight=None, positive_weight=None, reduction="mean"):
    r"""Return the cross-entropy of yes-or-no questions, one a score: :math:`-\log \sigma(z)` where the answer is yes.

    Parameters
    ----------
    scores : array_like
        Real scores (logits) z, of any shape. Integers become float64; floating dtypes are kept; all are computed in
        float64 at least.
    targets : array_like
        In the shape of `scores`: 1 or True for yes, 0 or False for no, or a probability of yes in between.
    weight : array_like, optional
        Factors of the losses; broadcasts to the shape of `scores`.
    positive_weight : array_like, optional
        Factors of the share of yes in the losses, to make up for rare answers; broadcasts to the shape of `scores`.
    reduction : {"mean", "sum", "none"}, default "mean"
        "none" gives one loss for each score, "sum" their sum. "mean" divides the sum by the number of scores, whatever
        they weigh.

    Returns
    -------
    ndarray or scalar
        The loss in nats: a scalar, or for "none" an array in the shape of the scores. Its dtype is that of `scores`, or
        what that and the targets' floating dtype promote to.

    Raises
    ------
    TypeError
        If an array holds no real numbers or is a masked array, or if scores and targets have no common dtype.
    ValueError
        If shapes do not fit, a target is outside 0 to 1, or `reduction` is unknown.

    See Also
    --------
    binary_cross_entropy_grad, binary_cross_entropy_with_grad
    stable_softmax.cross_entropy : of one question with several answers that exclude each other.

    Notes
    -----
    The semantics are those of PyTorch's ``torch.nn.functional.binary_cross_entropy_with_logits``; `positive_weight` is
    its ``pos_weight``. (At infinite scores PyTorch's, as of 2.13, may be NaN; this one is the limit.) The loss is
    :math:`w y \operatorname{softplus}(-z) + (1 - y) \operatorname{softplus}(z)`, with :math:`\operatorname{softplus}(z)
    = \log(1 + e^z) = \max(z, 0) + \log(1 + e^{-|z|})`: no exponential overflows, and no term is negative. A factor of 0
    contributes 0 even where the term is infinite, but hides no NaN. Without a score there is no mean: it is NaN.

    Examples
    --------
    >>> float(binary_cross_entropy([-1000.0], [1]))
    1000.0
    >>> binary_cross_entropy([0.0, 2.0, 2.0], [1, 1, 0], reduction="none").round(4)
    array([0.6931, 0.1269, 2.1269])
    """
    return _binary(scores, targets, weight, positive_weight, reduction, True, False)[0]


def binary_cross_entropy_grad(scores, targets, *, weight=None, positive_weight=None, reduction="mean"):
    r"""Return the gradient of :func:`binary_cross_entropy` with respect to the scores.

    Parameters
    ----------
    scores, targets, weight, positive_weight, reduction
        As in :func:`binary_cross_entropy`. For "none" the gradient is that of the sum.

    Returns
    -------
    ndarray or scalar
        In the scores' shape and dtype (float64 for integers): :math:`\sigma(z) - y`, times the factors of `weight` and
        reduction; with a `positive_weight` w it is :math:`(1 - y) \sigma(z) - w y (1 - \sigma(z))` times these.

    Raises
    ------
    TypeError, ValueError
        As :func:`binary_cross_entropy`.

    See Also
    --------
    binary_cross_entropy, binary_cross_entropy_with_grad

    Examples
    --------
    >>> binary_cross_entropy_grad([0.0, -1000.0, 1000.0], [1, 1, 0], reduction="sum")
    array([-0.5, -1. ,  1. ])
    """
    return _binary(scores, targets, weight, positive_weight, reduction, False, True)[1]


def binary_cross_entropy_with_grad(scores, targets, *, weight=None, positive_weight=None, reduction="mean"):
    """Return :func:`binary_cross_entropy` and :func:`binary_cross_entropy_grad` at once.

    Parameters
    ----------
    scores, targets, weight, positive_weight, reduction
        As in :func:`binary_cross_entropy`.

    Returns
    -------
    loss : ndarray or scalar
        As :func:`binary_cross_entropy`.
    gradient : ndarray or scalar
        As :func:`binary_cross_entropy_grad`.

    Raises
    ------
    TypeError, ValueError
        As :func:`binary_cross_entropy`.

    See Also
    --------
    binary_cross_entropy, binary_cross_entropy_grad

    Examples
    --------
    >>> loss, gradient = binary_cross_entropy_with_grad([0.0, 0.0], [1, 0])
    >>> float(loss.round(4)), gradient
    (0.6931, array([-0.25,  0.25]))
    """
    return _binary(scores, targets, weight, positive_weight, reduction, True, True)


def _binary(scores, targets, weight, positive_weight, reduction, want_loss, want_gradient):
    checked_options(-1, 0.0, reduction)
    scores = as_floats(scores, "scores")
    given = as_array(targets, "targets")
    targets = as_floats(given, "targets")
    if targets.shape != scores.shape:
        raise ValueError(f"targets must have the shape of scores, {scores.shape}, got shape {targets.shape}")
    outside = (targets < 0) | (targets > 1)
    if outside.any():
        raise ValueError(f"targets must lie in 0 to 1, got {targets[outside][0]}")
    dtype = scores.dtype if given.dtype.kind in "iub" else common(scores=scores, targets=targets)
    factors = {"positive_weight": positive_weight, "weight": weight}
    inputs = [scores[..., np.newaxis], targets, *(_as_factor(a, name, scores.shape) for name, a in factors.items())]
    reduction = Reduction(reduction, scores.size if reduction == "mean" else 1, dtype)
    losses = np.zeros(scores.shape, wide(dtype)) if want_loss else None
    gradient = np.empty(scores.shape, scores.dtype) if want_gradient else None
    in_blocks(partial(_bent.binary, reduction.scale), scores.shape, inputs, [losses, gradient])
    return None if losses is None else reduction.of(losses), None if gradient is None else gradient[()]


def _as_factor(values, name, shape):
    if values is None:
        return None
    values = as_floats(values, name)
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise ValueError(f"{name} must broadcast to the shape of scores, {shape}, got shape {values.shape}") from None
