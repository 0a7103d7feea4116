"""Checks of all functions on rows of scores, on every way that there is, against 50 digits."""

import mpmath
import numpy as np

from stable_softmax import (
    cross_entropy,
    cross_entropy_grad,
    cross_entropy_with_grad,
    log_softmax,
    logsumexp,
    softmax,
)
from stable_softmax.precision import reference, ulp_error

INF = np.inf


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
