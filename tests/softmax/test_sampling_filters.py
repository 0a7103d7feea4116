"""Temperature, top-k, top-p and min-p: against plain loops, in every dtype, and what must hold for any scores."""

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import softmax
from stable_softmax.sampling import filter_scores, keep_min_p, keep_top_k, keep_top_p, temper

INF, NAN = np.inf, np.nan
DTYPES = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.longdouble]
FILTERS = [
    (lambda x, **o: temper(x, 0.7, **o)),
    (lambda x, **o: keep_top_k(x, 2, **o)),
    (lambda x, **o: keep_top_p(x, 0.6, **o)),
    (lambda x, **o: keep_min_p(x, 0.3, **o)),
    (lambda x, **o: filter_scores(x, temperature=2.0, top_k=3, top_p=0.9, min_p=0.05, **o)),
]
#: Scores that are apart, or equal: no rounding decides between them.
APART = st.sampled_from([-INF, -1e4, -800.0, -3.0, -1.0, 0.0, 0.5, 2.0, 7.0, 1e4])
ROWS = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=1, max_side=9), elements=APART)
TEMPERATURES = st.one_of(
    st.sampled_from([0.0, 5e-324, 1e-300, 1e-5, 1.0, 3.0, 1e5, 1.7e308, INF]), st.floats(0.01, 100)
)


def as_floats(x):
    with np.errstate(over="ignore"):  # longdouble's largest
        return np.asarray(x, np.float64)


def in_fractions(row):
    """Probabilities of a row in floats wide enough to sort and add in a plain loop."""
    top = max(row)
    weights = [Fraction(math.exp(score - top)) for score in row]
    return [weight / sum(weights) for weight in weights]


def kept_by_loop(row, top_k=None, top_p=None, min_p=None):
    """The places that one filter keeps, from its definition."""
    if top_k:
        least = sorted(row, reverse=True)[min(top_k, len(row)) - 1]
        return [score >= least for score in row]
    probabilities = in_fractions(row)
    if min_p is not None:
        return [float(one / max(probabilities)) >= min_p - 1e-12 for one in probabilities]
    total, least = Fraction(0), INF
    for score, one in sorted(zip(row, probabilities, strict=True), reverse=True):
        if total and total >= top_p - 1e-12:
            break
        total, least = total + one, score
    return [score >= least for score in row]


# Temperature --------------------------------------------------------------------------------------


@given(ROWS, TEMPERATURES)
def test_any_temperature_gives_a_distribution(row, temperature):
    assume(row.max() > -INF)
    p = softmax(temper(row, temperature))
    assert abs(p.sum() - 1) < 1e-12 and not np.isnan(p).any()
    assert np.all(p[row == -INF] == 0)
    assert np.all(p[row == row.max()] == p.max())
    order = np.argsort(row)
    assert np.all(np.diff(p[order]) >= 0)


@given(ROWS, st.floats(0.01, 100))
def test_it_is_the_softmax_of_scores_over_temperature(row, temperature):
    assume(row.max() > -INF)
    np.testing.assert_allclose(softmax(temper(row, temperature)), softmax(row / temperature), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("dtype", DTYPES)
def test_its_ends(dtype):
    x = np.array([3, 1, 3, -INF, -1e4], dtype)
    np.testing.assert_array_equal(as_floats(softmax(temper(x, 0))), [0.5, 0, 0.5, 0, 0])
    np.testing.assert_array_equal(
        as_floats(softmax(temper(x, INF))), as_floats(np.array([0.25] * 3 + [0, 0.25], dtype))
    )
    assert temper(x, 0).dtype == x.dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-4, 1, 1e4, 1e300, INF])
def test_extreme_scores_never_become_nan(dtype, temperature):
    largest = np.finfo(dtype).max if dtype != ml_dtypes.bfloat16 else ml_dtypes.finfo(dtype).max
    for x in (np.array([1e4, -1e4, 0, -INF], dtype), np.array([largest, -largest, 0, -INF], dtype)):
        tempered = temper(x, temperature)
        p = as_floats(softmax(tempered))
        assert tempered.dtype == dtype and as_floats(tempered).max() == 0
        assert not np.isnan(p).any() and abs(p.sum() - 1) < 0.01 and p[3] == 0 and p[0] == p.max()


