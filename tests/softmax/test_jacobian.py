"""The Jacobian and its products against SymPy, numerical derivatives, exact arithmetic and each other."""

from fractions import Fraction

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
    linear_layer_jacobian,
    logsumexp_hessian,
    softmax_jacobian,
    softmax_jvp,
    softmax_layer_jacobian,
    softmax_layer_jacobian_composed,
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
    ("x", "dtype", "rtol"),
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
        mean = mpmath.fsum(share * entry for share, entry in zip(p, u))
        size = mpmath.fsum(share * abs(entry) for share, entry in zip(p, u))
        for value, share, entry in zip(product, p, u):
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


# Dtypes, shapes, special values, errors


@pytest.mark.parametrize("dtype", FLOATS)
def test_floating_dtypes_are_kept(dtype):
    x = np.array([1, 2, 3], dtype=dtype)
    weights = np.ones((2, 3), dtype=dtype)
    results = [
        softmax_jacobian(x),
        logsumexp_hessian(x),
        softmax_jvp(x, x),
        softmax_vjp(x, x),
        linear_layer_jacobian(x, 2),
        softmax_layer_jacobian(weights, x),
        softmax_layer_jacobian_composed(weights, x),
    ]
    assert [result.dtype for result in results] == [dtype] * len(results)
    rtol = 2 * max(float(np.finfo(dtype).eps), 4e-16)
    assert_allclose(results[0].astype(float), softmax_jacobian([1, 2, 3]), rtol=rtol)


def test_integers_become_float64_and_mixed_dtypes_meet():
    assert softmax_jacobian([1, 2]).dtype == np.float64
    single, double = np.zeros(2, np.float32), np.ones(2)
    assert softmax_jvp(single, double).dtype == softmax_jvp(double, single).dtype == np.float64
    assert softmax_jvp(single, np.array([1, 0])).dtype == np.float64
    assert_array_equal(softmax_jvp([True, False], [1, 0]), softmax_jvp([1.0, 0.0], [1.0, 0.0]))


def test_float16_is_rounded_once():
    x, v = RNG.normal(size=(2, 50)).astype(np.float16)
    exact = softmax_jacobian(x.astype(np.float64))
    assert np.all(np.abs(softmax_jacobian(x) - exact) <= 0.51 * np.spacing(np.abs(exact).astype(np.float16)))
    exact = softmax_jvp(x.astype(np.float64), v.astype(np.float64))
    assert np.all(np.abs(softmax_jvp(x, v) - exact) <= 0.51 * np.spacing(np.abs(exact).astype(np.float16)))


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


def test_empty_input():
    assert softmax_jacobian(np.ones((3, 0))).shape == (3, 0, 0)
    assert softmax_jacobian(np.ones((0, 3))).shape == (0, 3, 3)
    assert softmax_jvp(np.ones((0, 3)), np.ones((0, 3))).shape == (0, 3)
    assert softmax_jvp(np.ones((3, 0)), np.ones((3, 0)), axis=1).shape == (3, 0)
    assert softmax_layer_jacobian(np.ones((2, 3)), np.ones((0, 3))).shape == (0, 2, 6)
    assert linear_layer_jacobian(np.ones(3), 0).shape == (0, 0)


def test_products_check_their_arguments():
    with pytest.raises(ValueError, match=r"tangent must have the shape of x, \(3,\), but has shape \(2,\)"):
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
    with pytest.raises(ValueError, match="x must have at least one axis"):
        softmax_jacobian(1.0)
    with pytest.raises(TypeError, match="x must hold real numbers"):
        softmax_jacobian([1j])
    with pytest.raises(TypeError, match="x must hold real numbers"):
        softmax_jacobian(["1"])


# The softmax layer

# The worked example in Bendersky's softmax.py
WEIGHTS = np.array([[2.0, 3.0, 4.0], [3.0, 5.0, -1.0]])
INPUTS = np.array([0.1, -0.2, 0.3])


