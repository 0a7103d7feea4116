"""Agreement with SciPy, and with the stored answers of torch."""

import itertools

import numpy as np
import pytest
from scipy import special

import stable_softmax as ss
from tools.answers import cases, stored

INF, NAN = np.inf, np.nan


# SciPy


SPECIAL = [-INF, INF, NAN, 0.0, 1.5, -800.0, 800.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", list(itertools.product(SPECIAL, repeat=2)))
def test_logsumexp_of_special_values(row):
    np.testing.assert_allclose(ss.logsumexp(row), special.logsumexp(row), rtol=1e-15)
    np.testing.assert_allclose(
        ss.logsumexp(row, return_sign=True), special.logsumexp(row, return_sign=True), rtol=1e-15
    )
    for b in itertools.product([-2.0, 0.0, 1.0], repeat=2):
        value, sign = ss.logsumexp(row, b=b, return_sign=True)
        # What has a factor of 0 is left out before SciPy sees it: some of those it makes nan.
        kept = [(score, factor) for score, factor in zip(row, b, strict=True) if factor]
        expected = (-INF, 0)
        if kept:
            expected = special.logsumexp([k[0] for k in kept], b=[k[1] for k in kept], return_sign=True)
        np.testing.assert_allclose((value, sign), expected, rtol=1e-14)
        np.testing.assert_array_equal(ss.logsumexp(row, b=b), NAN if sign < 0 else value)


@pytest.mark.parametrize("seed", range(40))
def test_the_family_on_random_arrays(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 6, rng.integers(1, 4)))
    x = rng.normal(0, rng.choice([1, 30, 900]), shape)
    x[rng.random(shape) < 0.1] = -INF
    x.flat[0] = 0
    axis = [None, int(rng.integers(-len(shape), len(shape))), tuple(rng.permutation(len(shape))[:2].tolist())][seed % 3]
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(ss.softmax(x, axis), special.softmax(x, axis), rtol=1e-11, atol=1e-300)
        finite = np.isfinite(x.max(axis=axis, keepdims=True)) & np.ones_like(x, bool)
        np.testing.assert_allclose(
            ss.log_softmax(x, axis)[finite], special.log_softmax(x, axis)[finite], rtol=1e-11, atol=1e-13
        )
    b = rng.choice([-1.5, 0.25, 1, 2], shape)
    for keepdims in (False, True):
        options = {"axis": axis, "keepdims": keepdims}
        np.testing.assert_allclose(ss.logsumexp(x, **options), special.logsumexp(x, **options), rtol=1e-13)
        ours, theirs = (f(x, b=b, return_sign=True, **options) for f in (ss.logsumexp, special.logsumexp))
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-11, atol=1e-12)
        np.testing.assert_array_equal(ours[1], theirs[1])


# torch


@pytest.mark.parametrize("name", cases.LOSSES)
def test_cross_entropy_with_every_option(name):
    theirs, case = stored("torch", "cross-entropy", name), dict(cases.LOSSES[name])
    scores, targets = case.pop("scores"), case.pop("targets")
    ours, gradient = ss.cross_entropy_with_grad(scores, targets, axis=min(1, scores.ndim - 1), **case)
    assert ours.shape == theirs["loss"].shape and gradient.shape == theirs["gradient"].shape
    np.testing.assert_allclose(ours, theirs["loss"], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(gradient, theirs["gradient"], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", cases.FAMILY)
def test_the_family_in_every_dtype(dtype):
    tolerance = {"float16": 5e-3, "float32": 3e-6, "float64": 1e-12}[dtype]
    theirs = stored("torch", "the family", dtype)
    assert theirs.keys() == {"softmax", "log_softmax", "logsumexp"}
    for name, expected in theirs.items():
        ours = getattr(ss, name)(cases.FAMILY[dtype]["scores"])
        assert ours.dtype == expected.dtype == dtype and ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=1e-7 if dtype == "float16" else 0)


@pytest.mark.parametrize("name", cases.SPECIAL)
def test_cross_entropy_of_special_scores_and_weights(name):
    """Which results are infinite or NaN, and which are not.

    Two things differ by design and are not asked here: a factor of 0 leaves an infinite -log p out (torch: NaN), and
    an ignored row has the gradient 0 even where its scores are NaN (torch: NaN).
    """
    theirs, case = stored("torch", "cross-entropy of special scores", name), cases.SPECIAL[name]
    single = case["scores"].dtype == np.float32
    tolerance = {"rtol": 1e-4, "atol": 1e-6} if single else {"rtol": 1e-11, "atol": 1e-12}
    for reduction, smoothing in cases.REDUCTIONS:
        ours, gradient = ss.cross_entropy_with_grad(**case, reduction=reduction, label_smoothing=smoothing)
        loss = theirs[f"{reduction} {smoothing} loss"]
        # The gradient of all losses together is that of their sum, and stored once.
        slope = theirs[f"{reduction.replace('none', 'sum')} {smoothing} gradient"]
        assert ours.shape == loss.shape and gradient.shape == slope.shape
        np.testing.assert_allclose(ours, loss, **tolerance)
        np.testing.assert_allclose(gradient, slope, **tolerance)
