"""log-sum-exp, softmax and log-softmax that neither overflow nor lose what can be kept."""

import math

import numpy as np

from ._validate import as_axes, as_floats, check_out, working_dtype


def softmax(x, axis=-1, *, out=None):
    r"""Turn scores into probabilities: :math:`p_i = e^{x_i} / \sum_k e^{x_k}`, without overflow.

    Parameters
    ----------
    x : array_like
        Real scores. Integers and booleans become float64. Floating dtypes are kept; float16 is computed
        in float32. A score of -inf is a mask: its class gets probability 0.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them.
    out : ndarray, optional
        Array of the result's shape and dtype to write to. It may be `x` itself.

    Returns
    -------
    ndarray
        Array of the shape of `x` (`out`, if given); positive or 0, and 1 in sum along `axis`.

    Raises
    ------
    TypeError
        If `x` is not real (complex numbers included) or is a masked array, if `axis` holds no ints, or if
        `out` is no array of the right dtype.
    ValueError
        If `out` has another shape or is read-only, or an axis is repeated.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    See Also
    --------
    log_softmax, logsumexp
    stable_softmax.naive.softmax : the textbook formula.

    Notes
    -----
    A row (the entries along `axis`) that holds NaN or +inf, or nothing but -inf, is NaN throughout: the limit
    does not exist. An empty axis gives an empty result.

    Examples
    --------
    >>> softmax([1.0, 2.0, 3.0]).round(4)
    array([0.09  , 0.2447, 0.6652])
    >>> softmax([1000.0, 2000.0, 3000.0])
    array([0., 0., 1.])
    >>> softmax([0.0, 0.0, -float("inf")])
    array([0.5, 0.5, 0. ])
    """
    x = as_floats(x, "x")
    result = _result(x, out)
    rows, unfold = _as_rows(x, as_axes(axis, x.ndim))
    if rows.size:
        with np.errstate(all="ignore"):
            shifted = rows - rows.max(axis=1, keepdims=True)
            e = np.exp(shifted)
            result[...] = unfold(e / e.sum(axis=1, keepdims=True))
    return result


def log_softmax(x, axis=-1, *, out=None):
    r"""Return :math:`\log p_i = x_i - \log \sum_k e^{x_k}`, finite where softmax underflows to 0.

    Parameters
    ----------
    x, axis, out
        As in :func:`softmax`.

    Returns
    -------
    ndarray
        Array of the shape of `x` (`out`, if given); at most 0, and -inf where `x` is.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`softmax`.

    See Also
    --------
    softmax, logsumexp

    Notes
    -----
    With m the row's maximum and r the sum of the other terms :math:`e^{x_k - m}`, the result is
    (x - m) - log1p(r). Both terms are at most 0, so nothing cancels, and log1p keeps the small r of a row with one dominant class.
    NaN, infinities and empty axes are as in :func:`softmax`.

    Examples
    --------
    >>> log_softmax([0.0, 800.0])
    array([-800.,    0.])
    >>> float(log_softmax([40.0, 0.0])[0])
    -4.248354255291589e-18
    """
    x = as_floats(x, "x")
    result = _result(x, out)
    rows, unfold = _as_rows(x, as_axes(axis, x.ndim))
    if rows.size:
        with np.errstate(all="ignore"):
            maximum, rest = max_and_rest(rows)
            result[...] = unfold((rows - maximum[:, None]) - np.log1p(rest)[:, None])
    return result


