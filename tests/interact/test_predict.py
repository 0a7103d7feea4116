"""Predictions: whose neighbours numbers are, what is left of numbers that follow a rule, and what it would cost."""

import base64
import itertools

import numpy as np
import pytest

from static_interact import predict
from static_interact.coder import Encoder
from static_interact.predict import FEATURES, FIRST_FEATURES, PRESETS, UNIT, Sheet


def sheet(rows, sizes=None, stride=1, ragged=False):
    rows = [np.array(row, dtype=np.int64) for row in rows]
    sizes = (len(rows),) if sizes is None else sizes
    return Sheet(tuple(range(len(sizes))), sizes, rows, stride, ragged)


def left(made, predictor):
    return predict.residuals(made, predictor)[0].tolist()


def only(name, coefficient=UNIT):
    """A predictor of one feature."""
    return [], [coefficient if pair == name else 0 for pair in FEATURES]


def first(name, coefficient=UNIT):
    return [coefficient if pair == name else 0 for pair in FIRST_FEATURES], []


NOISE = np.random.default_rng(0).integers(-50, 50, (60, 40))


# --- neighbours ---------------------------------------------------------------------------------------------------


def test_rows_are_linked_along_the_innermost_control_that_has_one_before():
    sizes = (3, 2, 4)
    places = list(itertools.product(*map(range, sizes)))
    number = {place: k for k, place in enumerate(places)}
    for place, found in zip(places, predict.row_links(sizes).tolist(), strict=True):
        moving = [axis for axis in reversed(range(3)) if place[axis]]

        def back(start, axis, steps=1):
            target = tuple(p - steps * (k == axis) for k, p in enumerate(start))
            return number.get(target, -1)

        inner = moving[0] if moving else None
        outer = moving[1] if len(moving) > 1 else None
        expected = [back(place, inner, k) if moving else -1 for k in (1, 2, 3)]
        expected += [-1, -1] if outer is None else [back(place, outer), back(places[back(place, outer)], inner)]
        assert found == expected, place


def test_a_grid_of_no_controls_is_one_row_without_neighbours():
    assert predict.row_links(()).tolist() == [[-1] * 5]
    assert predict.row_links((0,)).shape == (0, 5)


def known(made, name):
    """A neighbour as whole numbers, None where it is missing."""
    return [None if np.isnan(value) else int(value) for value in made.neighbours()[name]]


def test_neighbours_are_where_they_should_be():
    """Rows of 8 over a grid of 4 x 5: each number says its row and place, each neighbour says which it is."""
    stride, length = 2, 8
    rows = [[100 * row + place for place in range(length)] for row in range(20)]
    made = sheet(rows, (4, 5), stride)
    links = predict.row_links((4, 5)).tolist()
    offsets = {"0": 0, "1": -2, "2": -4, "3": -6, "4": -8, "m": 2}
    for name in {name for pair in FEATURES + FIRST_FEATURES for name in pair}:
        expected = []
        for row, place in itertools.product(range(20), range(length)):
            line = row if name[0] == "c" else links[row]["uvtwd".index(name[0])]
            at = place + offsets[name[1]]
            expected.append(100 * line + at if line >= 0 and 0 <= at < length else None)
        assert known(made, name) == expected, name


def test_without_a_stride_numbers_of_a_row_are_strangers():
    made = sheet([[1, 2, 3], [4, 5, 6]], stride=0)
    assert known(made, "u0") == [None] * 3 + [1, 2, 3]
    for name in ("c1", "c2", "u1", "um", "v1"):
        assert known(made, name) == [None] * 6


def test_a_sheet_can_forget_and_find_again():
    made = sheet([[1, 2], [3, 4]])
    before = known(made, "u0")
    made.rows = [np.array([5, 6]), np.array([7, 8])]
    assert known(made, "u0") == before
    made.forget()
    assert known(made, "u0") == [None, None, 5, 6]


