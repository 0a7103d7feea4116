r"""Attention: averages of values, with the softmax of scores as weights; with masks, and its gradient.

A query q is compared with each key k, which gives the scores :math:`a = q \cdot k / \sqrt d`. Their softmax p says how
much of each value is in the output, :math:`o = \sum_k p_k V_k`. There is one query for each row of `query`, and one key
and value for each row of `key` and `value`: as in a product of matrices, the last two axes count, and axes before them
(batch, heads) broadcast.

The contract:

* Finite scores, with any mask, give no NaN: neither in the output nor, unless a product of finite numbers overflows,
  in a gradient.
* A query that no key is left for has the output 0 and the gradient 0, as an empty sum has. (The softmax of such a row,
  :func:`stable_softmax.softmax`, is NaN: there is nothing to share. Here the caller wants an average of values, and
  others in the batch must not suffer.)
* A pair that takes no part has a weight and a gradient of exactly 0, whatever its key and its value hold: an infinity
  or NaN reaches those queries alone that see it.

Dtypes are those of :func:`stable_softmax.softmax`: integers and booleans become float64, floating dtypes are kept;
float16, and ml_dtypes' bfloat16 and 8-bit formats, are computed in float32 at least, queries of at most 64 keys in
float64 whatever their dtype, and so are all where a scale, cap or sink does not fit float32; each result is rounded
once. The scores of all pairs are in memory at once.
"""

from dataclasses import dataclass

import numpy as np

from ._dtypes import common, computed_in, wide
from ._validate import as_finite, as_floats, as_mask
from .functions import softmax
from .jacobian import softmax_vjp

__all__ = ["AttentionGradients", "attention", "attention_vjp", "attention_weights"]


@dataclass(frozen=True, slots=True)
class AttentionGradients:
    """The gradients of attention, each in the shape and dtype of what it belongs to.

    Attributes
    ----------
    query, key, value : ndarray
    sink : ndarray or None
        In float64; None if there is no sink.
    """

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    sink: np.ndarray | None


def attention(query, key, value, *, where=None, causal=False, scale=None, soft_cap=None, sink=None):
    r"""Return each query's average of the values, weighed by the softmax of its scores.

    Parameters
    ----------
    query : array_like, shape (..., M, d)
        Real; M queries.
    key : array_like, shape (..., N, d)
        Real; N keys.
    value : array_like, shape (..., N, D)
        Real; a value for each key. Axes before the last two broadcast in the three.
    where : array_like of bool, optional
        Which pairs of a query and a key take part; broadcasts to the scores' shape, (..., M, N).
    causal : bool, default False
        Let query i see keys 0 to i alone. There must be as many queries as keys.
    scale : float, optional
        The factor of the products q · k. By default it is 1 / sqrt(d).
    soft_cap : float, optional
        A bound c of the scores: they become c tanh(a / c). Applied after the scale and before the mask.
    sink : array_like, optional
        The score of one more key, whose value is 0 and which every query sees. It broadcasts to shape (..., M). With 0
        this is softmax1, :math:`e^{a_i} / (1 + \sum_k e^{a_k})`.

    Returns
    -------
    ndarray, shape (..., M, D)
        In the dtype common to `query`, `key` and `value`. 0 for a query that sees no key.

    Raises
    ------
    TypeError
        If an argument is not real, if NumPy has no dtype common to the three, if `where` holds no booleans, if `causal`
        is no bool, or if `scale` or `soft_cap` is no number.
    ValueError
        If shapes do not fit, if `scale` or `sink` is not finite, if `soft_cap` is not positive and finite, or if
        `causal` is asked for with other numbers of queries and keys.

    See Also
    --------
    attention_weights, attention_vjp

    Notes
    -----
    Scores that overflow are not finite: a query with a score of +inf or NaN, or with none but -inf, gets NaN, as in
    :func:`stable_softmax.softmax`. A soft cap makes infinite scores finite.

    With other numbers of queries and keys, causal could mean that the first ones belong together, or the last ones, and
    libraries differ: say which by ``where=numpy.tri(M, N, dtype=bool)`` or ``numpy.tri(M, N, N - M, dtype=bool)``.

    References
    ----------
    A. Vaswani et al., "Attention is all you need" (2017), arXiv:1706.03762, equation 1. Soft cap: Gemma Team, "Gemma 2"
    (2024), arXiv:2408.00118. softmax1: E. Miller, "Attention is off by one" (2023).

    Examples
    --------
    >>> import numpy as np
    >>> query = np.array([[2.0, 0.0], [0.0, 2.0]])
    >>> key = np.array([[2.0, 0.0], [0.0, 2.0]])
    >>> value = np.array([[10.0], [20.0]])
    >>> attention(query, key, value).round(4)
    array([[10.5581],
           [19.4419]])
    >>> attention(query, key, value, causal=True).round(4)
    array([[10.    ],
           [19.4419]])
    >>> attention(query, key, value, where=[[True, True], [False, False]]).round(4)
    array([[10.5581],
           [ 0.    ]])
    """
    pairs = _Pairs(query, key, value, where, causal, scale, soft_cap, sink)
    [value] = pairs.values
    with np.errstate(all="ignore"):
        return _average(pairs.weights(), value, pairs.seen).astype(pairs.dtype, copy=False)


