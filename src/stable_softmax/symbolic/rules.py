"""General N: the steps of each derivation, in reading order, as a named tuple."""

from typing import NamedTuple

import sympy as sp

from .columns import distribution, kronecker_matrix, vector
from .symbols import (
    C,
    D,
    N,
    Z,
    a,
    a_max,
    d,
    delta,
    differentiate,
    i,
    j,
    k,
    layer_entry,
    log_C,
    p,
    sift,
    softmax_entry,
    t,
    use_total_one,
    w,
    x,
    y,
)

__all__ = [
    "CrossEntropyRule",
    "LayerRule",
    "LogSoftmaxRule",
    "LogSumExpRule",
    "OneHotRule",
    "QuadraticForm",
    "QuotientRule",
    "ShiftIdentity",
    "cross_entropy_rule",
    "layer_rule",
    "log_softmax_rule",
    "logsumexp_rule",
    "one_hot_rule",
    "quadratic_form",
    "quotient_rule",
    "shift_identity",
]


class ShiftIdentity(NamedTuple):
    """Steps of `shift_identity`."""

    original: sp.Expr  #: :math:`e^{a_i} / \sum_k e^{a_k}`
    scaled: sp.Expr  #: numerator and denominator times C
    absorbed: sp.Expr  #: C moved into the exponents as log C
    by_maximum: sp.Expr  #: the choice log C = -max(a)


def shift_identity():
    """Show that softmax is unchanged when one constant is added to all scores.

    Returns
    -------
    ShiftIdentity

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> steps = shift_identity()
    >>> all(same(steps.original, step) for step in steps)
    True
    """

    def quotient(term):
        return term(i) / sp.Sum(term(k), (k, 1, N))

    absorbed = quotient(lambda index: sp.exp(a[index] + log_C))
    return ShiftIdentity(
        original=softmax_entry(i),
        scaled=quotient(lambda index: C * sp.exp(a[index])),
        absorbed=absorbed,
        by_maximum=absorbed.subs(log_C, -a_max),
    )


class QuotientRule(NamedTuple):
    """Steps of `quotient_rule`."""

    numerator: sp.Expr  #: :math:`g = e^{a_i}`
    denominator: sp.Expr  #: :math:`h = \sum_k e^{a_k}`
    numerator_slope: sp.Expr  #: dg/da_j
    denominator_slope: sp.Expr  #: dh/da_j
    quotient: sp.Expr  #: (g' h - g h') / h^2
    equal: sp.Expr  #: the case i = j
    unequal: sp.Expr  #: the case i != j
    kronecker: sp.Expr  #: both cases in one, p_i (delta_ij - p_j)


def quotient_rule():
    """Derive the derivative of softmax's entry i with respect to score j, for any N.

    Returns
    -------
    QuotientRule

    Examples
    --------
    >>> from stable_softmax.symbolic import in_p, same
    >>> rule = quotient_rule()
    >>> rule.denominator_slope
    exp(a[j])
    >>> in_p(rule.equal), in_p(rule.unequal)
    ((1 - p[i])*p[i], -p[i]*p[j])
    >>> same(rule.quotient, rule.kronecker)
    True
    """
    g, h = sp.exp(a[i]), Z
    dg, dh = differentiate(g, a[j]), differentiate(h, a[j])
    quotient = (dg * h - g * dh) / h**2
    return QuotientRule(
        numerator=g,
        denominator=h,
        numerator_slope=dg,
        denominator_slope=dh,
        quotient=quotient,
        equal=quotient.subs(j, i),
        unequal=quotient.subs(delta(i, j), 0),
        kronecker=p[i] * (delta(i, j) - p[j]),
    )


class LogSoftmaxRule(NamedTuple):
    """Steps of `log_softmax_rule`."""

    value: sp.Expr  #: :math:`\log p_i = a_i - \log \sum_k e^{a_k}`
    slope: sp.Expr  #: what SymPy says d(log p_i)/da_j is
    kronecker: sp.Expr  #: delta_ij - p_j