def test_counterparts_follow_points_that_come_and_go():
    above = np.arange(0, 400, 10)
    assert predict.counterparts(above, above, 1).tolist() == list(range(40))
    # One more, and two fewer, in the middle: found again one group later.
    more = np.insert(above, 20, 195)
    assert predict.counterparts(more, above, 1)[23:].tolist() == list(range(22, 40))
    fewer = np.delete(above, [20, 21])
    assert predict.counterparts(fewer, above, 1)[22:].tolist() == list(range(24, 40))
    # In pairs: x and y go together.
    pairs = np.stack([above, above[::-1]], axis=1)
    shorter = np.delete(pairs, 7, axis=0).ravel()
    found = predict.counterparts(shorter, pairs.ravel(), 2)
    assert found[:14].tolist() == list(range(14))
    assert found[16:].tolist() == list(range(18, 80))


def test_counterparts_stay_where_they_are_if_there_is_nothing_near():
    assert predict.counterparts(np.arange(6), np.zeros(0, np.int64), 2).tolist() == list(range(6))
    assert predict.counterparts(np.zeros(0, np.int64), np.arange(6), 2).tolist() == []
    # Of several that are equally near, the one that goes straight on.
    assert predict.counterparts(np.zeros(9, np.int64), np.zeros(9, np.int64), 1).tolist() == list(range(9))


# --- what is left -------------------------------------------------------------------------------------------------


def test_without_coefficients_what_is_left_is_the_change_from_above_or_from_the_left():
    assert left(sheet([[3, 5, 4], [4, 7, 1]]), PRESETS[0]) == [3, 2, -1, 1, 2, -3]
    assert left(sheet([[3, 5, 4], [4, 7, 1]], stride=0), PRESETS[0]) == [3, 5, 4, 1, 2, -3]
    assert left(sheet([[3, 5, 4, 9]], stride=2), PRESETS[0]) == [3, 5, 1, 4]


@pytest.mark.parametrize(
    "rule, predictor, border",
    [
        (lambda r: np.add.outer(3 * np.arange(12), r[0, :9]), PRESETS[1], (2, 0)),  # rows in a line
        (lambda r: np.add.outer(r[0, :12], r[1, :9]), PRESETS[2], (1, 1)),  # rows of one form
        (lambda r: np.add.outer(r[0, :12], r[1, :9]), only(("c1", "u1")), (1, 1)),
        (lambda r: np.add.outer(7 * np.arange(12), 5 * np.arange(9)), first(("c1", "c2")), (0, 2)),
    ],
)
def test_of_numbers_that_follow_a_rule_nothing_is_left(rule, predictor, border):
    rows = rule(NOISE)
    rest = np.array(left(sheet(rows), predictor)).reshape(rows.shape)
    if predictor[1]:
        assert not rest[border[0] :, border[1] :].any()
        assert rest[:1].any()
    else:
        assert not rest[0, border[1] :].any()


