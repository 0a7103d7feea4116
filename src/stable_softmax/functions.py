"""log-sum-exp, softmax and log-softmax that neither overflow nor lose what can be kept."""

import numpy as np

from ._blocks import classes_last, in_blocks, is_easy
from ._dtypes import common, computed_in, wide
from ._rows import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX, signed_logsumexp
from ._validate import as_axes, as_floats, as_mask, check_out


def softmax(x, axis=-1, *, out=None, where=None):
    r"""Turn scores into probabilities: :math:`p_i = e^{x_i} / \sum_k e^{x_k}`, without overflow.

    Parameters
    ----------
    x : array_like
        Real scores. Integers and booleans become float64. Floating dtypes are kept; float16, and ml_dtypes' bfloat16
        and 8-bit formats, are computed in float32 at least. A score of -inf is a mask: its class gets probability 0.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) along which the classes lie; None is all of them. (SciPy's default is None.)
    out : ndarray, optional
        Array of the result's shape and dtype to write to. It may be `x` itself.
    where : array_like of bool, optional
        Which scores take part; broadcasts to the shape of `x`. Where it is False a score counts as -inf, whatever `x`
        holds there.

    Returns
    -------
    ndarray or scalar
        Array of the shape of `x` (`out`, if given); positive or 0, and 1 in sum along `axis`.

    Raises
    ------
    TypeError
        If `x` is not real (complex numbers included), has a dtype of ml_dtypes without a sign or a NaN (float4, float6,
        float8_e8m0fnu) or is a masked array, if `axis` holds no ints, if `out` is no array of the right dtype, or if
        `where` holds no booleans.
    ValueError
        If `out` has another shape or is read-only, if `where` does not broadcast to the shape of `x`, or if an axis is
        repeated.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    See Also
    --------
    log_softmax, logsumexp
    stable_softmax.naive.softmax : the definition, computed as it stands.

    Notes
    -----
    Scores are exponentiated as they are where the row's sum, or its smallest score, shows that nothing overflowed or
    was lost; only other rows are shifted, and the rounding error of the shift is made good. Rows of at most 64 classes
    are computed in float64 whatever their dtype.

    ``python -m benchmarks accuracy`` prints the error in units in the last place (ULP): at most 4 in each of its cases
    of 20 rows. Among 2,000 rows of 1,000 scores from N(0, 3) the worst entry was 4.4 ULP off in float64 and 5.3 in
    float32 (with subtracting the maximum, 20 in both), of which NumPy's exp has up to about 2.5 in float32.

    What is computed in a wider dtype is rounded at the end: the error in float16, bfloat16 and the 8-bit formats is
    0.51 ULP at most in the tests (not 0.5, as ml_dtypes rounds float64 twice, by way of float32).

    Beyond `x` and the result a call takes the memory of a few blocks of 2 MB (``python -m benchmarks memory``), unless
    single rows are larger than that.

    The last bits of a row's result may depend on the rows beside it; within :func:`batch_invariant` they do not.

    A row (the entries along `axis`) that holds NaN or +inf, or nothing but -inf (as where none takes part), is NaN
    throughout. Where two scores
    are +inf, or all are -inf, the limit does not exist. A single +inf has one, all for its class; it is NaN even so,
    as it nearly always comes from an overflow. An empty axis gives an empty result.

    Examples
    --------
    >>> softmax([1.0, 2.0, 3.0]).round(4)
    array([0.09  , 0.2447, 0.6652])
    >>> softmax([1000.0, 2000.0, 3000.0])
    array([0., 0., 1.])
    >>> softmax([0.0, 0.0, -float("inf")])
    array([0.5, 0.5, 0. ])
    >>> softmax([0.0, 0.0, float("nan")], where=[True, True, False])
    array([0.5, 0.5, 0. ])
    """
    return _apply(SOFTMAX, x, axis, where, out)


