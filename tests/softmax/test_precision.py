"""Limits of the floating-point formats, errors in ULP, and the 50-digit reference."""

import fractions
import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from stable_softmax import precision
from stable_softmax.precision import reference

FORMATS = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


@pytest.mark.parametrize("name", FORMATS)
def test_limits_are_those_of_finfo(name):
    ours, theirs = precision.limits(name), np.finfo(FORMATS[name])
    assert ours.bits == theirs.bits and ours.precision == theirs.nmant + 1
    assert ours.eps == theirs.eps
    assert ours.max == theirs.max
    assert ours.smallest_normal == theirs.smallest_normal
    assert ours.smallest_subnormal == theirs.smallest_subnormal
    assert precision.limits(FORMATS[name]) == precision.limits(np.dtype(FORMATS[name])) == ours


def test_bfloat16_is_float32_cut_short():
    # The largest bfloat16 has float32's exponent and 8 significant bits: float32's 0x7F7F0000.
    largest = np.array([0x7F7F0000], np.uint32).view(np.float32)[0]
    ours = precision.limits("bfloat16")
    assert ours.max == largest and ours.bits == 16 and ours.eps == 2.0**-7
    assert ours.smallest_normal == np.finfo(np.float32).smallest_normal
    assert ours.smallest_subnormal == np.array([0x00010000], np.uint32).view(np.float32)[0]


@pytest.mark.parametrize(
    "name, overflow", [("float16", 11.09), ("bfloat16", 88.72), ("float32", 88.72), ("float64", 709.78)]
)
def test_exp_overflows_past_the_logarithm_of_max(name, overflow):
    assert round(precision.limits(name).exp_overflow, 2) == overflow


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FORMATS)
def test_exp_ends_where_the_limits_say(name):
    ends, dtype = precision.limits(name), FORMATS[name]
    step = 1 + 4 * ends.eps
    assert np.isfinite(np.exp(dtype(ends.exp_overflow / step)))
    assert np.isinf(np.exp(dtype(ends.exp_overflow * step)))
    assert np.exp(dtype(ends.exp_subnormal / step)) >= ends.smallest_normal
    assert np.exp(dtype(ends.exp_subnormal * step)) < ends.smallest_normal * (1 + ends.eps)
    assert np.exp(dtype(ends.exp_underflow / step)) == ends.smallest_subnormal
    assert np.exp(dtype(ends.exp_underflow * step)) == 0


def test_limits_are_plain_numbers():
    ends = precision.limits("float64")
    assert all(type(getattr(ends, name)) is float for name in ("eps", "max", "smallest_normal", "exp_overflow"))
    assert math.isclose(ends.exp_underflow, -745.13, abs_tol=0.01)


@pytest.mark.parametrize("dtype", ["float8", "int32", np.int64, None.__class__, "complex64"])
def test_other_formats_are_refused(dtype):
    with pytest.raises(TypeError, match=r"dtype must be float16, bfloat16, float32, float64, float8_e4m3fn, .* got"):
        precision.limits(dtype)


# Errors in ULP


@pytest.mark.parametrize("dtype", FORMATS.values())
def test_a_neighbour_is_one_ulp_away(dtype):
    for value in (1.0, 1.5, 3.25, 1000.0, 2.0**-10, float(np.finfo(dtype).smallest_subnormal)):
        value = dtype(value)
        assert precision.ulp_error(value, value) == 0
        assert precision.ulp_error(np.nextafter(value, dtype(np.inf)), value) == 1
        assert precision.ulp_error(-value, -value) == 0


def test_the_unit_is_the_references():
    # Below 2 the numbers are half as far apart as above.
    assert precision.ulp_error(np.float64(2), 2 - 2.0**-52) == 1
    assert precision.ulp_error(2 - 2.0**-52, 2) == 0.5


def test_a_correctly_rounded_value_is_within_half_an_ulp():
    third = fractions.Fraction(1, 3)
    for dtype in FORMATS.values():
        assert 0 < precision.ulp_error(dtype(1) / dtype(3), third) <= 0.5


def test_tiny_references():
    tiny = 5e-324
    assert precision.ulp_error(0.0, 0) == 0
    assert precision.ulp_error(tiny, 0) == 1
    assert precision.ulp_error(0.0, fractions.Fraction(tiny) / 4) == 0.25
    assert precision.ulp_error(0.0, mpmath.mpf(10) ** -5000) < 1e-300


