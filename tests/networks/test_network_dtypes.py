"""Networks compute in their own dtype, and start alike in each."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import small_networks
from small_networks import (
    SGD,
    Adam,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Network,
    ReLU,
    naive_loss,
    stable_loss,
    standard_fix_loss,
    train_step,
)
from stable_softmax import cross_entropy_with_grad

FLOATS = ["float16", "float32", "float64"]


def small_cnn(rng, dtype="float64"):
    return Network(
        Conv2d(1, 3, 3, rng, padding=1, dtype=dtype), ReLU(), MaxPool2d(),
        Conv2d(3, 4, 2, rng, dtype=dtype), ReLU(), Flatten(), Linear(36, 5, rng, dtype=dtype),
    )  # fmt: skip


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
