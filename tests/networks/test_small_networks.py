"""Layers against finite differences, plain loops and torch; optimizers against the scalar formulas; the two leads."""

import ast
import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import small_networks
from numpy.testing import assert_allclose, assert_array_equal
from small_networks import (
    SGD,
    Adam,
    Conv2d,
    Digits,
    Flatten,
    Linear,
    MaxPool2d,
    Network,
    Parameter,
    ReLU,
    accuracy,
    digits,
    minibatches,
    naive_loss,
    predict,
    shift,
    spiral,
    split,
    stable_loss,
    standard_fix_loss,
    train_step,
)

from benchmarks import networks
from stable_softmax import cross_entropy_with_grad, log_softmax, naive
from stable_softmax.gradcheck import check_gradient

FLOATS = ["float16", "float32", "float64"]
SOURCE = Path(small_networks.__file__).parent


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def small_cnn(rng, dtype="float64"):
    return Network(
        Conv2d(1, 3, 3, rng, padding=1, dtype=dtype), ReLU(), MaxPool2d(),
        Conv2d(3, 4, 2, rng, dtype=dtype), ReLU(), Flatten(), Linear(36, 5, rng, dtype=dtype),
    )  # fmt: skip


# --- every layer's gradients ------------------------------------------------------------------------------------


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


# --- dtypes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("rule", [
    lambda p: SGD(p, np.float64(0.01), momentum=np.float64(0.9), decay=np.float64(1e-3)),
    lambda p: Adam(p, np.float64(1e-3), eps=1e-4, decay=np.float64(1e-3)),
])  # fmt: skip
@pytest.mark.parametrize("loss", [cross_entropy_with_grad, stable_loss, naive_loss, standard_fix_loss])
def test_nothing_is_cast(dtype, rule, loss, rng):
    """Every array that a step computes has the network's dtype."""
    network, x = small_cnn(rng, dtype), rng.random((6, 1, 8, 8)).astype(dtype)
    optimizer, seen = rule(network.parameters()), {}
    recorder = small_networks.FlightRecorder(keep=2)
    for _ in range(2):
        assert train_step(network, optimizer, x, np.arange(6) % 5, loss, recorder).dtype == dtype
    seen = recorder.rewind()
    assert {array.dtype for array in seen.values()} == {np.dtype(dtype)}
    assert len(seen) > 30 and recorder.crash is None
    assert {p.gradient.dtype for p in network.parameters()} == {np.dtype(dtype)}


def test_float16_is_really_computed_in_float16(rng):
    """Each product has float16's rounding errors, and close to float16's limit the sums overflow."""
    wide = small_cnn(rng)
    narrow, x = wide.astype("float16"), rng.random((6, 1, 8, 8))
    error = np.abs(narrow.forward(x.astype("float16")) - wide.forward(x)).max()
    assert 1e-5 < error < 0.02
    layer = Linear(2, 1, rng, dtype="float16")
    layer.weight.value[...] = 200
    with np.errstate(over="ignore"):
        assert layer.forward(np.full((1, 2), 200, "float16")) == np.inf


def test_one_seed_starts_the_same_network_in_every_dtype():
    nets = [small_cnn(np.random.default_rng(5), dtype) for dtype in FLOATS]
    for half, single, double in zip(*(net.parameters() for net in nets), strict=True):
        assert_array_equal(double.value.astype("float32"), single.value)
        assert_array_equal(double.value.astype("float16"), half.value)


def test_copies_are_independent(rng):
    network, x = small_cnn(rng), rng.standard_normal((3, 1, 8, 8))
    before = network.forward(x)
    copies = network.copy(), network.astype("float64"), network.astype("float32")
    for parameter in network.parameters():
        parameter.value += 1
    assert_array_equal(copies[0].forward(x), before)
    assert_array_equal(copies[1].forward(x), before)
    assert_allclose(copies[2].forward(x.astype("float32")), before, rtol=1e-3, atol=1e-5)
    assert copies[0].names == network.names
    assert [p.name for p in copies[2].parameters()] == [p.name for p in network.parameters()]
    assert network.copy().layers[0].memory is None, "a copy holds no activations"


def test_initial_weights_have_the_scale():
    rng = np.random.default_rng(1)
    assert_allclose(Linear(200, 300, rng).weight.value.std(), np.sqrt(2 / 200), rtol=0.02)
    assert_allclose(Conv2d(20, 300, 3, rng).weight.value.std(), np.sqrt(2 / 180), rtol=0.02)
    assert_allclose(Linear(200, 300, rng, scale=0.01).weight.value.std(), 0.01, rtol=0.02)
    assert not Linear(2, 3, rng).bias.value.any()


