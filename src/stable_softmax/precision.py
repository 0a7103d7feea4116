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
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from . import _reference as reference

__all__ = ["Limits", "limits", "reference", "ulp_error"]


@dataclass(frozen=True)
class Limits:
    """Where a binary floating-point format ends. All values are exact or the nearest float64.

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
    exp_overflow : float
        ``ln(max)``: above it, exp(x) is inf.
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
    exp_overflow: float
    exp_subnormal: float
    exp_underflow: float


def limits(dtype):
    """Return the limits of a floating-point format and of ``exp`` in it.

    Parameters
    ----------
    dtype : dtype_like or str
        float16, float32 or float64 as anything that `numpy.dtype` takes, or the string "bfloat16", for
        which NumPy has no dtype: it has float32's exponents and 8 significant bits.

    Returns
    -------
    Limits

    Raises
    ------
    TypeError
        If `dtype` is none of these.

    Examples
    --------
    >>> limits("float16").max, round(limits("float16").exp_overflow, 2)
    (65504.0, 11.09)
    """
    if isinstance(dtype, str) and dtype == "bfloat16":
        parent, name, bits, precision = np.finfo(np.float32), "bfloat16", 16, 8
    else:
        try:
            kind = np.dtype(dtype)
        except TypeError:
            kind = None
        if kind not in (np.float16, np.float32, np.float64):
            raise TypeError(f"dtype must be float16, bfloat16, float32 or float64, but is {dtype!r}")
        parent, name, bits = np.finfo(kind), kind.name, kind.itemsize * 8
        precision = parent.nmant + 1
    eps = math.ldexp(1.0, 1 - precision)
    # (2 - eps) * 2^(largest exponent), as in every IEEE format.
    largest = math.ldexp(2.0 - eps, int(parent.maxexp) - 1)
    smallest_normal = math.ldexp(1.0, int(parent.minexp))
    smallest_subnormal = smallest_normal * eps
    return Limits(
        name=name,
        bits=bits,
        precision=precision,
        eps=eps,
        max=largest,
        smallest_normal=smallest_normal,
        smallest_subnormal=smallest_subnormal,
        exp_overflow=math.log(largest),
        exp_subnormal=math.log(smallest_normal),
        exp_underflow=math.log(smallest_subnormal) - math.log(2.0),
    )


def ulp_error(values, reference):
    """Return how far floating-point values are from the truth, in units in the last place (ULP).

    The unit is the distance between neighbouring numbers of the values' dtype at the reference: for a
    reference y with 2^k <= abs(y) < 2^(k+1) and p significant bits it is 2^(k - p + 1), and never less than
    the smallest subnormal number. A correctly rounded value is at most 0.5 ULP off.

    Parameters
    ----------
    values : array_like of float16, float32 or float64
        What was computed.
    reference : array_like
        The truth, of the same shape or broadcasting with it: mpmath numbers (as from `reference`), fractions,
        integers or floats.

    Returns
    -------
    ndarray of float64 or float
        ``abs(values - reference)`` in ULP, computed exactly and then rounded. It is 0 where both are nan, or
        both are the same infinity, or the value overflowed as the rounded reference does; it is inf where only one
        of the two is finite otherwise.

    Raises
    ------
    TypeError
        If the values are not float16, float32 or float64.

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
    ends = limits(values.dtype)  # refuses what it does not know
    reference = np.asarray(reference)
    with np.errstate(invalid="ignore"):  # nan is compared
        error = np.frompyfunc(lambda value, truth: _ulp_error(value, truth, ends), 2, 1)(
            values.astype(np.float64), reference.astype(object)
        )
    return np.asarray(error, np.float64)[()]


def _ulp_error(value, truth, ends):
    truth = _fraction(truth)
    if not isinstance(truth, Fraction):  # a float that is nan, inf or -inf
        return 0.0 if value == truth or (value != value and truth != truth) else math.inf
    if value != value:
        return math.inf
    # What rounds to infinity is at least half a unit beyond the largest number.
    beyond = Fraction(ends.max) * (1 + Fraction(1, 2 ** (ends.precision + 1) - 2))
    if math.isinf(value):
        return 0.0 if abs(truth) >= beyond and (truth > 0) == (value > 0) else math.inf
    unit = Fraction(ends.smallest_subnormal)
    if truth:
        exponent = abs(truth).numerator.bit_length() - truth.denominator.bit_length()
        if abs(truth) < Fraction(2) ** exponent:
            exponent -= 1
        unit = max(unit, Fraction(2) ** (exponent - ends.precision + 1))
    try:
        return float(abs(Fraction(value) - truth) / unit)
    except OverflowError:
        return math.inf


def _fraction(number):
    """Return a finite number exactly as a Fraction, and others as a float."""
    if hasattr(number, "_mpf_"):
        sign, mantissa, exponent, _ = number._mpf_
        if not mantissa and exponent:
            return float(number)
        return Fraction(-mantissa if sign else mantissa) * Fraction(2) ** exponent
    try:
        return Fraction(number)
    except (OverflowError, ValueError):
        return float(number)
