"""Each kind of artist: what the browser shows after moving the slider is the picture that matplotlib makes."""

import io

import matplotlib

matplotlib.use("agg")

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
#: Against Agg, whose letters are hinted in their own way, and against matplotlib's own SVG in the same browser.
AGG = (2.5, 0.03)
SVG = (1.0, 0.008)
#: Artists that are drawn as pictures, or outlines of letters, are resampled by the browser in its own way.
SOFTER = {}
LAST = 2
SET = """async ([id, index]) => {
  const input = document.querySelector('input');
  input.value = index;
  input.dispatchEvent(new Event('input', {bubbles: true}));
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const images = [...document.querySelectorAll('image')];
  await Promise.all(images.map((image) => image.decode ? image.decode().catch(() => 0) : 0));
  return document.querySelector('.si-view svg').getAttribute('viewBox');
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
    height, width = (min(a, b) for a, b in zip(shown.shape[:2], wanted.shape[:2]))
    away = np.abs(shown[:height, :width] - wanted[:height, :width])
    return away.mean(), (away.max(axis=2) > 64).mean()


def drawn(name, index):
    """The figure for a place of the slider."""
    return gallery.KINDS[name](index / LAST)


def shown_frame(tab, folder, name, index):
    """The canvas of the frame that the page shows; what a figure draws outside it is cut off."""
    left, top, width, _ = map(float, tab.evaluate(SET, ["x", index]).split())
    tab.add_style_tag(content=f".si-view svg{{width:{width}px!important;height:auto!important}}")
    picture = shot(tab, ".si-view svg")
    scale = DPI / 72
    return picture[round(-top * scale) :, round(-left * scale) :]


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
        shown = shown_frame(tab, folder, name, index)
        figure = drawn(name, index)
        found.append((*differences(shown, by_agg(figure)), *differences(shown, by_svg(figure, tab, folder, name))))
        plt.close(figure)
    return np.array(found)


@pytest.mark.parametrize("name", gallery.KINDS)
def test_the_browser_shows_what_matplotlib_draws(tab, folder, name):
    found = compare(tab, folder, name)
    agg, svg = SOFTER.get(name, (AGG, SVG))
    assert (found[:, :2] <= agg).all(), f"against Agg: {found[:, :2].max(axis=0)} are more than {agg}"
    assert (found[:, 2:] <= svg).all(), f"against SVG: {found[:, 2:].max(axis=0)} are more than {svg}"
