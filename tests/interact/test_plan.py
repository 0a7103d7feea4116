"""Which combinations are called: all, apart, in coarser steps, or one control at a time."""

import itertools
import json
import math
import re
from xml.etree.ElementTree import Element, SubElement

import ipywidgets as w
import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from static_interact.apart import groups_apart, same, verify
from static_interact.bake import bake
from static_interact.encode import NotSeparable, encode
from static_interact.explorer import Explorer
from static_interact.plan import FEWEST, coarser, make_plan, shared, thinned
from static_interact.settings import Settings
from static_interact.wish import Wish, read_wish


def explorer(**sizes):
    """A function of sliders with so many steps, starting in the middle."""
    widgets = {name: w.IntSlider(value=size // 2, min=0, max=size - 1) for name, size in sizes.items()}
    return Explorer.of(lambda **_: None, widgets, "si-f")


def planned(grid, limit=100, wish=None, thinning="note", groups=lambda: None):
    return make_plan(grid, Settings(frames=limit, thinning=thinning), wish or Wish(), groups)


# --- thinning ---------------------------------------------------------------------------------------------------


@given(st.integers(1, 300), st.data())
def test_thinned_places_are_even_with_start_and_ends(size, data):
    start, most = data.draw(st.integers(0, size - 1)), data.draw(st.integers(3, 60))
    places = thinned(size, start, most)
    assert list(places) == sorted(set(places)) and len(places) <= max(most, 1)
    assert {0, start, size - 1} <= set(places)
    regular = sorted(set(places) - {start, size - 1}) or [0]
    steps = {b - a for a, b in itertools.pairwise(regular)} - {0}
    special = {start, size - 1} & set(places)
    assert len(steps) <= 1 or special, "one step, but where the start or the end is on it"
    if most >= size:
        assert places == tuple(range(size))


def test_thinning_takes_the_smallest_step_that_will_do():
    assert thinned(101, 50, 11) == tuple(range(0, 101, 10))
    assert thinned(101, 50, 101) == tuple(range(101)) and len(thinned(101, 50, 100)) == 51
    assert thinned(10, 4, 3) == (0, 4, 9)
    assert thinned(10, 4, 2) == (4, 9) and thinned(10, 9, 2) == (0, 9) and thinned(10, 4, 1) == (4,)


@given(
    st.lists(st.tuples(st.integers(1, 200), st.booleans()), min_size=1, max_size=5),
    st.integers(1, 5_000),
)
def test_shares_fill_the_limit(axes, limit):
    sizes, free = [size for size, _ in axes], [can for _, can in axes]
    found = shared(sizes, free, limit)
    least = math.prod(min(size, FEWEST) if can else size for size, can in axes)
    if found is None:
        assert least > limit
        return
    assert math.prod(found) <= limit
    assert all(
        n == size if not can else min(size, FEWEST) <= n <= size for n, (size, can) in zip(found, axes, strict=False)
    )
    for place, (n, (size, can)) in enumerate(zip(found, axes, strict=False)):
        if can and n < size:
            more = [*found[:place], n + 1, *found[place + 1 :]]
            assert math.prod(more) > limit, "no axis could have one more place"


def test_shares_of_groups_add_up():
    assert shared((101, 101, 101), (True,) * 3, 250, [(0,), (1,), (2,)]) == (84, 84, 84)
    assert shared((50, 50, 4), (True, True, False), 130, [(0, 1), (2,)]) == (11, 11, 4)


# --- the plan ---------------------------------------------------------------------------------------------------


def test_a_small_grid_is_called_whole():
    plan = planned(explorer(a=5, b=20))
    assert plan.kind == "full" and plan.note is None and plan.count == 100
    assert plan.combinations == tuple(itertools.product(range(5), range(20)))
    assert plan.start == (2, 10)


def test_the_limit_itself_is_allowed():
    assert planned(explorer(a=100)).note is None
    groups = ((0,), (1,))
    assert planned(explorer(a=51, b=50), groups=lambda: groups).note is None, "1 + 50 + 49 frames"
    assert planned(explorer(a=51, b=51), groups=lambda: groups).note is not None
    assert planned(explorer(a=2, b=3), 1).count == 3, "no slider has fewer places than two"


def test_a_grid_one_too_large_is_thinned_and_says_so():
    grid = explorer(a=101)
    plan = planned(grid)
    assert plan.kind == "full" and plan.shape == (51,) and grid.axes[0].value(1) == 2
    assert plan.note == "This page has 51 of the 101 values of a. In the notebook, with a kernel, all values are there."
    assert plan.start == (25,) and grid.axes[0].value(25) == 50


def test_places_that_can_not_be_left_out_stay():
    grid = Explorer.of(lambda **_: None, {"a": w.IntSlider(), "kind": w.Dropdown(options="abc")}, "si-f")
    plan = planned(grid, 60)
    assert plan.shape == (18, 3) and "kind" not in plan.note


def test_many_controls_move_one_at_a_time():
    grid = explorer(a=20, b=20, c=20, d=20, e=20)
    plan = planned(grid)
    assert plan.kind == "single" and plan.count == 96 == len(plan.combinations)
    assert plan.combinations[0] == plan.start == (10,) * 5
    assert plan.combinations[1:20] == tuple((k, 10, 10, 10, 10) for k in range(20) if k != 10)
    assert plan.combinations[-1] == (10, 10, 10, 10, 19)
    assert plan.note.startswith(
        "Here one control moves at a time, while the others stand at their start values. In the"
    )


def test_one_at_a_time_and_still_too_many():
    plan = planned(explorer(a=100, b=100, c=100, d=100))
    assert plan.kind == "single" and plan.shape == (21, 21, 21, 21)
    assert "of the 100 values of a" in plan.note and " and " in plan.note


def test_groups_apart_are_called_apart():
    grid = explorer(a=20, b=20, c=20)
    plan = planned(grid, 500, groups=lambda: ((0, 2), (1,)))
    assert plan.kind == "apart" and plan.note is None and plan.count == 400 + 19 == len(set(plan.combinations))
    assert all(b == 10 or (a, c) == (10, 10) for a, b, c in plan.combinations)


def test_groups_apart_are_thinned_together():
    plan = planned(explorer(a=100, b=100, c=100), 150, groups=lambda: ((0,), (1,), (2,)))
    assert plan.kind == "apart" and plan.shape == (51, 51, 35)
    assert plan.note.startswith("This page has ")


def test_groups_are_asked_for_only_when_there_are_too_many():
    planned(explorer(a=5, b=5), groups=lambda: pytest.fail("not needed"))
    planned(explorer(a=500), groups=lambda: pytest.fail("one control has no groups"))


def test_a_book_may_forbid_thinning():
    message = r"<lambda> has 400 combinations of its controls \(a 20 x b 20\); at most 100 can be baked"
    with pytest.raises(ValueError, match=message):
        planned(explorer(a=20, b=20), thinning="error")
    assert planned(explorer(a=20, b=20), thinning="error", wish=Wish(frames=50)).count <= 50
    assert planned(explorer(a=20, b=20), thinning="error", groups=lambda: ((0,), (1,))).kind == "apart"


def test_places_by_hand():
    grid = explorer(a=101, b=4)
    plan = planned(grid, wish=Wish(places={"a": 6}))
    assert plan.shape == (5, 4) and plan.note.startswith("This page has 5 of the 101 values of a.")
    assert [grid.axes[0].value(k) for k in range(5)] == [0, 25, 50, 75, 100]


def test_what_cannot_be_changed_is_said():
    grid = Explorer.of(lambda **_: None, {"a": w.Text(), "n": w.IntSlider(max=3), "b": w.FloatText()}, "si-f")
    assert planned(grid).note == (
        "On this page a and b cannot be changed. In the notebook, with a kernel, all values are there."
    )


def test_a_second_figure_keeps_the_places_that_the_first_one_chose():
    slider = w.IntSlider()
    first = Explorer.of(lambda **_: None, {"a": slider}, "si-1")
    planned(first, 20)
    second = Explorer.of(lambda **_: None, {"a": slider, "b": w.IntSlider(max=4)}, "si-2")
    plan = planned(second, 60)
    assert plan.kind == "single" and second.axes[0].size == first.axes[0].size


def test_a_coarser_plan_is_part_of_the_old_one():
    grid = explorer(a=41, b=3)
    plan = planned(grid, 200)
    before = {grid.absolute(combination) for combination in plan.combinations}
    smaller = coarser(grid, plan, 0.5)
    assert {grid.absolute(combination) for combination in smaller.combinations} < before
    assert smaller.count <= plan.count / 2 and "of the 41 values of a" in smaller.note
    while (smaller := coarser(grid, smaller, 0.5)) is not None:
        assert min(smaller.shape) >= 3
    assert grid.shape == (FEWEST, 3)


# --- wishes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bake, wish",
    [
        (None, Wish()),
        (500, Wish(frames=500)),
        (1, Wish(frames=1)),
        ({"x": 1}, Wish(places={"x": 1})),
        ("300 kB", Wish(kilobytes=300)),
        ("1.5MB", Wish(kilobytes=1_500)),
        ({"x": 21}, Wish(places={"x": 21})),
        ({"x": [0, 1], "y": 3}, Wish(places={"y": 3}, values={"x": [0, 1]})),
        ({"x": range(3)}, Wish(values={"x": [0, 1, 2]})),
        ([500, "300 kB", {"x": 2}], Wish(frames=500, kilobytes=300, places={"x": 2})),
    ],
)
def test_wishes(bake, wish):
    assert read_wish(bake, ["x", "y"]) == wish


@pytest.mark.parametrize(
    "bake, error, message",
    [
        (0, ValueError, "bake must be at least 1 frame, got 0"),
        (True, TypeError, "bake must be a number of frames, a size or a dict, got True"),
        (1.5, TypeError, "bake must be a number of frames"),
        ("300", ValueError, "bake must be a size such as '300 kB' or '2 MB', got '300'"),
        ("0 kB", ValueError, "bake must be a size"),
        ({"z": 3}, ValueError, r"bake must name a control \(x, y\), got 'z'"),
        ({"x": 0}, ValueError, "bake: x must have at least 1 place, got 0"),
        ({"x": "ab"}, TypeError, "bake: x must be a number of places or a list of values, got 'ab'"),
        ({"x": []}, TypeError, "bake: x must be a number of places or a list of values"),
        ({"x": 1.5}, TypeError, "bake: x must be"),
    ],
)
def test_bad_wishes(bake, error, message):
    with pytest.raises(error, match=message):
        read_wish(bake, ["x", "y"])


# --- apart ------------------------------------------------------------------------------------------------------


def frame(*texts, **attributes):
    root = Element("div", {name: str(value) for name, value in attributes.items()})
    for text in texts:
        SubElement(root, "p").text = str(text)
    return root


def found(function, *sizes):
    asked = []

    def make(combination):
        asked.append(combination)
        return function(*combination)

    groups = groups_apart(sizes, tuple(size // 2 for size in sizes), make)
    assert len(asked) == len(set(asked)), "no frame is called twice"
    return groups


def test_parts_are_found():
    assert found(lambda a, b: frame(a, b), 5, 5) == ((0,), (1,))
    assert found(lambda a, b, c: frame(a + c, b), 5, 5, 5) == ((0, 2), (1,))
    assert found(lambda a, b: frame(x=a, y=b), 5, 5) == ((0,), (1,))
    assert found(lambda a, b: frame(*["x"] * a, y=b), 5, 5) == ((0,), (1,)), "more children on one axis"
    assert found(lambda a, b: frame(a, "same"), 5, 5) == ((0,), (1,)), "one that does nothing stands apart"
    assert found(lambda a, b, c: frame(a, b), 5, 5, 1) == ((0,), (1,), (2,))


def test_what_meets_is_not_apart():
    assert found(lambda a, b: frame(a + b), 5, 5) is None
    assert found(lambda a, b: frame(a, a * b), 5, 5) is None
    # Each changes a part of its own, but how one does so depends on the other.
    assert found(lambda a, b: frame(a, b, "both" if a == b == 4 else "-"), 5, 5) is None
    assert found(lambda a: frame(a), 5) is None


def test_what_only_the_inside_of_the_grid_shows_is_found_at_random():
    def shown(a, b):
        return frame(a, b, "both" if 0 < a < 8 and 0 < b < 8 and 4 not in (a, b) else "-")

    assert found(shown, 9, 9) == ((0,), (1,))
    apart = {(a, b): shown(a, b) for a in range(9) for b in range(9) if 4 in (a, b)}
    encoded = encode(apart, (9, 9), (4, 4), ((0,), (1,)))
    with pytest.raises(NotSeparable):
        verify([encoded], (9, 9), lambda places: [shown(*places)])
    verify([encoded], (9, 9), lambda places: [frame(*places, "-")])


def test_frames_are_compared_whole_but_for_their_box():
    for a, b in [(frame(0), frame(1)), (frame(0), frame(0, 0)), (frame(x=0), frame(y=0)), (frame(), Element("p"))]:
        assert not same(a, b)
    assert same(frame(1, x=2), frame(1, x=2)) and same(frame(viewBox="0 0 1 1"), frame(viewBox="0 0 2 2"))


@pytest.mark.slow
def test_two_panels_are_baked_apart_but_not_with_a_title_of_both():
    def panels(a, b):
        figure, axes = plt.subplots(1, 2, figsize=(3, 1.5))
        for axis, value in zip(axes, (a, b), strict=False):
            axis.bar([0], [value])
            axis.set(ylim=(0, 10), xticks=range(value + 1))
        return figure

    def titled(a, b):
        figure = panels(a, b)
        figure.suptitle(f"{a * b}")
        return figure

    for function, kind in ((panels, "apart"), (titled, "single")):
        widgets = {name: w.IntSlider(value=2, max=8) for name in "ab"}
        html = bake(Explorer.of(function, widgets, "si-f", bake=18))
        data = json.loads(re.search(r'<script type="application/json">(.*)</script>', html)[1])
        assert data["views"][0]["shape"] == ([9, 9] if kind == "apart" else [17])
        assert ("si-note" in html.split("</noscript>")[1]) == (kind == "single")


# --- exact limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size, start, most, places",
    [
        (5, 2, 5, (0, 1, 2, 3, 4)),
        (5, 2, 4, (0, 2, 4)),
        (5, 2, 3, (0, 2, 4)),
        (5, 2, 2, (2, 4)),
        (5, 2, 1, (2,)),
        (5, 4, 2, (0, 4)),
        (5, 0, 2, (0, 4)),
        (5, 0, 1, (0,)),
        (6, 0, 4, (0, 2, 4, 5)),
        (6, 0, 3, (0, 3, 5)),
        (7, 3, 4, (0, 3, 6)),
        (7, 2, 4, (0, 2, 4, 6)),
        (7, 2, 5, (0, 2, 4, 6)),
    ],
)
def test_which_places_are_kept(size, start, most, places):
    assert thinned(size, start, most) == places


@pytest.mark.parametrize(
    "sizes, can, limit, groups, found",
    [
        ((10, 10), (True, True), 100, None, (10, 10)),
        ((10, 10), (True, True), 99, None, (10, 9)),
        ((10, 10), (True, True), 80, None, (10, 8)),
        ((10, 10), (True, True), 25, None, (5, 5)),
        ((10, 10), (True, True), 24, None, None),
        ((4, 10), (True, True), 20, None, (4, 5)),
        ((4, 10), (False, True), 19, None, None),
        ((10, 3), (True, False), 15, None, (5, 3)),
        ((10, 3), (False, False), 30, None, (10, 3)),
        ((10, 20), (True, True), 21, [(0,), (1,)], (8, 14)),
        ((10, 20), (True, True), 29, [(0,), (1,)], (10, 20)),
        ((10, 20), (True, True), 28, [(0,), (1,)], (10, 19)),
        ((10, 20), (True, True), 9, [(0,), (1,)], (5, 5)),
        ((10, 20), (True, True), 8, [(0,), (1,)], None),
        ((6, 6, 6), (True, True, True), 41, [(0, 1), (2,)], (6, 6, 6)),
        ((6, 6, 6), (True, True, True), 40, [(0, 1), (2,)], (6, 6, 5)),
    ],
)
def test_how_frames_are_shared(sizes, can, limit, groups, found):
    assert shared(sizes, can, limit, groups) == found
    if found is not None:
        together = groups or [tuple(range(len(sizes)))]
        assert 1 + sum(math.prod(found[axis] for axis in group) - 1 for group in together) <= limit


def test_one_at_a_time_takes_its_share_each():
    plan = planned(explorer(a=100, b=100, c=100, d=100), 100)
    assert plan.kind == "single" and plan.shape == (21, 21, 21, 21), "at most a fourth of the limit each"
    grid = Explorer.of(
        lambda **_: None,
        {"a": w.IntSlider(50, 0, 99), "b": w.IntSlider(50, 0, 99), "c": w.Dropdown(options=range(40))},
        "si-f",
    )
    plan = planned(grid, 60)
    assert plan.kind == "single" and plan.shape == (19, 19, 40), "a list stays whole"


def test_a_plan_as_small_as_can_be_gets_no_coarser():
    grid = explorer(a=5, b=FEWEST)
    plan = planned(grid)
    assert coarser(grid, plan, 0.1) is None
    grid = explorer(a=40)
    plan = coarser(grid, planned(grid), 0.5)
    assert plan.shape == (15,)
    again = coarser(grid, plan, 0.01)
    assert again.shape == (FEWEST,) and coarser(grid, again, 0.01) is None
    assert "of the 40 values of a" in again.note
