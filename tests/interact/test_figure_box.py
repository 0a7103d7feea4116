"""The box of a figure: nothing that any frame draws is cut."""

import pytest

from static_interact.figure import DRAWN, figure_tree, unite
from static_interact.svg import Element
from tests.interact.drawings import areas, beside, lines, numbers, polar, several, tight


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


@pytest.mark.parametrize(
    "drawn, view",
    [
        (["-10 0 100 60"], "-12 0 112 62"),
        (["0 -0.5 100 50"], "0 -2.5 100 52.5"),
        (["0 0 100.5 50"], "0 0 102.5 50"),
        (["-1 0 100 50", "0 -2 100 50", "0 0 103 54"], "-3 -4 108 60"),
        ([None, "-1 0 100 50"], "-3 0 103 50"),
        ([None], "0 0 100 50"),
    ],
)
def test_what_is_outside_has_two_points_of_room(drawn, view):
    frames = []
    for sides in drawn:
        svg = Element("svg", {"viewBox": "0 0 100 50"} | ({DRAWN: sides} if sides else {}))
        frames.append(in_div(svg))
    unite(frames)
    assert {frame[0].get("viewBox") for frame in frames} == {view}
    assert all(DRAWN not in frame[0].attrib for frame in frames)


def test_pictures_of_other_sizes_keep_apart():
    one, other = (Element("svg", {"viewBox": f"0 0 {width} 50", DRAWN: f"-5 0 {width} 50"}) for width in (100, 200))
    unite([in_div(one), in_div(other)])
    assert (one.get("viewBox"), other.get("viewBox")) == ("-7 0 107 50", "-7 0 207 50")
