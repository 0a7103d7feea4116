"""`interact` in all its forms: what is called, and what is shown in a bake."""

import functools
import json
import os
import re
import subprocess
import sys

import ipywidgets
import matplotlib.pyplot as plt
import pytest

import static_interact as si
from static_interact import alias, interaction, report, settings
from static_interact.settings import BAKE, SETTINGS, Options, Settings, split
from tests.interact.explorers import bars, double, inverse


@pytest.fixture
def bake(monkeypatch):
    """HTML of what a bake displays."""
    shown = []
    monkeypatch.setenv(BAKE, "1")
    monkeypatch.setattr(alias, "display", lambda data, **k: shown.append(data["text/html"]))
    monkeypatch.setattr(interaction, "display", alias._display)
    monkeypatch.setattr(alias, "_shown", [])
    monkeypatch.setattr(alias, "log", lambda text: shown.append(f"log: {text}"))
    monkeypatch.setattr(interaction, "log", lambda text: shown.append(f"log: {text}"))
    return shown


def table(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])


def controls(html):
    """What each control of a page says it is, by the parameter's name, and the number of its places."""
    return dict(zip(table(html)["names"], map(len, table(html)["labels"]), strict=True))


def text(html):
    return re.search(r'<pre class="si-text">(.*?)</pre>', html, re.DOTALL)[1].strip()


# --- forms ------------------------------------------------------------------------------------------------------


def decorated(**keywords):
    def use():
        si.interact(**keywords)(lambda x: print(2 * x))

    return use


FIVE = si.IntSlider(value=2, max=4)
FORMS = {
    "call": lambda: si.interact(double, x=(0, 4)),
    "decorator": decorated(x=(0, 4)),
    "bare decorator": lambda: si.interact(lambda x=FIVE: print(2 * x)),
    "options": lambda: si.interact.options(manual=False)(double, x=(0, 4)),
    "decorator of options": lambda: si.interact.options(alt="a")(x=(0, 4))(double),
    "manual": lambda: si.interact_manual(double, x=(0, 4)),
    "interactive": lambda: alias._display(si.interactive(double, x=(0, 4))),
    "partial": lambda: si.interact(functools.partial(double), x=(0, 4)),
    "method": lambda: si.interact(Doubler().show, x=(0, 4)),
    "callable": lambda: si.interact(Doubler(), x=(0, 4)),
    "own widget": lambda: si.interact(double, x=ipywidgets.IntSlider(value=2, min=0, max=4)),
    "default": lambda: si.interact(lambda x=2: print(2 * x), x=(0, 4)),
}


class Doubler:
    def show(self, x):
        print(2 * x)

    __call__ = show


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_baked(bake, form):
    FORMS[form]()
    (html,) = bake
    assert html.startswith('<static-interact id="si-') and controls(html) == {"x": 5} and text(html) == "4"


def test_a_decorated_function_stays_what_it_is(bake):
    @si.interact(x=(0, 4))
    def triple(x):
        return 3 * x

    assert triple(5) == 15 and isinstance(triple.widget, si.interactive)


def test_a_method_comes_back_as_a_function_that_calls_it(bake):
    doubler = Doubler()
    back = si.interact(doubler.show, x=(0, 4))
    assert isinstance(back.widget, si.interactive) and back.widget.f == doubler.show


@pytest.mark.parametrize(
    "abbreviation, size, start",
    [
        ((0, 10), 11, "5"),
        ((0, 10, 4), 4, "4"),
        ((0.0, 1.0), 11, "0.5"),
        ((0.0, 1.0, 0.25), 5, "0.5"),
        (10, 41, "10"),
        (1.5, 61, "1.5"),
        (True, 2, "True"),
        (["a", "b"], 2, "a"),
        ([("one", 10), ("two", 20)], 2, "10"),
        ({"one": 10, "two": 20}, 2, "10"),
        (range(3), 3, "0"),
    ],
)
def test_abbreviations_are_those_of_ipywidgets(bake, abbreviation, size, start):
    si.interact(lambda x: print(x), x=abbreviation)
    assert controls(bake[0]) == {"x": size} and text(bake[0]) == start


def test_defaults_and_annotations_are_those_of_ipywidgets(bake):
    @si.interact(a=(0, 10))
    def f(a=3, b=True, c: bool = False):
        print(a, b, c)

    assert controls(bake[0]) == {"a": 11, "b": 2, "c": 2} and text(bake[0]) == "3 True False"


def test_what_ipywidgets_refuses_is_refused_in_its_words(bake):
    with pytest.raises(ValueError, match="cannot find widget or abbreviation for argument: 'b'"):
        si.interact(lambda a, b: None, a=1)
    with pytest.raises(ValueError, match="cannot be transformed to a widget"):
        si.interact(lambda a: None, a=object())


