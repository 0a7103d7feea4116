"""One-pass log-sum-exp, and the loss of a linear layer whose scores are never all in memory."""

import tracemalloc
from functools import reduce
from itertools import permutations

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import _linear, _linear_loss, cross_entropy, cross_entropy_with_grad, logsumexp
from stable_softmax.precision import reference, ulp_error
from stable_softmax.streaming import (
    LinearGradients,
    MaxSum,
    linear_cross_entropy,
    linear_cross_entropy_with_grad,
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
        np.testing.assert_array_equal(state.logsumexp(), logsumexp(sum(pair, [])))
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
    x = rng.normal(0, 3, 3000).astype(dtype)
    x = {"random": x, "ascending": np.sort(x), "descending": np.sort(x)[::-1]}[order]
    truth = reference.logsumexp(x)
    for size in (1, 7, 64, 1000, 3000):
        assert worst(logsumexp_of_blocks(np.split(x, range(size, 3000, size))), truth) <= 1


def test_merging_one_score_after_another_costs_digits_of_the_sum():
    """What the pairwise merge is for."""
    x = rng.normal(0, 3, 20_000)
    truth = reference.logsumexp(x)
    m, s = x[0], 1.0
    for score in x[1:]:
        higher = max(m, score)
        m, s = higher, s * np.exp(m - higher) + np.exp(score - higher)
    with mpmath.workdps(50):
        total = mpmath.exp(truth - mpmath.mpf(float(m)))
    assert worst(s, total) > 20
    ours = reduce(merge, map(MaxSum.of, np.split(x, range(256, 20_000, 256))))
    assert worst(ours.sum, total) <= 3


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


# The loss of a linear layer. Products of small integers are exact, so that the scores are known to the last bit.

OPTIONS = st.fixed_dictionaries(
    {
        "reduction": st.sampled_from(["none", "sum", "mean"]),
        "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
        "ignore_index": st.sampled_from([-100, 1]),
    }
)
DTYPES = [np.float16, np.float32, np.float64]


def layer(rows, classes, features, dtype, offset=0, rng=rng):
    """hidden, weight and bias of few bits, and the scores that they make, all exact in the dtype."""
    hidden = rng.integers(-3, 4, (rows, features)) / 2
    weight = rng.integers(-3, 4, (classes, features)) / 2
    bias = rng.integers(-3, 4, classes) + offset
    scores = hidden @ weight.T + bias
    arrays = [a.astype(dtype) for a in (hidden, weight, bias, scores)]
    assert (arrays[3] == scores).all()
    return arrays


@pytest.fixture(params=["one tile", "many tiles"])
def tiles(request, monkeypatch):
    """Once as it is, and once with tiles of 3 rows by 16 classes."""
    if request.param == "many tiles":
        monkeypatch.setattr(_linear, "BLOCK_BYTES", 64)
        monkeypatch.setattr(_linear_loss, "ROWS", 3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", [1, 2, 100])
@pytest.mark.parametrize("offset", [0, 900, -900])
def test_against_the_loss_of_the_scores(tiles, dtype, classes, offset):
    hidden, weight, bias, scores = layer(7, classes, 6, dtype, offset / (10 if dtype == np.float16 else 1))
    tolerance = {2: 1e-3, 4: 1e-6, 8: 1e-13}[hidden.itemsize]

    @settings(max_examples=30)
    @given(
        OPTIONS,
        hnp.arrays(np.intp, 7, elements=st.integers(0, classes - 1)),
        st.booleans(),
        st.sampled_from([None, 0, 1]),
    )
    def check(options, labels, ignoring, weights):
        if ignoring:
            labels = np.where(np.arange(7) % 3 == 1, options["ignore_index"], labels)
        assume(((labels >= 0) & (labels < classes) | (labels == options["ignore_index"])).all())
        class_weight = None if weights is None else np.linspace(weights, 2, classes)
        loss, gradients = linear_cross_entropy_with_grad(
            hidden, weight, labels, bias=bias, class_weight=class_weight, **options
        )
        expected, slope = cross_entropy_with_grad(scores, labels, weight=class_weight, **options)
        np.testing.assert_allclose(loss, expected, rtol=tolerance)
        assert np.shape(loss) == np.shape(expected) and loss.dtype == dtype
        alone = linear_cross_entropy(hidden, weight, labels, bias=bias, class_weight=class_weight, **options)
        np.testing.assert_array_equal(alone, loss)
        slope = cross_entropy_with_grad(scores.astype(float), labels, weight=class_weight, **options)[1]
        near = {"rtol": tolerance, "atol": tolerance * np.nanmax(np.abs(slope), initial=0) * 20}
        np.testing.assert_allclose(gradients.hidden, slope @ weight.astype(float), **near)
        np.testing.assert_allclose(gradients.weight, slope.T @ hidden.astype(float), **near)
        np.testing.assert_allclose(gradients.bias, slope.sum(axis=0), **near)
        for gradient, array in zip(
            (gradients.hidden, gradients.weight, gradients.bias), (hidden, weight, bias), strict=True
        ):
            assert gradient.shape == array.shape and gradient.dtype == dtype

    check()


@pytest.mark.parametrize("dtype, bounds", [(np.float16, (0.51, 0.51)), (np.float32, (0.51, 4)), (np.float64, (4, 4))])
@pytest.mark.parametrize("offset", [0, 1e4, -1e4])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
def test_accuracy_of_the_loss(tiles, dtype, bounds, offset, smoothing):
    """The contract of cross_entropy: rows of at most 64 classes in float64, others within 4 ULP."""
    if dtype == np.float16:
        offset = np.sign(offset) * 100
    for classes, bound in ((5, bounds[0]), (64, bounds[0]), (500, bounds[1])):
        hidden, weight, bias, scores = layer(8, classes, 6, dtype, offset)
        labels = rng.integers(0, classes, 8)
        losses = linear_cross_entropy(hidden, weight, labels, bias=bias, reduction="none", label_smoothing=smoothing)
        log_p = reference.log_softmax(scores)
        with mpmath.workdps(50):
            truth = -(1 - smoothing) * log_p[np.arange(8), labels] - smoothing / classes * log_p.sum(axis=1)
        assert worst(losses, truth) <= bound
        assert (losses >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shift", [0, 1000])
@pytest.mark.parametrize("classes", [3, 200])
def test_a_confident_right_answer_keeps_its_tiny_loss_and_gradient(tiles, dtype, shift, classes):
    # The label's score is 12 above all others, or 40 in float64.
    gap = 40 if dtype == np.float64 else 12
    scores = np.full((1, classes), shift, dtype)
    scores[0, 1] += gap
    hidden, weight = np.ones((1, 1), dtype), scores.T.copy()
    loss, gradients = linear_cross_entropy_with_grad(hidden, weight, [1])
    assert worst(loss, reference.cross_entropy(scores[0], 1)) <= 4
    assert worst(gradients.weight[:, 0], reference.cross_entropy_grad(scores[0], 1)) <= (8 if shift else 4)


def test_the_label_may_be_far_above_or_below_the_others():
    for low, high in ((-700.0, 700.0), (-1e4, 1e4), (0.0, 745.0), (300.0, 320.0), (340.0, 690.0), (-350.0, -340.0)):
        for scores in ([low, low, high], [high, high, low], [high, low, low + 3]):
            for label in range(3):
                loss, gradients = linear_cross_entropy_with_grad([[1.0]], np.array(scores)[:, None], [label])
                assert worst(loss, reference.cross_entropy(scores, label)) <= 4, (scores, label)
                truth = reference.cross_entropy_grad(scores, label)
                assert worst(gradients.weight[:, 0], truth) <= 8, (scores, label)


@pytest.mark.parametrize(
    "scores",
    [
        [-400.3, -401.7, 0.123],
        [-401.7, 0.123, -999.9],
        [400.3, 0.1, -0.7, 399.6],
        [1000.1, 987.6, 0.3, 700.7],
        [-1e4 / 3, -1e4 / 3 - 5, -3e3],
    ],
)
def test_the_rounding_of_shifted_scores_is_made_good(scores):
    """Scores of all their bits: a feature of 1 makes them the weights themselves."""
    for label in range(len(scores)):
        loss, gradients = linear_cross_entropy_with_grad([[1.0]], np.array(scores)[:, None], [label])
        assert worst(loss, reference.cross_entropy(scores, label)) <= 4
        truth = reference.cross_entropy_grad(scores, label)
        normal = np.abs(truth) > 1e-300
        assert worst(gradients.weight[normal, 0], truth[normal]) <= 8


def test_the_gradient_at_an_improbable_label_under_full_smoothing():
    """What the other classes ask for is nearly all that is given to them; the label's share is not what is left."""
    bias = np.random.default_rng(1).normal(0, 1, 1000)
    bias[3] = -30
    _, gradients = linear_cross_entropy_with_grad(np.ones(1), np.zeros((1000, 1)), 3, bias=bias, label_smoothing=1.0)
    assert worst(gradients.bias[3], reference.softmax(bias)[3] - mpmath.mpf(1 / 1000)) <= 2


def test_a_label_without_rivals_costs_nothing_whatever_its_score():
    for others in ([], [-INF], [-INF] * 100):
        for score in (0.0, -800.0, 800.0, -1e300):
            bias = [score, *others]
            loss, gradients = linear_cross_entropy_with_grad(np.ones(2), np.zeros((len(bias), 2)), 0, bias=bias)
            assert loss == 0 and not gradients.bias.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_that_grow_from_tile_to_tile(monkeypatch, dtype):
    """Every few tiles the sum overflows and is scaled again, whichever end the scores start from."""
    monkeypatch.setattr(_linear, "BLOCK_BYTES", 64)
    monkeypatch.setattr(_linear, "TAME", {np.dtype(dtype): 40})
    steps = np.arange(-1500, 1500, 13).astype(dtype)
    for column in (steps, steps[::-1], np.concatenate([steps[::2], steps[::-2]])):
        scores = np.stack([column, column[::-1], -column / 2])
        labels = np.array([3, 100, 150])
        hidden, weight = np.eye(3, dtype=dtype), np.ascontiguousarray(scores.T)
        for smoothing in (0.0, 0.1):
            losses, gradients = linear_cross_entropy_with_grad(
                hidden, weight, labels, reduction="none", label_smoothing=smoothing
            )
            expected, slope = cross_entropy_with_grad(scores, labels, reduction="none", label_smoothing=smoothing)
            np.testing.assert_allclose(losses, expected, rtol=4 * np.finfo(dtype).eps)
            np.testing.assert_allclose(gradients.weight.T, slope, rtol=32 * np.finfo(dtype).eps, atol=1e-37)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1e4]), st.sampled_from([np.float32, np.float64]))
