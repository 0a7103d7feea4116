"""What a cross-entropy is asked for: scores and targets, checked and laid out as rows of classes.

Every row's loss is a sum over its classes of ``a[k] * -log p[k]``. The coefficients ``a`` hold everything
that the options say: the label or the target probabilities, label smoothing and class weights.
"""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ._dtypes import SHORT, common, is_float, wide
from ._terms import ones
from ._validate import as_array, as_floats, as_int

REDUCTIONS = ("none", "sum", "mean")


@dataclass(slots=True)
class Problem:
    """Checked arguments of a cross-entropy, the class axis moved to the end."""

    scores: np.ndarray  # batch shape + (classes,)
    labels: np.ndarray | None  # batch shape; where `ignored`, 0 stands in
    probabilities: np.ndarray | None  # batch shape + (classes,), given instead of labels
    ignored: np.ndarray | None  # batch shape, booleans; None when no row is ignored
    weight: np.ndarray | None  # (classes,)
    label_smoothing: float
    reduction: str
    class_axis: int
    dtype: np.dtype  # of the loss: what scores and probabilities promote to

    @property
    def batch_shape(self):
        return self.scores.shape[:-1]

    @property
    def has_plain_labels(self):
        """Is every row's loss the one of its label alone?"""
        return self.labels is not None and not self.label_smoothing

    def label_weights(self):
        """The weight of each row's label, 0 where the row is ignored; None if all weigh 1, or there are no labels."""
        if self.labels is None or (self.weight is None and self.ignored is None):
            return None
        weights = np.ones(self.batch_shape) if self.weight is None else np.take(self.weight, self.labels)
        weights = np.asarray(weights)  # take makes 0-d arrays scalars
        if self.ignored is not None:
            weights[self.ignored] = 0
        return weights

    def divisor(self, label_weights):
        """What the reduction divides by. For a mean: the labels' total weight, or the number of rows."""
        if self.reduction != "mean":
            return 1
        if label_weights is not None:
            return float(label_weights.sum(dtype=np.float64))
        return math.prod(self.batch_shape) if self.scores.size or self.probabilities is None else 0

    def gradient_scale(self, divisor):
        """The factor that the reduction gives to every row's gradient. (Ignored rows have none, whatever it is.)"""
        return 1 / divisor if divisor else math.nan

    def reduce(self, losses, divisor):
        """Apply the reduction to the rows' losses."""
        if self.reduction == "none":
            return self._narrow(losses)[()]
        # Few losses are added as short rows are: it takes a third of the time.
        few = losses.ndim == 1 and losses.size <= SHORT
        total = losses.dot(ones(losses.size, losses.dtype)) if few else np.add.reduce(losses, axis=None)
        # For want of a row, or of weight, there is no mean. With label smoothing PyTorch too says NaN: one part of
        # the loss is 0 / 0, though the other is infinite.
        return self._narrow(total / divisor if divisor else total.dtype.type(math.nan))

    def _narrow(self, losses):
        if losses.dtype == self.dtype:
            return losses
        if not losses.ndim and abs(losses) < 60_000:  # fits float16; to silence NumPy takes longer than all else here
            return self.dtype.type(losses)
        with np.errstate(over="ignore"):
            return losses.astype(self.dtype)


def coefficients(labels, probabilities, ignored, classes, weight, label_smoothing, dtype):
    """The factors ``a`` of ``-log p`` in a block of rows: shape (rows, classes)."""
    if probabilities is None:
        rows = len(labels)
        a = np.full((rows, classes), label_smoothing / classes, dtype)
        a[np.arange(rows), labels] += 1 - label_smoothing
    else:
        a = probabilities.astype(dtype)
        if label_smoothing:
            a *= 1 - label_smoothing
            a += label_smoothing / classes
    if weight is not None:
        a *= weight
    if ignored is not None:
        a[ignored] = 0
    return a


def parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction):
    """Check the arguments of a cross-entropy and return them as a `Problem`."""
    label_smoothing, ignore_index = checked_options(ignore_index, label_smoothing, reduction)
    scores = as_floats(scores, "scores")
    if scores.ndim == 0:
        raise ValueError("scores must have a class axis, but is a single number (0-d)")
    axis = _class_axis(axis, scores.ndim)
    moved = np.moveaxis(scores, axis, -1) if axis != scores.ndim - 1 else scores
    batch_shape, classes = moved.shape[:-1], moved.shape[-1]
    targets = as_array(targets, "targets")
    dtype = scores.dtype
    labels = probabilities = ignored = None
    if _are_labels(targets, batch_shape):
        _check_label_shape(targets, scores.shape, batch_shape, axis)
        labels, ignored = checked_labels(targets, classes, ignore_index)
    else:
        probabilities = np.moveaxis(_checked_probabilities(targets, scores.shape, ignore_index), axis, -1)
        dtype = common(scores=scores, targets=probabilities)
    if weight is not None:
        weight = checked_weight(weight, classes, wide(dtype))
    return Problem(moved, labels, probabilities, ignored, weight, label_smoothing, reduction, axis, dtype)


def checked_options(ignore_index, label_smoothing, reduction):
    """Return the label smoothing as a float and `ignore_index` as an int."""
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(map(repr, REDUCTIONS))}, but is {reduction!r}")
    if type(label_smoothing) is not float:
        label_smoothing = _as_float(label_smoothing, "label_smoothing")
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"label_smoothing must lie in 0.0 to 1.0, but is {label_smoothing!r}")
    return label_smoothing, as_int(ignore_index, "ignore_index")


def _as_float(value, name):
    """Return a real number as a Python float: 1 less a float32 would be rounded to float32."""
    number = value[()] if isinstance(value, np.ndarray) and not value.ndim else value
    if not isinstance(number, Real):
        raise TypeError(f"{name} must be a number, but is {value!r}")
    return float(number)


def _class_axis(axis, ndim):
    if type(axis) is int and -ndim <= axis < ndim:
        return axis % ndim
    try:
        return normalize_axis_index(as_int(axis, "axis"), ndim, "axis")
    except TypeError:
        raise TypeError(f"axis must be one int, the class axis, but is {axis!r}") from None


def _are_labels(targets, batch_shape):
    """Integers are labels; so is an empty list, which NumPy makes floating point."""
    if targets.dtype.kind in "iu":
        return True
    if targets.dtype.kind == "f" or is_float(targets.dtype):
        return targets.size == 0 and targets.shape == batch_shape
    raise TypeError(f"targets must be integer labels or floating-point probabilities, but has dtype {targets.dtype}")


def _check_label_shape(targets, shape, batch_shape, axis):
    if targets.shape == batch_shape:
        return
    hint = "; one-hot targets must be floating point" if targets.shape == shape else ""
    raise ValueError(
        f"targets holds labels of shape {targets.shape}, but scores of shape {shape} with classes along "
        f"axis {axis} need shape {batch_shape}{hint}"
    )


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
        allowed = f"with {classes} classes a label must lie in 0 to {classes - 1} or"
        if not classes:
            allowed = "with no classes a label must"
        raise IndexError(f"{name}{index} is {targets[where]}, but {allowed} be ignore_index ({ignore_index})")
    if not ignored.any():
        return labels, None
    return np.where(ignored, 0, labels), ignored


def _checked_probabilities(targets, shape, ignore_index):
    if targets.shape != shape:
        raise ValueError(
            f"targets of dtype {targets.dtype} are probabilities and must have the shape of scores, {shape}, "
            f"but have shape {targets.shape}; labels must be integers"
        )
    if ignore_index >= 0:
        raise ValueError(f"ignore_index ({ignore_index}) is for labels, but targets are probabilities")
    return as_floats(targets, "targets")


def checked_weight(weight, classes, dtype, name="weight"):
    weight = as_floats(weight, name)
    if weight.shape != (classes,):
        raise ValueError(f"{name} must hold one number for each of the {classes} classes, but has shape {weight.shape}")
    return weight.astype(dtype, copy=False)
