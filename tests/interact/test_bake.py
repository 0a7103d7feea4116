"""How a function becomes an element: the cache, the limit of bytes, and controls that only looked apart."""

import json
import re

import ipywidgets as w
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from static_interact import bake as baking
from static_interact import cache
from static_interact.bake import bake
from static_interact.explorer import Explorer
from static_interact.forks import WORKERS
from static_interact.settings import SETTINGS


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """All calls are made in this process, and nothing is kept unless a test asks for it."""
    monkeypatch.setenv(WORKERS, "0")
    monkeypatch.delenv(cache.FOLDER, raising=False)


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(baking, "log", lambda text, level="info": lines.append(text))
    return lines


def configure(monkeypatch, **options):
    monkeypatch.setenv(SETTINGS, json.dumps(options))


def explorer(function, size=40, **options):
    return Explorer.of(function, {"x": w.IntSlider(0, 0, size - 1)}, "si-f", **options)


def noise(calls, kilobytes=3):
    """A function whose frames take so many thousand characters each that nothing predicts."""

    def f(x):
        calls.append(x)
        rng = np.random.default_rng(x)
        print("".join(map(chr, rng.integers(97, 123, 1_000 * kilobytes))))

    return f


def data_of(page):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


# --- the limit of bytes -------------------------------------------------------------------------------------------


def test_what_takes_too_much_room_loses_places(said):
    calls = []
    made = explorer(noise(calls), bake="40 kB")
    page = bake(made)
    assert 5 <= made.shape[0] < 25 and len(page) < 90_000
    assert "values of x" in page and said == []
    assert sorted(calls)[:1] == [0] and len(calls) < 45, "frames of the larger plan are used again, but for the start"


def test_what_fits_keeps_them():
    made = explorer(noise([]), bake="400 kB")
    bake(made)
    assert made.shape == (40,)


def test_the_limit_is_that_of_the_build(monkeypatch):
    configure(monkeypatch, kilobytes=40)
    made = explorer(noise([]))
    bake(made)
    assert made.shape[0] < 25


def test_a_book_may_forbid_to_leave_out_places(monkeypatch):
    configure(monkeypatch, kilobytes=40, thinning="error")
    with pytest.raises(ValueError, match=r"^f takes \d\d kB of a page; at most 40 kB are allowed: take larger steps"):
        bake(explorer(noise([])))
    made = explorer(noise([]), bake="40 kB")
    bake(made)
    assert made.shape[0] < 25, "its author has asked for it"


def test_what_cannot_be_smaller_stays_and_is_said(said):
    made = Explorer.of(noise([], 20), {"x": w.Dropdown(options=[0, 1, 2])}, "si-f", bake="10 kB")
    bake(made)
    assert made.shape == (3,)
    (line,) = said
    assert re.fullmatch(r"f takes \d\d kB, and has no places to leave out", line)


# --- controls that look apart --------------------------------------------------------------------------------------


def two(a, b):
    print(f"a is {a}")
    plt.figure(figsize=(1, 1)).text(0, 0, f"{b}{'!' if (a, b) == (5, 7) else ''}")


def test_controls_that_only_looked_apart_are_baked_together(monkeypatch, tmp_path):
    """The checks at random find a frame that is no sum of its parts; next time nobody tries."""
    monkeypatch.setenv(cache.FOLDER, str(tmp_path))
    configure(monkeypatch, frames=60)
    refused = []

    def verify(*arguments):
        refused.append(1)
        raise baking.NotSeparable("not here")

    monkeypatch.setattr(baking, "verify", verify)

    def make():
        return Explorer.of(two, {"a": w.IntSlider(0, 0, 11), "b": w.IntSlider(0, 0, 11)}, "si-f")

    made = make()
    page = bake(made)
    assert refused == [1] and made.shape != (12, 12), "thinned, as it is one grid"
    assert all(axis.places is not None for axis in made.axes)
    plt.close("all")
    again = make()
    assert bake(again) == page and refused == [1]


def test_controls_apart_take_a_sum_of_frames(monkeypatch):
    configure(monkeypatch, frames=60)
    made = Explorer.of(two, {"a": w.IntSlider(0, 0, 11), "b": w.IntSlider(0, 0, 11)}, "si-f")
    data = data_of(bake(made))
    assert made.shape == (12, 12) and data


