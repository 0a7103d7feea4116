"""What chapter 9 says of learning rates, losses and number formats holds for 50 seeds, not for the one that it shows."""

import numpy as np
import pytest

from small_networks import (
    SGD,
    FlightRecorder,
    Linear,
    Network,
    ReLU,
    accuracy,
    digits,
    minibatches,
    naive_loss,
    split,
    stable_loss,
    standard_fix_loss,
    train_step,
)

pytestmark = pytest.mark.slow

SEEDS = range(50)
TRAINING, HELD_OUT = split(digits())
RAW, LABELS = TRAINING.images.reshape(-1, 64), TRAINING.labels


def linear(rng):
    return Network(Linear(64, 10, rng, scale=0.001))


def two_layers(rng):
    return Network(Linear(64, 32, rng, scale=0.01), ReLU(), Linear(32, 10, rng))


def run(model, loss, dtype, rate, seed, steps=60):
    """Train on raw pixels as the chapter does; return the losses, whether all weights are finite, the share read right."""
    rng = np.random.default_rng(seed)
    network = model(rng).astype(dtype)
    optimizer = SGD(network.parameters(), rate)
    losses = []
    with np.errstate(all="ignore"):
        for _ in range(steps):
            batch = rng.integers(0, len(LABELS), 32)
            losses.append(train_step(network, optimizer, RAW[batch].astype(dtype), LABELS[batch], loss))
        share = accuracy(network, HELD_OUT.images.reshape(-1, 64).astype(dtype), HELD_OUT.labels)
    return np.array(losses, float), all(np.isfinite(parameter.value).all() for parameter in network.parameters()), share


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("model", [linear, two_layers])
def test_overflow_kills_the_weights(model, dtype):
    for seed in SEEDS:
        _, alive, _ = run(model, naive_loss, dtype, 10, seed, steps=12)
        assert not alive
        losses, alive, _ = run(model, naive_loss, dtype, 0.001, seed)
        assert alive and np.isfinite(losses).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_underflow_kills_the_loss_alone(dtype):
    for seed in SEEDS:
        losses, alive, _ = run(linear, standard_fix_loss, dtype, 10, seed)
        assert alive and np.isinf(losses).any() and not np.isnan(losses).any()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_this_books_loss_lives_on_while_the_scores_are_numbers(dtype):
    for seed in SEEDS:
        losses, alive, _ = run(linear, stable_loss, dtype, 10, seed)
        assert alive and np.isfinite(losses).all()


def test_no_loss_survives_scores_that_are_no_numbers():
    for seed in SEEDS:
        for loss in [naive_loss, standard_fix_loss, stable_loss]:
            _, alive, _ = run(two_layers, loss, "float16", 10, seed, steps=12)
            assert not alive


def test_on_raw_pixels_only_the_linear_model_learns_at_any_rate():
    for seed in SEEDS:
        for rate in [0.001, 0.1, 10]:
            *_, share = run(linear, stable_loss, "float32", rate, seed)
            assert share > 0.4
            *_, share = run(two_layers, stable_loss, "float32", 100 * rate, seed)
            assert share < 0.3


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("loss", [naive_loss, standard_fix_loss, stable_loss])
def test_on_raw_pixels_two_layers_learn_nothing_with_any_loss_or_format(loss, dtype):
    for seed in SEEDS[:10]:
        for rate in [0.1, 10]:
            assert run(two_layers, loss, dtype, rate, seed)[2] < 0.3


def test_one_image_that_was_never_scaled_kills_by_its_own_score():
    for seed, image in enumerate([7, 100, 500, 7, 100, 500, 7, 100]):
        inputs = (RAW / 16).astype(np.float32)
        inputs[image] *= 16
        rng = np.random.default_rng(seed)
        network = Network(Linear(64, 32, rng), ReLU(), Linear(32, 10, rng)).astype(np.float32)
        optimizer, recorder = SGD(network.parameters(), 0.5), FlightRecorder()
        with np.errstate(all="ignore"):
            while recorder.crash is None and optimizer.steps < 900:
                for batch in minibatches(rng, len(LABELS), 32):
                    train_step(network, optimizer, inputs[batch], LABELS[batch], naive_loss, recorder)
                    if recorder.crash:
                        break
        crash = recorder.crash
        assert (crash.tensor, crash.bad) == ("exponentials", 1)
        assert batch[crash.index[0]] == image and crash.index[1] == LABELS[image]