def log_softmax_rule():
    """Derive the derivative of log-softmax's entry i with respect to score j.

    Returns
    -------
    LogSoftmaxRule

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> rule = log_softmax_rule()
    >>> same(rule.slope, rule.kronecker)
    True
    """
    value = a[i] - sp.log(Z)
    return LogSoftmaxRule(value=value, slope=differentiate(value, a[j]), kronecker=delta(i, j) - p[j])


class LogSumExpRule(NamedTuple):
    """Steps of `logsumexp_rule`."""

    value: sp.Expr  #: :math:`\log \sum_k e^{a_k}`
    gradient: sp.Expr  #: its derivative with respect to a_i, which is softmax
    hessian: sp.Expr  #: differentiated again, with respect to a_j
    kronecker: sp.Expr  #: softmax's Jacobian, p_i (delta_ij - p_j)


def logsumexp_rule():
    """Derive gradient and Hessian of log-sum-exp: softmax and softmax's Jacobian.

    Returns
    -------
    LogSumExpRule

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> rule = logsumexp_rule()
    >>> same(rule.gradient, p[i]), same(rule.hessian, rule.kronecker)
    (True, True)
    """
    value = sp.log(Z)
    slope = differentiate(value, a[i])
    return LogSumExpRule(
        value=value, gradient=slope, hessian=differentiate(slope, a[j]), kronecker=p[i] * (delta(i, j) - p[j])
    )


class CrossEntropyRule(NamedTuple):
    """Steps of `cross_entropy_rule`."""

    loss: sp.Expr  #: L = -sum_i y_i log p_i
    loss_slope: sp.Expr  #: dL/dp_i = -y_i / p_i
    softmax_slope: sp.Expr  #: dp_i/da_j
    chain: sp.Expr  #: sum_i of the product of the two
    cancelled: sp.Expr  #: p_i divided out
    split: sp.Expr  #: the delta picks y_j; p_j leaves the sum
    result: sp.Expr  #: sum_i y_i = 1 leaves p_j - y_j


def cross_entropy_rule():
    """Derive the gradient of cross-entropy through softmax, for any targets that sum to 1.

    Returns
    -------
    CrossEntropyRule

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> rule = cross_entropy_rule()
    >>> rule.split
    p[j]*Sum(y[i], (i, 1, N)) - y[j]
    >>> rule.result
    p[j] - y[j]
    >>> same(rule.chain, rule.split)
    True
    """
    loss = -sp.Sum(y[i] * sp.log(p[i]), (i, 1, N))
    loss_slope = differentiate(-y[i] * sp.log(p[i]), p[i])
    softmax_slope = quotient_rule().kronecker
    cancelled = sp.Sum(sp.expand_mul(loss_slope) * softmax_slope, (i, 1, N))
    split = sift(cancelled)
    return CrossEntropyRule(
        loss=loss,
        loss_slope=loss_slope,
        softmax_slope=softmax_slope,
        chain=sp.Sum(sp.Mul(loss_slope, softmax_slope, evaluate=False), (i, 1, N)),
        cancelled=cancelled,
        split=split,
        result=use_total_one(split),
    )


class OneHotRule(NamedTuple):
    """Steps of `one_hot_rule`."""

    targets: sp.Expr  #: y_i = delta_it, 1 at the true class t and 0 elsewhere
    loss_sum: sp.Expr  #: -sum_i delta_it log p_i
    loss: sp.Expr  #: the one term that is left, -log p_t
    chain: sp.Expr  #: (-1 / p_t) times dp_t/da_j
    result: sp.Expr  #: p_j - delta_jt


