"""Images, texts and links of figures: where matplotlib's own SVG file has them, with the same pixels and letters."""

import base64
import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.transforms import Affine2D
from PIL import Image

from static_interact.figure import figure_tree
from static_interact.svg import to_html
from tests.interact.drawings import SIZE, beside, numbers, own_file

RGB = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)
RGBA = np.dstack([RGB, np.linspace(0, 255, 15).reshape(3, 5).astype(np.uint8)])


def matrix_of(element, width, height):
    """What takes an image's pixels to the page."""
    text = element.get("transform", "")
    total = np.eye(3)
    for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", text):
        n = numbers(arguments)
        if name == "matrix":
            total = total @ np.array([[n[0], n[2], n[4]], [n[1], n[3], n[5]], [0, 0, 1]])
        elif name == "scale":
            total = total @ np.diag([n[0], n[-1], 1])
        else:
            assert name == "translate"
            total = total @ np.array([[1, 0, n[0]], [0, 1, n[1] if len(n) > 1 else 0], [0, 0, 1]])
    x, y = float(element.get("x", 0)), float(element.get("y", 0))
    w, h = float(element.get("width", width)), float(element.get("height", height))
    return total @ np.array([[w / width, 0, x], [0, h / height, y], [0, 0, 1]])


def images(root):
    """Of each image its corners on the page, and the pixels at them."""
    found = []
    for element in root.iter("image"):
        data = base64.b64decode(element.get("href").partition(",")[2])
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
        height, width = pixels.shape[:2]
        matrix = matrix_of(element, width, height)
        ends = [(x, y) for x in (0, width) for y in (0, height)]
        corners = [tuple((matrix @ (x, y, 1))[:2].tolist()) for x, y in ends]
        colors = [tuple(pixels[y - (y > 0), x - (x > 0)].tolist()) for x, y in ends]
        found.append((*zip(*sorted(zip(corners, colors, strict=True)), strict=True), pixels.shape))
    return found


def turned(figure, axes):
    image = axes.imshow(RGB, interpolation="none", extent=(0, 1, 0, 1))
    image.set_transform(Affine2D().rotate_deg(20).scale(0.5, 0.7) + axes.transData)
    axes.set(xlim=(-1, 1), ylim=(0, 1))


def shown(**options):
    return lambda figure, axes: axes.imshow(RGB, interpolation="none", aspect="auto", **options)


@pytest.mark.parametrize(
    "draw",
    [
        shown(),
        shown(origin="lower"),
        shown(extent=(2, 1, 5, 9)),
        lambda f, a: (shown()(f, a), a.invert_xaxis()),
        lambda f, a: a.imshow(RGBA, interpolation="none"),
        lambda f, a: (shown()(f, a), a.set(xlim=(1, 3), ylim=(0.2, 1.7))),
        turned,
    ],
)
def test_images_lie_where_matplotlib_puts_them(draw):
    with mpl.rc_context({"image.composite_image": False}):
        ((corners, colors, shape),) = images(figure_tree(beside(draw)(), "a-"))
        ((other_corners, other_colors, other_shape),) = images(own_file(beside(draw)()))
    np.testing.assert_allclose(corners, other_corners, atol=0.11)
    if shape == other_shape:
        assert colors == other_colors


@pytest.mark.parametrize("alpha, opacity", [(None, None), (0.3, "0.3"), (0.12345, "0.123"), (1, None)])
def test_images_may_be_transparent(alpha, opacity):
    tree = figure_tree(beside(shown(alpha=alpha))(), "a-")
    (image,) = tree.iter("image")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href").partition(",")[2]))).convert("RGBA"))
    seen = float(image.get("opacity", 1)) * pixels[..., 3].mean() / 255
    assert seen == pytest.approx(alpha or 1, abs=0.01) and image.get("opacity") == opacity


def test_an_image_is_clipped_by_its_axes():
    tree = figure_tree(beside(lambda f, a: (shown()(f, a), a.set(xlim=(1, 3))))(), "a-")
    (group,) = (g for g in tree.iter("g") if any(child.tag == "image" for child in g))
    (clip,) = (c for c in tree.iter("clipPath") if f"url(#{c.get('id')})" == group.get("clip-path"))
    assert [float(clip[0].get(n)) for n in ("x", "y", "width", "height")] == [36, 21.6, 223.2, 138.6]


