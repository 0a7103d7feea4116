"""Temperature, top-k, top-p and min-p: scores in, scores out, with -inf where a class may not be drawn.

The rules work on rows of float64 at least, of shape (rows, classes), and change no x. A row that holds NaN or +inf
comes out NaN throughout, as softmax would have it; one of nothing but -inf stays that.
"""

import math

import numpy as np

from ._blocks import classes_last, in_blocks
from ._dtypes import wide
from ._formats import FORMATS
from ._validate import as_axes, as_float, as_floats, as_int
from .functions import softmax

#: A probability this near to the one that is asked for has reached it: rounding should not choose what is kept.
REACHED = 1e-12


def temper(x, temperature, axis=-1):
    r"""Divide scores by a temperature T, from 0 to infinity, without NaN or overflow.

    Parameters
    ----------
    x : array_like
        Real scores. Integers and booleans become float64, floating dtypes are kept. A score of -inf is a mask.
    temperature : float
        T, 0 or more. At 0 the largest score alone is left, or all that share the largest. At infinity all classes are
        equal whose scores are not -inf.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them.

    Returns
    -------
    ndarray or scalar
        :math:`(x_i - \max_k x_k) / T`, in the shape and dtype of `x`: the largest is 0, and softmax is that of x / T. A
        score that is too low for the dtype is -inf; its probability is 0 in any dtype. Computed in float64 at least.

    Raises
    ------
    TypeError
        If `x` is not real or is a masked array, if its dtype has no infinity (float8_e4m3fn), if `temperature` is no
        number, or if `axis` holds no ints.
    ValueError
        If `temperature` is negative or NaN, or an axis is repeated.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    Notes
    -----
    At T = 0 classes with equal scores share the probability: that is the limit of softmax(x / T), and it depends on no
    order. ``numpy.argmax`` gives the first of them.

    Examples
    --------
    >>> import numpy as np
    >>> from stable_softmax import softmax
    >>> x = [1.0, 2.0, 2.0, -np.inf]
    >>> for temperature in (0, 1e-300, 1, np.inf):
    ...     print(softmax(temper(x, temperature)).round(3))
    [0.  0.5 0.5 0. ]
    [0.  0.5 0.5 0. ]
    [0.155 0.422 0.422 0.   ]
    [0.333 0.333 0.333 0.   ]
    """
    return filter_scores(x, temperature=temperature, axis=axis)


def keep_top_k(x, k, axis=-1):
    """Keep the k largest scores of each row, and set the others to -inf.

    Parameters
    ----------
    x, axis
        As in :func:`temper`.
    k : int
        How many classes to keep, 1 or more. Classes that share the smallest score to be kept are all kept, so that the
        result depends on no order; there may be more than k of them.

    Returns
    -------
    ndarray or scalar
        The scores in the shape and dtype of `x`, unchanged where they are kept and -inf elsewhere. In a row with NaN or
        +inf all are NaN.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`temper`; and if `k` is no int or less than 1.

    References
    ----------
    Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", 2018, which draws from the 10 likeliest.

    Examples
    --------
    >>> keep_top_k([3.0, 1.0, 2.0, 0.0], 2)
    array([  3., -inf,   2., -inf])
    >>> keep_top_k([3.0, 2.0, 2.0, 0.0], 2)
    array([  3.,   2.,   2., -inf])
    """
    k = _checked_k(k, "k")
    return _along(x, axis, lambda rows: _top_k(rows, k))


def keep_top_p(x, p, axis=-1):
    """Keep the smallest set of likeliest classes whose probabilities add up to p, and set the others to -inf.

    Parameters
    ----------
    x, axis
        As in :func:`temper`.
    p : float
        The probability to reach, from 0 to 1. The class that reaches it is kept. At 0 that is the likeliest alone, at 1
        all are kept. Classes that share the smallest score to be kept are all kept.

    Returns
    -------
    ndarray or scalar
        As in :func:`keep_top_k`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`temper`; and if `p` is no number from 0 to 1.

    Notes
    -----
    Probabilities are added up in float64. A sum within 1e-12 of `p` has reached it.

    References
    ----------
    Holtzman, Buys, Du, Forbes and Choi, "The Curious Case of Neural Text Degeneration", 2020: nucleus sampling.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.log([0.5, 0.3, 0.15, 0.05])
    >>> np.exp(keep_top_p(x, 0.75))
    array([0.5, 0.3, 0. , 0. ])
    >>> np.exp(keep_top_p(x, 0.81))
    array([0.5 , 0.3 , 0.15, 0.  ])
    """
    p = _checked_share(p, "p")
    return _along(x, axis, lambda rows: _top_p(rows, p))


def keep_min_p(x, p, axis=-1):
    """Keep the classes that are at least p times as likely as the likeliest, and set the others to -inf.

    Parameters
    ----------
    x, axis
        As in :func:`temper`.
    p : float
        The least share of the largest probability, from 0 to 1. At 0 all classes are kept, at 1 the likeliest alone.

    Returns
    -------
    ndarray or scalar
        As in :func:`keep_top_k`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`temper`; and if `p` is no number from 0 to 1.

    Notes
    -----
    The ratio of two probabilities is the exponential of the scores' difference. So no probability has to be computed:
    what is kept are the scores within -log(p) (and 1e-12, for rounding) of the largest.

    References
    ----------
    Nguyen et al., "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs", 2025.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(keep_min_p(np.log([0.5, 0.3, 0.15, 0.05]), 0.2))
    array([0.5 , 0.3 , 0.15, 0.  ])
    """
    p = _checked_share(p, "p")
    return _along(x, axis, lambda rows: _min_p(rows, p))


