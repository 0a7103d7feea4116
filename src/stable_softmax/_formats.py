"""Binary floating-point formats, and exact rounding to them: in fractions, so that no other format has a say.

NumPy has no dtypes for bfloat16 and the 8-bit formats; here they are known by name, with or without ml_dtypes.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Format:
    """How a format writes numbers: a sign bit, an exponent field, the significand without its leading bit.

    A number of exponent field E > 0 and significand field F is ``2^(E - bias) (1 + F / 2^fraction_bits)``; E = 0 stands
    for ``2^(1 - bias) F / 2^fraction_bits``. Codes above `largest_code` are infinity or NaN.
    """

    name: str
    exponent_bits: int
    fraction_bits: int
    bias: int
    largest_code: int  # of a positive finite number
    nan_code: int
    has_infinity: bool

    @property
    def bits(self):
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def least_exponent(self):
        """The exponent of the smallest normal number."""
        return 1 - self.bias

    @property
    def max(self):
        exponent, fraction = divmod(self.largest_code, 1 << self.fraction_bits)
        return math.ldexp((1 << self.fraction_bits) + fraction, exponent - self.bias - self.fraction_bits)


def _like_ieee(name, exponent_bits, fraction_bits):
    """The largest exponent field is infinity's and NaN's."""
    infinity = ((1 << exponent_bits) - 1) << fraction_bits
    quiet = infinity + (1 << (fraction_bits - 1))
    return Format(name, exponent_bits, fraction_bits, (1 << (exponent_bits - 1)) - 1, infinity - 1, quiet, True)


#: "fn": finite, and NaN is all ones. "uz": there is no -0, whose code is NaN's.
FORMATS = {
    form.name: form
    for form in (
        _like_ieee("float16", 5, 10),
        _like_ieee("bfloat16", 8, 7),
        _like_ieee("float32", 8, 23),
        _like_ieee("float64", 11, 52),
        Format("float8_e4m3fn", 4, 3, 7, 0x7E, 0x7F, False),
        _like_ieee("float8_e5m2", 5, 2),
        _like_ieee("float8_e4m3", 4, 3),
        _like_ieee("float8_e3m4", 3, 4),
        Format("float8_e4m3fnuz", 4, 3, 8, 0x7F, 0x80, False),
        Format("float8_e4m3b11fnuz", 4, 3, 11, 0x7F, 0x80, False),
        Format("float8_e5m2fnuz", 5, 2, 16, 0x7F, 0x80, False),
    )
}


def as_format(dtype, name="dtype"):
    """Return the format of a dtype, or of that name; refuse others."""
    if isinstance(dtype, str) and dtype in FORMATS:
        return FORMATS[dtype]
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or kind.name not in FORMATS:
        *most, last = FORMATS
        raise TypeError(f"{name} must be {', '.join(most)} or {last}, got {dtype!r}")
    return FORMATS[kind.name]


#: No format here reaches 2 to this power, or to minus it.
_BEYOND = 5000


def exactly(number):
    """Return a finite number (of Python, NumPy or mpmath) exactly as a Fraction, and others as a float.

    mpmath's exp(-1e9) as a fraction would take 180 MB: 2^-5000 stands for any number nearer to 0, and 2^5000 for any
    larger.
    """
    if hasattr(number, "_mpf_"):
        sign, mantissa, exponent, length = number._mpf_
        if not mantissa and exponent:
            return float(number)
        if abs(exponent + length) > _BEYOND:
            mantissa, exponent = 1, _BEYOND if exponent + length > 0 else -_BEYOND
        size = -mantissa if sign else mantissa
        return Fraction(size, 1 << -exponent) if exponent < 0 else Fraction(size << exponent)
    try:
        return Fraction(number)
    except (OverflowError, ValueError):
        return float(number)


def unit_exponent(number, form):
    """Return k, where 2^k is the distance between neighbours in `form` at a Fraction, as if there were no largest."""
    exponent = form.least_exponent
    if number:
        size, divisor = abs(number.numerator), number.denominator
        binade = size.bit_length() - divisor.bit_length()
        size, divisor = size << max(-binade, 0), divisor << max(binade, 0)
        exponent = max(exponent, binade if size >= divisor else binade - 1)
    return exponent - form.fraction_bits


def nearest(number, form):
    """Round a Fraction to `form`, ties to even, and return the number as a float; inf or NaN if it is too large."""
    exponent, sign = unit_exponent(number, form), -1 if number < 0 else 1
    size, divisor = abs(number.numerator), number.denominator
    size, divisor = size << max(-exponent, 0), divisor << max(exponent, 0)
    units, rest = divmod(size, divisor)
    units += 2 * rest + (units & 1) > divisor
    if units.bit_length() + exponent > 1024 or math.ldexp(units, exponent) > form.max:
        return sign * math.inf if form.has_infinity else math.nan
    return sign * math.ldexp(units, exponent)


def code(value, form):
    """Return the bits of a float that `form` holds, as an integer."""
    if math.isnan(value):
        return form.nan_code
    sign = (math.copysign(1, value) < 0) << (form.bits - 1)
    if math.isinf(value):
        return sign | (form.largest_code + 1)
    if not value:
        return sign if form.nan_code != 1 << (form.bits - 1) else 0
    exponent = max(math.frexp(value)[1] - 1, form.least_exponent)
    units = int(math.ldexp(abs(value), form.fraction_bits - exponent))
    # A normal number's leading bit, added to the exponent field, makes good the 1 that is missing there.
    return sign | (((exponent + form.bias - 1) << form.fraction_bits) + units)
