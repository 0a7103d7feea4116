r"""The exponentials of rows, and chapter 8's recipe: plain ones first, a look at the sums, the shift where needed.

Pick one class of a row, the pivot k, and let r be the sum of the other exponentials over the pivot's,
:math:`r = \sum_{j \ne k} e^{x_j} / e^{x_k}`. Then

- log-sum-exp is :math:`x_k + \log(1 + r)`, and the loss :math:`-\log p_t = (x_k - x_t) + \log(1 + r)`
  (equation accuracy-loss of chapter 8),
- the loss's gradient at the pivot, if that is the target, is :math:`p_k - 1 = -r / (1 + r)` (accuracy-gradient),

and nothing is lost where r is tiny, as it is never added to the pivot's 1.

x is exponentiated as it is (`plain_terms`). That is more accurate than exp(x - max): the subtraction rounds, and an
error of d in the argument of exp is a factor of 1 + d in its value (accuracy-split). The row's sum tells whether it
could be done (`unfit_rows`). Where it could not, the rounding error of the subtraction is computed and made good
(`shifted_terms`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from ._blocks import BLOCK_BYTES
from ._dtypes import computed_in, wide
from ._sums import row_sums

#: A sum of at least this vouches for its row: what underflowed is off by half of the smallest number at most, and
#: dividing by 1/2 or more at most doubles that.
LEAST_SUM = 0.5
#: The exponent of a shifted row's largest score. Terms that are subnormal numbers beside a largest of 1 are then
#: normal; and sums of 2^900 classes stay finite.
_RAISE = 64

_DTYPES: list[np.dtype] = [np.dtype(t) for t in (np.float32, np.float64, np.longdouble)]
#: The smallest number of full precision, and the largest sum whose reciprocal is one. A sum as large vouches.
_SMALLEST = {t: np.finfo(t).smallest_normal for t in _DTYPES}
_MOST = {t: 1 / smallest for t, smallest in _SMALLEST.items()}
#: The exponential of a score of at least this is no subnormal number.
_LOWEST = {t: np.log(smallest) for t, smallest in _SMALLEST.items()}


@dataclass(slots=True)
class Terms:
    """Exponentials of rows, all divided by one factor for each row, which nobody needs to know.

    Without a pivot (`top` is None) nothing is left out: `rest` is the sum of all.
    """

    e: np.ndarray | None  # (rows, classes), 0 at the pivot; None if they were not kept
    pivot: np.ndarray | None  # (rows,) the pivot's place in the flattened block; None if it was not looked for
    top: np.ndarray | None  # (rows,) the pivot's exponential, in float64 at least
    rest: np.ndarray  # (rows,) the sum of the others

    @property
    def total(self):
        return self.rest if self.top is None else self.top + self.rest


class Kernel(NamedTuple):
    """A formula from blocks of rows to blocks of results, by plain exponentials and by shifted ones.

    Both functions are called with the arrays of the inputs, of which the first holds the scores x, then with those of
    the outputs, and write to the outputs (to none that is None). They change no x.

    Attributes
    ----------
    plain : callable
        Returns the `Terms` it was done with, whose sums tell which rows are right.
    shifted : callable
        For scores in float64 at least; right for any row, and returns nothing.
    reduces : bool
        Whether the result is one number for each row instead of one for each score.
    """

    plain: Callable
    shifted: Callable
    reduces: bool = False

    def given(self, *first):
        """Return the kernel of functions to which these arguments are given first."""
        return Kernel(partial(self.plain, *first), partial(self.shifted, *first), self.reduces)

    def rows(self, inputs, outputs):
        """Chapter 8's recipe for a block: plain exponentials, then the rows again that their sums do not vouch for."""
        unfit = unfit_rows(inputs[0], self.plain(*inputs, *outputs))
        if unfit is not None:
            redo(self.shifted, np.flatnonzero(unfit), inputs, outputs)


