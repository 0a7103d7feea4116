"""Every function just inside and just outside each threshold, on the short way and on the long one, against 50 digits.

NumPy is told to raise on overflow, underflow and invalid values: whatever happens inside is silenced, or does not
happen.
"""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest

from stable_softmax import (
    _blocks,
    _terms,
    cross_entropy,
    cross_entropy_grad,
    cross_entropy_with_grad,
    log_softmax,
    logsumexp,
    softmax,
)
from stable_softmax.precision import reference, ulp_error
from tests.softmax.digits import beside, check

INF, NAN = np.inf, np.nan
DTYPES = [np.float16, np.float32, np.float64]
rng = np.random.default_rng(0)
pytestmark = pytest.mark.slow  # against 50 digits, on all ways


@pytest.fixture(autouse=True)
def everything_raises():
    with np.errstate(all="raise"):
        yield


# The gate of the short way


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows, classes", [(1, 2), (3, 2), (2, 64), (2, 65)])
def test_tame_scores(dtype, rows, classes):
    for limit in (*beside(_blocks.TAME[np.dtype(dtype)], dtype), dtype(2 * _blocks.TAME[np.dtype(dtype)])):
        x = rng.uniform(-1, 1, (rows, classes)).astype(dtype)
        x[:, 0], x[:, 1] = -limit, limit
        assert _blocks.is_easy(x) == (limit <= _blocks.TAME[np.dtype(dtype)] and classes <= 64)
        check(x)
        check(x - limit, losses=classes == 2)
        check(x + limit, losses=classes == 2)


def test_the_loss_between_the_largest_scores():
    """Doubled, the limit of float64 would let this one overflow."""
    for dtype, size in ((np.float64, 690), (np.float32, 690), (np.float32, 44)):
        loss, slope = cross_entropy_with_grad(np.array([[-size, size]], dtype), [0])
        assert loss == 2 * size and slope.tolist() == [[-1, 1]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [1023, 1024, 1025])
def test_small_arrays(dtype, rows):
    """The smallest numbers that the short way may meet: two classes, and a mean over as many rows as there can be."""
    limit = _blocks.TAME[np.dtype(dtype)]
    x = np.tile(np.array([[-limit, limit], [limit, -limit]], dtype), (513, 1))[:rows]
    assert _blocks.is_easy(x) == (rows <= 1024)
    labels = np.arange(rows) % 2
    loss, slope = cross_entropy_with_grad(x, labels)
    assert loss == 2 * limit
    p = math.exp(-2 * limit)
    np.testing.assert_allclose(slope, np.where(x < 0, -1, 1) / rows, rtol=4 * np.finfo(dtype).eps)
    loss, slope = cross_entropy_with_grad(x, 1 - labels)
    np.testing.assert_allclose(loss, p, rtol=1e-6)
    np.testing.assert_allclose(slope, np.where(x < 0, p, -p) / rows, rtol=1e-6)
    assert (np.abs(slope) >= np.finfo(dtype).smallest_normal).all()
    np.testing.assert_array_equal(softmax(x)[:8], softmax(x[:8]))
    assert ulp_error(log_softmax(x)[:8], reference.log_softmax(x[:8])).max() < 4
    assert ulp_error(logsumexp(x)[:8], reference.logsumexp(x[:8])).max() < 4


def test_the_gate():
    easy = np.zeros((2, 3))
    assert _blocks.is_easy(easy)
    for x in (
        easy.tolist(),
        easy.astype(np.float16),
        easy.astype(int),
        easy.T,
        easy[0],
        easy[np.newaxis],
        easy[:0],
        easy[:, :0],
        np.full((2, 3), NAN),
        np.full((2, 3), INF),
        np.full((2, 3), -INF),
        np.zeros((1, 65)),
        np.zeros((1025, 2)),
        np.ma.array(easy),
    ):
        assert not _blocks.is_easy(x)
    assert _blocks.is_easy(np.zeros((1024, 2))) and _blocks.is_easy(np.zeros((32, 64)))


# Short rows and long ones


@pytest.mark.parametrize("dtype", [*DTYPES, ml_dtypes.bfloat16])
@pytest.mark.parametrize("classes", [63, 64, 65, 96, 127, 128, 129])
def test_short_rows(dtype, classes):
    for scale in (1, 5):
        check(rng.normal(0, scale, (2, classes)).astype(dtype), losses=dtype in (np.float32, np.float64))


def test_short_rows_of_float16_have_float64s_digits():
    """Rounded once from float64 they are within 1/2 ULP and a bit; from float32, of long rows, nearly so."""
    for dtype in (np.float16, np.float32):
        x = rng.normal(0, 3, (40, 64)).astype(dtype)
        assert ulp_error(softmax(x), reference.softmax(x)).max() <= 0.5001
        assert ulp_error(log_softmax(x), reference.log_softmax(x)).max() <= 0.5001
        assert ulp_error(logsumexp(x), reference.logsumexp(x)).max() <= 0.5001


# The sums that vouch


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [3, 70])
def test_the_least_sum(dtype, classes):
    """A sum of 1/2, and terms that are subnormal, or so small that a factor of 2 makes them 0."""
    lowest = np.log(float(np.finfo(dtype).smallest_normal))
    least = np.log(float(np.finfo(dtype).smallest_subnormal))
    for half in (-0.6931470, -0.6931473, -15.0) if classes > 64 else (-0.6931470, -0.6931473, -0.5, -1.0, -15.0, -30.0):
        for low in (lowest - 1, lowest + 1, least + 0.2, least - 0.5, least - 1.5, half - 20):
            x = np.full((2, classes), half - np.log(classes - 1), dtype)
            x[:, -1] = low
            check(x, losses=False)
            labels = np.array([0, classes - 1])
            gradient = cross_entropy_grad(x, labels, reduction="sum")
            assert ulp_error(gradient, reference.cross_entropy_grad(x, labels)).max() < 8
            loss = cross_entropy(x, labels, reduction="none")
            assert ulp_error(loss, reference.cross_entropy(x, labels)).max() < 8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [2, 66])
