"""Widgets that an author's own functions wait for: frames of what these do."""

import re

import ipywidgets as w
import matplotlib.pyplot as plt
import pytest
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import clear_output

from static_interact import alias, layouts, observed
from static_interact.calls import Caller
from static_interact.control import Control
from static_interact.controls import control_of
from static_interact.explorer import Explorer
from static_interact.forks import WORKERS
from static_interact.interaction import FigureOutput
from static_interact.settings import BAKE
from static_interact.svg import to_html


@pytest.fixture
def shown(monkeypatch):
    """A bake; what it displays in a cell."""
    monkeypatch.setenv(BAKE, "1")
    alias.prepare()
    pages = []
    monkeypatch.setattr(alias, "_shown", [])
    monkeypatch.setattr(alias, "_told", set())
    monkeypatch.setattr(alias, "display", lambda data, **_: pages.append(data))
    monkeypatch.setattr(alias, "update_display", lambda data, **_: pages.append(data))
    InteractiveShell.clear_instance()
    InteractiveShell.instance()
    yield pages
    InteractiveShell.clear_instance()


def show(*widgets):
    for widget in widgets:
        widget._ipython_display_()


def words(frame):
    return re.sub("<[^>]*>", " ", to_html(frame)).split()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_frames_show_what_the_functions_do_that_wait_for_a_widget(shown, monkeypatch, workers):
    monkeypatch.setenv(WORKERS, workers)
    slider, out, label = w.IntSlider(value=2, max=4, description="A slider"), w.Output(), w.Label("as it was")

    def changed(change):
        label.value = f"{change['owner'].description}:{change.new}"
        with out:
            clear_output(wait=True)
            print("new", change["new"], slider.value)

    slider.observe(changed, names="value")
    show(w.VBox([slider, label]), out)
    figure = alias.observed_figure()
    explorer = figure.explorer
    assert explorer.name == "changed" and explorer.identifier.startswith("si-changed-") and explorer.shape == (5,)
    assert slider.value == 2, "it is where it was"
    caller = Caller(explorer)
    for place in (3, 0, 3, 2):
        said = ["new", str(place), str(place), "A", f"slider:{place}"]
        assert words(caller.frame((place,))[0]) == said, "whatever was called before"
    html = layouts.html(figure)
    assert html.count("<static-interact") == 1 and f'"controls":["{control_of(slider).axes[0].identifier}"]' in html
    assert layouts.html(out) == layouts.html(label) == ""
    assert alias.observed_figure() is None, "once"


def test_one_function_that_waits_for_several_widgets_is_called_once_for_a_frame(shown):
    one, two, out = w.IntSlider(max=2), w.Dropdown(options=["a", "b"], description="two"), w.Output()

    def update(_):
        with out:
            plt.figure(figsize=(2, 1))
            plt.plot([0, one.value])
            plt.show()
            print(one.value, two.value)

    one.observe(update, "value")
    two.observe(update, traitlets.All)
    show(one, two, out)
    figure = alias.observed_figure()
    assert list(figure.explorer.controls) == ["intslider", "two"] and figure.explorer.shape == (3, 2)
    caller = Caller(figure.explorer)
    for combination in [(0, 0), (2, 1), (1, 0)]:
        (frame,) = caller.frame(combination)
        assert [child.tag for child in frame] == ["svg", "pre"]
        assert frame[1].text == f"{combination[0]} {'ab'[combination[1]]}"
        assert 'id="si-update' in to_html(frame) and frame[0].get("id") == caller.frame((0, 0))[0][0].get("id")


def test_two_widgets_of_one_name(shown):
    sliders = [w.IntSlider(max=1, description="x") for _ in range(3)]
    for slider in sliders:
        slider.observe(print, "value")
    assert list(observed.movable([w.HBox(sliders)])) == ["x", "x_", "x__"]


def test_what_shows_nothing_is_left_as_it_is(shown):
    kept = []
    quiet, other, failing = w.IntSlider(max=3), w.IntSlider(max=3), w.IntSlider(max=3)
    quiet.observe(kept.append, "value")
    show(quiet)
    assert alias.observed_figure() is None
    assert control_of(quiet).taken is False and len(kept) > 0
    count = len(kept)
    assert alias.observed_figure() is None and len(kept) == count, "it is not tried once more after each cell"
    same = w.Label()
    other.observe(lambda _: setattr(same, "value", "always the same"), "value")
    show(other, same)
    assert alias.observed_figure() is None and "always the same" in layouts.html(same)

    def fails(_):
        raise ValueError("at work elsewhere")

    failing.observe(fails, "value")
    show(failing)
    assert alias.observed_figure() is None


def test_watchers_are_the_authors_functions(shown):
    slider, other = w.IntSlider(), w.IntSlider()
    w.link((slider, "value"), (other, "value"))
    assert observed.watchers(slider) == [] and observed.watchers(w.Button()) == []

    def author(change):
        """Of a notebook."""

    slider.observe(author, names="value")
    slider.observe(print, names="max")
    assert observed.watchers(slider) == [author]
    slider.unobserve(author, names="value")
    assert observed.watchers(slider) == []


def test_controls_of_figures_and_free_texts_are_not_moved_a_second_time(shown):
    slider, text = w.IntSlider(max=3), w.Text()
    for widget in (slider, text):
        widget.observe(print, "value")
    Explorer.of(lambda n: print(n), {"n": slider}, "si-f")
    assert isinstance(control_of(slider), Control) and observed.movable([slider, text]) == {}


def test_a_widget_says_in_the_log_that_it_is_waited_for_only_where_it_is_not_baked(shown):
    slider, label, lost = w.IntSlider(max=1), w.Label(), w.IntSlider(max=1, description="lost")
    slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
    lost.observe(lambda _: None, "value")
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alias, "log", told.append)
        show(slider, label)
        alias._refresh()
        figure = shown[-1]
        show(lost)
        alias._refresh()
    assert told == ["lost: a function waits for this IntSlider; the page shows its present state"]
    assert isinstance(figure, FigureOutput), "it comes last in its cell"


def test_a_function_that_fails_leaves_the_others_at_work(shown, monkeypatch):
    slider, other, label = w.IntSlider(max=3), w.IntSlider(max=3, description="other"), w.Label()

    def fails(_):
        raise ValueError("of an old interface")

    slider.observe(lambda change: setattr(label, "value", f"is {change.new}"), "value")
    other.observe(fails, "value")
    told = []
    monkeypatch.setattr(observed, "log", lambda line, _: told.append(line))
    show(slider, other, label)
    caller = Caller(alias.observed_figure().explorer)
    assert words(caller.frame((2, 1))[0]) == ["is", "2"] and caller.complaints == {}
    assert told == ["fails: ValueError: of an old interface"]
