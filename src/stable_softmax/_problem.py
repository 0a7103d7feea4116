"""What a cross-entropy is asked for: scores and targets, checked, and what its options make of each row.

Every row's loss is a sum over its classes of ``a[k] * -log p[k]``. The factors ``a`` hold everything that the options
say: the label or the target probabilities, label smoothing and class weights. Inside this package scores are x.
"""

import math
from dataclasses import dataclass

import numpy as np

from ._blocks import classes_last
from ._dtypes import SHORT, common, is_float, wide
from ._sums import ones
from ._validate import as_array, as_axis, as_float, as_floats, as_int

REDUCTIONS = ("none", "sum", "mean")


@dataclass(slots=True)
class Reduction:
    """How the rows' losses become the answer."""

    name: str
    divisor: float  # 1 but for a mean: the labels' total weight, or the number of rows
    dtype: np.dtype  # of the answer

    @property
    def scale(self):
        """The factor that the reduction gives to every row's gradient (but to ignored rows, which have none)."""
        return 1 / self.divisor if self.divisor else math.nan

    def of(self, losses):
        """Reduce the rows' losses, in float64 at least, and round to the answer's dtype."""
        if self.name == "none":
            return self._rounded(losses)[()]
        # Few losses are added as short rows are: it takes a third of the time.
        few = losses.ndim == 1 and losses.size <= SHORT
        total = losses.dot(ones(losses.size, losses.dtype)) if few else np.add.reduce(losses, axis=None)
        # For want of a row, or of weight, there is no mean. With label smoothing PyTorch too says NaN: one part of
        # the loss is 0 / 0, though the other is infinite.
        return self._rounded(total / self.divisor if self.divisor else total.dtype.type(math.nan))

    def _rounded(self, losses):
        if losses.dtype == self.dtype:
            return losses
        if not losses.ndim and 1e-4 < losses < 60_000:  # normal in float16; to silence NumPy takes longer than all else
            return self.dtype.type(losses)
        with np.errstate(all="ignore"):
            return losses.astype(self.dtype)


@dataclass(slots=True)
class Problem:
    """Checked arguments of a cross-entropy, the class axis moved to the end, and all that follows from them."""

    x: np.ndarray  # batch shape + (classes,)
    labels: np.ndarray | None  # batch shape; where `ignored`, 0 stands in
    probabilities: np.ndarray | None  # batch shape + (classes,), given instead of labels
    ignored: np.ndarray | None  # batch shape, booleans; None when no row is ignored
    label_weights: np.ndarray | None  # batch shape; None if all weigh 1, or there are no labels
    weight: np.ndarray | None  # (classes,)
    label_smoothing: float
    axis: int  # where the classes were
    reduction: Reduction

    @property
    def has_plain_labels(self):
        """Tell whether every row's loss is the one of its label alone."""
        return self.labels is not None and not self.label_smoothing

    def factors(self, labels, probabilities, ignored, dtype):
        """The factors ``a`` of ``-log p`` in a block of these rows: shape (rows, classes)."""
        classes, smoothing = self.x.shape[-1], self.label_smoothing
        if probabilities is None:
            rows = len(labels)
            a = np.full((rows, classes), smoothing / classes, dtype)
            a[np.arange(rows), labels] += 1 - smoothing
        else:
            a = probabilities.astype(dtype)
            if smoothing:
                a *= 1 - smoothing
                a += smoothing / classes
        if self.weight is not None:
            a *= self.weight
        if ignored is not None:
            a[ignored] = 0
        return a


def parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction):
    """Check the arguments of a cross-entropy and return them as a `Problem`."""
    label_smoothing, ignore_index = checked_options(ignore_index, label_smoothing, reduction)
    scores = as_floats(scores, "scores")
    if scores.ndim == 0:
        raise ValueError("scores must have a class axis, got a single number (0-d)")
    axis = as_axis(axis, scores.ndim)
    x, batch_shape = classes_last(scores, (axis,))
    targets = as_array(targets, "targets")
    labels = probabilities = ignored = label_weights = None
    dtype = scores.dtype
    if are_labels(targets.dtype, targets.shape, batch_shape):
        _check_label_shape(targets, scores.shape, batch_shape, axis)
        labels, ignored = checked_labels(targets, x.shape[-1], ignore_index)
    else:
        _check_probabilities(targets, scores.shape, ignore_index)
        probabilities = classes_last(as_floats(targets, "targets"), (axis,))[0]
        dtype = common(scores=scores, targets=probabilities)
    if weight is not None:
        weight = checked_weight(weight, x.shape[-1], wide(dtype))
    if labels is not None:
        label_weights = weights_of(labels, ignored, weight)
        count = math.prod(batch_shape)
    else:
        count = math.prod(batch_shape) if x.size else 0
    divisor = divisor_of(reduction, label_weights, count)
    reduction = Reduction(reduction, divisor, dtype)
    return Problem(x, labels, probabilities, ignored, label_weights, weight, label_smoothing, axis, reduction)


