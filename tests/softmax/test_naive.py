"""The definitions, computed as they stand, fail in the way the book says they do."""

import numpy as np
import pytest

from stable_softmax import naive

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_overflow_makes_one_nan_and_two_silent_zeros():
    np.testing.assert_array_equal(naive.softmax([123.0, 456.0, 789.0]), [0, 0, np.nan])
    np.testing.assert_array_equal(naive.softmax([1000.0, 2000.0, 3000.0]), [np.nan] * 3)


def test_an_overflowing_sum_of_finite_terms_gives_zeros():
    np.testing.assert_array_equal(naive.softmax([709.5, 709.5]), [0, 0])


def test_underflow_of_everything_is_nan():
    np.testing.assert_array_equal(naive.softmax([-800.0, -800.0]), [np.nan] * 2)


@pytest.mark.parametrize(
    "dtype, survives, breaks",
    [
        (np.float16, 11.0, 11.2),
        (np.float32, 88.7, 88.8),
        (np.float64, 709.7, 709.8),
    ],
)
def test_each_dtype_breaks_at_its_own_limit(dtype, survives, breaks):
    assert np.isfinite(naive.softmax(np.array([survives, 0], dtype))).all()
    assert np.isnan(naive.softmax(np.array([breaks, 0], dtype))[0])
    assert naive.softmax(np.array([0], dtype)).dtype == dtype


def test_the_warnings_are_the_callers():
    with pytest.warns(RuntimeWarning, match="overflow encountered in exp"):
        naive.softmax([1000.0, 0.0])


def test_one_axis_at_a_time():
    x = np.log([[1.0, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(naive.softmax(x), [[0.25, 0.75], [0.5, 0.5]])
    np.testing.assert_allclose(naive.softmax(x, 0), [[0.5, 0.75], [0.5, 0.25]])
    np.testing.assert_allclose(naive.softmax(x, None), [[1 / 6, 0.5], [1 / 6, 1 / 6]])


def test_logarithms_of_lost_probabilities():
    np.testing.assert_array_equal(naive.log_softmax([0.0, -800.0]), [0, -np.inf])
    assert naive.logsumexp([1000.0, 1000.0]) == np.inf
    assert naive.cross_entropy([[0.0, 800.0]], [0]) == np.inf
    assert naive.cross_entropy([[0.0, -800.0]], [1]) == np.inf


def test_the_naive_loss_of_a_dominant_class_is_zero():
    assert naive.cross_entropy([[40.0, 0.0]], [0]) == 0
    assert naive.cross_entropy_grad([[40.0, 0.0]], [0])[0, 0] == 0


def test_factors_and_sign():
    value, sign = naive.logsumexp([1.0, 2.0], b=[1.0, -1.0], return_sign=True)
    assert (value, sign) == (pytest.approx(np.log(np.e**2 - np.e)), -1)
