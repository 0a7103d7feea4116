"""One-pass log-sum-exp: the merge of two states, and one pass over blocks."""

from functools import reduce
from itertools import permutations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import logsumexp
from stable_softmax.precision import reference, ulp_error
from stable_softmax.streaming import (
    MaxSum,
    logsumexp_of_blocks,
    merge,
)

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)
SCORES = st.floats(-800, 800) | st.sampled_from([0.0, -INF, 1e4, -1e4])


def worst(values, truth):
    return float(np.max(ulp_error(values, truth), initial=0))


def the_same(a, b):
    np.testing.assert_array_equal(a.max, b.max)
    np.testing.assert_array_equal(a.rest, b.rest)
    return a.max.dtype == b.max.dtype


# The merge


@st.composite
def states(draw, count):
    """States of as many blocks, all of the same batch of two rows."""
    blocks = [draw(hnp.arrays(np.float64, (2, draw(st.integers(0, 5))), elements=SCORES)) for _ in range(count)]
    return [MaxSum.of(block) for block in blocks]


@given(states(2))
def test_the_merge_is_commutative_to_the_last_bit(pair):
    assert the_same(merge(*pair), merge(*reversed(pair)))


def test_the_merge_is_commutative_where_two_largest_scores_are_equal():
    rows = np.random.default_rng(0).normal(-1, 1, (2, 500, 4))
    rows[..., 0] = 5
    a, b = map(MaxSum.of, rows)
    assert the_same(merge(a, b), merge(b, a))


@given(states(1))
def test_the_empty_state_changes_nothing(one):
    state = one[0]
    empty = MaxSum.empty(2)
    assert the_same(merge(state, empty), state) and the_same(merge(empty, state), state)
    assert the_same(merge(empty, empty), empty)
    np.testing.assert_array_equal(empty.sum, 0)


@given(states(3))
def test_the_merge_is_associative_but_for_rounding(triple):
    a, b, c = triple
    left, right = merge(merge(a, b), c), merge(a, merge(b, c))
    np.testing.assert_array_equal(left.max, right.max)
    # A difference of two largest scores rounds too: half a unit of 1e4 is 4096 units of 1.
    np.testing.assert_allclose(left.sum, right.sum, rtol=2**-51)
    np.testing.assert_allclose(left.rest, right.rest, rtol=1e-11)


def test_a_state_is_the_largest_score_and_the_sum_of_the_exponentials():
    x = rng.normal(0, 3, (3, 4, 70))
    state = MaxSum.of(x, axis=1)
    np.testing.assert_array_equal(state.max, x.max(axis=1))
    np.testing.assert_allclose(state.sum, np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1), rtol=1e-14)
    np.testing.assert_array_equal(state.sum, 1 + state.rest)
    np.testing.assert_allclose(state.logsumexp(), logsumexp(x, axis=1), rtol=1e-15)
    assert MaxSum.of(x, axis=None).sum == pytest.approx(np.exp(x - x.max()).sum(), rel=1e-14)


