"""Dask arrays: the same merges as trees of tasks.

Nothing here imports Dask unless a Dask array was given.
"""

import itertools
import sys

import numpy as np

from ._linear import add_gradients, finish, joined, merged, nothing, slopes, sums_of
from ._linear_loss import ROWS, blocks, described, new_gradients, parse
from ._validate import as_array, as_axes, as_floats


def is_dask(*arrays):
    """Tell whether one of them is a Dask array."""
    module = sys.modules.get("dask.array")
    return module is not None and any(isinstance(a, module.Array) for a in arrays)


def reduced(x, axis, keepdims, state_of, merge_all):
    """Return a Dask array of the log-sum-exp of another along `axis`, by a tree of merges.

    Parameters
    ----------
    x : dask.array.Array
    state_of : callable
        From a NumPy array and axes to its state with these axes kept.
    merge_all : callable
        From a list of states to one.
    """
    import dask.array as da
    from dask.core import flatten

    dtype = as_floats(np.empty(0, x.dtype), "x").dtype
    axes = as_axes(axis, x.ndim)

    # The signatures are Dask's.
    def states(block, axis, keepdims, computing_meta=False):  # noqa: ARG001
        return block if computing_meta else state_of(as_floats(block, "x"), axis)

    def combined(parts, axis, keepdims):  # noqa: ARG001
        return merge_all(list(flatten([parts], container=list)))

    def answer(parts, axis, keepdims):
        value = np.asarray(combined(parts, axis, keepdims).logsumexp())
        return value if keepdims else value.squeeze(axis)

    return da.reduction(
        x,
        chunk=states,
        combine=combined,
        aggregate=answer,
        axis=axes,
        keepdims=keepdims,
        dtype=dtype,
        concatenate=False,
        meta=np.empty((0,) * (x.ndim if keepdims else x.ndim - len(axes)), dtype),
    )


def solve(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction, want_gradient):
    """Return the loss and, if they are wanted, the gradients (else None), as Dask arrays that are computed later."""
    import dask.array as da
    from dask import delayed

    if is_dask(class_weight):
        raise TypeError(
            "class_weight must be a NumPy array, as every task needs all of it; pass class_weight.compute()"
        )
    names = ("hidden", "weight", "labels", "bias")
    known_labels = None if is_dask(labels) else as_array(labels, "labels")
    hidden, weight, labels, bias = (
        a if a is None or is_dask(a) else da.from_array(as_array(a, name), chunks=-1)
        for a, name in zip((hidden, weight, labels, bias), names, strict=True)
    )
    _check_known(dict(zip(names, (hidden, weight, labels, bias), strict=True)))
    shapes, dtypes = described(hidden, weight, labels, bias)
    dtypes |= {n: as_floats(np.empty(0, dtypes[n]), n).dtype for n in names if n != "labels" and dtypes[n] is not None}
    options = parse(shapes, dtypes, class_weight, ignore_index, label_smoothing, reduction)
    labels, bias = _fitting(hidden, weight, labels, bias)
    if known_labels is not None:
        options.asked(known_labels)  # an error now is better than one in a task
    row_edges, class_edges = _edges(hidden), _edges(weight)
    shared = delayed(options, traverse=False)

    asked = [delayed(_rows)(shared, part, *edges) for part, edges in zip(labels.to_delayed(), row_edges, strict=True)]
    rows = list(zip(hidden.to_delayed()[:, 0], asked, strict=True))
    bias_parts = [None] * len(class_edges) if bias is None else bias.to_delayed()
    layers = [
        delayed(_layer)(shared, *part) for part in zip(weight.to_delayed()[:, 0], bias_parts, class_edges, strict=True)
    ]
    totals = [_tree(delayed(_merged), [delayed(_sums)(layer, *some) for layer in layers]) for some in rows]
    ended = [delayed(_ended)(*pair) for pair in zip(totals, asked, strict=True)]
    divisor = _tree(delayed(np.add), [delayed(_divisor)(some) for some in asked]) if reduction == "mean" else 1
    if reduction == "none":
        loss = da.concatenate(
            [
                da.from_delayed(delayed(_losses)(shared, end), (last - first,), options.dtype)
                for end, (first, last) in zip(ended, row_edges, strict=True)
            ]
        )
    else:
        total = _tree(delayed(np.add), [delayed(_total)(end) for end in ended])
        loss = da.from_delayed(delayed(_reduced)(shared, total, divisor), (), options.dtype)
    if not want_gradient:
        return loss, None
    tasks = [
        [delayed(_gradients, nout=3)(shared, layer, *some, total, end, divisor) for layer in layers]
        for some, total, end in zip(rows, totals, ended, strict=True)
    ]
    return loss, (
        _added([[task[0] for task in row] for row in tasks], hidden, dtypes["hidden"]),
        _added([[row[j][1] for row in tasks] for j in range(len(layers))], weight, dtypes["weight"]),
        None
        if bias is None
        else _added([[row[j][2] for row in tasks] for j in range(len(layers))], bias, dtypes["bias"]),
    )


