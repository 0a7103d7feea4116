r"""log-sum-exp and cross-entropy of scores that never lie in memory all at once.

Cut a row of scores into blocks. All that log-sum-exp needs to know of a block are its largest score m and the sum s of
:math:`e^{x_k - m}`, and two such pairs merge into the pair of both blocks together:

.. math::

    m = \max(m_1, m_2), \qquad s = s_1 e^{m_1 - m} + s_2 e^{m_2 - m}.

The merge is associative and commutative, and (-inf, 0) changes nothing, so blocks may come in any order and be merged
in any tree: one pass over a stream (`logsumexp_of_blocks`), tiles of a product of matrices (`linear_cross_entropy`), or
pieces on several machines (Dask arrays). `MaxSum` is such a pair for each row of a batch, `merge` the operation.
"""

from dataclasses import dataclass
from functools import partial, reduce
from itertools import count, repeat

import numpy as np

from . import _dask, _linear_loss, functions
from ._blocks import classes_last, in_blocks
from ._dtypes import wide
from ._rows import MAX_REST
from ._validate import as_axes, as_floats

__all__ = [
    "LinearGradients",
    "MaxSum",
    "linear_cross_entropy",
    "linear_cross_entropy_with_grad",
    "logsumexp",
    "logsumexp_of_blocks",
    "merge",
]


@dataclass(frozen=True, slots=True)
class MaxSum:
    """What log-sum-exp knows of the scores it has seen: the largest, and the sum of exp(score - largest).

    Attributes
    ----------
    max : ndarray
        The largest score of each row, in the scores' dtype; -inf if there was none, NaN if one was NaN.
    rest : ndarray
        What the other scores add to the sum, in float64 at least. The largest score itself adds exp(0) = 1, and is left
        out because a rest of 1e-17 would be lost beside it.

    Examples
    --------
    >>> left, right = MaxSum.of([1000.0, 1001.0]), MaxSum.of([1000.0])
    >>> state = left.merge(right)
    >>> float(state.max), float(state.sum.round(4)), float(state.logsumexp().round(4))
    (1001.0, 1.7358, 1001.5514)
    """

    max: np.ndarray
    rest: np.ndarray

    @classmethod
    def of(cls, block, axis=-1):
        """Return the state of a block of scores.

        Parameters
        ----------
        block : array_like
            Real scores.
        axis : int, tuple of ints or None, default -1
            The axis (or axes) of the classes; the state has the shape of the others.

        Raises
        ------
        TypeError, numpy.exceptions.AxisError
            As :func:`stable_softmax.logsumexp`.
        """
        return _state_of(as_floats(block, "block"), axis)

    @classmethod
    def empty(cls, shape=(), dtype=np.float64):
        """Return the state of no scores at all, which changes nothing in a merge.

        Parameters
        ----------
        shape : int or tuple of ints
            The batch shape.
        dtype : dtype_like
            Of the scores.
        """
        most = np.full(shape, -np.inf, dtype)
        return cls(most, np.zeros(most.shape, wide(most.dtype)))

    @property
    def sum(self):
        """The sum of exp(score - max), which is 1 + `rest`, or 0 where there was no score."""
        return np.where(self.max == -np.inf, 0, 1 + self.rest)[()]

    def merge(self, other):
        """Return `merge` of this state and another."""
        return merge(self, other)

    def logsumexp(self):
        """Return the log-sum-exp of all scores that the state stands for, in their dtype.

        It is max + log1p(rest); where the largest score is not finite, that is the answer.
        """
        with np.errstate(all="ignore"):
            value = self.max + np.log1p(self.rest)
            return np.where(np.isfinite(self.max), value, self.max).astype(self.max.dtype)[()]


@dataclass(frozen=True, slots=True)
class LinearGradients:
    """The gradients of a linear layer's loss.

    Attributes
    ----------
    hidden, weight : ndarray
        With respect to the layer's input and its weights, in their shapes and dtypes.
    bias : ndarray or None
        With respect to the bias; None if there is none.
    """

    hidden: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None


def merge(a, b):
    """Return the state of the scores of two states together.

    Parameters
    ----------
    a, b : MaxSum
        States of the same batch shape.

    Returns
    -------
    MaxSum

    Raises
    ------
    TypeError
        If one is no `MaxSum`.
    ValueError
        If the batch shapes differ.

    Notes
    -----
    Commutative to the last bit, associative but for rounding (each merge rounds four times), and
    ``MaxSum.empty(shape)`` is the identity, exactly. This is the step of online softmax: M. Milakov and
    N. Gimelshein, "Online normalizer calculation for softmax" (2018), arXiv:1805.02867.

    Examples
    --------
    >>> float(merge(MaxSum.of([0.0, 0.0]), MaxSum.of([0.0])).sum)
    3.0
    """
    for name, state in (("a", a), ("b", b)):
        if not isinstance(state, MaxSum):
            raise TypeError(f"{name} must be a MaxSum, got {type(state).__name__}")
    if np.shape(a.max) != np.shape(b.max):
        raise ValueError(f"a and b must have the same batch shape, got {np.shape(a.max)} and {np.shape(b.max)}")
    with np.errstate(all="ignore"):
        most, least = np.maximum(a.max, b.max), np.minimum(a.max, b.max)
        behind = np.exp(np.subtract(least, most, dtype=np.result_type(a.rest, b.rest)))
        first = a.max >= b.max
        ahead_rest, behind_rest = np.where(first, a.rest, b.rest), np.where(first, b.rest, a.rest)
        # Of the state that is behind, the largest score too is one of the rest now.
        rest = (ahead_rest + behind_rest * behind) + behind
    rest = np.where(np.isfinite(most), rest, np.where(most == -np.inf, 0, np.nan))
    return MaxSum(most, rest[()])


