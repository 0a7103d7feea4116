"""Columns: how values are cut, which numbers stand for them, and on which controls they depend."""

import itertools

import numpy as np
import pytest

from static_interact.columns import CUTTERS, TABLE, Column, Grid, NotSeparable, Parser, Tables, form


@pytest.mark.parametrize(
    "tokens, kind, digits",
    [
        (["0", "12", "-7"], 0, [0, 12, -7]),
        (["1.5", "2", "-0.25"], 2, [150, 200, -25]),
        (["1.50", "2.00", "-0.25"], -3, [150, 200, -25]),
        (["0.0", "1.5"], -2, [0, 15]),
        (["10", "20"], 0, [10, 20]),
        (["0.00001", "3"], 5, [1, 300_000]),
        (["2147483647", "-2147483647"], 0, [2147483647, -2147483647]),
        (["21474.83647", "1"], 5, [2147483647, 100_000]),
        (["100.0"], -2, [1000]),
    ],
)
def test_numbers_are_whole_numbers_in_one_format(tokens, kind, digits):
    found, read = Parser().numbers(tokens)
    assert (found, read.tolist()) == (kind, digits)
    assert [form(number, kind) for number in digits] == tokens


@pytest.mark.parametrize(
    "tokens",
    [
        ["007"], ["-0"], ["-0.0"], ["1e5"], [".5"], ["5."], ["x"], [""], ["0.123456"], ["12345678901"], ["2147483648"],
        ["-2147483648"], ["1.50", "1.5"], ["1.50", "2"], ["30000", "0.00001"], ["1", "x"], ["x", "1"],
    ],
)  # fmt: skip
def test_what_no_format_gives_back_is_no_number(tokens):
    parser = Parser()
    assert parser.numbers(["1"]) is not None and parser.numbers(tokens) is None
    assert parser.numbers(tokens) is None and parser.numbers(["1"])[1].tolist() == [1], "as it was"


def test_words_have_places_in_tables():
    tables = Tables(["#ffffff", "--si-000000", "#ff0000", "#00ff00", "#0000ff", "#010000"])
    kind, places = tables.number(["b", "a", "b"])
    assert (kind, places.tolist(), tables.tables) == (TABLE, [0, 1, 0], [("b", "a")])
    kind, places = tables.number(["#ff0000", "#ffffff"])
    assert kind == TABLE + 1
    assert tables.tables[1] == ("--si-000000", "#010000", "#0000ff", "#ff0000", "#00ff00", "#ffffff"), "dark to light"
    assert [tables.tables[1][place] for place in places] == ["#ff0000", "#ffffff"]
    assert tables.number(["b", "a"])[0] == TABLE and tables.number(["a", "b"])[0] == TABLE + 2
    assert tables.number(["#0000ff"])[0] == TABLE + 1 and len(tables.tables) == 3
    assert tables.number(["#0000ff", "a"])[0] == TABLE + 3, "not all of them colours"


def test_colours_are_ordered_as_the_eye_sees_them():
    """Rec. 601 in whole hundredths: green is lighter than red and red than blue, and each counts."""
    pairs = [("#310000", "#001900"), ("#001900", "#320000"), ("#00000a", "#040000"), ("#000100", "#000006"),
             ("#0000ff", "#600000"), ("#5d0000", "#0000ff"), ("#00ff00", "#c8ff00")]  # fmt: skip
    for dark, light in pairs:
        assert Tables([light, dark]).colors == (dark, light)


@pytest.mark.parametrize(
    "cutter, value, tokens",
    [
        (0, "M-1.5 .5L2e-3 7#00ff00", ["-1.5", ".5", "2e-3", "7", "#00ff00"]),
        (0, "fill:var(--si-00ff00);", ["--si-00ff00"]),
        (1, "one  two\nthree", ["one", "two", "three"]),
        (2, "one two\n\nthree", ["one two", "three"]),
    ],
)
def test_values_are_cut(cutter, value, tokens):
    assert CUTTERS[cutter].findall(value) == tokens


# --- what columns depend on -----------------------------------------------------------------------------------------

