"""Does a row's result depend on the rows beside it? Not with `batch_invariant`; without, in the last bits, and where it is said."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_softmax import _sums, batch_invariant, cross_entropy, cross_entropy_grad, log_softmax, logsumexp, softmax

INF, NAN = np.inf, np.nan
SMOOTH = {"label_smoothing": 0.1, "reduction": "none"}
FUNCTIONS = {
    "softmax": lambda x, labels: softmax(x),
    "log_softmax": lambda x, labels: log_softmax(x),
    "logsumexp": lambda x, labels: logsumexp(x),
    "loss": lambda x, labels: cross_entropy(x, labels, reduction="none"),
    "gradient": lambda x, labels: cross_entropy_grad(x, labels, reduction="sum"),
    "smooth loss": lambda x, labels: cross_entropy(x, labels, **SMOOTH),
    "smooth gradient": lambda x, labels: cross_entropy_grad(x, labels, **SMOOTH),
}


def scores(seed, rows, classes, dtype, kind):
    """Rows of moderate scores, of scores far from 0, of some of each, or with infinities and NaN among them."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 3, (rows, classes))
    if kind == "far":
        x += random.choice([-1000, 1000], (rows, 1))
    if kind == "mixed":
        x[random.random(rows) < 0.3] += 900
    if kind == "special":
        x[random.random(x.shape) < 0.05] = random.choice([NAN, INF, -INF, 800, -800])
    return x.astype(dtype), random.integers(0, classes, rows)


CASES = {
    "seed": st.integers(0, 2**32 - 1),
    "rows": st.sampled_from([2, 3, 4, 5, 9, 16, 33, 130, 700]),
    "classes": st.sampled_from([1, 2, 3, 7, 10, 32, 63, 64, 65, 96, 97, 130, 200, 257, 1000]),
    "dtype": st.sampled_from([np.float16, np.float32, np.float64]),
    "kind": st.sampled_from(["moderate", "far", "mixed", "special"]),
    "order": st.sampled_from("CF"),
    "ends": st.tuples(st.floats(0, 1), st.floats(0, 1)),
}


def cut(rows, ends):
    first, last = sorted(int(end * rows) for end in ends)
    return slice(min(first, rows - 1), max(last, first + 1))


@pytest.mark.slow
@settings(max_examples=15 * settings.default.max_examples)
@given(**CASES, function=st.sampled_from(sorted(FUNCTIONS)))
def test_on_request_no_bit_depends_on_the_batch(seed, rows, classes, dtype, kind, order, ends, function):
    x, labels = scores(seed, min(rows, 40_000 // classes), classes, dtype, kind)
    some = cut(len(x), ends)
    f = FUNCTIONS[function]
    with batch_invariant():
        whole = f(np.asarray(x, order=order), labels)
        np.testing.assert_array_equal(f(np.asarray(x[some], order=order), labels[some]), whole[some])
        row = (seed + 1) % len(x)
        np.testing.assert_array_equal(f(x[row], labels[row]), whole[row])
        places = np.random.default_rng(seed).permutation(len(x))
        np.testing.assert_array_equal(f(x[places], labels[places]), whole[places])


@given(**CASES)
def test_on_request_results_are_as_accurate(seed, rows, classes, dtype, kind, order, ends):
    x, labels = scores(seed, rows, classes, dtype, kind)
    for function in FUNCTIONS.values():
        plain = function(x, labels)
        with batch_invariant():
            again = function(x, labels)
        assert again.dtype == plain.dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(again, plain, rtol=16 * eps, atol=16 * eps)


def test_more_rows_than_a_block_holds():
    x, labels = scores(0, 3000, 300, np.float32, "mixed")
    assert x.nbytes > 2**21
    for function in FUNCTIONS.values():
        with batch_invariant():
            whole = function(x, labels)
            np.testing.assert_array_equal(function(x[1000:2001], labels[1000:2001]), whole[1000:2001])


@pytest.mark.slow
@settings(max_examples=3 * settings.default.max_examples)
@given(**CASES)
def test_without_it_only_the_last_bits_may_differ(seed, rows, classes, dtype, kind, order, ends):
    x, labels = scores(seed, min(rows, 40_000 // classes), classes, dtype, kind)
    some = cut(len(x), ends)
    eps = np.finfo(dtype).eps
    for name, function in FUNCTIONS.items():
        whole = function(np.asarray(x, order=order), labels)[some]
        part = function(np.asarray(x[some], order=order), labels[some])
        # Probabilities, and gradients beside the largest; log-sum-exp near 0 beside 1.
        np.testing.assert_allclose(part, whole, rtol=16 * eps, atol=eps if name != "loss" else 0, err_msg=name)


def test_on_request_sums_of_parts_do_not_depend_on_the_batch():
    """Mostly hidden by a last rounding, so it is looked at by itself."""
    parts = np.random.default_rng(0).random((50, 50))
    with batch_invariant():
        whole = _sums._plain_sums(parts)
        for last in range(1, 50):
            np.testing.assert_array_equal(_sums._plain_sums(parts[:last].copy()), whole[:last])


@pytest.mark.parametrize("centre", [0, -5, -100, 100])
def test_a_large_score_does_not_change_the_way_of_the_rows_beside_it(centre):
    """Without the switch too: a small array of moderate scores goes a shorter way, to the same bits."""
    random = np.random.default_rng(0)
    x, labels = random.normal(centre, 3, (40, 10)), random.integers(0, 10, 40)
    beside = x.copy()
    beside[0, 0] = 400
    for name, function in FUNCTIONS.items():
        if name != "logsumexp":  # which does rows near 0 once more, in a product of as many as there are
            np.testing.assert_array_equal(function(beside, labels)[1:], function(x, labels)[1:], err_msg=name)


def test_the_switch_is_off_again_and_belongs_to_its_thread():
    x = np.random.default_rng(0).normal(-100, 3, (40, 10))
    x[0, 0] = 400
    plain, found = softmax(x[1:]), []
    with batch_invariant():
        invariant = softmax(x[1:])
        with batch_invariant():
            pass
        np.testing.assert_array_equal(softmax(x[1:]), invariant)
        thread = threading.Thread(target=lambda: found.append(softmax(x[1:])))
        thread.start()
        thread.join()
    assert (plain != invariant).any()
    np.testing.assert_array_equal(found[0], plain)
    with pytest.raises(ValueError, match="out must have the shape of x"), batch_invariant():
        softmax(x, out=np.empty(3))
    np.testing.assert_array_equal(softmax(x[1:]), plain)