def attention_weights(query, key, *, where=None, causal=False, scale=None, soft_cap=None, sink=None):
    """Return the weights with which :func:`attention` averages the values.

    Parameters
    ----------
    query, key, where, causal, scale, soft_cap, sink
        As in :func:`attention`.

    Returns
    -------
    ndarray, shape (..., M, N)
        In the dtype common to `query` and `key`. A row's sum is 1; less where there is a sink; 0 for a query that sees
        no key.

    Raises
    ------
    TypeError, ValueError
        As :func:`attention`.

    Examples
    --------
    >>> import numpy as np
    >>> attention_weights(np.zeros((2, 1)), np.zeros((2, 1)), causal=True)
    array([[1. , 0. ],
           [0.5, 0.5]])
    >>> attention_weights(np.zeros((2, 1)), np.zeros((3, 1)), sink=0.0)
    array([[0.25, 0.25, 0.25],
           [0.25, 0.25, 0.25]])
    """
    pairs = _Pairs(query, key, None, where, causal, scale, soft_cap, sink)
    with np.errstate(all="ignore"):
        return pairs.weights().astype(pairs.dtype, copy=False)


def attention_vjp(query, key, value, cotangent, *, where=None, causal=False, scale=None, soft_cap=None, sink=None):
    r"""Return the gradients of a loss with respect to the arguments of :func:`attention`, given that to its output.

    Parameters
    ----------
    query, key, value, where, causal, scale, soft_cap, sink
        As in :func:`attention`.
    cotangent : array_like, shape (..., M, D)
        The gradient g of the loss with respect to the output, real, of the output's shape.

    Returns
    -------
    AttentionGradients
        With respect to `query`, `key`, `value`, and `sink`, summed where an argument was broadcast.

    Raises
    ------
    TypeError, ValueError
        As :func:`attention`. ValueError too if `cotangent` has another shape than the output.

    See Also
    --------
    attention, stable_softmax.jacobian.softmax_vjp

    Notes
    -----
    With P the weights, the gradient with respect to the values is :math:`P^T g`. That with respect to P is
    :math:`g V^T`, which :func:`stable_softmax.jacobian.softmax_vjp` takes back to the scores, row by row; from there
    two products lead to the queries and the keys. A soft cap multiplies by :math:`1 - \tanh^2(a / c)`, computed as
    :math:`4 e^{-2|a/c|} / (1 + e^{-2|a/c|})^2`, which keeps its digits where tanh is nearly 1.

    A row of the mask that lets no key take part is given scores of 0 before the softmax, and weights of 0 after it. The
    first makes the gradient finite, the second makes it 0: the "double where" trick.

    Examples
    --------
    >>> import numpy as np
    >>> query, key, value = np.eye(2), np.eye(2), np.array([[1.0], [3.0]])
    >>> gradients = attention_vjp(query, key, value, np.ones((2, 1)))
    >>> gradients.value.round(4)
    array([[1.],
           [1.]])
    >>> gradients.query.round(4)
    array([[-0.3128,  0.3128],
           [-0.3128,  0.3128]])
    """
    pairs = _Pairs(query, key, value, where, causal, scale, soft_cap, sink)
    cotangent = as_floats(cotangent, "cotangent")
    shape = (*pairs.seen.shape[:-1], pairs.given["value"].shape[-1])
    if cotangent.shape != shape:
        raise ValueError(f"cotangent must have the output's shape, {shape}, got shape {cotangent.shape}")
    with np.errstate(all="ignore"):
        return pairs.gradients(cotangent.astype(pairs.wide, copy=False))


