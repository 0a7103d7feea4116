"""Faults of published code, kept so that they stay caught.

Each fault is rewritten here as small as it is. It passes the test that its author could have had
(`passes`), fails the property that gives it away (`fails`), and the shared module has that property.
Chapter 7 tells the stories. Sources: P. Dahal's article "Softmax and Cross Entropy Loss" (2017) and
his library deepnet; the CS231n notes.
"""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_softmax import cross_entropy, cross_entropy_grad, naive, softmax
from stable_softmax.gradcheck import check_gradient

ROW = np.array([1.0, 2.0, 3.0])
SOFTMAX_OF_ROW = [0.09003057, 0.24472847, 0.66524096]
BATCH = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.5], [4.0, 0.0, -2.0]])

scores = hnp.arrays(
    float,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=5),
    elements=st.floats(-500, 500).map(lambda value: round(value, 3)),
)
properties = settings(max_examples=settings.default.max_examples // 2)


# Properties ---------------------------------------------------------------------------------------


def rows_stand_alone(function, batch):
    return np.allclose(function(batch), [function(row) for row in batch])


def rows_sum_to_one(function, batch):
    return np.allclose(function(batch).sum(axis=-1), 1)


def is_positive(function, batch):
    return bool(np.all(function(batch) >= 0))


def ignores_a_shift(function, batch, shift=2.5):
    return np.allclose(function(batch + shift), function(batch), rtol=1e-9, atol=1e-12)


def keeps_ratios(log_probabilities, row, atol=0.1):
    """ln(p_i / p_j) is the difference of the scores."""
    return np.allclose(np.diff(log_probabilities), np.diff(row), atol=atol)


@properties
@given(scores)
def test_softmax_has_the_properties(batch):
    assert rows_stand_alone(softmax, batch)
    assert rows_sum_to_one(softmax, batch)
    assert is_positive(softmax, batch)
    assert ignores_a_shift(softmax, batch)


# The batch code sums over the whole array ---------------------------------------------------------


def without_axis(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def test_missing_axis_passes_on_one_row_and_in_total():
    np.testing.assert_allclose(without_axis(ROW), SOFTMAX_OF_ROW, atol=5e-9)
    assert without_axis(BATCH).sum() == pytest.approx(1)
    np.testing.assert_array_equal(without_axis(BATCH).argmax(-1), BATCH.argmax(-1))


def test_missing_axis_fails_on_rows():
    assert not rows_stand_alone(without_axis, BATCH)
    assert not rows_sum_to_one(without_axis, BATCH)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_missing_axis_shows_in_the_first_loss(rows):
    zeros, labels = np.zeros((rows, 3)), np.zeros(rows, int)
    first = -np.log(without_axis(zeros)[np.arange(rows), labels]).mean()
    assert first == pytest.approx(np.log(3 * rows))
    assert cross_entropy(zeros, labels) == pytest.approx(np.log(3))


def test_missing_axis_fails_the_gradient_check():
    labels = np.array([2, 0, 1])
    rows = np.arange(3)

    def gradient(function, x):
        p = function(x).copy()
        p[rows, labels] -= 1
        return p / 3

    wrong = check_gradient(
        lambda x: -np.log(without_axis(x)[rows, labels]).mean(), gradient(without_axis, BATCH), BATCH
    )
    right = check_gradient(lambda x: cross_entropy(x, labels), cross_entropy_grad(BATCH, labels), BATCH, floor=1e-3)
    assert (wrong.verdict, right.verdict) == ("probably wrong", "right")
    np.testing.assert_allclose(gradient(softmax, BATCH), cross_entropy_grad(BATCH, labels))


# The first published "stable" version: exp(X) - max(X) --------------------------------------------


def misplaced_parenthesis(x):
    e = np.exp(x) - np.max(x, axis=-1, keepdims=True)
    return e / np.sum(e, axis=-1, keepdims=True)


def test_misplaced_parenthesis_sums_to_one_and_keeps_the_order_of_the_classic_row():
    assert rows_sum_to_one(misplaced_parenthesis, BATCH)
    assert rows_stand_alone(misplaced_parenthesis, BATCH)
    np.testing.assert_array_equal(misplaced_parenthesis(ROW).argsort(), ROW.argsort())


def test_misplaced_parenthesis_turns_the_order_round_where_its_sum_is_negative():
    row = np.array([1.0, -10.0, -10.0])
    np.testing.assert_allclose(misplaced_parenthesis(row), [-6.10, 3.55, 3.55], atol=0.005)
    rows = np.random.default_rng(0).normal(size=(10_000, 10))
    wrong = misplaced_parenthesis(rows).argmax(-1) != rows.argmax(-1)
    assert 0.34 < wrong.mean() < 0.42
    np.testing.assert_array_equal(softmax(rows).argmax(-1), rows.argmax(-1))


def test_misplaced_parenthesis_passes_a_rough_shift_test_from_14_up():
    for start, passes in [(13.0, False), (14.0, True)]:
        row = start + np.arange(3)
        rough = np.allclose(misplaced_parenthesis(row + 2.5), misplaced_parenthesis(row))
        assert rough == passes
        assert not ignores_a_shift(misplaced_parenthesis, row)


def test_misplaced_parenthesis_fails_positivity_and_shift():
    np.testing.assert_allclose(misplaced_parenthesis(ROW), [-0.013, 0.207, 0.806], atol=5e-4)
    assert not is_positive(misplaced_parenthesis, ROW)
    assert not ignores_a_shift(misplaced_parenthesis, ROW)
    # Larger scores hide the sign; the shift still tells.
    assert is_positive(misplaced_parenthesis, ROW + 6)
    assert not ignores_a_shift(misplaced_parenthesis, ROW + 6)


def test_misplaced_parenthesis_is_not_even_stable():
    huge = np.array([1000.0, 2000.0, 3000.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(misplaced_parenthesis(huge)).all()
    np.testing.assert_array_equal(softmax(huge), [0, 0, 1])


# The unstable softmax in the loss, and the logarithm of the stable one ----------------------------


def log_of_softmax(x, label):
    e = np.exp(x - np.max(x))
    return -np.log((e / e.sum())[label])


@pytest.mark.parametrize("label", [0, 1, 2])
def test_log_of_softmax_agrees_on_ordinary_scores(label):
    assert log_of_softmax(ROW, label) == pytest.approx(cross_entropy(ROW, label), rel=1e-14)


def test_log_of_softmax_is_infinite_where_the_loss_is_800():
    row = np.array([0.0, 800.0])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        assert log_of_softmax(row, 0) == np.inf
        assert naive.cross_entropy(row, 0) == np.inf
    assert cross_entropy(row, 0) == 800


def test_log_of_softmax_is_zero_where_the_loss_is_tiny():
    assert log_of_softmax(np.array([40.0, 0.0]), 0) == 0
    assert cross_entropy([40.0, 0.0], 0) == pytest.approx(4.248354255291589e-18)


@properties
@given(hnp.arrays(float, 4, elements=st.floats(-1e4, 1e4)), st.integers(0, 3), st.integers(0, 3))
def test_the_loss_never_jumps(row, label, raised):
    """Each entry of its gradient p - y lies in [-1, 1]."""
    above = row.copy()
    above[raised] += 1
    step = abs(cross_entropy(above, label) - cross_entropy(row, label))
    assert step <= 1 + 1e-11


def test_clipped_and_padded_losses_are_flat_where_the_model_is_most_wrong():
    def p(gap):
        e = np.exp(np.array([0.0, gap]) - max(0.0, gap))
        return (e / e.sum())[0]

    for loss in (lambda p: -np.log(np.clip(p, 1e-12, 1)), lambda p: -np.log(p + 1e-12)):
        assert loss(p(1000.0)) == loss(p(999.0)) == pytest.approx(27.631, abs=1e-3)
    assert -np.log(p(-800.0) + 1e-12) < 0
    assert cross_entropy([0.0, 1000.0], 0) - cross_entropy([0.0, 999.0], 0) == 1
    assert cross_entropy([0.0, -800.0], 0) >= 0


# Mutants that only one property, or one kind of row, tells from softmax ------------------------------


def test_powers_of_two_break_the_ratios_alone():
    def base_two(x):
        e = np.exp2(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    for holds in (rows_stand_alone, rows_sum_to_one, is_positive, ignores_a_shift):
        assert holds(base_two, BATCH)
    assert not keeps_ratios(np.log(base_two(ROW)), ROW)
    assert keeps_ratios(np.log(softmax(ROW)), ROW, atol=1e-14)


def test_one_maximum_for_the_batch_breaks_rows_that_lie_far_apart():
    def one_maximum(x):
        e = np.exp(x - x.max())
        return e / e.sum(axis=-1, keepdims=True)

    for holds in (rows_stand_alone, rows_sum_to_one, is_positive, ignores_a_shift):
        assert holds(one_maximum, BATCH)
    far = np.array([[0.0, 1.0], [800.0, 0.0]])
    with np.errstate(invalid="ignore"):
        assert np.isnan(one_maximum(far)[0]).all()
    assert rows_stand_alone(softmax, far)
    # Without any axis the first row is 0, and the wrong class is picked.
    assert without_axis(far).argmax(-1).tolist() == [0, 0] != far.argmax(-1).tolist()


# Slips of an index --------------------------------------------------------------------------------


def gradient_with_fixed_index(x, y):
    """The sum over k != 1 where k != i is meant."""
    p = softmax(x)
    return -y * (1 - p) + p * y[1:].sum()


def probabilities_with_wrong_index(x):
    """p_j defined by a_i: the same number in every place."""
    return np.full(len(x), np.exp(x[0]) / np.exp(x).sum())


def test_fixed_index_is_right_for_the_first_class_alone():
    y = np.array([0.0, 1.0, 0.0])
    right, slipped = cross_entropy_grad(ROW, y), gradient_with_fixed_index(ROW, y)
    assert slipped[0] == pytest.approx(right[0])
    assert abs(slipped.sum()) > 0.1
    assert right.sum() == pytest.approx(0, abs=1e-15)


def test_index_slips_fail_permutation():
    y, swap = np.array([0.0, 1.0, 0.0]), [1, 0, 2]

    def permutes(function):
        return np.allclose(function(ROW[swap], y[swap]), function(ROW, y)[swap])

    assert not permutes(gradient_with_fixed_index)
    assert not permutes(lambda x, y: probabilities_with_wrong_index(x))
    assert permutes(cross_entropy_grad)
    assert permutes(lambda x, y: softmax(x))


# CS231n's misprinted row --------------------------------------------------------------------------


def test_misprinted_row_breaks_the_ratios():
    row, misprinted = np.array([12.5, 0.6, -23.0]), np.array([0.9, 0.09, 0.01])
    assert misprinted.sum() == pytest.approx(1) and np.all(np.diff(misprinted) < 0)
    assert not keeps_ratios(np.log(misprinted), row)
    assert keeps_ratios(np.log(softmax(row)), row)
    np.testing.assert_array_equal(softmax(row).round(5), [0.99999, 0.00001, 0])


# deepnet: the sigmoid's sign, Adam's one buffer for two moments -----------------------------------


def mirrored_sigmoid(z):
    return 1 / (1 + np.exp(z))


def two_classes(z):
    """The sigmoid as the shared module has it: softmax of [z, 0]."""
    return softmax(np.stack([z, np.zeros_like(z)], axis=-1))[..., 0]


def test_mirrored_sigmoid_passes_range_and_symmetry():
    z = np.linspace(-6, 6, 25)
    for sigmoid in (mirrored_sigmoid, two_classes):
        assert np.all((0 < sigmoid(z)) & (sigmoid(z) < 1))
        assert sigmoid(np.array(0.0)) == 0.5
        np.testing.assert_allclose(sigmoid(-z), 1 - sigmoid(z))


def test_mirrored_sigmoid_fails_monotonicity_and_the_gradient_check():
    z = np.linspace(-6, 6, 24)

    def check(sigmoid):
        return check_gradient(lambda z: sigmoid(z).sum(), sigmoid(z) * (1 - sigmoid(z)), z)

    assert np.all(np.diff(mirrored_sigmoid(z)) < 0) and np.all(np.diff(two_classes(z)) > 0)
    assert check(mirrored_sigmoid).error == pytest.approx(2)
    assert check(two_classes).verdict == "right"


def adam(w, gradient, steps, rate=0.1, shared=False):
    m = v = 0.0
    for t in range(1, steps + 1):
        g = gradient(w)
        m = 0.9 * m + 0.1 * g
        if shared:
            v = m
        v = 0.999 * v + 0.001 * g**2
        if shared:
            m = v
        w -= rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


def test_shared_moments_pass_going_downhill_from_the_right():
    assert 0 < adam(1.0, lambda w: 2 * w, 5, shared=True) < 1


def test_shared_moments_fail_mirroring_and_the_size_of_the_first_step():
    def slope(w):
        return 2 * w

    with np.errstate(invalid="ignore"):
        assert np.isnan(adam(-1.0, slope, 1, shared=True))
    assert adam(-1.0, slope, 5) == -adam(1.0, slope, 5)
    for start in (0.01, 1.0, 100.0):
        assert start - adam(start, slope, 1) == pytest.approx(0.1, rel=1e-5)
        assert start - adam(start, slope, 1, shared=True) != pytest.approx(0.1, rel=0.1)
