"""The Jacobian and its products against SymPy, numerical derivatives, exact arithmetic and each other."""

import re
from fractions import Fraction

import ml_dtypes
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from stable_softmax import gradcheck, symbolic
from stable_softmax.functions import logsumexp, softmax
from stable_softmax.jacobian import (
    logsumexp_hessian,
    softmax_jacobian,
    softmax_jvp,
    softmax_vjp,
)

RNG = np.random.default_rng(2017)
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]


def rows(low=-30, high=30, dtype=np.float64, least=1, most=8):
    width = np.finfo(dtype).bits
    return hnp.arrays(dtype, st.integers(least, most), elements=st.floats(low, high, width=width))


def pairs():
    """Scores and a direction of the same length."""
    entries = st.tuples(st.floats(-30, 30), st.floats(-100, 100))
    return st.lists(entries, min_size=1, max_size=8).map(lambda both: np.array(both).T)


def complex_softmax(z):
    exponentials = np.exp(z - z.real.max())
    return exponentials / exponentials.sum()


def true_softmax(x):
    with mpmath.workdps(50):
        exponentials = [mpmath.exp(mpmath.mpf(float(score))) for score in x]
        return [e / mpmath.fsum(exponentials) for e in exponentials]


# The Jacobian's values


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_jacobian_against_sympy(n):
    x = RNG.normal(scale=2, size=n)
    column = symbolic.vector(symbolic.a, n)
    expected = symbolic.as_function(symbolic.softmax_jacobian(column), column)(x).reshape(n, n)
    assert_allclose(softmax_jacobian(x), expected, rtol=1e-12, atol=1e-16)
    expected = symbolic.as_function(symbolic.logsumexp_hessian(column), column)(x).reshape(n, n)
    assert_allclose(logsumexp_hessian(x), expected, rtol=1e-12, atol=1e-16)


@given(rows(-5, 5))
def test_jacobian_against_complex_step(x):
    assert_allclose(softmax_jacobian(x), gradcheck.complex_step(complex_softmax, x), rtol=1e-12, atol=1e-16)


@given(rows(-5, 5))
def test_jacobian_against_centred_differences(x):
    assert_allclose(softmax_jacobian(x), gradcheck.finite_difference(softmax, x), atol=1e-9)


@given(rows(-5, 5))
def test_hessian_is_the_derivative_of_logsumexps_gradient(x):
    assert_allclose(gradcheck.finite_difference(logsumexp, x), softmax(x), atol=1e-9)
    assert_allclose(logsumexp_hessian(x), gradcheck.finite_difference(softmax, x), atol=1e-9)


def test_jacobian_passes_the_gradient_check():
    x = RNG.normal(size=10)
    assert gradcheck.check_gradient(softmax, softmax_jacobian, x).verdict == "right"
    assert gradcheck.check_gradient(softmax, lambda x: -softmax_jacobian(x), x).verdict == "probably wrong"


def test_jacobian_of_a_batch_is_a_batch_of_jacobians():
    x = RNG.normal(size=(2, 3, 4))
    jacobian = softmax_jacobian(x)
    assert jacobian.shape == (2, 3, 4, 4)
    for index in np.ndindex(2, 3):
        assert_allclose(jacobian[index], softmax_jacobian(x[index]), rtol=1e-14)


# Its properties


@given(rows())
def test_jacobian_is_symmetric_positive_semidefinite_and_its_rows_sum_to_zero(x):
    jacobian, p = softmax_jacobian(x), softmax(x)
    assert_array_equal(jacobian, jacobian.T)
    assert np.all(np.abs(jacobian.sum(axis=1)) <= 1e-14 * p)
    assert np.all(jacobian.diagonal() >= 0)
    assert np.all(np.linalg.eigvalsh(jacobian) >= -1e-15)


def test_jacobian_has_rank_n_minus_one():
    assert np.linalg.matrix_rank(softmax_jacobian(RNG.normal(size=6))) == 5


