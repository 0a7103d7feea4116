"""Binary cross-entropy, focal loss and distillation: values, gradients, special scores, shapes, errors."""

import math
from functools import partial

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import stable_softmax as ss
from stable_softmax import (
    binary_cross_entropy,
    binary_cross_entropy_grad,
    binary_cross_entropy_with_grad,
    cross_entropy,
    cross_entropy_grad,
    distillation_loss,
    distillation_loss_grad,
    distillation_loss_with_grad,
    focal_loss,
    focal_loss_grad,
    focal_loss_with_grad,
    softmax,
)
from stable_softmax.gradcheck import check_gradient
from tools.answers import cases, stored

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)
TRIOS = {
    "binary": (binary_cross_entropy, binary_cross_entropy_grad, binary_cross_entropy_with_grad),
    "focal": (focal_loss, focal_loss_grad, focal_loss_with_grad),
    "distillation": (distillation_loss, distillation_loss_grad, distillation_loss_with_grad),
}
REDUCTIONS = ["none", "sum", "mean"]


def second_argument(name, scores, axis=-1, seed=0):
    """Targets, labels or a teacher for scores."""
    random = np.random.default_rng(seed)
    if name == "binary":
        return random.integers(0, 2, scores.shape)
    if name == "focal":
        return random.integers(0, scores.shape[axis], np.delete(scores.shape, axis))
    return random.permuted(scores, axis=axis)


# Properties ---------------------------------------------------------------------------------------

