"""Numerical derivatives: right on functions whose derivative is known, and strict about their arguments."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stable_softmax.gradcheck import GradientCheck, check_gradient, complex_step, finite_difference, relative_error

FLOATS = [np.float16, np.float32, np.float64]


def cubes(x):
    return x**3


@pytest.mark.parametrize("derivative", [finite_difference, complex_step])
def test_shapes_and_layout(derivative):
    """Value shape first, then the shape of x: place [m, i, j] is d f_m / d x_ij."""
    x = np.arange(6.0).reshape(2, 3)
    scale = np.array([1.0, 10.0])
    gradient = derivative(lambda z: (z**2).sum(), x)
    assert_allclose(gradient, 2 * x, atol=1e-9)
    both = derivative(lambda z: scale * (z**2).sum(), x)
    assert_allclose(both, scale[:, None, None] * 2 * x, atol=1e-8)
    assert_allclose(derivative(cubes, 2.0), 12, rtol=1e-9)
    assert derivative(cubes, 2.0).shape == ()


@pytest.mark.parametrize("dtype", FLOATS)
def test_finite_difference_keeps_the_dtype(dtype):
    result = finite_difference(cubes, np.array([1, 2], dtype=dtype))
    assert result.dtype == dtype
    assert_allclose(result.astype(float), [[3, 0], [0, 12]], rtol=3 * float(np.finfo(dtype).eps) ** (2 / 3))


def test_finite_difference_is_second_order():
    """Halving the step quarters the error, which for x^3 is exactly h^2."""
    errors = [finite_difference(cubes, 1.0, step=h) - 3 for h in (1 / 8, 1 / 16)]
    assert errors == [1 / 64, 1 / 256]


def test_finite_difference_error_is_u_shaped():
    errors = [abs(finite_difference(np.exp, 1.0, step=h) / np.e - 1) for h in (1e-1, 1e-5, 1e-13)]
    assert errors[1] < 1e-9 < 1e-4 < min(errors[0], errors[2])
    assert finite_difference(np.exp, 1.0, step=1e-17) == 0, "a step that changes nothing"


@pytest.mark.parametrize("x", [1e-3, 3.3, 1e6, -1e12])
def test_default_step_scales_with_x(x):
    assert_allclose(finite_difference(cubes, x), 3 * x**2, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("x", [0.1, 1.7, 3.3, 1e6 / 3])
def test_default_step_is_exact_in_x(x):
    """The identity's slope shows it: the distance of x + h from x - h is 2h, with no rounding."""
    assert finite_difference(lambda z: z, x) == 1


def test_a_step_for_each_entry():
    steps = np.array([1 / 2, 1 / 4])
    assert_array_equal(finite_difference(lambda z: (z**3).sum(), [0.0, 0.0], step=steps), steps**2)


def test_infinite_entries_are_left_where_they_are():
    assert_array_equal(finite_difference(lambda z: np.exp(z).sum(), [-np.inf, -np.inf]), [0, 0])


def test_x_is_not_changed():
    x = np.array([1.0, 2.0])
    finite_difference(cubes, x)
    complex_step(cubes, x)
    assert_array_equal(x, [1, 2])


def test_complex_step_reaches_full_precision():
    x = np.array([0.5, 1.0, 2.0])
    assert_allclose(complex_step(np.exp, x), np.diag(np.exp(x)), rtol=4e-16)
    single = complex_step(np.exp, x.astype(np.float32))
    assert single.dtype == np.float32
    assert_allclose(single, np.diag(np.exp(x)), rtol=4e-7)
    assert complex_step(np.exp, x.astype(np.float16)).dtype == np.float32


def test_complex_step_refuses_a_function_that_drops_the_imaginary_part():
    with pytest.raises(TypeError, match=r"function must return complex numbers .* got dtype float64"):
        complex_step(np.abs, [1.0])


@pytest.mark.parametrize("derivative", [finite_difference, complex_step])
@pytest.mark.parametrize("step", [0, -1e-3, np.nan, np.inf])
def test_step_must_be_positive_and_finite(derivative, step):
    with pytest.raises(ValueError, match="step must be positive and finite"):
        derivative(cubes, [1.0], step=step)


def test_a_step_that_underflows_in_the_dtype_is_refused():
    with pytest.raises(ValueError, match="step must be positive and finite in float16, got 1e-09"):
        finite_difference(cubes, np.array([1], dtype=np.float16), step=1e-9)


