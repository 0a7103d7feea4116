"""softmax, log_softmax and logsumexp: axes, layouts, dtypes, and out."""

import numpy as np
import pytest

from stable_softmax import log_softmax, logsumexp, naive, softmax

FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
ELEMENTWISE = [softmax, log_softmax]
INF, NAN = np.inf, np.nan


# Axes


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3, (0,), (0, 1), (1, 2), (0, 2), (2, 0), (-1, 0), (0, 1, 2), None])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_axis_form(axis, order):
    x = np.asarray(np.random.default_rng(0).normal(0, 3, (2, 3, 4)), order=order)
    np.testing.assert_allclose(softmax(x, axis), naive.softmax(x, axis), rtol=1e-14)
    np.testing.assert_allclose(log_softmax(x, axis), naive.log_softmax(x, axis), rtol=1e-13, atol=1e-15)
    for keepdims in (False, True):
        ours = logsumexp(x, axis, keepdims=keepdims)
        theirs = naive.logsumexp(x, axis, keepdims=keepdims)
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_no_axis_at_all_makes_every_entry_a_row():
    x = np.array([[1.0, -INF], [3.0, 4.0]])
    np.testing.assert_array_equal(softmax(x, ()), [[1, NAN], [1, 1]])
    np.testing.assert_array_equal(logsumexp(x, ()), x)


def test_a_single_number_is_one_class():
    for axis in (-1, 0, None, ()):
        assert softmax(1000.0, axis) == 1 and softmax(1000.0, axis).shape == ()
        assert log_softmax(1000.0, axis) == 0
        assert logsumexp(1000.0, axis) == 1000


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[::2, ::-1],
        lambda x: x.T,
        lambda x: np.broadcast_to(x[:1], x.shape),
        lambda x: x.astype(x.dtype.newbyteorder()),
        lambda x: x.tolist(),
    ],
)
def test_any_layout(make):
    x = make(np.random.default_rng(1).normal(0, 3, (6, 6)))
    plain = np.ascontiguousarray(np.asarray(x, np.float64))
    for function in [softmax, log_softmax, logsumexp]:
        for axis in (0, 1, None):
            np.testing.assert_allclose(function(x, axis), function(plain, axis), rtol=1e-15)


def test_the_input_is_left_alone():
    x = np.array([[5.0, 4.0], [900.0, -INF]])
    before = x.copy()
    b = np.array([3.0, 2.0])
    for call in (lambda: softmax(x), lambda: log_softmax(x), lambda: logsumexp(x), lambda: logsumexp(x, b=b)):
        call()
        np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(b, [3, 2])


# Dtypes and out


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
def test_dtypes(function):
    for dtype in FLOATS:
        assert function(np.array([1, 2], dtype)).dtype == dtype
    for dtype in (np.int8, np.uint8, np.int32, np.int64, np.uint64, np.bool_):
        assert function(np.array([1, 0], dtype)).dtype == np.float64
    assert function([1, 2]).dtype == np.float64


def test_float16_is_computed_in_float32():
    x = np.array([11.0, 11.0, 3.0, -9.0], np.float16)
    wide = x.astype(np.float32)
    np.testing.assert_array_equal(softmax(x), softmax(wide).astype(np.float16))
    np.testing.assert_array_equal(log_softmax(x), log_softmax(wide).astype(np.float16))
    np.testing.assert_array_equal(logsumexp(x), logsumexp(wide).astype(np.float16))


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("dtype", FLOATS)
def test_out(function, dtype):
    x = np.random.default_rng(2).normal(0, 3, (4, 5)).astype(dtype)
    expected = function(x)
    out = np.empty_like(x)
    assert function(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    strided = np.empty((5, 4), dtype).T
    np.testing.assert_array_equal(function(x, out=strided), expected)
    assert function(x, out=x) is x
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_out_that_overlaps_the_input(function):
    memory = np.random.default_rng(3).normal(0, 3, (6, 5))
    expected = function(memory[:-1])
    np.testing.assert_array_equal(function(memory[:-1], out=memory[1:]), expected)


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_bad_out(function):
    x = np.zeros((2, 3))
    with pytest.raises(TypeError, match="out must be a NumPy array or None, got list"):
        function(x, out=[0])
    with pytest.raises(ValueError, match=r"out must have the shape of x, \(2, 3\), got shape \(3, 2\)"):
        function(x, out=np.zeros((3, 2)))
    with pytest.raises(TypeError, match="out must have the result's dtype, float64, got dtype float32"):
        function(x, out=np.zeros((2, 3), np.float32))
    frozen = np.zeros((2, 3))
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writeable, got a read-only array"):
        function(x, out=frozen)
    with pytest.raises(TypeError, match="out must be an array without a mask, got a masked array"):
        function(x, out=np.ma.array(np.zeros((2, 3)), mask=True))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("function", ELEMENTWISE)
def test_out_of_another_class(function):
    """A matrix keeps two axes whatever is done to it."""
    x = np.random.default_rng(4).normal(0, 3, (2, 3))
    out = np.asmatrix(np.zeros((2, 3)))
    assert function(x, out=out) is out
    np.testing.assert_array_equal(np.asarray(out), function(x))
