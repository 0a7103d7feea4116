"""How figures are drawn: styles, clips, hatches and boxes are those that matplotlib's own SVG file has."""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle, Rectangle

from static_interact.figure import DRAWN, figure_tree
from tests.interact.drawings import areas, bars, beside, lines, numbers, own_file, polar, several, solid, twins

INITIAL = {"fill": "#000000", "stroke": "none", "stroke-linejoin": "round", "stroke-linecap": "butt"}


def declared(text):
    """Declarations as a dict, colours as six digits, numbers as numbers."""
    found = {}
    for part in filter(None, (text or "").split(";")):
        name, value = (side.strip() for side in part.split(":", 1))
        value = re.sub(r"var\(--si-(\w{6})\)", r"#\1", value)
        if name in {
            "stroke-dasharray",
            "stroke-dashoffset",
            "stroke-width",
            "fill-opacity",
            "stroke-opacity",
            "opacity",
        }:
            value = [round(number, 2) for number in numbers(value)]
        found[name] = value
    return found


def shapes(root):
    """Each path that is drawn, and each use of one: its style as it applies, and its clip."""
    clips = {e.get("id"): e[0] for e in root.iter("clipPath")}
    hatches = {e.get("id"): e for e in root.iter("pattern")}
    found = []

    def walk(element, style, clip):
        if element.tag in {"defs", "clipPath", "pattern"}:
            return
        style = style | declared(element.get("style"))
        reference = re.fullmatch(r"url\(#(.*)\)", element.get("clip-path", ""))
        clip = clips[reference[1]] if reference else clip
        if element.tag in {"path", "use"}:
            fill = re.fullmatch(r"url\(#(.*)\)", style["fill"])
            found.append((style, clip, hatches[fill[1]] if fill else None))
        for child in element:
            walk(child, style, clip)

    walk(root, dict(INITIAL), None)
    return found


def clip_numbers(clip):
    if clip is None:
        return []
    if clip.tag == "rect":
        return [float(clip.get(name)) for name in ("x", "y", "width", "height")]
    return numbers(clip.get("d"))


def hatch_parts(pattern):
    """The pattern's ground and its lines: style and coordinates."""
    ground = [declared(e.get("style")).get("fill", e.get("fill")) for e in pattern.iter("rect")]
    (path,) = pattern.iter("path")
    return ground, declared(path.get("style")), numbers(path.get("d"))


def strokes(figure, axes):
    x = np.linspace(0, 1, 5)
    axes.plot(x, x, color="#112233", linewidth=3.25, linestyle="-.", solid_capstyle="round", solid_joinstyle="miter")
    axes.plot(x, 1 - x, color="#445566", dashes=[3, 1.5, 1, 2], dash_capstyle="projecting", dash_joinstyle="bevel")
    axes.plot(x, x**2, color=(0.2, 0.4, 0.6, 0.35), linewidth=1, linestyle=(2.5, (4, 2)))
    axes.plot(x, x**3, "s", markerfacecolor=(1, 0, 0, 0.25), markeredgecolor="#0000ff", markeredgewidth=0, alpha=None)
    axes.plot(x, x**4, "D", markerfacecolor="none", markeredgecolor="#00aa00", markeredgewidth=2, alpha=0.5)
    axes.axvline(0.3, linewidth=0.5, color="k", alpha=0.7, solid_capstyle="butt")


def patches(figure, axes):
    axes.add_patch(Rectangle((0.1, 0.1), 0.2, 0.2, facecolor=(0.2, 0.3, 0.4, 0.5), edgecolor="none"))
    axes.add_patch(Rectangle((0.4, 0.1), 0.2, 0.2, facecolor="#abcdef", edgecolor="#fedcba", alpha=0.25, linewidth=2))
    axes.add_patch(Rectangle((0.7, 0.1), 0.2, 0.2, facecolor="none", edgecolor=(1, 0, 0, 0.5), joinstyle="bevel"))
    axes.add_patch(Rectangle((0.1, 0.5), 0.2, 0.2, facecolor="k", edgecolor="k", capstyle="round", linestyle=":"))
    axes.add_patch(Rectangle((0.4, 0.5), 0.2, 0.2, facecolor="k", linewidth=0, antialiased=False))
    axes.add_patch(Rectangle((0.4, 0.7), 0.2, 0.2, fill=False, linewidth=1, edgecolor="#336699"))