def test_no_loss_is_negative(seed, offset, dtype):
    """Even where products round: the label's score takes part in nothing but its own row."""
    random = np.random.default_rng(seed)
    hidden, weight = (random.normal(0, 3, shape).astype(dtype) for shape in ((9, 5), (300, 5)))
    labels = (hidden @ weight.T).argmax(axis=1)
    bias = np.full(300, offset, dtype)
    assert (linear_cross_entropy(hidden, weight, labels, bias=bias, reduction="none") >= 0).all()


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_gradients_are_the_slopes_of_the_loss(smoothing):
    hidden, weight, bias = rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (5, 3)), rng.normal(0, 1, 5)
    labels, options = [0, 4, -100, 2], {"class_weight": [1.0, 2.0, 0.5, 1.0, 3.0], "label_smoothing": smoothing}
    _, gradients = linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias, **options)
    step = 2.0**-17
    for array, gradient in ((hidden, gradients.hidden), (weight, gradients.weight), (bias, gradients.bias)):
        for place in np.ndindex(array.shape):
            kept, ends = array[place], []
            for change in (step, -step):
                array[place] = kept + change
                ends.append(linear_cross_entropy(hidden, weight, labels, bias=bias, **options))
            array[place] = kept
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)


def test_small_gradients_in_float32_keep_their_digits():
    """A factor that is a subnormal number would round them."""
    for top, label in ((85.0, 0), (30.0, 1)):
        scores = np.linspace(top - 20, top, 100).astype(np.float32)
        scores[label] = top + 60 - 30 * label
        _, gradients = linear_cross_entropy_with_grad(np.ones((1, 1), np.float32), scores[:, None], [label])
        truth = reference.cross_entropy_grad(scores, label)
        normal = np.abs(truth) > 1e-37
        assert normal.any() and worst(gradients.weight[normal, 0], truth[normal]) <= 8


