"""The decorator, its controls, and the cleaning and encoding of frames, without a browser."""

import re

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from static_interact import Checkbox, Dropdown, FloatLogSlider, FloatSlider, IntSlider, interact, render, show
from static_interact.bake import MAX_FRAMES, bake
from static_interact.colors import dark_counterpart
from static_interact.decorator import BAKE
from static_interact.markup import to_html
from static_interact.svg import figure_tree, theme_css


def bars(height, title="t", color="#d55e00"):
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.set(ylim=(0, 4), title=title)
    axes.bar([0, 1], [height, 1], color=color)
    return figure


# --- controls ---------------------------------------------------------------------------------------------------


@given(st.integers(-50, 50), st.integers(1, 60), st.sampled_from([0.05, 0.1, 0.25, 0.5, 1, 3]))
def test_float_slider_covers_its_range_in_clean_steps(first, count, step):
    low = round(first * step, 10)
    slider = FloatSlider(value=low, min=low, max=round(low + count * step, 10), step=step)
    assert len(slider.values) == count + 1
    assert slider.values[0] == low and slider.values[-1] == slider.max
    assert all(len(repr(value)) < 10 for value in slider.values), "no dust such as 0.30000000000000004"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: FloatSlider(value=0.5, min=0, max=1, step=0.3), ValueError, "whole number of steps"),
        (lambda: FloatSlider(value=0.15, min=0, max=1, step=0.1), ValueError, "value must be on the grid.*0.15"),
        (lambda: FloatSlider(value=0, min=0, max=1, step=0), ValueError, "step must be positive, got 0"),
        (lambda: FloatSlider(value=0, min=1, max=1, step=0.1), ValueError, "max must be above min"),
        (lambda: FloatSlider(value="a", min=0, max=1, step=0.1), TypeError, "value must be a number, got 'a'"),
        (lambda: IntSlider(value=1.0, min=0, max=2), TypeError, "IntSlider: value must be an int, got 1.0"),
        (lambda: FloatLogSlider(value=3.0, min=0, max=1, step=0.5), ValueError, "on the grid 1..10.*got 3.0"),
        (lambda: FloatLogSlider(value=1.0, min=0, max=1, step=0.5, base=1), ValueError, "base must be above 1, got 1"),
        (lambda: Dropdown(options=[]), ValueError, "at least one choice"),
        (lambda: Dropdown(options="abc"), ValueError, "at least one choice"),
        (lambda: Dropdown(options=["a", "a"]), ValueError, "labels must differ"),
        (lambda: Dropdown(options=["a", "b"], value="c"), ValueError, r"one of \('a', 'b'\), got 'c'"),
        (lambda: Checkbox(value=1), TypeError, "value must be a bool, got 1"),
    ],
)
def test_bad_controls_say_what_is_wrong(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_dropdown_takes_labelled_values_as_ipywidgets_does():
    control = Dropdown(options=[("single", np.float32), ("double", np.float64)], value=np.float64)
    assert control.labels == ("single", "double") and control.start == 1
    assert control.widget("x").value is np.float64


@pytest.mark.parametrize(
    "control",
    [
        FloatSlider(value=0.5, min=0, max=2, step=0.25),
        IntSlider(value=4, min=0, max=8, step=2),
        FloatLogSlider(value=1.0, min=-1, max=2, step=0.25),
        Dropdown(options=["a", "b"], value="b"),
        Checkbox(value=True),
    ],
)
def test_control_and_its_widget_start_alike(control):
    assert control.widget("name").value == control.values[control.start]
    assert control.widget("name").description == "name"


# --- calling ----------------------------------------------------------------------------------------------------


def test_call_collects_print_return_and_warning_without_paths():
    def noisy(x):
        print("printed")
        np.exp(np.array([x]))
        np.exp(np.array([x, x]))
        return "returned"

    text = render.call(noisy, {"x": 1e4}).text
    assert text == "printed\nreturned\nRuntimeWarning: overflow encountered in exp"


@pytest.mark.parametrize("result", [3, [1], (plt.Figure(), plt.Figure())])
def test_call_refuses_other_results(result):
    with pytest.raises(TypeError, match="must return a matplotlib Figure"):
        render.call(lambda: result, {})


def test_call_refuses_silence():
    with pytest.raises(TypeError, match="showed nothing"):
        render.call(lambda: None, {})


def test_error_names_function_and_values():
    def broken(x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        render.call(broken, {"x": 2})
    assert caught.value.__notes__ == ["in the figure function broken(x=2)"]


# --- decorator --------------------------------------------------------------------------------------------------


def test_controls_must_match_the_parameters():
    with pytest.raises(TypeError, match=r"f\(a, b\) and its controls \['a'\] do not match.*'b'"):

        @interact(a=Checkbox())
        def f(a, b):
            return "text"


def test_only_controls_are_controls():
    with pytest.raises(TypeError, match=r"f: the control for a must be a FloatSlider.*got \(0, 1\)"):

        @interact(a=(0, 1))
        def f(a):
            return "text"


def test_show_takes_figures_only():
    with pytest.raises(TypeError, match="figure must be a matplotlib Figure, got 'x'"):
        show("x")


def test_too_large_a_grid_names_function_and_count():
    slider = IntSlider(value=0, min=0, max=99)
    with pytest.raises(ValueError, match=r"wide has 10,000 combinations.*a 100 x b 100.*at most 6,000"):

        def wide(a, b):
            raise AssertionError("must not be called")

        bake(wide, {"a": slider, "b": slider}, identifier="x")
    assert MAX_FRAMES == 6_000


def test_bake_displays_html_alone_and_makes_no_widget(monkeypatch):
    import ipywidgets

    monkeypatch.setenv(BAKE, "1")
    shown = []
    monkeypatch.setattr("static_interact.decorator.display", lambda *a, **k: shown.append((a, k)))
    monkeypatch.setattr(ipywidgets.Widget, "__init__", lambda *a, **k: pytest.fail("a widget was made"))

    @interact(height=IntSlider(value=1, min=0, max=3), caption="Two bars", alt="Bars")
    def figure(height):
        return bars(height)

    ((bundle,), options) = shown[0]
    assert list(bundle) == ["text/html"] and options == {"raw": True}
    html = bundle["text/html"]
    assert html.startswith("<static-interact id=") and "<figcaption>Two bars</figcaption>" in html
    assert '<input type="range"' in html and 'aria-label="Bars"' in html
    assert not plt.get_fignums(), "figures are closed"


def test_live_shows_widget_picture_and_text(monkeypatch):
    shown = []
    monkeypatch.setattr("static_interact.decorator.get_ipython", lambda: object())
    monkeypatch.setattr("static_interact.decorator.display", lambda *a, **k: shown.append(a[0]))
    seen = []

    @interact(height=IntSlider(value=1, min=0, max=3))
    def figure(height):
        seen.append(height)
        print("height", height)
        return bars(height)

    assert set(shown[0]) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert shown[0]["text/plain"] == "height 1"

    import ipywidgets

    slider = [w for w in ipywidgets.widget._instances.values() if isinstance(w, ipywidgets.IntSlider)][-1]
    box = [w for w in ipywidgets.widget._instances.values() if isinstance(w, ipywidgets.interactive)][-1]
    slider.value = 3
    assert seen[-1] == 3
    assert box.out.outputs[1]["text"] == "height 3\n", "moving the slider shows the new frame"


# --- SVG --------------------------------------------------------------------------------------------------------


def test_equal_figures_give_equal_trees():
    assert to_html(figure_tree(bars(2), "a-")) == to_html(figure_tree(bars(2), "a-"))
    assert to_html(figure_tree(bars(2), "a-")) != to_html(figure_tree(bars(2.1), "a-"))


def test_ids_are_prefixed_and_resolved():
    markup = to_html(figure_tree(bars(2), "fig7-"))
    ids = set(re.findall(r' id="([^"]+)"', markup))
    references = set(re.findall(r'(?:url\(|href=")#([^")]+)', markup))
    assert ids and references == ids and all(name.startswith("fig7-") for name in ids)


def test_no_style_element_leaks_and_every_colour_is_a_variable():
    markup = to_html(figure_tree(bars(2), "a-"))
    assert "<style" not in markup
    assert "var(--si-d55e00)" in markup
    assert not re.search(r"#[0-9a-f]{6}\b", markup)
    css = theme_css(markup, "#a")
    assert "--si-d55e00:#d55e00" in css and 'html[data-theme="dark"] #a{' in css


def test_ground_of_a_hatch_follows_the_theme():
    figure, axes = plt.subplots()
    axes.bar(0, 1, facecolor="#ffffff", edgecolor="#c00000", hatch="///")
    markup = to_html(figure_tree(figure, "a-"))
    plt.close(figure)
    ground = re.search(r"<pattern[^>]*><rect([^>]*)>", markup)[1]
    assert "fill:var(--si-ffffff)" in ground and not re.search(r'fill="#', markup)


def test_every_colour_of_every_frame_has_a_value_in_both_themes():
    """Also one that no other frame has, in a slot whose colour alone changes."""
    colors = ["#112233", "#445566", "#778899"]

    def shades(n):
        return bars(2, color=colors[n])

    html = bake(shades, {"n": IntSlider(value=0, min=0, max=2)}, identifier="a")
    light, dark = re.search(r"<style>#a\{(.*?)\}html.*?\{(.*?)\}</style>", html).groups()
    for color in colors:
        assert f"--si-{color[1:]}:{color}" in light
        assert f"--si-{color[1:]}:{dark_counterpart(color)}" in dark


def test_figure_does_not_paint_the_page():
    figure = bars(2)
    assert figure_tree(figure, "a-")[0].get("style") == "fill:none"


def test_dark_counterparts_keep_order_and_contrast():
    def lightness(color):
        return sum(int(color[k : k + 2], 16) for k in (1, 3, 5))

    greys = [dark_counterpart(f"#{level:02x}{level:02x}{level:02x}") for level in range(0, 256, 15)]
    assert [lightness(c) for c in greys] == sorted((lightness(c) for c in greys), reverse=True)


def test_script_end_tag_in_text_does_not_end_the_data():
    html = bake(lambda n: f"</script><b>{n}", {"n": IntSlider(value=0, min=0, max=2)}, identifier="x")
    assert html.count("</script>") == 1 and "&lt;/script&gt;&lt;b&gt;0" in html
