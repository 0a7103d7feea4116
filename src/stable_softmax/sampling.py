r"""Draw classes from scores: temperature and filters, the inverse of the distribution function, Gumbel noise.

`temper`, `keep_top_k`, `keep_top_p`, `keep_min_p`, and all of them at once in `filter_scores`, turn scores into scores.
What may not be drawn gets -inf, so softmax of the result is the distribution that is drawn from. `sample` and
`gumbel_max` draw from it, in two ways; `gumbel_softmax` gives a smooth approximation of a draw that has a gradient.

All that is random takes a `numpy.random.Generator`. Draws are made in float64 whatever the dtype of the scores. Its
random numbers are multiples of :math:`2^{-53}`, so a class with a probability below about 1e-16 is drawn too rarely, or
never; in float32 that begins near 1e-7.
"""

import math

import numpy as np

from ._blocks import BLOCK_BYTES, classes_last, in_blocks
from ._dtypes import wide
from ._filters import filter_scores, keep_min_p, keep_top_k, keep_top_p, rule_of, temper
from ._validate import as_axis, as_float, as_floats, as_int
from .functions import softmax
from .jacobian import softmax_vjp

__all__ = [
    "filter_scores",
    "gumbel_max",
    "gumbel_softmax",
    "gumbel_softmax_with_vjp",
    "keep_min_p",
    "keep_top_k",
    "keep_top_p",
    "sample",
    "temper",
]


def sample(x, rng, *, size=None, axis=-1, temperature=1.0, top_k=None, top_p=None, min_p=None):
    """Draw classes with the probabilities of softmax, by inverting the cumulative sum.

    Parameters
    ----------
    x : array_like
        Real scores of any floating dtype; integers and booleans become float64. A score of -inf is a mask.
    rng : numpy.random.Generator
        Where random numbers come from, one for each draw.
    size : int or tuple of ints, optional
        The shape of the draws for each row of scores. None is one draw.
    axis : int, default -1
        The axis along which the classes lie.
    temperature, top_k, top_p, min_p
        As in :func:`filter_scores`.

    Returns
    -------
    ndarray of int64, or int64
        Class indices, of shape `size` followed by that of `x` without the class axis.

    Raises
    ------
    TypeError
        If `x` is not real, `rng` is no Generator, or an argument is no number where one is needed.
    ValueError
        If a row has no class to draw: it holds NaN or +inf, or nothing but -inf; the message names the first. If `x` is
        a single number or has no classes, or an argument is out of its range.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    See Also
    --------
    gumbel_max : the same distribution, without a sum.

    Notes
    -----
    Let c be the cumulative sum of a row's exponentials, and u from [0, 1). Drawn is the first class with c > u c[-1].
    The last sum stands where one might write 1: rounded sums of probabilities often end below 1, and a u beyond the end
    has no class. The comparison is strict: a class that adds nothing to the sum is never drawn.

    A u below 1 is at most 1 - 2^-53, and u c[-1] then rounds to less than c[-1]. So there always is such a class.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> sample([0.0, 800.0, -np.inf], rng, size=5)
    array([1, 1, 1, 1, 1])
    >>> draws = sample(np.log([0.5, 0.3, 0.2]), rng, size=100_000)
    >>> (np.bincount(draws) / 100_000).round(2)
    array([0.5, 0.3, 0.2])
    >>> sample(np.zeros((2, 3, 4)), rng, size=7, axis=1, top_k=1).shape
    (7, 2, 4)
    """
    rule = rule_of(temperature, top_k, top_p, min_p)

    def draw(inputs, outputs):
        rows, uniform = inputs
        sums = np.cumsum(np.exp(rule(rows)), axis=1)
        for one, u, drawn in zip(sums, uniform, outputs[0], strict=True):
            drawn[...] = np.searchsorted(one, u * one[-1], side="right")

    return _draws(x, rng, size, axis, draw, lambda shape: _generator(rng).random(shape))