def test_shapes_and_layouts():
    hidden, weight, bias, scores = layer(24, 70, 6, np.float64)
    labels = rng.integers(0, 70, 24)
    loss, gradients = linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias, reduction="none")
    cube = linear_cross_entropy_with_grad(
        hidden.reshape(2, 3, 4, 6), weight, labels.reshape(2, 3, 4), bias=bias, reduction="none"
    )
    np.testing.assert_array_equal(cube[0], loss.reshape(2, 3, 4))
    np.testing.assert_array_equal(cube[1].hidden, gradients.hidden.reshape(2, 3, 4, 6))
    one = linear_cross_entropy_with_grad(hidden[0], weight, labels[0], bias=bias)
    assert np.shape(one[0]) == () and one[1].hidden.shape == (6,)
    np.testing.assert_allclose(one[0], loss[0], rtol=1e-14)
    for other in (
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: a.tolist(),
        lambda a: a[::-1].copy()[::-1],
    ):
        again = linear_cross_entropy_with_grad(
            other(hidden), other(weight), other(labels), bias=other(bias), reduction="none"
        )
        np.testing.assert_allclose(again[0], loss, rtol=1e-13)
        np.testing.assert_allclose(again[1].weight, gradients.weight, atol=1e-13)
    assert linear_cross_entropy_with_grad(hidden, weight, labels)[1].bias is None
    assert isinstance(gradients, LinearGradients)


