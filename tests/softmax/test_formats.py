"""Rounding to the formats and their bits, for every number of the small ones, against ml_dtypes and NumPy."""

import math
from fractions import Fraction

import ml_dtypes
import mpmath
import numpy as np
import pytest

from stable_softmax import precision
from stable_softmax._formats import FORMATS, as_format, code, exactly, nearest, unit_exponent

EIGHT_BITS = [name for name in FORMATS if name.startswith("float8")]
SIXTEEN_BITS = ["float16", "bfloat16"]
SMALL = [*SIXTEEN_BITS, *EIGHT_BITS]


def scalar_type(name):
    return getattr(ml_dtypes, name, None) or getattr(np, name)


def every_number(name):
    """Each code of a format; the number that it stands for, in the format's own dtype; and that in float64."""
    dtype = np.dtype(scalar_type(name))
    codes = np.arange(1 << (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}")
    with np.errstate(invalid="ignore"):  # signalling NaN
        return codes, codes.view(dtype), codes.view(dtype).astype(np.float64)


def test_all_formats_that_are_promised_are_known():
    assert {"float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2"} <= set(FORMATS)
    assert len(EIGHT_BITS) == 7


@pytest.mark.parametrize("name", FORMATS)
def test_limits_are_those_of_finfo(name):
    ours, theirs = precision.limits(name), ml_dtypes.finfo(scalar_type(name))
    for attribute in ("bits", "eps", "max", "smallest_normal", "smallest_subnormal"):
        assert getattr(ours, attribute) == float(getattr(theirs, attribute)), attribute
    assert ours.precision == theirs.nmant + 1
    with np.errstate(all="ignore"):
        infinite = np.isinf(np.array(np.inf).astype(scalar_type(name)))
    assert ours.has_infinity == infinite
    assert precision.limits(scalar_type(name)) == precision.limits(np.dtype(scalar_type(name))) == ours


@pytest.mark.parametrize("name", SMALL)
def test_the_largest_number_is_the_largest_of_all_codes(name):
    _, _, values = every_number(name)
    finite = values[np.isfinite(values)]
    ends = precision.limits(name)
    assert ends.max == finite.max() and ends.smallest_subnormal == finite[finite > 0].min()


def test_the_largest_e4m3fn_is_not_that_of_an_ieee_format():
    """Of the largest exponent only the code that is all ones is taken, for NaN."""
    assert precision.limits("float8_e4m3fn").max == 448 == (2 - 2 * 2.0**-3) * 2**8
    assert precision.limits("float8_e4m3").max == 240 == (2 - 2.0**-3) * 2**7


@pytest.mark.parametrize("name", [*EIGHT_BITS, *(pytest.param(name, marks=pytest.mark.slow) for name in SIXTEEN_BITS)])
def test_every_code(name):
    form = FORMATS[name]
    codes, numbers, values = every_number(name)
    for expected, value in zip(codes.tolist(), values.tolist(), strict=True):
        if math.isnan(value):
            assert math.isnan(numbers.dtype.type(math.nan))
            continue
        assert code(value, form) == expected
        if math.isfinite(value):
            assert nearest(Fraction(value), form) == value
    nan = np.array(code(math.nan, form), codes.dtype).view(numbers.dtype)
    assert np.isnan(nan)


@pytest.mark.parametrize("name", SMALL)
def test_rounding_between_all_neighbours(name):
    """A quarter and three quarters of the way, halfway, and next to halfway: as float32 is rounded by the packages."""
    form, dtype = FORMATS[name], scalar_type(name)
    _, _, values = every_number(name)
    values = np.unique(values[np.isfinite(values)])
    values = values[:: 16 if form.bits == 16 else 1]
    gaps = np.array([2.0 ** unit_exponent(Fraction(value), form) for value in values.tolist()])
    with np.errstate(all="ignore"):
        for share in (0.25, 0.5, 0.75, 0.5 - 2.0**-6, 0.5 + 2.0**-6):
            between = (values + share * gaps).astype(np.float32)
            if name == "bfloat16":  # below the smallest float32 in places
                between = between[np.abs(between) >= 2.0**-120]
            theirs = between.astype(dtype).astype(np.float64)
            ours = np.array([nearest(Fraction(value), form) for value in between.astype(np.float64).tolist()])
            np.testing.assert_array_equal(ours, theirs)
            assert not (np.signbit(ours) != np.signbit(theirs))[(ours != 0) & ~np.isnan(ours)].any()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_too_large(name):
    form, ends = FORMATS[name], precision.limits(name)
    largest = Fraction(ends.max)
    half = Fraction(2) ** unit_exponent(largest, form) / 2
    lost = math.inf if form.has_infinity else math.nan
    tie_stays = form.largest_code % 2 == 0  # ties go to the even number
    assert nearest(largest + half * Fraction(999, 1000), form) == ends.max
    np.testing.assert_equal(nearest(largest + half, form), ends.max if tie_stays else lost)
    np.testing.assert_equal(nearest(-(largest + half * Fraction(1001, 1000)), form), -lost)
    assert precision.ulp_error([lost], [largest + half * 2], name) == 0
    assert precision.ulp_error([lost], [largest], name) == math.inf
    assert precision.ulp_error([ends.max], [largest + half * 2], name) == (1 if tie_stays else 0.5)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_float64_is_rounded_once(name):
    """Just beside a tie: by way of float32, as ml_dtypes takes float64, it would be rounded to even."""
    form = FORMATS[name]
    step = Fraction(2) ** -form.fraction_bits
    beside = 1 + step / 2 + Fraction(1, 2**100)
    assert nearest(beside, form) == 1 + step
    assert nearest(1 + step / 2, form) == 1


@pytest.mark.parametrize("name", SMALL)
def test_a_neighbour_is_one_ulp_away(name):
    """For every number, by ml_dtypes' nextafter: above it, and below it unless it is a power of two."""
    dtype = np.dtype(scalar_type(name))
    _, numbers, values = every_number(name)
    finite = numbers[np.isfinite(values) & (values >= 0)][:: 8 if name.endswith("float16") else 1]
    infinity = np.full(finite.shape, precision.limits(name).max, dtype)
    above = np.nextafter(finite, infinity)
    inner = above.astype(np.float64) > finite.astype(np.float64)
    assert inner.sum() >= len(finite) - 1
    assert (precision.ulp_error(above[inner], finite[inner]) == 1).all()
    assert (precision.ulp_error(finite, finite) == 0).all()
    below = precision.ulp_error(finite[inner], above[inner])
    powers = np.frexp(above[inner].astype(np.float64))[0] == 0.5
    subnormal = above[inner].astype(np.float64) <= precision.limits(name).smallest_normal
    np.testing.assert_array_equal(below, np.where(powers & ~subnormal, 0.5, 1))


def test_the_reference_may_be_of_a_small_format_too():
    x = np.array([1.0, 3.0], ml_dtypes.bfloat16)
    np.testing.assert_array_equal(precision.ulp_error(np.array([1.0, 3.0]), x), [0, 0])
    assert precision.ulp_error(1.0, ml_dtypes.bfloat16(1)) == 0


@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith("uz")])
def test_minus_zero_is_zero_where_its_code_is_nan(name):
    assert code(-0.0, FORMATS[name]) == code(0.0, FORMATS[name]) == 0
    assert code(math.nan, FORMATS[name]) == 0x80


