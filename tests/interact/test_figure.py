"""Figures as trees: what matplotlib's own SVG file has is there, in both themes, and nothing is cut."""

import base64
import io
import re
from xml.etree import ElementTree

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from static_interact.figure import DRAWN, FigureDrawer, figure_tree, unite
from static_interact.fonts import covers
from static_interact.svg import Element, number, path_data, to_html

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
SIZE = {"figsize": (4, 2.5)}


@pytest.fixture(autouse=True)
def close():
    plt.close("all")
    yield
    plt.close("all")


def own_file(figure):
    """The file that matplotlib writes, without namespaces."""
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "path.simplify": False}):
        figure.savefig(buffer, format="svg")
    root = ElementTree.fromstring(buffer.getvalue())
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    return root


def numbers(text):
    return [float(value) for value in NUMBER.findall(text)]


def paths(root):
    """Shapes, and where they are used: lists of coordinates, in the order of drawing."""
    shapes = {e.get("id"): e.get("d") for e in root.iter("path") if e.get("id")}
    found = []
    within = {id(inner) for outer in root.iter() if outer.tag == "defs" for inner in outer.iter()}
    for element in root.iter():
        if id(element) in within:
            continue
        if element.tag == "path":
            found.append(numbers(element.get("d")))
        elif element.tag == "use":
            shape = shapes[element.get("href")[1:]]
            found.append([float(element.get("x")), float(element.get("y")), *numbers(shape)])
    return found


def texts(root):
    return [
        (element.text, numbers(f"{element.get('x', '')} {element.get('y', '')} {element.get('transform', '')}"))
        for element in root.iter()
        if element.tag in {"text", "tspan"} and (element.text or "").strip()
    ]


def lines():
    figure, axes = plt.subplots(**SIZE)
    figure.subplots_adjust(left=0.2, bottom=0.2)
    x = np.linspace(0, 3, 50)
    axes.plot(x, np.sin(x), "o-", label="sin")
    axes.plot(x, np.where(x > 1, np.nan, x), "--", label="x")
    axes.set(xlabel="time", ylabel="height", title="Lines")
    axes.legend()
    axes.grid(True)
    return figure


def bars():
    figure, axes = plt.subplots(**SIZE)
    axes.bar_label(axes.bar(["cat", "owl"], [1, 2], hatch=["//", ""], edgecolor="k"))
    axes.errorbar([0, 1], [1, 2], yerr=0.3, capsize=4)
    axes.annotate("here", (1, 1), (0.4, 1.5), arrowprops={"arrowstyle": "->"}, rotation=30)
    axes.tick_params(axis="x", rotation=40)
    return figure


def twins():
    figure, axes = plt.subplots(**SIZE)
    axes.fill_between([0, 1, 2], [1, 2, 1], alpha=0.3)
    axes.twinx().semilogy([1, 10, 100], "r")
    return figure


def polar():
    figure, axes = plt.subplots(subplot_kw={"projection": "polar"}, **SIZE)
    axes.fill([0, 1, 2], [1, 2, 1])
    return figure


def solid():
    figure, axes = plt.subplots(subplot_kw={"projection": "3d"}, **SIZE)
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    axes.plot_surface(x, y, x * y, cmap="viridis")
    return figure


def areas():
    figure, axes = plt.subplots(**SIZE)
    x, y = np.meshgrid(np.linspace(-1, 1, 15), np.linspace(-1, 1, 15))
    axes.contourf(x, y, x * y, levels=5)
    axes.scatter(x[::5], y[::5], c=x[::5], s=9)
    return figure


def several():
    figure, grid = plt.subplots(2, 2, layout="constrained", **SIZE)
    for axes in grid.flat:
        axes.set(xlabel="label", title="title")
    figure.suptitle("all")
    return figure


def tight():
    figure, grid = plt.subplots(1, 2, layout="tight", **SIZE)
    for axes in grid.flat:
        axes.set(xlabel="label", ylabel="label")
    return figure


