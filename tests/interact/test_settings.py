"""What holds for a build, and what an author wants of one figure."""

import functools
import json

import pytest

from static_interact.settings import BAKE, OPTIONS, SETTINGS, Options, Settings, is_baking, settings, split


def test_what_holds_by_default():
    assert vars(Settings()) == {
        "frames": 2_000, "kilobytes": 4_000, "thinning": "note", "errors": "show", "alias": False, "figures_first": False,
    }  # fmt: skip
    assert vars(Options()) == dict.fromkeys(("bake", "ask", "drag", "narrow", "describe", "errors")) | {
        "caption": "",
        "alt": "",
    }
    assert tuple(vars(Options())) == OPTIONS


@pytest.mark.parametrize("name", ["frames", "kilobytes"])
@pytest.mark.parametrize("value", [0, -1, True, "3", None, float("nan")])
def test_numbers_must_be_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a positive number, got {value!r}"):
        Settings(**{name: value})
    assert getattr(Settings(**{name: 0.5}), name) == 0.5


@pytest.mark.parametrize("name, words", [("thinning", ("note", "error")), ("errors", ("show", "raise"))])
def test_words_must_be_known(name, words):
    for word in words:
        assert getattr(Settings(**{name: word}), name) == word
    with pytest.raises(ValueError, match=f"{name} must be one of .*, got 'maybe'"):
        Settings(**{name: "maybe"})


def test_an_author_may_say_what_becomes_of_errors():
    assert [Options(errors=word).errors for word in (None, "show", "raise")] == [None, "show", "raise"]
    with pytest.raises(ValueError, match="errors must be 'show' or 'raise', got 'no'"):
        Options(errors="no")
    assert Options(caption="a").with_({"alt": "b"}) == Options(caption="a", alt="b")


def test_the_environment_holds_the_settings(monkeypatch):
    monkeypatch.delenv(SETTINGS, raising=False)
    assert settings() == Settings()
    monkeypatch.setenv(SETTINGS, "")
    assert settings() == Settings()
    monkeypatch.setenv(SETTINGS, json.dumps({"frames": 7, "errors": "raise"}))
    assert settings() == Settings(frames=7, errors="raise")
    monkeypatch.setenv(SETTINGS, json.dumps({"frame": 7, "colour": 1}))
    with pytest.raises(ValueError, match=r"no such setting as colour, frame$"):
        settings()


def test_whether_figures_are_baked(monkeypatch):
    for value, baking in (("1", True), ("inline", True), ("each", True), ("", False)):
        monkeypatch.setenv(BAKE, value)
        assert is_baking() is baking
    monkeypatch.delenv(BAKE)
    assert is_baking() is False


@pytest.mark.parametrize(
    "function, controls",
    [
        (lambda x: 0, {"x"}),
        (lambda x, alt: 0, {"x", "alt"}),
        (lambda **more: 0, {"x", "alt", "caption"}),
        (lambda x, *rest: 0, {"x"}),
        (functools.partial(lambda x, alt: 0), {"x", "alt"}),
        (dict.update, {"x", "alt", "caption"}),
    ],
)
def test_what_a_function_takes_is_a_control(function, controls):
    given = {"x": 1, "alt": "a", "caption": "c"}
    found, options = split(function, given)
    assert set(found) == controls and {**found, **options} == given
