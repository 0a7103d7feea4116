"""The places of a slider, and which of them a page keeps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from static_interact.axes import Axis, Steps


@pytest.mark.parametrize(
    "arguments, values, start",
    [
        ((0, 10, 2, 4), [0, 2, 4, 6, 8, 10], 2),
        ((0, 10, 4, 0), [0, 4, 8, 10], 0),
        ((0, 10, 4, 10), [0, 4, 8, 10], 3),
        ((0, 10, 4, 9), [0, 4, 8, 9, 10], 3),
        ((0, 10, 4, 1), [0, 1, 4, 8, 10], 1),
        ((-3, 3, 2, -2), [-3, -2, -1, 1, 3], 1),
        ((0.0, 1.0, 0.25, 0.5), [0.0, 0.25, 0.5, 0.75, 1.0], 2),
        ((0.0, 0.3, 0.1, 0.3), [0.0, 0.1, 0.2, 0.3], 3),
        ((0.1, 0.7, 0.2, 0.1 + 0.2 + 0.2), [0.1, 0.3, 0.5, 0.7], 2),
        ((-1.0, 1.0, 0.5, -0.0), [-1.0, -0.5, 0.0, 0.5, 1.0], 2),
        ((0.0, 1.0, 0.3, 0.95), [0.0, 0.3, 0.6, 0.9, 0.95, 1.0], 4),
        ((5, 5, 1, 5), [5], 0),
        ((5, 5.5, 1, 5), [5, 5.5], 0),
        ((1e-7, 3e-7, 1e-7, 2e-7), [1e-7, 2e-7, 3e-7], 1),
        ((1e9, 1e9 + 2, 1, 1e9 + 1), [1e9, 1e9 + 1, 1e9 + 2], 1),
        ((0.0, 1.0, 1 / 3, 2 / 3), [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0], 2),
    ],
)
def test_steps_go_from_end_to_end_with_the_start(arguments, values, start):
    steps = Steps(*arguments)
    assert list(steps) == values and len(steps) == len(values) and steps.start == start
    assert steps[-1] == values[-1] and steps[-len(values)] == values[0] and steps[1:3] == values[1:3]
    assert str(steps[start]) != "-0.0"
    for outside in (len(values), -len(values) - 1):
        with pytest.raises(IndexError):
            steps[outside]


def test_dust_of_binary_steps_is_gone():
    assert list(Steps(0.0, 1.0, 0.1, 0.0)) == [k / 10 for k in range(11)]
    assert list(Steps(0.0, 1e-3, 1e-4, 0.0)) == [float(f"{k}e-4") for k in range(11)]
    assert list(Steps(0.0, 7e5, 1e5, 0.0)) == [k * 1e5 for k in range(8)]
    # What an author writes with nine digits of a step stays as it is written.
    assert Steps(0.123456789, 10.123456789, 1, 0.123456789)[1] == 1.123456789
    assert Steps(0.0, 2.0, 0.123456789, 0.0)[3] == 0.370370367


def test_whole_numbers_stay_whole():
    assert all(isinstance(value, int) for value in Steps(0, 10, 3, 5))
    assert all(isinstance(value, float) for value in Steps(0.0, 9.0, 3.0, 3.0))


def test_a_start_next_to_a_step_is_that_step():
    assert list(Steps(0.0, 1.0, 0.1, 0.3 + 4e-8)) == [k / 10 for k in range(11)]
    assert len(Steps(0.0, 1.0, 0.1, 0.3 + 3e-7)) == 12
    assert len(Steps(0.0, 1.0 + 3e-7, 0.1, 0.0)) == 12 and len(Steps(0.0, 1.0 + 4e-8, 0.1, 0.0)) == 11
    assert len(Steps(1e15, 1e15 + 10, 0.001, 1e15)) in {10_001, 10_002}


def test_millions_of_steps_are_made_when_they_are_asked_for():
    steps = Steps(0, 10**10, 1, 7)
    assert len(steps) == 10**10 + 1 and steps[10**9] == 10**9 and steps.start == 7
    assert Steps(0.0, 1e6, 1e-3, 0.0)[10**9] == 1e6


@given(st.integers(-50, 50), st.integers(0, 200), st.integers(1, 40), st.fractions(0, 1, max_denominator=40))
def test_every_step_is_there_once_and_in_order(low, width, step, part):
    high = low + width
    start = low + part * width
    start = start.numerator if start.denominator == 1 else float(start)
    steps = Steps(low, high, step, start)
    values = list(steps)
    expected = sorted({*map(Fraction, range(low, high + 1, step)), Fraction(high), Fraction(start)})
    assert [Fraction(value) for value in values] == expected and values[steps.start] == start


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 1, 0, 0), "step must be above 0, got 0"),
        ((0, 1, -2, 0), "step must be above 0, got -2"),
        ((0, 1, float("nan"), 0), "step must be above 0, got nan"),
        ((0, float("inf"), 1, 0), "min and max must be finite, got 0 and inf"),
        ((float("nan"), 1, 1, 0), "min and max must be finite, got nan and 1"),
    ],
)
def test_steps_must_lead_somewhere(arguments, message):
    with pytest.raises(ValueError, match=message):
        Steps(*arguments)


def axis(size=9, start=4, **options):
    return Axis("si-a", "a", [10 * k for k in range(size)], start, True, **options)


def test_an_axis_keeps_some_of_its_places():
    made = axis()
    assert (made.size, made.start, made.value(2)) == (9, 4, 20)
    made.keep((0, 2, 4, 8))
    assert (made.size, made.start, [made.value(k) for k in range(4)]) == (4, 2, [0, 20, 40, 80])
    made.keep((1, 2))
    assert (made.places, made.size, made.start, made.value(0)) == ((2, 4), 2, 1, 20)
    with pytest.raises(ValueError, match=r"a: the places that are kept must include the start, got \(2,\)"):
        made.keep((0,))


def test_an_axis_has_words_for_its_places():
    assert axis().words(2) == "20" and axis().labels is None
    made = axis(label=lambda value: f"<{value}>")
    made.keep((1, 4))
    assert made.words(0) == "<10>" and made.labels == ("<10>", "<40>")


def test_a_summary_of_very_many_places_is_short():
    assert axis(4, 1).summary() == [4, 1, 0, 10, 20, 30]
    assert len(axis(10_000).summary()) == 10_002
    assert axis(10_001).summary() == [10_001, 4, 0, 10, 100_000]
