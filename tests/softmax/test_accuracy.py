"""Bounds in ULP against the 50-digit reference."""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks import accuracy
from stable_softmax import cross_entropy, cross_entropy_grad, cross_entropy_with_grad, log_softmax, logsumexp, softmax
from stable_softmax.precision import reference, ulp_error


def worst(values, truth):
    return float(np.max(ulp_error(values, truth)))


@pytest.fixture(scope="module")
def table():
    return accuracy.measure(rows=3)


@pytest.mark.slow
def test_every_wanted_number_of_the_accuracy_table_is_met(table):
    missed = [row for row in table if not row[2]["ours"] <= row[3]]
    assert not missed


@pytest.mark.slow
def test_the_table_shows_the_standard_fix_losing_digits(table):
    errors = {(name, dtype): error for name, dtype, error, _ in table}
    spread = errors["softmax, spread +-350 / +-40, n = 1000", "float64"]
    assert spread["naive"] < 8 < 100 < spread["x - max"]
    assert np.isinf(errors["softmax, 1e4 + N(0, 3), n = 1000", "float64"]["naive"])
    assert errors["loss, one dominant class", "float64"]["x - max"] > 1e15


#: Rows with scores of several sizes, so that one class may dominate, or all may be far from 0.
def rows(dtype):
    scale = st.sampled_from([1e-3, 1.0, 10.0, 80.0, 1000.0])
    unit = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=12)
    return st.builds(
        lambda a, size, offset: (np.array(a) * size + offset).astype(dtype),
        unit,
        scale,
        st.sampled_from([0.0, -500.0, 1e4]),
    )


#: Computed in float32 or float64, and rounded at the end.
NARROW = [np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]


@pytest.mark.parametrize("dtype", [*NARROW, np.float32, np.float64])
def test_bounds_on_any_row(dtype):
    # Rows of few classes are computed in float64 whatever their dtype: then only the last rounding is left.
    # In float64 a logarithm near 0 shows each ULP of the sum up to twice, in a number of half the size.
    bounds = {np.float32: (0.51, 1.6, 0.51), np.float64: (5, 5, 5)}.get(dtype, (0.51, 0.51, 0.51))

    @given(rows(dtype), st.data())
    def check(x, data):
        label = data.draw(st.integers(0, len(x) - 1))
        assume(np.isfinite(x.astype(np.float64)).all())  # 1e4 is none of the smaller formats' numbers
        assert worst(softmax(x), reference.softmax(x)) <= bounds[0]
        assert worst(log_softmax(x), reference.log_softmax(x)) <= bounds[1]
        assert worst(cross_entropy(x, label), reference.cross_entropy(x, label)) <= bounds[1]
        assert worst(cross_entropy_grad(x, label), reference.cross_entropy_grad(x, label)) <= bounds[2]

    check()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("spread", [1, 60])
@pytest.mark.parametrize("classes", [3, 64, 65, 300])
def test_narrow_formats_are_rounded_once(dtype, spread, classes):
    """On both ways (scores of 60 and more need the shift), short rows and long ones: half an ULP and a trifle."""
    rng = np.random.default_rng(classes)
    x = rng.normal(0, spread, (3, classes)).astype(dtype)
    x[1] += dtype(100)
    labels = rng.integers(0, classes, 3)
    assert worst(softmax(x), reference.softmax(x)) <= 0.51
    assert worst(log_softmax(x), reference.log_softmax(x)) <= 0.51
    assert worst(logsumexp(x), reference.logsumexp(x)) <= 0.51
    losses = reference.cross_entropy(x, labels)
    assert worst(cross_entropy(x, labels, reduction="none"), losses) <= 0.51
    assert worst(cross_entropy_grad(x, labels, reduction="none"), reference.cross_entropy_grad(x, labels)) <= 0.51
    loss, _ = cross_entropy_with_grad(x, labels)
    assert worst(loss, mpmath.fsum(losses) / 3) <= 0.51


@given(rows(np.float64))
def test_logsumexp_is_off_by_little_beside_its_parts(x):
    # Near 0 the error is that of the largest score's size: see the notes of logsumexp.
    truth = reference.logsumexp(x)
    allowed = 3 * np.spacing(max(abs(float(truth)), min(1.0, abs(x).max())))
    assert abs(float(logsumexp(x) - truth)) <= allowed


@pytest.mark.slow
@pytest.mark.parametrize("dtype, exact_shift", [(np.float32, 90), (np.float64, 720)])
@pytest.mark.parametrize("classes", [65, 127, 600, 1009])  # 127 and 1009 cannot be cut into even pieces
def test_long_rows_on_both_ways(dtype, exact_shift, classes):
    """Plain and shifted exponentials, by rows of one array."""
    x = np.random.default_rng(classes).normal(0, 8, (4, classes)).astype(dtype)
    x[::2] += dtype(exact_shift)
    x[1, 5:9] = -np.inf
    labels = np.random.default_rng(1).integers(9, classes, 4)
    assert worst(softmax(x), reference.softmax(x)) <= 6
    assert worst(log_softmax(x), reference.log_softmax(x)) <= 3
    assert worst(logsumexp(x), reference.logsumexp(x)) <= 2
    assert worst(cross_entropy(x, labels, reduction="none"), reference.cross_entropy(x, labels)) <= 3
    gradient = cross_entropy_grad(x, labels, reduction="none")
    assert worst(gradient, reference.cross_entropy_grad(x, labels)) <= 8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("repeats", [1, 2000])