@pytest.mark.parametrize("dpi", [50, 100, 200])
def test_what_is_rasterized_lies_where_it_would(dpi):
    def draw(figure, axes):
        figure.dpi = dpi
        axes.axis("off")
        axes.fill([0.25, 0.75, 0.75, 0.25], [0.2, 0.2, 0.6, 0.6], transform=axes.transAxes, rasterized=True,
                  color="#ff0000", linewidth=0, antialiased=False)  # fmt: skip
        axes.plot([0.25, 0.75], [0.2, 0.6], transform=axes.transAxes, color="#00ff00")

    figure = beside(draw)()
    tree = figure_tree(figure, "a-")
    assert figure.dpi == dpi
    (image,) = tree.iter("image")
    assert image in list(tree), "in no group: nothing clips it"
    left, top, width, height = (float(image.get(name)) for name in ("x", "y", "width", "height"))
    expected = [36 + 0.25 * 223.2, 180 - (19.8 + 0.6 * 138.6), 0.5 * 223.2, 0.4 * 138.6]
    np.testing.assert_allclose([left, top, width, height], expected, atol=2 * 72 / dpi)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href").partition(",")[2]))).convert("RGBA"))
    assert (
        pixels.shape[1] == pytest.approx(width * dpi / 72, abs=0.2) and (pixels[1:-1, 1:-1] == (255, 0, 0, 255)).all()
    )
    (path,) = (p for p in tree.iter("path") if "00ff00" in p.get("style", ""))
    np.testing.assert_allclose(numbers(path.get("d"))[:2], [left, top + height], atol=2 * 72 / dpi)


def test_what_is_rasterized_and_empty_is_nothing():
    def draw(figure, axes):
        axes.axis("off")
        axes.plot([0.5], [0.5], rasterized=True, alpha=0)

    assert not list(figure_tree(beside(draw)(), "a-").iter("image"))


@pytest.mark.parametrize(
    "draw",
    [
        lambda f, a: a.plot([], [], "o"),
        lambda f, a: a.plot([np.nan], [np.nan], "o"),
        lambda f, a: a.text(0.5, 0.5, "  "),
        lambda f, a: a.plot([np.nan, np.nan], [1, 2], clip_on=False),
        lambda f, a: a.scatter([], []),
    ],
)
def test_what_has_nothing_to_show_leaves_no_trace(draw):
    def nothing(figure, axes):
        axes.axis("off")

    def something(figure, axes):
        axes.axis("off")
        draw(figure, axes)

    found, empty = (figure_tree(beside(d)(), "a-") for d in (something, nothing))
    kinds = {element.tag for element in found.iter()} - {"defs", "clipPath", "rect"}
    assert kinds <= {element.tag for element in empty.iter()} | {"svg", "g"} and "viewBox" in found.attrib


# --- texts ----------------------------------------------------------------------------------------------------------


def text_of(**options):
    def draw(figure, axes):
        axes.axis("off")
        axes.text(0.5, 0.5, options.pop("text", "words"), **options)

    tree = figure_tree(beside(draw)(), "a-")
    return next((e for e in tree.iter() if e.tag in {"text", "path"} and e.get("aria-label", e.text)), None), tree


@pytest.mark.parametrize("align, anchor", [("left", "start"), ("center", "middle"), ("right", "end")])
@pytest.mark.parametrize("rotation", [0, 30])
def test_a_text_stays_where_its_author_put_it(align, anchor, rotation):
    text, _ = text_of(ha=align, va="baseline", rotation=rotation, rotation_mode="anchor")
    assert f"text-anchor:{anchor}" in text.get("style")
    place = [float(text.get("x")), float(text.get("y"))]
    np.testing.assert_allclose(place, [36 + 223.2 / 2, 180 - 19.8 - 138.6 / 2], atol=0.06)
    if rotation:
        assert text.get("transform") == f"rotate(-30 {text.get('x')} {text.get('y')})"
    else:
        assert text.get("transform") is None


