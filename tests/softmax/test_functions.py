"""softmax, log_softmax and logsumexp: values, special values, factors, blocks, errors."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import _blocks, _terms, log_softmax, logsumexp, naive, softmax

ELEMENTWISE = [softmax, log_softmax]
INF, NAN = np.inf, np.nan


def scores(dtype=np.float64, low=-50, high=50, **shape):
    """Arrays of moderate scores, of which every row can be softmaxed."""
    shape = shape or {"min_dims": 1, "max_dims": 3, "min_side": 1, "max_side": 5}
    return hnp.arrays(
        dtype, hnp.array_shapes(**shape), elements=st.floats(low, high, width=np.dtype(dtype).itemsize * 8)
    )


# Values


def test_known_values():
    np.testing.assert_allclose(softmax([1, 2, 3]), [0.09003057, 0.24472847, 0.66524096], atol=5e-9)
    np.testing.assert_array_equal(softmax([1000, 2000, 3000]), [0, 0, 1])
    np.testing.assert_array_equal(softmax([123, 456, 789]).round(6), [0, 0, 1])
    np.testing.assert_array_equal(log_softmax([0, 800]), [-800, 0])
    assert logsumexp([1000.0, 1000.0]) == pytest.approx(1000 + np.log(2), rel=1e-15)


def test_a_dominant_class_keeps_its_tiny_loss():
    assert log_softmax([0.0, -40.0])[0] == pytest.approx(-np.exp(-40.0), rel=1e-15)
    assert logsumexp([0.0, -40.0]) == pytest.approx(np.exp(-40.0), rel=1e-15)


@given(scores())
def test_probabilities_are_positive_and_sum_to_one(x):
    p = softmax(x)
    assert (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-14)


@given(scores(), st.integers(-300, 300))
def test_a_shift_changes_nothing(x, shift):
    x = np.round(x)  # so that adding the shift is exact
    np.testing.assert_allclose(softmax(x + shift), softmax(x), rtol=1e-13)
    np.testing.assert_allclose(log_softmax(x + shift), log_softmax(x), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(logsumexp(x + shift), logsumexp(x) + shift, rtol=1e-13, atol=1e-13)


@given(scores(), st.randoms(use_true_random=False))
def test_permuting_the_classes_permutes_the_result(x, random):
    order = list(range(x.shape[-1]))
    random.shuffle(order)
    for function in ELEMENTWISE:
        np.testing.assert_allclose(function(x[..., order]), function(x)[..., order], rtol=1e-14)
    np.testing.assert_allclose(logsumexp(x[..., order]), logsumexp(x), rtol=1e-14, atol=1e-15)


@given(scores())
def test_order_is_kept(x):
    order = np.argsort(x, axis=-1)
    for function in ELEMENTWISE:
        ranked = np.take_along_axis(function(x), order, axis=-1)
        assert (np.diff(ranked, axis=-1) >= 0).all()


@given(scores(low=-20, high=20))
def test_the_stable_forms_agree_with_the_definition_where_that_survives(x):
    np.testing.assert_allclose(softmax(x), naive.softmax(x), rtol=1e-14)
    np.testing.assert_allclose(log_softmax(x), naive.log_softmax(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(logsumexp(x), naive.logsumexp(x), rtol=1e-12, atol=1e-14)


@given(scores(low=-500, high=500))
def test_the_three_are_consistent(x):
    lse = logsumexp(x, keepdims=True)
    np.testing.assert_allclose(log_softmax(x), x - lse, atol=2e-12)
    np.testing.assert_allclose(np.exp(log_softmax(x)), softmax(x), rtol=1e-12, atol=1e-300)
    assert (lse >= x.max(axis=-1, keepdims=True)).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("classes", [1, 2, 10, 64, 65, 200])
def test_logsumexp_is_no_less_than_the_largest_score(dtype, classes):
    """Not by a bit, however little the others add: log(exp(x)) alone may be less than x."""
    rng = np.random.default_rng(classes)
    for offset in (0, 3, -4, 50, -600, 900):
        for gap in (0, 25, 31, 36, 40, 80):
            x = rng.normal(0, 1, (300, classes)) - gap
            x[:, 0] = rng.normal(0, 3, 300)
            x = (x + offset).astype(dtype)
            lse = logsumexp(x)
            assert (lse >= x.max(axis=-1)).all()
            if classes == 1:
                np.testing.assert_array_equal(lse, x[:, 0])
            assert all(logsumexp(row) >= row.max() for row in x[:10])


@given(scores(max_dims=1, min_side=2, max_side=2))
def test_two_classes_are_the_sigmoid(x):
    np.testing.assert_allclose(softmax(x)[0], 1 / (1 + np.exp(x[1] - x[0])), rtol=1e-13)


# Special values


def test_minus_infinity_is_a_mask():
    x = np.array([[0.5, -INF, 2.0], [-INF, 900.0, -INF]])
    np.testing.assert_array_equal(softmax(x)[0, [0, 2]], softmax([0.5, 2.0]))
    np.testing.assert_array_equal(log_softmax(x)[0, [0, 2]], log_softmax([0.5, 2.0]))
    assert softmax(x)[0, 1] == 0 and log_softmax(x)[0, 1] == -INF
    np.testing.assert_array_equal(softmax(x)[1], [0, 1, 0])
    np.testing.assert_array_equal(log_softmax(x)[1], [-INF, 0, -INF])
    np.testing.assert_array_equal(logsumexp(x), [logsumexp([0.5, 2.0]), 900])


@pytest.mark.parametrize(
    "row, lse",
    [
        ([-INF, -INF], -INF),
        ([INF, 0.0], INF),
        ([INF, INF], INF),
        ([INF, -INF], INF),
        ([NAN, 0.0], NAN),
        ([NAN, INF], NAN),
        ([INF, NAN], NAN),
        ([-INF, NAN], NAN),
        ([0.0, NAN], NAN),
    ],
)
def test_rows_without_an_answer(row, lse):
    x = np.array([row, [1.0, 2.0]])
    for function in ELEMENTWISE:
        assert np.isnan(function(x)[0]).all()
        np.testing.assert_array_equal(function(x)[1], function([1.0, 2.0]))
    np.testing.assert_array_equal(logsumexp(x)[0], lse)
    assert logsumexp(x)[1] == logsumexp([1.0, 2.0])


def test_a_row_of_one_infinite_score_has_no_answer():
    for value in (INF, -INF, NAN):
        assert np.isnan(softmax([value])).all() and np.isnan(log_softmax([value])).all()
        np.testing.assert_array_equal(logsumexp([value]), value)


def test_the_ends_of_the_range():
    big = np.finfo(np.float64).max
    np.testing.assert_array_equal(softmax([big, -big]), [1, 0])
    np.testing.assert_array_equal(softmax([-big, -big]), [0.5, 0.5])
    np.testing.assert_array_equal(log_softmax([big, big]), np.log([0.5, 0.5]))
    np.testing.assert_array_equal(log_softmax([big, -big]), [0, -INF])
    assert logsumexp([big, big]) == big and logsumexp([-big, -big]) == -big


@pytest.mark.parametrize(
    "shape, axis", [((0,), -1), ((3, 0), -1), ((3, 0), 0), ((0, 3), -1), ((2, 0, 4), (0, 2)), ((0, 0), None)]
)
def test_empty_axes(shape, axis):
    x = np.empty(shape)
    for function in ELEMENTWISE:
        assert function(x, axis).shape == shape
    np.testing.assert_array_equal(logsumexp(x, axis), np.full(x.sum(axis).shape, -INF))
    assert logsumexp(x, axis, keepdims=True).shape == x.sum(axis, keepdims=True).shape
    value, sign = logsumexp(x, axis, return_sign=True)
    np.testing.assert_array_equal(sign, np.zeros(value.shape))


@pytest.mark.filterwarnings("error")
def test_special_values_warn_of_nothing():
    x = np.array([[-INF, -INF], [INF, 0], [NAN, 0], [-INF, 0], [1e308, -1e308], [800, -800]])
    for function in [softmax, log_softmax, logsumexp]:
        function(x)
    logsumexp(x, b=[1, -1])
    logsumexp(x, b=[1, 0], return_sign=True)


# logsumexp's factors


def test_factors_and_sign():
    value, sign = logsumexp([1.0, 1.0, 1.0], b=[1, -1, -1], return_sign=True)
    assert (value, sign) == (pytest.approx(1), -1)
    assert np.isnan(logsumexp([1.0, 1.0, 1.0], b=[1, -1, -1]))
    value, sign = logsumexp([1.0, 1.0], b=[1, -1], return_sign=True)
    assert (value, sign) == (-INF, 0)
    assert logsumexp([1.0, 10000.0], b=[1, 0]) == pytest.approx(1)
    assert logsumexp([INF, 2.0], b=[0, 1]) == pytest.approx(2)
    assert logsumexp([NAN, 2.0], b=[0, 1]) == pytest.approx(2)
    value, sign = logsumexp([INF], b=[-1.0], return_sign=True)
    assert (value, sign) == (INF, -1)
    assert logsumexp([0.0], return_sign=True) == (0, 1)
    assert logsumexp([-INF], return_sign=True) == (-INF, 0)
    value, sign = logsumexp([NAN], return_sign=True)
    assert np.isnan(value) and np.isnan(sign)


def test_factors_broadcast():
    x, b = np.zeros((4, 1, 2, 1)), np.ones((3, 1, 5))
    assert logsumexp(x, b=b).shape == (4, 3, 2)
    assert logsumexp(x, None, b=b) == pytest.approx(np.log(4 * 3 * 2 * 5))
    assert logsumexp(x, (0, 2), b=b, keepdims=True).shape == (1, 3, 1, 5)
    assert logsumexp(np.float32([1, 2]), b=2.0).dtype == np.float32
    assert logsumexp(np.float32([1, 2]), b=np.array([1, 2])).dtype == np.float64
    assert logsumexp(np.float16([1, 2]), b=np.float16([1, 2])).dtype == np.float16


@given(scores(low=-5, high=5, max_dims=2, min_side=1, max_side=5), st.data())
def test_factors_against_plain_sums(x, data):
    b = data.draw(hnp.arrays(np.float64, x.shape, elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0])))
    terms = b * np.exp(x)
    total, size = terms.sum(axis=-1), np.abs(terms).sum(axis=-1)
    value, sign = logsumexp(x, b=b, return_sign=True)
    np.testing.assert_allclose(sign * np.exp(value), total, atol=1e-13 * size.max() + 1e-300)
    positive = total > 1e-6 * size
    np.testing.assert_allclose(logsumexp(x, b=b)[positive], value[positive])


# Bad input


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
def test_bad_input(function):
    with pytest.raises(TypeError, match=r"x must hold real numbers .* got dtype complex128"):
        function([1j, 2])
    with pytest.raises(TypeError, match=r"x must hold real numbers .* got dtype <U1"):
        function(["a"])
    with pytest.raises(TypeError, match="x must be an array without a mask, got a masked array"):
        function(np.ma.array([1.0, 2.0], mask=[True, False]))
    with pytest.raises(np.exceptions.AxisError, match="axis: axis 2 is out of bounds for array of dimension 1"):
        function([1.0], 2)
    with pytest.raises(np.exceptions.AxisError):
        function(1.0, 1)
    with pytest.raises(ValueError, match="repeated axis"):
        function([[1.0]], (0, -2))
    for axis in (1.5, 0.0, True, np.True_, "0", (False,), (0.0,)):
        for x in ([1.0], 1.0):
            with pytest.raises(
                TypeError, match=f"axis must be an int, a tuple of ints or None, got {re.escape(repr(axis))}"
            ):
                function(x, axis)
    with pytest.raises(ValueError, match="x must be an array of numbers, got what cannot be made one"):
        function([[1.0], [2.0, 3.0]])


def test_bad_factors():
    with pytest.raises(ValueError, match=r"b must broadcast with x, of shape \(3,\), got shape \(2,\)"):
        logsumexp([1.0, 2.0, 3.0], b=[1.0, 2.0])
    with pytest.raises(TypeError, match="b must hold real numbers"):
        logsumexp([1.0], b=[1j])
    with pytest.raises(
        TypeError, match=r"b must be an array without a mask, got a masked array.* pass b.filled\(0\) instead"
    ):
        logsumexp([1.0], b=np.ma.array([1.0]))


# Blocks


@pytest.mark.parametrize(
    "shape, axis",
    [
        ((3, 40_000), -1),
        ((40_000, 3), 0),
        ((800, 100), -1),
        ((100, 800), 0),
        ((20, 30, 100), 1),
        ((30, 20, 14, 9), (2, 0)),
        ((60_000,), None),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_of_many_blocks(monkeypatch, shape, axis, dtype):
    for module in (_blocks, _terms):
        monkeypatch.setattr(module, "BLOCK_BYTES", 1 << 17)
    x = np.random.default_rng(7).normal(0, 3, shape).astype(dtype)
    exact = x.astype(np.longdouble)
    e = np.exp(exact - exact.max(axis=axis, keepdims=True))
    total = e.sum(axis=axis, keepdims=True)
    tolerance = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(softmax(x, axis), e / total, rtol=tolerance)
    np.testing.assert_allclose(log_softmax(x, axis), np.log(e / total), rtol=tolerance)
    expected = np.log(total) + exact.max(axis=axis, keepdims=True)
    np.testing.assert_allclose(logsumexp(x, axis, keepdims=True), expected, rtol=tolerance)


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_out_may_be_the_input_in_many_blocks(function):
    x = np.random.default_rng(8).normal(0, 3, (700, 500))
    x[::3] += 2000
    for make in (np.array, lambda a: a.copy().T):
        mine = make(x)
        expected = function(mine.copy())
        function(mine, out=mine)
        np.testing.assert_array_equal(mine, expected)


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
def test_numpys_settings_are_left_alone(function):
    before = np.getbufsize(), np.geterr()
    function(np.zeros((4, 1000)))
    assert (np.getbufsize(), np.geterr()) == before


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_equal_scores_get_equal_results(function):
    for classes in (7, 500):
        for offset in (0.0, 1000.0):
            x = np.random.default_rng(9).normal(0, 1, (3, classes)) + offset
            x[:, 2] = x[:, 4] = x.max(axis=1) + 0.1
            y = function(x)
            np.testing.assert_array_equal(y[:, 2], y[:, 4])


@given(scores(low=-3, high=3, max_dims=2, max_side=4), st.integers(1, 3))
def test_masked_classes_change_nothing(x, count):
    padded = np.concatenate([x, np.full((*x.shape[:-1], count), -INF)], axis=-1)
    np.testing.assert_allclose(softmax(padded)[..., : x.shape[-1]], softmax(x), rtol=1e-14)
    np.testing.assert_allclose(logsumexp(padded), logsumexp(x), rtol=1e-13, atol=1e-15)


@given(scores(low=-3, high=3, max_dims=1, max_side=6))
def test_doubling_every_class_halves_every_share(x):
    np.testing.assert_allclose(softmax(np.concatenate([x, x]))[: len(x)], softmax(x) / 2, rtol=1e-14)
    np.testing.assert_allclose(logsumexp(np.concatenate([x, x])), logsumexp(x) + np.log(2), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    "row", [[-800, -801], [-800, 0], [800, 799], [-710, -709.5], [-INF, 2], [NAN, 0], [INF, 0], [1, 2]]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_arrays_go_a_shorter_way_to_the_same_result(row, dtype):
    x = np.array([row, [0.25, 3.0]], dtype)
    np.testing.assert_allclose(softmax(x)[0], softmax(x[0]), rtol=4 * np.finfo(dtype).eps)
    if np.isfinite(row).all():
        np.testing.assert_allclose(softmax(x).sum(axis=1), 1, rtol=4 * np.finfo(dtype).eps)
