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
    _rows,
    _sums,
    _terms,
    cross_entropy,
    cross_entropy_grad,
    cross_entropy_with_grad,
    log_softmax,
    logsumexp,
    softmax,
)
from stable_softmax.precision import reference, ulp_error

INF, NAN = np.inf, np.nan
DTYPES = [np.float16, np.float32, np.float64]
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def everything_raises():
    with np.errstate(all="raise"):
        yield


def beside(limit, dtype):
    """Scores just inside a limit, at it, and just outside it."""
    limit = dtype(limit)
    return [np.nextafter(limit, dtype(0)), limit, np.nextafter(limit, dtype(1e4))]


def targets_of(x):
    """Labels, probabilities and class weights for rows of scores; some of each are 0."""
    random = np.random.default_rng(x.size)
    labels = random.integers(0, x.shape[1], len(x))
    given = random.random(x.shape)
    given[:, ::3] = 0
    given /= np.maximum(given.sum(axis=1, keepdims=True), 0.5)
    return labels, given.astype(x.dtype), random.integers(0, 4, x.shape[1]) / 2


def factors_of(x, targets, weight=None, smoothing=0.0):
    """What -log p is multiplied by, in fractions of the numbers given: written anew, from the definition."""
    mp = mpmath.mpf
    rows, n = x.shape
    y = [
        [mp(int(k == targets[i])) if targets.ndim == 1 else mp(float(targets[i, k])) for k in range(n)]
        for i in range(rows)
    ]
    w = [mp(1) if weight is None else mp(float(weight[k])) for k in range(n)]
    s = mp(smoothing)
    return np.array([[w[k] * ((1 - s) * y[i][k] + s / n) for k in range(n)] for i in range(rows)], object)


def worst(values, truth, known):
    """The largest error in ULP of values in the truth's shape: asked once where several ways agree in every bit."""
    values = values.reshape(truth.shape)
    key = values.tobytes(), id(truth)  # `known` lives no longer than the truths
    if key not in known:
        known[key] = ulp_error(values, truth).max()
    return known[key]


def check_losses(x, truth_p, truth_log, ways):
    """Losses and gradients, with labels, probabilities, smoothing and weights, against p and log p."""
    eps = np.finfo(x.dtype).eps
    labels, given, weight = targets_of(x)
    for targets, options in [
        (labels, {}),
        (labels, {"weight": weight}),
        (labels, {"label_smoothing": 0.1}),
        (labels, {"label_smoothing": 0.1, "weight": weight}),
        (given, {}),
        (given, {"label_smoothing": 0.1}),
    ]:
        a = factors_of(x, targets, options.get("weight"), options.get("label_smoothing", 0.0))
        # A target of 0 counts for nothing, however large -log p is.
        losses = np.where(a == 0, 0, -a * np.where(a == 0, 0, truth_log)).sum(axis=1)
        every = a.sum(axis=1)[:, np.newaxis]
        gradient = every * truth_p - a
        exact, known = gradient.copy(), {}
        if not options and targets.ndim == 1:
            # p - 1 from the others: accurate by itself.
            for i, label in enumerate(labels):
                exact[i, label] = -sum(truth_p[i, k] for k in range(x.shape[1]) if k != label)
        for way in ways:
            scores, shape = way(x), way(x).shape
            t = targets.reshape(shape[:-1] if targets.ndim == 1 else shape)
            found = cross_entropy(scores, t, reduction="none", **options)
            slopes = cross_entropy_grad(scores, t, reduction="sum", **options)
            both = cross_entropy_with_grad(scores, t, reduction="none", **options)
            assert ulp_error(found.reshape(len(x)), losses).max() < 8, options
            np.testing.assert_array_less(ulp_error(both[0].reshape(len(x)), losses), 8, err_msg=str(options))
            np.testing.assert_array_equal(both[1], slopes)
            with np.errstate(under="ignore"):
                size = every * truth_p + a
                allowed = (
                    (8 if targets.ndim == 1 and not options.get("label_smoothing") else 32) * eps * size.astype(float)
                )
            off = np.abs(slopes.reshape(x.shape).astype(float) - gradient.astype(float))
            if options or targets.ndim == 2:
                assert (off <= allowed + np.finfo(x.dtype).smallest_subnormal).all(), options
            else:
                assert worst(slopes, exact, known) < 8