def test_logsumexp_near_0_and_away_from_it(dtype, repeats):
    """Sums from 1 to 2, whose logarithm alone has few digits, and below 1/2, whose logarithm has all of them."""
    x = np.array([[0.01, -5.0], [1e-3, -9.0], [0.3, -1.5], [0.0, -30.0], [-3.0, -4.0], [-9.0, -20.0]], dtype)
    truth = reference.logsumexp(x)
    assert worst(logsumexp(np.tile(x, (repeats, 1)))[: len(x)], truth) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("classes", [50_257])
def test_a_wide_row(classes):
    """In two dtypes, with scores that both have: the reference takes seconds."""
    x = np.random.default_rng(0).normal(0, 3, (1, classes)).astype(np.float32)
    probabilities, total = reference.softmax(x), reference.logsumexp(x)
    for dtype in (np.float32, np.float64):
        assert worst(softmax(x.astype(dtype)), probabilities) <= 4
        assert worst(logsumexp(x.astype(dtype)), total) <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_any_length_are_those_of_pythons_fsum(dtype):
    """Every class counts once, and the error is one of few roundings: rows are cut into pieces by their length."""
    rng = np.random.default_rng(3)
    for classes in [*range(60, 140), 256, 511, 999, 1000, 1021, 1024, 2500, 4099]:
        x = rng.uniform(-3, 3, (3, classes)).astype(dtype)
        total = np.array([math.fsum(row) for row in np.exp(x.astype(np.float64)).tolist()])
        np.testing.assert_allclose(np.exp(logsumexp(x).astype(np.float64)), total, rtol=20 * np.finfo(dtype).eps)
        np.testing.assert_allclose(softmax(x).sum(axis=-1, dtype=np.float64), 1, rtol=2 * np.finfo(dtype).eps)


def test_the_worst_of_many_rows():
    lines = list(accuracy.many_rows(400))
    for _, method, worst_of_all, median in lines:
        if method == "ours":
            assert worst_of_all < 8 and median <= 4
        else:
            assert median > 8


def test_a_lost_digit_would_be_seen():
    """The correction of the shifted exponentials matters: without it the error here is of the order of 500 ULP."""
    x = np.random.default_rng(5).uniform(-700, 0, (3, 200))
    x[:, 0] = 800.3
    x[:, 1:] += 700.7
    assert worst(softmax(x), reference.softmax(x)) <= 5


def test_subnormal_probabilities():
    for x in ([0.0, -708.5, -720.0, -744.0, -750.0], [800.0, 90.0, 60.0, 55.6], [-0.5, -709.0, -744.2]):
        assert worst(softmax(x), reference.softmax(x)) <= 3


@pytest.mark.parametrize("dtype, bound", [(np.float32, 0.51), (np.float64, 3)])
@pytest.mark.parametrize("classes", [1, 2, 7, 10, 64])
def test_many_short_rows(dtype, bound, classes):
    """Arrays that are worked on by columns: with ties for the largest score, and one dominant class."""
    x = np.random.default_rng(classes).normal(0, 3, (2100 // classes + 1, classes)).astype(dtype)
    x[1] = 2
    x[2], x[2, -1] = -20, 10
    some = slice(0, 12)
    assert worst(softmax(x)[some], reference.softmax(x[some])) <= bound + 1
    assert worst(log_softmax(x)[some], reference.log_softmax(x[some])) <= max(bound, 1.6)
    labels = np.arange(len(x)) % classes
    loss = cross_entropy(x, labels, reduction="none")[some]
    assert worst(loss, reference.cross_entropy(x[some], labels[some])) <= max(bound, 1.6)


@pytest.mark.slow
@pytest.mark.parametrize("dtype, far", [(np.float32, 98), (np.float64, 722)])
@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("classes", [10, 100, 2000])
def test_one_dominant_class_over_many_that_all_but_vanish(dtype, far, offset, classes):
    """The others are subnormal numbers, each rounded to the same absolute step; their sum has more digits."""
    x = np.random.default_rng(classes).normal(-far, 2, (2, classes))
    x[:, 3] = 0
    x = (x + offset).astype(dtype)
    labels = np.array([3, 3])
    bound = 1.1 if dtype == np.float32 else 2
    assert worst(log_softmax(x), reference.log_softmax(x)) <= bound
    assert worst(cross_entropy(x, labels, reduction="none"), reference.cross_entropy(x, labels)) <= bound
    assert worst(cross_entropy_grad(x, labels, reduction="none"), reference.cross_entropy_grad(x, labels)) <= bound
    if not offset:
        assert worst(logsumexp(x), reference.logsumexp(x)) <= bound


@pytest.mark.parametrize("largest", [-3.3e-15, 2e-14, -1e-13])
def test_signed_logsumexp_makes_good_what_its_shift_rounds(largest):
    """Where the largest score is tiny, the rounding of the scores' difference would be an error of 10 ULP and more."""
    x = np.array([largest, -33.346042, -31.7])
    value, sign = logsumexp(x, return_sign=True)
    assert sign == 1
    assert abs(float(value - reference.logsumexp(x))) <= 2 * np.spacing(abs(largest))
