"""Sums of pieces, blocks of rows, and outputs that overlap: on every side of every size at which the way changes."""

import math

import numpy as np
import pytest

from stable_softmax import (
    _blocks,
    _rows,
    _sums,
    _terms,
    cross_entropy,
    cross_entropy_grad,
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
