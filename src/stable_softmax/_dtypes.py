"""The one place that knows dtypes: which hold numbers here, how they are built, and in which each is computed.

NumPy has no dtypes for bfloat16 and the 8-bit formats; ml_dtypes (https://github.com/jax-ml/ml_dtypes) adds them. Its
dtypes are recognised by where their scalar type comes from, as NumPy gives most of them the kind "V" of raw bytes, some
of them the codes of its own dtypes, and `numpy.finfo` knows none. That package is never imported here.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

#: Rows of at most this many classes are short: the cost lies in the calls, not in the entries, and they are computed in
#: float64 at least.
SHORT = 64


@dataclass(frozen=True)
class Format:
    """How a binary floating-point format writes numbers: a sign, an exponent field, a fraction field.

    A number of exponent field E > 0 and fraction field F is ``2^(E - bias) (1 + F / 2^fraction_bits)``; E = 0 stands
    for ``2^(1 - bias) F / 2^fraction_bits``. Codes above `largest_code` are infinity or NaN.
    """

    name: str
    exponent_bits: int
    fraction_bits: int
    bias: int
    largest_code: int
    has_infinity: bool

    @property
    def bits(self):
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def precision(self):
        """Significant bits, the implicit one included."""
        return self.fraction_bits + 1

    @property
    def least_exponent(self):
        """The exponent of the smallest normal number."""
        return 1 - self.bias

    @property
    def max(self):
        exponent, fraction = divmod(self.largest_code, 1 << self.fraction_bits)
        return math.ldexp((1 << self.fraction_bits) + fraction, exponent - self.bias - self.fraction_bits)


def _like_ieee(name, exponent_bits, fraction_bits):
    """The largest exponent field is for infinity and NaN."""
    bias = (1 << (exponent_bits - 1)) - 1
    largest = (((1 << exponent_bits) - 1) << fraction_bits) - 1
    return Format(name, exponent_bits, fraction_bits, bias, largest, True)


def _finite(name, exponent_bits, fraction_bits, bias, largest_code):
    return Format(name, exponent_bits, fraction_bits, bias, largest_code, False)


#: In formats whose names end in "fn" the one positive NaN is all ones; in those in "fnuz" it has the code of -0.
FORMATS = {
    f.name: f
    for f in (
        _like_ieee("float16", 5, 10),
        _like_ieee("bfloat16", 8, 7),
        _like_ieee("float32", 8, 23),
        _like_ieee("float64", 11, 52),
        _finite("float8_e4m3fn", 4, 3, bias=7, largest_code=0x7E),
        _like_ieee("float8_e5m2", 5, 2),
        _like_ieee("float8_e4m3", 4, 3),
        _like_ieee("float8_e3m4", 3, 4),
        _finite("float8_e4m3fnuz", 4, 3, bias=8, largest_code=0x7F),
        _finite("float8_e4m3b11fnuz", 4, 3, bias=11, largest_code=0x7F),
        _finite("float8_e5m2fnuz", 5, 2, bias=16, largest_code=0x7F),
    )
}
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
#: Computed in themselves.
_WIDE = frozenset({_FLOAT32, _FLOAT64, np.dtype(np.longdouble)})


@lru_cache
def is_float(dtype):
    """Is this the dtype, in this machine's byte order, of numbers that can be computed here?"""
    return dtype in _WIDE or dtype == np.float16 or _is_from_ml_dtypes(dtype)


def _is_from_ml_dtypes(dtype):
    return dtype.type.__module__ == "ml_dtypes" and dtype.name in FORMATS


@lru_cache
def computed_in(dtype, classes=SHORT + 1):
    """Return the dtype in which rows of so many classes are computed: float32 at least, for short rows float64."""
    if classes <= SHORT:
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