def test_what_a_dominant_score_leaves_of_the_others():
    state = MaxSum.of([0.0]).merge(MaxSum.of([-40.0]))
    assert state.sum == 1 and state.rest == np.exp(-40.0)
    assert state.logsumexp() == logsumexp([0.0, -40.0]) == pytest.approx(np.exp(-40), rel=1e-15)
    assert MaxSum.of([-60.0, -800.0, 0.0]).merge(MaxSum.of([-50.0])).logsumexp() == pytest.approx(
        float(reference.logsumexp([-60.0, -800.0, 0.0, -50.0])), rel=1e-15
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_states_keep_the_dtype_and_count_in_float64_at_least(dtype):
    a, b = MaxSum.of(np.ones(5, dtype)), MaxSum.empty((), dtype)
    for state in (a, b, merge(a, b)):
        assert state.max.dtype == dtype and state.rest.dtype == np.result_type(dtype, np.float64)
        assert state.logsumexp().dtype == dtype
    # 70,000 equal scores overflow a float16 sum
    many = reduce(merge, [MaxSum.of(np.zeros(10_000, np.float16))] * 7)
    assert many.sum == 70_000 and many.logsumexp() == np.float16(np.log(70_000))


@pytest.mark.parametrize("bad", [NAN, INF])
@pytest.mark.parametrize("others", [[0.0], [-INF], [INF], [NAN], []])
def test_states_of_scores_without_an_answer(bad, others):
    for pair in permutations([[1.0, bad], others]):
        state = merge(*map(MaxSum.of, pair))
        np.testing.assert_array_equal(state.logsumexp(), logsumexp([*pair[0], *pair[1]]))
        assert np.isnan(state.rest)
    assert MaxSum.of([-INF, -INF]).logsumexp() == -INF and MaxSum.of([-INF]).sum == 0


def test_merges_that_make_no_sense():
    with pytest.raises(ValueError, match=r"a and b must have the same batch shape, got \(2,\) and \(3,\)"):
        merge(MaxSum.empty(2), MaxSum.empty(3))
    with pytest.raises(TypeError, match="b must be a MaxSum, got tuple"):
        merge(MaxSum.empty(2), (0.0, 1.0))
    with pytest.raises(TypeError, match="block must hold real numbers"):
        MaxSum.of([1j])


# One pass over blocks


@st.composite
def cuts(draw):
    """Rows of scores, cut along any axis into blocks in any order."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=9))
    x = draw(hnp.arrays(np.float64, shape, elements=SCORES))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    edges = sorted(draw(st.lists(st.integers(0, shape[axis]), max_size=6)))
    return x, draw(st.permutations(np.split(x, edges, axis=axis))), axis


@given(cuts())
def test_any_split_in_any_order_gives_the_log_sum_exp(cut):
    x, blocks, axis = cut
    whole = logsumexp(x, axis=axis)
    # Near 0 the two terms of m + log1p(r) cancel; see `logsumexp`.
    np.testing.assert_allclose(logsumexp_of_blocks(iter(blocks), axis=axis), whole, rtol=4e-16, atol=4e-16)
    chain = reduce(merge, (MaxSum.of(block, axis) for block in blocks))
    np.testing.assert_allclose(chain.logsumexp(), whole, rtol=4e-16, atol=4e-16)


@given(states(5), st.data())
def test_any_tree_gives_the_same(parts, data):
    expected = reduce(merge, parts).logsumexp()
    while len(parts) > 1:
        place = data.draw(st.integers(0, len(parts) - 2))
        parts[place : place + 2] = [merge(*parts[place : place + 2])]
    np.testing.assert_allclose(parts[0].logsumexp(), expected, rtol=4e-16, atol=4e-16)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("order", ["random", "ascending", "descending"])
def test_accuracy_does_not_depend_on_the_size_of_the_blocks(dtype, order):
    x = rng.normal(0, 3, 1000).astype(dtype)
    x = {"random": x, "ascending": np.sort(x), "descending": np.sort(x)[::-1]}[order]
    truth = reference.logsumexp(x)
    for size in (1, 7, 64, 500, 1000):
        assert worst(logsumexp_of_blocks(np.split(x, range(size, 1000, size))), truth) <= 1


def test_merging_one_score_after_another_costs_digits_of_the_sum():
    """What the pairwise merge is for. Equal terms are rounded the same way, time after time."""
    x = np.full(20_000, -1.0)
    x[0] = 0
    m, s = x[0], 1.0
    for score in x[1:]:
        higher = max(m, score)
        m, s = higher, s * np.exp(m - higher) + np.exp(score - higher)
    with mpmath.workdps(50):
        total = 1 + 19_999 * mpmath.exp(-1)
    assert worst(s, total) > 200
    ours = reduce(merge, map(MaxSum.of, np.split(x, range(256, 20_000, 256))))
    assert worst(ours.sum, total) <= 20


def test_dtypes_of_blocks_promote():
    value = logsumexp_of_blocks([np.float16([1, 2]), np.float32([3])])
    assert value.dtype == np.float32 and value == pytest.approx(3.4076, abs=1e-4)
    assert logsumexp_of_blocks([[1, 2], [3]]).dtype == np.float64


def test_special_values_in_one_block():
    fine = np.zeros((2, 3))
    for bad in (NAN, INF):
        block = fine.copy()
        block[1, 1] = bad
        for blocks in permutations([fine, fine, block]):
            value = logsumexp_of_blocks(blocks)
            assert value[0] == pytest.approx(np.log(9))
            np.testing.assert_array_equal(value[1], bad)
    np.testing.assert_array_equal(logsumexp_of_blocks([np.full((2, 3), -INF)] * 2), -INF)
    np.testing.assert_array_equal(logsumexp_of_blocks([np.empty((2, 0)), fine, np.empty((2, 0))]), logsumexp(fine))
    np.testing.assert_array_equal(logsumexp_of_blocks([np.empty((2, 0))]), -INF)
    assert logsumexp_of_blocks([np.empty((0, 3)), np.empty((0, 1))]).shape == (0,)


@pytest.mark.parametrize(
    "blocks, error, message",
    [
        ([], ValueError, "blocks must hold a block, .* got none"),
        (iter(()), ValueError, "blocks must hold a block, .* got none"),
        (7, TypeError, "blocks must be an iterable of arrays, got int"),
        ([np.zeros((2, 3)), np.zeros((3, 3))], ValueError, r"got \(2,\) of blocks\[0\] and \(3,\) of blocks\[1\]"),
        ([np.zeros((2, 3)), np.zeros(3)], ValueError, r"got \(2,\) of blocks\[0\] and \(\) of blocks\[1\]"),
        ([np.zeros(2), ["a"]], TypeError, r"blocks\[1\] must hold real numbers"),
        (
            [np.zeros(2), np.ma.masked_array([1.0], [True])],
            TypeError,
            r"blocks\[1\] must be an array without a mask, got a masked array",
        ),
        ([np.zeros(())], None, None),
    ],
)
def test_streams_that_make_no_sense(blocks, error, message):
    if error is None:
        assert logsumexp_of_blocks(blocks) == 0  # a single number is one class, as for logsumexp
        return
    with pytest.raises(error, match=message):
        logsumexp_of_blocks(blocks)
    with pytest.raises(np.exceptions.AxisError):
        logsumexp_of_blocks([np.zeros(2)], axis=1)


@pytest.mark.filterwarnings("error")
def test_no_warnings():
    for x in ([-INF, -INF], [INF, 0.0], [NAN, INF], [1e308, -1e308], [800.0, -800.0], []):
        merge(MaxSum.of(x), MaxSum.of([1.0, INF])).logsumexp()
        merge(MaxSum.of(x), MaxSum.empty()).logsumexp()