def checked_options(ignore_index, label_smoothing, reduction):
    """Return the label smoothing as a float and `ignore_index` as an int."""
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(map(repr, REDUCTIONS))}, got {reduction!r}")
    if type(label_smoothing) is not float:
        label_smoothing = as_float(label_smoothing, "label_smoothing")
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"label_smoothing must lie in 0.0 to 1.0, got {label_smoothing!r}")
    return label_smoothing, as_int(ignore_index, "ignore_index")


def are_labels(dtype, shape, batch_shape):
    """Integers are labels; so is an empty list, which NumPy makes floating point. Refuse what is no target at all."""
    if dtype.kind in "iu":
        return True
    if dtype.kind == "f" or is_float(dtype):
        return 0 in shape and shape == batch_shape
    raise TypeError(f"targets must be integer labels or floating-point probabilities, got dtype {dtype}")


def _check_label_shape(targets, shape, batch_shape, axis):
    if targets.shape == batch_shape:
        return
    hint = "; one-hot targets must be floating point" if targets.shape == shape else ""
    raise ValueError(
        f"targets must be labels of shape {batch_shape}, as scores have shape {shape} with classes along axis {axis}, "
        f"got shape {targets.shape}{hint}"
    )


def _check_probabilities(targets, shape, ignore_index):
    if targets.shape != shape:
        raise ValueError(
            f"targets must be probabilities in the shape of scores, {shape}, or integer labels, "
            f"got dtype {targets.dtype} and shape {targets.shape}"
        )
    if ignore_index >= 0:
        raise ValueError(f"ignore_index must be negative, as targets are probabilities, got {ignore_index}")


def checked_labels(targets, classes, ignore_index, name="targets"):
    """Return the labels, and which rows are ignored (None if none is)."""
    labels = targets if targets.dtype == np.intp else targets.astype(np.intp)
    if not labels.size:
        return labels, None
    # Read as unsigned, negative numbers are huge: one comparison finds all that are outside. (argmax is the fastest.)
    unsigned = labels.view(np.uintp)
    if unsigned.item(unsigned.argmax()) < classes and not 0 <= ignore_index < classes:
        return labels, None
    ignored = np.asarray(targets == ignore_index)
    wrong = ((targets < 0) | (targets >= classes)) & ~ignored
    if wrong.any():
        where = np.unravel_index(int(wrong.argmax()), targets.shape)
        index = f"[{', '.join(map(str, where))}]" if where else ""
        allowed = f"a label from 0 to {classes - 1} ({classes} classes) or " if classes else ""
        raise IndexError(
            f"{name}{index} must be {allowed}ignore_index ({ignore_index})"
            f"{'' if classes else ', as there are no classes'}, got {targets[where]}"
        )
    if not ignored.any():
        return labels, None
    return np.where(ignored, 0, labels), ignored


def checked_weight(weight, classes, dtype, name="weight"):
    """Return class weights, one for each class, in a dtype."""
    weight = as_floats(weight, name)
    if weight.shape != (classes,):
        raise ValueError(f"{name} must hold one number for each of the {classes} classes, got shape {weight.shape}")
    return weight.astype(dtype, copy=False)


def weights_of(labels, ignored, weight):
    """Return the weight of each row's label, 0 where the row is ignored; None if all weigh 1."""
    if weight is None and ignored is None:
        return None
    weights = np.ones(labels.shape) if weight is None else np.asarray(weight.take(labels))
    if ignored is not None:
        weights[ignored] = 0
    return weights


def divisor_of(reduction, label_weights, count):
    """Return what a reduction of so many rows divides by."""
    if reduction != "mean":
        return 1
    return count if label_weights is None else float(label_weights.sum(dtype=np.float64))
