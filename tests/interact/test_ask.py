"""Questions: what an author may write, the form that comes of it, and what the script is told."""

import re
from html import unescape

import pytest

from static_interact import ask
from static_interact.ask import Ask

NAMES = ["scale", "dtype"]
VALUES = [[1.0, 10.0, 100.0], ["float16", "float32"]]
LABELS = [["1.0", "10.0", "100.0"], ["half", "single"]]


def build(given):
    return ask.build(given, NAMES, VALUES, LABELS)


def test_a_text_alone_is_an_open_question():
    form, table = build("What next?")
    assert table == {"says": "You said {guess}."}
    assert 'type="text"' in form and "<legend>What next?</legend>" in form and "<details>" not in form


def test_choices_say_each_what_is_right():
    form, table = build({"question": "q", "choices": [3, 4], "answer": 4, "why": "Count."})
    assert table == {"says": ["You said 3. The answer: 4. Count.", "Right: 4. Count."]}
    assert form.count('type="radio"') == form.count("required") == 2
    assert "<details><summary>Answer</summary><p>4. Count.</p></details>" in form


def test_choices_without_an_answer_are_repeated():
    form, table = build({"question": "q", "choices": ["a", "b"]})
    assert table == {"says": ["You said a.", "You said b."]} and "<details>" not in form


def test_a_number():
    form, table = build({"question": "q", "answer": 20, "tolerance": 0.5})
    assert table == {
        "answer": 20.0,
        "tolerance": 0.5,
        "right": "Right: you said {guess}, it is 20.",
        "low": "You said {guess}, it is 20: {far} too low.",
        "high": "You said {guess}, it is 20: {far} too high.",
    }
    assert 'type="number" step="any"' in form
    assert build({"question": "q", "answer": 20})[1]["tolerance"] == 0


def test_the_place_of_a_control():
    _, table = build({"question": "q", "answer": {"scale": 10.0}})
    assert (table["control"], table["goto"], table["answer"]) == (0, [1, None], 10.0)
    assert table["ratio"] is True, "steps are factors"
    assert table["tolerance"] == 45, "half the wider step beside it"
    assert "it is 10.0:" in table["low"], "as the control's own read-out says it"


@pytest.mark.parametrize(
    "values, ratio",
    [
        ([1, 10, 100], True),
        ([1, 2, 3], False),
        ([-1, 1, -1], False),
        ([0, 1, 2], False),
        ([1, 2], False),
        ([5, 5, 5], False),
    ],
)
def test_distance_is_told_by_factors_on_logarithmic_controls_alone(values, ratio):
    _, table = ask.build({"question": "q", "answer": {"x": values[1]}}, ["x"], [values], [list(map(str, values))])
    assert table.get("ratio", False) is ratio


def test_nearest_place_of_a_number_that_is_on_no_step():
    _, table = build({"question": "q", "answer": {"scale": 60}})
    assert table["goto"] == [2, None] and table["answer"] == 60.0


def test_the_place_of_a_list_offers_its_choices():
    form, table = build({"question": "q", "answer": {"dtype": "float32"}})
    assert table == {"goto": [None, 1], "says": ["You said half. The answer: single.", "Right: single."]}
    assert re.findall(r"<span>(\w+)</span>", form) == ["half", "single"]


def test_where_the_figure_goes_may_be_said_apart():
    _, table = build({"question": "q", "answer": 3, "show": {"scale": 100.0, "dtype": "float32"}})
    assert table["goto"] == [2, 1] and "control" not in table
    _, table = build({"question": "q", "answer": {"scale": 10.0}, "show": {"dtype": "float32"}})
    assert table["goto"] == [1, 1]


def test_everything_is_escaped():
    evil = "<img src=x onerror=alert(1)>\"'&</script>"
    form, table = build(Ask(evil, answer=evil, choices=[evil, "b"], why=evil))
    assert "<img" not in form and "</script" not in form
    assert unescape(re.search(r"<legend>(.*?)</legend>", form)[1]) == evil
    assert table["says"][0].startswith("Right: <img"), "the script sets it as text"


@pytest.mark.parametrize(
    "given, error, message",
    [
        (3, TypeError, "ask: must be a text, a mapping or an Ask, got 3"),
        ({"answer": 3}, TypeError, "must have a question"),
        ({"question": "q", "answers": 3}, TypeError, "got answers"),
        ({"question": " "}, ValueError, "must say something"),
        ({"question": 3}, TypeError, "question must be a text, got 3"),
        ({"question": "q", "why": 3}, TypeError, "why must be a text"),
        ({"question": "q", "choices": "ab"}, TypeError, "choices must be a list"),
        ({"question": "q", "choices": ["a"]}, ValueError, "at least two"),
        ({"question": "q", "choices": ["a", "a"]}, ValueError, "all different"),
        ({"question": "q", "choices": ["a", "b"], "answer": "c"}, ValueError, "one of the choices .*got 'c'"),
        ({"question": "q", "answer": 3, "tolerance": -1}, ValueError, "tolerance must be a number from 0 on, got -1"),
        ({"question": "q", "answer": 3, "tolerance": True}, ValueError, "tolerance"),
        ({"question": "q", "answer": "three"}, TypeError, "must be a number where there are no choices"),
        ({"question": "q", "answer": float("nan")}, TypeError, "must be a number"),
        ({"question": "q", "answer": True}, TypeError, "must be a number"),
        ({"question": "q", "answer": {}}, ValueError, "must name a control"),
        ({"question": "q", "answer": {"scale": 1.0, "dtype": "x"}}, ValueError, "about one control"),
        ({"question": "q", "answer": {"size": 1}}, ValueError, "one of the controls scale, dtype, got 'size'"),
        ({"question": "q", "answer": {"scale": 101}}, ValueError, "scale must be one of its control's values 1.0 to 100.0"),
        ({"question": "q", "answer": {"dtype": "float8"}}, ValueError, "dtype must be one of"),
        ({"question": "q", "show": {}}, ValueError, "must name a control"),
        ({"question": "q", "show": 3}, TypeError, "values by names of controls"),
    ],
)  # fmt: skip
def test_mistakes_are_named(given, error, message):
    with pytest.raises(error, match=message):
        build(given)


def test_numbers_have_the_axes_minus():
    """As ticks and read-outs have it, and not a hyphen; texts stay as the author wrote them."""
    asked = {"question": "Where?", "choices": [-2, 0, 2], "answer": {"x": -2}}
    html, table = ask.build(asked, ["x"], [[-2, 0, 2]], [["−2", "0", "2"]])
    assert "−2" in html and "-2" not in html
    assert table["says"] == ["Right: −2.", "You said 0. The answer: −2.", "You said 2. The answer: −2."]
    assert str(Ask.of(asked)) == "Where? (−2 · 0 · 2)"
    assert "well-known" in str(Ask("Which?", choices=["well-known", "new"]))
    html, table = build(Ask("How much?", answer=-0.5))
    assert table["right"] == "Right: you said {guess}, it is −0.5."
