"""The loss of a linear layer whose scores are never all in memory: its values and gradients."""

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import _linear, _linear_loss, cross_entropy_with_grad
from stable_softmax.precision import reference, ulp_error
from stable_softmax.streaming import (
    LinearGradients,
    linear_cross_entropy,
    linear_cross_entropy_with_grad,
)

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)


def worst(values, truth):
    return float(np.max(ulp_error(values, truth), initial=0))


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

    @settings(max_examples=settings.default.max_examples * 3 // 10)
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
        # Smoothed, at a label of weight 0, a tiny loss has the error that the docstring tells.
        cancelled = np.finfo(dtype).eps if options["label_smoothing"] and weights == 0 else 0
        np.testing.assert_allclose(loss, expected, rtol=tolerance, atol=cancelled)
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


@pytest.mark.slow
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


@pytest.mark.parametrize("label", [0, 1, 199])
def test_smoothing_keeps_a_tiny_loss_where_the_label_weighs_most(tiles, label):
    """The other classes' share is added up without the label's, and not found by taking that off."""
    classes = 200
    class_weight, scores = np.full(classes, 1e-13), np.zeros((1, classes))
    class_weight[label], scores[0, label] = 3.0, 40.0
    loss = linear_cross_entropy(
        np.ones((1, 1)), scores.T.copy(), [label], class_weight=class_weight, label_smoothing=0.1, reduction="sum"
    )
    with mpmath.workdps(50):
        share = mpmath.mpf(0.1) / classes
        truth = (1 - mpmath.mpf(0.1) + share) * 3 * mpmath.log1p((classes - 1) * mpmath.exp(-40))
        truth += share * (classes - 1) * mpmath.mpf(1e-13) * (40 + mpmath.log1p((classes - 1) * mpmath.exp(-40)))
        assert abs(loss - truth) <= 8 * np.finfo(float).eps * truth


def test_smoothing_alone_keeps_a_tiny_loss_to_the_bound_that_is_told():
    """The label weighs nothing, and another class has nearly all probability: an error of eps for each share."""
    for gap in (10.0, 20.0, 30.0):
        loss = linear_cross_entropy(
            [1.0], [[0.0], [-gap]], 1, class_weight=[2.0, 0.0], label_smoothing=0.5, reduction="sum"
        )
        with mpmath.workdps(50):
            truth = mpmath.mpf(0.5) * mpmath.log1p(mpmath.exp(-gap))
            assert abs(loss - truth) <= 2 * 0.5 * np.finfo(float).eps


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
    hidden, weight, bias, _scores = layer(24, 70, 6, np.float64)
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