@pytest.mark.parametrize("make", [lines, bars, twins, polar, solid, areas, several, tight])
def test_a_tree_has_what_matplotlib_draws_where_it_draws_it(make):
    with mpl.rc_context({"path.simplify": False}):
        own = own_file(make())
        tree = figure_tree(make(), "a-")
    expected = paths(own)[1:]  # the first is the figure's white ground, which the page has
    assert len(expected) > 5
    found = paths(tree)
    assert [len(path) for path in found] == [len(path) for path in expected]
    for path, other in zip(found, expected, strict=False):
        np.testing.assert_allclose(path, other, atol=0.0501)
    assert [text for text, _ in texts(tree)] == [text for text, _ in texts(own)]
    for (text, places), (_, other) in zip(texts(tree), texts(own), strict=False):
        np.testing.assert_allclose(places[:2], other[-2:] if len(places) == 2 else other[:2], atol=0.0501, err_msg=text)


@pytest.mark.parametrize("make", [lines, bars, solid, several])
def test_a_figure_is_left_as_it_was(make):
    figure = make()
    canvas, dpi, engine = figure.canvas, figure.dpi, figure.get_layout_engine()
    figure.axes[0].set_gid("mine")
    before = to_html(figure_tree(figure, "a-"))
    assert figure.canvas is canvas and figure.dpi == dpi and figure.get_layout_engine() is engine
    assert figure.patch.get_visible() and {artist.get_gid() for artist in figure.findobj()} == {None, "mine"}
    assert to_html(figure_tree(figure, "a-")) == before


def test_one_drawer_draws_any_figure_as_a_new_one_does():
    drawer = FigureDrawer()
    for make in (lines, bars, several, areas, lines):
        with mpl.rc_context({"font.size": 8 if make is bars else 10}):
            assert to_html(drawer.tree(make(), "a-")) == to_html(figure_tree(make(), "a-"))


@pytest.mark.parametrize(
    "changed", [{"font.sans-serif": ["DejaVu Sans Mono"]}, {"mathtext.default": "rm"}, {"mathtext.fontset": "stix"}]
)
def test_a_drawer_notices_other_fonts(changed):
    def draw(figure, axes):
        axes.set(title="text $x$", xlabel="12", yticks=[0.5])

    drawer = FigureDrawer()
    before = to_html(drawer.tree(beside(draw)(), "a-"))
    with mpl.rc_context(changed):
        after = to_html(drawer.tree(beside(draw)(), "a-"))
        assert after == to_html(figure_tree(beside(draw)(), "a-")) != before
    assert to_html(drawer.tree(beside(draw)(), "a-")) == before


# --- themes -----------------------------------------------------------------------------------------------------


def colors(tree):
    """Colours that follow the theme, and those that do not, without the root's."""
    markup = "".join(to_html(child) for child in tree)
    return set(re.findall(r"var\(--si-(\w{6})\)", markup)), set(re.findall(r":#(\w{6})", markup))


def test_ink_and_paint_follow_the_theme():
    follow, keep = colors(figure_tree(lines(), "a-"))
    assert {"ffffff", "000000", "1f77b4", "ff7f0e", "b0b0b0"} <= follow and not keep


def test_a_ground_of_its_own_keeps_all_colours():
    with plt.style.context("dark_background"):
        figure = lines()
        tree = figure_tree(figure, "a-")
    assert colors(tree)[0] == set() and "ffffff" in colors(tree)[1]
    assert "background:rgb(0 0 0)" in tree.get("style") and "fill:#000000" in tree.get("style")


@pytest.mark.parametrize("face", ["white", "none", (1, 1, 1, 0.5)])
def test_the_default_ground_is_the_pages(face):
    figure = lines()
    figure.set_facecolor(face)
    assert "background" not in figure_tree(figure, "a-").get("style")


def test_a_half_transparent_ground_stays_so():
    figure = lines()
    figure.set_facecolor((1, 0, 0, 0.5))
    assert "background:rgb(255 0 0/0.5)" in figure_tree(figure, "a-").get("style")


