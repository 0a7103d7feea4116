"""The tests that readers get: each usual slip fails the tests made for it, and the chapters' solutions pass."""

import numpy as np
import pytest

from stable_softmax import cross_entropy, cross_entropy_grad, log_softmax, logsumexp, naive, softmax
from stable_softmax._exercise_cases import CROSS_ENTROPY, CROSS_ENTROPY_GRAD, LOG_SOFTMAX, SOFTMAX_VJP
from stable_softmax.exercises import (
    check_cross_entropy,
    check_cross_entropy_grad,
    check_log_softmax,
    check_softmax_vjp,
)
from stable_softmax.jacobian import softmax_vjp

NAMES = [case.name for case in LOG_SOFTMAX] + ["scores left alone"]


def solution(x):
    """As printed in chapter 2."""
    top = x.argmax(axis=-1, keepdims=True)
    below = x - np.take_along_axis(x, top, axis=-1)
    e = np.exp(below)
    np.put_along_axis(e, top, 0, axis=-1)
    return below - np.log1p(e.sum(axis=-1, keepdims=True))


def shift_then_log(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))


def score_less_lse(x):
    return x - logsumexp(x, keepdims=True)


def shift_keeps_the_one(x):
    """Right but for the 1 in the sum."""
    below = x - x.max(axis=-1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))


def epsilon_added(x):
    return np.log(np.exp(shift_then_log(x)) + 1e-12)


def whole_batch(x):
    below = x - x.max()
    return below - np.log(np.exp(below).sum())


def in_place(x):
    x -= x.max(axis=-1, keepdims=True)
    return log_softmax(x)


def raises(*arguments):
    raise KeyError("not yet")


SLIPS = {
    naive.log_softmax: {
        "large scores",
        "very negative scores",
        "a probability below 5e-324",
        "sure and right",
        "a tiny loss of large scores",
    },
    shift_then_log: {"large scores", "a probability below 5e-324", "sure and right", "a tiny loss of large scores"},
    score_less_lse: {"sure and right", "a tiny loss of large scores"},
    shift_keeps_the_one: {"sure and right", "a tiny loss of large scores"},
    whole_batch: {"each row by itself", "sure and right", "a tiny loss of large scores"},
    in_place: {"scores left alone"},
    raises: set(NAMES) - {"scores left alone"},
    (lambda x: log_softmax(x)[..., :1]): set(NAMES) - {"scores left alone"},
    (lambda x: log_softmax(x) * (1 + 1e-9)): set(NAMES) - {"scores left alone"},
}


@pytest.mark.parametrize("function", [solution, log_softmax], ids=["solution", "log_softmax"])
def test_a_right_answer_passes(function):
    report = check_log_softmax(function)
    assert report.complaints == dict.fromkeys(NAMES, "") and report.failed == []
    assert f"{len(NAMES)} of {len(NAMES)} tests pass" in str(report)


@pytest.mark.parametrize("function", SLIPS, ids=lambda function: getattr(function, "__name__", ""))
def test_each_slip_fails_the_tests_made_for_it(function):
    report = check_log_softmax(function)
    assert set(report.failed) == SLIPS[function]
    for name in report.failed:
        assert f"FAILS   {name}\n        {report.complaints[name]}" in str(report)


@pytest.mark.filterwarnings("error")
def test_warnings_of_what_is_tried_are_silenced():
    assert set(check_log_softmax(naive.log_softmax).failed) == SLIPS[naive.log_softmax]


def test_every_test_can_fail():
    assert set().union(*SLIPS.values()) == set(NAMES)


def test_adding_a_small_number_fails_even_small_scores():
    assert {"small scores", "a probability below 5e-324"} <= set(check_log_softmax(epsilon_added).failed)


@pytest.mark.parametrize(
    "function, why",
    [
        (naive.log_softmax, "class 0 of [0, 800]: -inf instead of -800\n"),
        (raises, "it raises KeyError: 'not yet'"),
        (lambda x: 0.0, "the answer has shape (), the scores have (2,)"),
    ],
)
def test_the_reason_is_told(function, why):
    assert check_log_softmax(function).complaints["a probability below 5e-324"].startswith(why)


@pytest.mark.parametrize("check", [check_log_softmax, check_softmax_vjp, check_cross_entropy, check_cross_entropy_grad])
def test_what_is_no_function_is_refused(check):
    with pytest.raises(TypeError, match="function must be callable, got 3"):
        check(3)


# Chapter 3: the product with the Jacobian ---------------------------------------------------------

VJP_NAMES = [case.name for case in SOFTMAX_VJP] + ["2,000 classes", "arrays left alone"]


