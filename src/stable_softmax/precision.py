"""What floating point can hold, and how far a result is from the truth.

- `limits` tells where a dtype, and `exp` in it, ends.
- `ulp_error` measures an error in units in the last place (ULP).
- `reference_softmax` and its siblings compute the truth to 50 digits with mpmath.

mpmath is imported when a reference is first asked for; the rest needs NumPy alone.

Examples
--------
>>> round(limits("float64").exp_overflow, 2)
709.78
>>> round(limits("bfloat16").exp_overflow, 2)
88.72
"""

import math
from dataclasses import dataclass

import numpy as np

#: Decimal digits of the reference values.
DIGITS = 50


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
