"""Many equal marks in a picture that does not move are one element, and look as before."""

import io
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from static_interact import IntSlider, still
from static_interact.still import MANY, merge_marks
from tests.interact import pages

MARK = "<use href='#s' x='{}' y='3'/>"


def drawing(group, shape="<defs><path id='s' d='M0 0L1 1'/></defs>"):
    return ElementTree.fromstring(f"<div><svg>{shape}{group}</svg></div>")


def marks(count=MANY, mark=MARK):
    return "".join(mark.format(k) for k in range(count))


def test_equal_marks_become_one_path_with_the_shape_at_its_corners():
    tree = drawing(f"<g clip-path='url(#c)' style='fill:red'>{marks()}</g><g>{marks(mark=MARK)}</g>")
    merge_marks(tree)
    assert not list(tree.iter("use"))
    first, second = tree.iter("g")
    assert first.attrib == {"clip-path": "url(#c)"} and second.attrib == {}
    definition, path = first
    (marker,) = definition
    assert marker.attrib == {"id": "sm0", "markerUnits": "userSpaceOnUse", "style": "overflow:visible"}
    assert [shape.attrib for shape in marker] == [{"d": "M0 0L1 1", "style": "fill:red"}]
    assert path.attrib == {"d": "M" + "L".join(f"{k} 3" for k in range(MANY)), "style": "fill:none;marker:url(#sm0)"}
    assert [marker.get("id") for marker in tree.iter("marker")] == ["sm0", "sm1"]


def test_the_style_of_the_marks_comes_after_that_of_their_group():
    mark = "<use href='#s' x='{}' y='3' style='fill:blue;opacity:0.5'/>"
    tree = drawing(f"<g style='fill:red'>{marks(mark=mark)}</g>")
    merge_marks(tree)
    (shape,) = tree.find(".//marker")
    assert shape.get("style") == "fill:red;fill:blue;opacity:0.5"


@pytest.mark.parametrize(
    "group",
    [
        f"<g>{marks(MANY - 1)}</g>",
        f"<g>{marks()}<path d='M0 0'/></g>",
        f"<g>{marks()}<use href='#t' x='1' y='1'/></g>",
        f"<g>{marks()}<use href='#s' x='1' y='1' style='fill:red'/></g>",
        f"<g>{marks()}<use href='#s' x='1' y='1' transform='scale(2)'/></g>",
        f"<g style='opacity:0.5'>{marks()}</g>",
        f"<g style='fill:red;opacity:0.5'>{marks()}</g>",
        f"<g>{marks(mark=MARK.replace('#s', '#unknown'))}</g>",
        f"<g>{marks(mark='<a>{}</a>')}</g>",
        "<g/>",
    ],
)
def test_what_cannot_be_one_path_stays(group):
    tree = drawing(group)
    before = ElementTree.tostring(tree)
    merge_marks(tree)
    assert ElementTree.tostring(tree) == before


def test_transparency_of_fill_and_line_is_each_marks_own():
    tree = drawing(f"<g style='fill-opacity:0.5;stroke-opacity:0.2'>{marks()}</g>")
    merge_marks(tree)
    assert not list(tree.iter("use"))


def dots(n=0):
    rng = np.random.default_rng(n)
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.plot(*rng.uniform(size=(2, 60)), ".", alpha=0.5, markersize=9)
    axes.plot(*rng.uniform(size=(2, 60)), "s", markerfacecolor="none", markeredgecolor="#d55e00", markeredgewidth=2)
    axes.plot(*rng.uniform(size=(2, 60)), "D", color="#009e73", markeredgecolor="black", markersize=5)
    axes.scatter(*rng.uniform(size=(2, 60)), marker="^", color="#cc79a7", alpha=0.7)
    axes.scatter(*rng.uniform(size=(2, 60)), marker="x", linewidths=1.5)
    return figure


def picture(page):
    shot = page.locator("figure").screenshot(animations="disabled")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_they_look_as_they_do_one_by_one(open_html, monkeypatch, theme):
    merged = pages.figure(dots, dict, "si-m-1-aaaa")
    monkeypatch.setattr(still, "MANY", 1_000)
    apart = pages.figure(dots, dict, "si-m-2-aaaa")
    assert merged.count("<marker ") == 5 and merged.count("<use ") < 30
    assert apart.count("<marker ") == 0 and apart.count("<use ") > 300
    shown = [picture(open_html(html, theme=theme, device_scale_factor=2)) for html in (merged, apart)]
    assert np.ptp(shown[0]) > 150
    # A few pixels at the marks' edges may be of another shade.
    assert (np.abs(shown[0] - shown[1]).max(axis=-1) > 12).mean() < 1e-4


def test_a_figure_that_moves_keeps_its_marks():
    html = pages.figure(dots, lambda: {"n": IntSlider(value=0, min=0, max=2)}, "si-m-3-aaaa")
    assert "<marker " not in html and html.count("<use ") > 60