FINITE = st.floats(-1000, 1000, width=32)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", TRIOS)
@given(data=st.data())
def test_finite_scores_give_finite_answers_and_no_warnings(name, data):
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    scores = data.draw(hnp.arrays(dtype, shape, elements=FINITE))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    other = second_argument(name, scores, axis, data.draw(st.integers(0, 9)))
    options = {} if name == "binary" else {"axis": axis}
    if name == "focal":
        options["gamma"] = data.draw(st.sampled_from([0, 0.5, 2, 7]))
    if name == "distillation":
        options["temperature"] = data.draw(st.sampled_from([0.25, 1, 30]))
    for reduction in REDUCTIONS:
        with np.errstate(all="raise", under="ignore"):
            loss, gradient = TRIOS[name][2](scores, other, reduction=reduction, **options)
        assert np.isfinite(loss).all() and (loss >= 0).all() and np.isfinite(gradient).all()
        assert gradient.shape == scores.shape and gradient.dtype == np.asarray(loss).dtype == dtype
        np.testing.assert_array_equal(TRIOS[name][0](scores, other, reduction=reduction, **options), loss)
        np.testing.assert_array_equal(TRIOS[name][1](scores, other, reduction=reduction, **options), gradient)
        if name != "binary":
            np.testing.assert_allclose(gradient.sum(axis), 0, atol=1e-5 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("name", TRIOS)
def test_the_gradient_is_the_slope(name):
    for seed in range(20):
        scores = np.random.default_rng(seed).normal(0, 2, (3, 4))
        other = second_argument(name, scores, seed=seed)
        for reduction in ("sum", "mean"):
            loss, gradient, _ = (partial(function, reduction=reduction) for function in TRIOS[name])
            check = check_gradient(lambda x: loss(x, other), gradient(scores, other), scores, floor=0.01)  # noqa: B023
            assert check.verdict == "right"


@given(hnp.arrays(np.float64, (3, 5), elements=st.floats(-40, 40)), st.integers(0, 5))
def test_focal_without_focus_is_cross_entropy(scores, seed):
    labels = second_argument("focal", scores, seed=seed)
    options = {"weight": [1, 2, 0.5, 1, 3], "ignore_index": 2}
    np.testing.assert_allclose(
        focal_loss(scores, labels, gamma=0, **options), cross_entropy(scores, labels, **options), rtol=1e-12
    )
    np.testing.assert_allclose(
        focal_loss_grad(scores, labels, gamma=0, **options), cross_entropy_grad(scores, labels, **options), rtol=1e-12
    )


def test_yes_or_no_is_softmax_with_a_second_score_of_zero():
    z = rng.normal(0, 20, 50)
    y = rng.integers(0, 2, 50)
    rows = np.stack([np.zeros(50), z], axis=-1)
    np.testing.assert_allclose(binary_cross_entropy(z, y), cross_entropy(rows, y), rtol=1e-14)
    np.testing.assert_allclose(binary_cross_entropy_grad(z, y), cross_entropy_grad(rows, y)[:, 1], rtol=1e-13)


def test_distillation_is_cross_entropy_less_the_teachers_entropy():
    for T in (1, 2.5):
        x, teacher = rng.normal(0, 3, (2, 8, 5))
        q = softmax(teacher / T)
        entropy = -(q * np.log(q)).sum(axis=1)
        difference = cross_entropy(x / T, q, reduction="none") - entropy
        np.testing.assert_allclose(
            distillation_loss(x, teacher, temperature=T, reduction="none"), T**2 * difference, rtol=1e-10
        )
        np.testing.assert_allclose(
            distillation_loss_grad(x, teacher, temperature=T), T**2 * cross_entropy_grad(x / T, q) / T, atol=1e-14
        )


@pytest.mark.parametrize("name", ["focal", "distillation"])
def test_the_class_axis_may_be_any(name):
    x = rng.normal(0, 3, (4, 3, 5))
    other = second_argument(name, x)
    loss, gradient = TRIOS[name][2](x, other, reduction="none")
    for axis in (0, 1):
        turned = np.moveaxis(other, -1, axis) if name == "distillation" else other
        ours = TRIOS[name][2](np.moveaxis(x, -1, axis), turned, axis=axis, reduction="none")
        np.testing.assert_array_equal(ours[0], loss)
        np.testing.assert_array_equal(ours[1], np.moveaxis(gradient, -1, axis))


@pytest.mark.parametrize("name", TRIOS)
def test_large_arrays_are_those_of_their_rows(name):
    x = rng.normal(0, 300, (700, 500))[::-1]  # several blocks, and no contiguous ones
    other = second_argument(name, x)
    loss, gradient = TRIOS[name][2](x, other, reduction="none")
    assert loss.shape == other.shape if name != "distillation" else (700,)
    for row in (0, 350, 699):
        one = TRIOS[name][2](x[row], other[row], reduction="none")
        np.testing.assert_allclose(loss[row], one[0], rtol=1e-12)
        np.testing.assert_allclose(gradient[row], one[1], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", TRIOS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_nothing_is_changed_and_reductions_agree(name, reduction):
    x = rng.normal(0, 3, (6, 4))
    other = second_argument(name, x)
    before = x.copy(), other.copy()
    loss, gradient = TRIOS[name][2](x, other, reduction=reduction)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(other, before[1])
    each = TRIOS[name][0](x, other, reduction="none")
    factor = 1 / each.size if reduction == "mean" else 1
    if reduction != "none":
        np.testing.assert_allclose(loss, each.sum() * factor)
    np.testing.assert_allclose(gradient, TRIOS[name][1](x, other, reduction="sum") * factor)


# Options ------------------------------------------------------------------------------------------


def test_focal_weights_and_ignored_rows():
    x, labels = rng.normal(0, 3, (5, 3)), np.array([0, 1, 2, -100, 1])
    weight = np.array([0.25, 0.75, 2.0])
    plain = focal_loss(x, labels, reduction="none")
    loss, gradient = focal_loss_with_grad(x, labels, weight=weight)
    factors = np.array([0.25, 0.75, 2.0, 0, 0.75])
    assert plain[3] == 0 and not gradient[3].any()
    np.testing.assert_allclose(loss, (factors * plain).sum() / factors.sum())
    alone = focal_loss_grad(x[4], 1, reduction="sum")
    np.testing.assert_allclose(gradient[4], 0.75 * alone / factors.sum())
    assert np.isnan(focal_loss(x[3:4], labels[3:4])) and not focal_loss_grad(x[3:4], labels[3:4]).any()


def test_the_papers_alpha_is_a_class_weight():
    """-alpha_t (1 - p_t)^gamma log p_t of a yes-or-no question, equation 5 of the paper."""
    z, y, alpha = rng.normal(0, 3, 20), rng.integers(0, 2, 20), 0.25
    p = np.where(y == 1, 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z)))
    expected = -np.where(y == 1, alpha, 1 - alpha) * (1 - p) ** 2 * np.log(p)
    rows = np.stack([np.zeros(20), z], axis=-1)
    np.testing.assert_allclose(focal_loss(rows, y, weight=[1 - alpha, alpha], reduction="none"), expected, rtol=1e-10)


# Special scores -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_infinite_yes_or_no():
    z, y = np.array([INF, INF, -INF, -INF, NAN]), np.array([1, 0, 1, 0, 1])
    loss, gradient = binary_cross_entropy_with_grad(z, y, reduction="none")
    np.testing.assert_array_equal(loss, [0, INF, INF, 0, NAN])
    np.testing.assert_array_equal(gradient, [0, 1, -1, 0, NAN])
    assert binary_cross_entropy([INF, 0.0], [0, 1], weight=[0, 1]) == pytest.approx(math.log(2) / 2)
    assert np.isnan(binary_cross_entropy([NAN, 0.0], [0, 1], weight=[0, 1]))