def test_values_that_are_not_finite():
    nan, inf = math.nan, math.inf
    assert precision.ulp_error(nan, nan) == 0 and precision.ulp_error(inf, inf) == 0
    assert precision.ulp_error(nan, 1) == inf and precision.ulp_error(inf, 1) == inf
    assert precision.ulp_error(1.0, nan) == inf and precision.ulp_error(1.0, inf) == inf
    assert precision.ulp_error(inf, -inf) == inf
    assert precision.ulp_error(inf, mpmath.mpf(10) ** 400) == 0
    assert precision.ulp_error(-inf, mpmath.mpf(10) ** 400) == inf
    assert precision.ulp_error(np.float16(inf), 65520) == 0 and precision.ulp_error(np.float16(inf), 65519) == inf
    assert precision.ulp_error(1.0, mpmath.mpf("inf")) == inf


def test_arrays_of_errors():
    error = precision.ulp_error(np.array([[1.0, 2.0]]), np.array([1, 2 + 2**-51], object))
    assert error.shape == (1, 2) and error.dtype == np.float64
    np.testing.assert_array_equal(error, [[0, 1]])
    with pytest.raises(TypeError, match="dtype must be float16"):
        precision.ulp_error([1, 2], 1)


# The reference


def test_the_reference_is_the_definition():
    x = [0.5, -3.0, 2.25]
    with mpmath.workdps(60):
        e = [mpmath.exp(mpmath.mpf(score)) for score in x]
        total = mpmath.fsum(e)
        for ours, share in zip(reference.softmax(x), (term / total for term in e), strict=True):
            assert mpmath.almosteq(ours, share, mpmath.mpf(10) ** -49)
        assert mpmath.almosteq(reference.logsumexp(x), mpmath.log(total), mpmath.mpf(10) ** -49)
        for label in range(3):
            assert mpmath.almosteq(
                reference.cross_entropy(x, label), -mpmath.log(e[label] / total), mpmath.mpf(10) ** -48
            )
            gradient = reference.cross_entropy_grad(x, label)
            assert mpmath.almosteq(gradient[label], e[label] / total - 1, mpmath.mpf(10) ** -48)
            assert gradient[(label + 1) % 3] == reference.softmax(x)[(label + 1) % 3]


def test_the_reference_keeps_its_digits_at_any_range():
    with mpmath.workdps(900):
        assert mpmath.almosteq(
            reference.logsumexp([0.0, -800.0]), mpmath.log1p(mpmath.exp(-800)), mpmath.mpf(10) ** -48
        )
        near_zero = [math.log(0.25), math.log(0.75)]
        exact = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in near_zero))
        assert mpmath.almosteq(reference.logsumexp(near_zero), exact, mpmath.mpf(10) ** -48)
    assert reference.softmax([0.0, -np.inf]).tolist() == [1, 0]
    assert reference.log_softmax(np.zeros((2, 3, 4))).shape == (2, 3, 4)
    assert reference.cross_entropy(np.zeros((2, 4)), [0, 3]).shape == (2,)


@pytest.mark.parametrize("row", [[math.nan, 0.0], [math.inf, 0.0], [-math.inf, -math.inf]])
def test_the_reference_refuses_rows_without_an_answer(row):
    with pytest.raises(ValueError, match=r"x must hold finite scores or -inf, .* got (nan|inf|a row without one)$"):
        reference.softmax([row])


def test_importing_the_package_needs_numpy_alone():
    code = (
        "import sys\n"
        "for name in ('scipy', 'mpmath', 'sympy', 'torch', 'matplotlib', 'ml_dtypes'): sys.modules[name] = None\n"
        "import stable_softmax\n"
        "print(stable_softmax.softmax([0.0, 0.0]))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[0.5 0.5]\n"
    )


@pytest.mark.parametrize("function", [reference.cross_entropy, reference.cross_entropy_grad])
def test_the_reference_refuses_labels_that_are_no_classes(function):
    for label in (-1, 2):
        with pytest.raises(IndexError, match=f"labels must lie in 0 to 1, got {label} to {label}"):
            function([[0.0, 1.0]], [label])
    for label in (1.0, True):
        with pytest.raises(TypeError, match="labels must hold integers, got dtype"):
            function([[0.0, 1.0]], [label])


def test_the_reference_refuses_what_is_no_rows():
    for function in (reference.softmax, reference.log_softmax, reference.logsumexp):
        with pytest.raises(ValueError, match="x must have at least one axis, got a scalar"):
            function(1.0)
    for function in (reference.cross_entropy, reference.cross_entropy_grad):
        with pytest.raises(ValueError, match="x must have at least one axis, got a scalar"):
            function(1.0, 0)
        for labels in (0, [0, 1, 0], [[0, 1]]):
            with pytest.raises(ValueError, match=r"labels must have the shape .* last axis, \(2,\), got shape"):
                function(np.zeros((2, 3)), labels)


def test_the_reference_of_no_rows_is_empty():
    assert reference.softmax(np.zeros((0, 3))).shape == (0, 3)
    assert reference.logsumexp(np.zeros((2, 0, 3))).shape == (2, 0)
    assert reference.cross_entropy(np.zeros((0, 3)), np.zeros(0, int)).shape == (0,)
