"""The stored answers of other libraries: there is one to every question as it is now, and installed libraries still give it.

The comparisons with this book's code are in the tests of what is compared. In an environment that has the libraries but
not the book's tools: ``python -m pytest -c /dev/null --noconftest tests/answers``.
"""

import importlib.util
import re
from importlib import metadata

import numpy as np
import pytest

from tools import answers
from tools.answers import QUESTIONS, __main__, cases, store
from tools.answers.questions import Question

LIBRARIES = list(dict.fromkeys(library for library, _ in QUESTIONS))
INSTALLED = [key for key in QUESTIONS if importlib.util.find_spec(key[0])]


def assert_the_same(fresh, stored, question):
    """Texts are equal, numbers as close as the question asks, with room for the last bits of their dtype."""
    assert fresh.keys() == stored.keys()
    for name, value in fresh.items():
        if isinstance(value, str):
            assert value == stored[name]
            continue
        value = np.asarray(value)
        assert value.dtype == np.asarray(stored[name]).dtype or not value.shape
        eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0
        np.testing.assert_allclose(
            value.astype(float),
            np.asarray(stored[name], float),
            rtol=question.rtol + 4 * eps,
            atol=question.atol + (eps if question.atol else 0),
            err_msg=name,
            strict=True,
        )


@pytest.mark.parametrize("library, topic", QUESTIONS)
def test_there_is_an_answer_to_every_question_as_it_is_now_and_no_other(library, topic):
    question = QUESTIONS[library, topic]
    assert question.cases
    assert all(answers.stored(library, topic, name) for name in question.cases)
    assert list(answers.read(library)["answers"][topic]) == list(question.cases)
    assert list(answers.read(library)["answers"]) == [topic for asked, topic in QUESTIONS if asked == library]


def test_scipy_at_least_is_asked_afresh():
    assert {library for library, _ in INSTALLED} >= {"scipy"}


@pytest.mark.parametrize("library, topic", INSTALLED)
def test_an_installed_library_still_answers_as_stored(library, topic):
    """Whatever its version: if one answers otherwise by now, the chapter that tells of it needs a new sentence."""
    question = QUESTIONS[library, topic]
    for name, case in question.cases.items():
        assert_the_same(question.ask(**case), answers.stored(library, topic, name), question)


@pytest.mark.parametrize("library", LIBRARIES)
def test_versions_are_whole(library):
    found = answers.versions(library)
    assert list(found) == store.DISTRIBUTIONS[library]
    assert all(re.fullmatch(r"\d+(\.\d+)+(\.post\d+)?", version) for version in found.values())


# The store itself: `toy` is a library that squares ------------------------------------------------------------------------


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A function that asks a toy library with such a case, and stores its answer."""
    monkeypatch.setattr(store, "FOLDER", tmp_path)
    monkeypatch.setitem(store.DISTRIBUTIONS, "toy", ["numpy"])
    store.read.cache_clear()

    def ask(case):
        monkeypatch.setitem(
            QUESTIONS, ("toy", "squares"), Question({"one": case}, lambda **case: {"x": case["x"] ** 2})
        )

    yield ask
    store.read.cache_clear()


def test_values_come_back_as_they_were(toy):
    for dtype in ("float16", "float32", "float64", "int64"):
        for shape in [(1,), (0, 3), (2, 1, 3)]:
            x = np.random.default_rng(0).normal(0, 30, shape).astype(dtype)
            toy({"x": x})
            store.write("toy", __main__.ask("toy"))
            np.testing.assert_array_equal(answers.stored("toy", "squares", "one")["x"], x**2, strict=True)
    assert answers.versions("toy") == {"numpy": metadata.version("numpy")}


def test_special_numbers_come_back(toy):
    toy({"x": np.array([np.inf, -0.0, np.nan, 1e-320, -1e300])})
    with np.errstate(over="ignore", under="ignore"):
        store.write("toy", __main__.ask("toy"))
    np.testing.assert_array_equal(answers.stored("toy", "squares", "one")["x"], [np.inf, 0, np.nan, 0, np.inf])


@pytest.mark.parametrize(
    "case",
    [
        {"x": np.array([1.0, 2.0, 4.0])},
        {"x": np.array([2.0, 1.0, 3.0])},
        {"x": np.array([[1.0, 2.0, 3.0]])},
        {"x": np.array([1.0, 2.0, 3.0], np.float32)},
        {"x": np.array([1.0, 2.0, np.nan])},
        {"x": np.array([1.0, 2.0, 3.0]), "axis": 0},
        {"x": np.array([1.0, 2.0, 3.0]), "axis": 1, "more": None},
        {"x": 3.0, "axis": 1},
    ],
)
def test_a_changed_case_is_noticed(toy, case):
    toy({"x": np.array([1.0, 2.0, 3.0]), "axis": 1})
    store.write("toy", __main__.ask("toy"))
    assert answers.stored("toy", "squares", "one")["x"].tolist() == [1, 4, 9]
    toy(case)
    with pytest.raises(answers.Missing, match=r"toy, squares, one: the question has changed .* run `make answers`"):
        answers.stored("toy", "squares", "one")


def test_the_last_bits_of_a_case_may_differ(toy):
    x = np.random.default_rng(0).normal(0, 3, 100)
    toy({"x": x})
    store.write("toy", __main__.ask("toy"))
    toy({"x": np.nextafter(x, np.inf)})
    np.testing.assert_array_equal(answers.stored("toy", "squares", "one")["x"], x**2)


def test_a_missing_answer_says_what_to_do(toy):
    toy({"x": 1.0})
    with pytest.raises(answers.Missing, match=r"toy\.json is missing; run `make answers`"):
        answers.stored("toy", "squares", "one")
    store.write("toy", {"squares": {}})
    with pytest.raises(answers.Missing, match=r"toy, squares, one: no answer is stored; run `make answers`"):
        answers.stored("toy", "squares", "one")


def test_an_answer_that_has_changed_is_seen():
    [name] = cases.TIES
    question = QUESTIONS["torch", "ties in a pool"]
    stored = answers.stored("torch", "ties in a pool", name)
    assert_the_same(stored, stored, question)
    for changed in [
        {**stored, "slope": stored["slope"] + 1e-3},
        {**stored, "slope": stored["slope"][0]},
        {"out": stored["out"]},
    ]:
        with pytest.raises(AssertionError):
            assert_the_same(changed, stored, question)


# The command --------------------------------------------------------------------------------------------------------------


def test_the_command_keeps_what_it_cannot_ask(toy, tmp_path, capsys):
    toy({"x": 3.0})
    assert __main__.main(["toy"]) == 1
    assert "toy: not installed, what is stored is kept" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert __main__.main(["cuda"]) == 2
    assert "no questions to cuda" in capsys.readouterr().err


def test_the_command_asks_what_is_installed(toy, tmp_path, monkeypatch, capsys):
    toy({"x": 3.0})
    monkeypatch.setattr(store, "FOLDER", tmp_path / "tests" / "data" / "answers")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "there" if name == "toy" else None)
    assert __main__.main([]) == 0
    assert f"toy {metadata.version('numpy')}: tests/data/answers/toy.json" in capsys.readouterr().out
    assert answers.stored("toy", "squares", "one") == {"x": 9.0}
