"""Properties of gradients."""

import numpy as np

from .answers import call

__all__ = [
    "gradient_sums_to_zero",
    "masked_gradient_is_zero",
]


def gradient_sums_to_zero(gradient, x, rtol=1e-9):
    """Whether the slopes by all scores are finite and cancel, as they do if a shift of all scores changes nothing.

    Parameters
    ----------
    gradient : callable
        Takes scores of shape (..., classes), returns slopes of that shape.
    x : array_like, shape (..., classes)
        The scores.
    rtol : float, default 1e-9
        How large the sum may be beside the row's largest slope.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `gradient` is not callable.
    """
    slopes = call(gradient, np.asarray(x))
    if not np.all(np.isfinite(slopes)):  # else inf <= inf
        return False
    return bool(np.all(np.abs(slopes.sum(axis=-1)) <= rtol * np.abs(slopes).max(axis=-1)))


def masked_gradient_is_zero(gradient, x, keep):
    """Whether the slopes by masked scores are 0, and all others finite.

    Parameters
    ----------
    gradient : callable
        Takes scores, returns slopes of their shape.
    x : array_like
        The scores.
    keep : array_like of bool, same shape
        False where a score is masked.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `gradient` is not callable.
    """
    slopes = call(gradient, np.asarray(x))
    return bool(np.all(np.isfinite(slopes)) and np.all(slopes[~np.asarray(keep)] == 0))
