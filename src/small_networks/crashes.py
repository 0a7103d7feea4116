"""Fourteen trainings that die, each in its own way: what the flight recorder is tested with."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .data import digits, spiral
from .layers import Conv2d, Flatten, Linear, MaxPool2d, Network, ReLU
from .losses import naive_loss, stable_loss, standard_fix_loss
from .optimizers import SGD, Adam, Optimizer
from .recorder import FlightRecorder
from .training import train_step

__all__ = ["SETUPS", "Setup", "Training", "fly"]


class Training(NamedTuple):
    """All that `train_step` needs."""

    network: Network
    optimizer: Optimizer
    inputs: np.ndarray
    labels: np.ndarray
    loss: Callable


class Setup(NamedTuple):
    """A training that dies."""

    why: str  #: what happens, in a sentence
    tensor: str  #: which tensor is the first with a number that is not finite
    make: Callable  #: takes a seed, returns a fresh `Training`


def fly(training, steps=2000, recorder=None):
    """Train until the first number that is not finite.

    Parameters
    ----------
    training : Training
    steps : int, default 2000
        How many steps to take at most.
    recorder : FlightRecorder, optional
        A new one by default.

    Returns
    -------
    FlightRecorder
        With its `crash`; None if the training survived.

    Examples
    --------
    >>> print(fly(SETUPS["nan in the data"].make(seed=0)))
    step 0: inputs at [7, 0, 3, 4] is nan, the first number that is not finite (1 of 4096)
    """
    network, optimizer, inputs, labels, loss = training
    recorder = recorder or FlightRecorder()
    with np.errstate(all="ignore"):
        for _ in range(steps):
            train_step(network, optimizer, inputs, labels, loss, recorder)
            if recorder.crash:
                break
    return recorder


def _spiral(seed, dtype, loss, rule, relu=True):
    """Two layers on the spiral, with or without a ReLU between them."""
    points, labels = spiral()
    rng = np.random.default_rng(seed)
    between = [ReLU()] if relu else []
    network = Network(Linear(2, 30, rng, dtype=dtype), *between, Linear(30, 3, rng, dtype=dtype))
    return Training(network, rule(network.parameters()), points.astype(dtype), labels, loss)


def _digits(seed, dtype, loss, rule, bias=0.0, convolutions=False, white=16):
    """A linear classifier or a small CNN on 64 digits. Dividing pixels by `white` = 1 leaves them at 0 to 16."""
    images, labels = digits()
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(labels), 64, replace=False)
    if convolutions:
        layers = [
            Conv2d(1, 8, 3, rng, padding=1, scale=30.0, dtype=dtype),
            ReLU(),
            MaxPool2d(),
            Conv2d(8, 16, 3, rng, padding=1, scale=30.0, dtype=dtype),
            ReLU(),
            Flatten(),
            Linear(256, 10, rng, dtype=dtype),
        ]
    else:
        linear = Linear(64, 10, rng, scale=0.01, dtype=dtype)
        linear.bias.value += np.asarray(bias, dtype)
        layers = [Flatten(), linear]
    network = Network(*layers)
    inputs = (images[chosen, np.newaxis] / white).astype(dtype)
    return Training(network, rule(network.parameters()), inputs, labels[chosen], loss)


def _nan_pixel(seed):
    training = _digits(seed, "float32", stable_loss, lambda p: SGD(p, 0.1))
    training.inputs[7, 0, 3, 4] = np.nan
    return training


def _infinite_weight(seed):
    training = _spiral(seed, "float32", stable_loss, lambda p: SGD(p, 0.1))
    training.network.parameters()[2].value[5, 1] = np.inf
    return training


def _many_classes(seed):
    rng = np.random.default_rng(seed)
    network = Network(Linear(2, 70_000, rng, scale=0.0, dtype="float16"))
    inputs = rng.standard_normal((4, 2)).astype("float16")
    return Training(network, SGD(network.parameters(), 0.1), inputs, np.arange(4), standard_fix_loss)


#: The trainings, by name.
SETUPS = {
    "naive loss, float32": Setup(
        "Pixels left at 0 to 16 make large steps, and a score passes 88.72, where exp overflows.",
        "exponentials", lambda seed: _digits(seed, "float32", naive_loss, lambda p: SGD(p, 1.0), white=1),
    ),
    "naive loss, float64": Setup(
        "The same at a higher rate passes 709.78.",
        "exponentials", lambda seed: _digits(seed, "float64", naive_loss, lambda p: SGD(p, 10.0), white=1),
    ),
    "naive loss, float16": Setup(
        "A high learning rate drives a score above 11.09, where exp overflows.",
        "exponentials", lambda seed: _digits(seed, "float16", naive_loss, lambda p: SGD(p, 10.0)),
    ),
    "naive loss, a large sum": Setup(
        "Each exponential fits float16, their sum does not.",
        "sums", lambda seed: _digits(seed, "float16", naive_loss, lambda p: SGD(p, 0.1), bias=10.0),
    ),
    "naive loss, underflow": Setup(
        "All exponentials of a row are 0, so is their sum: 0/0.",
        "probabilities", lambda seed: _digits(seed, "float16", naive_loss, lambda p: SGD(p, 0.1), bias=-20.0),
    ),
    "standard fix, log of 0": Setup(
        "Unscaled pixels make wide scores; a label's probability underflows, and its logarithm is -inf.",
        "log-probabilities",
        lambda seed: _digits(seed, "float32", standard_fix_loss, lambda p: SGD(p, 0.1), white=1),
    ),
    "standard fix, 70,000 classes": Setup(
        "Every exponential is 1, and float16 ends at 65,504.",
        "sums", _many_classes,
    ),
    "rate too high": Setup(
        "The loss is stable, but each layer's gradient grows with the other's weights.",
        "scores", lambda seed: _spiral(seed, "float32", stable_loss, lambda p: SGD(p, 10.0), relu=False),
    ),
    "update out of float16": Setup(
        "A finite gradient, times the learning rate, overflows.",
        "updated linear1.weight", lambda seed: _digits(
            seed, "float16", stable_loss, lambda p: SGD(p, 2e4), bias=[9.0] + [0.0] * 9, white=1),
    ),
    "Adam in float16": Setup(
        "A pixel that is always 0 has gradient 0, and eps = 1e-8 rounds to 0: 0/0.",
        "updated linear1.weight", lambda seed: _digits(seed, "float16", stable_loss, lambda p: Adam(p, 1e-3)),
    ),
    "weight decay too high": Setup(
        "rate times decay above 2 makes each weight change its sign and grow.",
        "gradient of linear1.weight with decay",
        lambda seed: _digits(seed, "float32", stable_loss, lambda p: SGD(p, 0.1, decay=100.0)),
    ),
    "convolutions": Setup(
        "The weights were drawn too wide; each layer makes the values larger.",
        "conv2",
        lambda seed: _digits(seed, "float16", stable_loss, lambda p: SGD(p, 0.1), convolutions=True, white=1),
    ),
    "nan in the data": Setup("One pixel of one image is missing.", "inputs", _nan_pixel),
    "infinite weight": Setup("One weight came broken out of a file.", "linear2.weight", _infinite_weight),
}  # fmt: skip
