"""The overlay for dragging: where values lie in a picture, and what an author may write."""

from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from static_interact import drag
from static_interact.figure import FigureDrawer


def drawn(given, names, values, chosen, **limits):
    """The overlays of a figure of 4 by 2 inches whose axes fill its right upper quarter, from 144 to 288 and 0 to 72 points."""
    figure = plt.figure(figsize=(4, 2))
    axes = figure.add_axes([0.5, 0.5, 0.5, 0.5])
    axes.set(**limits)
    targets = drag.targets(given, names, values)
    drawer = FigureDrawer(lambda figure, svg: drag.overlay(figure, svg, targets, chosen))
    tree = drawer.tree(figure, "p-")
    plt.close(figure)
    return [group for group in tree.iter("g") if "si-drag" in group.get("class", "")]


def points(line):
    numbers = [float(number) for number in line.get("points").split()]
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def test_even_places_are_stored_by_their_ends():
    (group,) = drawn({"n": "x"}, ["n"], [range(11)], [5], xlim=(0, 20), ylim=(0, 1))
    assert group.get("class") == "si-drag si-x" and group.get("aria-hidden") == "true"
    (rectangle,) = group.iter("rect")
    assert [float(rectangle.get(name)) for name in ("x", "y", "width", "height")] == [144, 0, 144, 72]
    (line,) = group.iter("polyline")
    assert (line.get("data-control"), line.get("data-axis")) == ("0", "x")
    assert points(line) == [(144, 72), (216, 72)]
    grip, hold = group.iter("circle")
    assert (float(grip.get("cx")), float(grip.get("cy"))) == (180, 72)
    assert hold.get("class") == "si-hold" and float(hold.get("r")) > 3 * float(grip.get("r"))


def test_uneven_places_are_stored_each():
    (group,) = drawn({"n": "y"}, ["n"], [[1, 10, 40]], [0], xlim=(0, 1), ylim=(0, 40))
    (line,) = group.iter("polyline")
    assert group.get("class") == "si-drag si-y"
    assert [y for _, y in points(line)] == pytest.approx([70.2, 54, 0], abs=0.06)
    assert {x for x, _ in points(line)} == {144}


def test_powers_are_even_on_a_logarithmic_axis():
    (group,) = drawn({"n": "x"}, ["n"], [[1, 10, 100]], [1], xscale="log", xlim=(1, 100))
    (line,) = group.iter("polyline")
    assert points(line) == [(144, 72), (288, 72)]


def test_two_controls_hold_one_point_and_more_have_grips_on_the_edges():
    (group,) = drawn({"a": "x", "b": "y"}, ["a", "b"], [[0, 1], [0, 1]], [1, 1], xlim=(0, 2), ylim=(0, 2))
    assert group.get("class") == "si-drag"
    assert [(float(c.get("cx")), float(c.get("cy"))) for c in group.iter("circle")] == [(216, 36)] * 2
    (group,) = drawn({"a": "x", "b": "x"}, ["a", "b"], [[0, 1], [0, 1]], [0, 1], xlim=(0, 2), ylim=(0, 2))
    assert [float(c.get("cx")) for c in group.iter("circle")][::2] == [144, 216]


def test_a_grip_stays_inside_its_axes():
    (group,) = drawn({"n": "x"}, ["n"], [[0, 9]], [1], xlim=(0, 3))
    assert float(next(group.iter("circle")).get("cx")) == 288
    assert points(next(group.iter("polyline")))[-1] == (144 + 3 * 144, 72), "its places go on"


def test_only_plain_attributes_are_used():
    (group,) = drawn({"n": "x"}, ["n"], [[0, 0.333333]], [1], xlim=(0, 1))
    text = ElementTree.tostring(group, "unicode")
    assert "e-" not in text and "0000" not in text and "33333" not in text


@pytest.mark.parametrize(
    "given, error, message",
    [
        ("x", TypeError, "must be axes by names of controls"),
        ({"m": "x"}, ValueError, "one of the controls n, kind, got 'm'"),
        ({"n": "z"}, ValueError, "n must follow"),
        ({"n": (-1, "x")}, ValueError, "n must follow"),
        ({"n": (True, "x")}, ValueError, "n must follow"),
        ({"n": ("x", 0)}, ValueError, "n must follow"),
        ({"kind": "x"}, TypeError, "kind must have numbers for values, got 'a'"),
    ],
)
def test_mistakes_are_named(given, error, message):
    with pytest.raises(error, match=message):
        drag.targets(given, ["n", "kind"], [[1, 2], ["a", "b"]])