def test_fixed_is_given_and_not_shown(bake):
    si.interact(lambda x, y: print(x, y), x=(0, 2), y=si.fixed([1]))
    assert controls(bake[0]) == {"x": 3} and text(bake[0]) == "1 [1]"


def test_free_text_stays_as_it_is_and_the_log_says_what_would_do(bake, monkeypatch):
    si.interact(lambda x, name: print(x, name), x=(0, 2), name="Ada")
    log, html = bake
    assert log.endswith("a Dropdown would do, or bake={'name': [...]} with the values that it shall have")
    assert controls(html) == {"x": 3} and text(html) == "1 Ada" and "disabled" in html
    monkeypatch.setenv(SETTINGS, '{"thinning": "error"}')
    with pytest.raises(ValueError, match="name is a Text, which has no finite set of values"):
        si.interact(lambda x, name: None, x=(0, 2), name="Ada")


def test_values_by_hand_make_it_move(bake):
    si.interact(lambda name: print(name), name="Ada", bake={"name": ["Ada", "Grace"]})
    assert controls(bake[0]) == {"name": 2} and table(bake[0])["labels"] == [["Ada", "Grace"]]


# --- interactive and interactive_output -------------------------------------------------------------------------


def test_interactive_has_the_attributes_of_ipywidgets(bake):
    called = []

    def add(a, b):
        called.append((a, b))
        return a + b

    widget = si.interactive(add, a=10, b=(0, 4))
    assert isinstance(widget, ipywidgets.interactive) and widget.kwargs == {"a": 10, "b": 2}
    assert not called, "nothing is called before it is asked for"
    assert widget.result == 12 == widget.result and called == [(10, 2)]
    widget.children[0].value = 11
    assert widget.kwargs == {"a": 11, "b": 2} and widget.result == 13
    assert [type(child).__name__ for child in widget.children] == ["IntSlider", "IntSlider", "FigureOutput"]


def test_pieces_of_interactive_may_stand_apart(bake):
    widget = si.interactive(double, x=(0, 4))
    alias._display(ipywidgets.HBox(widget.children[:-1]))
    alias._display(widget.children[-1])
    assert "<static-interact" not in bake[0] and "data-si=" in bake[0]
    assert "<input" not in bake[1] and table(bake[1])["controls"][0] in bake[0]


def test_children_in_another_order_are_shown_in_it(bake):
    widget = si.interactive(double, x=(0, 4))
    widget.children = widget.children[::-1]
    alias._display(widget)
    assert bake[0].index("<static-interact") < bake[0].index("<input")


def test_interactive_output_ties_widgets_that_stand_elsewhere(bake):
    a, b = si.IntSlider(max=3), si.Checkbox()
    out = si.interactive_output(lambda n, flag: print(n, flag), {"n": a, "flag": b}, caption="here")
    alias._display(si.VBox([si.HBox([a, b]), out]))
    (html,) = bake
    assert controls(html) == {"n": 4, "flag": 2} and "<figcaption>here</figcaption>" in html
    assert all(html.index(f'data-si="{name}"') < html.index("<static-interact") for name in table(html)["controls"])


def test_results_are_shown_by_interact_alone(bake):
    widgets = {"x": si.IntSlider(max=2)}
    alias._display(si.interactive(lambda x: f"result {x}", x=(0, 2)))
    alias._display(si.interactive_output(lambda x: f"result {x}", widgets))
    si.interact(lambda x: f"result {x}", x=(0, 2))
    assert ["result" in html for html in bake] == [False, False, True]


def test_a_figure_that_is_shown_twice_has_two_ids_and_the_same_controls(bake):
    widget = si.interactive(bars, height=(0, 2))
    for _ in range(2):
        alias._display(widget)
    first, second = bake
    ids = [set(re.findall(r' id="([^"]+)"', html)) for html in bake]
    assert ids[0] and not ids[0] & ids[1]
    assert ["-copy" in html for html in bake] == [False, True]
    assert table(first)["controls"] == table(second)["controls"]
    for html, own in zip(bake, ids, strict=True):
        assert set(re.findall(r'(?:url\(#|href="#|for=")([^")]+)', html)) <= own
        assert re.findall(r'data-si="([^"]+)"', html) == table(html)["controls"]


def test_a_widget_that_is_closed_leaves_its_place_to_its_pieces(bake):
    """The idiom of some books: `interact`, close its widget, display its pieces in another order."""
    slider = si.IntSlider(max=3)
    widget = si.interact(bars, height=slider).widget
    widget.close()
    alias._display(si.HBox([slider]))
    alias._display(widget.out)
    assert alias.wrapped(widget, 1) == ""
    assert "<input" not in bake[2] and table(bake[2])["controls"] == table(bake[0])["controls"]


def test_two_functions_share_a_widget(bake):
    a = si.IntSlider(max=3)
    for function in (double, lambda x: print(x)):
        alias._display(si.interactive_output(function, {"x": a}))
    assert table(bake[0])["controls"] == table(bake[1])["controls"]


