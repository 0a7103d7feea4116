"""Binary cross-entropy, focal loss and distillation against 50 digits."""

import ml_dtypes
import mpmath
import numpy as np
import pytest

from stable_softmax import (
    binary_cross_entropy,
    binary_cross_entropy_with_grad,
    distillation_loss_with_grad,
    focal_loss_with_grad,
)
from stable_softmax.precision import reference, ulp_error

INF = np.inf
rng = np.random.default_rng(0)
DTYPES = [np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2, np.float32, np.float64]


@mpmath.workdps(60)
def exact_binary(z, y, positive=1.0):
    z, y, positive = mpmath.mpf(float(z)), mpmath.mpf(float(y)), mpmath.mpf(float(positive))
    loss = positive * y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))
    return loss, (1 - y) / (1 + mpmath.exp(-z)) - positive * y / (1 + mpmath.exp(z))


@mpmath.workdps(60)
def exact_focal(row, label, gamma):
    loss, slope = reference.cross_entropy(row, label), reference.cross_entropy_grad(row, label)
    q, gamma = -mpmath.expm1(-loss), mpmath.mpf(gamma)
    factor = q**gamma + gamma * mpmath.exp(-loss) * q ** (gamma - 1) * loss
    return q**gamma * loss, slope * factor


def exact_distillation(row, teacher, temperature):
    """Two sure distributions differ, and their logarithms cancel, as far behind the point as their scores are apart."""
    apart = max(np.ptp(np.asarray(scores, float)) for scores in (row, teacher)) / temperature
    with mpmath.workdps(60 + int(min(apart, 840))):
        return _exact_distillation(row, teacher, mpmath.mpf(temperature))


def _exact_distillation(row, teacher, T):
    p, q = ([mpmath.exp(mpmath.mpf(float(s)) / T) for s in scores] for scores in (row, teacher))
    p, q = ([e / mpmath.fsum(both) for e in both] for both in (p, q))
    loss = T**2 * mpmath.fsum(b * mpmath.log(b / a) for a, b in zip(p, q, strict=True))
    return loss, np.array([T * (a - b) for a, b in zip(p, q, strict=True)])


def worst(values, truth):
    return float(np.max(ulp_error(np.asarray(values), np.asarray(truth, object))))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [0.01, 3.0, 700.0])
def test_binary_against_50_digits(dtype, scale):
    z = np.concatenate([rng.normal(0, scale, 40), [0.0, -scale, scale]]).astype(dtype)
    for y in (0, 1):
        targets = np.full(z.shape, y)
        loss, gradient = zip(*(exact_binary(one, y, 2.5) for one in z), strict=True)
        ours = binary_cross_entropy_with_grad(z, targets, positive_weight=2.5, reduction="none")
        limit = 4 if dtype == np.float64 else 0.51
        assert worst(ours[0], loss) <= limit and worst(ours[1], gradient) <= limit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [0.01, 3.0, 700.0])
@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2, 5])
def test_focal_against_50_digits(dtype, scale, gamma):
    x = rng.normal(0, scale, (12, 4)).astype(dtype)
    labels = rng.integers(0, 4, 12)
    loss, gradient = zip(*(exact_focal(row, label, gamma) for row, label in zip(x, labels, strict=True)), strict=True)
    ours = focal_loss_with_grad(x, labels, gamma=gamma, reduction="none")
    limit = 40 if dtype == np.float64 else 0.51
    assert worst(ours[0], loss) <= limit and worst(ours[1], np.array(gradient)) <= limit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [0.01, 3.0, 700.0])
@pytest.mark.parametrize("temperature", [0.5, 1, 3])
def test_distillation_against_50_digits(dtype, scale, temperature):
    x, teacher = rng.normal(0, scale, (2, 12, 4)).astype(dtype)
    pairs = [exact_distillation(*rows, temperature) for rows in zip(x, teacher, strict=True)]
    loss, gradient = zip(*pairs, strict=True)
    ours = distillation_loss_with_grad(x, teacher, temperature=temperature, reduction="none")
    if dtype != np.float64:
        assert worst(ours[0], loss) <= 0.51 and worst(ours[1], np.array(gradient)) <= 0.51
    else:
        np.testing.assert_allclose(ours[0], np.array(loss, float), rtol=1e-12)
        np.testing.assert_allclose(ours[1], np.array(gradient, float), rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9, 1e-13])
@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_distillation_keeps_its_digits_near_the_teacher(distance, temperature):
    """The definition, a difference of logarithms, has none left, and may be negative."""
    teacher = rng.normal(0, 3, (10, 6))
    x = teacher + distance * rng.normal(0, 1, (10, 6))
    ours = distillation_loss_with_grad(x, teacher, temperature=temperature, reduction="none")
    pairs = [exact_distillation(*rows, temperature) for rows in zip(x, teacher, strict=True)]
    loss, gradient = zip(*pairs, strict=True)
    np.testing.assert_allclose(ours[0], np.array(loss, float), rtol=1e-12)
    np.testing.assert_allclose(ours[1], np.array(gradient, float), rtol=1e-8)
    # A class that both mask changes nothing.
    masked = [np.insert(rows, 2, -INF, axis=1) for rows in (x, teacher)]
    theirs = distillation_loss_with_grad(*masked, temperature=temperature, reduction="none")
    np.testing.assert_allclose(theirs[0], ours[0], rtol=1e-12)
    np.testing.assert_allclose(np.delete(theirs[1], 2, axis=1), ours[1], rtol=1e-8)
    assert not theirs[1][:, 2].any()


def test_weights_of_yes_or_no():
    z, y = rng.normal(0, 3, (4, 3)), rng.random((4, 3))
    weight, positive = rng.random(3), rng.random((4, 1)) + 1
    ours = binary_cross_entropy_with_grad(z, y, weight=weight, positive_weight=positive, reduction="none")
    for place in np.ndindex(z.shape):
        loss, slope = exact_binary(z[place], y[place], positive[place[0], 0])
        np.testing.assert_allclose(ours[0][place], weight[place[1]] * float(loss), rtol=1e-13)
        np.testing.assert_allclose(ours[1][place], weight[place[1]] * float(slope), rtol=1e-12)
    # The mean is over all scores, whatever they weigh, as PyTorch has it.
    mean = binary_cross_entropy(z, y, weight=weight, positive_weight=positive)
    np.testing.assert_allclose(mean, ours[0].mean())