def test_a_difference_that_overflows_may_be_small_after_division():
    x = np.array([1.5e308, -1.5e308])
    np.testing.assert_allclose(temper(x, 1e308), [0, -3])
    assert temper(x, 0.5)[1] == -INF


def test_float16_keeps_what_a_division_first_would_lose():
    """60,000 / 0.5 is infinite in float16."""
    x = np.array([60000, 59968, -INF], np.float16)
    np.testing.assert_array_equal(temper(x, 0.5), np.array([0, -64, -INF], np.float16))


# Filters ------------------------------------------------------------------------------------------


@given(ROWS, st.integers(1, 12))
def test_top_k_against_a_loop(row, k):
    assume(row.max() > -INF)
    np.testing.assert_array_equal(keep_top_k(row, k), np.where(kept_by_loop(row, top_k=k), row, -INF))


@given(ROWS, st.floats(0, 0.999))
def test_top_p_against_a_loop(row, p):
    assume(row.max() > -INF)
    np.testing.assert_array_equal(keep_top_p(row, p), np.where(kept_by_loop(row, top_p=p), row, -INF))


@given(ROWS, st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1)))
def test_min_p_against_a_loop(row, p):
    assume(row.max() > -INF)
    np.testing.assert_array_equal(keep_min_p(row, p), np.where(kept_by_loop(row, min_p=p), row, -INF))


@given(ROWS, st.sampled_from(FILTERS), st.randoms())
def test_they_do_not_depend_on_the_order_of_classes(row, rule, random):
    order = np.array(random.sample(range(len(row)), len(row)))
    np.testing.assert_array_equal(rule(row[order]), rule(row)[order])


@given(
    ROWS,
    st.sampled_from([1, 2, 5]),
    st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    st.sampled_from([0.0, 0.2, 1.0]),
    TEMPERATURES,
)
def test_all_together_keep_the_likeliest_and_nobody_new(row, k, top_p, min_p, temperature):
    assume(row.max() > -INF)
    x = filter_scores(row, temperature=temperature, top_k=k, top_p=top_p, min_p=min_p)
    kept = x > -INF
    assert kept[row == row.max()].all() and not kept[row == -INF].any() and x.max() == 0
    p, before = softmax(x), softmax(temper(row, temperature))
    assert np.all(p[kept] >= before[kept] * (1 - 1e-12)) and abs(p.sum() - 1) < 1e-12


@given(ROWS, st.floats(0, 1), st.floats(0, 1))
def test_a_wider_filter_keeps_no_less(row, one, two):
    assume(row.max() > -INF)
    few, many = sorted([one, two])
    assert np.all((keep_top_p(row, few) == -INF) | (keep_top_p(row, many) > -INF))
    assert np.all((keep_min_p(row, many) == -INF) | (keep_min_p(row, few) > -INF))


def test_the_class_that_reaches_the_sum_is_kept_and_rounding_keeps_no_other():
    """0.5 + 0.3 + 0.1 is 0.9 or not in float64, as the scores happen to be rounded."""
    for shift in np.linspace(-50, 50, 201):
        x = np.log([0.5, 0.3, 0.1, 0.06, 0.04]) + shift
        assert (keep_top_p(x, 0.9) > -INF).tolist() == [True] * 3 + [False] * 2
        assert (keep_min_p(x, 0.2) > -INF).tolist() == [True] * 3 + [False] * 2


def test_the_ends_of_the_filters():
    x = np.array([2.0, 0.0, 2.0, -900.0, -INF])
    for same in (keep_top_p(x, 1), keep_min_p(x, 0), keep_top_k(x, 5), keep_top_k(x, 99)):
        np.testing.assert_array_equal(same, x)
    for few in (keep_top_p(x, 0), keep_min_p(x, 1), keep_top_k(x, 1)):
        np.testing.assert_array_equal(few, [2, -INF, 2, -INF, -INF])


