"""The formulas of the losses in `binary` and `more_losses`, for blocks of numbers or rows, in float64 at least.

Results are written to the arrays that are given for them, of which either may be None, and no input is changed. Callers
silence NumPy's warnings.
"""

import numpy as np

from ._dtypes import wide
from ._rows import LABELS, LOG_SOFTMAX, SOFTMAX
from ._sums import row_sums

#: In rows whose scores differ from the teacher's by no more, differences are taken before exponentials.
_NEAR = 0.5


def _times(factors, values):
    """Return the products; 0 where a factor is 0 and the value infinite, instead of NaN."""
    products = factors * values
    products[(factors == 0) & (values == np.inf)] = 0
    return products


# Binary cross-entropy: softplus(-z) where the target is 1 and softplus(z) where it is 0. Neither is negative, so
# nothing cancels; nor does the gradient, for one of its terms is 0 if the target is 0 or 1.


def binary(scale, inputs, outputs):
    """Write losses, and gradients times `scale`, of scores z, each in a row of its own.

    The other inputs have shape (rows,): the targets y, and factors of their share and of the whole loss, or None.
    """
    z, y, positive, weight = inputs
    losses, gradient = outputs
    z = z[:, 0].astype(wide(z.dtype), copy=False)
    y = y.astype(z.dtype, copy=False)
    ones, zeros = y if positive is None else y * positive, 1 - y
    e = np.exp(-np.abs(z))
    if losses is not None:
        log = np.log1p(e)
        loss = _times(ones, np.maximum(-z, 0) + log) + _times(zeros, np.maximum(z, 0) + log)
        losses[...] = loss if weight is None else _times(weight, loss)
    if gradient is not None:
        smaller, larger = e / (1 + e), 1 / (1 + e)
        p, rest = np.where(z < 0, (smaller, larger), (larger, smaller))
        gradient[...] = (zeros * p - ones * rest) * (scale if weight is None else scale * weight)


# Focal loss: with L = -log p at the label and q = 1 - p = -expm1(-L), the loss is q^gamma L and its gradient
# q^gamma (1 + gamma p L / q) (p - y). Where L and q vanish, L / q goes to 1.


def focal(gamma, scale, inputs, outputs):
    """Write losses, and gradients times `scale`, of rows of scores with labels and the rows' weights, or None."""
    x, labels, weights = inputs
    losses, gradient = outputs
    x = x.astype(wide(x.dtype), copy=False)
    own, slope = np.empty(len(x), x.dtype), None if gradient is None else np.empty_like(x)
    LABELS.given(1.0).rows([x, labels, None], [own, slope])
    q = -np.expm1(-own)
    power = q**gamma
    if losses is not None:
        losses[...] = power * own if weights is None else _times(weights, power * own)
    if gradient is not None:
        ratio = np.where(own == 0, 1, np.exp(-own) * own / q)
        ratio[own == np.inf] = 0  # p is 0
        factor = scale * power * (1 + gamma * ratio)
        gradient[...] = slope * (factor if weights is None else factor * weights)[:, np.newaxis]


# Distillation: T^2 KL(q || p), where q and p are the softmaxes at temperature T of the teacher's and the student's
# scores, and its gradient T (p - q). With d = log p - log q, KL = sum(q (e^d - 1 - d)), since p = q e^d has the same
# sum as q. No term is negative, and where p and q nearly agree each keeps its digits; so does q (e^d - 1) for p - q.


def distil(temperature, scale, inputs, outputs):
    """Write losses, and gradients times `scale`, of rows of scores with rows of a teacher's scores."""
    x, teacher = (a.astype(np.result_type(*(wide(a.dtype) for a in inputs)), copy=False) for a in inputs)
    losses, gradient = outputs
    p, q, log_p, log_q = (np.empty_like(x) for _ in range(4))
    for scores, share, log_share in [(x, p, log_p), (teacher, q, log_q)]:
        if temperature != 1:  # shifted first, as the quotient may overflow
            scores = (scores - scores.max(axis=1, keepdims=True)) / temperature
        SOFTMAX.rows([scores], [share])
        LOG_SOFTMAX.rows([scores], [log_share])
    d = log_p - log_q
    _near_rows(x, teacher, temperature, p, q, d)
    close = np.abs(d) <= 2 * _NEAR
    if losses is not None:
        terms = np.where(close, q * _above_tangent(np.where(close, d, 0)), p - q - q * d)
        np.copyto(terms, p, where=q == 0)
        losses[...] = temperature * (temperature * row_sums(terms))
    if gradient is not None:
        difference = np.where(close, q * np.expm1(np.where(close, d, 0)), p - q)
        gradient[...] = difference * (temperature * scale)


def _near_rows(x, teacher, temperature, p, q, d):
    """Correct d in rows where the two are near: the difference of the scores themselves has more digits."""
    c = x - teacher
    c -= np.take_along_axis(c, q.argmax(axis=1)[:, np.newaxis], axis=1)
    c /= temperature
    c[(p == 0) & (q == 0)] = 0
    near = np.flatnonzero((np.abs(c) <= _NEAR).all(axis=1))
    if near.size:
        c = c[near]
        d[near] = c - np.log1p(row_sums(q[near] * np.expm1(c)))[:, np.newaxis]


def _above_tangent(d):
    """Return e^d - 1 - d, for numbers of size 1 at most, to all digits: its series, from the smallest term up."""
    series = np.zeros_like(d)
    for k in range(20, 1, -1):
        series = (series + 1) * d / k
    return series * d