@given(rows(), st.floats(-100, 100))
def test_jacobian_is_shift_invariant(x, shift):
    # x + shift rounds, which moves each score by up to 1e-14.
    assert_allclose(softmax_jacobian(x + shift), softmax_jacobian(x), rtol=1e-12, atol=1e-30)


# Accuracy


@given(rows(-300, 300))
def test_every_entry_is_accurate_given_the_probabilities(x):
    """Compared with exact arithmetic on the computed probabilities: what the Jacobian itself adds is a few ULP."""
    p = [Fraction(float(share)) for share in softmax(x)]
    jacobian = softmax_jacobian(x)
    for r, c in np.ndindex(jacobian.shape):
        exact = p[r] * sum(p[:r] + p[r + 1 :]) if r == c else -p[r] * p[c]
        # 1 - p_i in place of the sum of the others may differ by the error of sum(p), at most 1e-15 of it at p_i < 1/2
        assert abs(Fraction(float(jacobian[r, c])) - exact) <= Fraction(5e-15) * abs(exact) + Fraction(1e-307)


@pytest.mark.parametrize(
    "x, dtype, rtol",
    [
        ([0, -40], np.float64, 1e-14),
        ([-700, 0, -1, -690], np.float64, 1e-13),
        ([0, -20], np.float32, 1e-5),
        ([0, -6], np.float16, 1e-3),
    ],
)
def test_diagonal_keeps_its_digits_when_one_class_dominates(x, dtype, rtol):
    p = true_softmax(x)
    expected = np.array([[float(p[r] * ((r == c) - p[c])) for c in range(len(x))] for r in range(len(x))])
    assert_allclose(softmax_jacobian(np.array(x, dtype=dtype)), expected, rtol=rtol)


def test_products_keep_their_digits_when_one_class_dominates():
    p = true_softmax([0, -40])
    assert_allclose(softmax_jvp([0, -40], [1, 0]), [float(p[0] * p[1]), -float(p[0] * p[1])], rtol=1e-14)
    assert_allclose(softmax_vjp([0, -40], [3, 5]), [-2 * float(p[0] * p[1]), 2 * float(p[0] * p[1])], rtol=1e-14)


@given(pairs())
def test_product_is_within_its_documented_error(both):
    x, v = both
    p, exact_v = true_softmax(x), [mpmath.mpf(float(entry)) for entry in v]
    top = int(np.argmax(softmax(x)))
    product = softmax_jvp(x, v)
    with mpmath.workdps(50):
        u = [entry - exact_v[top] for entry in exact_v]
        mean = mpmath.fsum(share * entry for share, entry in zip(p, u, strict=True))
        size = mpmath.fsum(share * abs(entry) for share, entry in zip(p, u, strict=True))
        for value, share, entry in zip(product, p, u, strict=True):
            error = abs(mpmath.mpf(float(value)) - share * (entry - mean))
            assert error <= 1e-13 * share * (abs(entry) + size) + 1e-300


# Products


@given(pairs())
def test_products_agree_with_the_matrix(both):
    x, v = both
    jacobian = softmax_jacobian(x)
    assert_allclose(softmax_jvp(x, v), jacobian @ v, atol=1e-12)
    assert_allclose(softmax_vjp(x, v), v @ jacobian, atol=1e-12)


@given(pairs())
def test_product_with_a_constant_is_exactly_zero(both):
    x, v = both
    assert_array_equal(softmax_jvp(x, np.full_like(x, v[0])), 0)


@pytest.mark.parametrize("axis", [0, 1, 2, -2, (0, 2), (2, 0), (-1, 0, 1), None])
def test_product_along_any_axis(axis):
    x, v = RNG.normal(size=(2, 2, 3, 4))
    product = softmax_jvp(x, v, axis=axis)
    assert product.shape == x.shape
    directional = gradcheck.finite_difference(lambda s: softmax(x + s * v, axis=axis), 0.0)
    assert_allclose(product, directional, atol=1e-9)
    assert_array_equal(softmax_vjp(x, v, axis=axis), product)