@pytest.mark.parametrize("derivative", [finite_difference, complex_step])
def test_x_must_be_real_and_not_empty(derivative):
    with pytest.raises(TypeError, match="x must hold real numbers"):
        derivative(cubes, [1j])
    with pytest.raises(ValueError, match="x must have at least one entry, got shape \\(0,\\)"):
        derivative(cubes, [])


def test_relative_error():
    assert_array_equal(relative_error([2.0, -2.0, 0.0, 0.0, np.inf], [1.0, 2.0, 0.0, 1.0, np.inf]), [0.5, 2, 0, 1, 0])
    assert relative_error(1.0, 2.0) == relative_error(2.0, 1.0) == 0.5
    assert np.isnan(relative_error(np.nan, 1.0))
    assert relative_error(1e-12, 3e-12, floor=1e-8) == pytest.approx(2e-4)
    assert relative_error(4, 5) == 0.2


def test_relative_error_is_computed_in_float64_at_least_without_warnings():
    half = np.array([1.0, 1 + 2.0**-10], np.float16)
    errors = relative_error(half, half[::-1])
    assert errors.dtype == np.float64
    assert_array_equal(errors, 2.0**-10 / (1 + 2.0**-10))
    assert relative_error(np.longdouble(1), 2).dtype == np.longdouble
    assert relative_error([[1.0], [2.0]], [1.0, 4.0]).shape == (2, 2)
    with np.errstate(all="raise"):
        assert_array_equal(relative_error([0.0, np.inf], [0.0, -np.inf])[:1], 0)


def test_small_entries_count_in_full_unless_there_is_a_floor():
    assert relative_error(1e-9, 2e-9) == 0.5
    report = check_gradient(lambda z: 1e-6 * z.sum(), [2e-6], [1.0])
    assert report.error == pytest.approx(0.5) and report.verdict == "probably wrong"
    assert check_gradient(lambda z: 1e-6 * z.sum(), [2e-6], [1.0], floor=1.0).error == pytest.approx(1e-6)


@pytest.mark.parametrize("dtype, eps", [(np.float32, 2.0**-23), (np.float64, 2.0**-52)])
def test_the_default_step_is_the_power_of_two_that_is_told(dtype, eps):
    """The next below eps^(1/3) max(1, |x|), seen in where the function is asked."""
    for x in (0.0, 0.5, 1.0, 1.5, -3.0, 1e6):
        asked = []
        finite_difference(lambda z: asked.append(float(z)) or 0.0, np.array(x, dtype))  # noqa: B023
        h = (asked[0] - asked[1]) / 2
        wanted = eps ** (1 / 3) * max(1, abs(x))
        assert wanted / 2 < h <= wanted and np.frexp(h)[0] == 0.5


def test_check_gradient_finds_the_wrong_entry():
    def gradient(x):
        right = 3 * x**2
        right[1, 0] *= 1.001
        return right

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    report = check_gradient(lambda z: cubes(z).sum(), gradient, x)
    assert report.worst == (1, 0)
    assert report.error == pytest.approx(1e-3, rel=1e-2)
    assert report.verdict == "suspicious"
    assert_allclose(report.numeric, 3 * x**2, rtol=1e-8)
    assert check_gradient(lambda z: cubes(z).sum(), 3 * x**2, x).verdict == "right"


@pytest.mark.parametrize(
    "error, verdict",
    [
        (np.nan, "probably wrong"),
        (0.011, "probably wrong"),
        (0.01, "suspicious"),
        (1.1e-4, "suspicious"),
        (1e-4, "right only if the function has kinks"),
        (1.1e-7, "right only if the function has kinks"),
        (1e-7, "right"),
        (0.0, "right"),
    ],
)
def test_verdict_thresholds(error, verdict):
    assert GradientCheck(error, (), np.array(0), np.array(0)).verdict == verdict


def test_nan_is_the_worst_error():
    report = check_gradient(lambda z: cubes(z).sum(), [np.nan, 0.0], [1.0, 2.0])
    assert report.worst == (0,) and report.verdict == "probably wrong"


def test_check_gradient_checks_shapes():
    with pytest.raises(ValueError, match=r"gradient must have shape \(2,\), got shape \(2, 2\)"):
        check_gradient(lambda z: cubes(z).sum(), np.eye(2), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"function must return something to compare, got shape \(0,\)"):
        check_gradient(lambda z: z[:0], np.ones((0, 2)), [1.0, 2.0])
