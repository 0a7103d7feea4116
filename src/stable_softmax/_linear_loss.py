"""What a linear layer's cross-entropy is asked for, checked, and its answer for NumPy arrays."""

import math
from dataclasses import dataclass

import numpy as np

from ._dtypes import common, computed_in, wide
from ._linear import Asked, Layer, add_gradients, finish, slopes, sums_of
from ._problem import Reduction, checked_labels, checked_options, checked_weight, divisor_of, weights_of
from ._validate import as_array, as_floats

#: Rows whose scores are computed together. With fewer, the weights are read from memory more often.
ROWS = 1024
#: Bytes of scores that are kept from the loss to the gradients; without them the largest product is computed twice.
KEPT_BYTES = 96 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for all rows and classes of a linear layer's cross-entropy; checked."""

    classes: int
    class_weight: np.ndarray | None  # (classes,)
    spread: np.ndarray | None  # (classes,) see `Layer`
    ignore_index: int
    label_smoothing: float
    reduction: str
    dtype: np.dtype  # of the loss

    def layer(self, weight, bias, classes=slice(None)):
        """Return a `Layer` of these classes, which computes as is done for scores of so many classes as there are."""
        spread = None if self.spread is None else self.spread[classes]
        return Layer(weight, bias, spread, computed_in(self.dtype, self.classes))

    def asked(self, labels, name="labels"):
        """Check labels and return what is asked of their rows.

        Returns
        -------
        asked : Asked
        kept : ndarray of int or None
            The rows that are not ignored; None if all are kept.
        divisor : float
            What a mean is divided by on these rows' account (1 if there is no mean).
        """
        labels, ignored = checked_labels(labels, self.classes, self.ignore_index, name)
        weights = weights_of(labels, ignored, self.class_weight)
        divisor = divisor_of(self.reduction, weights, labels.size)
        labels = labels.reshape(-1)
        own = np.ones(labels.size, wide(self.dtype)) if self.class_weight is None else self.class_weight.take(labels)
        spread = None if self.spread is None else self.spread.take(labels)
        kept = None if ignored is None else np.flatnonzero(~ignored.reshape(-1))
        return Asked(labels, (1 - self.label_smoothing) * own, spread), kept, divisor

    def reduced_by(self, divisor):
        """Return the `Reduction` of all rows together."""
        return Reduction(self.reduction, divisor, self.dtype)


def parse(shapes, dtypes, class_weight, ignore_index, label_smoothing, reduction):
    """Check all but the labels' values, and return `Options`; `shapes` and `dtypes` are what `described` returns."""
    label_smoothing, ignore_index = checked_options(ignore_index, label_smoothing, reduction)
    if len(shapes["weight"]) != 2:
        raise ValueError(f"weight must have shape (classes, features), got shape {shapes['weight']}")
    classes, features = shapes["weight"]
    if not shapes["hidden"] or shapes["hidden"][-1] != features:
        raise ValueError(
            f"hidden must end in an axis of the {features} features of weight, of shape {shapes['weight']}, "
            f"got shape {shapes['hidden']}"
        )
    if shapes["bias"] not in (None, (classes,)):
        raise ValueError(f"bias must hold one number for each of the {classes} classes, got shape {shapes['bias']}")
    if dtypes["labels"].kind not in "iu" and not (dtypes["labels"].kind == "f" and 0 in shapes["labels"]):
        raise TypeError(f"labels must hold integers, got dtype {dtypes['labels']}")
    if shapes["labels"] != shapes["hidden"][:-1]:
        raise ValueError(
            f"labels must have the shape of hidden without its last axis, {shapes['hidden'][:-1]}, "
            f"got shape {shapes['labels']}"
        )
    dtype = common(
        **{name: np.empty(0, dtypes[name]) for name in ("hidden", "weight", "bias") if dtypes[name] is not None}
    )
    if class_weight is not None:
        class_weight = checked_weight(class_weight, classes, wide(dtype), "class_weight")
    spread = None
    if label_smoothing:
        spread = np.full(classes, label_smoothing / max(classes, 1), wide(dtype))
        if class_weight is not None:
            spread *= class_weight
    return Options(classes, class_weight, spread, ignore_index, label_smoothing, reduction, dtype)