def test_product_never_forms_the_matrix():
    n = 200_000  # the matrix would take 320 GB
    x, v = RNG.normal(size=(2, n))
    assert abs(softmax_jvp(x, v).sum()) < 1e-12


def test_a_product_of_a_row_with_two_largest_scores():
    """The direction is shifted by one of two entries, whichever: the answer is the same to its last digits."""
    p = true_softmax([0.0, 0.0, -50.0])
    v = [1e6, 1e6 + 1, 2.0]
    mean = mpmath.fsum(share * entry for share, entry in zip(p, v, strict=True))
    exact = [float(share * (entry - mean)) for share, entry in zip(p, v, strict=True)]
    assert_allclose(softmax_jvp([0.0, 0.0, -50.0], v), exact, rtol=1e-14)


def test_products_leave_their_arguments_alone():
    x, v = RNG.normal(size=(2, 3, 4))
    before = x.copy(), v.copy()
    for function in (softmax_jvp, softmax_vjp):
        function(x, v, axis=0)
        function(x, v)
    softmax_jacobian(x)
    assert_array_equal((x, v), before)


def test_cross_entropy_through_softmax_collapses():
    """CS231n: p = [.2, .3, .5], label 1 gives [.2, -.7, .5]."""
    p = np.array([0.2, 0.3, 0.5])
    assert_allclose(softmax_vjp(np.log(p), [0, -1 / 0.3, 0]), [0.2, -0.7, 0.5], rtol=1e-14)
    y = np.array([0.6, 0.1, 0.3])
    assert_allclose(softmax_vjp(np.log(p), -y / p), p - y, rtol=1e-14)


# The axis of classes


def true_jacobian(row):
    """To 50 digits, in float64: p_i p_j with minus, and on the diagonal p_i times the sum of the others."""
    p = true_softmax(row)
    with mpmath.workdps(50):
        others = [mpmath.fsum(p[:i] + p[i + 1 :]) for i in range(len(p))]
        return np.array([[float(q * (others[r] if r == c else -p[c])) for c in range(len(p))] for r, q in enumerate(p)])


@pytest.mark.parametrize("function", [softmax_jacobian, logsumexp_hessian])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3, np.int64(1)])
def test_the_axes_of_classes_come_last(function, axis):
    x = RNG.normal(scale=9, size=(2, 3, 4))
    rows = np.moveaxis(x, axis, -1)
    result = function(x, axis=axis)
    assert result.shape == (*rows.shape, rows.shape[-1])
    for place in np.ndindex(rows.shape[:-1]):
        assert_allclose(result[place], true_jacobian(rows[place]), rtol=1e-14)
    assert_array_equal(result, function(rows))
    if axis >= 0:  # the note of how to put them in the axis's place
        moved = np.moveaxis(result, (-2, -1), (axis, axis + 1))
        shape = [*x.shape]
        shape[axis : axis + 1] = [x.shape[axis]] * 2
        assert moved.shape == tuple(shape)
        assert_allclose(moved.sum(axis=axis), 0, atol=1e-16)


def test_the_axis_of_a_matrix_is_one_int():
    for wrong in (None, (0,), [0, 1], ()):
        with pytest.raises(TypeError, match=f"axis must be an int, got {re.escape(repr(wrong))}"):
            softmax_jacobian([[1.0, 2.0]], axis=wrong)
    for wrong in (1.0, True, "0"):
        with pytest.raises(TypeError, match="axis"):
            softmax_jacobian([[1.0, 2.0]], axis=wrong)
    for wrong in (1, -2):
        with pytest.raises(np.exceptions.AxisError):
            logsumexp_hessian([1.0, 2.0], axis=wrong)


