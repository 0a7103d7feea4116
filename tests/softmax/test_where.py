"""`where`: a score that takes no part is one of -inf, whatever stands there."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import batch_invariant, log_softmax, logsumexp, softmax
from stable_softmax.precision import reference, ulp_error

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)
FUNCTIONS = [softmax, log_softmax, logsumexp]


@st.composite
def cases(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5))
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    x = draw(hnp.arrays(dtype, shape, elements=st.sampled_from([-INF, INF, NAN, -800, -2.5, 0, 1, 3.25, 700])))
    mask = draw(hnp.arrays(bool, hnp.broadcastable_shapes(shape, max_dims=len(shape)).filter(
        lambda s: np.broadcast_shapes(s, shape) == shape)))  # fmt: skip
    axis = draw(st.sampled_from([None, *range(-len(shape), len(shape))]))
    return x, mask, axis


@given(cases())
def test_it_is_a_score_of_minus_infinity(case):
    x, mask, axis = case
    hidden = np.where(mask, x, -np.array(INF, x.dtype))
    for function in FUNCTIONS:
        found, expected = function(x, axis, where=mask), function(hidden, axis)
        assert np.asarray(found).dtype == x.dtype
        np.testing.assert_allclose(
            np.asarray(found, float), np.asarray(expected, float), rtol=2 * np.finfo(x.dtype).eps, atol=1e-7
        )


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 5), (4, 100), (3000, 7)])
def test_against_50_digits(dtype, shape):
    x = rng.normal(0, 3, shape).astype(dtype)
    x[::3] += np.asarray(100, dtype)
    mask = rng.random(shape) < 0.6
    mask[:, 1] = True
    some = slice(0, 4)
    hidden = np.where(mask, x.astype(float), -INF)[some]
    x[~mask] = rng.choice(np.array([NAN, INF, -INF, 3], dtype), (~mask).sum())
    for function, truth in zip(FUNCTIONS, (reference.softmax, reference.log_softmax, reference.logsumexp), strict=True):
        assert ulp_error(function(x, where=mask)[some], truth(hidden)).max() < 4
        with batch_invariant():
            assert ulp_error(function(x, where=mask)[some], truth(hidden)).max() < 4


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2"])
def test_a_format_without_infinity(name):
    """-inf would be NaN in float8_e4m3fn."""
    x = np.array([[1, 2, 3], [4, 1, 0]], getattr(ml_dtypes, name))
    mask = np.array([True, True, False])
    found = softmax(x, where=mask).astype(float)
    np.testing.assert_array_equal(found, np.append(softmax(x[:, :2]).astype(float), [[0], [0]], axis=1))
    np.testing.assert_array_equal(logsumexp(x, where=mask).astype(float), logsumexp(x[:, :2]).astype(float))


def test_rows_none_of_which_take_part():
    x = np.array([[1.0, NAN], [1, 2]])
    mask = np.array([[False, False], [True, False]])
    np.testing.assert_array_equal(softmax(x, where=mask), [[NAN, NAN], [1, 0]])
    np.testing.assert_array_equal(log_softmax(x, where=mask), [[NAN, NAN], [0, -INF]])
    np.testing.assert_array_equal(logsumexp(x, where=mask), [-INF, 1])
    value, sign = logsumexp(x, where=mask, return_sign=True)
    assert value.tolist() == [-INF, 1] and sign.tolist() == [0, 1]
    assert logsumexp(3.0, where=False) == -INF and softmax(3.0, where=True) == 1


@given(
    hnp.arrays(float, (3, 4), elements=st.sampled_from([-INF, INF, NAN, -2.5, 0, 1, 700])),
    hnp.arrays(float, (3, 4), elements=st.sampled_from([-2, -1, 0, 0.5, 3, NAN, INF])),
    hnp.arrays(bool, (3, 4)),
)
def test_with_factors_it_is_a_factor_of_0(x, b, mask):
    for axis in (0, -1, None):
        value, sign = logsumexp(x, axis, b=b, where=mask, return_sign=True)
        expected, turned = logsumexp(np.where(mask, x, 0), axis, b=np.where(mask, b, 0), return_sign=True)
        np.testing.assert_array_equal(value, expected)
        np.testing.assert_array_equal(sign, turned)


def test_with_factors_that_broadcast():
    x, b, mask = np.array([[1.0], [2.0]]), np.array([1.0, 2.0, NAN]), np.array([True, True, False])
    np.testing.assert_allclose(logsumexp(x, b=b, where=mask), [1 + np.log(3), 2 + np.log(3)], rtol=1e-15)
    np.testing.assert_allclose(logsumexp(x, b=2, where=[[True], [False]]), [1 + np.log(2), -INF], rtol=1e-15)
    half = np.float16([1, 2])
    value = logsumexp(half, b=np.float16(0.5), where=[True, False])
    assert value.dtype == np.float16 and abs(value - (1 - np.log(2))) < 1e-3


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_out(function):
    x, mask = rng.normal(0, 3, (2000, 300)), rng.random((2000, 300)) < 0.5
    expected = function(x, where=mask)
    out = np.empty_like(x)
    assert function(x, out=out, where=mask) is out
    np.testing.assert_array_equal(out, expected)
    kept = mask.copy()
    shifted = x.copy()
    function(shifted[:-1], out=shifted[1:], where=mask[:-1])
    np.testing.assert_array_equal(shifted[1:], function(x[:-1], where=kept[:-1]))
    assert function(x, out=x, where=mask) is x
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(mask, kept)


def test_out_over_the_mask():
    """The memory of `where`, seen as numbers, a row further on: one block's results overwrite the next one's mask."""
    memory = np.zeros((601, 1000))
    mask = memory[:-1].view(bool)[:, ::8]
    mask[...] = rng.random(mask.shape) < 0.5
    x, kept = rng.normal(0, 3, mask.shape), mask.copy()
    np.testing.assert_array_equal(softmax(x, out=memory[1:], where=mask), softmax(x, where=kept))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_masks_that_make_no_sense(function):
    x = np.zeros((2, 3))
    with pytest.raises(TypeError, match="where must hold booleans, got dtype int64"):
        function(x, where=np.ones((2, 3), np.int64))
    with pytest.raises(TypeError, match="where must hold booleans, got dtype float64"):
        function(x, where=1.0)
    for mask in (np.ones(2, bool), np.ones((1, 2, 3), bool), np.ones((3, 3), bool)):
        with pytest.raises(ValueError, match=r"where must broadcast to the shape of x, \(2, 3\), got shape \("):
            function(x, where=mask)
    with pytest.raises(TypeError, match=r"where must be an array without a mask.* pass where.filled\(False\)"):
        function(x, where=np.ma.array([True, False, True], mask=[0, 1, 0]))
    with pytest.raises(TypeError):
        function(x, -1, np.ones(3, bool))  # by its name only


def test_masks_that_do_not_fit_factors():
    with pytest.raises(ValueError, match=r"where must broadcast to the shape of x and b, \(2, 3\), got shape \(2,\)"):
        logsumexp(np.zeros(3), b=np.ones((2, 1)), where=[True, False])
    with pytest.raises(TypeError, match="where must hold booleans, got dtype <U1"):
        logsumexp(np.zeros(3), b=2.0, where="a")