def described(hidden, weight, labels, bias):
    """Return the shapes and the dtypes of arrays by their names; None for one that is None."""
    arrays = {"hidden": hidden, "weight": weight, "labels": labels, "bias": bias}
    return [{name: getattr(a, key, None) for name, a in arrays.items()} for key in ("shape", "dtype")]


def rows_to_keep(layer, count):
    """Return of how many rows, of so many in all, the scores are kept for the gradients.

    An eighth of them, so that the scores never lie in memory all at once; but products of few rows are slow.
    """
    most = KEPT_BYTES // max(1, len(layer.weight) * layer.dtype.itemsize)
    return min(max(64, count // 8), max(16, most), ROWS)


def blocks(layer, hidden, asked, kept, size=ROWS):
    """Yield blocks of the rows that count: their places, their part of `hidden` in the layer's dtype, their `Asked`."""
    count = len(hidden) if kept is None else len(kept)
    for start in range(0, count, size):
        rows = slice(start, start + size)
        rows = rows if kept is None else kept[rows]
        yield rows, hidden[rows].astype(layer.dtype, copy=False), asked.rows(rows)


def solve(hidden, weight, labels, bias, class_weight, ignore_index, label_smoothing, reduction, want_gradient):
    """Return the loss and, if they are wanted, the gradients of hidden, weight and bias (else None)."""
    hidden, weight, labels = as_floats(hidden, "hidden"), as_floats(weight, "weight"), as_array(labels, "labels")
    bias = None if bias is None else as_floats(bias, "bias")
    shapes, dtypes = described(hidden, weight, labels, bias)
    options = parse(shapes, dtypes, class_weight, ignore_index, label_smoothing, reduction)
    asked, kept, divisor = options.asked(labels)
    reduction = options.reduced_by(divisor)
    layer = options.layer(weight, bias)
    flat = hidden.reshape(math.prod(hidden.shape[:-1]), hidden.shape[-1])
    losses = np.zeros(len(flat), wide(options.dtype))
    gradients: list | None = None
    if want_gradient:
        gradients = [np.zeros(flat.shape, hidden.dtype), *new_gradients(layer)]
    with np.errstate(all="ignore"):
        size = rows_to_keep(layer, len(flat)) if want_gradient else ROWS
        memory = np.empty(min(size, len(flat)) * options.classes, layer.dtype) if want_gradient else None
        for rows, block, some in blocks(layer, flat, asked, kept, size):
            x = None if memory is None else memory[: len(block) * options.classes]
            sums = sums_of(layer, block, some.labels, x)
            losses[rows], others, at_label = finish(sums, some)
            if gradients is not None:
                factors = slopes(layer, sums, others, at_label, reduction.scale)
                at_hidden = np.zeros(block.shape, layer.dtype)
                add_gradients(layer, block, some.labels, factors, at_hidden, gradients[1], gradients[2], x)
                gradients[0][rows] = at_hidden
    loss = reduction.of(losses.reshape(labels.shape))
    if gradients is None:
        return loss, None
    at_hidden, at_weight, at_bias = gradients
    at_bias = None if bias is None else at_bias.astype(bias.dtype, copy=False)
    return loss, (at_hidden.reshape(hidden.shape), at_weight.astype(weight.dtype, copy=False), at_bias)


def new_gradients(layer):
    """Return arrays for the gradients of a layer's weights and bias (None if it has none) to be added to."""
    return np.zeros(layer.weight.shape, layer.dtype), None if layer.bias is None else np.zeros(
        layer.bias.shape, wide(layer.dtype)
    )
