"""Digits, the spiral, splits, shifts and minibatches."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

import small_networks
from small_networks import (
    Digits,
    Network,
    ReLU,
    accuracy,
    digits,
    minibatches,
    predict,
    shift,
    spiral,
    split,
)
from tools.answers import stored
from tools.answers.ask_others import digest

SOURCE = Path(small_networks.__file__).parent


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
    theirs = stored("sklearn", "digits", "as shipped")
    assert theirs["shape"] == str(digits().images.shape)
    assert theirs["images"] == digest(digits().images) and theirs["labels"] == digest(digits().labels)


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
