"""The three losses of the networks: bit for bit the formulas, and alike where nothing breaks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from small_networks import (
    naive_loss,
    stable_loss,
    standard_fix_loss,
)
from stable_softmax import naive

FLOATS = ["float16", "float32", "float64"]


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
        loss, gradient = naive_loss(scores, labels, seen.__setitem__)
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