# --- the cache ----------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.FOLDER, str(tmp_path))
    return tmp_path


def counted(x):
    print(2 * x)


def called(monkeypatch, **options):
    """The page, and how often the function was called for it."""
    count = []
    original = baking.Caller.frame
    monkeypatch.setattr(baking.Caller, "frame", lambda self, place: count.append(place) or original(self, place))
    page = bake(explorer(counted, 6, **options))
    monkeypatch.setattr(baking.Caller, "frame", original)
    return page, len(count)


def test_what_is_kept_is_called_once(monkeypatch, kept):
    first, many = called(monkeypatch)
    again, once = called(monkeypatch)
    assert again == first and (many, once) == (6, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.setitem(mpl.rcParams, "font.size", 7),
        lambda m: m.setenv(SETTINGS, json.dumps({"figures_first": True})),
    ],
)
def test_what_has_changed_is_called_anew(monkeypatch, kept, change):
    called(monkeypatch)
    change(monkeypatch)
    again, many = called(monkeypatch)
    assert many >= 6
    assert called(monkeypatch) == (again, 1)


def test_other_options_are_another_page(monkeypatch, kept):
    called(monkeypatch)
    assert called(monkeypatch, alt="numbers")[1] == 6
    with np.printoptions(precision=3):
        assert called(monkeypatch)[1] == 6
    with np.errstate(divide="ignore" if np.geterr()["divide"] != "ignore" else "warn"):
        assert called(monkeypatch)[1] == 6
    assert called(monkeypatch)[1] == 1


def test_nothing_is_kept_where_it_cannot_be_told_what_frames_depend_on(monkeypatch, kept, said):
    plt.figure()
    assert called(monkeypatch)[1] == 6 and called(monkeypatch)[1] == 6
    assert said == ["counted is baked anew in each build: pyplot has figures from before"] * 2
    plt.close("all")
    with mpl.rc_context():
        dict.__setitem__(mpl.rcParams, "font.size", object())
        try:
            assert baking._key(explorer(counted, 6)) == ""
        finally:
            dict.__setitem__(mpl.rcParams, "font.size", 10.0)
    assert said[-1] == "counted is baked anew in each build: rcParams has objects in font.size"
    assert list(kept.iterdir()) == []


def test_complaints_are_said_again(monkeypatch, kept):
    lines = []
    monkeypatch.setattr("static_interact.calls.log", lambda text, level="info": lines.append((text, level)))
    monkeypatch.setattr(baking, "log", lambda text, level="info": lines.append((text, level)))
    pages = [bake(explorer(broken, 3)) for _ in range(2)]
    assert pages[0] == pages[1]
    assert lines == [("broken(x=2): ValueError: no", "warning")] * 2


def broken(x):
    if x == 2:
        raise ValueError("no")
    print(x)


# --- the limit itself ---------------------------------------------------------------------------------------------


def test_what_takes_just_as_much_as_allowed_fits():
    made = explorer(noise([]), size=9)
    views = baking._views(made, baking.make_plan(made, baking.settings(), baking.read_wish(None, ["x"])), 1e9)[1]
    size = sum(map(baking._weight, views))
    for most, whole in ((size, True), (size - 1, False)):
        made = explorer(noise([]), size=9, bake=f"{most / 1_000} kB")
        bake(made)
        assert (made.shape == (9,)) is whole


def test_figures_made_outside_are_closed_when_they_are_baked():
    figure, axes = plt.subplots(figsize=(1, 1))

    def f(x):
        axes.set_title(str(x))

    bake(explorer(f, 3))
    assert not plt.fignum_exists(figure.number)


def test_parameters_may_be_called_as_the_shapes_of_a_picture_are():
    def f(s0, c1, sigma2):
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([0, s0 + c1 + sigma2], [0, 1], "o-")
        return figure

    made = Explorer.of(f, {name: w.IntSlider(1, 1, 2) for name in ("s0", "c1", "sigma2")}, "si-f")
    ids = re.findall(r'\bid="([^"]*)"', bake(made, made.html))
    assert {"si-f-s0", "si-f-s0-value", "si-f-c1-value", "si-f-sigma2"} <= set(ids) and len(ids) == len(set(ids))
