"""How numbers are laid out in sheets, so that neighbours predict each other."""

import itertools
import json

import numpy as np
import pytest

from static_interact import sheets
from static_interact.columns import Grid
from static_interact.decode import read_sheets
from static_interact.encode import encode
from static_interact.predict import Sheet
from static_interact.sheets import Layout
from tests.interact.trees import div

SHAPE = (5, 6)
ALL = list(itertools.product(*map(range, SHAPE)))


def layout():
    return Layout(Grid(SHAPE, ALL))


def read(made):
    """The sheets' rows, as a page reads them."""
    return read_sheets({"shape": list(SHAPE), "sheets": made.sheets, "predictors": made.predictors, "code": made.code})


def over_both(function):
    return np.array([function(i, j) for i, j in ALL])


def test_columns_over_the_same_controls_share_a_sheet_and_equal_ones_are_one():
    made = layout()
    columns = [
        made.column((0,), 0, np.arange(5)),
        made.column((0,), 0, np.arange(5) ** 2),
        made.column((0,), 1, np.arange(5)),
        made.column((1,), 0, np.arange(6)),
    ]
    made.use([*columns, made.column((0,), 0, np.arange(5))])
    made.use([columns[1]])
    places = made.arrange()
    assert [places[column] for column in columns] == [0, 1, 2, 3]
    assert [sheet[:3] for sheet in made.sheets] == [[[0], 0, 2], [[0], 1, 1], [[1], 0, 1]]
    assert read(made) == [[[k, k * k] for k in range(5)], [[k] for k in range(5)], [[k] for k in range(6)]]


def test_many_columns_of_one_slot_are_neighbours_in_a_sheet_of_their_own():
    made = layout()
    few = [made.column((0,), 0, np.arange(5) + k) for k in range(sheets.MANY - 1)]
    many = [made.column((0,), 0, 7 * np.arange(5) + 3 * k) for k in range(2, sheets.MANY + 2)]
    made.use(few)
    made.use(many)
    places = made.arrange()
    assert [sheet[2] for sheet in made.sheets] == [len(few), len(many)]
    assert [places[column] for column in [*few, *many]] == list(range(len(few) + len(many)))
    assert made.sheets[1][3] > 0, "each predicts others"
    assert read(made)[1] == [[7 * row + 3 * k for k in range(2, sheets.MANY + 2)] for row in range(5)]


def test_one_control_goes_innermost_if_less_changes_along_it():
    for function, axes in ((lambda i, j: 900 * i * i + j, [0, 1]), (lambda i, j: 900 * j * j + i, [1, 0])):
        made = layout()
        column = made.column((0, 1), 0, over_both(function))
        made.use([column])
        made.arrange()
        assert made.sheets[0][0] == axes
        outer, inner = (SHAPE[axis] for axis in axes)
        rows = np.array(read(made)[0]).reshape(outer, inner)
        np.testing.assert_array_equal(rows if axes == [0, 1] else rows.T, over_both(function).reshape(SHAPE))


def test_a_control_that_stands_still_changes_nothing():
    assert sheets._axis_order(np.zeros((1, 3, 1), dtype=np.int64)) == [0, 1]
    assert sheets._axis_order(np.arange(3).reshape(1, 3, 1)) == [1, 0]
    assert sheets._axis_order(np.arange(3).reshape(3, 1, 1)) == [0, 1]


@pytest.mark.parametrize("stride", sheets.STRIDES)
def test_the_stride_is_that_of_numbers_that_belong_together(stride):
    rng = np.random.default_rng(stride)
    walks = 5_000 * np.arange(stride) ** 2 + rng.integers(-9, 10, (20, stride)).cumsum(axis=0)
    row = walks.ravel()
    rows = [row + rng.integers(-400, 400, (1, stride)).repeat(20, axis=0).ravel() for _ in range(6)]
    [best] = sheets._best_strides([[Sheet((1,), (6,), rows, s) for s in sheets.STRIDES]])
    assert best.stride == stride
    ragged = [row[: len(row) - stride * (k % 3)] for k, row in enumerate(rows)]
    [best] = sheets._best_strides([[Sheet((1,), (6,), ragged, s, True) for s in sheets.STRIDES]])
    assert best.stride == stride


