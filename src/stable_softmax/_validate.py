"""Checks of arguments: each says which argument is wrong, what came and what was expected."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

_FLOATS = "efdg"  # the dtype codes of float16, float32, float64 and longdouble


def as_floats(values, name):
    """Return `values` as a real floating-point array; integers and booleans become float64."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost; "
            f"pass {name}.filled(-numpy.inf) instead: a score of -inf takes no part"
        )
    array = np.asarray(values)
    if array.dtype.char in _FLOATS:
        # Byte-swapped data would be handled by NumPy, but slowly: make it native once.
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    raise TypeError(
        f"{name} must hold real numbers (floating point, integers or booleans), "
        f"but has dtype {array.dtype}"
    )


def working_dtype(dtype):
    """Return the dtype to compute in: float16 is computed in float32, all others in themselves."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def as_axes(axis, ndim):
    """Return `axis` as a tuple of distinct non-negative ints; None means every axis.

    As in NumPy's reductions, axis 0 or -1 of a 0-d array is accepted: it is one class.
    """
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    if axis is None:
        return tuple(range(ndim))
    if ndim == 0 and axis in (0, -1):
        return ()
    try:
        return normalize_axis_tuple(axis, ndim, argname="axis")
    except TypeError:
        raise TypeError(
            f"axis must be an int, a tuple of ints or None, but is {axis!r}"
        ) from None


def check_out(out, shape, dtype):
    """Refuse an `out` that the result would not fit exactly."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a NumPy array or None, but is {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"out must have the shape of x, {shape}, but has shape {out.shape}")
    if out.dtype != dtype:
        raise TypeError(f"out must have the result's dtype, {dtype}, but has dtype {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("out is read-only")