def logsumexp(x, axis=-1, *, keepdims=False, b=None, return_sign=False):
    r"""Return :math:`\log \sum_k b_k e^{x_k}` without overflow.

    Parameters
    ----------
    x : array_like
        Real scores. Integers and booleans become float64. Floating dtypes are kept; float16 is computed
        in float32. A score of -inf adds nothing.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) to add along; None is all of them.
    keepdims : bool, default False
        Keep the axes that were added along, with length 1.
    b : array_like, optional
        Real factors of the exponentials, of any sign, that broadcast with `x`. Where `b` is 0 nothing is added, whatever `x` is.
    return_sign : bool, default False
        Return the sign of the sum as well. Without it the logarithm of a negative sum is NaN.

    Returns
    -------
    ndarray or scalar
        The logarithm of the sum; with `return_sign`, the logarithm of its absolute value.
    ndarray or scalar
        Only with `return_sign`: the sum's sign, +1, 0 or -1 in the result's dtype (NaN if the sum is).

    Raises
    ------
    TypeError
        If `x` or `b` is not real or is a masked array, or if `axis` holds no ints.
    ValueError
        If `b` does not broadcast with `x`, or an axis is repeated.
    numpy.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    softmax, log_softmax, numpy.logaddexp

    Notes
    -----
    With m the row's maximum and r the sum of the other terms :math:`e^{x_k - m}`, the result is m + log1p(r).
    An empty sum, and one of nothing but -inf, is -inf; one with +inf and no NaN is +inf; one with NaN is NaN.

    Where the result is near 0 although m is not, m and log1p(r) cancel. The error is then about that of
    rounding m: it is small beside m but not beside the result, and only more digits would help.

    Examples
    --------
    >>> float(logsumexp([1000.0, 1000.0]).round(4))
    1000.6931
    >>> value, sign = logsumexp([1.0, 2.0], b=[1.0, -1.0], return_sign=True)
    >>> float(value.round(4)), float(sign)
    (1.5413, -1.0)
    """
    x = as_floats(x, "x")
    if b is not None:
        x, b = _with_factors(x, b)
    axes = as_axes(axis, x.ndim)
    kept_shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    shape = kept_shape if keepdims else tuple(n for i, n in enumerate(x.shape) if i not in axes)
    rows, _ = _as_rows(x, axes)
    with np.errstate(all="ignore"):
        if rows.shape[1] == 0:
            value, sign = np.full(len(rows), -np.inf, rows.dtype), np.zeros(len(rows), rows.dtype)
        elif b is None:
            maximum, rest = max_and_rest(rows)
            value = np.where(np.isfinite(maximum), maximum + np.log1p(rest), maximum)
            sign = np.where(np.isnan(value), value, value > -np.inf)
        else:
            value, sign = _signed(rows, _as_rows(b, axes)[0])
            if not return_sign:
                value[sign < 0] = np.nan
    value = value.astype(x.dtype, copy=False).reshape(shape)[()]
    if return_sign:
        return value, sign.astype(x.dtype, copy=False).reshape(shape)[()]
    return value


def max_and_rest(rows):
    """Return each row's maximum m and the sum of the other entries' ``exp(x - m)``."""
    index = np.arange(len(rows)), rows.argmax(axis=1)
    maximum = rows[index]
    e = np.exp(rows - maximum[:, None])
    e[index] = 0
    # With no finite maximum there is nothing to compare with: NaN.
    return maximum, np.where(np.isfinite(maximum), e.sum(axis=1), np.nan)


def _signed(rows, factors):
    """log|sum| and sign of ``factors * exp(rows)`` summed along each row."""
    rows = np.where(factors == 0, -np.inf, rows)
    index = np.arange(len(rows)), rows.argmax(axis=1)
    maximum = rows[index]
    shift = np.where(np.isfinite(maximum), maximum, 0)
    terms = np.where(factors == 0, 0, factors * np.exp(rows - shift[:, None]))
    pivot = terms[index].copy()
    terms[index] = 0
    # total = pivot * (1 + rest / pivot); a ratio below -1 turns the sign and 1 + ratio into -1 - ratio.
    ratio = terms.sum(axis=1) / pivot
    sign = np.sign(pivot) * np.sign(1 + ratio)
    value = np.log1p(np.where(ratio < -1, -2 - ratio, ratio)) + np.log(np.abs(pivot)) + shift
    total = pivot + terms.sum(axis=1)
    direct = ~np.isfinite(value)
    value[direct] = np.log(np.abs(total[direct])) + shift[direct]
    sign[direct] = np.sign(total[direct])
    return value, sign


def _with_factors(x, b):
    """Bring `x` and the factors `b` to one shape and dtype."""
    b = as_floats(b, "b") if not isinstance(b, (int, float)) else np.asarray(b, x.dtype)
    dtype = np.result_type(x, b)
    try:
        shape = np.broadcast_shapes(x.shape, b.shape)
    except ValueError:
        raise ValueError(f"b of shape {b.shape} does not broadcast with x of shape {x.shape}") from None
    return np.broadcast_to(x.astype(dtype), shape), np.broadcast_to(b.astype(dtype), shape)


def _result(x, out):
    if out is None:
        return np.empty(x.shape, x.dtype)
    check_out(out, x.shape, x.dtype)
    return out


def _as_rows(x, axes):
    """Return `x` as (rows, classes) in the dtype to compute in, and the way back to its shape."""
    batch = tuple(i for i in range(x.ndim) if i not in axes)
    moved = x.transpose(batch + axes)
    classes = math.prod(x.shape[i] for i in axes)
    rows = math.prod(x.shape[i] for i in batch)
    back = np.argsort(batch + axes)
    array = moved.reshape(rows, classes).astype(working_dtype(x.dtype), copy=False)
    return array, lambda result: result.reshape(moved.shape).transpose(back)