def test_layer_jacobian_against_sympy():
    columns = symbolic.weights(2, 3), symbolic.vector(symbolic.x, 3)
    expected = symbolic.as_function(symbolic.layer_jacobian(2, 3), *columns)(WEIGHTS, INPUTS)
    assert expected.shape == (2, 6)
    assert_allclose(softmax_layer_jacobian(WEIGHTS, INPUTS), expected, rtol=1e-13)
    assert_allclose(softmax_layer_jacobian_composed(WEIGHTS, INPUTS), expected, rtol=1e-13)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (4, 100)])
def test_layer_jacobian_against_centred_differences_row_by_row(shape):
    weights, x = RNG.normal(size=shape) / 4, RNG.normal(size=shape[1])
    numeric = gradcheck.finite_difference(lambda w: softmax(w @ x), weights).reshape(shape[0], -1)
    assert_allclose(softmax_layer_jacobian(weights, x), numeric, atol=1e-9)
    assert_allclose(softmax_layer_jacobian_composed(weights, x), numeric, atol=1e-9)


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-5, 5)), hnp.arrays(np.float64, 4, elements=st.floats(-5, 5)))
def test_layer_jacobian_composed_is_direct(weights, x):
    direct = softmax_layer_jacobian(weights, x)
    assert_allclose(softmax_layer_jacobian_composed(weights, x), direct, rtol=1e-12, atol=1e-300)


def test_layer_jacobian_of_a_batch():
    weights, x = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 2, 4))
    for function in (softmax_layer_jacobian, softmax_layer_jacobian_composed):
        batch = function(weights, x)
        assert batch.shape == (5, 2, 3, 12)
        assert_allclose(batch[4, 1], function(weights, x[4, 1]), rtol=1e-12)


def test_layer_gradient_of_the_loss_three_ways():
    """Bendersky: with cross-entropy on top the gradient is (S_i - 1(i = y)) x_j."""
    label = 1
    p = softmax(WEIGHTS @ INPUTS)
    collapsed = np.outer(p - np.eye(2)[label], INPUTS)
    slope = np.where(np.arange(2) == label, -1 / p, 0)
    assert_allclose((slope @ softmax_layer_jacobian(WEIGHTS, INPUTS)).reshape(2, 3), collapsed, rtol=1e-13)
    assert_allclose(np.outer(softmax_vjp(WEIGHTS @ INPUTS, slope), INPUTS), collapsed, rtol=1e-13)
    numeric = gradcheck.finite_difference(lambda w: -np.log(softmax(w @ INPUTS)[label]), WEIGHTS)
    assert_allclose(numeric, collapsed, atol=1e-9)


def test_linear_layer_jacobian():
    jacobian = linear_layer_jacobian(INPUTS, 2)
    numeric = gradcheck.finite_difference(lambda w: w @ INPUTS, WEIGHTS).reshape(2, 6)
    assert_allclose(jacobian, numeric, atol=1e-9)
    assert np.count_nonzero(jacobian) == 6, "one entry in T is not zero"
    assert_array_equal(linear_layer_jacobian([np.inf, 1.0], 2), [[np.inf, 1, 0, 0], [0, 0, np.inf, 1]])


def test_layer_checks_its_arguments():
    for function in (softmax_layer_jacobian, softmax_layer_jacobian_composed):
        with pytest.raises(ValueError, match=r"weights must be a matrix .* has shape \(3,\)"):
            function(INPUTS, INPUTS)
        with pytest.raises(ValueError, match=r"each of the 2 inputs in x, but has shape \(2, 3\)"):
            function(WEIGHTS, [1.0, 2.0])
        with pytest.raises(ValueError, match="x must have at least one axis"):
            function(WEIGHTS, 1.0)
        with pytest.raises(TypeError, match="weights must hold real numbers"):
            function(WEIGHTS * 1j, INPUTS)
    with pytest.raises(ValueError, match="classes must not be negative, got -1"):
        linear_layer_jacobian(INPUTS, -1)
    with pytest.raises(TypeError):
        linear_layer_jacobian(INPUTS, 2.5)
    with pytest.raises(ValueError, match="x must have at least one axis"):
        linear_layer_jacobian(1.0, 2)
