r"""The X-ray of one softmax: the standard fix, step by step in a format of few bits, and what each step loses.

A row of scores is rounded to the format. Then come the steps that frameworks take if they compute in that very format:

==================== ======================= ==========================================
step                 formula                 held in
==================== ======================= ==========================================
max                  m = max x               the format
difference           d = x - m               the format
exponential          e = exp(d)              the format
sum                  s = e_1 + ... + e_N     the accumulator's format
quotient             p = e / s               the format
log of the sum       l = log s               the accumulator's format
log-probability      d - l                   the format
==================== ======================= ==========================================

Every number is rounded once, correctly (to nearest, ties to even), from its exact value for what went into the step;
the sum is rounded after each addition, from the first class to the last. exp and log are taken from mpmath with 50
digits: a library's exp may be off by more, and one that is rounded to float64 or float32 on the way is rounded twice.

The accumulator: NumPy (along the last axis), PyTorch 2.13 and JAX 0.10 on the CPU add float16 numbers up in float32,
and round the sum to float16 where it is a result. So does what is written with ``e.sum()``, and PyTorch's log-softmax
and loss: ``accumulator="float32", round_sum=True``. PyTorch's softmax keeps the sum: ``accumulator="float32"``. NumPy
adds ml_dtypes' formats, and float16 along other axes, up in themselves: the default.

All formats of `stable_softmax.precision.limits` are known by name, with or without ml_dtypes. Needs mpmath.

Examples
--------
>>> picture = xray([1.0, 2.0, 3.0], "bfloat16")
>>> picture["quotient"].values
array([0.09033203, 0.24511719, 0.66796875])
>>> str(picture["sum"].bits[0])
'0 01111111 1000000'
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ._dtypes import is_float
from ._formats import as_format, code, exactly, nearest
from ._validate import as_array
from .precision import reference, ulp_error

__all__ = ["Bits", "Step", "Xray", "bits", "xray"]


class Bits(NamedTuple):
    """The fields of a floating-point number, as strings of 0 and 1."""

    sign: str  #: one bit; 1 is minus
    exponent: str  #: the exponent plus the format's bias; all zeros for 0 and subnormal numbers
    significand: str  #: the significand without its leading bit, which is 1 unless the exponent field is all zeros

    def __str__(self):
        return " ".join(self)


def bits(values, dtype=None):
    """Return the bits of floating-point numbers.

    Parameters
    ----------
    values : array_like
        One number or any number of them.
    dtype : dtype_like or str, optional
        The format, as `stable_softmax.precision.limits` takes it; the values are rounded to it. By default, the
        values' own dtype.

    Returns
    -------
    Bits or list of Bits
        For an array of more than one axis, lists of lists.

    Raises
    ------
    TypeError
        If the format is unknown, or the values are no real numbers.

    Examples
    --------
    >>> str(bits(1.0, "float16"))
    '0 01111 0000000000'
    >>> [str(number) for number in bits([-2.0, 0.1], "bfloat16")]
    ['1 10000000 0000000', '0 01111011 1001101']
    """
    array = as_array(values, "values")
    form = as_format(array.dtype if dtype is None else dtype)
    return _nested(_rounded(array, form, "values").tolist(), form)


def _nested(values, form):
    if isinstance(values, list):
        return [_nested(value, form) for value in values]
    digits = f"{code(values, form):0{form.bits}b}"
    return Bits(digits[0], digits[1 : 1 + form.exponent_bits], digits[1 + form.exponent_bits :])


def _rounded(array, form, name):
    """Round numbers to a format; return them as float64."""
    if array.dtype.kind not in "biufO" and not is_float(array.dtype):
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    array = array.astype(object if array.dtype.kind in "iuO" else np.float64)
    return np.array([_round(number, form) for number in array.ravel().tolist()], np.float64).reshape(array.shape)


def _round(number, form):
    exact = exactly(number)
    if isinstance(exact, Fraction):
        # A Fraction has no -0.
        return nearest(exact, form) if exact else math.copysign(0.0, number)
    return exact if form.has_infinity else math.nan


@dataclass(frozen=True, eq=False)
class Step:
    """One step of an X-ray.

    Attributes
    ----------
    name : str
        Which: see the table at the top of the module.
    format : str
        The name of the format that the values are held in.
    values : ndarray of float64, shape (classes,), or (1,) for the maximum, the sum and its logarithm
        What the step gives, rounded to the format.
    exact : ndarray of fractions, mpmath numbers or floats, of the same shape
        What it would give for the same rounded inputs, without rounding; floats where that is not finite.
    truth : ndarray of mpmath numbers, of the same shape
        What it would give had no step been rounded, to 50 digits; minus infinity where a score is.
    """

    name: str
    format: str
    values: np.ndarray
    exact: np.ndarray
    truth: np.ndarray

    @property
    def bits(self):
        """list of Bits: the values' bits."""
        return bits(self.values, self.format)

    @property
    def lost(self):
        """ndarray of float64: ULP lost at this step, between `values` and `exact`. Half a unit is rounding alone.

        As `stable_softmax.precision.ulp_error` counts, a number that is too large for the format loses nothing when
        it becomes infinite (`overflowed` tells); what is computed from it does.
        """
        return ulp_error(self.values, self.exact, self.format)

    @property
    def error(self):
        """ndarray of float64: ULP lost in all, between `values` and `truth`."""
        return ulp_error(self.values, self.truth, self.format)

    @property
    def overflowed(self):
        """ndarray of bool: where the exact value is finite and the format has no number for it."""
        finite = [isinstance(exactly(number), Fraction) for number in self.exact]
        return np.array(finite) & ~np.isfinite(self.values)