def vjp_solution(scores, g):
    """As printed in chapter 3."""
    p = softmax(scores)
    top = p.argmax(axis=-1, keepdims=True)
    g = g - np.take_along_axis(g, top, axis=-1)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def as_the_formula_stands(scores, g):
    p = softmax(scores)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def from_the_definition(scores, g):
    p = naive.softmax(scores)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def with_the_matrix(scores, g):
    """As the reader finds it."""
    p = softmax(scores)
    return g @ (np.diag(p) - np.outer(p, p))


def row_by_row_with_the_matrix(scores, g):
    p = softmax(scores)
    jacobian = np.eye(p.shape[-1]) * p[..., None] - p[..., None] * p[..., None, :]
    return (g[..., None, :] @ jacobian)[..., 0, :]


def slopes_in_place(scores, g):
    g -= np.take_along_axis(g, scores.argmax(axis=-1, keepdims=True), axis=-1)
    return softmax_vjp(scores, g)


VJP_SLIPS = {
    with_the_matrix: {"each row by itself", "a sure row", "2,000 classes"},
    row_by_row_with_the_matrix: {"a sure row", "2,000 classes"},
    as_the_formula_stands: {"a sure row"},
    from_the_definition: {"large scores", "a sure row"},
    slopes_in_place: {"arrays left alone"},
    raises: set(VJP_NAMES) - {"arrays left alone"},
    (lambda scores, g: -softmax_vjp(scores, g)): set(VJP_NAMES) - {"arrays left alone"},
}


@pytest.mark.parametrize("function", [vjp_solution, softmax_vjp], ids=["solution", "softmax_vjp"])
def test_a_right_product_passes(function):
    report = check_softmax_vjp(function)
    assert report.complaints == dict.fromkeys(VJP_NAMES, "") and report.failed == []


@pytest.mark.parametrize("function", VJP_SLIPS, ids=lambda function: getattr(function, "__name__", ""))
def test_each_slip_of_a_product_fails_the_tests_made_for_it(function):
    assert set(check_softmax_vjp(function).failed) == VJP_SLIPS[function]


def test_every_test_of_a_product_can_fail():
    assert set().union(*VJP_SLIPS.values()) == set(VJP_NAMES)


def test_what_a_wrong_product_is_told_shows_the_scores():
    complaint = check_softmax_vjp(from_the_definition).complaints["large scores"]
    assert complaint.startswith("class 0 of [1000, 1001, 1002]: nan instead of -0.05679\n")


@pytest.mark.parametrize("rows, is_too_much", [(97.5, False), (98.5, True)])
def test_a_hundred_times_the_memory_of_a_row_is_allowed(rows, is_too_much):
    """Two rows are the arguments."""
    import tracemalloc

    def wasteful(scores, g):
        block = np.empty(int(rows * scores.size))
        del block
        return softmax_vjp(scores, g)

    assert check_softmax_vjp(wasteful).failed == ["2,000 classes"] * is_too_much
    assert not tracemalloc.is_tracing()


@pytest.mark.slow
def test_memory_is_measured_also_while_it_is_traced():
    import tracemalloc

    tracemalloc.start()
    try:
        held, freed = bytes(50_000_000), bytes(50_000_000)
        del freed
        assert held and check_softmax_vjp(softmax_vjp).failed == [], "its own peak counts"
        assert tracemalloc.is_tracing()
        assert "without the matrix" in check_softmax_vjp(with_the_matrix).complaints["2,000 classes"]
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


# Chapter 4: the loss of a batch -------------------------------------------------------------------

LOSS_NAMES = [case.name for case in CROSS_ENTROPY] + ["arrays left alone"]


def loss_solution(scores, labels):
    """As printed in chapter 4."""
    log_p = log_softmax(scores)
    return -log_p[np.arange(len(labels)), labels].mean()


def columns_of_all_labels(scores, labels):
    """As the reader finds it."""
    return -np.log(softmax(scores)[:, labels]).mean()


def log_of_p(scores, labels):
    return -np.log(softmax(scores)[np.arange(len(labels)), labels]).mean()


def lse_less_score(scores, labels):
    return (logsumexp(scores) - scores[np.arange(len(labels)), labels]).mean()


def without_a_shift(scores, labels):
    return (np.log(np.exp(scores).sum(axis=-1)) - scores[np.arange(len(labels)), labels]).mean()


def sum_over_everything(scores, labels):
    return -log_softmax(scores, axis=None)[np.arange(len(labels)), labels].mean()


def total(scores, labels):
    return loss_solution(scores, labels) * len(labels)


def labels_in_place(scores, labels):
    loss = loss_solution(scores, labels)
    labels += 1
    return loss