@pytest.mark.parametrize("axis", [-1, 0])
def test_a_scalar_has_no_matrix_but_is_one_class_of_a_product(axis):
    for function in (softmax_jacobian, logsumexp_hessian):
        with pytest.raises(ValueError, match="x must have at least one axis, got a scalar"):
            function(1.0, axis=axis)
    assert softmax_jvp(3.0, 5.0, axis=axis) == 0 and np.ndim(softmax_vjp(3.0, 5.0, axis=axis)) == 0


# Dtypes, shapes, special values, errors


@pytest.mark.parametrize("dtype", FLOATS)
def test_floating_dtypes_are_kept(dtype):
    x = np.array([1, 2, 3], dtype=dtype)
    results = [softmax_jacobian(x), logsumexp_hessian(x), softmax_jvp(x, x), softmax_vjp(x, x)]
    assert [result.dtype for result in results] == [dtype] * len(results)
    rtol = 2 * max(float(np.finfo(dtype).eps), 4e-16)
    assert_allclose(results[0].astype(float), softmax_jacobian([1, 2, 3]), rtol=rtol)


def test_integers_become_float64_and_mixed_dtypes_meet():
    assert softmax_jacobian([1, 2]).dtype == np.float64
    single, double = np.zeros(2, np.float32), np.ones(2)
    assert softmax_jvp(single, double).dtype == softmax_jvp(double, single).dtype == np.float64
    assert softmax_jvp(single, np.array([1, 0])).dtype == np.float64
    assert_array_equal(softmax_jvp([True, False], [1, 0]), softmax_jvp([1.0, 0.0], [1.0, 0.0]))
    with pytest.raises(TypeError, match="x holds bfloat16, tangent holds float16"):
        softmax_jvp(single.astype(ml_dtypes.bfloat16), single.astype(np.float16))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
@pytest.mark.parametrize("axis", [0, 1])
def test_short_rows_are_computed_in_float64_and_rounded_once(dtype, axis):
    """64 classes along the axis that counts, more along the other."""
    x, v = (np.moveaxis(RNG.normal(size=(2, 70, 64)), -1, axis + 1)).astype(dtype)
    wide, v_wide = x.astype(np.float64), v.astype(np.float64)
    for ours, exact in (
        (softmax_jacobian(x, axis=axis), softmax_jacobian(wide, axis=axis)),
        (softmax_jvp(x, v, axis=axis), softmax_jvp(wide, v_wide, axis=axis)),
    ):
        assert ours.dtype == dtype
        assert_array_equal(ours, exact.astype(dtype))


def test_long_rows_are_computed_in_float32_at_least():
    """65 classes. A float16 result is nearly always the nearest; float32's errors of a few ULP are larger than float64's."""
    x, v = RNG.normal(size=(2, 40, 65)).astype(np.float16).astype(np.float32)
    for function in (softmax_jacobian, lambda x: softmax_jvp(x, v.astype(x.dtype))):
        exact, ours, half = (function(x.astype(dtype)) for dtype in (np.float64, np.float32, np.float16))
        assert ours.dtype == np.float32 and half.dtype == np.float16
        assert not np.array_equal(ours, exact.astype(np.float32))
        assert_allclose(ours, exact, rtol=1e-6, atol=1e-7)
        assert np.mean(half == exact.astype(np.float16)) > 0.98
    both = softmax_jvp(x, v, axis=None)
    assert not np.array_equal(both, softmax_jvp(x.astype(float), v.astype(float), axis=None).astype(np.float32))


def test_masked_classes_have_exactly_zero_rows_and_columns():
    x = np.array([1.0, -np.inf, 2.0, -np.inf])
    open_classes = np.ix_([0, 2], [0, 2])
    jacobian = softmax_jacobian(x)
    assert_array_equal(jacobian[[1, 3]], 0)
    assert_array_equal(jacobian[:, [1, 3]], 0)
    assert_array_equal(jacobian[open_classes], softmax_jacobian([1.0, 2.0]))
    assert_array_equal(softmax_jvp(x, [1.0, 5.0, 2.0, -9.0])[[1, 3]], 0)
    assert_allclose(softmax_jvp(x, [1.0, 5.0, 2.0, -9.0])[[0, 2]], softmax_jvp([1.0, 2.0], [1.0, 2.0]), rtol=1e-15)