def test_rows_of_two_controls_that_go_on_alike():
    """The last preset: a row changes from the one above as the rows of the outer control's last step did."""
    rows = [a + b for a, b in itertools.product(NOISE[:5, :8], NOISE[5:11, :8])]
    rest = np.array(left(sheet(rows, (5, 6)), PRESETS[3])).reshape(5, 6, 8)
    assert not rest[1:, 1:].any() and rest[0, 1:].any()


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("coefficient", [UNIT, -UNIT, UNIT // 2])
def test_each_feature_is_the_difference_that_it_says(name, coefficient):
    made = sheet(NOISE[:40, :7], (8, 5), 1)
    a, b = (made.neighbours()[n] for n in name)
    above, value = made.neighbours()["u0"], made.neighbours()["value"]
    change = np.where(np.isnan(a - b), 0, a - b) * coefficient / UNIT
    whole = np.floor(change + 0.5)
    rest = change - whole
    expected = value - above - whole
    expected = np.where(rest < 0, -expected, expected)
    there = ~np.isnan(above)
    np.testing.assert_array_equal(predict.residuals(made, only(name, coefficient))[0][there], expected[there])


def test_zones_say_how_large_the_neighbours_left_are():
    """Twice the left one's, the next one's, and that above, as a power of two; 7 at most."""
    rows = [[0, 1, 1, 1, 400], [0, 1, 9, 1, 400], [0, 0, 0, 0, 0]]
    values, zones, fractions = predict.residuals(sheet(rows, stride=0), PRESETS[0])
    assert values.tolist() == [0, 1, 1, 1, 400, 0, 0, 8, 0, 0, 0, -1, -9, -1, -400]
    assert zones.tolist() == [0, 0, 2, 2, 2, 0, 1, 1, 5, 7, 0, 0, 4, 5, 4]
    assert not fractions.any()
    one_more = predict.residuals(sheet([*rows, [0, 0, 0, 0, 0]], stride=0), PRESETS[0])[1].tolist()
    assert one_more[15:] == [0, 1, 4, 1, 7]


def test_fractions_say_how_far_predictions_are_from_whole_numbers():
    for coefficient, fraction, sign in [(0, 0, 1), (31, 0, 1), (32, 1, 1), (95, 2, 1), (96, 3, 1), (127, 3, 1),
                                        (128, 3, -1), (160, 3, -1), (161, 2, -1), (225, 0, -1)]:  # fmt: skip
        values, _, fractions = predict.residuals(sheet([[0, 1, 9]]), ([coefficient], []))
        whole = coefficient >= 128
        assert fractions.tolist()[2] == fraction and values.tolist()[2] == sign * (8 - whole), coefficient


# --- which combination --------------------------------------------------------------------------------------------


def size(made, predictor):
    values, zones, fractions = predict.residuals(made, predictor)
    encoder = Encoder(1)
    encoder.code(0, values.tolist(), zones.tolist(), fractions.tolist())
    text = encoder.text()
    return len(base64.b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.parametrize("scale", [0.3, 2, 15, 600, 60_000])
@pytest.mark.parametrize("predictor", [PRESETS[0], PRESETS[1]])
def test_the_estimate_is_near_what_the_coder_takes(scale, predictor):
    steps = np.random.default_rng(3).normal(scale=scale, size=(60, 40))
    made = sheet(np.round(steps.cumsum(axis=0)))
    estimate = predict.estimate(*predict.residuals(made, predictor)[:2])
    assert estimate == pytest.approx(size(made, predictor), rel=0.1, abs=4)


def test_nothing_costs_nothing():
    assert predict.estimate(np.zeros(900, np.int64), np.zeros(900, np.int64)) == 0
    assert predict.estimate(np.zeros(0, np.int64), np.zeros(0, np.int64)) == 0


def test_a_fit_finds_the_rule_that_made_the_numbers():
    rng = np.random.default_rng(4)
    rows = rng.integers(-20, 21, (100, 30))
    for row, place in itertools.product(range(2, 100), range(30)):
        change = 0.5 * (rows[row - 1, place] - rows[row - 2, place])
        if place:
            change -= 0.25 * (rows[row, place - 1] - rows[row - 1, place - 1])
        rows[row, place] = rows[row - 1, place] + np.floor(change + 0.5) + rng.integers(-20, 21)
    fitted = predict.fit([sheet(rows)])
    found = dict(zip(FEATURES, fitted[1] + [0] * 13, strict=False))
    assert found["u0", "v0"] == pytest.approx(128, abs=20) and found["c1", "u1"] == pytest.approx(-64, abs=20)
    assert all(abs(c) <= 20 for name, c in found.items() if name not in {("u0", "v0"), ("c1", "u1")})
    assert fitted[1][-1] != 0, "zeros at the end are left out"
    assert np.abs(np.array(left(sheet(rows), fitted)).reshape(100, 30)[3:, 3:]).mean() < 12


def test_a_fit_of_the_first_row_finds_its_rule():
    row = [0, 7]
    for step in np.random.default_rng(6).integers(-20, 21, 3_000).tolist():
        row.append(row[-1] + round(0.75 * (row[-1] - row[-2])) + step)
    ((c12, c23, c34, c13), above) = predict.fit([sheet([row])])
    assert c12 + c13 == pytest.approx(192, abs=16), "the last one is the sum of the first two"
    assert c23 + c13 == pytest.approx(0, abs=20) and c34 == pytest.approx(0, abs=20) and above == []


def test_a_fit_does_not_heed_a_few_that_are_far_off():
    rows = np.add.outer(3 * np.arange(50), NOISE[0])
    rows[30, 20] += 600
    fitted = predict.fit([sheet(rows)])
    assert np.median(np.abs(left(sheet(rows), fitted))) == 0 and fitted[1] != []


def test_a_fit_of_next_to_nothing_is_none():
    assert predict.fit([sheet([[1, 2, 3]])]) == ([], [])
    assert predict.fit([sheet([[5] * 40] * 40)]) == ([], [])


def test_coefficients_have_bounds():
    row = (np.array([1, -1] * 20) * 9 ** np.arange(40) % 2**31).astype(np.int64)
    rows = [row, *(row * 7**k for k in range(1, 9))]
    assert all(abs(c) <= 4 * UNIT for part in predict.fit([sheet(rows, stride=0)]) for c in part)


def test_a_very_long_sheet_is_fitted_by_a_part_of_it():
    rng = np.random.default_rng(5)
    rows = rng.integers(-40, 40, (3, 1)) + np.cumsum(rng.integers(-9, 10, (1, 30_000)), axis=1)
    _, above = predict.fit([sheet(rows)])
    assert sum(above[:3]) == pytest.approx(UNIT, abs=8), "three features say the same here"


def test_each_sheet_gets_what_suits_it_best():
    line = sheet(np.add.outer(3 * np.arange(30), NOISE[0, :4]))
    form = sheet(np.add.outer(NOISE[1, :30], NOISE[0, :4]))
    constant = sheet(np.tile(NOISE[0, :4], (30, 1)))
    predictors = list(PRESETS)
    predict.choose([line, form, constant], predictors)
    for made in (line, form, constant):
        costs = [size(made, predictor) for predictor in predictors]
        assert costs[made.predictor] <= min(costs) + 2


def walk(seed, c, count=60):
    """Rows of which each goes on from the two before by a factor that no preset has."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(-300, 300, 40), rng.integers(-300, 300, 40)]
    while len(rows) < count:
        rows.append(rows[-1] + np.round(c * (rows[-1] - rows[-2])).astype(int) + rng.integers(-1, 2, 40))
    return sheet(rows)


def test_a_fitted_combination_is_added_where_it_pays():
    predictors = list(PRESETS)
    one, other, plain = walk(1, 0.6), walk(2, 0.6), sheet(NOISE[:3, :3])
    predict.choose([one, other], predictors)
    assert len(predictors) == 5 and one.predictor == other.predictor == 4, "one for both"
    predictors = list(PRESETS)
    predict.choose([plain], predictors)
    assert predictors == list(PRESETS), "what is small does not pay for its own"
    apart = [walk(1, 0.6), walk(2, -0.7)]
    predictors = list(PRESETS)
    predict.choose(apart, predictors)
    assert apart[0].predictor != apart[1].predictor and min(made.predictor for made in apart) >= 4
    for made in apart:
        assert size(made, predictors[made.predictor]) < 0.8 * min(size(made, preset) for preset in PRESETS)


def test_sheets_of_different_kinds_are_fitted_apart():
    one, other = walk(1, 0.6), walk(2, -0.7)
    other.stride = 2
    predictors = list(PRESETS)
    predict.choose([one, other], predictors)
    assert {one.predictor, other.predictor} == {4, 5}
