"""Optimizers against the scalar formulas, and beside torch, alone and training a CNN."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from small_networks import (
    SGD,
    Adam,
    Parameter,
    train_step,
)
from tests.networks.nets import small_cnn
from tools.answers import cases, stored


def trained(rule, gradients, start=(1.0, -2.0), name="weight"):
    """The value after each of some steps with given gradients."""
    parameter, path = Parameter(name, np.array(start)), []
    optimizer = rule([parameter])
    for gradient in gradients:
        parameter.gradient = np.array(gradient)
        optimizer.step()
        path.append(parameter.value.copy())
    return np.array(path)


GRADIENTS = cases.GRADIENTS


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.0, 0.25])
def test_sgd_against_scalars(momentum, decay):
    path = trained(lambda p: SGD(p, 0.1, momentum=momentum, decay=decay), GRADIENTS)
    for column, w in enumerate((1.0, -2.0)):
        v = 0.0
        for step, gradients in enumerate(GRADIENTS.tolist()):
            v = momentum * v + (gradients[column] + decay * w)
            w = w - 0.1 * v
            assert path[step, column] == pytest.approx(w, rel=1e-14)


@pytest.mark.parametrize("decay", [0.0, 0.25])
def test_adam_against_scalars(decay):
    path = trained(lambda p: Adam(p, 0.1, beta1=0.8, beta2=0.99, eps=1e-3, decay=decay), GRADIENTS)
    for column, w in enumerate((1.0, -2.0)):
        m = v = 0.0
        for t, gradients in enumerate(GRADIENTS.tolist(), start=1):
            g = gradients[column] + decay * w
            m = 0.8 * m + 0.2 * g
            v = 0.99 * v + 0.01 * g * g
            w = w - 0.1 * (m / (1 - 0.8**t)) / ((v / (1 - 0.99**t)) ** 0.5 + 1e-3)
            assert path[t - 1, column] == pytest.approx(w, rel=1e-13)


#: This book's rules with the settings of the cases that torch is asked about.
RULES = {
    "momentum": lambda p: SGD(p, 0.1, momentum=0.9, decay=0.01),
    "adam": lambda p: Adam(p, 0.01),
    "adam with decay": lambda p: Adam(p, 0.1, beta1=0.7, beta2=0.9, eps=0.01, decay=0.1),
}


@pytest.mark.parametrize("name", cases.OPTIMIZERS)
def test_optimizers_go_where_torch_does(name):
    path = stored("torch", "optimizers", name)["path"]
    assert path.shape == GRADIENTS.shape
    assert_allclose(trained(RULES[name], GRADIENTS), path, rtol=1e-13)


@pytest.mark.parametrize("rule", [lambda p: SGD(p, 0.1, decay=0.5), lambda p: Adam(p, 0.1, decay=0.5)])
def test_decay_is_for_weights_alone(rule):
    assert_array_equal(trained(rule, [[0.0, 0.0]] * 3, name="linear1.bias"), [[1, -2]] * 3)
    assert (np.abs(trained(rule, [[0.0, 0.0]] * 3, name="linear1.weight")) < [1, 2]).all()


def test_adam_keeps_two_moments():
    """deepnet's Adam kept both in one buffer; a constant gradient then moves by another step than the rate."""
    path = trained(lambda p: Adam(p, 0.1), np.tile([[3.0, -0.01]], (20, 1)))
    assert_allclose(np.diff(path, axis=0), np.tile([[-0.1, 0.1]], (19, 1)), rtol=1e-5)


def test_a_cnn_trains_as_in_torch():
    """Losses of 20 steps and the weights at the end, in float64."""
    [name] = cases.CNN
    case, theirs = cases.CNN[name], stored("torch", "a CNN", name)
    network = small_cnn(np.random.default_rng(0))

    def as_ours(name, value):
        return value.T if name == "linear_weight" else value

    for parameter, weight in zip(network.parameters(), cases.CNN_SHAPES, strict=True):
        parameter.value[...] = as_ours(weight, case[weight])
    optimizer = SGD(network.parameters(), 0.1, momentum=0.9)
    losses = [train_step(network, optimizer, case["images"], case["labels"]) for _ in range(20)]
    assert_allclose(losses, theirs["losses"], rtol=1e-9, strict=True)
    assert losses[-1] < losses[0] / 3
    for parameter, weight in zip(network.parameters(), cases.CNN_SHAPES, strict=True):
        assert_allclose(parameter.value, as_ours(weight, theirs[weight]), rtol=1e-7, atol=1e-10, err_msg=weight)
