"""Cross-entropy and its gradient for blocks of rows: for labels, and for any distribution over the classes.

As in `_rows`, plain exponentials are tried first, and rows that they do not suit are done again, shifted.
"""

from contextlib import contextmanager

import numpy as np

from ._rows import computable, each_row, rounded, with_scratch
from ._terms import largest, places, plain_terms, row_sums, shifted_terms, unfit_parts


def label_rows(x, labels, weights, losses, gradient, scale, tame=False):
    """Write the loss of each row with its label, and the loss's gradient.

    Parameters
    ----------
    x : ndarray, shape (rows, classes)
    labels : ndarray of int, shape (rows,)
    weights : ndarray, shape (rows,), or None
        Factors of the rows' losses and gradients; where one is 0, the loss is 0 even if -log p is infinite. It is
        NaN if -log p is.
    losses : ndarray, shape (rows,), or None
    gradient : ndarray, shape (rows, classes), or None
    scale : float
        One more factor of the gradients.
    tame : bool
        Whether the scores are: see `_terms.is_tame`.
    """
    given, target = x, places(x, labels)
    # The target itself is the pivot: the loss is log1p(r), the gradient at the target -r / (1 + r).
    x, e = (computable(x), None) if gradient is None else with_scratch(x, gradient)
    terms, unfit = plain_terms(x, target, e, pivot_is_largest=False, tame=tame)
    _label_rows(x, target, True, terms, weights, losses, gradient, scale)
    if tame:
        return
    for some, scores in unfit_parts(given, unfit):
        target = places(scores, labels[some])
        some_weights = None if weights is None else weights[some]
        with _rows_of(some, losses, gradient) as again:
            _label_rows(scores, target, False, shifted_terms(scores), some_weights, *again, scale)


@contextmanager
def _rows_of(some, losses, gradient):
    """Give arrays for the results of some rows, and store what was written to them."""
    arrays = [None if a is None else np.empty((len(some), *a.shape[1:]), a.dtype) for a in (losses, gradient)]
    yield arrays
    for a, values in zip((losses, gradient), arrays, strict=True):
        if a is not None:
            a[some] = values


def _label_rows(x, target, target_is_pivot, terms, weights, losses, gradient, scale):
    if losses is not None:
        np.log1p(terms.rest / terms.top, out=losses)
        if not target_is_pivot:
            losses += x.take(terms.pivot) - x.take(target)
        if weights is not None:
            losses[(weights == 0) & (losses == np.inf)] = 0  # a NaN stays one
            losses *= weights
    if gradient is not None:
        e, total = terms.e, terms.top + terms.rest
        at_target = -terms.rest
        if not target_is_pivot:
            at_target = np.where(target == terms.pivot, at_target, e.take(target) - total)
        e.put(target, at_target)
        rounded(each_row(np.multiply, e, (scale if weights is None else scale * weights) / total), gradient, e.dtype)


def target_rows(x, a, losses, gradient, scale):
    """Write the loss ``sum(a * -log p)`` of each row and its gradient ``sum(a) * p - a``.

    Parameters
    ----------
    x, a : ndarray, shape (rows, classes)
        Scores, and the factors of -log p; where one is 0, it counts for nothing even if -log p is infinite.
    losses, gradient, scale
        As for `label_rows`.
    """
    terms, unfit = plain_terms(x, largest(x), None if gradient is None else np.empty_like(x))
    _target_rows(x, a, terms, losses, gradient, scale)
    for some, scores in unfit_parts(x, unfit):
        with _rows_of(some, losses, gradient) as again:
            _target_rows(scores, a[some], shifted_terms(scores), *again, scale)


def _target_rows(x, a, terms, losses, gradient, scale):
    factors = a.reshape(-1)
    at_pivot = factors[terms.pivot]
    factors[terms.pivot] = 0
    elsewhere = row_sums(a)  # the factors of all classes but the pivot
    factors[terms.pivot] = at_pivot
    every = at_pivot + elsewhere
    if losses is not None:
        below = x.take(terms.pivot)[:, np.newaxis] - x
        below *= a
        below[a == 0] = 0
        losses[...] = row_sums(below) + every * np.log1p(terms.rest / terms.top)
    if gradient is not None:
        total = terms.top + terms.rest
        p = terms.e
        each_row(np.multiply, p, every / total)
        # At a pivot above one half: the other classes' targets less their probabilities; nothing cancels.
        largest_share = np.where(
            terms.rest < terms.top,
            elsewhere - every * (terms.rest / total),
            every * (terms.top / total) - at_pivot,
        )
        np.subtract(p, a, out=p)
        p.reshape(-1)[terms.pivot] = largest_share
        np.multiply(p, scale, out=gradient)
