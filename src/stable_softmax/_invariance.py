"""The switch for results of a row that do not depend on the rows beside it."""

from contextlib import contextmanager
from contextvars import ContextVar

_INVARIANT = ContextVar("batch_invariant", default=False)

#: Is the switch on?
is_invariant = _INVARIANT.get


@contextmanager
def batch_invariant():
    """Let every row's result have the same bits in any batch, for some speed.

    Within ``with batch_invariant():`` the results of :func:`softmax`, :func:`log_softmax`, :func:`logsumexp` (without
    `b` and `return_sign`), and of :func:`cross_entropy` and its gradient with labels or probabilities (with the
    reductions "none" and, for the gradient, "sum"), do not depend on which rows are computed together, nor on how the
    array is stored: a row of a batch gives what it gives alone. The switch holds for the thread (or asynchronous task)
    that sets it.

    Notes
    -----
    Without it, the last bit may differ where a batch is cut otherwise, for three reasons:

    - Rows are added up by products with a vector of ones. BLAS takes several rows at a time and adds those that are
      left over in another order.
    - Rows whose sums do not vouch for them, or whose log-sum-exp is near 0, are computed once more, as many of them
      together as there are.
    - log-softmax adds the terms of many short rows in another order than those of few.

    float16 scores are computed with so many more digits that a difference vanishes when the result is rounded, nearly
    always; so are rows of at most 64 float32 scores. The other reductions depend on the order of the rows in any case,
    and so do the products of matrices in :mod:`stable_softmax.streaming` on their shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from stable_softmax import softmax
    >>> x = np.random.default_rng(0).normal(0, 3, (1000, 10))
    >>> with batch_invariant():
    ...     all(np.array_equal(softmax(x)[i], softmax(x[i])) for i in range(0, 1000, 100))
    True
    """
    token = _INVARIANT.set(True)
    try:
        yield
    finally:
        _INVARIANT.reset(token)