# --- optimizers -------------------------------------------------------------------------------------------------


def trained(rule, gradients, start=(1.0, -2.0), name="weight"):
    """The value after each of some steps with given gradients."""
    parameter, path = Parameter(name, np.array(start)), []
    optimizer = rule([parameter])
    for gradient in gradients:
        parameter.gradient = np.array(gradient)
        optimizer.step()
        path.append(parameter.value.copy())
    return np.array(path)


GRADIENTS = np.array([[0.5, -3.0], [-0.25, 1e-3], [2.0, 0.0], [0.125, 7.0], [-1.0, -1.0]])


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


def torch_path(torch, make, gradients):
    leaf = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer, path = make(torch.optim, [leaf]), []
    for gradient in gradients:
        leaf.grad = torch.tensor(gradient)
        optimizer.step()
        path.append(leaf.detach().numpy().copy())
    return np.array(path)


RULES = {
    "momentum": (
        lambda p: SGD(p, 0.1, momentum=0.9, decay=0.01),
        lambda optim, p: optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.01),
        [0.403761425204, -1.980033872547],
    ),
    "adam": (
        lambda p: Adam(p, 0.01),
        lambda optim, p: optim.Adam(p, 0.01),
        [0.97271980417, -1.984166608552],
    ),
    "adam with decay": (
        lambda p: Adam(p, 0.1, beta1=0.7, beta2=0.9, eps=0.01, decay=0.1),
        lambda optim, p: optim.Adam(p, 0.1, betas=(0.7, 0.9), eps=0.01, weight_decay=0.1),
        [0.714394768452, -1.869245794],
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_optimizers_end_where_torch_does(name):
    """The values that torch 2.13.0 reaches from the same gradients, stored."""
    ours, _, stored = RULES[name]
    assert_allclose(trained(ours, GRADIENTS)[-1], stored, rtol=1e-11)


@pytest.mark.parametrize("name", RULES)
def test_optimizers_against_torch(name):
    torch = pytest.importorskip("torch")
    ours, theirs, stored = RULES[name]
    path = torch_path(torch, theirs, GRADIENTS)
    assert_allclose(trained(ours, GRADIENTS), path, rtol=1e-13)
    assert_allclose(path[-1], stored, rtol=1e-11)


@pytest.mark.parametrize("rule", [lambda p: SGD(p, 0.1, decay=0.5), lambda p: Adam(p, 0.1, decay=0.5)])
def test_decay_is_for_weights_alone(rule):
    assert_array_equal(trained(rule, [[0.0, 0.0]] * 3, name="linear1.bias"), [[1, -2]] * 3)
    assert (np.abs(trained(rule, [[0.0, 0.0]] * 3, name="linear1.weight")) < [1, 2]).all()


def test_adam_keeps_two_moments():
    """deepnet's Adam kept both in one buffer; a constant gradient then moves by another step than the rate."""
    path = trained(lambda p: Adam(p, 0.1), np.tile([[3.0, -0.01]], (20, 1)))
    assert_allclose(np.diff(path, axis=0), np.tile([[-0.1, 0.1]], (19, 1)), rtol=1e-5)


# --- a CNN beside torch -----------------------------------------------------------------------------------------


def test_a_cnn_trains_as_in_torch(rng):
    """Losses of 20 steps and the weights at the end, in float64."""
    torch = pytest.importorskip("torch")
    nn = torch.nn
    network, x, labels = small_cnn(rng), rng.standard_normal((6, 1, 8, 8)), np.array([0, 4, 2, 2, 1, 3])
    twin = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 5),
    ).double()
    with torch.no_grad():
        for ours, theirs in zip(network.parameters(), twin.parameters(), strict=True):
            theirs.copy_(torch.tensor(ours.value.T if ours.name == "linear1.weight" else ours.value))
    ours, theirs = SGD(network.parameters(), 0.1, momentum=0.9), torch.optim.SGD(twin.parameters(), 0.1, momentum=0.9)
    for _ in range(20):
        loss = nn.functional.cross_entropy(twin(torch.tensor(x)), torch.tensor(labels))
        theirs.zero_grad()
        loss.backward()
        theirs.step()
        assert train_step(network, ours, x, labels) == pytest.approx(loss.item(), rel=1e-9)
    assert loss.item() < 0.5
    for one, other in zip(network.parameters(), twin.parameters(), strict=True):
        expected = other.detach().numpy()
        assert_allclose(one.value, expected.T if one.name == "linear1.weight" else expected, rtol=1e-7, atol=1e-10)


