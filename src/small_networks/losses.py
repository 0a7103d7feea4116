"""Three losses with their gradients, for training: two that break, step by step, and the one that does not.

Each takes scores and labels and returns the mean loss and its gradient with respect to the scores. Every
intermediate result is computed in the dtype of the scores, so in float16 where they are, and shown to `watch`.
"""

import numpy as np

from stable_softmax import cross_entropy_with_grad


def naive_loss(scores, labels, watch=None):
    """Exponentiate, divide by the sum, take the logarithm: the definition, as it stands.

    Parameters
    ----------
    scores : ndarray of floats, shape (examples, classes)
    labels : ndarray of ints, shape (examples,)
    watch : callable, optional
        Called as ``watch(name, array)`` with "exponentials", "sums", "probabilities", "log-probabilities" (of the
        labels), "loss" and "gradient of scores".

    Returns
    -------
    (float, ndarray)
        The same as `stable_softmax.naive.cross_entropy_with_grad`; NumPy's warnings are left to the caller.

    Raises
    ------
    TypeError, ValueError, IndexError
        If scores or labels have another shape or dtype, there is no example, or a label is no class.

    Examples
    --------
    >>> import numpy as np
    >>> with np.errstate(over="ignore", invalid="ignore"):
    ...     loss, gradient = naive_loss(np.array([[0.0, 800.0]]), np.array([1]))
    >>> float(loss), gradient
    (nan, array([[ 0., nan]]))
    """
    watch = watch or _nobody
    return _loss(_checked(scores, labels), labels, watch)


def standard_fix_loss(scores, labels, watch=None):
    """The same after subtracting each row's maximum; the logarithm still comes last.

    No exponential overflows, but a label's probability may be 0, and its logarithm -inf.

    Parameters
    ----------
    scores, labels
        As in `naive_loss`.
    watch : callable, optional
        As in `naive_loss`, with "shifted scores" first.

    Returns
    -------
    (float, ndarray)

    Raises
    ------
    TypeError, ValueError, IndexError
        As `naive_loss`.

    Examples
    --------
    >>> import numpy as np
    >>> with np.errstate(divide="ignore"):
    ...     loss, gradient = standard_fix_loss(np.array([[0.0, 800.0]]), np.array([0]))
    >>> float(loss), gradient
    (inf, array([[-1.,  1.]]))
    """
    watch = watch or _nobody
    shifted = _checked(scores, labels) - scores.max(axis=1, keepdims=True)
    watch("shifted scores", shifted)
    return _loss(shifted, labels, watch)


def stable_loss(scores, labels, watch=None):
    """`stable_softmax.cross_entropy_with_grad`, which does not break.

    Parameters
    ----------
    scores, labels
        As in `naive_loss`.
    watch : callable, optional
        Called with "loss" and "gradient of scores".

    Returns
    -------
    (float, ndarray)

    Raises
    ------
    TypeError, ValueError, IndexError
        As `naive_loss`.

    Examples
    --------
    >>> import numpy as np
    >>> loss, gradient = stable_loss(np.array([[0.0, 800.0]]), np.array([0]))
    >>> float(loss), gradient
    (800.0, array([[-1.,  1.]]))
    """
    watch = watch or _nobody
    loss, gradient = cross_entropy_with_grad(_checked(scores, labels), labels)
    watch("loss", loss)
    watch("gradient of scores", gradient)
    return loss, gradient


def _loss(scores, labels, watch):
    rows, count = np.arange(len(scores)), len(scores)
    exponentials = np.exp(scores)
    watch("exponentials", exponentials)
    sums = exponentials.sum(axis=1, keepdims=True)
    watch("sums", sums)
    probabilities = exponentials / sums
    watch("probabilities", probabilities)
    log_probabilities = np.log(probabilities[rows, labels])
    watch("log-probabilities", log_probabilities)
    # One number a row: added in float64, as everywhere in stable_softmax, and rounded to the scores' dtype.
    loss = scores.dtype.type(-log_probabilities.sum(dtype=np.float64) / count)
    watch("loss", loss)
    gradient = probabilities.copy()
    gradient[rows, labels] -= 1
    gradient *= 1 / count
    watch("gradient of scores", gradient)
    return loss, gradient


def _checked(scores, labels):
    if scores.dtype.name not in ("float16", "float32", "float64"):
        raise TypeError(f"scores must be float16, float32 or float64, but have dtype {scores.dtype}")
    if scores.ndim != 2 or not scores.size:
        raise ValueError(f"scores must have shape (examples, classes), both at least 1, but have shape {scores.shape}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be ints, but have dtype {labels.dtype}")
    if labels.shape != scores.shape[:1]:
        raise ValueError(f"labels must have shape {scores.shape[:1]}, but have shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise IndexError(f"labels must lie in 0 to {scores.shape[1] - 1}, but go from {labels.min()} to {labels.max()}")
    return scores


def _nobody(name, array):
    pass