def mapped(draw, **axes_options):
    figure, axes = plt.subplots(**SIZE, subplot_kw=axes_options)
    artist = draw(axes)
    axes.plot([0, 1], [0, 1], color="#123456")
    axes.text(0.5, 0.5, "in", color="#654321", transform=axes.transAxes)
    axes.text(0.5, 1.5, "out", color="#abcdef", transform=axes.transAxes)
    axes.set_title("title", color="#fedcba")
    return figure, axes, artist


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.scatter([0, 1], [0, 1], c=[0, 1]),
        lambda axes: axes.pcolormesh([0, 1, 3], [0, 1, 2], [[0, 1], [2, 3]]),
        lambda axes: axes.imshow([[0, 1], [2, 3]]),
        lambda axes: axes.contourf([[0, 1], [2, 3]]),
        lambda axes: axes.contour([[0, 1], [2, 3]]),
        lambda axes: axes.hexbin([0, 1, 1], [0, 1, 0], gridsize=3),
    ],
)
def test_data_keep_their_colours_and_so_does_what_lies_over_them(draw):
    figure, _, artist = mapped(draw)
    figure.colorbar(artist)
    follow, keep = colors(figure_tree(figure, "a-"))
    assert {"123456", "654321"} <= keep and "ffffff" in keep, "line, text and ground"
    assert {"abcdef", "fedcba", "000000"} <= follow, "text beside, title, ticks"
    viridis = {
        f"{r:02x}{g:02x}{b:02x}" for r, g, b in np.round(255 * np.array(mpl.colormaps["viridis"].colors)).astype(int)
    }
    assert not viridis & follow


def test_points_on_a_transparent_ground_leave_other_ink_to_the_theme():
    figure, _, _ = mapped(lambda axes: axes.scatter([0, 1], [0, 1], c=[0, 1]), facecolor="none")
    follow, keep = colors(figure_tree(figure, "a-"))
    assert "123456" in follow and {"440154", "fde725"} <= keep
    figure, _, _ = mapped(lambda axes: axes.imshow([[0, 1]]), facecolor="none")
    assert "123456" in colors(figure_tree(figure, "a-"))[1], "a line over a picture"


@pytest.mark.parametrize("where, keeps", [({}, True), ({"bbox_to_anchor": (1.5, 1)}, False)])
def test_a_legend_over_a_picture_keeps_its_colours(where, keeps):
    figure, axes, _ = mapped(lambda axes: axes.imshow([[0, 1]]))
    axes.legend(handles=[axes.lines[0]], labels=["line"], labelcolor="#0a0b0c", **where)
    follow, keep = colors(figure_tree(figure, "a-"))
    assert ("0a0b0c" in keep) is keeps and ("0a0b0c" in follow) is not keeps


def test_bars_in_the_colours_of_a_colour_bar_keep_them():
    figure, axes = plt.subplots(**SIZE)
    axes.bar([0, 1], [1, 2], color=mpl.colormaps["plasma"]([0.2, 0.9]))
    before = colors(figure_tree(figure, "a-"))[0]
    figure.colorbar(mpl.cm.ScalarMappable(cmap="plasma"), ax=axes)
    follow, keep = colors(figure_tree(figure, "a-"))
    bars = {mpl.colors.to_hex(color)[1:] for color in mpl.colormaps["plasma"]([0.2, 0.9])}
    assert bars <= before and bars <= keep and not bars & follow


def test_areas_without_lines_touch_without_a_gap():
    assert all(
        "shape-rendering:crispEdges" in path.get("style")
        for path in figure_tree(areas(), "a-").iter("path")
        if re.search(r"fill:#(?!ffffff)", path.get("style", ""))
    )
    assert "crispEdges" not in to_html(figure_tree(bars(), "a-"))


# --- the box ----------------------------------------------------------------------------------------------------


def in_div(tree):
    div = Element("div")
    div.append(tree)
    return div


def box(make):
    tree = figure_tree(make(), "a-")
    unite([in_div(tree)])
    assert DRAWN not in tree.attrib
    return numbers(tree.get("viewBox"))


@pytest.mark.parametrize("make", [lines, polar, areas, several, tight])
def test_what_fits_keeps_its_box(make):
    assert box(make) == [0, 0, 288, 180]


def beside(draw):
    def make():
        figure, axes = plt.subplots(**SIZE)
        axes.set(xticks=[], yticks=[])
        draw(figure, axes)
        return figure

    return make