def check(x, losses=True, limit=8):
    """All functions of rows of scores, on the ways that there are."""
    ways = [lambda a: a, lambda a: a[np.newaxis], lambda a: np.asfortranarray(a)]
    with np.errstate(all="ignore"):
        truth_p, truth_log, truth_lse = reference.softmax(x), reference.log_softmax(x), reference.logsumexp(x)
    mask = np.random.default_rng(1).random(x.shape) < 0.7
    mask[:, 0] |= ~mask.any(axis=1)
    hidden = np.where(mask, x.astype(np.float64), -INF)
    masked = reference.softmax(hidden), reference.log_softmax(hidden), reference.logsumexp(hidden)
    factors = np.random.default_rng(2).choice([0.5, 1, 2], x.shape)
    with_factors = [mpmath.log(sum(mpmath.mpf(float(f)) * mpmath.exp(mpmath.mpf(float(s))) for f, s in zip(*row, strict=True)))
                    for row in zip(factors, x, strict=True)]  # fmt: skip
    known = {}
    for way in ways:
        scores = way(x)
        for function, truth, under_mask in [(softmax, truth_p, masked[0]), (log_softmax, truth_log, masked[1])]:
            values = function(scores)
            assert values.dtype == x.dtype and values.shape == scores.shape
            assert worst(values, truth, known) < limit, function
            out = np.empty_like(scores)
            assert function(scores, out=out) is out
            np.testing.assert_array_equal(out, values)
            assert worst(function(scores, where=way(mask)), under_mask, known) < limit, function
        value, sign = logsumexp(scores, b=way(factors.astype(x.dtype)), return_sign=True)
        assert (sign == 1).all()
        for found, truth in [
            (logsumexp(scores), truth_lse),
            (logsumexp(scores, where=way(mask)), masked[2]),
            (value, with_factors),
        ]:
            # Near 0, where the largest score and the logarithm cancel, the error is that of rounding the score.
            off = np.abs(found.reshape(len(x)).astype(np.longdouble) - np.array([float(t) for t in truth]))
            rounding = np.spacing(np.abs(x).max(axis=1)).astype(np.longdouble)
            assert ((ulp_error(found.reshape(len(x)), truth) < limit) | (off <= rounding)).all()
    short, long = x, x[np.newaxis]
    for function in (softmax, log_softmax, logsumexp):
        np.testing.assert_array_equal(function(short), function(long)[0])
    if losses:
        check_losses(x, truth_p, truth_log, ways)


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


# Sums


def test_sums_on_both_sides_of_a_product():
    """Products of few and of many short rows, with and without a rest, in both orders of storage."""
    for n in (3, 10, 64):
        most = _sums._PRODUCT // n
        for rows in (most, most + 1, 2 * most, 2 * most + 5):
            e = rng.random((rows, n))
            truth = [math.fsum(row) for row in e.tolist()]
            for a in (e, np.asfortranarray(e)):
                np.testing.assert_allclose(_sums.row_sums(a), truth, rtol=n * 2.0**-53)


