"""Layers against finite differences, plain loops and torch."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from small_networks import (
    SGD,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    train_step,
)
from stable_softmax import cross_entropy_with_grad
from stable_softmax.gradcheck import check_gradient
from tests.networks.nets import small_cnn
from tools.answers import cases, stored

LAYERS = {
    "linear": (lambda rng: Linear(4, 3, rng), (5, 4)),
    "relu": (lambda rng: ReLU(), (5, 4)),
    "relu of images": (lambda rng: ReLU(), (2, 3, 4, 2)),
    "flatten": (lambda rng: Flatten(), (2, 3, 4, 2)),
    "conv": (lambda rng: Conv2d(2, 3, 3, rng), (2, 2, 5, 4)),
    "conv, padded": (lambda rng: Conv2d(3, 2, 3, rng, padding=1), (2, 3, 4, 5)),
    "conv, padded by more than it needs": (lambda rng: Conv2d(1, 2, 2, rng, padding=3), (1, 1, 2, 3)),
    "conv, one pixel": (lambda rng: Conv2d(2, 4, 1, rng), (3, 2, 2, 2)),
    "conv, kernel as large as the image": (lambda rng: Conv2d(2, 4, 3, rng), (3, 2, 3, 3)),
    "pool": (lambda rng: MaxPool2d(), (2, 3, 4, 6)),
    "pool of 3": (lambda rng: MaxPool2d(3), (2, 2, 3, 6)),
    "a small CNN": (small_cnn, (3, 1, 8, 8)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_against_centred_differences(name, rng):
    """The gradient of a random weighting of the outputs, for the inputs and for every parameter."""
    make, shape = LAYERS[name]
    layer, x = make(rng), rng.standard_normal(shape)
    for parameter in layer.parameters():  # biases other than 0
        parameter.value[...] = rng.standard_normal(parameter.value.shape)
    mixture = rng.standard_normal(layer.forward(x).shape)
    slope = layer.backward(mixture)
    gradients = [parameter.gradient for parameter in layer.parameters()]

    def value(inputs):
        return (mixture * layer.forward(inputs)).sum()

    assert check_gradient(value, slope, x, floor=1e-3).error < 1e-7
    for parameter, gradient in zip(layer.parameters(), gradients, strict=True):
        start = parameter.value.copy()

        def value_at(values, parameter=parameter):
            parameter.value[...] = values
            return (mixture * layer.forward(x)).sum()

        assert check_gradient(value_at, gradient, start, floor=1e-3).error < 1e-7, parameter.name
        parameter.value[...] = start


def test_gradients_through_the_loss(rng):
    """The chain as train_step runs it, decay included."""
    network, x, labels = small_cnn(rng), rng.standard_normal((4, 1, 8, 8)), np.array([0, 4, 2, 2])
    weight = network.parameters()[0]
    start, decay, rate = weight.value.copy(), 0.1, 0.5

    def penalised(values):
        weight.value[...] = values
        return cross_entropy_with_grad(network.forward(x), labels)[0] + decay / 2 * (values**2).sum()

    numeric = check_gradient(penalised, np.zeros_like(start), start).numeric
    weight.value[...] = start
    train_step(network, SGD(network.parameters(), rate, decay=decay), x, labels)
    assert_allclose((start - weight.value) / rate, numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_convolution_against_a_plain_loop(size, padding, rng):
    layer, x = Conv2d(2, 3, size, rng, padding=padding), rng.standard_normal((2, 2, 4, 5))
    layer.bias.value[...] = [1, 2, 3]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    high, wide = padded.shape[2] - size + 1, padded.shape[3] - size + 1
    expected = np.empty((2, 3, high, wide))
    for n, f, i, j in np.ndindex(expected.shape):
        square = padded[n, :, i : i + size, j : j + size]
        expected[n, f, i, j] = (square * layer.weight.value[f]).sum() + layer.bias.value[f]
    assert_allclose(layer.forward(x), expected, atol=1e-13)


def test_pool_against_a_plain_loop(rng):
    x = rng.standard_normal((2, 3, 6, 4))
    expected = [
        [[[x[n, c, i : i + 2, j : j + 2].max() for j in (0, 2)] for i in (0, 2, 4)] for c in range(3)] for n in range(2)
    ]
    assert_array_equal(MaxPool2d().forward(x), expected)


def test_a_tie_goes_to_the_first_pixel():
    pool, x = MaxPool2d(), np.array([[[[1.0, 5, 2, 2], [5, 5, 2, 2]]]])
    assert_array_equal(pool.forward(x), [[[[5, 2]]]])
    assert_array_equal(pool.backward(np.array([[[[7.0, 3.0]]]])), [[[[0, 7, 3, 0], [0, 0, 0, 0]]]])


def test_relu_has_slope_0_at_0_and_keeps_nan():
    relu = ReLU()
    assert_array_equal(relu.forward(np.array([[-1.0, 0, 2, np.nan]])), [[0, 0, 2, np.nan]])
    assert_array_equal(relu.backward(np.ones((1, 4))), [[0, 0, 1, 0]])


def test_an_infinite_slope_stays_where_it_is():
    """inf times 0 would be nan, in places that the loss does not depend on."""
    relu, pool = ReLU(), MaxPool2d()
    relu.forward(np.array([[-1.0, 2.0]]))
    assert_array_equal(relu.backward(np.array([[np.inf, np.inf]])), [[0, np.inf]])
    pool.forward(np.array([[[[1.0, 2], [3, 4]]]]))
    assert_array_equal(pool.backward(np.array([[[[np.inf]]]])), [[[[0, 0], [0, np.inf]]]])


def test_pool_shows_a_nan():
    assert np.isnan(MaxPool2d().forward(np.array([[[[1.0, np.nan], [3, 4]]]]))).all()


def test_layers_do_not_change_their_inputs(rng):
    network, x = small_cnn(rng), rng.standard_normal((3, 1, 8, 8))
    before = x.copy()
    slope = np.ones_like(network.forward(x))
    network.backward(slope)
    assert_array_equal(x, before)
    assert_array_equal(slope, 1)


def test_ties_go_where_torch_sends_them():
    [name] = cases.TIES
    theirs, pool = stored("torch", "ties in a pool", name), MaxPool2d()
    out = pool.forward(cases.TIES[name]["images"])
    assert_array_equal(out, theirs["out"])
    slope = np.arange(out.size, dtype=float).reshape(out.shape)
    assert_array_equal(pool.backward(slope), theirs["slope"])


@pytest.mark.parametrize("name", LAYERS)
def test_a_slope_of_another_shape_is_refused(name, rng):
    make, shape = LAYERS[name]
    layer = make(rng)
    slope = layer.forward(rng.standard_normal(shape))
    for wrong in (slope[1:], slope[..., :-1], slope[np.newaxis]):
        with pytest.raises(ValueError, match="slope must have the shape of the outputs"):
            layer.backward(wrong)
