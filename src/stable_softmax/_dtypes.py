"""The one rule of dtypes: which hold numbers here, and in which each is computed.

Those of ml_dtypes (https://github.com/jax-ml/ml_dtypes) are known by where their scalar type comes from: NumPy gives
most of them the kind "V" of raw bytes and some the codes of its own dtypes, and `numpy.finfo` knows none. That package
is never imported here: who has an array of its dtypes has it already.
"""

from functools import lru_cache

import numpy as np

from ._formats import FORMATS

#: Rows of at most this many classes are short: the cost lies in the calls, not in the entries, and they are computed in
#: float64 at least.
SHORT = 64

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
#: Computed in themselves.
_WIDE = frozenset({_FLOAT32, _FLOAT64, np.dtype(np.longdouble)})


@lru_cache
def is_float(dtype):
    """Tell whether this is the dtype, in this machine's byte order, of numbers that can be computed here."""
    return dtype in _WIDE or dtype == np.float16 or _is_from_ml_dtypes(dtype)


def _is_from_ml_dtypes(dtype):
    return dtype.type.__module__ == "ml_dtypes" and dtype.name in FORMATS


@lru_cache
def computed_in(dtype, classes=None):
    """Return the dtype in which numbers of a dtype are computed: float32 at least, float64 in short rows.

    `classes` is the length of their rows; None if they are no rows of classes.
    """
    if classes is not None and classes <= SHORT:
        return wide(dtype)
    return dtype if dtype in _WIDE else _FLOAT32


@lru_cache
def wide(dtype):
    """Return the dtype for numbers of which a row has one: float64 at least."""
    return dtype if dtype in _WIDE and dtype.itemsize > 8 else _FLOAT64


def common(**arrays):
    """Return the dtype of a result that is made of several named arrays, or say that there is none.

    NumPy has no common dtype for most of ml_dtypes' that do not hold each other's numbers, as bfloat16 and float16.
    """
    try:
        return np.result_type(*(array.dtype for array in arrays.values()))
    except np.exceptions.DTypePromotionError:
        found = ", ".join(f"{name} holds {array.dtype}" for name, array in arrays.items())
        raise TypeError(f"there is no common dtype: {found}; convert one of them") from None


def eps(dtype):
    """Return the distance from 1 to the next larger number."""
    return float(np.finfo(dtype).eps) if dtype in _WIDE else 2.0 ** -FORMATS[dtype.name].fraction_bits