@pytest.mark.parametrize(
    "draw, grows",
    [
        (lambda f, a: a.text(1.2, 0.5, "to the right of it", transform=a.transAxes), (0, 0, 1, 0)),
        (lambda f, a: a.text(-0.4, 0.5, "left", ha="right", transform=a.transAxes), (1, 0, 0, 0)),
        (lambda f, a: a.set_title("above", pad=60), (0, 1, 0, 0)),
        (lambda f, a: a.set_xlabel("below", labelpad=60), (0, 0, 0, 1)),
        (lambda f, a: a.plot([0, 1.5], [0, 0], clip_on=False, transform=a.transAxes), (0, 0, 1, 0)),
        (lambda f, a: a.plot([1.5], [0], "o", clip_on=False, transform=a.transAxes), (0, 0, 1, 0)),
        (lambda f, a: a.scatter([1.5], [0], clip_on=False, transform=a.transAxes), (0, 0, 1, 0)),
        (lambda f, a: f.subplots_adjust(right=1.5), (0, 0, 1, 0)),
        (lambda f, a: a.legend(handles=a.plot([0], label="l"), bbox_to_anchor=(1.2, 1)), (0, 0, 1, 0)),
        (lambda f, a: a.text(0.5, 0.5, "$" + r"\alpha+" * 30 + "1$"), (0, 0, 1, 0)),
        (lambda f, a: a.text(0.5, 0.3, "tall " * 10, rotation=90), (0, 1, 0, 0)),
        (lambda f, a: a.text(1e6, 0.5, "where nobody looks"), (0, 0, 0, 0)),
        (lambda f, a: a.plot([0, 1e300]), (0, 0, 0, 0)),
    ],
)
def test_a_box_grows_to_the_sides_where_something_sticks_out(draw, grows):
    left, top, width, height = box(beside(draw))
    assert (left < 0, top < 0, left + width > 288, top + height > 180) == tuple(map(bool, grows))
    assert left > -300 and top > -200 and left + width < 900 and top + height < 600


def test_a_line_outside_is_whole():
    def draw(figure, axes):
        axes.plot([0, 1.5], [0.5, 0.5], clip_on=False, transform=axes.transAxes, color="#123456")

    tree = figure_tree(beside(draw)(), "a-")
    (path,) = (p for p in tree.iter("path") if "123456" in p.get("style", ""))
    assert numbers(path.get("d"))[2] == pytest.approx(36 + 1.5 * 223.2, abs=0.1)


def test_all_frames_get_one_box():
    frames = [
        in_div(figure_tree(beside(lambda f, a, w=width: a.text(w, 0.5, "text", transform=a.transAxes))(), "a-"))
        for width in (0.2, 1.2, 0.4)
    ]
    unite(frames)
    boxes = {frame[0].get("viewBox") for frame in frames}
    assert len(boxes) == 1 and numbers(boxes.pop())[2] > 300


def test_second_pictures_have_a_box_of_their_own():
    frames = [Element("div"), Element("div")]
    for frame in frames:
        frame.append(figure_tree(lines(), "a-"))
        frame.append(figure_tree(beside(lambda f, a: f.subplots_adjust(right=1.5))(), "b-"))
    unite(frames)
    assert all(frame[0].get("viewBox") == "0 0 288 180" for frame in frames)
    assert all(numbers(frame[1].get("viewBox"))[2] > 400 for frame in frames)


# --- text -------------------------------------------------------------------------------------------------------


def titled(title, **options):
    def draw(figure, axes):
        axes.axis("off")
        axes.set_title(title, **options)

    return figure_tree(beside(draw)(), "a-")


@pytest.mark.parametrize(
    "title, options",
    [
        ("plain text, 12 °C, α → β", {}),
        ("č š ž Ő", {}),
        ("bold", {"fontweight": "bold"}),
        ("bold oblique", {"fontweight": "bold", "fontstyle": "italic"}),
        ("typed", {"family": "monospace"}),
        (r"$\alpha_1 = \frac{1}{2}$", {}),
    ],
)
def test_text_stays_text_where_the_page_has_the_font(title, options):
    tree = titled(title, **options)
    assert list(tree.iter("text")) and not list(tree.iter("path"))