def one_hot_rule():
    """Derive the gradient of cross-entropy through softmax when the target is one class, t.

    Returns
    -------
    OneHotRule

    Examples
    --------
    >>> rule = one_hot_rule()
    >>> rule.loss, rule.result
    (-log(p[t]), -KroneckerDelta(j, t) + p[j])
    """
    targets = delta(i, t)
    loss_sum = -sp.Sum(targets * sp.log(p[i]), (i, 1, N))
    loss = sift(loss_sum)
    loss_slope, softmax_slope = differentiate(loss, p[t]), quotient_rule().kronecker.subs(i, t)
    return OneHotRule(
        targets=targets,
        loss_sum=loss_sum,
        loss=loss,
        chain=sp.Mul(loss_slope, softmax_slope, evaluate=False),
        result=sp.expand(loss_slope * softmax_slope),
    )


class LayerRule(NamedTuple):
    """Steps of `layer_rule`."""

    score: sp.Expr  #: a_k = sum_d w_kd x_d
    score_slope: sp.Expr  #: da_k/dw_ij = delta_ik x_j
    softmax_slope: sp.Expr  #: dp_t/da_k
    chain: sp.Expr  #: sum_k of the product of the two
    result: sp.Expr  #: D_ij p_t = p_t (delta_ti - p_i) x_j
    direct: sp.Expr  #: SymPy's own derivative of the whole layer
    loss_chain: sp.Expr  #: cross-entropy on top, sum_t (p_t - y_t) delta_it x_j
    loss_result: sp.Expr  #: dL/dw_ij = (p_i - y_i) x_j


def layer_rule():
    """Derive the derivative of the softmax layer p = softmax(W x) by weight w_ij, and that of the loss on top.

    N classes, D inputs, for any N and D.

    Returns
    -------
    LayerRule

    References
    ----------
    E. Bendersky, "The Softmax function and its derivative", 2016, who writes S for p.

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> rule = layer_rule()
    >>> rule.result
    (KroneckerDelta(i, t) - p[i])*p[t]*x[j]
    >>> same(rule.direct, rule.result, entry=layer_entry)
    True
    """
    score = sp.Sum(w[k, d] * x[d], (d, 1, D))
    score_slope = differentiate(score, w[i, j])
    softmax_slope = quotient_rule().kronecker.subs({i: t, j: k})
    chain = sp.Sum(softmax_slope * score_slope, (k, 1, N))
    loss_chain = sp.Sum((p[t] - y[t]) * score_slope.subs(k, t), (t, 1, N))
    return LayerRule(
        score=score,
        score_slope=score_slope,
        softmax_slope=softmax_slope,
        chain=chain,
        result=sp.factor(sift(chain)),
        direct=differentiate(layer_entry(t), w[i, j]),
        loss_chain=loss_chain,
        loss_result=sp.factor(sift(loss_chain)),
    )


class QuadraticForm(NamedTuple):
    """Steps of `quadratic_form`."""

    form: sp.Expr  #: v^T (diag(p) - p p^T) v
    variance: sp.Expr  #: sum_i p_i v_i^2 - (sum_i p_i v_i)^2
    pairs: sp.Expr  #: sum over pairs i < j of p_i p_j (v_i - v_j)^2, which is never negative


def quadratic_form(n):
    """Show why softmax's Jacobian is positive semidefinite: v^T J v is a variance.

    The last probability is written as 1 minus the others, so the three steps are equal as they stand.

    Parameters
    ----------
    n : int
        The number of classes.

    Returns
    -------
    QuadraticForm

    Examples
    --------
    >>> from stable_softmax.symbolic import same
    >>> steps = quadratic_form(3)
    >>> same(steps.form, steps.variance), same(steps.variance, steps.pairs)
    (True, True)
    """
    shares, v = distribution(p, n), vector(sp.IndexedBase("v", real=True), n)
    pairs = (shares[r] * shares[c] * (v[r] - v[c]) ** 2 for c in range(n) for r in range(c))
    return QuadraticForm(
        form=v.dot(kronecker_matrix(shares) * v),
        variance=shares.dot(v.applyfunc(lambda entry: entry**2)) - shares.dot(v) ** 2,
        pairs=sp.Add(*pairs),
    )