def filter_scores(x, *, temperature=1.0, top_k=None, top_p=None, min_p=None, axis=-1):
    """Apply a temperature, then top-k, top-p and min-p, in this order.

    Parameters
    ----------
    x, axis
        As in :func:`temper`.
    temperature : float, default 1.0
        As in :func:`temper`.
    top_k : int, optional
        As `k` in :func:`keep_top_k`. None keeps all classes, as for the other two.
    top_p, min_p : float, optional
        As `p` in :func:`keep_top_p` and in :func:`keep_min_p`. Each filter sees the scores that the one before it left.

    Returns
    -------
    ndarray or scalar
        The scores as :func:`temper` gives them, the largest of each row 0, with -inf for the classes that are left out.
        At least one class is kept, unless all are -inf.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As the functions named.

    Notes
    -----
    The order is that of Hugging Face transformers. llama.cpp divides by the temperature last, as in
    ``temper(keep_min_p(x, 0.1), temperature)``. Top-k keeps the same classes either way, unless the temperature makes
    scores equal, as infinity does; top-p and min-p do not.

    Examples
    --------
    >>> filter_scores([4.0, 3.0, 2.0, 0.0], temperature=0.5, top_k=3, min_p=0.1)
    array([  0.,  -2., -inf, -inf])
    """
    return _along(x, axis, rule_of(temperature, top_k, top_p, min_p))


# Rules for rows.


def rule_of(temperature, top_k, top_p, min_p):
    """Check the arguments, and return the function that applies them all to rows."""
    temperature = as_float(temperature, "temperature")
    if not temperature >= 0:
        raise ValueError(f"temperature must be 0 or more, up to infinity, got {temperature}")
    steps = [(_tempered, temperature)]
    if top_k is not None:
        steps.append((_top_k, _checked_k(top_k, "top_k")))
    if top_p is not None:
        steps.append((_top_p, _checked_share(top_p, "top_p")))
    if min_p is not None:
        steps.append((_min_p, _checked_share(min_p, "min_p")))

    def rule(x):
        for step, argument in steps:
            x = step(x, argument)
        return x

    return rule


def _tempered(x, temperature):
    top = x.max(axis=1, keepdims=True)
    if temperature == 0:
        scores = np.where(x == top, 0.0, -np.inf)
    elif temperature == np.inf:
        scores = np.zeros_like(x)
    elif temperature < 1:
        scores = (x - top) / temperature
    else:
        scores = (x / 2 - top / 2) / (temperature / 2)  # a difference that overflows may be small enough after division
    return _with_masks(np.where(x == -np.inf, -np.inf, scores), top)


def _top_k(x, k):
    n = x.shape[1]
    least = np.partition(x, n - k, axis=1)[:, n - k, np.newaxis] if k < n else -np.inf
    return _kept(x, x >= least)


def _top_p(x, p):
    if p == 1:
        return _kept(x, True)
    ordered = -np.sort(-x, axis=1)
    before = (np.cumsum(softmax(ordered), axis=1) < p - REACHED).sum(axis=1, keepdims=True)
    least = np.take_along_axis(ordered, np.minimum(before, x.shape[1] - 1), axis=1)
    return _kept(x, x >= least)


def _min_p(x, p):
    gap = -math.log(p) if p else math.inf
    return _kept(x, x.max(axis=1, keepdims=True) - x <= gap + REACHED)


def _kept(x, keep):
    return _with_masks(np.where(keep, x, -np.inf), x.max(axis=1, keepdims=True))


def _with_masks(scores, top):
    """Give the rows without a finite largest score what they must have: -inf if it is that, and NaN otherwise."""
    return np.where(np.isfinite(top), scores, np.where(top == -np.inf, -np.inf, np.nan))


def _along(x, axis, rule):
    """Apply a rule along any axes of x."""
    x = as_floats(x, "x")
    form = FORMATS.get(x.dtype.name)
    if form is not None and not form.has_infinity:
        raise TypeError(f"x must have a dtype with infinity, as -inf marks what is left out, got dtype {x.dtype}")
    axes = as_axes(axis, x.ndim)
    rows, batch_shape = classes_last(x, axes)
    result = np.empty(x.shape, x.dtype)

    def block(inputs, outputs):
        outputs[0][...] = rule(inputs[0].astype(wide(x.dtype), copy=False))

    in_blocks(block, batch_shape, [rows], [classes_last(result, axes)[0]])
    return result if result.ndim else result[()]


# Checks of arguments.


def _checked_k(k, name):
    if as_int(k, name) < 1:
        raise ValueError(f"{name} must be 1 or more, got {k}")
    return as_int(k, name)


def _checked_share(p, name):
    if not 0 <= as_float(p, name) <= 1:
        raise ValueError(f"{name} must lie in 0 to 1, got {p!r}")
    return float(p)
