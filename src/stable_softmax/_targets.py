"""What a cross-entropy is asked for: scores and targets, checked and laid out as rows of classes.

Every row's loss is a sum over its classes of ``a[k] * -log p[k]``. The coefficients ``a`` hold everything
that the options say: the label or the target probabilities, label smoothing and class weights.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ._validate import as_floats, working_dtype

REDUCTIONS = ("none", "sum", "mean")


@dataclass(slots=True)
class Problem:
    """Checked arguments of a cross-entropy. Classes lie along the last axis of `scores` and `probabilities`."""

    scores: np.ndarray  # (rows, classes), in the dtype to compute in
    labels: np.ndarray | None  # (rows,) integers; where `ignored`, 0 stands in
    probabilities: np.ndarray | None  # (rows, classes), given instead of labels
    ignored: np.ndarray | None  # (rows,) booleans, or None when no row is ignored
    weight: np.ndarray | None  # (classes,)
    label_smoothing: float
    reduction: str
    batch_shape: tuple  # the scores' shape without the class axis
    class_axis: int
    loss_dtype: np.dtype
    gradient_dtype: np.dtype

    @property
    def kept(self):
        """The number of rows that are not ignored."""
        rows = len(self.scores)
        return rows if self.ignored is None else rows - np.count_nonzero(self.ignored)

    def label_weights(self):
        """The weight of each row's label, 0 where the row is ignored: shape (rows,)."""
        if self.weight is None:
            weights = np.ones(len(self.scores), self.scores.dtype)
        else:
            weights = self.weight[self.labels]
        if self.ignored is not None:
            weights[self.ignored] = 0
        return weights

    def coefficients(self):
        """The factors ``a`` of ``-log p``, 0 in ignored rows: shape (rows, classes)."""
        rows, classes = self.scores.shape
        smoothing = self.label_smoothing
        if self.probabilities is None:
            a = np.zeros((rows, classes), self.scores.dtype)
            a[np.arange(rows), self.labels] = 1
        else:
            a = self.probabilities
        if smoothing:
            a = (1 - smoothing) * a + smoothing / classes
        if self.weight is not None:
            a = a * self.weight
        if self.ignored is not None:
            a[self.ignored] = 0
        return a

    def denominator(self):
        """What the mean divides by: the labels' total weight, or the number of rows for probabilities."""
        if self.probabilities is not None:
            return len(self.scores) if self.scores.size else 0
        if self.weight is None:
            return self.kept
        return self.label_weights().sum(dtype=_accumulator(self.scores.dtype))

    def reduced_loss(self, losses):
        """Apply the reduction to one loss per row."""
        if self.reduction == "none":
            return losses.reshape(self.batch_shape).astype(self.loss_dtype, copy=False)[()]
        total = losses.sum(dtype=_accumulator(losses.dtype))
        if self.reduction == "mean":
            with np.errstate(invalid="ignore", divide="ignore"):
                total = total / total.dtype.type(self.denominator())  # 0 / 0 = nan is the answer for no rows
        return total.astype(self.loss_dtype)

    def reduced_gradient(self, gradients):
        """Give the rows' gradients the reduction's factor and the scores' shape."""
        if self.reduction == "mean" and self.kept:
            with np.errstate(invalid="ignore", divide="ignore"):
                gradients = gradients / gradients.dtype.type(self.denominator())
        classes = self.scores.shape[1]
        gradients = gradients.reshape(*self.batch_shape, classes).astype(self.gradient_dtype, copy=False)
        return np.moveaxis(gradients, -1, self.class_axis)


