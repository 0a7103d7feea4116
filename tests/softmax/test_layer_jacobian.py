"""The Jacobian of a softmax layer with respect to its weights, by two ways, against SymPy and numerical derivatives."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from stable_softmax import gradcheck, symbolic
from stable_softmax.functions import softmax
from stable_softmax.jacobian import (
    linear_layer_jacobian,
    softmax_layer_jacobian,
    softmax_layer_jacobian_composed,
    softmax_vjp,
)

RNG = np.random.default_rng(2017)

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


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ml_dtypes.bfloat16])
def test_dtypes_are_kept_and_results_rounded_once(dtype):
    weights, inputs = WEIGHTS.astype(dtype), INPUTS.astype(dtype)
    wide = [array.astype(np.float64) for array in (weights, inputs)]
    exact = softmax_layer_jacobian(*wide)
    for function in (softmax_layer_jacobian, softmax_layer_jacobian_composed):
        ours = function(weights, inputs)
        assert ours.dtype == dtype
        eps = float(ml_dtypes.finfo(dtype).eps)
        assert_allclose(ours.astype(float), exact, rtol=max(0.52 * eps, 4e-16))
    linear = linear_layer_jacobian(inputs, 2)
    assert linear.dtype == dtype
    assert_array_equal(linear[1, 3:], inputs)


def test_dtypes_of_both_arguments_count():
    assert softmax_layer_jacobian(WEIGHTS.astype(np.float32), INPUTS).dtype == np.float64
    assert softmax_layer_jacobian(WEIGHTS, INPUTS.astype(np.float32)).dtype == np.float64
    assert softmax_layer_jacobian([[1, 0]], [2, 3]).dtype == linear_layer_jacobian([1, 2], 1).dtype == np.float64
    with pytest.raises(TypeError, match="weights holds bfloat16, inputs holds float16"):
        softmax_layer_jacobian(WEIGHTS.astype(ml_dtypes.bfloat16), INPUTS.astype(np.float16))


def test_a_layer_of_many_classes_is_computed_in_float32():
    """The number of classes decides, not that of inputs: 64 by 70 in float64, 65 by 3 in float32."""
    for shape, is_wide in (((64, 70), True), ((65, 3), False)):
        weights, inputs = RNG.normal(size=shape).astype(np.float32), RNG.normal(size=shape[1]).astype(np.float32)
        exact = softmax_layer_jacobian(weights.astype(float), inputs.astype(float))
        ours = softmax_layer_jacobian(weights, inputs)
        assert np.array_equal(ours, exact.astype(np.float32)) == is_wide
        assert_allclose(ours, exact, rtol=1e-4)


def test_empty_batches_inputs_and_classes():
    for function in (softmax_layer_jacobian, softmax_layer_jacobian_composed):
        assert function(np.ones((2, 3)), np.ones((0, 3))).shape == (0, 2, 6)
        assert function(np.ones((2, 0)), np.ones(0)).shape == (2, 0)
        assert function(np.ones((0, 3)), np.ones(3)).shape == (0, 0)
    assert linear_layer_jacobian(np.ones(3), 0).shape == (0, 0)
    assert linear_layer_jacobian(np.ones((4, 0)), 2).shape == (4, 2, 0)


def test_arguments_are_checked():
    for function in (softmax_layer_jacobian, softmax_layer_jacobian_composed):
        with pytest.raises(ValueError, match=r"weights must have shape \(classes, 3\) .* got shape \(3,\)"):
            function(INPUTS, INPUTS)
        message = r"weights must have shape \(classes, 2\) for inputs of shape \(5, 2\), got shape \(2, 3\)"
        with pytest.raises(ValueError, match=message):
            function(WEIGHTS, np.ones((5, 2)))
        with pytest.raises(ValueError, match="inputs must have at least one axis, got a scalar"):
            function(WEIGHTS, 1.0)
        with pytest.raises(TypeError, match="weights must hold real numbers"):
            function(WEIGHTS * 1j, INPUTS)
        with pytest.raises(TypeError, match="inputs must hold real numbers"):
            function(WEIGHTS, INPUTS * 1j)
    with pytest.raises(ValueError, match="classes must be at least 0, got -1"):
        linear_layer_jacobian(INPUTS, -1)
    with pytest.raises(TypeError, match="classes must be an int"):
        linear_layer_jacobian(INPUTS, 2.5)
    with pytest.raises(ValueError, match="inputs must have at least one axis, got a scalar"):
        linear_layer_jacobian(1.0, 2)