def test_numbers_far_beyond_all_formats_take_no_memory():
    """exp(-1e9), a masked class's exponential, would be a fraction of 1.4 billion bits."""
    for number, rounded, size in (
        (mpmath.exp(-(10**9)), 0, -1),
        (mpmath.exp(10**9), math.inf, 1),
        (-mpmath.exp(10**9), -math.inf, 1),
    ):
        exact = exactly(number)
        assert exact.denominator.bit_length() + exact.numerator.bit_length() < 10_000
        assert nearest(exact, FORMATS["float64"]) == rounded
        assert (abs(exact) > 1) == (size > 0)
        assert precision.ulp_error(float(rounded), number) < 1e-300


def test_where_numbers_far_beyond_all_formats_begin():
    """2^5000 stands for what is larger, 2^-5000 for what is nearer to 0; the rest is exact, however many digits it has."""
    with mpmath.workprec(7000):
        for number in (3, -3, 2**6000 + 1):
            assert exactly(mpmath.mpf(number)) == (number if abs(number) < 4 else 2**5000)
        for shift, expected in (
            (4998, 3 * 2**4998),
            (4999, 2**5000),
            (-5002, Fraction(3, 2**5002)),
            (-5003, Fraction(1, 2**5000)),
        ):
            assert exactly(mpmath.ldexp(mpmath.mpf(3), shift)) == expected
            assert exactly(mpmath.ldexp(mpmath.mpf(-3), shift)) == -expected
        assert exactly(mpmath.ldexp(mpmath.mpf(2**3000 + 1), -3000)) == 1 + Fraction(1, 2**3000)
        assert exactly(mpmath.mpf(0)) == 0 and isinstance(exactly(mpmath.mpf(0)), Fraction)
    assert exactly(mpmath.ninf) == -math.inf and math.isnan(exactly(mpmath.nan))


@pytest.mark.parametrize("name", FORMATS)
def test_nan_has_the_code_that_others_give_it(name):
    dtype = np.dtype(scalar_type(name))
    theirs = int(np.array(math.nan, dtype).view(f"u{dtype.itemsize}"))
    sign = 0 if name.endswith("uz") else 1 << (8 * dtype.itemsize - 1)
    assert code(math.nan, FORMATS[name]) == theirs & ~sign


def test_overflow_to_nan_is_no_error_where_there_is_no_infinity():
    for truth in (math.inf, -math.inf, mpmath.inf, 465, math.nan):
        assert precision.ulp_error(math.nan, truth, "float8_e4m3fn") == 0
    for value, truth in ((448, math.inf), (math.nan, 464), (448, math.nan)):
        assert precision.ulp_error(value, truth, "float8_e4m3fn") == math.inf
    assert precision.ulp_error(math.nan, math.inf, "float8_e5m2") == math.inf


def test_formats_are_named_in_the_refusal():
    for bad in (ml_dtypes.float4_e2m1fn, ml_dtypes.float8_e8m0fnu, ml_dtypes.int4, np.dtype("V2"), "bfloat"):
        with pytest.raises(TypeError, match=r"accumulator must be float16, bfloat16, .* or float8_e5m2fnuz, got"):
            as_format(bad, "accumulator")
