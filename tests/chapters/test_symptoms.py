"""The entries of "My loss is NaN" are true: each reproduction shows its fault, each test fails before the cure and passes after it."""

import doctest
import re
import warnings

import numpy as np
import pytest

from tools import symptoms

DATA = symptoms.read()
ENTRIES = {entry["id"]: entry for entry in DATA["entry"]}
each_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))


def faulty(entry):
    """The names that the faulty code defines, on top of what every snippet begins with."""
    names = {}
    exec(DATA["start"] + entry["fault"], names)
    return names


def check_shown(entry, names):
    """Run the doctest of what the fault does."""
    example = doctest.DocTestParser().get_doctest(entry["shows"], names, entry["id"], None, 0)
    assert example.examples
    report = []
    result = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(
        example, out=report.append, clear_globs=False
    )
    assert result.failed == 0, "".join(report)


@each_entry
def test_the_fault_shows_what_the_page_says_and_warns_as_it_says(entry):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_shown(entry, faulty(entry))
    said = {f"{one.category.__name__}: {one.message}" for one in caught} | set(entry["shows"].splitlines())
    for message in entry.get("message", []):
        if message.get("by") == "numpy" and "code" not in message:
            beginning = message["text"].removesuffix(" See Notes section of docstring for more information.")
            assert any(line.startswith(beginning) for line in said), (message["text"], said)


@each_entry
def test_the_test_fails_before_the_cure_and_passes_after_it(entry):
    names = faulty(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(AssertionError):
            exec(entry["property"], dict(names))
    # The cured code is silent, too: no overflow on its way, no nan that is swept up.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(entry["cure"], names)
        exec(entry["property"], names)


@each_entry
def test_the_cure_defines_again_what_the_fault_has_defined(entry):
    """Else the test would pass for another reason; and it gives what the test asks about another value."""
    before = faulty(entry)
    after = dict(before)
    exec(entry["cure"], after)
    changed = {name for name in before if after[name] is not before[name] and name != "__builtins__"}
    assert changed & set(re.findall(r"\w+", entry["property"] + entry["fault"])), changed


# The page -----------------------------------------------------------------------------------------------------------------


def test_the_page_is_what_the_command_makes():
    assert symptoms.PAGE.read_text(encoding="utf-8") == symptoms.page(DATA), "run python -m tools.symptoms"


@each_entry
def test_an_entry_is_whole(entry):
    assert set(entry) - {"message"} == {
        "id", "group", "title", "cause", "cure", "see", "fault", "shows", "property",
    }  # fmt: skip
    assert entry["group"] in DATA["groups"] and entry["see"]
    for place in entry["see"]:
        assert symptoms.link(place)
    for message in entry.get("message", []):
        assert ("by" in message) != ("seen" in message)
        assert set(message) <= {"by", "code", "text", "say", "seen", "who"}
        assert message.get("by", "numpy") in DATA["libraries"]
    for part in ("fault", "shows", "cure", "property"):
        assert all(len(line) <= 72 for line in entry[part].splitlines())
    assert len(entry["cure"].strip().splitlines()) <= 6


def test_ids_are_unlike():
    assert len(ENTRIES) == len(DATA["entry"]) >= 30
    assert len({entry["title"] for entry in DATA["entry"]}) == len(ENTRIES)


@pytest.mark.parametrize(
    "place", ["chapters/02_break_it_then_fix_it#no-such-heading", "chapters/99_none", "glossary#x"]
)
def test_a_link_that_leads_nowhere_is_told(place):
    with pytest.raises((KeyError, FileNotFoundError)):
        symptoms.link(place)


def test_the_questions_lead_to_every_entry_and_never_in_a_circle():
    questions, met = DATA["question"], []

    def walk(name, above):
        assert name not in above
        met.append(name)
        for answer in questions[name]["answers"]:
            assert ("then" in answer) != ("entries" in answer)
            if "then" in answer:
                yield from walk(answer["then"], {*above, name})
            else:
                assert 0 < len(answer["entries"]) <= 4
                yield from answer["entries"]

    found = set(walk("start", set()))
    assert found == set(ENTRIES)
    assert sorted(met) == sorted(questions), "each question is asked once"


def test_code_stays_at_this_desk():
    """What readers paste needs NumPy, ml_dtypes and this book's packages."""
    known = {"numpy", "stable_softmax", "stable_softmax.jacobian", "ml_dtypes", "math"}
    for entry in DATA["entry"]:
        code = DATA["start"] + entry["fault"] + entry["cure"]
        assert set(re.findall(r"(?m)^(?:from|import) ([\w.]+)", code)) <= known


def test_numbers_of_the_causes():
    """Those that no reproduction shows."""
    float16, float32 = np.finfo(np.float16), np.finfo(np.float32)
    assert round(float(np.log(float32.max)), 1) == 88.7
    assert float16.max == 65504 and round(float(np.log(float(float16.max))), 1) == 11.1
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(np.float16(11.1))) and np.isfinite(np.exp(np.float16(11.08)))
        assert np.isinf(np.exp(np.float32(88.73))) and np.isfinite(np.exp(np.float32(88.7)))


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_where_the_first_loss_lies(classes):
    """The rise above ln N that the page gives, measured to a twentieth of itself; labels have mean scores of 0."""
    a = np.random.default_rng(0).normal(0, 0.3, (2_000_000 // classes, classes))
    measured = np.log(np.exp(a).mean(axis=-1)).mean() - a.mean()
    assert np.isclose(measured, (1 - 1 / classes) * 0.3**2 / 2, rtol=0.05)


def test_multinomial_lets_pass_what_is_off_by_less_than_1e_12():
    rng = np.random.default_rng(0)
    assert rng.multinomial(1, [0.5, 0.5 + 9e-13, 0]).sum() == 1
    with pytest.raises(ValueError, match=r"1\.0"):
        rng.multinomial(1, [0.5, 0.5 + 2e-12, 0])