@pytest.mark.parametrize(
    "title, options",
    [
        ("Привет", {}),
        ("serif", {"family": "serif"}),
        (r"$\mathcal{O}(n)$", {}),
        (r"$\int \psi$", {"math_fontfamily": "cm"}),
        (r"$x^2$", {"math_fontfamily": "stix"}),
        (r"$\vec{v}$", {}),
    ],
)
def test_text_is_drawn_where_the_page_lacks_the_font(title, options):
    tree = titled(title, **options)
    assert not list(tree.iter("text"))
    (path,) = tree.iter("path")
    assert path.get("aria-label") == title
    assert re.fullmatch(r"translate\([\d.]+ [\d.]+\) scale\(0\.012\)", path.get("transform"))
    assert len(path.get("d")) > 100 and "." not in path.get("d"), "whole numbers, a thousand to the em"


def test_an_outline_lies_where_matplotlib_puts_it():
    """Its ink, measured from the tree, is where the ink is in matplotlib's own picture."""
    figure = Figure(figsize=(3, 1), dpi=72)
    figure.text(0.2, 0.4, "Привет", fontsize=30, rotation=10)
    (path,) = figure_tree(figure, "a-").iter("path")
    x, y, angle, scale = numbers(path.get("transform"))
    points = np.reshape(numbers(path.get("d")), (-1, 2)) * scale
    turn = np.deg2rad(angle)
    points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (x, y)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=288)
    ink = np.argwhere(np.asarray(Image.open(buffer).convert("L")) < 128)[:, ::-1] / 4
    np.testing.assert_allclose(points.min(axis=0), ink.min(axis=0), atol=0.8)
    np.testing.assert_allclose(points.max(axis=0), ink.max(axis=0), atol=0.8)


def test_spaces_at_the_ends_and_in_rows_are_kept():
    (text,) = titled(" a  b").iter("text")
    assert text.text == " a  b" and "white-space:pre" in text.get("style")
    assert "white-space" not in to_html(titled("a b"))


def test_covers_knows_what_is_shipped():
    sans = mpl.font_manager.findfont("DejaVu Sans")
    assert covers(sans, "aé→č") and not covers(sans, "aЖ") and not covers(sans, "a\n")
    assert not covers(mpl.font_manager.findfont("STIXGeneral"), "a")


# --- pictures ---------------------------------------------------------------------------------------------------


def image_of(tree):
    (image,) = tree.iter("image")
    kind, data = re.fullmatch(r"data:image/(png|webp);base64,(.*)", image.get("href")).groups()
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    assert picture.format.lower() == kind
    return image, np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("flip_x, flip_y", [(False, False), (True, False), (False, True), (True, True)])
def test_an_even_mesh_is_a_picture_of_one_pixel_a_cell(flip_x, flip_y):
    def draw(figure, axes):
        axes.pcolormesh([[0, 1, 2], [3, 4, 5]], cmap="gray")
        axes.invert_xaxis() if flip_x else None
        axes.invert_yaxis() if flip_y else None

    image, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    expected = np.array([[0, 51, 102], [153, 204, 255]])[:: 1 if flip_y else -1, :: -1 if flip_x else 1]
    assert pixels[..., 0].tolist() == expected.tolist()
    assert image.get("style") == "image-rendering:pixelated"
    sides = [float(image.get(name)) for name in ("x", "y", "width", "height")]
    np.testing.assert_allclose(sides, [36, 21.6, 223.2, 138.6], atol=0.06)


@pytest.mark.parametrize(
    "draw",
    [
        lambda f, a: a.pcolormesh([0, 1, 3], [0, 1, 2], [[0, 1], [2, 3]]),
        lambda f, a: a.pcolormesh([[0, 1], [2, 3]], edgecolors="k"),
        lambda f, a: a.pcolormesh([[0, 1], [0, 1.5]], [[0, 0], [1, 1]], [[1]]),
    ],
)
def test_an_uneven_mesh_stays_made_of_paths(draw):
    assert not list(figure_tree(beside(draw)(), "a-").iter("image"))


def test_a_shaded_mesh_is_a_picture():
    image, pixels = image_of(figure_tree(beside(lambda f, a: a.pcolormesh(np.eye(4), shading="gouraud"))(), "a-"))
    assert pixels.shape[0] > 150 and len(np.unique(pixels[..., 1])) > 50
    assert float(image.get("width")) == pytest.approx(223.2, abs=2)