def test_a_text_that_is_turned_about_its_box_is_placed_by_its_corner():
    text, _ = text_of(rotation=90)
    assert re.fullmatch(r"translate\([\d.]+ [\d.]+\) rotate\(-90\)", text.get("transform"))
    assert "text-anchor" not in text.get("style") and text.get("x") is None


@pytest.mark.parametrize(
    "options, style, lacks",
    [
        (
            {},
            ["font-size:10px", "font-family:'DejaVu Sans',sans-serif"],
            ["font-style", "font-weight", "fill", "opacity"],
        ),
        ({"fontsize": 12.5}, ["font-size:12.5px"], []),
        ({"fontweight": "bold"}, ["font-weight:bold"], ["font-style"]),
        ({"fontstyle": "italic"}, ["font-style:italic"], ["font-weight"]),
        ({"color": "#ff8800"}, ["fill:var(--si-ff8800)"], ["opacity"]),
        ({"alpha": 0.25}, ["opacity:0.25"], []),
        ({"color": (0, 0, 0, 0.5)}, ["opacity:0.5"], ["fill"]),
        ({"family": "monospace"}, ["font-family:'DejaVu Sans Mono',sans-serif"], []),
        ({"text": "two  spaces"}, ["white-space:pre"], []),
    ],
)
def test_a_text_has_its_font_and_colour(options, style, lacks):
    text, _ = text_of(**options)
    found = text.get("style").split(";")
    assert set(style) <= set(found) and not any(part.startswith(tuple(lacks)) for part in found if lacks)


def test_a_text_may_be_a_link_and_be_clipped():
    _, tree = text_of(url="https://example.org/")
    (link,) = tree.iter("a")
    assert link.get("href") == "https://example.org/" and link[0].tag == "text"
    text, tree = text_of(clip_on=True)
    (group,) = (g for g in tree.iter("g") if text in list(g))
    assert group.get("clip-path") and text.get("clip-path") is None


def test_a_formula_is_made_of_letters_and_bars():
    _, tree = text_of(text=r"$\frac{a}{b} x$", fontsize=20)
    (group,) = (g for g in tree.iter("g") if g.get("transform"))
    spans = {span.text: span for span in group.iter("tspan")}
    assert set(spans) == {"a", "b", "x"}
    assert all("font-style:italic" in span.get("style") for span in spans.values())
    (bar,) = group.iter("rect")
    x, y, width, height = (float(bar.get(name)) for name in ("x", "y", "width", "height"))
    up, down = float(spans["a"].get("y")), float(spans["b"].get("y"))
    assert up < y < y + height < down and 0 < height < 2
    for name in "ab":
        assert x - 0.5 <= float(spans[name].get("x")) < x + width
    assert float(spans["x"].get("x")) > x + width and up < float(spans["x"].get("y")) < down
    assert "font-size:20px" in spans["x"].get("style") and "font-size:14px" in spans["a"].get("style")
    _, turned = text_of(text=r"$\frac{a}{b} x$", rotation=90)
    (group,) = (g for g in turned.iter("g") if g.get("transform"))
    assert re.fullmatch(r"translate\([\d.]+ [\d.]+\) rotate\(-90\)", group.get("transform"))


def test_a_space_in_a_formula_is_one_that_stays():
    _, tree = text_of(text=r"$\mathrm{a\ b}$")
    assert "\xa0" in to_html(tree) or [s.text for s in tree.iter("tspan")] == ["a", "b"]


def test_lines_of_a_text_are_texts():
    _, tree = text_of(text="one\ntwo", va="top", linespacing=2)
    one, two = tree.iter("text")
    assert (one.text, two.text) == ("one", "two")
    assert float(two.get("y")) - float(one.get("y")) == pytest.approx(21, abs=3)


def test_figures_are_as_large_as_their_author_says():
    tree = figure_tree(beside(lambda f, a: f.set_size_inches(3.21, 1.5))(), "a-")
    assert tree.get("viewBox") == "0 0 231.1 108" and SIZE["figsize"] == (4, 2.5)