def test_the_largest_sum(dtype, classes):
    """About where the reciprocal of the sum becomes subnormal, and where exp overflows."""
    finfo = np.finfo(dtype)
    for top in (-math.log(float(finfo.smallest_normal)), math.log(float(finfo.max))):
        for offset in (-6, -1, -0.01, 0, 0.01, 1):
            x = (top + offset - rng.uniform(0, 3, (2, classes))).astype(dtype)
            x[0, 0] = top - 60
            check(x, losses=classes == 2 or abs(offset) == 0.01)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [2, 66])
def test_the_smallest_rest(dtype, classes):
    """Beside a sure class the others count by themselves: where all of them are subnormal, the shift saves them."""
    finfo = np.finfo(dtype)
    for low in (math.log(float(finfo.smallest_normal)), math.log(float(finfo.smallest_subnormal))):
        for offset in (-1, -0.5, 0.2, 3, 10):
            for top in (0.0, 3.0, 40.0):
                x = np.full((2, classes), low + offset, dtype)
                x[:, 1] = top
                labels = np.array([1, 0])
                loss, slope = cross_entropy_with_grad(x, labels, reduction="none")
                assert ulp_error(loss, reference.cross_entropy(x, labels)).max() < 8
                assert ulp_error(slope, reference.cross_entropy_grad(x, labels)).max() < 8
                assert ulp_error(log_softmax(x), reference.log_softmax(x)).max() < 8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [2, 10, 65])
def test_logsumexp_near_0(dtype, classes):
    """Near 0 the pivot's form, away from it the logarithm: on both sides of where one takes over."""
    for sum_ in (0.499, 0.501, 0.5025, 0.998, 0.9995, 1.0005, 1.002, 1.99, 1.995, 2.01):
        x = np.full((1, classes), -30, dtype)
        x[0, 0] = np.log(sum_)  # the others are small beside it, so that nothing cancels
        error = abs(mpmath.mpf(float(logsumexp(x)[0])) - reference.logsumexp(x)[0])
        digits = ulp_error(logsumexp(x), reference.logsumexp(x)).max()
        assert digits < (2 if abs(x[0, 0]) < 0.7 and dtype == np.float64 else 5) or error <= np.spacing(abs(x[0, 0])), (
            sum_
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_logsumexp_next_to_0(dtype):
    """A sum of 1 and a little, of which float64 would keep few digits."""
    for low in (-7, -9, -12, -16) if dtype == np.float16 else (-7, -12, -25, -40):
        x = np.array([[0, low], [low, 0]], dtype)
        assert ulp_error(logsumexp(x), reference.logsumexp(x)).max() < 1


def test_sums_that_vouch():
    """1/2 does; less does where no term is subnormal; and no more than has a reciprocal of full precision."""
    half = math.log(0.5)
    rows = [[-0.1, -740], [half, -740], [half - 1e-9, -740], [half - 1e-9, -700], [708, 0], [708.4, 0], [-709, -709]]
    with np.errstate(all="ignore"):
        x = np.array(rows)
        unfit = _terms.unfit_rows(x, _terms.plain_terms(x))
        assert unfit.tolist() == [False, False, True, False, False, True, True]
        assert _terms.unfit_rows(x[:2], _terms.plain_terms(x[:2])) is None
        x = np.array([[0, -700.0], [0, -709], [-700, 0], [-709, 0], [NAN, 0], [INF, 0], [-INF, 0]])
        unfit = _terms.unfit_rows(x, _terms.plain_terms(x, None, np.arange(0, 14, 2)))
    assert unfit.tolist() == [False, True, False, True, True, True, True]


def test_one_class_is_the_answer():
    x = np.array([[-1e300], [3.0], [1e300], [-INF], [INF], [NAN]])
    np.testing.assert_array_equal(logsumexp(x), x[:, 0])


def test_a_sum_of_shifted_terms_has_room():
    """Terms subnormal beside a largest of 1 keep their digits."""
    x = np.array([[1000.0, 1000 - 709.0, 1000 - 720.0, 1000 - 740.0]])
    assert ulp_error(softmax(x), reference.softmax(x)).max() < 4
    x = np.full((1, 40), 1000 - 744.0)
    x[0, 0] = 1000
    assert ulp_error(log_softmax(x), reference.log_softmax(x)).max() < 4
    labels = np.array([0])
    assert ulp_error(cross_entropy(x, labels), reference.cross_entropy(x, labels)[0]) < 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [20, 80])
def test_the_shift_is_made_good(dtype, classes):
    """Without the correction, 700 below the largest score, the error would be hundreds of ULP."""
    low = 300 if dtype == np.float64 else 1000 - 80
    x = rng.uniform(low, 1000, (3, classes)).astype(dtype)
    assert ulp_error(softmax(x), reference.softmax(x)).max() < 4
    labels = x.argmin(axis=1)
    gradient = cross_entropy_grad(x, labels, reduction="sum")
    assert ulp_error(gradient, reference.cross_entropy_grad(x, labels)).max() < 4