THROUGH_P = {"a hopeless row", "sure and right", "a tiny loss of large scores"}
LOSS_SLIPS = {
    columns_of_all_labels: {"a batch"} | THROUGH_P,
    log_of_p: THROUGH_P,
    lse_less_score: {"sure and right", "a tiny loss of large scores"},
    without_a_shift: {"large scores"} | THROUGH_P,
    sum_over_everything: {"two rows alike", "a batch"},
    total: {"two rows alike", "a batch"},
    labels_in_place: {"arrays left alone"},
    raises: set(LOSS_NAMES) - {"arrays left alone"},
    (lambda scores, labels: -loss_solution(scores, labels)): set(LOSS_NAMES) - {"arrays left alone"},
}


@pytest.mark.parametrize("function", [loss_solution, cross_entropy], ids=["solution", "cross_entropy"])
def test_a_right_loss_passes(function):
    report = check_cross_entropy(function)
    assert list(report.complaints) == LOSS_NAMES and report.failed == []


@pytest.mark.parametrize("function", LOSS_SLIPS, ids=lambda function: getattr(function, "__name__", ""))
def test_each_slip_of_a_loss_fails_the_tests_made_for_it(function):
    assert set(check_cross_entropy(function).failed) == LOSS_SLIPS[function]


def test_every_test_of_a_loss_can_fail():
    assert set().union(*LOSS_SLIPS.values()) == set(LOSS_NAMES)


def test_a_loss_of_each_row_is_told_from_their_mean():
    complaints = check_cross_entropy(lambda scores, labels: cross_entropy(scores, labels, reduction="none")).complaints
    assert complaints["one row"] == "the answer has shape (1,), the mean loss is one number"


# Chapter 5: the gradient of a batch's loss --------------------------------------------------------

GRADIENT_NAMES = [case.name for case in CROSS_ENTROPY_GRAD] + ["arrays left alone"]


def gradient_solution(scores, labels):
    """As printed in chapter 5."""
    rows = np.arange(len(labels))
    gradient = softmax(scores)
    gradient[rows, labels] = 0
    gradient[rows, labels] = -gradient.sum(axis=-1)
    return gradient / len(labels)


def batch_gradient(scores, labels):
    """As the reader finds it."""
    gradient = softmax(scores)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


def ones_in_all_rows(scores, labels):
    gradient = softmax(scores)
    gradient[:, labels] -= 1
    return gradient / len(labels)


def gradient_of_the_sum(scores, labels):
    return gradient_solution(scores, labels) * len(labels)


def gradient_from_the_definition(scores, labels):
    p = naive.softmax(scores)
    return (p - np.eye(scores.shape[1])[labels]) / len(labels)


def through_p(scores, labels):
    rows, slopes = np.arange(len(labels)), np.zeros_like(scores)
    slopes[rows, labels] = -1 / softmax(scores)[rows, labels] / len(labels)
    return softmax_vjp(scores, slopes)


def scores_in_place(scores, labels):
    gradient = gradient_solution(scores, labels)
    scores[:] = gradient
    return gradient


GRADIENT_SLIPS = {
    batch_gradient: {"sure and right"},
    ones_in_all_rows: {"a batch", "sure and right"},
    gradient_of_the_sum: {"a batch"},
    gradient_from_the_definition: {"large scores", "a hopeless row", "sure and right"},
    through_p: {"a hopeless row"},
    scores_in_place: {"arrays left alone"},
    raises: set(GRADIENT_NAMES) - {"arrays left alone"},
    (lambda scores, labels: -gradient_solution(scores, labels)): set(GRADIENT_NAMES) - {"arrays left alone"},
}


@pytest.mark.parametrize("function", [gradient_solution, cross_entropy_grad], ids=["solution", "cross_entropy_grad"])
def test_a_right_gradient_passes(function):
    report = check_cross_entropy_grad(function)
    assert list(report.complaints) == GRADIENT_NAMES and report.failed == []


@pytest.mark.parametrize("function", GRADIENT_SLIPS, ids=lambda function: getattr(function, "__name__", ""))
def test_each_slip_of_a_gradient_fails_the_tests_made_for_it(function):
    assert set(check_cross_entropy_grad(function).failed) == GRADIENT_SLIPS[function]


def test_every_test_of_a_gradient_can_fail():
    assert set().union(*GRADIENT_SLIPS.values()) == set(GRADIENT_NAMES)


@pytest.mark.parametrize(
    "check, function, room",
    [
        (check_log_softmax, log_softmax, 1e-12),
        (check_softmax_vjp, softmax_vjp, 1e-10),
        (check_cross_entropy, cross_entropy, 1e-12),
        (check_cross_entropy_grad, cross_entropy_grad, 1e-12),
    ],
)
def test_answers_may_be_off_by_as_much_as_is_told(check, function, room):
    assert check(lambda *arguments: function(*arguments) * (1 + 0.9 * room)).failed == []
    failed = check(lambda *arguments: function(*arguments) * (1 + 1.1 * room)).failed
    assert len(failed) == len(check(function).complaints) - 1, "all but the one that asks for arguments left alone"