def test_no_product_is_larger(monkeypatch):
    """What is larger is cut into products that no other thread of BLAS is woken for."""
    cut = []
    monkeypatch.setattr(_sums, "_sums_of_rows", lambda e: cut.append(e.size) or e.sum(axis=1))
    for rows in (1, _sums._PRODUCT // 8, _sums._PRODUCT // 8 + 1):
        assert (_sums.row_sums(np.ones((rows, 8))) == 8).all()
    assert cut == [_sums._PRODUCT + 8]


def test_parts_of_long_rows_are_added_exactly():
    """Worse by 2 ULP in the worst of 2,000 rows of 1,000 scores, were the parts just added up."""
    x = np.random.default_rng(1).normal(0, 3, (2000, 1000))
    parts = _sums._sums_of_rows(np.exp(x).reshape(-1, 40)).reshape(2000, -1)
    truth = np.array([math.fsum(row) for row in parts.tolist()])
    off = np.abs(_sums._exact_sums(parts) - truth) / np.spacing(truth)
    assert off.max() <= 1 and (off == 0).mean() > 0.95
    plain = np.abs(parts.sum(axis=1) - truth) / np.spacing(truth)
    assert plain.max() >= 2  # it would be seen


def test_the_worst_of_many_rows_is_what_the_docstring_says():
    x = np.random.default_rng(1).normal(0, 3, (500, 1000))
    e = np.exp(x.astype(np.longdouble))
    truth = e / e.sum(axis=-1, keepdims=True)
    units = np.exp2(np.floor(np.log2(truth)) - 52)
    assert float((np.abs(softmax(x) - truth) / units).max()) < 5


def test_infinite_parts():
    e = np.ones((3, 128))
    e[0, 5], e[1, 70] = INF, NAN
    with np.errstate(invalid="ignore"):
        sums = _sums.row_sums(e)
    assert sums[0] == INF and np.isnan(sums[1]) and sums[2] == 128


# Blocks


@pytest.mark.parametrize("size", [8, 64, 200, 1 << 21])
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), None])
def test_blocks_of_all_sizes(monkeypatch, size, axis):
    """Cut to single rows, an array that is not contiguous takes every turn of the recursion; the results stay."""
    x = rng.normal(0, 3, (3, 5, 4, 7))[:, ::2].transpose(2, 0, 3, 1)
    x[0, 0], x[1, 1, 2] = 900, -800
    expected = [softmax(x, axis), log_softmax(x, axis), logsumexp(x, axis), logsumexp(x, axis, b=2.0)]
    masks = rng.random(x.shape) < 0.8
    expected += [softmax(x, axis, where=masks), logsumexp(x, axis, where=masks)]
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", size)
    monkeypatch.setattr(_terms, "BLOCK_BYTES", size)
    found = [softmax(x, axis), log_softmax(x, axis), logsumexp(x, axis), logsumexp(x, axis, b=2.0)]
    found += [softmax(x, axis, where=masks), logsumexp(x, axis, where=masks)]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-15)
    copy = np.array(x)
    assert softmax(copy, axis, out=copy) is copy
    np.testing.assert_allclose(copy, expected[0], rtol=1e-14)


def test_slices_cover_every_row_once():
    for shape in [(2, 3, 4), (1, 1, 9), (5,), (3, 2, 2, 2)]:
        for limit in (1, 2, 3, 4, 5, 7, 12, 100):
            seen = np.zeros(shape, int)
            for where in _blocks._slices(shape, limit):
                assert seen[(*where, ...)].size <= limit
                seen[(*where, ...)] += 1
            assert (seen == 1).all()


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize("first, second", [(slice(-1), slice(1, None)), (slice(1, None), slice(-1))])
def test_out_overlaps_in_several_blocks(function, first, second):
    """8 MB in four blocks: written in place, one block would change the next."""
    m = rng.normal(0, 3, (2000, 500))
    expected = function(m[first].copy())
    function(m[first], out=m[second])
    np.testing.assert_array_equal(m[second], expected)


@pytest.mark.parametrize("classes", [399, 400, 8000, 8001])
def test_the_size_of_numpys_buffer(classes):
    """Changed inside for some lengths of rows, and as it was afterwards, errors included."""
    before = np.getbufsize()
    for dtype in (np.float32, np.float64):
        x = rng.normal(0, 3, (2, classes)).astype(dtype)
        truth = softmax(x.astype(np.longdouble)).astype(float)
        np.testing.assert_allclose(softmax(x), truth, rtol=8 * np.finfo(dtype).eps)
        assert np.getbufsize() == before
        seen = []
        _blocks.in_blocks(lambda *_, seen=seen: seen.append(np.getbufsize()), (2,), [x], [])
        assert seen == [16 if classes in (400, 8000) else before]
    with pytest.raises(ValueError, match="out must have the shape of x"):
        softmax(x, out=np.empty(3))
    assert np.getbufsize() == before


def test_many_rows_to_be_done_again():
    """More than are done at a time: 2^21 bytes / 32 / 1000 classes is 65 rows."""
    x = (1e4 + rng.normal(0, 3, (200, 1000))).astype(np.float32)
    x[::3] -= np.float32(1e4)
    some = [0, 64, 97, 98, 131, 199]
    assert ulp_error(softmax(x)[some], reference.softmax(x[some])).max() < 8
    labels = rng.integers(0, 1000, 200)
    loss = cross_entropy(x, labels, reduction="none")
    assert ulp_error(loss[some], reference.cross_entropy(x[some], labels[some])).max() < 4