def log_softmax(x, axis=-1, *, out=None, where=None):
    r"""Return :math:`\log p_i = x_i - \log \sum_k e^{x_k}`, finite where softmax underflows to 0.

    Parameters
    ----------
    x, axis, out, where
        As in :func:`softmax`.

    Returns
    -------
    ndarray or scalar
        Array of the shape of `x` (`out`, if given); at most 0, and -inf where `x` is or counts as that.

    Raises
    ------
    TypeError, ValueError, numpy.exceptions.AxisError
        As :func:`softmax`.

    See Also
    --------
    softmax, logsumexp
    stable_softmax.naive.log_softmax : the definition, computed as it stands.

    Notes
    -----
    With m the row's maximum and r the sum of the other terms :math:`e^{x_k - m}`, the result is
    (x - m) - log1p(r). Both terms are at most 0, so nothing cancels, and log1p keeps the small r of a row
    with one dominant class.
    NaN, infinities and empty axes are as in :func:`softmax`. A result beyond the dtype's largest number is -inf, in a
    format without infinity NaN: float8_e4m3fn ends at -448.

    Examples
    --------
    >>> log_softmax([0.0, 800.0])
    array([-800.,    0.])
    >>> print(f"{log_softmax([40.0, 0.0])[0]:.6e}")
    -4.248354e-18
    """
    return _apply(LOG_SOFTMAX, x, axis, where, out)


def logsumexp(x, axis=-1, *, keepdims=False, b=None, return_sign=False, where=None):
    r"""Return :math:`\log \sum_k b_k e^{x_k}` without overflow.

    Parameters
    ----------
    x : array_like
        Real scores. Integers and booleans become float64. Floating dtypes are kept; float16, and ml_dtypes' bfloat16
        and 8-bit formats, are computed in float32 at least. A score of -inf adds nothing.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) to add along; None is all of them. (SciPy's default is None.)
    keepdims : bool, default False
        Keep the axes that were added along, with length 1.
    b : array_like, optional
        Real factors of the exponentials, of any sign, that broadcast with `x`. Where `b` is 0 nothing is
        added, whatever `x` is.
    return_sign : bool, default False
        Return the sign of the sum as well. Without it the logarithm of a negative sum is NaN.
    where : array_like of bool, optional
        Which terms are added; broadcasts to the shape of `x` (and `b`). Where it is False nothing is added, whatever
        `x` and `b` hold there.

    Returns
    -------
    ndarray or scalar
        The logarithm of the sum; with `return_sign`, the logarithm of its absolute value.
    ndarray or scalar
        Only with `return_sign`: the sum's sign, +1, 0 or -1 in the result's dtype (NaN if the sum is).

    Raises
    ------
    TypeError
        If `x` or `b` is not real or is a masked array, if NumPy has no dtype common to both (bfloat16 and float16), if
        `axis` holds no ints, or if `where` holds no booleans.
    ValueError
        If `b` does not broadcast with `x`, if `where` does not broadcast to their shape, or if an axis is repeated.
    numpy.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    softmax, log_softmax, numpy.logaddexp
    stable_softmax.naive.logsumexp : the definition, computed as it stands.

    Notes
    -----
    With m the row's maximum and r the sum of the other terms :math:`e^{x_k - m}`, the result is m + log1p(r), or
    simply the logarithm of the sum where that neither overflows nor is about 1. It is never less than m, and m itself
    for a single class.
    An empty sum, and one of nothing but -inf, is -inf; one with +inf and no NaN is +inf; one with NaN is NaN. A format
    without infinity, as float8_e4m3fn, has NaN for all of these.

    Where the result is near 0 although m is not, m and log1p(r) cancel. The error is then about that of
    rounding m: it is small beside m but not beside the result, and only more digits would help.

    Examples
    --------
    >>> float(logsumexp([1000.0, 1000.0]).round(4))
    1000.6931
    >>> value, sign = logsumexp([1.0, 2.0], b=[1.0, -1.0], return_sign=True)
    >>> float(value.round(4)), float(sign)
    (1.5413, -1.0)
    >>> logsumexp([[1.0, 2.0], [3.0, 4.0]], where=[[True, False], [False, False]])
    array([  1., -inf])
    """
    if b is None and not return_sign:
        return _apply(LOGSUMEXP, x, axis, where, keepdims=keepdims)
    return _signed_logsumexp(x, axis, where, keepdims, b, return_sign)


