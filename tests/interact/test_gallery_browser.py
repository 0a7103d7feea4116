"""Each kind of artist: what the browser shows after moving the slider is the picture that matplotlib makes."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from static_interact import IntSlider, hosts
from static_interact.bake import bake
from static_interact.explorer import Explorer
from static_interact.fonts import write_fonts
from tests.interact import gallery

DPI = 144  # two pixels for each point of the figure, here one of the page's
#: Over the canvas of a figure: mean difference of a channel, of 255, and share of pixels that differ by more than 64.
#: Against Agg, which fits letters to pixels in its own way, and against matplotlib's own SVG in the same browser.
AGG = (3.6, 0.03)
SVG = (1.2, 0.008)
SOFTER = {
    # Layouts depend on the widths of letters, which Agg rounds at its own resolution.
    "tight_layout": ((7, 0.05), SVG),
    "constrained_layout": ((7, 0.05), (1.5, 0.01)),
    "other_scripts": ((5, 0.03), (4, 0.02)),
    # matplotlib's SVG has no fonts for these formulas, hairlines between the cells of a mesh, and no shading.
    "formulas": (AGG, (4, 0.02)),
    "formulas_in_computer_modern": (AGG, (4, 0.02)),
    "mesh": (AGG, (2.5, 0.008)),
    "histogram_2d": (AGG, (2.5, 0.008)),
    "smooth_mesh": (AGG, (30, 0.1)),
}
LAST = 2
SET = """async ([index, width, height]) => {
  const input = document.querySelector('input');
  input.value = index;
  input.dispatchEvent(new Event('input', {bubbles: true}));
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const images = [...document.querySelectorAll('image')];
  await Promise.all(images.map((image) => image.decode ? image.decode().catch(() => 0) : 0));
  // What is drawn outside the canvas makes the box larger; the peers have the canvas alone.
  const svg = document.querySelector('.si-view svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  Object.assign(svg.style, {width: `${width}px`, height: `${height}px`, maxWidth: 'none', overflow: 'hidden'});
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "fonts.css").write_text(write_fonts(folder / "fonts"))
    (folder / "static").mkdir()
    rules = (folder / "fonts.css").read_text().replace('url("', f'url("{folder.as_uri()}/')
    (folder / "fonts.css").write_text(rules)
    return folder


@pytest.fixture(scope="module")
def tab(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 800}, device_scale_factor=DPI / 72)
    yield page
    page.close()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def shot(tab, selector):
    return pixels(tab.locator(selector).screenshot(animations="disabled"))


def show(tab, folder, name, body):
    """Open a page; its pictures are as large as their points, on white."""
    style = "body{margin:0;background:#fff} svg{display:block;max-width:none!important}"
    html = f"<!doctype html><html data-theme=light><meta charset=utf-8><link rel=stylesheet href=fonts.css><style>{style}</style>{body}"
    (folder / f"{name}.html").write_text(html)
    tab.goto((folder / f"{name}.html").as_uri())


def by_agg(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return pixels(buffer.getvalue())


def by_svg(figure, tab, folder, name):
    buffer = io.BytesIO()
    with plt.rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg")
    markup = buffer.getvalue().decode()
    markup = markup[markup.index("<svg") :].replace('pt"', 'px"')
    show(tab, folder, f"{name}-svg", markup)
    tab.evaluate("document.fonts.ready")
    return shot(tab, "svg")


def differences(shown, wanted):
    height, width = (min(a, b) for a, b in zip(shown.shape[:2], wanted.shape[:2], strict=False))
    away = np.abs(shown[:height, :width] - wanted[:height, :width])
    return away.mean(), (away.max(axis=2) > 64).mean()


def drawn(name, index):
    """The figure for a place of the slider."""
    return gallery.KINDS[name](index / LAST)


def shown_frame(tab, index):
    """The canvas of the frame that the page shows."""
    width, height = (72 * side for side in gallery.SIZE)
    tab.evaluate(SET, [index, width, height])
    return shot(tab, ".si-view svg")


def compare(tab, folder, name):
    """Mean difference and share of pixels for the first and the last place, against Agg and against SVG."""

    def function(t):
        return drawn(name, t)

    html = bake(
        Explorer.of(function, {"t": IntSlider(value=1, min=0, max=LAST)}, "x"),
        lambda: '<input type=range data-si="x-t" min=0 max=2 value=1>',
    )
    found = []
    for index in (0, LAST):
        show(tab, folder, name, f"<style>{hosts.style()}</style>{html}<script>{hosts.source()}</script>")
        shown = shown_frame(tab, index)
        figure = drawn(name, index)
        found.append((*differences(shown, by_agg(figure)), *differences(shown, by_svg(figure, tab, folder, name))))
        plt.close(figure)
    return np.array(found)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.sweep] * (k % 3 > 0)) for k, name in enumerate(gallery.KINDS)]
)
def test_the_browser_shows_what_matplotlib_draws(tab, folder, name):
    found = compare(tab, folder, name)
    agg, svg = SOFTER.get(name, (AGG, SVG))
    assert (found[:, :2] <= agg).all(), f"against Agg: {found[:, :2].max(axis=0)} are more than {agg}"
    assert (found[:, 2:] <= svg).all(), f"against SVG: {found[:, 2:].max(axis=0)} are more than {svg}"