def test_strangers_have_no_stride():
    rows = list(np.random.default_rng(0).integers(-900, 900, (30, 1)) + np.arange(0, 900_000, 100_000) ** 2 % 99_991)
    rows = [row + np.random.default_rng(k).integers(-9, 9, 9) for k, row in enumerate(rows)]
    [best] = sheets._best_strides([[Sheet((0,), (30,), [r[:1] for r in rows], s) for s in (0, 1)]])
    assert best.stride == 0


def test_the_stride_is_tried_on_a_part(monkeypatch):
    """Where the rest would say otherwise: the first rows decide, whole blocks of the innermost control."""
    seen = []

    def fit(parts):
        seen.append([(part.sizes, len(part.rows)) for part in parts])
        return [], []

    monkeypatch.setattr(sheets.predict, "fit", fit)
    rows = [np.arange(1_000) for _ in range(40)]
    sheets._best_stride([Sheet((0, 1), (8, 5), rows, 1)])
    sheets._best_stride([Sheet((1,), (40,), rows, 1)])
    sheets._best_stride([Sheet((0, 1), (8, 5), rows[:40:8] * 8, 1)])
    sheets._best_stride([Sheet((), (), rows[:1], 1)])
    assert seen == [[((2, 5), 10)], [((40,), 40)], [((2, 5), 10)], [((1,), 1)]]


def test_ragged_rows_are_stored_once():
    made = layout()
    rows = [np.arange(k) * 3 for k in range(5)]
    one = made.ragged((0,), 0, rows)
    assert made.ragged((0,), 0, [row.copy() for row in rows]) is one
    other = made.ragged((0,), 1, rows)
    places = made.arrange()
    assert [sheet[1] for sheet in made.sheets] == [0, 0, 1] and places[one] == 1 and places[other] == 2
    assert made.sheets[1][2] == made.sheets[2][2] == [0], "both have the same lengths"
    assert read(made)[1] == [row.tolist() for row in rows]


# --- what pages weigh -----------------------------------------------------------------------------------------------


def path(points):
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


X = np.linspace(0, 6, 60)


def code_bytes(frames, shape):
    data = encode(frames, shape, (0,) * len(shape)).data
    return len(data["code"]) * 3 // 4, len(json.dumps(data, separators=(",", ":"))) - len(data["code"])


def curves(*values):
    lines = (np.column_stack([50 * X, 90 - 60 * value]) for value in values)
    return div("<svg>" + "".join(f'<path d="{path(line)}"/>' for line in lines) + "</svg>")


@pytest.mark.parametrize(
    "make, shape, code, rest",
    [
        (lambda a: curves(np.sin(X + a / 20)), (30,), 384, 200),
        (lambda a: curves(np.sin(X * (1 + a / 60)), np.exp(-X * a / 60)), (30,), 762, 308),
        (lambda a, b: curves(np.sin(X + a / 9) * b / 9), (8, 9), 945, 204),
        (lambda a, b: curves(np.sin(X + a / 9) + np.cos(X * b / 9)), (8, 9), 1450, 850),
        (lambda a: div(f'<svg><path d="{path(np.column_stack([X, X * X])[: 30 + a])}"/></svg>'), (20,), 44, 222),
        (lambda a: div("".join(f"<p>{a * k} and {a / 8:.3f}</p>" for k in range(9))), (20,), 16, 340),
    ],
)
def test_figures_take_little(make, shape, code, rest):
    frames = {place: make(*place) for place in itertools.product(*map(range, shape))}
    found = code_bytes(frames, shape)
    assert found[0] <= code and found[1] <= rest, found
