"""Colours of figures: ink follows the page's theme, data keep theirs, and so does what lies over them."""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from static_interact.figure import figure_tree
from static_interact.svg import to_html
from tests.interact.drawings import SIZE, areas, bars, lines


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