@pytest.mark.parametrize("rule", FILTERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_and_rows_without_an_answer(rule, dtype):
    x = np.array([[1, 5, 2, 4], [NAN, 1, 2, 3], [INF, 1, 2, 3], [-INF] * 4], dtype)
    before = x.copy()
    found = rule(x)
    assert found.dtype == x.dtype and found.shape == x.shape
    np.testing.assert_array_equal(as_floats(x), as_floats(before))
    assert np.isnan(as_floats(found[1:3])).all()
    assert (as_floats(found[3]) == -INF).all() and np.isfinite(as_floats(found[0])).any()


@pytest.mark.parametrize("rule", FILTERS)
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
def test_axes(rule, axis):
    x = np.random.default_rng(1).normal(0, 2, (3, 4, 5))
    axes = tuple(range(3)) if axis is None else tuple(i % 3 for i in np.atleast_1d(axis))
    batch = [i for i in range(3) if i not in axes]
    moved = x.transpose(*batch, *axes)
    flat = moved.reshape(*(x.shape[i] for i in batch), -1)
    expected = rule(flat).reshape(moved.shape).transpose(np.argsort([*batch, *axes]))
    np.testing.assert_array_equal(rule(x, axis=axis), expected)
    assert rule(np.asfortranarray(x), axis=axis).tobytes() == rule(x, axis=axis).tobytes()


@pytest.mark.parametrize("rule", FILTERS)
def test_empty_arrays_integers_and_scalars(rule):
    assert rule(np.zeros((0, 3))).shape == (0, 3) and rule(np.zeros((3, 0))).shape == (3, 0)
    assert rule([[1, 2, 3, 9]]).dtype == np.float64
    assert rule(3.0) in (0.0, 3.0)


def test_many_classes_in_float32():
    """Rows of 50,000 classes in blocks, against the rule for one row at a time."""
    x = np.random.default_rng(2).normal(0, 3, (20, 50_000)).astype(np.float32)
    for rule in FILTERS:
        np.testing.assert_array_equal(rule(x), np.stack([rule(row) for row in x]))


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: temper([1.0], -1), ValueError, "temperature must be 0 or more"),
        (lambda: temper([1.0], NAN), ValueError, "temperature must be 0 or more"),
        (lambda: temper([1.0], "hot"), TypeError, "temperature must be a number"),
        (lambda: temper([1.0], None), TypeError, "temperature must be a number"),
        (lambda: keep_top_k([1.0], 0), ValueError, "k must be 1 or more, got 0"),
        (lambda: keep_top_k([1.0], 2.5), TypeError, "k must be an int, got 2.5"),
        (lambda: keep_top_p([1.0], 1.1), ValueError, "p must lie in 0 to 1, got 1.1"),
        (lambda: keep_top_p([1.0], NAN), ValueError, "p must lie in 0 to 1"),
        (lambda: keep_min_p([1.0], -0.1), ValueError, "p must lie in 0 to 1"),
        (lambda: keep_min_p([1.0], "x"), TypeError, "p must be a number"),
        (lambda: filter_scores([1.0], top_k=-3), ValueError, "top_k must be 1 or more, got -3"),
        (lambda: filter_scores([1.0], top_p=2), ValueError, "top_p must lie in 0 to 1, got 2"),
        (lambda: filter_scores([1.0], min_p=2), ValueError, "min_p must lie in 0 to 1, got 2"),
        (lambda: temper([1j], 1), TypeError, "x must hold real numbers"),
        (lambda: temper(np.zeros(3, ml_dtypes.float8_e4m3fn), 1), TypeError, "x must have a dtype with infinity"),
        (lambda: keep_top_k(np.zeros((0, 3)), 0), ValueError, "k must be 1 or more"),
        (lambda: temper(np.zeros((2, 3)), 1, axis=2), np.exceptions.AxisError, "axis"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
