"""What floating point can hold, and how far a result is from the truth.

- `limits` tells where a dtype, and `exp` in it, ends.
- `ulp_error` measures an error in units in the last place (ULP).
- `reference` holds the truth: softmax and its kin to 50 digits, computed with mpmath.

mpmath is imported when a reference value is first asked for; the rest needs NumPy alone.

Examples
--------
>>> round(limits("float64").exp_overflow, 2)
709.78
>>> round(limits("bfloat16").exp_overflow, 2)
88.72
>>> round(limits("float8_e4m3fn").exp_overflow, 2)
6.1
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from . import _reference as reference
from ._formats import as_format, exactly, nearest, unit_exponent

__all__ = ["Limits", "limits", "reference", "ulp_error"]


@dataclass(frozen=True)
class Limits:
    """Where a binary floating-point format ends. Powers of two are exact, logarithms the nearest float64 or next to it.

    Attributes
    ----------
    name : str
        The format.
    bits : int
        Its size.
    precision : int
        Significant bits, the implicit one included.
    eps : float
        Distance from 1 to the next larger number.
    max : float
        Largest finite number.
    smallest_normal : float
        Smallest positive number of full precision.
    smallest_subnormal : float
        Smallest positive number.
    has_infinity : bool
        Whether a number too large becomes infinite. In a format without infinity, as float8_e4m3fn, it becomes NaN.
    exp_overflow : float
        ``ln(max)``: above it, exp(x) is larger than the largest number, and overflows unless it rounds to that.
    exp_subnormal : float
        ``ln(smallest_normal)``: below it, exp(x) loses digits.
    exp_underflow : float
        ``ln(smallest_subnormal / 2)``: below it, exp(x) rounds to 0.
    """

    name: str
    bits: int
    precision: int
    eps: float
    max: float
    smallest_normal: float
    smallest_subnormal: float
    has_infinity: bool
    exp_overflow: float
    exp_subnormal: float
    exp_underflow: float


def limits(dtype):
    """Return the limits of a floating-point format and of ``exp`` in it.

    Parameters
    ----------
    dtype : dtype_like or str
        float16, float32 or float64; bfloat16 (float32's exponents, 8 significant bits); float8_e4m3fn, float8_e5m2 and
        the other 8-bit formats of ml_dtypes with both a sign and a NaN. Anything that `numpy.dtype` takes, or the name:
        by that, formats for which NumPy has no dtype are known without ml_dtypes.

    Returns
    -------
    Limits

    Raises
    ------
    TypeError
        If `dtype` is none of these.

    References
    ----------
    float8_e4m3fn and float8_e5m2: P. Micikevicius et al., "FP8 formats for deep learning", 2022, arXiv:2209.05433,
    table 1.

    Examples
    --------
    >>> limits("float16").max, round(limits("float16").exp_overflow, 2)
    (65504.0, 11.09)
    >>> limits("float8_e4m3fn").max, limits("float8_e5m2").max
    (448.0, 57344.0)
    """
    form = as_format(dtype)
    eps = math.ldexp(1.0, -form.fraction_bits)
    smallest_normal = math.ldexp(1.0, form.least_exponent)
    smallest_subnormal = smallest_normal * eps
    return Limits(
        name=form.name,
        bits=form.bits,
        precision=form.fraction_bits + 1,
        eps=eps,
        max=form.max,
        smallest_normal=smallest_normal,
        smallest_subnormal=smallest_subnormal,
        has_infinity=form.has_infinity,
        exp_overflow=math.log(form.max),
        exp_subnormal=math.log(smallest_normal),
        exp_underflow=math.log(smallest_subnormal) - math.log(2.0),
    )


def ulp_error(values, reference, dtype=None):
    """Return how far floating-point values are from the truth, in units in the last place (ULP).

    The unit is the distance between neighbouring numbers of the values' format at the reference: for a
    reference y with 2^k <= abs(y) < 2^(k+1) and p significant bits it is 2^(k - p + 1), and never less than
    the smallest subnormal number. A correctly rounded value is at most 0.5 ULP off.

    Parameters
    ----------
    values : array_like
        What was computed, in any format that `limits` knows.
    reference : array_like
        The truth, of the same shape or broadcasting with it: mpmath numbers (as from `reference`), fractions,
        integers or floats.
    dtype : dtype_like or str, optional
        The values' format, if they are stored in a wider one. By default it is their dtype.

    Returns
    -------
    ndarray of float64 or float
        ``abs(values - reference)`` in ULP, computed exactly and then rounded. It is 0 where both are nan, or
        both are the same infinity, or the value overflowed as the rounded reference does (to NaN in a format without
        infinity); it is inf where only one of the two is finite otherwise.

    Raises
    ------
    TypeError
        If the format is not one that `limits` knows.

    Notes
    -----
    An ULP is between eps / 2 and eps of the reference, if that is no subnormal number. On the definitions in use
    see J.-M. Muller, "On the definition of ulp(x)", INRIA research report RR-5504 (2005), HAL inria-00070503.

    Examples
    --------
    >>> float(ulp_error(1 + 2**-52, 1))
    1.0
    >>> import numpy as np
    >>> float(ulp_error(np.float32(0.1), 0.1).round(2))
    0.2
    """
    values = np.asarray(values)
    form = as_format(values.dtype if dtype is None else dtype)
    reference = np.asarray(reference)
    with np.errstate(invalid="ignore"):  # nan is compared
        error = np.frompyfunc(lambda value, truth: _ulp_error(value, exactly(truth), form), 2, 1)(
            values.astype(np.float64), reference.astype(object)
        )
    return np.asarray(error, np.float64)[()]


def _ulp_error(value, truth, form):
    if math.isfinite(value) and isinstance(truth, Fraction):
        error, exponent = abs(Fraction(value) - truth), unit_exponent(truth, form)
        try:
            # The quotient of integers, rounded once.
            return (error.numerator << max(-exponent, 0)) / (error.denominator << max(exponent, 0))
        except OverflowError:
            return math.inf
    if isinstance(truth, Fraction):
        truth = nearest(truth, form)
    elif not form.has_infinity:
        truth = math.nan
    is_right = value == truth or (math.isnan(value) and math.isnan(truth))
    return 0.0 if is_right else math.inf