def logsumexp_of_blocks(blocks, axis=-1):
    """Return the log-sum-exp of scores that come in blocks, in one pass.

    Parameters
    ----------
    blocks : iterable of array_like
        Arrays of scores, cut along the class axis: their shapes differ along `axis` only. A generator will do; only
        one block is held at a time, and it is let go before the next one is asked for.
    axis : int, tuple of ints or None, default -1
        The class axis (or axes) of every block.

    Returns
    -------
    ndarray or scalar
        The log-sum-exp along `axis` of all blocks together, in the dtype that they promote to.

    Raises
    ------
    TypeError
        If `blocks` is not iterable, or a block is not real or is a masked array.
    ValueError
        If there is no block, or the blocks' batch shapes differ.
    numpy.exceptions.AxisError
        If a block has no such axis.

    See Also
    --------
    stable_softmax.logsumexp, MaxSum

    Notes
    -----
    Blocks are merged pairwise, neighbours first, as is a sum whose rounding errors are to stay small: the
    logarithm of the number of blocks in states is held, and the error hardly depends on the size of the blocks.
    Blocks of no class, -inf, +inf and NaN are as in :func:`stable_softmax.logsumexp`.

    Examples
    --------
    >>> blocks = ([1000.0 + i, 1000.0] for i in range(3))
    >>> float(logsumexp_of_blocks(blocks).round(4))
    1002.6467
    """
    try:
        blocks = iter(blocks)
    except TypeError:
        raise TypeError(f"blocks must be an iterable of arrays, got {type(blocks).__name__}") from None
    waiting: list[tuple[int, MaxSum]] = []  # (number of blocks, their state): ever smaller powers of two
    shape = None
    # `map` hands each block on: no name here keeps it while the iterable makes the next one.
    for number, state in enumerate(map(_state_of_numbered, count(), blocks, repeat(axis))):
        if shape is None:
            shape = np.shape(state.max)
        if np.shape(state.max) != shape:
            raise ValueError(
                f"blocks must have the same batch shape, got {shape} of blocks[0] and {np.shape(state.max)} of "
                f"blocks[{number}], with classes along axis {axis}"
            )
        merged = 1
        while waiting and waiting[-1][0] == merged:
            state, merged = merge(waiting.pop()[1], state), 2 * merged
        waiting.append((merged, state))
    if not waiting:
        raise ValueError("blocks must hold a block, as its shape is the answer's, got none")
    return reduce(lambda right, left: merge(left, right), [state for _, state in reversed(waiting)]).logsumexp()


def _state_of_numbered(number, block, axis):
    return _state_of(as_floats(block, f"blocks[{number}]"), axis)


def logsumexp(x, axis=-1, *, keepdims=False):
    """Return the log-sum-exp of a Dask array, in whatever way it is cut, or of any other array.

    Parameters
    ----------
    x : dask.array.Array or array_like
        Real scores. A Dask array may be cut along the classes, along the rows, or along both.
    axis : int, tuple of ints or None, default -1
        The axis (or axes) to add along; None is all of them.
    keepdims : bool, default False
        Keep the axes that were added along, with length 1.

    Returns
    -------
    dask.array.Array, or ndarray or scalar
        For a Dask array another one, which is computed when its ``compute()`` is called; each chunk becomes a `MaxSum`,
        and these are merged in a tree, on whatever machines hold them. For others what
        :func:`stable_softmax.logsumexp` returns.

    Raises
    ------
    TypeError, numpy.exceptions.AxisError
        As :func:`stable_softmax.logsumexp`.

    Examples
    --------
    >>> import dask.array as da
    >>> x = da.full((2, 6), 1000.0, chunks=(1, 2))
    >>> logsumexp(x).compute().round(4)
    array([1001.7918, 1001.7918])
    """
    if not _dask.is_dask(x):
        return functions.logsumexp(x, axis, keepdims=keepdims)
    return _dask.reduced(x, axis, keepdims, _state_with_axes, partial(reduce, merge))


def _state_with_axes(x, axes):
    state = _state_of(x, axes)
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    return MaxSum(state.max.reshape(shape), state.rest.reshape(shape))


