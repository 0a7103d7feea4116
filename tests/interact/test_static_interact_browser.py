"""The script in a real browser: every frame it shows is the frame that matplotlib drew."""

import itertools
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from static_interact import Checkbox, Dropdown, FloatLogSlider, FloatSlider, IntSlider, capture, frame, hosts
from static_interact.bake import bake
from static_interact.explorer import Explorer
from static_interact.svg import to_html


def curves(scale, kind, grid):
    """Numbers, colours, texts, NaN gaps and the number of nodes all change."""
    figure, axes = plt.subplots(figsize=(4, 2.5))
    x = np.linspace(0, 3, 40)
    y = np.sin(x * scale)
    y[y > 0.9] = np.nan
    axes.plot(x, y, color="#d55e00" if kind == "orange" else "#0072b2")
    axes.scatter(x[:5], y[:5] * scale)
    axes.set(ylim=(-1, 1), title=f"scale <{scale}> & 'quotes' \"too\" {kind}")
    axes.grid(grid)
    if kind == "marked":
        axes.annotate("peak", (1, 0), (2, 0.5), arrowprops={"arrowstyle": "->"})
    if scale > 2:
        axes.text(0.2, 0.2, "one node more", rotation=30)
    print(f"scale {scale}\nmax {np.nanmax(y):.4f} </script>")
    return figure


def controls():
    """New ones for each figure: figures that share widgets move together."""
    return {
        "scale": FloatSlider(value=1.5, min=0.5, max=3, step=0.5, readout_format=""),
        "kind": Dropdown(options=["orange", "blue", "marked"], value="blue"),
        "grid": Checkbox(value=True),
    }


SCALES = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
KINDS = ["orange", "blue", "marked"]


def numbers():
    return {"n": IntSlider(value=2, min=0, max=9), "power": FloatLogSlider(value=1, min=-1, max=1, step=0.5)}


def baked(function, widgets, identifier, **options):
    explorer = Explorer.of(function, widgets, identifier, **options)
    return bake(explorer, explorer.html)


def number_text(n, power):
    print(f"n is {n}, power {power:.3f}")


def sometimes_a_figure(n):
    return plt.figure(figsize=(1, 1)) if n == 1 else print("no figure")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    first = baked(curves, controls(), "si1", caption="Curves", alt="Curves")
    second = baked(number_text, numbers(), "si2")
    third = baked(curves, controls(), "si3")
    fourth = baked(sometimes_a_figure, {"n": IntSlider(value=0, min=0, max=2)}, "si4")
    (folder / "page.html").write_text(
        "<!doctype html><html data-theme='light'><meta charset=utf-8><title>t</title>"
        f"{hosts.assets()}<body>{first}{second}{third}{fourth}</body></html>"
    )
    return folder / "page.html"


@pytest.fixture
def page(browser, page_file):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(page_file.as_uri())
    yield page
    assert errors == []
    page.close()


SET = """([id, places]) => {
  const element = document.getElementById(id);
  element.querySelectorAll('.si-controls :is(input, select)').forEach((control, k) => {
    if (control.type === 'checkbox') control.checked = places[k];
    else if (control.type === 'range') control.value = places[k];
    else control.selectedIndex = places[k];
    control.dispatchEvent(new Event('input', {bubbles: true}));
  });
  element.flush();
  const svg = element.querySelector('.si-view svg');
  return [svg && new XMLSerializer().serializeToString(svg), element.querySelector('.si-text')?.textContent ?? ''];
}"""


def canonical(markup):
    """The same string for the same tree, whoever serialised it."""
    return ElementTree.canonicalize(markup.replace('xmlns="http://www.w3.org/2000/svg"', ""))


@pytest.mark.parametrize("identifier", ["si1", "si3"])
def test_every_frame_is_what_matplotlib_drew(page, identifier):
    combinations = list(itertools.product(range(len(SCALES)), range(len(KINDS)), range(2)))
    # Forwards and then in jumps: a frame must not depend on the frame shown before it.
    jumps = combinations + combinations[::7] + combinations[::-5]
    for places in jumps:
        scale, kind, grid = SCALES[places[0]], KINDS[places[1]], bool(places[2])
        drawn = capture.call(curves, {"scale": scale, "kind": kind, "grid": grid})
        alt = "Curves" if identifier == "si1" else ""
        expected = to_html(frame.tree(drawn, f"{identifier}-", alt=alt, figures_first=True).find("svg"))
        svg, text = page.evaluate(SET, [identifier, places])
        assert canonical(svg) == canonical(expected), (scale, kind, grid)
        assert text == drawn.text


def test_figures_on_a_page_keep_apart(page):
    before = page.inner_html("#si3 .si-view")
    page.evaluate(SET, ["si1", [5, 2, 0]])
    page.evaluate(SET, ["si2", [7, 3]])
    assert page.inner_text("#si2 .si-text") == "n is 7, power 3.162"
    assert page.locator("#si2 output").all_inner_texts() == ["7", "3.16"]
    assert page.inner_html("#si3 .si-view") == before


def test_a_figure_may_come_and_go(page):
    shown = [page.evaluate(SET, ["si4", [n]]) for n in (0, 1, 2, 1)]
    assert [svg is None for svg, _ in shown] == [True, False, True, False]
    assert [text for _, text in shown] == ["no figure", "", "no figure", ""]


def test_keyboard_moves_the_figure_and_the_readout(page):
    slider = page.get_by_label("scale").first
    before = page.inner_html("#si1 .si-view")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.inner_html("#si1 .si-view") != before
    assert page.locator("#si1 output").inner_text() == "2"
    assert slider.get_attribute("aria-valuetext") == "2"


def test_theme_switch_changes_colours_in_every_frame(page):
    fill = "getComputedStyle(document.querySelector('#si1 .si-view text')).fill"
    light = page.evaluate(fill)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(fill) != light
    page.evaluate(SET, ["si1", [5, 2, 0]])
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert page.evaluate(fill) == light


def test_first_frame_shows_without_javascript(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("#si1 svg text").first.is_visible()
    assert "needs JavaScript" in page.inner_text("#si1 .si-note")
    context.close()