@dataclass(frozen=True, eq=False)
class Xray:
    """The X-ray of one softmax, as `xray` takes it; ``picture["sum"]`` is the step of that name.

    Attributes
    ----------
    format : str
        The format of the scores and of all steps but perhaps the sum and its logarithm.
    accumulator : str
        The format in which the sum was added up.
    scores : ndarray of float64, shape (classes,)
        The scores, rounded to the format: what the steps begin with, and the truth too.
    steps : tuple of Step
        In the order of computation.
    """

    format: str
    accumulator: str
    scores: np.ndarray
    steps: tuple

    def __getitem__(self, name):
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"name must be one of {', '.join(step.name for step in self.steps)}, got {name!r}")

    def __str__(self):
        """A table: for each step and class the value, its bits, the truth, and the ULP lost at the step and in all."""
        width = max(len(str(step.bits[0])) for step in self.steps)
        head = f"{'step':16}{'class':>5}  {'value':>12}  {'bits':{width}}  {'truth':>12}{'lost':>9}{'in all':>9}"
        lines = [head]
        for step in self.steps:
            numbers = zip(step.values, step.bits, step.truth, step.lost, step.error, strict=True)
            for i, (value, fields, truth, lost, error) in enumerate(numbers):
                which = i if len(step.values) > 1 or len(self.scores) == 1 else ""
                lines.append(
                    f"{step.name if i == 0 else '':16}{which:>5}  {value:12.6g}  {fields!s:{width}}  "
                    f"{float(truth):12.6g}{lost:9.2g}{error:9.2g}"
                )
        return "\n".join(lines)


def xray(scores, dtype=None, accumulator=None, round_sum=False):
    """Compute the softmax of one row by the standard fix in a format, and tell what each step loses.

    Parameters
    ----------
    scores : array_like, shape (classes,)
        Real scores. -inf, or what the format rounds to that, is a mask.
    dtype : dtype_like or str, optional
        The format, as `stable_softmax.precision.limits` takes it. By default that of the scores.
    accumulator : dtype_like or str, optional
        The format in which the exponentials are added up, and the sum and its logarithm held; by default the same.
    round_sum : bool, default False
        Round the sum to the format of the scores once it is complete, and hold it and its logarithm in that.

    Returns
    -------
    Xray

    Raises
    ------
    TypeError
        If a format is unknown, or the scores are no real numbers.
    ValueError
        If the scores are not one row, or hold NaN, +inf or nothing finite once they are rounded to the format.
    ModuleNotFoundError
        If mpmath is not installed.

    See Also
    --------
    stable_softmax.softmax : computes rows of these formats in float32 or float64, and rounds once.

    Notes
    -----
    The steps of one score take some tenths of a millisecond, most of it in mpmath and fractions.

    Examples
    --------
    The second exponential is a subnormal number of float16, and its ULP is half of it; its logarithm has lost nothing:

    >>> picture = xray([0.0, -16.0], "float16")
    >>> picture["exponential"].values.tolist()
    [1.0, 1.1920928955078125e-07]
    >>> picture["log-probability"].values.tolist()
    [0.0, -16.0]
    """
    array = as_array(scores, "scores")
    form = as_format(array.dtype if dtype is None else dtype)
    wide = form if accumulator is None else as_format(accumulator, "accumulator")
    if array.ndim != 1:
        raise ValueError(f"scores must be one row, of shape (classes,), got shape {array.shape}")
    x = _rounded(array, form, "scores")
    wrong = np.flatnonzero(~(x < np.inf))
    if wrong.size or not np.isfinite(x).any():
        found = f"{x[wrong[0]]} at place {wrong[0]}" if wrong.size else f"{x}"
        raise ValueError(f"scores must be finite or -inf, one of them finite, once rounded to {form.name}, got {found}")
    return Xray(form.name, wide.name, x, tuple(_steps(x, form, wide, form if round_sum else wide)))