@pytest.mark.filterwarnings("error")
def test_focal_masks():
    x = np.array([[0.0, -INF, 0.0], [0.0, -INF, 0.0], [NAN, 0, 0], [-INF, -INF, -INF]])
    loss, gradient = focal_loss_with_grad(x, [0, 1, 0, 0], gamma=2, reduction="none")
    np.testing.assert_allclose(loss, [0.25 * math.log(2), INF, NAN, NAN])
    np.testing.assert_allclose(gradient[1], [0.5, -1, 0.5])
    assert gradient[0, 1] == 0 and np.isnan(gradient[2:]).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_distillation_masks(temperature):
    x = np.array([[0, 1, -INF], [0, 1, -INF], [0, 1, 5.0], [NAN, 0, 0], [0, 0, INF], [-INF, -INF, -INF]])
    teacher = np.array([[1, 0, -INF], [1, 0, 0.0], [1, 0, -INF], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    loss, gradient = distillation_loss_with_grad(x, teacher, temperature=temperature, reduction="none")
    two = distillation_loss([0, 1.0], [1, 0.0], temperature=temperature)
    np.testing.assert_allclose(loss[0], two, rtol=1e-14)
    p, q = softmax(x / temperature), softmax(teacher / temperature)
    assert loss[1] == INF and gradient[0, 2] == 0
    np.testing.assert_allclose(gradient[:3], temperature * (p - q)[:3], rtol=1e-13)
    np.testing.assert_allclose(loss[2], temperature**2 * (q[2, :2] * np.log(q[2, :2] / p[2, :2])).sum(), rtol=1e-13)
    assert np.isnan(loss[3:]).all() and np.isnan(gradient[3:]).all()
    nothing = distillation_loss(x[0], x[0], temperature=temperature)
    assert nothing == 0


def test_a_tiny_temperature_overflows_to_no_nan():
    loss, gradient = distillation_loss_with_grad([[1000.0, 0.0]], [[0.0, 0.0]], temperature=1e-306)
    assert np.isfinite(gradient).all() and not np.isnan(loss)


@pytest.mark.parametrize("name", TRIOS)
def test_empty(name):
    for shape in [(0, 3), (0,)]:
        x = np.zeros(shape)
        other = np.zeros(shape if name != "focal" else shape[:-1], int if name == "focal" else float)
        if name == "focal" and shape == (0,):
            continue
        loss, gradient = TRIOS[name][2](x, other)
        assert np.isnan(loss) and gradient.shape == shape
        assert TRIOS[name][0](x, other, reduction="sum") == 0


def test_a_single_number_is_a_question():
    loss, gradient = binary_cross_entropy_with_grad(3.0, 1)
    assert loss.shape == gradient.shape == ()
    assert loss == pytest.approx(math.log1p(math.exp(-3))) and gradient == pytest.approx(-1 / (1 + math.exp(3)))


def test_dtypes():
    x = np.zeros((2, 3), np.float32)
    assert binary_cross_entropy(x, np.zeros((2, 3), int)).dtype == np.float32
    assert binary_cross_entropy(x, np.zeros((2, 3), bool)).dtype == np.float32
    assert binary_cross_entropy(x, np.zeros((2, 3))).dtype == np.float64
    assert binary_cross_entropy_grad(x, np.zeros((2, 3))).dtype == np.float32
    assert distillation_loss(x, x.astype(float)).dtype == np.float64
    assert focal_loss(x.astype(int), [0, 1]).dtype == np.float64


def test_batch_invariance_holds():
    x = np.random.default_rng(1).normal(0, 30, (40, 300)).astype(np.float32)
    for name in ("focal", "distillation"):
        other = second_argument(name, x)
        with ss.batch_invariant():
            whole = TRIOS[name][2](x, other, reduction="none")
            for row in (0, 17, 39):
                alone = TRIOS[name][2](x[row : row + 1], other[row : row + 1], reduction="none")
                np.testing.assert_array_equal(alone[0], whole[0][row : row + 1])
                np.testing.assert_array_equal(alone[1], whole[1][row : row + 1])


# Errors -------------------------------------------------------------------------------------------

X = [[0.0, 1.0], [2.0, 3.0]]
ERRORS = [
    (binary_cross_entropy, (X, [0, 1]), {}, ValueError, r"targets must have the shape of scores, \(2, 2\), got shape \(2,\)"),
    (binary_cross_entropy, (X, [[0, 1], [1, -100]]), {}, ValueError, r"targets must lie in 0 to 1, got -100.0"),
    (binary_cross_entropy, (X, [[0, 1], [1, 1.5]]), {}, ValueError, r"targets must lie in 0 to 1, got 1.5"),
    (binary_cross_entropy, (X, [["a", "b"]] * 2), {}, TypeError, "targets must hold real numbers"),
    (binary_cross_entropy, (X, X), {"reduction": "batchmean"}, ValueError, "reduction must be one of"),
    (binary_cross_entropy, (X, [[0, 1]] * 2), {"weight": [1, 2, 3]}, ValueError, r"weight must broadcast to .* got shape \(3,\)"),
    (binary_cross_entropy, (X, [[0, 1]] * 2), {"positive_weight": [[1] * 3]}, ValueError, "positive_weight must broadcast"),
    (binary_cross_entropy, (np.array(X) * 1j, X), {}, TypeError, "scores must hold real numbers"),
    (focal_loss, (X, [0.0, 1.0]), {}, TypeError, "targets must be integer labels, got dtype float64"),
    (focal_loss, (X, X), {}, TypeError, "targets must be integer labels"),
    (focal_loss, (X, [0, 2]), {}, IndexError, r"targets\[1\] must be a label from 0 to 1"),
    (focal_loss, (X, [0, 1, 1]), {}, ValueError, r"targets must be labels of shape \(2,\)"),
    (focal_loss, (X, [0, 1]), {"gamma": -1}, ValueError, "gamma must be 0 or more, got -1"),
    (focal_loss, (X, [0, 1]), {"gamma": NAN}, ValueError, "gamma must be finite, got nan"),
    (focal_loss, (X, [0, 1]), {"gamma": "2"}, TypeError, "gamma must be a number, got '2'"),
    (focal_loss, (X, [0, 1]), {"axis": 2}, np.exceptions.AxisError, "axis"),
    (focal_loss, (X, [0, 1]), {"weight": [1, 2, 3]}, ValueError, "weight must hold one number for each of the 2 classes"),
    (distillation_loss, (X, [X]), {}, ValueError, r"teacher must have the shape of scores, \(2, 2\)"),
    (distillation_loss, (X, X), {"temperature": 0}, ValueError, "temperature must be positive, got 0"),
    (distillation_loss, (X, X), {"temperature": INF}, ValueError, "temperature must be finite, got inf"),
    (distillation_loss, (X, X), {"temperature": None}, TypeError, "temperature must be a number, got None"),
    (distillation_loss, (X, X), {"axis": 1.0}, TypeError, "axis must be one int"),
    (distillation_loss, (X, X), {"reduction": "batchmean"}, ValueError, "reduction must be one of"),
    (distillation_loss, (1.0, 1.0), {}, ValueError, "scores must have a class axis"),
    (distillation_loss, (np.zeros((1, 2), np.float16), np.zeros((1, 2), ml_dtypes.bfloat16)), {}, TypeError, "no common dtype"),
    (distillation_loss, (X, np.ma.masked_array(X)), {}, TypeError, "teacher must be an array without a mask"),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, options, error, message", ERRORS)
def test_errors_name_the_argument(function, arguments, options, error, message):
    with pytest.raises(error, match=message):
        function(*arguments, **options)


# PyTorch ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", cases.BINARY)
def test_binary_as_pytorch(name):
    case, theirs = cases.BINARY[name], stored("torch", "binary cross-entropy", name)
    options = {"weight": case["weight"], "positive_weight": case["pos_weight"], "reduction": case["reduction"]}
    loss, gradient = binary_cross_entropy_with_grad(case["scores"], case["targets"], **options)
    np.testing.assert_allclose(loss, theirs["loss"], rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(gradient, theirs["gradient"], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", cases.DISTILLATION)
def test_distillation_as_pytorch(name):
    case, theirs = cases.DISTILLATION[name], stored("torch", "distillation", name)
    loss, gradient = distillation_loss_with_grad(**case, reduction="none")
    np.testing.assert_allclose(loss, theirs["loss"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradient, theirs["gradient"], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", cases.FOCAL)
def test_focal_as_pytorch_differentiates_it(name):
    case, theirs = cases.FOCAL[name], stored("torch", "focal loss", name)
    loss, gradient = focal_loss_with_grad(case["scores"], case["labels"], gamma=case["gamma"], reduction="none")
    np.testing.assert_allclose(loss, theirs["loss"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(gradient, theirs["gradient"], rtol=1e-7, atol=1e-12)