SHAPE = (3, 4, 2)
ALL = list(itertools.product(*map(range, SHAPE)))


def reduced(grid, frames, *functions, known=None):
    """For each column the axes it depends on, and its numbers over these."""
    values = np.array([[function(*frame) for function in functions] for frame in frames])
    known = np.ones(len(frames), dtype=bool) if known is None else np.array(known)
    found = {}
    for axes, which, cells in grid.reduce(values, known):
        for k, column in enumerate(which.tolist()):
            found[column] = axes, cells[:, k].tolist()
    return [found[k] for k in range(len(functions))]


def test_a_column_depends_on_the_fewest_controls():
    found = reduced(
        Grid(SHAPE, ALL),
        ALL,
        lambda i, j, k: 7,
        lambda i, j, k: i * i,
        lambda i, j, k: 5 - j,
        lambda i, j, k: 10 * i + k,
        lambda i, j, k: i + 10 * j + 100 * k,
    )
    assert found[:3] == [((), [7]), ((0,), [0, 1, 4]), ((1,), [5, 4, 3, 2])]
    assert found[3] == ((0, 2), [0, 1, 10, 11, 20, 21])
    assert found[4] == ((0, 1, 2), [i + 10 * j + 100 * k for i, j, k in ALL])


def test_small_sets_of_controls_are_tried_first():
    found = list(Grid(SHAPE, ALL).candidates())
    assert found == [(), (2,), (0,), (1,), (0, 2), (1, 2), (0, 1), (0, 1, 2)]
    assert list(Grid(SHAPE, ALL, [(1,), (0, 2)]).candidates()) == [(), (2,), (0,), (1,), (0, 2)]
    assert Grid(SHAPE, ALL).size((1, 2)) == 8 and Grid(SHAPE, ALL).size(()) == 1


def test_where_it_does_not_matter_anything_may_stand():
    known = [j > 0 for _, j, _ in ALL]
    found = reduced(Grid(SHAPE, ALL), ALL, lambda i, j, k: j or 90 + i + k, known=known)
    assert found == [((1,), [1, 1, 2, 3])], "what no frame shows takes the value of the one before, or the first"
    known = [j in {0, 3} for _, j, _ in ALL]
    assert reduced(Grid(SHAPE, ALL), ALL, lambda i, j, k: j, known=known) == [((1,), [0, 0, 0, 3])]
    known = [False] * len(ALL)
    known[5] = True
    assert reduced(Grid(SHAPE, ALL), ALL, lambda i, j, k: i + j + k, known=known) == [((), [3])]


def test_groups_are_read_from_the_frames_of_each():
    start = (1, 2, 0)
    frames = [f for f in ALL if f[2] == start[2] or f[:2] == start[:2]]
    grid = Grid(SHAPE, frames, [(0, 1), (2,)])
    found = reduced(grid, frames, lambda i, j, k: 10 * i + j, lambda i, j, k: k)
    assert found == [((0, 1), [10 * i + j for i in range(3) for j in range(4)]), ((2,), [0, 1])]
    with pytest.raises(NotSeparable, match=r"more than one of the groups \[\(0, 1\), \(2,\)\]"):
        reduced(grid, frames, lambda i, j, k: i + k)


def test_a_grid_without_controls_has_one_frame():
    grid = Grid((), [()])
    assert reduced(grid, [()], lambda: 4) == [((), [4])] and grid.places(()).tolist() == [0]


def test_places_are_in_row_major_order():
    grid = Grid(SHAPE, ALL)
    assert grid.places((0, 1, 2)).tolist() == list(range(24))
    assert grid.places((1, 2)).tolist() == [2 * j + k for _, j, k in ALL]
    assert grid.places((1, 2)) is grid.places((1, 2))


def test_equal_columns_are_one_unless_they_have_owners():
    data = np.arange(3).tobytes()
    assert Column((0,), 0, data) == Column((0,), 0, data) != Column((0,), 0, data, 5)
    assert Column((0,), 0, data).cells().tolist() == [0, 1, 2]