def test_dtypes_promote_and_gradients_keep_theirs():
    hidden, weight, bias, _ = layer(5, 70, 6, np.float32)
    loss, gradients = linear_cross_entropy_with_grad(
        hidden.astype(np.float16), weight, [0] * 5, bias=bias.astype(float)
    )
    assert loss.dtype == np.float64
    assert [g.dtype for g in (gradients.hidden, gradients.weight, gradients.bias)] == [
        np.float16,
        np.float32,
        np.float64,
    ]
    assert linear_cross_entropy([[1, 2]], [[1, 0], [0, 1]], [0]).dtype == np.float64
    for dtype in (np.uint8, np.int32, np.uint64):
        assert linear_cross_entropy(hidden, weight, np.ones(5, dtype)) == linear_cross_entropy(hidden, weight, [1] * 5)


@pytest.mark.filterwarnings("error")
def test_nothing_to_average():
    hidden, weight, bias, _ = layer(4, 70, 6, np.float64)
    ignored = [-100] * 4
    for smoothing in (0.0, 0.1):
        loss, gradients = linear_cross_entropy_with_grad(hidden, weight, ignored, bias=bias, label_smoothing=smoothing)
        assert np.isnan(loss)
        assert not gradients.hidden.any() and not gradients.weight.any() and not gradients.bias.any()
        assert linear_cross_entropy(hidden, weight, ignored, reduction="sum") == 0
    loss, gradients = linear_cross_entropy_with_grad(np.empty((0, 6)), weight, [])
    assert np.isnan(loss) and gradients.hidden.shape == (0, 6) and not gradients.weight.any()
    assert linear_cross_entropy(np.empty((0, 6)), weight, [], reduction="sum") == 0
    assert linear_cross_entropy(np.empty((2, 0, 6)), weight, np.empty((2, 0), int), reduction="none").shape == (2, 0)
    assert np.isnan(linear_cross_entropy(hidden, weight, [1] * 4, class_weight=np.arange(70) == 0))
    assert linear_cross_entropy(np.empty((3, 0)), np.empty((4, 0)), [0, 1, 2]) == pytest.approx(np.log(4))
    assert np.isnan(linear_cross_entropy(np.empty((3, 2)), np.empty((0, 2)), [-100] * 3))