def test_a_control_with_one_value_has_nowhere_to_go():
    assert drag.targets({"n": "x"}, ["n"], [[1]]) == []


def test_axes_and_places_that_are_not_there():
    with pytest.raises(ValueError, match="one of the figure's 1, got number 1"):
        drawn({"n": (1, "x")}, ["n"], [[1, 2]], [0])
    with pytest.raises(ValueError, match="must have a place on the x axis, got 0"):
        drawn({"n": "x"}, ["n"], [[0, 10]], [0], xscale="log", xlim=(1, 10))


def test_coordinates_are_counted_from_an_origin_and_in_points():
    figure = plt.figure(figsize=(4, 2), dpi=144)
    figure.add_axes([0.5, 0.5, 0.5, 0.5]).set(xlim=(0, 4), ylim=(0, 2))
    svg = ElementTree.Element("svg")
    targets = drag.targets({"n": "x", "m": "y"}, ["n", "m"], [[0, 1], [0, 2]])
    drag.overlay(figure, svg, targets, [1, 0], origin=(10.0, 5.0))
    (group,) = svg
    (rectangle,) = group.iter("rect")
    assert [float(rectangle.get(name)) for name in ("x", "y", "width", "height")] == [134, -5, 144, 72]
    one, other = group.iter("polyline")
    assert points(one) == [(134, 67), (170, 67)] and points(other) == [(134, 67), (134, -5)]
    assert [(float(c.get("cx")), float(c.get("cy")), float(c.get("r"))) for c in group.iter("circle")] == [
        (170, 67, drag.GRIP),
        (170, 67, drag.FINGER),
    ]


def test_each_axes_has_an_overlay_of_its_own():
    figure, grid = plt.subplots(1, 2, figsize=(4, 2))
    svg = ElementTree.Element("svg")
    targets = drag.targets({"b": (1, "y"), "a": "x", "c": [1, "x"]}, ["a", "b", "c"], [[0, 1]] * 3)
    assert [(target.control, target.axes, target.axis) for target in targets] == [(1, 1, "y"), (0, 0, "x"), (2, 1, "x")]
    drag.overlay(figure, svg, targets, [0, 0, 0])
    left, right = svg
    assert left.get("class") == "si-drag si-x" and right.get("class") == "si-drag"
    assert [line.get("data-control") for line in svg.iter("polyline")] == ["0", "1", "2"]
    box = grid[1].get_position()
    assert float(next(right.iter("rect")).get("x")) == pytest.approx(288 * box.x0, abs=0.06)


@pytest.mark.parametrize("middle, even", [(9.4, True), (9.6, False), (8.6, True), (8.4, False)])
def test_places_count_as_even_up_to_a_twentieth_of_a_point(middle, even):
    (group,) = drawn({"n": "x"}, ["n"], [[0, middle, 18]], [0], xlim=(0, 1440))  # ten units to the point
    assert (len(points(next(group.iter("polyline")))) == 2) is even


def test_grips_stay_inside_on_every_side():
    for chosen, place in ((0, (144, 0)), (1, (288, 72))):
        (group,) = drawn(
            {"a": "x", "b": "y"}, ["a", "b"], [[-9, 9], [9, -9]], [chosen, chosen], xlim=(0, 3), ylim=(0, 3)
        )
        circle = next(group.iter("circle"))
        assert (float(circle.get("cx")), float(circle.get("cy"))) == place


def test_one_and_two_controls_on_the_axes_have_grips_on_the_edges():
    (group,) = drawn({"a": "x", "b": "y", "c": "y"}, ["a", "b", "c"], [[0, 1]] * 3, [1, 0, 1], xlim=(0, 2), ylim=(0, 2))
    found = [(float(c.get("cx")), float(c.get("cy"))) for c in group.iter("circle")][::2]
    assert found == [(216, 72), (144, 72), (144, 36)]


def test_a_value_too_far_away_has_no_place():
    with pytest.raises(ValueError, match="must have a place on the y axis, got 2000"):
        drawn({"n": "y"}, ["n"], [[0, 2000]], [0], ylim=(0, 1))
    assert drawn({"n": "y"}, ["n"], [[0, 1300]], [0], ylim=(0, 1))