def gumbel_max(x, rng, *, size=None, axis=-1, temperature=1.0, top_k=None, top_p=None, min_p=None):
    r"""Draw classes with the probabilities of softmax: add Gumbel noise to the scores, and take the largest.

    Parameters
    ----------
    x, rng, size, axis, temperature, top_k, top_p, min_p
        As in :func:`sample`. A draw takes a random number for each class.

    Returns
    -------
    ndarray of int64, or int64
        As :func:`sample`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`sample`.

    See Also
    --------
    sample : the same distribution, with one random number for each draw.

    Notes
    -----
    The noise is :math:`g = -\log(-\log u)` with u from (0, 1): independent for each class, in float64, where it lies
    between -3.7 and 36.8. The class with the largest :math:`x_i + g_i` has the distribution of softmax.

    References
    ----------
    Maddison, Tarlow and Minka, "A* Sampling", 2014.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> draws = gumbel_max(np.log([0.5, 0.3, 0.2]), rng, size=100_000)
    >>> (np.bincount(draws) / 100_000).round(2)
    array([0.5, 0.3, 0.2])
    """
    rule = rule_of(temperature, top_k, top_p, min_p)

    def draw(inputs, outputs):
        rows = rule(inputs[0])
        step = max(1, BLOCK_BYTES // rows[:1].nbytes)  # noise for so many draws at a time
        for row, drawn in zip(rows, outputs[0], strict=True):
            for start in range(0, len(drawn), step):
                some = drawn[start : start + step]
                some[...] = (row + rng.gumbel(size=(len(some), len(row)))).argmax(axis=1)

    return _draws(x, rng, size, axis, draw)


def gumbel_softmax(x, rng, *, temperature=1.0, hard=False, axis=-1):
    r"""Return softmax of scores with Gumbel noise: a draw that is smooth in the scores.

    Parameters
    ----------
    x, rng, axis
        As in :func:`sample`. The noise takes a random number for each score.
    temperature : float, default 1.0
        T, 0 or more. The lower it is the nearer is the result to the one-hot vector of a class drawn by
        :func:`gumbel_max`, which it is at 0. At infinity it is uniform.
    hard : bool, default False
        Return that one-hot vector itself, whatever the temperature.

    Returns
    -------
    ndarray
        :math:`\operatorname{softmax}((x + g) / T)`, in the shape and dtype of `x`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`sample`.

    See Also
    --------
    gumbel_softmax_with_vjp : with its gradient.

    References
    ----------
    Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017.
    Maddison, Mnih and Teh, "The Concrete Distribution: A Continuous Relaxation of Discrete Random Variables", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.log([0.5, 0.3, 0.2])
    >>> for temperature in (10, 1, 0.1, 0):
    ...     print(gumbel_softmax(x, np.random.default_rng(2), temperature=temperature).round(3))
    [0.37  0.346 0.284]
    [0.631 0.324 0.045]
    [0.999 0.001 0.   ]
    [1. 0. 0.]
    """
    return _relaxed(x, rng, temperature, hard, axis)[0]


def gumbel_softmax_with_vjp(x, rng, *, temperature=1.0, hard=False, axis=-1):
    r"""Return :func:`gumbel_softmax` and the function that sends a gradient back through it.

    Parameters
    ----------
    x, rng, hard, axis
        As in :func:`gumbel_softmax`. With `hard` the gradient is the straight-through one: that of the smooth draw, as
        the one-hot vector has none.
    temperature : float, default 1.0
        T, above 0.

    Returns
    -------
    ndarray
        As :func:`gumbel_softmax`.
    callable
        Takes the gradient v of a loss with respect to the draw, and returns that with respect to `x`, in its dtype:
        :math:`J v / T`, with the Jacobian of softmax at :math:`(x + g) / T`.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`gumbel_softmax`; ValueError also if `temperature` is 0, where there is no gradient.

    References
    ----------
    Bengio, Leonard and Courville, "Estimating or Propagating Gradients Through Stochastic Neurons for Conditional
    Computation", 2013, for the straight-through estimator.

    Examples
    --------
    >>> import numpy as np
    >>> draw, vjp = gumbel_softmax_with_vjp(np.log([0.5, 0.3, 0.2]), np.random.default_rng(2), hard=True)
    >>> draw, vjp([0.0, 0.0, 1.0]).round(3)
    (array([1., 0., 0.]), array([-0.029, -0.015,  0.043]))
    """
    if as_float(temperature, "temperature") == 0:
        raise ValueError("temperature must be above 0 for a gradient, got 0")
    result, x, perturbed, axis = _relaxed(x, rng, temperature, hard, axis)

    def vjp(cotangent):
        return (softmax_vjp(perturbed, cotangent, axis) / temperature).astype(x.dtype, copy=False)

    return result, vjp


def _relaxed(x, rng, temperature, hard, axis):
    """Return the draw, the scores as an array, their tempered sums with the noise, and the class axis."""
    x, axis = _scores(x, axis)
    # The largest score becomes 0 first, or it might be so large that the noise is rounded away.
    noisy = temper(x.astype(wide(x.dtype)), 1.0, axis) + _generator(rng).gumbel(size=x.shape)
    perturbed = temper(noisy, temperature, axis)
    if not hard:
        return softmax(perturbed, axis).astype(x.dtype, copy=False), x, perturbed, axis
    result = np.zeros(x.shape, x.dtype)
    # Not the argmax of `perturbed`: at a high temperature its entries are equal, and the first class would win.
    np.put_along_axis(result, np.expand_dims(noisy.argmax(axis), axis), 1, axis)
    return result, x, perturbed, axis


def _draws(x, rng, size, axis, draw, uniform=None):
    """Draw for each row of scores, block by block, and put the axes of the draws first."""
    _generator(rng)
    x, axis = _scores(x, axis)
    shape = _shape(size)
    rows, batch_shape = classes_last(x, (axis,))
    result = np.empty((*batch_shape, math.prod(shape)), np.int64)
    inputs = [rows, *([uniform(result.shape)] if uniform else [])]

    def block(inputs, outputs):
        draw([inputs[0].astype(wide(x.dtype), copy=False), *inputs[1:]], outputs)

    in_blocks(block, batch_shape, inputs, [result])
    return np.moveaxis(result, -1, 0).reshape(shape + batch_shape)[()]


# Checks of arguments.


def _scores(x, axis):
    """Return scores in which each row has a class to draw, and their class axis."""
    x = as_floats(x, "x")
    if x.ndim == 0:
        raise ValueError("x must have a class axis, got a single number (0-d)")
    axis = as_axis(axis, x.ndim)
    if not x.shape[axis]:
        raise ValueError(f"x must have a class at least along axis {axis}, got shape {x.shape}")
    top = x.max(axis).astype(wide(x.dtype))  # NaN, where one of the scores is
    bad = np.argwhere(~np.isfinite(top))
    if len(bad):
        place = tuple(map(int, bad[0]))
        row = f"row {place}" if place else "the row"
        raise ValueError(
            f"x must have finite scores, or -inf for classes that are masked, but not for all, in each row; got {row} "
            f"with the largest score {top[place]}"
        )
    return x, axis


def _generator(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, as numpy.random.default_rng() gives, got {rng!r}")
    return rng


def _shape(size):
    """Return the shape of the draws for each row as a tuple."""
    shape = () if size is None else tuple(as_int(n, "size") for n in (size if np.iterable(size) else (size,)))
    if any(n < 0 for n in shape):
        raise ValueError(f"size must be 0 or more, got {size}")
    return shape