@pytest.mark.parametrize(
    "edges, pixels",
    [(np.linspace(0, 1, 61), 60), (np.linspace(0, 1, 61) ** 2, 190), (np.linspace(0, 1, 21) ** 2, 0)],
)
def test_an_uneven_mesh_of_many_cells_is_a_picture(edges, pixels):
    count = len(edges) - 1
    values = np.arange(count**2).reshape(count, count)
    tree = figure_tree(beside(lambda f, a: a.pcolormesh(edges, edges, values))(), "a-")
    if pixels:
        assert pixels <= image_of(tree)[1].shape[0] <= pixels + 10
    else:
        assert len(list(tree.iter("path"))) > count**2


def test_what_is_rasterized_lies_where_it_is_drawn():
    def draw(figure, axes):
        axes.axis("off")
        axes.fill([0.25, 0.75, 0.75, 0.25], [0.25, 0.25, 0.75, 0.75], "r", transform=axes.transAxes, rasterized=True)

    image, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    sides = [float(image.get(name)) for name in ("x", "y", "width", "height")]
    np.testing.assert_allclose(sides, [36 + 223.2 / 4, 21.6 + 138.6 / 4, 223.2 / 2, 138.6 / 2], atol=0.8)
    assert pixels[5, 5].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("origin", ["upper", "lower"])
@pytest.mark.parametrize("interpolation", ["none", "nearest", "bilinear"])
def test_the_first_row_of_an_image_is_where_matplotlib_has_it(origin, interpolation):
    def draw(figure, axes):
        axes.imshow([[0, 0], [1, 1]], cmap="gray", origin=origin, interpolation=interpolation)

    _, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    top, bottom = pixels[0, 0, 0], pixels[-1, 0, 0]
    assert (top < 30 and bottom > 225) if origin == "upper" else (top > 225 and bottom < 30)


# --- pieces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, decimals, text",
    [(1.0, 1, "1"), (10.0, 1, "10"), (-0.04, 1, "0"), (0.05001, 1, "0.1"), (-12.34, 1, "-12.3"), (100.4, 0, "100"),
     (-0.4, 0, "0"), (0.12, 5, "0.12")],
)  # fmt: skip
def test_numbers_are_short(value, decimals, text):
    assert number(value, decimals) == text


def test_path_data_is_short():
    path = mpl.path.Path([[0, 0], [-0.04, 10], [1, 2], [3, 4], [5, 6], [0, 0]], [1, 2, 4, 4, 4, 79])
    assert path_data(path, np.eye(3)) == "M0 0L0 10C1 2 3 4 5 6z"


def test_ids_stand_for_kinds_and_are_used():
    def draw(figure, axes):
        figure.add_axes((0.5, 0.5, 0.2, 0.2)).bar([0, 1], [1, 2], hatch=["x", "o"])
        axes.plot([0, 1], "o-")

    markup = to_html(figure_tree(beside(draw)(), "x-"))
    assert len(re.findall("<clipPath", markup)) == len(re.findall("<pattern", markup)) == 2
    ids = set(re.findall(r' id="([^"]+)"', markup))
    assert ids == set(re.findall(r'(?:url\(|href=")#([^")]+)', markup))
    assert all(re.fullmatch(r"x-[sch]\d+", name) for name in ids)
    assert {name[2] for name in ids} == {"s", "c", "h"}


def test_a_link_is_a_link():
    tree = figure_tree(beside(lambda f, a: a.bar([0], [1], url="https://example.org/?a=1&b=2"))(), "a-")
    (link,) = tree.iter("a")
    assert link.get("href") == "https://example.org/?a=1&b=2" and link[0].tag == "path"


def test_a_hook_sees_the_figure_as_it_is_drawn():
    seen = []

    def on_drawn(figure, svg):
        seen.append((figure.axes[0].transAxes.transform((0, 1)), svg.tag, figure.dpi))

    FigureDrawer(on_drawn).tree(bars(), "a-")
    ((corner, tag, dpi),) = seen
    np.testing.assert_allclose(corner, [36, 180 - 21.6])
    assert tag == "svg" and dpi == 72


def test_a_long_line_keeps_what_can_be_seen_of_it():
    def draw(figure, axes):
        axes.plot(np.sin(np.linspace(0, 6, 50_000)), color="#123456")

    (path,) = (p for p in figure_tree(beside(draw)(), "a-").iter("path") if "123456" in p.get("style", ""))
    assert 100 < len(numbers(path.get("d"))) < 20_000