class _Pairs:
    """The scores of all pairs of a query and a key, and what may be asked of them; checks the arguments."""

    def __init__(self, query, key, value, where, causal, scale, soft_cap, sink):
        given = {"query": query, "key": key} | ({} if value is None else {"value": value})
        self.given = {name: _matrix(array, name) for name, array in given.items()}
        shape = _shape_of_scores(**self.given)
        self.dtype = common(**self.given)
        features = self.given["query"].shape[-1]
        self.scale = max(features, 1) ** -0.5 if scale is None else as_finite(scale, "scale")
        self.soft_cap = None if soft_cap is None else as_finite(soft_cap, "soft_cap")
        if self.soft_cap is not None and self.soft_cap <= 0:
            raise ValueError(f"soft_cap must be positive and finite, got {soft_cap!r}")
        self.sink = None if sink is None else _sink(sink, shape[:-1])
        self.wide = computed_in(self.dtype, shape[-1])
        if not all(_fits(option, self.wide) for option in (self.scale, self.soft_cap, self.sink) if option is not None):
            self.wide = wide(self.dtype)
        self.query, self.key, *self.values = (array.astype(self.wide, copy=False) for array in self.given.values())
        self.seen = _seen(where, causal, shape)
        self.scores = self._scores(shape)

    def _scores(self, shape):
        """The scores, and the sink's as one more; -inf where a pair takes no part, but 0 where all of a row do not."""
        with np.errstate(all="ignore"):
            self.uncapped = (self.query * self.scale) @ np.swapaxes(self.key, -1, -2)
            capped = self.uncapped
            if self.soft_cap is not None:
                capped = self.soft_cap * np.tanh(self.uncapped / self.soft_cap)
        if self.sink is None:
            nothing_seen = ~self.seen.any(axis=-1, keepdims=True)
            return np.where(self.seen, capped, np.where(nothing_seen, self.wide.type(0), self.wide.type(-np.inf)))
        scores = np.where(self.seen, capped, self.wide.type(-np.inf))
        column = np.broadcast_to(self.sink, shape[:-1])[..., np.newaxis].astype(self.wide)
        return np.concatenate([scores, column], axis=-1)

    def weights(self):
        return np.where(self.seen, softmax(self.scores)[..., : self.seen.shape[-1]], 0)

    def gradients(self, cotangent):
        [value] = self.values
        over = np.swapaxes(self.seen, -1, -2)
        of_value = _average(np.swapaxes(self.weights(), -1, -2), cotangent, over)
        of_scores, of_sink = self._back(np.where(self.seen, cotangent @ np.swapaxes(value, -1, -2), 0))
        of_query = _average(of_scores, self.key, self.seen)
        of_key = _average(np.swapaxes(of_scores, -1, -2), self.query, over)
        of_query, of_key, of_value = (
            _summed_to(gradient, array.shape).astype(array.dtype, copy=False)
            for gradient, array in zip((of_query, of_key, of_value), self.given.values(), strict=True)
        )
        return AttentionGradients(of_query, of_key, of_value, of_sink)

    def _back(self, of_weights):
        """From the gradient with respect to the weights to those with respect to q · k, and to the sink."""
        of_sink = None
        if self.sink is None:
            of_scores = softmax_vjp(self.scores, of_weights)
        else:
            nothing = np.zeros_like(of_weights, shape=(*of_weights.shape[:-1], 1))  # the sink's value is 0
            of_scores = softmax_vjp(self.scores, np.concatenate([of_weights, nothing], axis=-1))
            of_scores, of_sink = of_scores[..., :-1], of_scores[..., -1].astype(np.float64)
            of_sink = _summed_to(of_sink, self.sink.shape)
        if self.soft_cap is not None:
            of_scores = of_scores * _sech2(self.uncapped / self.soft_cap)
        return np.where(self.seen, of_scores, 0) * self.scale, of_sink