def parse(scores, targets, axis, weight, ignore_index, label_smoothing, reduction):
    """Check the arguments of a cross-entropy and return them as a `Problem`."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(map(repr, REDUCTIONS))}, but is {reduction!r}")
    try:
        smoothing_fits = 0.0 <= label_smoothing <= 1.0
    except TypeError:
        raise TypeError(f"label_smoothing must be a number, but is {label_smoothing!r}") from None
    if not smoothing_fits:
        raise ValueError(f"label_smoothing must lie in 0.0 to 1.0, but is {label_smoothing!r}")
    scores = as_floats(scores, "scores")
    if scores.ndim == 0:
        raise ValueError("scores must have a class axis, but is a single number (0-d)")
    axis = _class_axis(axis, scores.ndim)
    moved = np.moveaxis(scores, axis, -1)
    batch_shape, classes = moved.shape[:-1], moved.shape[-1]
    targets = np.asarray(targets)
    rows = math.prod(batch_shape)
    loss_dtype = scores.dtype
    labels = probabilities = ignored = None
    if _are_labels(targets, batch_shape):
        _check_label_shape(targets, scores.shape, batch_shape, axis)
        labels, ignored = _checked_labels(targets, classes, ignore_index)
    else:
        probabilities = _checked_probabilities(targets, scores.shape, ignore_index)
        loss_dtype = np.result_type(loss_dtype, probabilities.dtype)
    dtype = working_dtype(loss_dtype)
    if probabilities is not None:
        probabilities = np.moveaxis(probabilities, axis, -1).reshape(rows, classes).astype(dtype, copy=False)
    return Problem(
        scores=moved.reshape(rows, classes).astype(dtype, copy=False),
        labels=labels,
        probabilities=probabilities,
        ignored=ignored,
        weight=None if weight is None else _checked_weight(weight, classes, dtype),
        label_smoothing=label_smoothing,
        reduction=reduction,
        batch_shape=batch_shape,
        class_axis=axis,
        loss_dtype=loss_dtype,
        gradient_dtype=scores.dtype,
    )


def _accumulator(dtype):
    """The dtype to add losses in: float64 at least."""
    return np.result_type(dtype, np.float64)


def _class_axis(axis, ndim):
    try:
        return normalize_axis_index(axis, ndim, "axis")
    except TypeError:
        raise TypeError(f"axis must be one int, the class axis, but is {axis!r}") from None


def _are_labels(targets, batch_shape):
    """Integers are labels; so is an empty list, which NumPy makes floating point."""
    if targets.dtype.kind in "iu":
        return True
    if targets.dtype.kind == "f":
        return targets.size == 0 and targets.shape == batch_shape
    raise TypeError(
        "targets must be integer labels or floating-point probabilities, "
        f"but has dtype {targets.dtype}"
    )


def _check_label_shape(targets, shape, batch_shape, axis):
    if targets.shape == batch_shape:
        return
    hint = "; one-hot targets must be floating point" if targets.shape == shape else ""
    raise ValueError(
        f"targets holds labels of shape {targets.shape}, but scores of shape {shape} with classes along "
        f"axis {axis} need shape {batch_shape}{hint}"
    )


def _checked_labels(targets, classes, ignore_index):
    """Return the labels as one axis of intp, and which rows are ignored (None if none is)."""
    labels = targets.reshape(-1)
    ignored = None
    wrong = (labels < 0) | (labels >= classes)
    same = labels == ignore_index
    if same.any():
        ignored = same
        wrong &= ~same
    if wrong.any():
        place = int(wrong.argmax())
        where = np.unravel_index(place, targets.shape)
        index = f"[{', '.join(map(str, where))}]" if where else ""
        raise IndexError(
            f"targets{index} is {labels[place]}, but with {classes} classes a label must lie in "
            f"0 to {classes - 1} or be ignore_index ({ignore_index})"
        )
    labels = labels.astype(np.intp)
    if ignored is not None:
        labels[ignored] = 0
    return labels, ignored


def _checked_probabilities(targets, shape, ignore_index):
    if targets.shape != shape:
        raise ValueError(
            f"targets of dtype {targets.dtype} are probabilities and must have the shape of scores, {shape}, "
            f"but have shape {targets.shape}; labels must be integers"
        )
    if ignore_index >= 0:
        raise ValueError(f"ignore_index ({ignore_index}) is for labels, but targets are probabilities")
    return as_floats(targets, "targets")


def _checked_weight(weight, classes, dtype):
    weight = as_floats(weight, "weight")
    if weight.shape != (classes,):
        raise ValueError(
            f"weight must hold one number for each of the {classes} classes, but has shape {weight.shape}"
        )
    return weight.astype(dtype, copy=False)
