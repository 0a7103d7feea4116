"""The flight recorder, above all: that it names the first bad tensor of every training that dies."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from small_networks import (
    SGD,
    Adam,
    Crash,
    FlightRecorder,
    Linear,
    Network,
    ReLU,
    naive_loss,
    spiral,
    stable_loss,
    standard_fix_loss,
    train_step,
)
from small_networks.crashes import SETUPS, Training, fly
from stable_softmax import cross_entropy_with_grad

# What a replay cannot see in NumPy's warnings: numbers that were not finite from the start.
GIVEN = ("nan in the data", "infinite weight")


# --- a second opinion -------------------------------------------------------------------------------------------


def replay(training):
    """Train from the start, one operation at a time; yield (step, name, array) after each.

    Written from the formulas: it uses the layers' forward and backward, but neither the recorder nor `watch`, nor
    `train_step`, nor the losses and optimizers of the package.
    """
    network, optimizer, x, labels, loss = training
    m = len(labels)
    moments = [[np.zeros_like(p.value), np.zeros_like(p.value)] for p in network.parameters()]
    for step in range(1000):
        yield step, "inputs", x
        for parameter in network.parameters():
            yield step, parameter.name, parameter.value
        h = x
        for name, layer in zip(network.names, network.layers, strict=True):
            h = layer.forward(h)
            yield step, "scores" if layer is network.layers[-1] else name, h
        if loss is stable_loss:
            value, slope = cross_entropy_with_grad(h, labels)
        else:
            if loss is standard_fix_loss:
                h = h - np.max(h, axis=-1)[:, None]
                yield step, "shifted scores", h
            e = np.exp(h)
            yield step, "exponentials", e
            total = np.sum(e, axis=-1)[:, None]
            yield step, "sums", total
            p = e / total
            yield step, "probabilities", p
            logs = np.array([np.log(p[i, t]) for i, t in enumerate(labels)])
            yield step, "log-probabilities", logs
            value = -np.mean(logs, dtype=float).astype(h.dtype)
            slope = (p - np.eye(p.shape[1], dtype=p.dtype)[labels]) * p.dtype.type(1 / m)
        yield step, "loss", value
        yield step, "gradient of scores", slope
        for place in range(len(network.layers))[::-1]:
            slope = network.layers[place].backward(slope)
            for parameter in network.layers[place].parameters():
                yield step, f"gradient of {parameter.name}", parameter.gradient
            yield step, f"gradient of {network.names[place - 1] if place else 'inputs'}", slope
        for parameter, (first, second) in zip(network.parameters(), moments, strict=True):
            g, name, rate = parameter.gradient, parameter.name, optimizer.rate
            if optimizer.decay and parameter.value.ndim > 1:
                g = g + optimizer.decay * parameter.value
                yield step, f"gradient of {name} with decay", g
            if isinstance(optimizer, Adam):
                first[...] = optimizer.beta1 * first + (1 - optimizer.beta1) * g
                yield step, f"first moment of {name}", first
                second[...] = optimizer.beta2 * second + (1 - optimizer.beta2) * g * g
                yield step, f"second moment of {name}", second
                t = step + 1
                corrected = np.sqrt(second / (1 - optimizer.beta2**t)) + optimizer.eps
                change = rate * (first / (1 - optimizer.beta1**t)) / corrected
            else:
                change = rate * g
            parameter.value[...] = parameter.value - change
            yield step, f"updated {name}", parameter.value


def first_bad(training):
    """The first number that is not finite, searched one number at a time."""
    for step, name, array in replay(training):
        if not math.isfinite(np.sum(np.abs(np.asarray(array, np.longdouble)))):
            for index, number in np.ndenumerate(array):
                if not math.isfinite(number):
                    return step, name, index, float(number)
    raise AssertionError("it survived")


def raising_step(training):
    """The step in which NumPy first reports an overflow, a division by zero or an invalid value."""
    network, optimizer, x, labels, loss = training
    with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
        for step in range(1000):
            try:
                train_step(network, optimizer, x, labels, loss)
            except FloatingPointError:
                return step
    raise AssertionError("it survived")


def test_there_are_a_dozen_ways_to_die():
    assert len(SETUPS) >= 12
    assert len({setup.tensor for setup in SETUPS.values()}) >= 8
    made = [setup.make(0) for setup in SETUPS.values()]
    assert {t.inputs.dtype.name for t in made} == {"float16", "float32", "float64"}
    assert {t.loss for t in made} == {naive_loss, standard_fix_loss, stable_loss}
    assert {type(t.optimizer) for t in made} == {SGD, Adam}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SETUPS)
def test_the_first_bad_tensor_is_named(name, seed):
    """Tensor, step, index and value, against the replay."""
    setup = SETUPS[name]
    crash = fly(setup.make(seed), steps=1000).crash
    assert crash is not None and crash.tensor == setup.tensor
    with np.errstate(all="ignore"):
        step, tensor, index, value = first_bad(setup.make(seed))
    assert (crash.step, crash.tensor, crash.index) == (step, tensor, index)
    assert_array_equal(crash.value, value)
    assert 1 <= crash.bad <= crash.size


@pytest.mark.parametrize("name", [name for name in SETUPS if name not in GIVEN])
def test_numpy_complains_in_the_same_step(name):
    setup = SETUPS[name]
    assert raising_step(setup.make(0)) == fly(setup.make(0)).crash.step


@pytest.mark.parametrize("name", SETUPS)
def test_all_that_came_before_was_finite(name):
    recorder = fly(SETUPS[name].make(0))
    for step in recorder.steps:
        for tensor, array in recorder.rewind(step).items():
            if (step, tensor) == recorder.crash[:2]:
                assert np.count_nonzero(~np.isfinite(array)) == recorder.crash.bad
                assert array.size == recorder.crash.size
                return
            assert np.isfinite(array).all()


def test_a_training_that_lives_has_no_crash():
    points, labels = spiral()
    network = Network(Linear(2, 3, np.random.default_rng(0)))
    training = network, SGD(network.parameters(), 1.0), points, labels, naive_loss
    recorder = fly(training, steps=50)
    assert recorder.crash is None and recorder.steps == [47, 48, 49]
    assert str(recorder) == "no crash; steps [47, 48, 49] are recorded"


# --- what it keeps ----------------------------------------------------------------------------------------------


def test_a_recorded_training_is_the_same_training():
    points, labels = spiral()
    weights = []
    for recorder in (None, FlightRecorder()):
        rng = np.random.default_rng(0)
        network = Network(Linear(2, 20, rng), ReLU(), Linear(20, 3, rng))
        optimizer = Adam(network.parameters(), 0.1, decay=1e-3)
        losses = [train_step(network, optimizer, points, labels, recorder=recorder) for _ in range(20)]
        weights.append([losses, *(p.value for p in network.parameters())])
    for one, other in zip(*weights, strict=True):
        assert_array_equal(one, other)


def test_tensors_are_copies_in_order():
    points, labels = spiral()
    network = Network(Linear(2, 3, np.random.default_rng(0)))
    optimizer, recorder = SGD(network.parameters(), 0.5, momentum=0.9, decay=0.1), FlightRecorder(keep=2)
    for _ in range(3):
        train_step(network, optimizer, points, labels, naive_loss, recorder)
    assert recorder.steps == [1, 2]
    record = recorder.rewind()
    assert list(record) == [
        "inputs", "linear1.weight", "linear1.bias", "scores", "exponentials", "sums", "probabilities", "log-probabilities",
        "loss", "gradient of scores", "gradient of linear1.weight", "gradient of linear1.bias", "gradient of inputs",
        "gradient of linear1.weight with decay", "velocity of linear1.weight", "updated linear1.weight",
        "velocity of linear1.bias", "updated linear1.bias",
    ]  # fmt: skip
    before, after = recorder.rewind(1), recorder.rewind(2)
    assert_array_equal(before["updated linear1.weight"], after["linear1.weight"])
    assert_array_equal(after["scores"], points @ after["linear1.weight"] + after["linear1.bias"])
    assert_array_equal(after["updated linear1.weight"], network.parameters()[0].value)
    assert not np.shares_memory(after["updated linear1.weight"], network.parameters()[0].value)
    assert recorder.nbytes == sum(array.nbytes for step in (1, 2) for array in recorder.rewind(step).values())


def test_nan_reaches_the_weights_in_the_step_of_the_crash():
    """The rest of the step is recorded, later steps are not."""
    (points, labels), rng = spiral(), np.random.default_rng(0)
    network = Network(Linear(2, 30, rng), ReLU(), Linear(30, 3, rng))
    training = Training(network, SGD(network.parameters(), 100.0), points, labels, naive_loss)
    recorder = fly(training)
    crash, record = recorder.crash, recorder.rewind()
    assert recorder.steps[-1] == crash.step and len(recorder.steps) == 3
    assert all(np.isfinite(record[f"{name}.weight"]).all() for name in ("linear1", "linear2"))
    # Units that no broken row has switched on are cut off from the loss: their weights are left alone.
    broken = ~np.isfinite(record["gradient of scores"]).all(axis=1)
    alive = (record["linear1"][broken] > 0).any(axis=0)
    assert broken.any() and alive.any()
    assert_array_equal(np.isnan(record["updated linear1.weight"]).all(axis=0), alive)
    assert_array_equal(np.isnan(record["updated linear1.weight"]).any(axis=0), alive)
    # In the last layer, only the classes whose own exponential was infinite: the others got x / inf = 0.
    overflown = np.isinf(record["exponentials"]).any(axis=0)
    assert_array_equal(np.isnan(record["updated linear2.weight"]).any(axis=0), overflown)
    with np.errstate(all="ignore"):
        train_step(*training, recorder)
    assert recorder.crash is crash and recorder.steps[-1] == crash.step
    assert_array_equal(recorder.rewind()["scores"], record["scores"])


def test_other_losses_are_recorded_too():
    points, labels = spiral()
    network, recorder = Network(Linear(2, 3, np.random.default_rng(0))), FlightRecorder()
    broken = lambda scores, labels: (np.float64(np.nan), np.zeros_like(scores))  # noqa: E731
    train_step(network, SGD(network.parameters(), 1.0), points, labels, broken, recorder)
    assert recorder.crash[:3] == (0, "loss", ())
    assert str(recorder) == "step 0: loss is nan, the first number that is not finite (1 of 1)"
    assert "gradient of scores" in recorder.rewind()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_any_number_that_is_not_finite_is_one(bad, dtype):
    recorder, array = FlightRecorder(), np.zeros((3, 4), dtype)
    recorder.begin_step(5)
    recorder.watch("counts", np.arange(3))
    recorder.watch("good", array + np.finfo(dtype).max)
    array[1:, 2] = bad
    recorder.watch("bad", array)
    array[...] = np.nan
    recorder.watch("worse", array)
    assert recorder.crash == Crash(5, "bad", (1, 2), pytest.approx(bad, nan_ok=True), 2, 12)
    assert str(recorder.crash) == f"step 5: bad at [1, 2] is {bad}, the first number that is not finite (2 of 12)"
    assert list(recorder.rewind(5)) == ["counts", "good", "bad", "worse"]
    assert recorder.rewind()["bad"][0, 0] == 0


def recording():
    recorder = FlightRecorder(keep=1)
    for step in (0, 1):
        recorder.begin_step(step)
        recorder.watch("x", np.zeros(2))
    return recorder


@pytest.mark.parametrize("function, error, message", [
    (lambda: FlightRecorder(keep=0), ValueError, "keep must be at least 1, but is 0"),
    (lambda: FlightRecorder(keep=2.0), TypeError, "keep must be an int, but is 2.0"),
    (lambda: FlightRecorder().watch("x", 1.0), RuntimeError, "watch was called before begin_step"),
    (lambda: recording().watch("x", 1.0), ValueError, "step 1 has a tensor named 'x' already"),
    (lambda: recording().watch("y", ["a"]), TypeError, "'y' must hold real numbers, but has dtype"),
    (lambda: recording().begin_step(1), ValueError, "step 1 is recorded already"),
    (lambda: recording().rewind(0), LookupError, r"step 0 is not recorded; there are: \[1\]"),
    (lambda: FlightRecorder().rewind(), LookupError, r"nothing is recorded yet"),
])  # fmt: skip
def test_bad_use_is_named(function, error, message):
    with pytest.raises(error, match=message):
        function()
