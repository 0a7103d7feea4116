"""Bad input to networks is named."""

import numpy as np
import pytest

from small_networks import (
    SGD,
    Adam,
    Conv2d,
    Linear,
    MaxPool2d,
    Network,
    Parameter,
    ReLU,
    accuracy,
    digits,
    minibatches,
    naive_loss,
    shift,
    split,
    stable_loss,
    standard_fix_loss,
)


def raised(function):
    with pytest.raises(Exception) as caught:  # noqa: PT011, which one is what the caller asks  # noqa: PT011, which one is what the caller asks
        function()
    return type(caught.value), str(caught.value)


RNG = np.random.default_rng(0)
ONE = [Parameter("weight", np.ones(2), np.ones(2))]
BAD = {
    "no rng": (lambda: Linear(2, 3, 0), TypeError, "rng must be a random generator.*but is 0"),
    "float size": (lambda: Linear(2.0, 3, RNG), TypeError, "inputs must be an int, but is 2.0"),
    "bool size": (lambda: Linear(2, True, RNG), TypeError, "outputs must be an int, but is True"),
    "size 0": (lambda: Linear(2, 0, RNG), ValueError, "outputs must be at least 1, but is 0"),
    "integer dtype": (lambda: Linear(2, 3, RNG, dtype=int), TypeError, "dtype must be float16, .*but is int64"),
    "longdouble": (lambda: Linear(2, 3, RNG, dtype="complex64"), TypeError, "dtype must be.*but is complex64"),
    "unknown dtype": (lambda: Linear(2, 3, RNG, dtype="float17"), TypeError, "float17"),
    "negative scale": (lambda: Linear(2, 3, RNG, scale=-1), ValueError, "scale must be finite and not negative, but is -1"),
    "nan scale": (lambda: Conv2d(1, 3, 3, RNG, scale=np.nan), ValueError, "scale must be finite"),
    "no channels": (lambda: Conv2d(0, 3, 3, RNG), ValueError, "channels must be at least 1"),
    "no filters": (lambda: Conv2d(1, 0, 3, RNG), ValueError, "filters must be at least 1"),
    "no kernel": (lambda: Conv2d(1, 1, 0, RNG), ValueError, "kernel_size must be at least 1"),
    "padding": (lambda: Conv2d(1, 1, 3, RNG, padding=-1), ValueError, "padding must be at least 0, but is -1"),
    "pool": (lambda: MaxPool2d(0), ValueError, "size must be at least 1"),
    "linear shape": (lambda: Linear(2, 3, RNG).forward(np.ones((5, 3))), ValueError, r"Linear: x must have shape \(examples, 2\), but has shape \(5, 3\)"),
    "linear row": (lambda: Linear(2, 3, RNG).forward(np.ones(2)), ValueError, r"x must have shape \(examples, 2\)"),
    "a list": (lambda: Linear(2, 3, RNG).forward([[1.0, 2.0]]), TypeError, "Linear: x must be a NumPy array, but is a list"),
    "other dtype": (lambda: Linear(2, 3, RNG, dtype="float16").forward(np.ones((5, 2))), TypeError, "x has dtype float64, but the weights have float16"),
    "pixels of bytes": (lambda: Conv2d(1, 3, 3, RNG).forward(np.ones((5, 1, 8, 8), np.uint8)), TypeError, "Conv2d: x has dtype uint8"),
    "no channel axis": (lambda: Conv2d(1, 3, 3, RNG).forward(np.ones((5, 8, 8))), ValueError, r"Conv2d: x must have shape \(examples, 1, height, width\)"),
    "channels": (lambda: Conv2d(2, 3, 3, RNG).forward(np.ones((5, 1, 8, 8))), ValueError, r"\(examples, 2, height, width\), but has shape \(5, 1, 8, 8\)"),
    "small image": (lambda: Conv2d(1, 3, 3, RNG).forward(np.ones((5, 1, 8, 2))), ValueError, "8 x 2 pixels with padding 0 are smaller than the kernel, 3 x 3"),
    "odd image": (lambda: MaxPool2d().forward(np.ones((5, 1, 7, 8))), ValueError, "sides that 2 divides"),
    "flat image": (lambda: MaxPool2d().forward(np.ones((5, 8))), ValueError, "MaxPool2d: x must have shape"),
    "backward first": (lambda: Linear(2, 3, RNG).backward(np.ones((5, 3))), RuntimeError, "Linear.backward was called before forward"),
    "not a layer": (lambda: Network(Linear(2, 3, RNG), np.tanh), TypeError, "one is <ufunc 'tanh'>"),
    "a class": (lambda: Network(ReLU), TypeError, "layers must be layers"),
    "no layers": (lambda: Network(), ValueError, "at least one"),
    "twice": (lambda: Network(*2 * [ReLU()]), ValueError, "one comes twice"),
    "negative rate": (lambda: SGD(ONE, -0.1), ValueError, "rate must be at least 0 and finite, but is -0.1"),
    "nan rate": (lambda: Adam(ONE, np.nan), ValueError, "rate must be at least 0 and finite"),
    "a word": (lambda: SGD(ONE, "fast"), TypeError, "rate must be a number, but is 'fast'"),
    "momentum 1": (lambda: SGD(ONE, 1, momentum=1), ValueError, "momentum must be at least 0 and below 1, but is 1"),
    "beta1": (lambda: Adam(ONE, 1, beta1=1.0), ValueError, "beta1 must be at least 0 and below 1"),
    "beta2": (lambda: Adam(ONE, 1, beta2=-0.1), ValueError, "beta2 must be"),
    "eps": (lambda: Adam(ONE, 1, eps=-1), ValueError, "eps must be"),
    "decay": (lambda: Adam(ONE, 1, decay=-1), ValueError, "decay must be"),
    "no parameters": (lambda: SGD([], 1), TypeError, "parameters must be a list of Parameter"),
    "arrays": (lambda: SGD([np.ones(2)], 1), TypeError, "parameters must be a list of Parameter"),
    "no gradient": (lambda: SGD(Linear(2, 3, RNG).parameters(), 1).step(), RuntimeError, "weight has no gradient yet"),
    "batch size": (lambda: minibatches(RNG, 10, 0), ValueError, "at least 1, but are 10 and 0"),
    "no examples": (lambda: minibatches(RNG, 0, 5), ValueError, "at least 1"),
    "labels of accuracy": (lambda: accuracy(Network(ReLU()), np.ones((3, 2)), [0, 1]), ValueError, r"labels must have shape \(3,\)"),
    "fraction 0": (lambda: split(digits(), 0.0), ValueError, "both sides, but is 0.0"),
    "fraction 1": (lambda: split(digits(), 1), ValueError, "both sides, but is 1"),
    "shift of a row": (lambda: shift(np.ones((5, 8)), RNG), ValueError, r"but are \(5, 8\) and 1"),
    "shift back": (lambda: shift(np.ones((5, 8, 8)), RNG, -1), ValueError, "at least 0.*and -1"),
    "integer scores": (lambda: naive_loss(np.ones((2, 2), int), np.zeros(2, int)), TypeError, "scores must be float16, .*have dtype int64"),
    "scores of a row": (lambda: naive_loss(np.ones(2), np.zeros(1, int)), ValueError, "scores must have shape"),
    "no rows": (lambda: standard_fix_loss(np.ones((0, 2)), np.zeros(0, int)), ValueError, "scores must have shape"),
    "float labels": (lambda: naive_loss(np.ones((2, 2)), np.zeros(2)), TypeError, "labels must be ints"),
    "too few labels": (lambda: stable_loss(np.ones((2, 2)), np.zeros(3, int)), ValueError, r"labels must have shape \(2,\)"),
    "no such class": (lambda: standard_fix_loss(np.ones((2, 2)), np.array([0, 2])), IndexError, "labels must lie in 0 to 1, but go from 0 to 2"),
    "negative label": (lambda: naive_loss(np.ones((2, 2)), np.array([0, -1])), IndexError, "go from -1 to 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(name):
    function, error, message = BAD[name]
    with pytest.raises(error, match=message):
        function()
