"""Figures as trees: what matplotlib's own SVG file has is there, each part as short as it can be."""

import re

import matplotlib as mpl
import numpy as np
import pytest

from static_interact.figure import FigureDrawer, figure_tree
from static_interact.svg import number, path_data, to_html
from tests.interact.drawings import (
    areas,
    bars,
    beside,
    lines,
    numbers,
    own_file,
    paths,
    polar,
    several,
    solid,
    texts,
    tight,
    twins,
)


@pytest.mark.slow
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