def test_a_row_larger_than_a_block(monkeypatch):
    """Its exponentials are added up in parts, without the pivot's, wherever that is."""
    monkeypatch.setattr(_terms, "BLOCK_BYTES", 1024)
    for dtype in (np.float32, np.float64):
        x = rng.normal(0, 3, (1, 700)).astype(dtype)
        for label in (0, 127, 128, 255, 256, 699):
            loss = cross_entropy(x, [label])
            assert ulp_error(loss, reference.cross_entropy(x, np.array([label]))[0]) < 4
        assert ulp_error(logsumexp(x), reference.logsumexp(x)).max() < 4


@pytest.mark.slow
def test_columns_and_rows_agree():
    """Many short rows are computed column by column, a few of them row by row; some need the shift."""
    for classes in (1, 2, 3, 7, 10, 64):
        rows = _blocks.SMALL // classes + 1
        for dtype in DTYPES:
            x = rng.normal(0, 3, (rows, classes))
            x[::7] += 900
            x[::11] -= 800
            x[1, 0] = -INF
            x = x.astype(dtype)
            whole = log_softmax(x)
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(
                    whole, [log_softmax(row) for row in x], rtol=4 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny
                )
            assert ulp_error(whole[2:20], reference.log_softmax(x[2:20])).max() < 4


# Probabilities as targets


def test_smoothed_probabilities_by_hand():
    """(1 - s) y + s / N, by an independent formula: for labels too it is checked against 50 digits above."""
    x, y, s = np.array([1.0, 2, 4]), np.array([0.2, 0.3, 0.5]), 0.1
    loss = cross_entropy([x], [y], label_smoothing=s)
    assert round(float(loss), 5) == 1.41651
    log_p = x - math.log(math.fsum(map(math.exp, x)))
    expected = -math.fsum(((1 - s) * t + s / 3) * q for t, q in zip(y, log_p, strict=True))
    assert float(loss) == pytest.approx(expected, rel=1e-14)
    gradient = cross_entropy_grad([x], [y], label_smoothing=s)[0]
    np.testing.assert_allclose(gradient, np.exp(log_p) - ((1 - s) * y + s / 3), rtol=1e-12)


def test_kernels_change_no_scores():
    """Nor the factors: a kernel's inputs are as they were, whichever way it takes."""
    for x in (rng.normal(0, 3, (5, 7)), rng.normal(0, 300, (5, 70)), rng.normal(0, 3, (300, 70)).astype(np.float32)):
        labels, a = rng.integers(0, x.shape[1], len(x)), rng.random(x.shape).astype(x.dtype)
        before = x.copy(), a.copy()
        one, each = np.empty(len(x)), np.empty_like(x)
        with np.errstate(all="ignore"):
            for kernel, inputs, outputs in [
                (_rows.SOFTMAX, [x], [each]),
                (_rows.LOG_SOFTMAX, [x], [each]),
                (_rows.LOGSUMEXP, [x], [one]),
                (_rows.MAX_REST, [x], [one, one.copy()]),
                (_rows.LABELS.given(1.0), [x, labels, None], [one, each]),
                (_rows.LABELS.given(1.0), [x, labels, None], [one, None]),
                (_rows.TARGETS.given(1.0), [x, a], [one, each]),
                (_rows.TARGETS.given(1.0), [x, a], [None, each]),
            ]:
                assert kernel.rows(inputs, outputs) is None
                np.testing.assert_array_equal(x, before[0])
                np.testing.assert_array_equal(a, before[1])


def test_the_pivots_place_is_0_in_all_terms():
    x = rng.normal(0, 3, (4, 6))
    for terms in (_terms.plain_terms(x, None, _terms.largest(x)), _terms.shifted_terms(x)):
        assert (terms.e.take(terms.pivot) == 0).all() and (np.delete(terms.e, terms.pivot) > 0).all()
        np.testing.assert_allclose(terms.top / terms.total, softmax(x).max(axis=1), rtol=1e-15)
    terms = _terms.plain_terms(x)
    assert terms.pivot is None and (terms.e > 0).all() and (terms.total == terms.rest).all()