def test_a_single_open_class_has_derivative_zero():
    assert_array_equal(softmax_jacobian([-np.inf, 3.0]), np.zeros((2, 2)))
    assert_array_equal(softmax_jvp([-np.inf, 3.0], [1.0, 2.0]), [0, 0])
    assert_array_equal(softmax_jacobian([7.0]), [[0.0]])
    assert np.isnan(softmax_jacobian([np.nan])).all() and np.isnan(softmax_jvp([np.nan], [1.0])).all()


@pytest.mark.parametrize("row", [[np.nan, 0.0], [np.inf, 0.0], [np.inf, np.inf], [-np.inf, -np.inf]])
@pytest.mark.filterwarnings("error")
def test_rows_without_a_softmax_are_nan_and_leave_other_rows_alone(row):
    x = np.array([row, [1.0, 2.0]])
    expect_nan = np.isnan(softmax(x)[0]).all()
    jacobian, product = softmax_jacobian(x), softmax_jvp(x, np.array([[1.0, 3.0], [1.0, 3.0]]))
    assert np.isnan(jacobian[0]).all() == np.isnan(product[0]).all() == expect_nan
    assert_array_equal(jacobian[1], softmax_jacobian([1.0, 2.0]))
    assert_array_equal(product[1], softmax_jvp([1.0, 2.0], [1.0, 3.0]))


@pytest.mark.filterwarnings("error")
def test_an_infinite_direction_gives_nan_without_a_warning():
    assert np.isnan(softmax_jvp([0.0, 1.0, -np.inf], [1.0, 2.0, np.inf])).all()
    assert np.isnan(softmax_vjp([0.0, 1.0], [1.0, -np.inf])).all()


def test_underflow_is_silent_even_where_it_is_made_an_error():
    with np.errstate(all="raise"):
        assert softmax_jacobian([0.0, -500.0, -600.0])[1, 2] == 0
        assert_array_equal(softmax_jvp([0.0, -700.0], [0.0, 1e-300]), 0)
        for classes in (3, 100):
            x = np.array([0.0] + [-60.0] * (classes - 1), np.float16)
            assert softmax_jacobian(x)[1, 2] == 0 and softmax_jvp(x, np.ones_like(x))[1] == 0


def test_empty_input():
    assert softmax_jacobian(np.ones((3, 0))).shape == (3, 0, 0)
    assert softmax_jacobian(np.ones((0, 3))).shape == (0, 3, 3)
    assert softmax_jvp(np.ones((0, 3)), np.ones((0, 3))).shape == (0, 3)
    assert softmax_jvp(np.ones((3, 0)), np.ones((3, 0)), axis=1).shape == (3, 0)
    assert softmax_jvp(np.ones((2, 0)), np.ones((2, 0)), axis=None).shape == (2, 0)


def test_products_check_their_arguments():
    with pytest.raises(ValueError, match=r"tangent must have the shape of x, \(3,\), got shape \(2,\)"):
        softmax_jvp([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="cotangent must have"):
        softmax_vjp([[1, 2]], [1, 2])
    with pytest.raises(TypeError, match="cotangent"):
        softmax_vjp([1, 2], [1j, 2])
    with pytest.raises(np.exceptions.AxisError):
        softmax_jvp([1, 2], [1, 2], axis=1)
    with pytest.raises(np.exceptions.AxisError):
        softmax_jvp(np.ones((0, 2)), np.ones((0, 2)), axis=2)


def test_jacobian_checks_its_argument():
    with pytest.raises(TypeError, match="x must hold real numbers"):
        softmax_jacobian([1j])
    with pytest.raises(TypeError, match="x must hold real numbers"):
        softmax_jacobian(["1"])
