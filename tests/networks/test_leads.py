"""What the notes and the benchmarks say that these networks reach."""

import numpy as np
import pytest

from benchmarks import networks
from small_networks import (
    SGD,
    Linear,
    Network,
    ReLU,
    accuracy,
    spiral,
    train_step,
)


def spiral_network(kind, seed):
    """Data, network and optimizer with the notes' settings; `seed` 0 is this book's own."""
    old = np.random.RandomState(seed)
    points, labels = spiral(old)
    if kind == "linear":
        network = Network(Linear(2, 3, old, scale=0.01))
    else:
        network = Network(Linear(2, 100, old, scale=0.01), ReLU(), Linear(100, 3, old, scale=0.01))
    return points, labels, network, SGD(network.parameters(), rate=1.0, decay=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_linear_classifier_of_the_notes(seed):
    points, labels, network, optimizer = spiral_network("linear", seed)
    losses = [train_step(network, optimizer, points, labels) for _ in range(200)]
    penalty = 1e-3 / 2 * (network.parameters()[0].value ** 2).sum()
    assert losses[0] == pytest.approx(np.log(3), abs=0.01)
    assert losses[-1] + penalty == pytest.approx(0.78, abs=0.04)
    assert 0.44 < accuracy(network, points, labels) < 0.58
    if seed == 0:
        assert losses[-1] + penalty == pytest.approx(0.786, abs=0.001)
        assert round(accuracy(network, points, labels), 2) == 0.49


@pytest.mark.slow
def test_the_two_layers_of_the_notes():
    points, labels, network, optimizer = spiral_network("two layers", 0)
    losses = [train_step(network, optimizer, points, labels) for _ in range(10_000)]
    assert losses[0] == pytest.approx(1.0987, abs=1e-3)
    assert 0.97 <= accuracy(network, points, labels) < 1


@pytest.mark.slow
def test_the_digits_are_recognised():
    """One of the ten seeds of the benchmarks, which print the worst and the best of them."""
    assert 0.94 <= networks.train_linear(seed=0) <= 0.985
    assert 0.98 <= networks.train_cnn(seed=0) <= 1
