"""The tests that readers get: each usual slip fails the tests made for it, and the chapters' solutions pass."""

import numpy as np
import pytest

from stable_softmax import log_softmax, logsumexp, naive
from stable_softmax.exercises import LOG_SOFTMAX, check_log_softmax

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


def raises(x):
    raise KeyError("not yet")


SLIPS = {
    naive.log_softmax: {"large scores", "very negative scores", "a probability below 5e-324", "sure and right",
                        "a tiny loss of large scores"},
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
    assert list(report.complaints) == NAMES and report.failed == []
    assert f"{len(NAMES)} of {len(NAMES)} tests pass" in str(report)


@pytest.mark.parametrize("function", SLIPS, ids=lambda function: getattr(function, "__name__", ""))
def test_each_slip_fails_the_tests_made_for_it(function):
    report = check_log_softmax(function)
    assert set(report.failed) == SLIPS[function]
    for name in report.failed:
        assert f"FAILS   {name}\n        {report.complaints[name]}" in str(report)


def test_every_test_can_fail():
    assert set().union(*SLIPS.values()) == set(NAMES)


def test_adding_a_small_number_fails_even_small_scores():
    assert {"small scores", "a probability below 5e-324"} <= set(check_log_softmax(epsilon_added).failed)


@pytest.mark.parametrize("function, why", [
    (naive.log_softmax, "class 0 of [0, 800]: -inf instead of -800\n"),
    (raises, "it raises KeyError: 'not yet'"),
    (lambda x: 0.0, "the answer has shape (), the scores have (2,)"),
])
def test_the_reason_is_told(function, why):
    assert check_log_softmax(function).complaints["a probability below 5e-324"].startswith(why)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="function must be callable, but is 3"):
        check_log_softmax(3)