def redo(shifted, rows, inputs, outputs):
    """Compute some rows of a block by the shifted formula.

    As many at a time as it has room for: it takes the memory of about four copies, which together are not to be larger
    than a block.
    """
    x, *others = inputs
    step = max(1, BLOCK_BYTES // 32 // x.shape[1])
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        results = [None if a is None else np.empty((len(some), *a.shape[1:]), a.dtype) for a in outputs]
        scores = x[some].astype(wide(x.dtype), copy=False)
        shifted(scores, *(None if a is None else a[some] for a in others), *results)
        for a, values in zip(outputs, results, strict=True):
            if a is not None:
                a[some] = values


def places(x, classes):
    """Return where in the flattened block one class of each row is; such an index costs a quarter of one by pairs."""
    return np.arange(0, x.size, x.shape[1]) + classes


def largest(x):
    """Place of each row's largest score (its first NaN, if it has one)."""
    return places(x, x.argmax(axis=1))


def plain_terms(x, out=None, pivot=None):
    """Exponentiate rows as they are, as the definition has it; in `out`, if it has the dtype to compute in."""
    dtype = computed_in(x.dtype, x.shape[1])
    if x.dtype == dtype:
        e = np.exp(x, out if out is not None and out.dtype == dtype else None)
    else:
        # A step of its own: arithmetic between dtypes goes through NumPy's buffers, at half the speed.
        e = x.astype(dtype)
        np.exp(e, e)
    if pivot is None:
        return Terms(e, None, None, row_sums(e))
    # Not from e where that has the digits of float32 only.
    top = e.take(pivot) if e.itemsize >= 8 else np.exp(x.take(pivot).astype(np.float64))
    e.put(pivot, 0.0)
    return Terms(e, pivot, top, row_sums(e))


def plain_sums(x, pivot=None):
    """As `plain_terms`, but of a row that is larger than a block a part at a time; then no `e` is kept."""
    if len(x) > 1:  # fits in a block
        return plain_terms(x, None, pivot)
    n = x.shape[1]
    dtype = computed_in(x.dtype, n)
    width = BLOCK_BYTES // dtype.itemsize
    if n <= width:
        return plain_terms(x, None, pivot)
    rest = np.zeros(1, dtype)
    for start in range(0, n, width):
        part = x[:, start : start + width].astype(dtype)
        if pivot is not None:
            classes = pivot % n - start
            here = np.flatnonzero((classes >= 0) & (classes < width))
            part[here, classes[here]] = -np.inf
        rest = rest + plain_terms(part, part).rest
    return Terms(None, pivot, None if pivot is None else np.exp(x.take(pivot).astype(wide(dtype))), rest)


def unfit_rows(x, terms):
    """Tell which rows their sums of plain exponentials do not vouch for; None if they do for all.

    - If the sum is finite, no term overflowed; up to `_MOST` its reciprocal is of full precision.
    - If it is at least 1/2, what underflowed does not count (see `LEAST_SUM`). A smaller one will do where no term
      did: that is one step further than chapter 8 goes.
    - The sum without the pivot is to keep its digits too, whatever the pivot adds: terms that underflowed are off by up
      to half of the smallest number each, and together that must be little.
    - The pivot, which is divided by, must not be so small that the quotient overflows.
    """
    n = x.shape[1]
    dtype = computed_in(x.dtype, n)
    total = terms.total
    unfit = None
    none_overflowed = total.item(total.argmax()) <= _MOST[dtype]
    if not (none_overflowed and (_least(total) >= LEAST_SUM or _least(x) >= _LOWEST[dtype])):
        unfit = ~((total >= LEAST_SUM) & (total <= _MOST[dtype]))
        small = np.flatnonzero(total < LEAST_SUM)
        if small.size:
            unfit[small] = ~(x[small].min(axis=1).astype(wide(dtype)) >= _LOWEST[dtype])
    if terms.top is None or n == 1:
        return unfit
    least_rest, least_share = n * _SMALLEST[dtype], _SMALLEST[wide(dtype)]
    share = terms.top / total
    if _least(terms.rest) >= least_rest and _least(share) >= least_share:
        return unfit
    poor = ~((terms.rest >= least_rest) & (share >= least_share))
    return poor if unfit is None else unfit | poor


def _least(values):
    """Return the smallest number, NaN if there is one: argmin takes half the time of min."""
    return values.item(values.argmin())


def shifted_terms(x):
    """Exponentiate rows less a whole number that is chosen by their largest score, which is the pivot.

    Chapter 8's whole-number shift: with a whole c, d + c is exact, |x| > |c| or not, and the rounding error of
    d = x - c is x - (d + c) (Dekker's Fast2Sum). It is tiny, so exp(d + error) = exp(d) * (1 + error), equation
    accuracy-correction.
    """
    pivot = largest(x)
    c = np.rint(x.take(pivot))[:, np.newaxis] - _RAISE
    d = x - c
    error = x - (d + c)
    e = np.exp(d)
    np.add(e, e * error, out=e, where=np.isfinite(d))  # exp(-inf) is 0 and its error is nan
    top = e.take(pivot)
    e.put(pivot, 0.0)
    return Terms(e, pivot, top, row_sums(e))