def _average(weights, vectors, seen):
    """``weights @ vectors``; a pair that takes no part adds nothing, even if its vector is infinite or NaN."""
    finite = np.isfinite(vectors)
    if finite.all():
        return weights @ vectors
    average = weights @ np.where(finite, vectors, 0)
    reached = seen.astype(weights.dtype) @ (~finite).astype(weights.dtype)
    return np.where(reached > 0, np.nan, average)


def _sech2(x):
    """1 - tanh(x)^2, without the cancellation where tanh is nearly 1."""
    e = np.exp(-2 * np.abs(x))
    return 4 * e / (1 + e) ** 2


def _summed_to(gradient, shape):
    """Add up over the axes along which an argument of this shape was broadcast."""
    extra = gradient.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1]
    return gradient.sum(axis=(*range(extra), *stretched)).reshape(shape)


def _matrix(array, name):
    array = as_floats(array, name)
    if array.ndim < 2:
        raise ValueError(f"{name} must have at least two axes, of rows and features, got shape {array.shape}")
    return array


def _shape_of_scores(query, key, value=None):
    """The broadcast batch shape, the number of queries and that of keys."""
    if key.shape[-1] != query.shape[-1]:
        raise ValueError(f"key must have as many features as query, {query.shape[-1]}, got shape {key.shape}")
    if value is not None and value.shape[-2] != key.shape[-2]:
        raise ValueError(f"value must have as many rows as key, {key.shape[-2]}, got shape {value.shape}")
    shapes = [array.shape for array in (query, key, value) if array is not None]
    try:
        batch = np.broadcast_shapes(*(shape[:-2] for shape in shapes))
    except ValueError:
        found = ", ".join(f"{shape} of {name}" for shape, name in zip(shapes, ("query", "key", "value"), strict=False))
        raise ValueError(
            f"query, key and value must broadcast but for their last two axes, got shapes {found}"
        ) from None
    return (*batch, query.shape[-2], key.shape[-2])


def _seen(where, causal, shape):
    """Which pairs take part, as booleans of the scores' shape."""
    if not isinstance(causal, bool | np.bool_):
        raise TypeError(f"causal must be a bool, got {causal!r}")
    seen = np.ones(shape, bool) if where is None else as_mask(where, shape, "the scores")
    if not causal:
        return seen
    queries, keys = shape[-2:]
    if queries != keys:
        raise ValueError(
            f"causal must be False unless there are as many queries as keys, got {queries} and {keys}; pass "
            f"where=numpy.tri({queries}, {keys}, {keys - queries}, dtype=bool) if the last ones belong together, "
            f"numpy.tri({queries}, {keys}, dtype=bool) if the first ones do"
        )
    return seen & np.tri(queries, dtype=bool)


def _fits(numbers, dtype):
    """Tell whether no number of an option becomes infinite or 0 in a dtype."""
    numbers = np.asarray(numbers)
    with np.errstate(all="ignore"):
        narrow = numbers.astype(dtype)
    return bool((np.isfinite(narrow) & ((narrow == 0) == (numbers == 0))).all())


def _sink(values, shape):
    sink = as_floats(values, "sink")
    if not np.isfinite(sink.astype(np.float64)).all():
        raise ValueError("sink must be finite, got an infinity or NaN")
    try:
        np.broadcast_to(sink, shape)
    except ValueError:
        raise ValueError(f"sink must broadcast to the queries' shape, {shape}, got shape {sink.shape}") from None
    return sink
