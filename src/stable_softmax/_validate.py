"""Checks of arguments. All errors speak alike: "<argument> must be <what was expected>, got <what came>"."""

import operator
from numbers import Real

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ._dtypes import is_float

#: What to fill a masked array with, so that masked places take no part; most others take 0.
_FILLS = {
    "x": "-numpy.inf)",
    "scores": "-numpy.inf)",
    "where": "False)",
    "targets": "ignore_index), or .filled(0) if it holds probabilities,",
}


def as_array(values, name):
    """Return `values` as an array of any dtype; a masked array would lose its mask and is refused."""
    if type(values) is np.ndarray:
        return values
    if isinstance(values, np.ma.MaskedArray):
        fill = _FILLS.get(name, "0)")
        raise TypeError(
            f"{name} must be an array without a mask, got a masked array, whose mask would be lost; "
            f"pass {name}.filled({fill} instead"
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers, got what cannot be made one: {error}") from None


def as_floats(values, name):
    """Return `values` as a real floating-point array; integers and booleans become float64."""
    if type(values) is np.ndarray and is_float(values.dtype):
        return values
    array = as_array(values, name)
    if is_float(array.dtype):
        return array
    native = array.dtype.newbyteorder("=")
    if is_float(native):
        # Byte-swapped data would be handled by NumPy, but slowly: make it native once.
        return array.astype(native)
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    raise TypeError(f"{name} must hold real numbers (floating point, integers or booleans), got dtype {array.dtype}")


def as_mask(values, shape, of):
    """Return the argument `where` as booleans of a shape, that of `of`."""
    mask = as_array(values, "where")
    if mask.dtype != np.bool_:
        raise TypeError(f"where must hold booleans, got dtype {mask.dtype}")
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ValueError(f"where must broadcast to the shape of {of}, {shape}, got shape {mask.shape}") from None


def as_axes(axis, ndim):
    """Return `axis` as a tuple of distinct non-negative ints; None means every axis.

    As in NumPy's reductions, axis 0 or -1 of a 0-d array is accepted: it is one class.
    """
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    if axis is None:
        return tuple(range(ndim))
    try:
        given = tuple(axis) if np.iterable(axis) else (as_int(axis, "axis"),)
        given = tuple(as_int(one, "axis") for one in given)
    except TypeError:
        raise TypeError(f"axis must be an int, a tuple of ints or None, got {axis!r}") from None
    if ndim == 0 and not np.iterable(axis) and given[0] in (0, -1):
        return ()
    return normalize_axis_tuple(given, ndim, argname="axis")


def as_axis(axis, ndim):
    """Return `axis`, where only one can be meant, as a non-negative int."""
    if type(axis) is int and -ndim <= axis < ndim:
        return axis % ndim
    try:
        return normalize_axis_index(as_int(axis, "axis"), ndim, "axis")
    except TypeError:
        raise TypeError(f"axis must be one int, the class axis, got {axis!r}") from None


def as_int(value, name):
    """Return `value` as an int; floats and booleans are none."""
    if type(value) is int:
        return value
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, got {value!r}") from None


def as_float(value, name):
    """Return a real number as a Python float: 1 less a float32 would be rounded to float32."""
    number = value[()] if isinstance(value, np.ndarray) and not value.ndim else value
    if not isinstance(number, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return float(number)


def as_finite(value, name):
    """Return a finite real number as a Python float; booleans are none."""
    if isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    number = as_float(value, name)
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def check_out(out, shape, dtype):
    """Refuse an `out` that the result would not fit exactly."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a NumPy array or None, got {type(out).__name__}")
    if isinstance(out, np.ma.MaskedArray):
        raise TypeError(
            "out must be an array without a mask, got a masked array, whose mask would not fit what is written; "
            "pass out.data instead"
        )
    if out.shape != shape:
        raise ValueError(f"out must have the shape of x, {shape}, got shape {out.shape}")
    if out.dtype != dtype:
        raise TypeError(f"out must have the result's dtype, {dtype}, got dtype {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got a read-only array")