def _check_known(arrays):
    """Refuse chunks of unknown size, and features in more than one chunk."""
    for name, a in arrays.items():
        if a is not None and any(np.isnan(size) for size in a.shape):
            raise ValueError(
                f"{name} must have chunks of known size, got {a.chunks}; call its compute_chunk_sizes() first"
            )
        if name in ("hidden", "weight") and a.ndim == 2 and len(a.chunks[1]) > 1:
            raise ValueError(
                f"{name} must hold all features in one chunk, got chunks of {a.chunks[1]} of them; "
                f"pass {name}.rechunk({{1: -1}})"
            )


def _fitting(hidden, weight, labels, bias):
    """Return labels and bias in the chunks of the rows and of the classes; refuse those that are cut otherwise."""
    if hidden.ndim != 2:
        raise ValueError(
            f"hidden must have shape (rows, features) where one argument is a Dask array, got shape {hidden.shape}"
        )
    return (
        _cut_as(labels, "labels", hidden, "hidden"),
        None if bias is None else _cut_as(bias, "bias", weight, "weight"),
    )


def _cut_as(a, name, other, other_name):
    if a.chunks[0] == other.chunks[0]:
        return a
    if len(a.chunks[0]) > 1:
        raise ValueError(
            f"{name} must be cut as {other_name} is, into chunks of {other.chunks[0]}, got chunks of {a.chunks[0]}"
        )
    return a.rechunk(other.chunks[:1])


def _edges(a):
    """The first row of each chunk, and the one after its last."""
    ends = np.cumsum(a.chunks[0]).tolist()
    return list(itertools.pairwise([0, *ends]))


def _tree(operation, items):
    """Combine neighbours, then their results, and so on."""
    while len(items) > 1:
        pairs = [operation(*items[i : i + 2]) for i in range(0, len(items) - 1, 2)]
        items = pairs + items[2 * len(pairs) :]
    return items[0]


def _added(parts, like, dtype):
    """Return a Dask array, cut along its first axis as `like` is, whose chunks are the sums of lists of tasks."""
    import dask.array as da
    from dask import delayed

    return da.concatenate(
        [
            da.from_delayed(
                delayed(np.asarray)(_tree(delayed(np.add), some), dtype=dtype), (size, *like.shape[1:]), dtype
            )
            for some, size in zip(parts, like.chunks[0], strict=True)
        ]
    )


# What runs in the tasks.


def _rows(options, labels, first, last):
    """Return what `Options.asked` says of some rows."""
    return options.asked(labels, f"labels[{first}:{last}]")


def _layer(options, weight, bias, edges):
    """Return the layer of some classes, and the first of them."""
    weight, bias = as_floats(weight, "weight"), None if bias is None else as_floats(bias, "bias")
    return options.layer(weight, bias, slice(*edges)), edges[0]


def _sums(placed, hidden, rows):
    layer, first = placed
    asked, kept, _ = rows
    hidden = as_floats(hidden, "hidden")
    with np.errstate(all="ignore"):
        found = [sums_of(layer, h, some.labels - first) for _, h, some in blocks(layer, hidden, asked, kept)]
    return joined([nothing(layer, 0), *found])


def _merged(a, b):
    with np.errstate(all="ignore"):
        return merged(a, b)


def _ended(sums, rows):
    """Return the losses of rows, those of the ignored ones 0, and what the gradients of the others are made of."""
    asked, kept, _ = rows
    with np.errstate(all="ignore"):
        some, *found = finish(sums, asked if kept is None else asked.rows(kept))
    losses = np.zeros(len(asked.labels), some.dtype)
    losses[slice(None) if kept is None else kept] = some
    return losses, found


def _divisor(rows):
    return rows[2]


def _losses(options, ended):
    return _reduced(options, ended[0], 1)


def _total(ended):
    with np.errstate(all="ignore"):
        return ended[0].sum()


def _reduced(options, losses, divisor):
    with np.errstate(all="ignore"):
        return options.reduced_by(divisor).of(np.atleast_1d(losses))


def _gradients(options, placed, hidden, rows, sums, ended, divisor):
    """Return the gradients of some rows and classes with respect to the hidden vectors, the weights and the bias."""
    layer, first = placed
    asked, kept, _ = rows
    _, (others, at_label) = ended
    hidden = as_floats(hidden, "hidden")
    at_hidden = np.zeros(hidden.shape, layer.dtype)
    at_layer = new_gradients(layer)
    with np.errstate(all="ignore"):
        scale = options.reduced_by(divisor).scale
        for number, (places, h, some) in enumerate(blocks(layer, hidden, asked, kept)):
            here = slice(number * ROWS, (number + 1) * ROWS)
            factors = slopes(layer, sums.rows(here), others[here], at_label[here], scale)
            part = np.zeros(h.shape, layer.dtype)
            add_gradients(layer, h, some.labels - first, factors, part, *at_layer)
            at_hidden[places] = part
    return at_hidden, *at_layer