def _state_of(x, axis):
    moved, batch_shape = classes_last(x, as_axes(axis, x.ndim))
    state = MaxSum.empty(batch_shape, x.dtype)
    in_blocks(MAX_REST.rows, batch_shape, [moved], [state.max, state.rest])
    return state


def linear_cross_entropy(
    hidden, weight, labels, *, bias=None, class_weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    r"""Return the cross-entropy of the scores ``hidden @ weight.T + bias``, which are never all in memory.

    Parameters
    ----------
    hidden : array_like, shape (..., features)
        What goes into the last layer, one vector for each row (token, example).
    weight : array_like, shape (classes, features)
        The last layer's weights.
    labels : array_like of int, shape (...)
        The right class of each row.
    bias : array_like, shape (classes,), optional
    class_weight : array_like, shape (classes,), optional
        One factor for each class: `weight` of :func:`stable_softmax.cross_entropy`.
    ignore_index, label_smoothing, reduction
        As in :func:`stable_softmax.cross_entropy`.

    Returns
    -------
    ndarray or scalar
        The loss in nats, in the dtype that `hidden`, `weight` and `bias` promote to.

    Raises
    ------
    TypeError, ValueError, IndexError
        As :func:`stable_softmax.cross_entropy`; a ValueError as well if the shapes of `hidden`, `weight` and `bias` do
        not fit.

    See Also
    --------
    linear_cross_entropy_with_grad, stable_softmax.cross_entropy

    Notes
    -----
    The scores are computed in tiles of 2 MiB; beyond its arguments a call takes two such tiles and a few numbers for
    each row (and a copy of up to 1,024 rows of `hidden`, and of a tile's weights, where their dtype is not that of the
    computation, or rows are ignored). ``python -m benchmarks streaming`` prints memory and time. The idea, with tiles
    in the fast memory of a GPU, is cut cross-entropy's: E. Wijmans et al., "Cut your losses in large-vocabulary
    language models" (2024), arXiv:2411.09009.

    Given the scores, the loss is as accurate as that of :func:`stable_softmax.cross_entropy`, and never negative: the
    label's score, which comes from the same product, is left out of the others' sum. But the products round: float16
    is multiplied in float32, rows of at most 64 classes in float64, others in their own dtype. They use as many
    threads as the BLAS library that NumPy calls is allowed (OPENBLAS_NUM_THREADS and the like), and their last bits
    depend on the shapes.

    One kind of loss has fewer digits than there: with label smoothing, where the label's own factor is 0 (a class
    weight of 0, or a smoothing of 1) and another class has nearly all of the probability. Its error is about 2^-53
    times the sum of ``label_smoothing * class_weight / classes``, however small the loss is.

    Targets are labels; probabilities would take as much memory as the scores. NaN, infinities and rows without an
    answer are as in :func:`stable_softmax.cross_entropy`.

    If `hidden`, `weight`, `labels` or `bias` is a Dask array, results are Dask arrays as well, and computed when their
    ``compute()`` is called. `weight` and `bias` may be cut along the classes, `hidden` (then of shape (rows,
    features)) and `labels` along the rows, each pair alike; features must be in one chunk, and the sizes of chunks
    known. Labels in a Dask array are checked where they are computed.

    Examples
    --------
    >>> float(linear_cross_entropy([[1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]], [1]).round(4))
    0.3133
    """
    return _solve(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction, False)[0]


def linear_cross_entropy_with_grad(
    hidden, weight, labels, *, bias=None, class_weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"
):
    """Return :func:`linear_cross_entropy` and its gradients.

    Parameters
    ----------
    hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction
        As in :func:`linear_cross_entropy`.

    Returns
    -------
    loss : ndarray or scalar
    gradients : LinearGradients
        With respect to `hidden`, `weight` and `bias`, each in the shape and dtype of what it belongs to. For the
        reduction "none" they are those of the sum.

    Raises
    ------
    TypeError, ValueError, IndexError
        As :func:`linear_cross_entropy`.

    Notes
    -----
    The scores of an eighth of the rows at a time, but of 64 at least and of no more than 96 MiB hold, are kept from
    the sums to the gradients: three products of matrices, for the memory of the results, these scores and a few tiles.
    (The weights' gradient of float16 is added up in float32.)

    Examples
    --------
    >>> loss, gradients = linear_cross_entropy_with_grad([[1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]], [1])
    >>> gradients.hidden.round(4)
    array([[ 0.2689, -0.2689]])
    >>> gradients.weight.round(4)
    array([[ 0.2689,  0.5379],
           [-0.2689, -0.5379]])
    """
    options = class_weight, ignore_index, label_smoothing, reduction
    loss, gradients = _solve(hidden, weight, labels, bias, *options, True)
    return loss, LinearGradients(*gradients)


def _solve(hidden, weight, labels, bias, class_weight, *options):
    given = hidden, weight, labels, bias, class_weight
    return (_dask if _dask.is_dask(*given) else _linear_loss).solve(*given, *options)