def test_ties_go_where_torch_sends_them():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).integers(0, 2, (4, 3, 6, 6)).astype(float)
    leaf = torch.tensor(x, requires_grad=True)
    out = torch.nn.functional.max_pool2d(leaf, 2)
    slope = np.arange(out.numel(), dtype=float).reshape(out.shape)
    out.backward(torch.tensor(slope))
    pool = MaxPool2d()
    assert_array_equal(pool.forward(x), out.detach().numpy())
    assert_array_equal(pool.backward(slope), leaf.grad.numpy())


# --- losses -----------------------------------------------------------------------------------------------------


def batches(dtype, seeds=range(40)):
    """Scores, harmless and not, with labels."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows, classes = int(rng.integers(1, 40)), int(rng.integers(1, 12))
        scores = rng.normal(0, rng.choice([1, 8, 60, 500]), (rows, classes)).astype(dtype)
        yield scores, rng.integers(0, classes, rows)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", FLOATS)
def test_naive_loss_is_that_of_stable_softmax_bit_for_bit(dtype):
    broken = 0
    for scores, labels in batches(dtype):
        seen = {}
        loss, gradient = naive_loss(scores, labels, lambda name, array: seen.update({name: array}))
        expected, expected_gradient = naive.cross_entropy_with_grad(scores, labels)
        assert_array_equal(gradient, expected_gradient)
        assert_array_equal(seen["probabilities"], naive.softmax(scores))
        assert_array_equal(-seen["log-probabilities"], naive.cross_entropy(scores, labels, reduction="none"))
        assert loss.dtype == expected.dtype == dtype
        # The mean of the rows is a float64 sum, for which each may choose its order: a last bit, in float64 alone.
        assert_allclose(loss, expected, rtol=4e-16 if dtype == "float64" else 0)
        assert {array.dtype for array in seen.values()} == {np.dtype(dtype)}
        broken += not np.isfinite(gradient).all()
    assert broken > 5


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", FLOATS)
def test_standard_fix_against_its_formula(dtype):
    infinite = 0
    for scores, labels in batches(dtype):
        shifted = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss, gradient = standard_fix_loss(scores, labels)
        assert_allclose(loss, -np.log(p[rows, labels]).mean(dtype=float).astype(dtype), rtol=4e-16)
        expected = (p - np.eye(scores.shape[1], dtype=dtype)[labels]) * dtype_of(dtype)(1 / len(labels))
        assert_array_equal(gradient, expected)
        assert loss.dtype == gradient.dtype == dtype and np.isfinite(gradient).all()
        infinite += np.isinf(loss)
    assert infinite > 5


def dtype_of(name):
    return np.dtype(name).type


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_three_agree_where_nothing_breaks(dtype):
    scores = np.random.default_rng(0).normal(0, 1, (50, 7)).astype(dtype)
    labels = np.arange(50) % 7
    stable, gradient = stable_loss(scores, labels)
    eps = float(np.finfo(dtype).eps)
    for loss in (naive_loss, standard_fix_loss):
        value, slope = loss(scores, labels)
        assert_allclose(value, stable, rtol=4 * eps)
        assert_allclose(slope, gradient, atol=4 * eps / 50)


def test_losses_name_their_steps():
    expected = ["exponentials", "sums", "probabilities", "log-probabilities", "loss", "gradient of scores"]
    for loss, names in [
        (naive_loss, expected),
        (standard_fix_loss, ["shifted scores", *expected]),
        (stable_loss, expected[-2:]),
    ]:
        seen = []
        loss(np.zeros((2, 3)), np.array([0, 1]), watch=lambda name, array: seen.append(name))  # noqa: B023
        assert seen == names


# --- bad input --------------------------------------------------------------------------------------------------


def raised(function):
    with pytest.raises(Exception) as caught:
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


@pytest.mark.parametrize("name", LAYERS)
def test_a_slope_of_another_shape_is_refused(name, rng):
    make, shape = LAYERS[name]
    layer = make(rng)
    slope = layer.forward(rng.standard_normal(shape))
    for wrong in (slope[1:], slope[..., :-1], slope[np.newaxis]):
        with pytest.raises(ValueError, match="slope must have the shape of the outputs"):
            layer.backward(wrong)


# --- data -------------------------------------------------------------------------------------------------------


def test_digits_are_those_of_the_repository():
    """Counts as the UCI page prints them for the test set; contents as scikit-learn ships them."""
    data = digits()
    assert data.images.shape == (1797, 8, 8) and data.images.dtype == np.uint8
    assert (data.images.min(), data.images.max()) == (0, 16)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    packed = (SOURCE / "data" / "digits.csv.gz").read_bytes()
    digest = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"
    assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == digest


def test_digits_against_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    assert_array_equal(digits().images, theirs.images)
    assert_array_equal(digits().labels, theirs.target)


def test_source_and_licence_lie_beside_the_digits():
    text = (SOURCE / "data" / "README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "unchanged"))


def test_split_deals_out_every_digit_once():
    numbered = Digits(np.arange(50).reshape(50, 1, 1), np.arange(50))
    training, held_out = split(numbered, 0.3, seed=4)
    assert len(held_out.labels) == 15
    assert sorted([*training.labels, *held_out.labels]) == list(range(50))
    assert_array_equal(training.images[:, 0, 0], training.labels)
    assert_array_equal(split(numbered, 0.3, seed=4)[1].labels, held_out.labels)
    assert (split(numbered, 0.3, seed=5)[1].labels != held_out.labels).any()


def test_shift_moves_every_image_by_up_to_a_pixel():
    images = np.zeros((500, 1, 5, 6), "float32")
    images[:, 0, 2, 3] = np.arange(1, 501)
    moved = shift(images, np.random.default_rng(0))
    assert moved.shape == images.shape and moved.dtype == images.dtype
    numbers, _, rows, columns = np.nonzero(moved)
    assert_array_equal(numbers, np.arange(500))
    assert_array_equal(moved.sum(axis=(1, 2, 3)), np.arange(1, 501))
    places, counts = np.unique(np.stack([rows, columns]), axis=1, return_counts=True)
    assert places.T.tolist() == [[i, j] for i in (1, 2, 3) for j in (2, 3, 4)] and counts.min() > 30
    assert_array_equal(shift(images, np.random.default_rng(0), pixels=0), images)


def test_the_spiral_is_that_of_the_notes():
    """The notes' own code, with NumPy's old generator seeded with 0."""
    old = np.random.RandomState(0)
    points, labels = np.zeros((300, 2)), np.zeros(300, int)
    for j in range(3):
        ix = range(100 * j, 100 * (j + 1))
        r = np.linspace(0.0, 1, 100)
        t = np.linspace(j * 4, (j + 1) * 4, 100) + old.randn(100) * 0.2
        points[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
        labels[ix] = j
    ours, ours_labels = spiral()
    assert_array_equal(ours, points)
    assert_array_equal(ours_labels, labels)
    shared = np.random.RandomState(0)
    spiral(shared)
    assert shared.randn() == old.randn(), "a generator goes on where the points end"


def test_minibatches_deal_out_every_example_once():
    batches = list(minibatches(np.random.default_rng(0), 10, 4))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))
    assert np.concatenate(batches).tolist() != list(range(10))


def test_predict_and_accuracy():
    network, scores = Network(ReLU()), np.array([[0.0, 1], [2, 1], [3, 0]])
    assert_array_equal(predict(network, scores), [1, 0, 0])
    assert accuracy(network, scores, [1, 1, 0]) == 2 / 3


# --- the leads --------------------------------------------------------------------------------------------------


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


# --- architecture -----------------------------------------------------------------------------------------------


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_it_rests_on_numpy_and_stable_softmax_alone():
    names = {name for path in SOURCE.glob("*.py") for name in imported(path)}
    assert names <= {"numpy", "stable_softmax", *__import__("sys").stdlib_module_names} and "numpy" in names


def test_the_other_packages_do_not_know_it():
    for package in ("stable_softmax", "static_interact"):
        paths = list((SOURCE.parent / package).glob("*.py"))
        assert paths and "small_networks" not in {name for path in paths for name in imported(path)}


def code_lines(path):
    """Lines that hold code: neither empty, nor comment, nor docstring."""
    text = path.read_text(encoding="utf-8")
    lines = {n for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_it_can_be_read_at_one_sitting():
    count = sum(code_lines(SOURCE / name) for name in ("layers.py", "optimizers.py", "training.py"))
    assert count <= 280, count