def _apply(kernel, x, axis, where, out=None, keepdims=False):
    """Apply the kernel of a formula along any axes of `x`."""
    if type(axis) is int and axis == -1 and where is None and out is None and not keepdims and is_easy(x):
        result = np.empty(len(x) if kernel.reduces else x.shape, x.dtype)
        kernel.plain(x, result)
        return result
    x = as_floats(x, "x")
    axes = as_axes(axis, x.ndim)
    if where is not None:
        where = as_mask(where, x.shape, "x")
    if kernel.reduces:
        result = np.full(classes_last(x, axes)[1], -np.inf, x.dtype)  # the answer for rows of no class
        _solve(kernel, x, where, axes, result)
        return _reduced(result, x.shape, axes, keepdims)
    if out is None:
        result = np.empty(x.shape, x.dtype)
        _solve(kernel, x, where, axes, classes_last(result, axes)[0])
        return result if result.ndim else result[()]
    check_out(out, x.shape, x.dtype)
    result = np.asarray(out)  # a matrix would not take the shapes of blocks
    overlap = np.may_share_memory(x, result)
    if overlap and (x.strides != result.strides or x.ctypes.data != result.ctypes.data):
        x = x.copy()  # writing one block would change another
    if where is not None and np.may_share_memory(where, result):
        where = where.copy()
    _solve(kernel, x, where, axes, classes_last(result, axes)[0], overlap)
    return out


def _solve(kernel, x, where, axes, result, copy=False):
    """Apply a kernel block by block, to scores of -inf where `where` is False."""
    rows, batch_shape = classes_last(x, axes)
    if where is None:
        in_blocks(kernel.rows, batch_shape, [rows], [result], copy)
    else:
        inputs = [rows, classes_last(where, axes)[0]]
        in_blocks(lambda block, outputs: kernel.rows([_masked(*block)], outputs), batch_shape, inputs, [result], copy)


def _masked(x, where):
    """Return x with -inf where `where` is False, in the dtype to compute in: not every dtype has an infinity."""
    return np.where(where, x.astype(computed_in(x.dtype, x.shape[1]), copy=False), -np.inf)


def _signed_logsumexp(x, axis, where, keepdims, b, return_sign):
    x = as_floats(x, "x")
    if b is not None:
        x, b = _with_factors(x, b)
    axes = as_axes(axis, x.ndim)
    if where is not None:
        where = as_mask(where, x.shape, "x and b" if b is not None else "x")
    rows, batch_shape = classes_last(x, axes)
    inputs = [rows, *(None if a is None else classes_last(a, axes)[0] for a in (b, where))]
    value, sign = np.full(batch_shape, -np.inf, x.dtype), np.zeros(batch_shape, x.dtype)
    in_blocks(_signed_block, batch_shape, inputs, [value, sign])
    if not return_sign:
        value[sign < 0] = np.nan
        return _reduced(value, x.shape, axes, keepdims)
    return _reduced(value, x.shape, axes, keepdims), _reduced(sign, x.shape, axes, keepdims)


def _signed_block(inputs, outputs):
    x, b, where = inputs
    if where is not None:
        b = np.where(where, 1.0 if b is None else b.astype(wide(b.dtype), copy=False), 0.0)
    signed_logsumexp(x, b, *outputs)


def _reduced(values, shape, axes, keepdims):
    """Give a reduction its axes of length 1 back if they are wanted, and make 0-d arrays scalars."""
    if keepdims:
        values = values.reshape([1 if i in axes else n for i, n in enumerate(shape)])
    return values[()]


def _with_factors(x, b):
    """Bring `x` and the factors `b` to one shape and dtype."""
    # A Python number takes the dtype of x, as everywhere in NumPy 2.
    b = np.asarray(b, x.dtype) if type(b) in (int, float) else as_floats(b, "b")
    dtype = common(x=x, b=b)
    try:
        shape = np.broadcast_shapes(x.shape, b.shape)
    except ValueError:
        raise ValueError(f"b must broadcast with x, of shape {x.shape}, got shape {b.shape}") from None
    return (np.broadcast_to(a.astype(dtype, copy=False), shape) for a in (x, b))