def hatched(figure, axes):
    axes.bar([0, 1, 2], [1, 2, 3], hatch=["//", "x", "o"], color=["#ff0000", "#00ff00", (0, 0, 1, 0.5)], edgecolor="k")
    axes.bar([4], [3], hatch="//", fill=False, edgecolor=(0, 0.5, 0, 0.5))
    axes.bar([3], [3], hatch="//", color="#ff0000", edgecolor="#0000aa", linewidth=0)
    with mpl.rc_context({"hatch.linewidth": 2.5}):
        axes.bar([5], [3], hatch="//", color="#ff0000", edgecolor="k")


def clipped(figure, axes):
    path = axes.plot([-1, 2], [-1, 2], color="#123123")[0]
    path.set_clip_path(Circle((0.5, 0.5), 0.3, transform=axes.transData))
    axes.plot([-1, 2], [2, -1], color="#321321")
    axes.plot([0.2, 0.8], [0.5, 0.5], clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    figure.add_axes((0.3, 0.35, 0.2, 0.2)).plot([0, 1], "o")


def collections(figure, axes):
    axes.scatter([0, 1, 2], [0, 1, 2], s=[10, 40, 90], c=["#ff0000", "#00ff00", "#0000ff"], edgecolors="k",
                 linewidths=[0, 1, 2.5], alpha=0.4)  # fmt: skip
    axes.fill_between([0, 1, 2], [1, 2, 1], color="#777777", alpha=0.3, linewidth=0.75)
    axes.quiver([0, 1], [1, 0], [1, 1], [0, 1])
    axes.hlines([0.5, 1.5], 0, 2, colors=["#123456", "#654321"], linestyles=["--", ":"], linewidth=[1, 2])


MAKERS = [lines, bars, twins, polar, solid, areas, several]
MAKERS += [beside(draw) for draw in (strokes, patches, hatched, clipped, collections)]
NAMES = [*(make.__name__ for make in MAKERS[:7]), "strokes", "patches", "hatched", "clipped", "collections"]


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
def test_shapes_look_as_in_matplotlibs_own_file(make):
    with mpl.rc_context({"path.simplify": False}):
        own, tree = shapes(own_file(make()))[1:], shapes(figure_tree(make(), "a-"))  # the first is the white ground
    assert len(own) == len(tree) > 4
    for number, ((style, clip, hatch), (expected, other_clip, other_hatch)) in enumerate(zip(tree, own, strict=True)):
        wanted = {name: value for name, value in expected.items() if name != "stroke-miterlimit"}
        assert style == wanted | {n: style[n] for n in ("fill",) if hatch is not None} or (
            # An edge between areas is seen only where both are smoothed.
            style.pop("shape-rendering", "") == "crispEdges"
            and style == {n: v for n, v in wanted.items() if n != "shape-rendering"}
        ), number
        np.testing.assert_allclose(clip_numbers(clip), clip_numbers(other_clip), atol=0.0501)
        assert (hatch is None) == (other_hatch is None)
        if hatch is not None:
            (ground, style, places), (own_ground, own_style, own_places) = hatch_parts(hatch), hatch_parts(other_hatch)
            assert ground == [color for color in own_ground if color != "none"], number
            assert {n: style.get(n) for n in own_style} == own_style and style.keys() - own_style <= {"stroke-opacity"}
            np.testing.assert_allclose(places, own_places, atol=0.0501)
            assert [hatch.get(n) for n in ("x", "y", "width", "height", "patternUnits")] == [
                other_hatch.get(n) for n in ("x", "y", "width", "height", "patternUnits")
            ]


def outside(draw):
    figure, axes = plt.subplots(figsize=(4, 2.5))
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    draw(axes)
    return figure


def text(x, y, **options):
    return lambda a: a.text(x, y, "lp some text", transform=a.transAxes, **options)


@pytest.mark.parametrize(
    "draw",
    [
        text(1.2, 0.5), text(-0.4, 0.5, ha="right"), text(0.5, 1.6), text(0.5, -0.7, va="top"), text(1.3, 1.6, rotation=45),
        text(-0.3, -0.5, rotation=200), text(1.4, 0.5, rotation=90, fontsize=20),
        lambda a: a.plot([-0.4, 1.5], [-0.5, 1.7], clip_on=False, transform=a.transAxes, linewidth=4, solid_capstyle="butt"),
        lambda a: a.plot([-0.4, 1.5], [-0.5, 1.7], "s", ms=20, mew=4, clip_on=False, transform=a.transAxes),
        lambda a: a.plot([-0.4, np.nan, 1.5], [-0.5, 0, 1.7], "s", ms=2, mew=0, clip_on=False, transform=a.transAxes),
        lambda a: a.plot([-0.4, np.nan, 1.5], [-0.5, 0, 1.7], clip_on=False, transform=a.transAxes, linewidth=0.5),
        lambda a: a.set_title("above", pad=70),
    ],
)  # fmt: skip
def test_boxes_reach_as_far_as_matplotlib_measures(draw):
    figure = outside(draw)
    found = numbers(figure_tree(figure, "a-").get(DRAWN))
    figure = outside(draw)
    figure.dpi = 72
    figure.draw_without_rendering()
    left, bottom, right, top = (72 * side for side in figure.get_tightbbox().extents)
    expected = [min(left, 0), min(180 - top, 0), max(right, 288), max(180 - bottom, 180)]
    np.testing.assert_allclose(found, expected, atol=2.6)


@pytest.mark.parametrize("each", [False, True], ids=["alike", "each in its colour"])
@pytest.mark.parametrize("marker", ["s", "o"])
def test_boxes_reach_as_far_as_points_with_their_edges(marker, each):
    def draw(axes):
        places = [-0.4, 1.5, 1.4, 1.4], [-0.5, 1.7, 0, 0]
        more = {"c": ["#000001", "#000002", "#000003", "#000004"]} if each else {}
        axes.scatter(*places, s=400, linewidths=4, clip_on=False, transform=axes.transAxes, marker=marker, **more)

    found = numbers(figure_tree(outside(draw), "a-").get(DRAWN))
    x, y = (36 + 223.2 * np.array([-0.4, 1.5])), 180 - (19.8 + 138.6 * np.array([1.7, -0.5]))
    np.testing.assert_allclose(found, [x[0] - 12, y[0] - 12, x[1] + 12, y[1] + 12], atol=0.06)


def test_what_is_clipped_by_its_axes_is_no_reason_for_a_larger_box():
    def draw(axes):
        axes.plot([-3, 4], [-3, 4], "o-", transform=axes.transAxes)
        axes.scatter([-3, 4], [-3, 4], transform=axes.transAxes)

    assert figure_tree(outside(draw), "a-").get(DRAWN) is None


@pytest.mark.parametrize("x, y, box", [(5, -40, [0, 0, 864, 540]), (-5, 40, [-576, -360, 288, 180])])
def test_ink_far_outside_is_cut_where_a_page_would_end(x, y, box):
    def draw(axes):
        axes.plot([0.5, x], [0.5, 0.5], clip_on=False, transform=axes.transAxes)
        axes.plot([0.5, 0.5], [0.5, y], clip_on=False, transform=axes.transAxes)

    assert numbers(figure_tree(outside(draw), "a-").get(DRAWN)) == box


@pytest.mark.parametrize("side", [(-600, 90), (900, 90), (144, -400), (144, 600)])
def test_ink_that_is_all_far_outside_is_no_reason_for_a_larger_box(side):
    x, y = side

    def draw(axes):
        axes.plot([x, x + 1], [y, y + 1], clip_on=False, transform=None)
        axes.text(x, y, "lost", transform=None)

    assert figure_tree(outside(draw), "a-").get(DRAWN) is None


@pytest.mark.parametrize("over, wanted", [(0.9, False), (1.1, True)])
@pytest.mark.parametrize("side", range(4))
def test_a_point_outside_is_no_reason_for_a_larger_box(over, wanted, side):
    at = [(-over, 90), (144, -over), (288 + over, 90), (144, 180 + over)][side]

    def draw(axes):
        axes.plot([144, at[0]], [90, at[1]], clip_on=False, transform=None, linewidth=1e-9)

    assert (figure_tree(outside(draw), "a-").get(DRAWN) is not None) is wanted


def test_what_is_clipped_by_axes_beyond_the_canvas_makes_a_larger_box():
    def draw(axes):
        axes.plot([-1, 2], [-1, 2])
        axes.set_position([-0.2, -0.3, 1.5, 1.6])

    found = numbers(figure_tree(outside(draw), "a-").get(DRAWN))
    np.testing.assert_allclose(found, [-57.6, 180 - 1.3 * 180, 1.3 * 288, 180 + 54], atol=0.06)


def test_lines_far_outside_are_cut_and_areas_are_not():
    def draw(figure, axes):
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.plot([-1e6, 1e6], [0.5, 0.5], color="#123456")
        axes.fill([-50, 50, 50], [0, 0, 1], color="#654321")

    found = {}
    for path in figure_tree(beside(draw)(), "a-").iter("path"):
        for color in ("123456", "654321"):
            if color in path.get("style", ""):
                found[color] = np.array(numbers(path.get("d"))).reshape(-1, 2)
    assert found["123456"].min() >= -1 and 288 <= found["123456"][:, 0].max() <= 290
    assert np.ptp(found["654321"][:, 0]) == pytest.approx(100 * 223.2, abs=1)


# --- details --------------------------------------------------------------------------------------------------------


def style_of(draw, color="123456"):
    """The style of what is drawn in that colour, as it is written."""
    tree = figure_tree(beside(draw)(), "a-")
    (found,) = (e for e in tree.iter() if e.tag in {"path", "g"} and color in e.get("style", ""))
    return dict(part.split(":") for part in found.get("style").split(";"))


INK = "#123456"


@pytest.mark.parametrize(
    "draw, style",
    [
        (lambda f, a: a.plot([0, 1], color=INK, lw=1.23456), {"stroke-width": "1.235"}),
        (lambda f, a: a.plot([0, 1], color=INK, lw=1, alpha=0.12345), {"stroke-opacity": "0.123"}),
        (lambda f, a: a.plot([0, 1], color=INK, lw=1, dashes=[1.23456, 2]), {"stroke-dasharray": "1.235,2"}),
        (lambda f, a: a.plot([0, 1], color=INK, lw=1, ls=(0.98765, (4, 2))), {"stroke-dashoffset": "0.988"}),
        (lambda f, a: a.fill([0, 1, 1], [0, 0, 1], fc=(*mpl.colors.to_rgb(INK), 0.12345), lw=0), {"fill-opacity": "0.123"}),
        (lambda f, a: a.fill([0, 1, 1], [0, 0, 1], color=INK, alpha=0.98765), {"opacity": "0.988"}),
        (lambda f, a: a.fill([0, 1, 1], [0, 0, 1], fc=INK, lw=0, aa=False), {"shape-rendering": "crispEdges"}),
        (lambda f, a: a.plot([0, 1], color=INK, solid_joinstyle="bevel"), {"stroke-linejoin": "bevel"}),
        (lambda f, a: a.plot([0, 1], color=INK, solid_capstyle="projecting"), {"stroke-linecap": "square"}),
    ],
)  # fmt: skip
def test_numbers_of_a_style_have_three_decimals(draw, style):
    found = style_of(draw)
    assert found.items() >= style.items()
    assert "opacity" not in " ".join(found.keys() - style.keys())


@pytest.mark.parametrize("edge, opacity", [((0, 0.5, 0, 0.12345), "0.123"), ((0, 0.5, 0, 1), None), ("#008000", None)])
def test_hatches_may_be_transparent(edge, opacity):
    def draw(figure, axes):
        with mpl.rc_context({"hatch.linewidth": 1.23456}):
            axes.bar([0], [1], hatch="/", color="none", edgecolor=edge, linewidth=0)

    (pattern,) = figure_tree(beside(draw)(), "a-").iter("pattern")
    ((ground, style, _),) = [hatch_parts(pattern)]
    assert ground in ([], ["none"], ["#000000"]) and "stroke-width:1.235" in pattern[-1].get("style")
    assert style["stroke"] == style["fill"] == "#008000"
    assert (f"stroke-opacity:{opacity}" in pattern[-1].get("style")) is (opacity is not None)


def test_equal_hatches_and_clips_are_there_once():
    def draw(figure, axes):
        axes.bar([0, 1], [1, 2], hatch="/", color="#ff0000", edgecolor="k")
        axes.bar([2], [2], hatch="/", color="#00ff00", edgecolor="k")
        axes.plot([0, 1])

    tree = figure_tree(beside(draw)(), "a-")
    assert [p.get("id") for p in tree.iter("pattern")] == ["a-h0", "a-h1"] and len(list(tree.iter("clipPath"))) == 1


@pytest.mark.parametrize("count, whole", [(5_000, True), (5_001, False)])
def test_very_long_lines_lose_what_is_too_fine_to_be_seen(count, whole):
    def draw(figure, axes):
        axes.plot(np.arange(count), 1e-4 * np.sin(np.arange(count)), color=INK)
        axes.set(ylim=(-1, 1))

    (path,) = (p for p in figure_tree(beside(draw)(), "a-").iter("path") if INK[1:] in p.get("style", ""))
    found = len(numbers(path.get("d")))
    assert found == 2 * count if whole else found < count


@pytest.mark.parametrize("marker, count, uses", [("s", 8, 0), ("s", 9, 9), ("o", 2, 2)])
def test_points_are_uses_of_one_shape_where_that_is_shorter(marker, count, uses):
    def draw(figure, axes):
        axes.axis("off")
        axes.scatter(range(count), range(count), marker=marker, c=[f"#00000{k}" for k in range(count)])

    tree = figure_tree(beside(draw)(), "a-")
    found = shapes(tree)
    assert len(found) == count and len(list(tree.iter("use"))) == uses


@pytest.mark.parametrize("far, drawn", [(9_300, True), (9_550, False)])
def test_markers_very_far_outside_are_left_out(far, drawn):
    def draw(figure, axes):
        axes.axis("off")
        axes.plot([100, far, 100, -far], [90, 90, far, 90], "o", transform=None)

    assert len(list(figure_tree(beside(draw)(), "a-").iter("use"))) == (4 if drawn else 1)


def test_shapes_have_two_decimals_and_places_one():
    def draw(figure, axes):
        axes.axis("off")
        axes.plot([100.123], [90.123], "^", ms=7.777, transform=None)

    tree = figure_tree(beside(draw)(), "a-")
    (use,) = tree.iter("use")
    assert (use.get("x"), use.get("y")) == ("100.1", "89.9")
    (shape,) = (p for p in tree.iter("path") if p.get("id") == use.get("href")[1:])
    assert max(len(text.partition(".")[2]) for text in re.findall(r"[\d.]+", shape.get("d"))) == 2
