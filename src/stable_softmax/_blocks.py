"""Cut arrays of any shape into small two-dimensional blocks, rows of classes, and compute them one after another.

A block stays in the processor's caches between the steps of a formula, and copies of it are the only extra memory that
a formula takes.
"""

import math

import numpy as np

from ._dtypes import SHORT, computed_in

#: Bytes of scores in a block, in the dtype that is computed in. Half or twice as many cost a few percent of speed where
#: it was tried: the steps from block to block take time too.
BLOCK_BYTES = 1 << 21
#: Arrays of at most this many scores are small: the steps around the arithmetic take most of the time.
SMALL = 2048
#: Scores of short rows up to these are tame: in float64 no exponential, probability or gradient made of them is
#: infinite or subnormal, nor is it in the scores' dtype (two classes, and a mean over 1,024 rows: e^-70 / 2 / 1024 in
#: float32).
TAME = {np.dtype(np.float32): 35, np.dtype(np.float64): 340}
#: Lengths of rows for which NumPy 2's buffering slows (rows, classes) op (rows, 1) down to a half, and the size of
#: buffer that avoids it.
_SLOW_ROWS, _BUFFER = range(400, 8001), 16


def is_easy(x):
    """Tell whether `x` is a small array of tame scores: only then may a kernel's plain formula be called by itself.

    The sums would vouch for every row, and NumPy has no warning to silence: all the steps around the arithmetic, which
    take longer than it, can be left out. The results have the same bits as on the long way.
    """
    if type(x) is not np.ndarray or x.ndim != 2 or not 0 < x.size <= SMALL or x.shape[1] > SHORT:
        return False
    limit = TAME.get(x.dtype)
    return limit is not None and x.flags.c_contiguous and x.item(x.argmin()) >= -limit and x.item(x.argmax()) <= limit


def in_blocks(function, batch_shape, inputs, outputs, copy=False):
    """Call ``function(inputs, outputs)`` with block after block of rows, NumPy's warnings silenced.

    Parameters
    ----------
    function : callable
        Takes a list of inputs and one of outputs, as `row_blocks` cuts them, and writes to the outputs.
    batch_shape, inputs, outputs, copy
        As for `row_blocks`.
    """
    if not inputs[0].size:
        return
    with np.errstate(all="ignore"):
        if math.prod(inputs[0].shape[len(batch_shape) :]) in _SLOW_ROWS:
            np.setbufsize(_BUFFER)  # errstate sets the old size again
        for block in row_blocks(batch_shape, inputs, outputs, copy):
            function(block[: len(inputs)], block[len(inputs) :])


def classes_last(x, axes):
    """Return a view of `x` with its batch axes first and its class axes last, and the batch shape.

    With no axes at all, every entry is a row of one class.
    """
    if not axes:
        return x[..., np.newaxis], x.shape
    if axes == (x.ndim - 1,):
        return x, x.shape[:-1]
    batch = tuple(i for i in range(x.ndim) if i not in axes)
    return x.transpose(batch + axes), tuple(x.shape[i] for i in batch)


def empty_like_rows(x, axis):
    """Return a new array for what belongs to `x` (..., classes), with the class axis at `axis`, and its view as `x`."""
    *batch_shape, classes = x.shape
    if axis == len(batch_shape):
        result = np.empty(x.shape, x.dtype)
        return result, result
    result = np.empty((*batch_shape[:axis], classes, *batch_shape[axis:]), x.dtype)
    return result, classes_last(result, (axis,))[0]


def row_blocks(batch_shape, inputs, outputs, copy=False):
    """Yield blocks of rows: the arrays of `inputs`, then those of `outputs`, in their order.

    Parameters
    ----------
    batch_shape : tuple of int
        The leading axes, which all arrays share.
    inputs, outputs : lists of ndarray or None
        Arrays with the batch axes first and, where they hold classes, the class axes last. The first of
        the inputs does.
    copy : bool
        Yield copies of the inputs, so that an output may be the same memory.

    Yields
    ------
    list of ndarray or None
        Contiguous arrays of shape (rows, classes) or (rows,). What is written to an output has arrived
        when the next block is asked for.
    """
    arrays = inputs + outputs
    rows, batch_axes = math.prod(batch_shape), len(batch_shape)
    classes = math.prod(inputs[0].shape[batch_axes:])
    if not rows * classes:
        return
    contiguous = all(a is None or a.flags.c_contiguous for a in arrays)
    step = max(1, BLOCK_BYTES // (classes * computed_in(inputs[0].dtype, classes).itemsize))
    if contiguous and rows <= step and batch_axes == 1 and inputs[0].ndim == 2 and not copy:
        yield arrays  # one block as it is
        return
    if contiguous:
        # Whole rows in their order: every block is a view.
        flat = [_as_rows(a, rows, batch_axes) for a in arrays]
        for start in range(0, rows, step):
            block = flat if rows <= step else [a if a is None else a[start : start + step] for a in flat]
            if copy:
                block = [a.copy() if a is not None else a for a in block[: len(inputs)]] + block[len(inputs) :]
            yield block
        return
    for where in _slices(batch_shape, step):
        parts: list = [a if a is None else a[(*where, ...)] for a in arrays]
        count = math.prod(parts[0].shape[:batch_axes])
        block = [_as_rows(a, count, batch_axes) for a in parts]
        block = [a if a is None else a.copy() if copy else np.ascontiguousarray(a) for a in block]
        yield block
        for part, result in zip(parts[len(inputs) :], block[len(inputs) :], strict=True):
            if part is not None:
                part[...] = result.reshape(part.shape)


def _as_rows(a, rows, batch_axes):
    if a is None:
        return None
    return a.reshape(rows) if a.ndim == batch_axes else a.reshape(rows, math.prod(a.shape[batch_axes:]))


def _slices(shape, limit):
    """Yield tuples of slices that cut `shape` into parts of at most `limit` entries."""
    if math.prod(shape) <= limit:
        yield ()
        return
    inner = math.prod(shape[1:])
    if inner <= limit:
        step = limit // inner
        for start in range(0, shape[0], step):
            yield (slice(start, start + step),)
        return
    for start in range(shape[0]):
        for rest in _slices(shape[1:], limit):
            yield (slice(start, start + 1), *rest)