def _steps(x, form, wide, total_form):
    mp = reference.multiprecision()
    truth, steps = _truth(x, mp), []

    def step(name, held_in, formula, inputs):
        inputs = inputs.tolist()
        exact = {value: formula(value) for value in dict.fromkeys(inputs)}  # equal scores are worked out once
        values = {value: _round(result, held_in) for value, result in exact.items()}
        rounded = np.array([values[i] for i in inputs])
        steps.append(Step(name, held_in.name, rounded, _objects(exact[i] for i in inputs), truth[name]))
        return rounded

    with mp.workdps(reference.DIGITS):
        (top,) = step("max", form, lambda score: _exact(score), x.max(keepdims=True))
        below = step("difference", form, lambda score: _exact(score) - _exact(top), x)
        e = step("exponential", form, lambda d: mp.exp(d), below)
        total = np.array([_round(_added_up(e, wide), total_form)])
        found, counts = np.unique(e, return_counts=True)
        exact = sum(int(count) * Fraction(value) for value, count in zip(found.tolist(), counts, strict=True))
        steps.append(Step("sum", total_form.name, total, _objects([exact]), truth["sum"]))
        step("quotient", form, lambda one: _exact(one) / _exact(total[0]), e)
        (log,) = step("log of the sum", total_form, lambda s: mp.log(s), total)
        step("log-probability", form, lambda d: _exact(d) - _exact(log), below)
    return steps


def _exact(value):
    """A finite float as a Fraction, to compute with exactly; others are left as they are."""
    return Fraction(value) if math.isfinite(value) else value


def _added_up(values, form):
    """Add up numbers from the first to the last, rounding each time.

    None is above 1, so the sum stands still long before it could overflow.
    """
    if form.name in ("float16", "float32", "float64"):  # NumPy's own, and fast
        return float(np.add.accumulate(values.astype(form.name))[-1])
    total = 0.0
    for value in values.tolist():
        total = nearest(Fraction(total) + Fraction(value), form)
    return total


def _truth(x, mp):
    """What each step would give without any rounding, to 50 digits."""
    scores, places, counts = np.unique(x, return_inverse=True, return_counts=True)  # in rising order
    with mp.workdps(reference.DIGITS + reference.GUARD_DIGITS):
        top = mp.mpf(scores[-1])
        below = [mp.mpf(score) - top for score in scores.tolist()]
        e = [mp.exp(d) for d in below]
        # Without the first maximum's 1, so that a small rest keeps its digits.
        counts[-1] -= 1
        others = mp.fsum(int(count) * one for count, one in zip(counts, e, strict=True))
        log = mp.log1p(others)
        for_all = {"max": [top], "sum": [1 + others], "log of the sum": [log]}
        for_each = {
            "difference": below,
            "exponential": e,
            "quotient": [one / (1 + others) for one in e],
            "log-probability": [d - log for d in below],
        }
    with mp.workdps(reference.DIGITS):  # + rounds
        found = {name: _objects(+number for number in numbers) for name, numbers in (for_all | for_each).items()}
    return found | {name: found[name][places] for name in for_each}


def _objects(numbers):
    numbers = list(numbers)
    array = np.empty(len(numbers), object)
    array[:] = numbers
    return array