def test_ignored_rows_count_for_nothing_whatever_they_hold():
    hidden, weight, bias, _ = layer(5, 70, 6, np.float64)
    labels = np.array([3, -100, 60, -100, 0])
    expected = linear_cross_entropy_with_grad(hidden[::2], weight, labels[::2], bias=bias)
    hidden[1], hidden[3] = NAN, INF
    loss, gradients = linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias)
    assert loss == pytest.approx(expected[0], rel=1e-15)
    np.testing.assert_allclose(gradients.hidden[::2], expected[1].hidden)
    np.testing.assert_array_equal(gradients.hidden[1::2], 0)
    np.testing.assert_allclose(gradients.weight, expected[1].weight, atol=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("smoothing", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("class_weight", [None, "half"])
@pytest.mark.parametrize("classes", [3, 70])
def test_infinite_scores_are_as_for_the_scores_themselves(tiles, smoothing, class_weight, classes):
    """Row by row, with each kind of score in the bias; labels among the odd classes and the others."""
    class_weight = None if class_weight is None else (np.arange(classes) % 2).astype(float)
    rows = [
        {0: -INF},
        {1: -INF},
        {0: INF},
        {1: INF},
        {0: NAN},
        {1: NAN},
        {0: INF, 1: -INF},
        dict.fromkeys(range(classes), -INF),
        dict.fromkeys(range(1, classes), -INF),
        dict.fromkeys([0, *range(2, classes)], -INF),
        {0: 800.0},
        {1: -800.0},
        dict.fromkeys(range(classes - 1), -INF),
    ]
    for row in rows:
        bias = np.linspace(-1, 1, classes)
        bias[list(row)] = list(row.values())
        for label in (0, 1, classes - 1):
            options = {"label_smoothing": smoothing, "reduction": "none"}
            loss, gradients = linear_cross_entropy_with_grad(
                np.zeros((1, 2)), np.zeros((classes, 2)), [label], bias=bias, class_weight=class_weight, **options
            )
            expected, slope = cross_entropy_with_grad(bias[np.newaxis], [label], weight=class_weight, **options)
            np.testing.assert_allclose(loss, expected, rtol=1e-14, err_msg=f"{row} {label}")
            np.testing.assert_allclose(gradients.bias, slope[0], rtol=1e-13, atol=1e-16, err_msg=f"{row} {label}")


def test_differences_of_scores_may_overflow():
    bias = [1e308, -1e308, 0.0]
    for label, loss in ((0, 0), (1, INF), (2, 1e308)):
        value, gradients = linear_cross_entropy_with_grad(np.zeros(2), np.zeros((3, 2)), label, bias=bias)
        assert value == loss
        np.testing.assert_array_equal(gradients.bias, np.eye(3)[0] - np.eye(3)[label])
        assert linear_cross_entropy(np.zeros(2), np.zeros((3, 2)), 0, bias=bias, label_smoothing=0.3) == pytest.approx(
            3e307
        )


@pytest.mark.parametrize("where", ["hidden", "weight"])
def test_a_nan_reaches_its_rows_or_all_of_them(where):
    hidden, weight, _, _ = layer(4, 70, 6, np.float64)
    (hidden if where == "hidden" else weight)[2, 3] = NAN
    losses, gradients = linear_cross_entropy_with_grad(hidden, weight, [0, 1, 3, 4], reduction="none")
    bad = np.isnan(losses)
    assert bad.tolist() == ([False, False, True, False] if where == "hidden" else [True] * 4)
    np.testing.assert_array_equal(np.isnan(gradients.hidden).all(axis=1), bad)
    assert np.isnan(gradients.weight).all()


def test_nothing_given_is_changed():
    hidden, weight, bias, _ = layer(5, 70, 6, np.float64)
    labels, class_weight = np.array([0, -100, 2, 1, 3]), np.linspace(0, 1, 70)
    before = [a.copy() for a in (hidden, weight, bias, labels, class_weight)]
    linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias, class_weight=class_weight, label_smoothing=0.1)
    for array, old in zip((hidden, weight, bias, labels, class_weight), before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("function", [linear_cross_entropy, linear_cross_entropy_with_grad])
@pytest.mark.parametrize(
    "error, message, change",
    [
        (
            IndexError,
            r"labels\[1\] must be a label from 0 to 2 \(3 classes\) or ignore_index \(-100\), got 3",
            {"labels": [0, 3]},
        ),
        (IndexError, r"labels\[0\] must be a label .*, got -1", {"labels": [-1, 0]}),
        (
            ValueError,
            r"labels must have the shape of hidden without its last axis, \(2,\), got shape \(3,\)",
            {"labels": [0, 1, 2]},
        ),
        (TypeError, "labels must hold integers, got dtype float64", {"labels": [0.0, 1.0]}),
        (TypeError, "labels must hold integers, got dtype bool", {"labels": [True, False]}),
        (
            TypeError,
            "labels must be an array without a mask, got a masked array",
            {"labels": np.ma.masked_array([0, 1], [True, False])},
        ),
        (ValueError, r"weight must have shape \(classes, features\), got shape \(4,\)", {"weight": np.zeros(4)}),
        (
            ValueError,
            r"hidden must end in an axis of the 5 features of weight, of shape \(3, 5\), got shape \(2, 4\)",
            {"weight": np.zeros((3, 5))},
        ),
        (ValueError, r"hidden must end .* got shape \(\)", {"hidden": 1.0}),
        (TypeError, "hidden must hold real numbers", {"hidden": np.zeros((2, 4), complex)}),
        (TypeError, "weight must hold real numbers", {"weight": np.full((3, 4), "a")}),
        (
            ValueError,
            r"bias must hold one number for each of the 3 classes, got shape \(2,\)",
            {"bias": [0.0, 1.0]},
        ),
        (TypeError, "bias must hold real numbers", {"bias": [1j, 0, 0]}),
        (
            ValueError,
            r"class_weight must hold one number for each of the 3 classes, got shape \(2,\)",
            {"class_weight": [1.0, 1.0]},
        ),
        (ValueError, "label_smoothing must lie in 0.0 to 1.0, got 1.5", {"label_smoothing": 1.5}),
        (ValueError, "reduction must be one of 'none', 'sum', 'mean', got 'max'", {"reduction": "max"}),
        (TypeError, "ignore_index must be an int, got 1.0", {"ignore_index": 1.0}),
    ],
)
def test_bad_input(function, error, message, change):
    given = {"hidden": np.zeros((2, 4)), "weight": np.zeros((3, 4)), "labels": [0, 1], **change}
    with pytest.raises(error, match=message):
        function(given.pop("hidden"), given.pop("weight"), given.pop("labels"), **given)


# Memory


def peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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
    rows, classes, features = 1024, 20_000, 64
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