def test_what_is_no_option_of_interactive_output():
    with pytest.raises(TypeError, match="interactive_output: no such option as colour"):
        si.interactive_output(double, {"x": si.IntSlider()}, colour=1)


# --- options ----------------------------------------------------------------------------------------------------


def test_options_beside_controls(bake):
    si.interact(double, x=(0, 4), caption="a & b", alt="an alt")
    assert "<figcaption>a &amp; b</figcaption>" in bake[0]


def test_a_parameter_of_that_name_is_a_control_and_options_sets_the_option(bake):
    si.interact.options(caption="below")(lambda caption: print(caption), caption=["a", "b"])
    assert controls(bake[0]) == {"caption": 2} and "<figcaption>below</figcaption>" in bake[0]


def test_split_of_keywords():
    assert split(lambda x: 0, {"x": 1, "caption": "c"}) == ({"x": 1}, {"caption": "c"})
    assert split(lambda x, caption: 0, {"x": 1, "caption": "c"}) == ({"x": 1, "caption": "c"}, {})
    assert split(lambda **all_: 0, {"x": 1, "caption": "c"}) == ({"x": 1, "caption": "c"}, {})
    assert split(max, {"caption": "c"}) == ({"caption": "c"}, {})


def test_bad_options():
    with pytest.raises(ValueError, match="invalid option 'colour'"):
        si.interact.options(colour=1)
    with pytest.raises(ValueError, match="errors must be 'show' or 'raise', got 'hide'"):
        Options(errors="hide")


def test_settings_come_by_the_environment(monkeypatch):
    monkeypatch.setenv(SETTINGS, '{"frames": 7, "errors": "raise"}')
    assert settings.settings() == Settings(frames=7, errors="raise")
    for given, message in [
        ('{"frame": 7}', "no such setting as frame"),
        ('{"frames": 0}', "frames must be a positive number, got 0"),
        ('{"kilobytes": true}', "kilobytes must be a positive number, got True"),
        ('{"errors": "x"}', r"errors must be one of \('show', 'raise'\), got 'x'"),
    ]:
        monkeypatch.setenv(SETTINGS, given)
        with pytest.raises(ValueError, match=message):
            settings.settings()


# --- errors -----------------------------------------------------------------------------------------------------


def test_an_exception_is_shown_in_its_frame(bake, monkeypatch):
    monkeypatch.setattr(report, "write", lambda record: True)
    si.interact(inverse, x=(0, 2))
    assert text(bake[0]) == "1.0" and "ZeroDivisionError" in bake[0]


def test_errors_raise_with_the_call_that_failed(bake):
    with pytest.raises(ZeroDivisionError) as caught:
        si.interact(inverse, x=(0, 2), errors="raise")
    assert caught.value.__notes__ == ["in the figure function inverse(x=0)"]


def test_show_takes_figures_only(bake):
    with pytest.raises(TypeError, match="figure must be a matplotlib Figure, got 'x'"):
        si.show("x")
    si.show(plt.figure(figsize=(2, 1)), caption="c", alt="a")
    assert "<svg" in bake[0] and 'aria-label="a"' in bake[0] and "<script" not in bake[0]


# --- names ------------------------------------------------------------------------------------------------------


def test_names_are_those_of_ipywidgets():
    for name in ("IntSlider", "HBox", "Layout", "jslink", "ColorPicker", "Widget", "fixed"):
        assert getattr(si, name) is getattr(ipywidgets, name)
    from static_interact import widgets

    assert widgets is si and "Text" in dir(si)
    from static_interact.widgets import IntSlider, interact

    assert IntSlider is ipywidgets.IntSlider and interact is si.interact
    with pytest.raises(AttributeError):
        si.no_such_name  # noqa: B018


BAKED = """
import {first}
import {second}
import ipywidgets
import static_interact as si
assert ipywidgets.interact is si.interact and ipywidgets.widgets.interaction.interactive is si.interactive, "live"
slider = ipywidgets.IntSlider()
assert type(slider.comm).__name__ == "SilentComm", type(slider.comm)
print(slider._repr_mimebundle_())
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", [("static_interact", "ipywidgets"), ("ipywidgets", "static_interact")])
def test_in_a_bake_ipywidgets_itself_is_baked(order):
    """Helper modules that import ipywidgets; in other processes, as other tests leave this one prepared for a bake."""
    code = BAKED.format(first=order[0], second=order[1])
    live = {name: value for name, value in os.environ.items() if name != BAKE}
    subprocess.run([sys.executable, "-c", code], check=True, env={**live, BAKE: "1"}, capture_output=True)
    run = subprocess.run([sys.executable, "-c", code], check=False, env=live, capture_output=True, text=True)
    assert run.stderr.endswith("AssertionError: live\n"), "in a live kernel nothing is replaced"
