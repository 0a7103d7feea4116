"""cross_entropy, its gradient, and both: values, options, shapes, special values."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import cross_entropy, cross_entropy_grad, cross_entropy_with_grad, log_softmax, naive, softmax

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)


# Values


def test_known_values():
    assert cross_entropy([[-2.85, 0.86, 0.28]], [2]) == pytest.approx(1.04, abs=0.005)
    assert cross_entropy([[0.0, 800.0]], [0]) == 800
    np.testing.assert_allclose(cross_entropy_grad(np.log([[0.2, 0.3, 0.5]]), [1]), [[0.2, -0.7, 0.5]])
    assert cross_entropy(np.zeros((4, 10)), [0, 3, 5, 9]) == pytest.approx(np.log(10), rel=1e-15)


def test_a_confident_right_answer_keeps_its_tiny_loss_and_gradient():
    for scores in ([[0.0, -40.0]], [[700.0, 660.0]], [[900.0, 860.0]]):
        loss, gradient = cross_entropy_with_grad(scores, [0])
        assert loss == pytest.approx(np.exp(-40), rel=1e-14)
        np.testing.assert_allclose(gradient, [[-np.exp(-40), np.exp(-40)]], rtol=1e-14)


def test_one_dominant_class_among_many():
    x = np.full((1, 1000), -30.0)
    x[0, 7] = 0
    rest = 999 * np.exp(-30.0)
    loss, gradient = cross_entropy_with_grad(x, [7])
    assert loss == pytest.approx(rest, rel=1e-13)
    assert gradient[0, 7] == pytest.approx(-rest, rel=1e-13)


OPTIONS = st.fixed_dictionaries(
    {
        "reduction": st.sampled_from(["none", "sum", "mean"]),
        "label_smoothing": st.sampled_from([0.0, 0.1, 1.0]),
        "weight": st.sampled_from([None, [0.5, 2.0, 1.0, 0.25]]),
        "ignore_index": st.sampled_from([-100, 2, 7]),
    }
)


@st.composite
def problems(draw, low=-20.0, high=20.0):
    """Scores of 4 classes along any axis, labels or probabilities, and options."""
    batch = draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=4))
    axis = draw(st.integers(0, len(batch)))
    shape = (*batch[:axis], 4, *batch[axis:])
    scores = draw(hnp.arrays(np.float64, shape, elements=st.floats(low, high)))
    options = draw(OPTIONS)
    if draw(st.booleans()):
        labels = [0, 1, 2, 3, options["ignore_index"]]
        return scores, draw(hnp.arrays(np.intp, batch, elements=st.sampled_from(labels))), axis, options
    options["ignore_index"] = -100
    shares = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1)))
    shares += 1e-3
    return scores, shares / shares.sum(axis=axis, keepdims=True), axis, options


@given(problems())
def test_against_the_definition_where_that_survives(problem):
    scores, targets, axis, options = problem
    with np.errstate(invalid="ignore", divide="ignore"):
        loss, gradient = naive.cross_entropy_with_grad(scores, targets, axis=axis, **options)
    ours = cross_entropy_with_grad(scores, targets, axis=axis, **options)
    np.testing.assert_allclose(ours[0], loss, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours[1], gradient, rtol=1e-10, atol=1e-14)


@given(problems())
def test_both_at_once_are_the_two_by_themselves(problem):
    scores, targets, axis, options = problem
    loss, gradient = cross_entropy_with_grad(scores, targets, axis=axis, **options)
    np.testing.assert_array_equal(cross_entropy(scores, targets, axis=axis, **options), loss)
    np.testing.assert_array_equal(cross_entropy_grad(scores, targets, axis=axis, **options), gradient)


@given(problems(), st.sampled_from([-1000, -3, 64, 5000]))
def test_a_shift_changes_nothing(problem, shift):
    scores, targets, axis, options = problem
    scores = np.round(scores)
    loss, gradient = cross_entropy_with_grad(scores, targets, axis=axis, **options)
    shifted = cross_entropy_with_grad(scores + shift, targets, axis=axis, **options)
    np.testing.assert_allclose(shifted[0], loss, rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(shifted[1], gradient, rtol=1e-12, atol=1e-14)


@given(problems())
def test_the_gradient_sums_to_zero(problem):
    scores, targets, axis, options = problem
    gradient = cross_entropy_grad(scores, targets, axis=axis, **{**options, "reduction": "sum"})
    np.testing.assert_allclose(gradient.sum(axis=axis), 0, atol=1e-14)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["labels", "probabilities"])
@pytest.mark.parametrize("offset", [0, 1000])
def test_the_gradient_is_the_slope_of_the_loss(kind, label_smoothing, offset):
    scores = rng.normal(0, 2, (3, 5)) + offset
    targets = np.array([0, 4, 2]) if kind == "labels" else rng.dirichlet(np.ones(5), 3)
    options = {"weight": [1.0, 2.0, 0.5, 1.0, 3.0], "label_smoothing": label_smoothing}
    slope = np.empty_like(scores)
    step = 2.0**-17
    for place in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[place] += step
        down[place] -= step
        slope[place] = (cross_entropy(up, targets, **options) - cross_entropy(down, targets, **options)) / (2 * step)
    np.testing.assert_allclose(cross_entropy_grad(scores, targets, **options), slope, atol=1e-8)


def test_one_hot_probabilities_are_labels():
    scores, labels = rng.normal(0, 5, (6, 70)), rng.integers(0, 70, 6)
    hot = np.eye(70)[labels]
    for mine, theirs in zip(cross_entropy_with_grad(scores, labels), cross_entropy_with_grad(scores, hot), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13)


def test_the_loss_is_minus_log_softmax_at_the_label():
    for classes in (5, 300):
        scores, labels = rng.normal(0, 3, (8, classes)), rng.integers(0, classes, 8)
        rows = np.arange(8)
        np.testing.assert_allclose(
            cross_entropy(scores, labels, reduction="none"), -log_softmax(scores)[rows, labels], rtol=1e-14
        )
        expected = softmax(scores)
        expected[rows, labels] -= 1
        np.testing.assert_allclose(cross_entropy_grad(scores, labels), expected / 8, atol=1e-16)


# Options


def test_reductions():
    scores, labels, weight = rng.normal(0, 2, (5, 3)), np.array([0, 1, 2, 1, 0]), np.array([1.0, 2.0, 5.0])
    each = cross_entropy(scores, labels, weight=weight, reduction="none")
    assert each.shape == (5,)
    assert cross_entropy(scores, labels, weight=weight, reduction="sum") == pytest.approx(each.sum())
    assert cross_entropy(scores, labels, weight=weight) == pytest.approx(each.sum() / weight[labels].sum())
    soft = np.eye(3)[labels]
    assert cross_entropy(scores, soft, weight=weight) == pytest.approx(each.sum() / 5)


def test_ignored_rows_count_for_nothing_whatever_they_hold():
    scores = np.array([[1.0, 2.0, 3.0], [NAN, INF, 0.0], [0.5, 0.0, -1.0]])
    for ignore_index in (-100, 1, 99):
        labels = np.array([0, ignore_index, 2])
        for smoothing in (0.0, 0.2):
            options = {"ignore_index": ignore_index, "label_smoothing": smoothing}
            loss, gradient = cross_entropy_with_grad(scores, labels, **options)
            kept = cross_entropy_with_grad(scores[[0, 2]], labels[[0, 2]], label_smoothing=smoothing)
            assert loss == pytest.approx(kept[0], rel=1e-15)
            np.testing.assert_allclose(gradient[[0, 2]], kept[1])
            np.testing.assert_array_equal(gradient[1], 0)
            assert cross_entropy(scores, labels, reduction="none", **options)[1] == 0


def test_nothing_to_average():
    scores, ignored = rng.normal(0, 1, (4, 3)), np.full(4, -100)
    for smoothing in (0.0, 0.1):
        loss, gradient = cross_entropy_with_grad(scores, ignored, label_smoothing=smoothing)
        assert np.isnan(loss)
        np.testing.assert_array_equal(gradient, 0)
        assert cross_entropy(scores, ignored, reduction="sum", label_smoothing=smoothing) == 0
    loss, gradient = cross_entropy_with_grad(np.empty((0, 3)), [])
    assert np.isnan(loss) and gradient.shape == (0, 3)
    assert cross_entropy(np.empty((0, 3)), [], reduction="sum") == 0
    assert cross_entropy(np.empty((0, 3)), [], reduction="none").shape == (0,)
    assert np.isnan(cross_entropy(np.empty((2, 0)), np.empty((2, 0))))
    assert np.isnan(cross_entropy([[1.0, 2.0]], [0], weight=[0.0, 1.0]))


@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
def test_no_weight_to_average_over(smoothing):
    options = {"weight": [0.0, 1.0, 1.0], "label_smoothing": smoothing}
    scores = rng.normal(0, 1, (3, 3))
    loss, gradient = cross_entropy_with_grad(scores, [0, -100, 0], **options)
    assert np.isnan(loss)
    assert np.isnan(gradient[[0, 2]]).all()
    np.testing.assert_array_equal(gradient[1], 0)


@pytest.mark.parametrize("row", [[NAN, 0.0], [INF, 0.0], [-INF, -INF]])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_weight_of_zero_hides_no_nan(row, smoothing):
    scores = np.array([row, [1.0, 2.0]])
    options = {"weight": [0.0, 0.0], "label_smoothing": smoothing, "reduction": "none"}
    loss, gradient = cross_entropy_with_grad(scores, [1, 0], **options)
    assert np.isnan(loss[0]) and np.isnan(gradient[0]).all()
    assert loss[1] == 0 and not gradient[1].any()


@pytest.mark.parametrize("make", [np.float16, np.float32, np.array, Fraction])
def test_label_smoothing_of_any_number_type(make):
    """In float32, 1 less the smoothing would be rounded for float64 scores too."""
    smoothing = make(0.1)
    for targets in ([2], [[0.0, 0.0, 1.0]]):
        targets = np.array(targets)
        ours = cross_entropy_with_grad([[1.0, 2.0, 4.0]], targets, label_smoothing=smoothing)
        plain = cross_entropy_with_grad([[1.0, 2.0, 4.0]], targets, label_smoothing=float(smoothing))
        assert ours[0] == plain[0]
        np.testing.assert_array_equal(ours[1], plain[1])


# Special values


def test_masks():
    scores = np.array([[0.0, -INF, 1.0]])
    assert cross_entropy(scores, [0]) == pytest.approx(np.log1p(np.e))
    assert cross_entropy(scores, [1]) == INF
    np.testing.assert_allclose(cross_entropy_grad(scores, [1])[0, 1], -1)
    # Nothing is asked of the masked class: 0 times log 0 counts as 0.
    assert cross_entropy(scores, np.array([[0.5, 0.0, 0.5]])) == pytest.approx(np.log1p(np.e) - 0.5)
    assert cross_entropy(scores, np.array([[0.5, 0.1, 0.4]])) == INF
    assert cross_entropy(scores, [0], label_smoothing=0.1) == INF
    assert cross_entropy(scores, [1], weight=[1, 0, 1], reduction="sum") == 0


@pytest.mark.parametrize("row", [[-INF, -INF], [INF, 0.0], [NAN, 0.0], [0.0, NAN]])
def test_rows_without_an_answer(row):
    scores = np.array([row, [1.0, 2.0]])
    for targets in (np.array([0, 1]), np.array([[0.3, 0.7], [0.5, 0.5]])):
        assert np.isnan(cross_entropy(scores, targets))
        loss, gradient = cross_entropy_with_grad(scores, targets, reduction="none")
        assert np.isnan(loss[0]) and np.isnan(gradient[0]).all()
        assert np.isfinite(loss[1]) and np.isfinite(gradient[1]).all()


@pytest.mark.filterwarnings("error")
def test_special_values_warn_of_nothing():
    scores = np.array([[-INF, -INF], [INF, 0], [NAN, 0], [-INF, 0], [1e308, -1e308], [800, -800]])
    for labels in (np.zeros(6, int), np.full(6, -100), np.full((6, 2), 0.5)):
        for reduction in ("none", "sum", "mean"):
            cross_entropy_with_grad(scores, labels, reduction=reduction, weight=[0.0, 0.0])
    assert cross_entropy(np.float16([[60000, -60000]] * 9), [1] * 9, reduction="sum") == INF


# Shapes and dtypes


@pytest.mark.parametrize(
    "shape, axis", [((4,), 0), ((5, 4), 1), ((5, 4), -1), ((4, 5), 0), ((2, 4, 3, 5), 1), ((2, 3, 5, 4), -1)]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_class_axis(shape, axis, order):
    scores = np.asarray(rng.normal(0, 3, shape), order=order)
    last = np.moveaxis(scores, axis, -1)
    labels = rng.integers(0, 4, last.shape[:-1])
    loss, gradient = cross_entropy_with_grad(scores, labels, axis=axis, reduction="none")
    assert loss.shape == labels.shape and gradient.shape == scores.shape
    flat = cross_entropy_with_grad(last.reshape(-1, 4), labels.ravel(), reduction="none")
    np.testing.assert_allclose(np.ravel(loss), flat[0], rtol=1e-15)
    np.testing.assert_allclose(np.moveaxis(gradient, axis, -1).reshape(-1, 4), flat[1], rtol=1e-14)


def test_more_than_one_block():
    scores, labels = rng.normal(0, 3, (3, 70, 1300)), rng.integers(0, 70, (3, 1300))
    loss, gradient = cross_entropy_with_grad(scores, labels, axis=1)
    last = np.ascontiguousarray(np.moveaxis(scores, 1, -1))
    again = cross_entropy_with_grad(last, labels)
    assert loss == pytest.approx(again[0], rel=1e-14)
    np.testing.assert_allclose(np.moveaxis(gradient, 1, -1), again[1], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtypes(dtype):
    scores = rng.normal(0, 2, (4, 3)).astype(dtype)
    for reduction in ("none", "sum", "mean"):
        loss, gradient = cross_entropy_with_grad(scores, [0, 1, 2, 1], reduction=reduction)
        assert loss.dtype == dtype and gradient.dtype == dtype
    soft = rng.dirichlet(np.ones(3), 4)
    loss, gradient = cross_entropy_with_grad(scores, soft)
    assert loss.dtype == np.result_type(dtype, np.float64) and gradient.dtype == dtype
    for labels_dtype in (np.int8, np.uint8, np.int32, np.uint64):
        assert cross_entropy(scores, np.array([0, 1, 2, 1], labels_dtype)) == cross_entropy(scores, [0, 1, 2, 1])
    assert cross_entropy([[1, 2]], [0]).dtype == np.float64


def test_nothing_given_is_changed():
    scores, soft, weight = rng.normal(0, 2, (4, 3)), rng.dirichlet(np.ones(3), 4), np.array([1.0, 2.0, 3.0])
    labels = np.array([0, -100, 2, 1])
    before = [a.copy() for a in (scores, soft, weight, labels)]
    cross_entropy_with_grad(scores, labels, weight=weight, label_smoothing=0.1)
    cross_entropy_with_grad(scores, soft, weight=weight, label_smoothing=0.1)
    for array, old in zip((scores, soft, weight, labels), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_one_hot_probabilities_keep_the_tiny_gradient_too():
    loss, gradient = cross_entropy_with_grad([[0.0, -40.0]], np.array([[1.0, 0.0]]))
    assert loss == pytest.approx(np.exp(-40), rel=1e-14)
    np.testing.assert_allclose(gradient, [[-np.exp(-40), np.exp(-40)]], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [10, 100, 101])
def test_an_infinite_loss_among_finite_ones(dtype, classes):
    """A masked class that has a share of the target: inf is added to finite numbers, and never taken from itself."""
    x = np.zeros((2, classes), dtype)
    x[0, 3] = -np.inf
    for smoothing in (0.0, 0.5):
        losses = cross_entropy(x, [3, 3], label_smoothing=smoothing, reduction="none")
        assert losses[0] == np.inf
        assert losses[1] == pytest.approx(np.log(classes), rel=1e-6)
    soft = np.full((2, classes), 1 / classes)
    assert cross_entropy(x, soft, reduction="none").tolist()[0] == np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_weights_of_any_size_are_silent_with_few_tame_scores(dtype, reduction):
    """Only without weights do such scores go by the short way, which silences nothing."""
    tiny = 3 * float(np.finfo(dtype).smallest_subnormal)
    with np.errstate(all="raise"):
        loss, gradient = cross_entropy_with_grad(
            np.array([[0, 1], [2, 0]], dtype), [0, 1], weight=[tiny, 1.0], reduction=reduction
        )
    assert np.isfinite(loss).all() and np.isfinite(gradient).all()
