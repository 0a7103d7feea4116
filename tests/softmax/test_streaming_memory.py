"""Streaming takes the memory of a few tiles, and of one block at a time."""

import tracemalloc

import numpy as np
import pytest

from stable_softmax import _linear, _linear_loss, cross_entropy
from stable_softmax.streaming import (
    linear_cross_entropy,
    linear_cross_entropy_with_grad,
    logsumexp_of_blocks,
)

rng = np.random.default_rng(0)


def peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "dtype, smoothing, offset",
    [
        (np.float32, 0.0, 0),
        (np.float32, 0.1, 0),
        (np.float32, 0.0, 1e4),
        (np.float32, 0.1, 1e4),
        (np.float16, 0.1, 1e4),
        (np.float64, 0.1, 1e4),
    ],
)
def test_memory_stays_below_a_few_tiles(dtype, smoothing, offset):
    """As wanted of 1,024 rows and 151,936 classes in float32: 8 MiB for the loss; 260 for both, 148 of them the weights'."""
    rows, classes, features = 1024, 40_000 // np.dtype(dtype).itemsize, 64
    hidden, weight = (
        rng.normal(0, 1, (rows, features)).astype(dtype),
        rng.normal(0, 1, (classes, features)).astype(dtype),
    )
    labels, bias = rng.integers(0, classes, rows), np.full(classes, min(offset, 6e4), dtype)
    scores = rows * classes * hidden.itemsize
    assert scores > 4 * 2**23

    def options():
        return {"bias": bias, "label_smoothing": smoothing}

    assert peak(lambda: linear_cross_entropy(hidden, weight, labels, **options())) <= 2**23
    # The weights' gradient adds up in float32 at least, and is rounded to float16 at the end. Scores are kept in float32 too.
    gradients = classes * (features + 2) * (hidden.itemsize if dtype != np.float16 else 6)
    kept = rows * classes // 8 * max(hidden.itemsize, 4)
    assert peak(lambda: linear_cross_entropy_with_grad(hidden, weight, labels, **options())) <= 2**23 + gradients + kept


@pytest.mark.parametrize(
    "count, classes, rows",
    [
        (10, 1000, 64),
        (512, 1000, 64),
        (1024, 151_936, 128),
        (4096, 151_936, 165),
        (10**6, 1000, 1024),
        (10**6, 10**7, 16),
    ],
)
def test_scores_of_few_rows_are_kept_for_the_gradients(count, classes, rows):
    layer = _linear.Layer(np.zeros((classes, 0), np.float32), None, None, np.dtype(np.float32))
    assert _linear_loss.rows_to_keep(layer, count) == rows


def test_the_scores_would_be_seen():
    hidden, weight = np.ones((1024, 64), np.float32), np.ones((20_000, 64), np.float32)
    assert peak(lambda: cross_entropy(hidden @ weight.T, np.zeros(1024, int))) > 4 * 2**23


def test_a_stream_holds_one_block_at_a_time():
    """Each block is let go before the next one is asked for."""
    size, seen = 8e6, []

    def blocks():
        for i in range(12):
            seen.append(tracemalloc.get_traced_memory()[0])
            yield np.full((1000, 1000), float(i))

    most = peak(lambda: logsumexp_of_blocks(blocks()))
    assert len(seen) == 12 and max(seen) < size / 8
    # The block, and what `row_blocks` computes it with.
    assert most < 1.8 * size


def test_a_list_of_blocks_is_no_copy():
    blocks = [np.full((1000, 1000), float(i)) for i in range(4)]
    assert peak(lambda: logsumexp_of_blocks(blocks)) < 8e6
