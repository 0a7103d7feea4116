"""Derivatives by evaluating a function nearby, and the comparison of a derived gradient with them.

`finite_difference` needs nothing but the function and is good to about two thirds of the digits of the dtype.
`complex_step` is good to nearly all of them, but needs a function that accepts complex numbers and is analytic: one
that takes no absolute value, maximum or real part on the way. `check_gradient` compares.
"""

from typing import NamedTuple

import numpy as np

from ._dtypes import eps
from ._validate import as_floats

__all__ = ["GradientCheck", "check_gradient", "complex_step", "finite_difference", "relative_error"]


def finite_difference(function, x, step=None):
    """The derivative of `function` at `x` by centred differences, ``(f(x + h) - f(x - h)) / 2h``.

    Parameters
    ----------
    function : callable
        Takes an array like `x`, returns a number or an array. It is called twice for each entry of `x`.
    x : array_like
        Where to differentiate, real. Its dtype is kept (integers become float64), so that the error of each dtype can
        be seen.
    step : float or array_like, optional
        The step h, one for all entries or one for each. By default the power of two next below
        ``eps ** (1/3) * max(1, abs(x))``, with eps the spacing of the dtype at 1: near the best trade between
        truncation, which grows like h^2, and rounding, which grows like eps / h.

    Returns
    -------
    numpy.ndarray, shape of the function's value + shape of `x`
        For a function with one number as its value, the gradient, of the shape of `x`. For one whose value is a
        vector of length M, of a vector of length N, the M x N Jacobian. Nothing is rounded up: a step too small to
        change `x` gives 0.

    Raises
    ------
    TypeError
        If `x` is not real.
    ValueError
        If `step` is not positive and finite.

    Examples
    --------
    >>> finite_difference(lambda x: x[0] * x[1] ** 2, [3.0, 2.0]).round(6)
    array([ 4., 12.])
    """
    x = as_floats(x, "x")
    steps = np.broadcast_to(_default_step(x) if step is None else np.asarray(step), x.shape).astype(x.dtype)
    if not np.all(np.isfinite(steps) & (steps > 0)):
        raise ValueError(f"step must be positive and finite in {x.dtype}, got {step}")

    def slope(index):
        above, below = x.copy(), x.copy()
        above[index] += steps[index]
        below[index] -= steps[index]
        return (np.asarray(function(above)) - np.asarray(function(below))) / (2 * steps[index])

    return _collect(slope, x)


def complex_step(function, x, step=None):
    """The derivative of an analytic `function` at `x` by one complex step, ``Im f(x + ih) / h``.

    No two nearby values are subtracted, so h can be tiny and the result is about as accurate as the function itself.

    Parameters
    ----------
    function : callable
        Takes a complex array of the shape of `x`, returns a complex number or array. It must be analytic: `abs`,
        `max` and the like are not. It is called once for each entry of `x`.
    x : array_like
        Where to differentiate, real. float32 and narrower are computed in complex64, float64 and integers
        in complex128.
    step : float, optional
        The step h. By default the square root of the smallest normal number.

    Returns
    -------
    numpy.ndarray, shape of the function's value + shape of `x`
        As `finite_difference`.

    Raises
    ------
    TypeError
        If `x` is not real, or the function's value is not complex.
    ValueError
        If `step` is not positive and finite.

    References
    ----------
    J. R. R. A. Martins, P. Sturdza and J. J. Alonso, "The complex-step derivative approximation", ACM Transactions on
    Mathematical Software 29(3), 2003, doi:10.1145/838250.838251.

    Examples
    --------
    >>> import numpy as np
    >>> complex_step(lambda z: np.exp(z) / np.exp(z).sum(), [0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    x = as_floats(x, "x")
    z = x.astype(np.result_type(x, np.complex64))
    step = np.sqrt(np.finfo(z.dtype).tiny) if step is None else np.asarray(step, dtype=z.real.dtype)
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"step must be positive and finite in {z.real.dtype}, got {step}")

    def slope(index):
        moved = z.copy()
        moved[index] += 1j * step
        value = np.asarray(function(moved))
        if value.dtype.kind != "c":
            raise TypeError(
                f"function must return complex numbers for a complex argument, got dtype {value.dtype}; "
                f"the complex step needs one that is analytic and keeps the imaginary part"
            )
        return value.imag / step

    return _collect(slope, x)


def relative_error(left, right, floor=0.0):
    """The relative difference of two arrays, entry by entry: ``|a - b| / max(|a|, |b|)``.

    Parameters
    ----------
    left, right : array_like
        Values to compare; shapes broadcast.
    floor : float, default 0
        The least denominator. Entries well below it then count by their absolute difference: a centred difference of a
        gradient entry of 1e-15 is all rounding, and says nothing about the gradient.

    Returns
    -------
    numpy.ndarray or numpy.float64
        Relative errors, in float64 or wider. 0 where the two are equal, also where both are zero.

    Examples
    --------
    >>> relative_error([1.0, 0.0, 3.0], [1.0, 0.0, 4.0])
    array([0.  , 0.  , 0.25])
    """
    left, right = (np.asarray(values) for values in (left, right))
    wide = np.result_type(left, right, np.float64)
    left, right = np.broadcast_arrays(left.astype(wide), right.astype(wide))
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.abs(left - right) / np.maximum(np.maximum(np.abs(left), np.abs(right)), floor)
    return np.where(left == right, 0, errors)[()]


class GradientCheck(NamedTuple):
    """What `check_gradient` found."""

    error: float  #: the largest relative error
    worst: tuple  #: the index of the entry that has it
    exact: np.ndarray  #: the gradient that was to be checked
    numeric: np.ndarray  #: the gradient by centred differences

    @property
    def verdict(self):
        """The rule of thumb of the CS231n notes (neural-networks-3, "Gradient checks") for this error, in float64."""
        if not self.error <= 1e-2:  # so that NaN is wrong too
            return "probably wrong"
        if self.error > 1e-4:
            return "suspicious"
        if self.error > 1e-7:
            return "right only if the function has kinks"
        return "right"


def check_gradient(function, gradient, x, step=None, floor=0.0):
    """Compare a gradient (or Jacobian) with centred differences.

    Parameters
    ----------
    function : callable
        The function, as in `finite_difference`.
    gradient : callable or array_like
        Its derivative: a function of `x`, or the value at `x`.
    x : array_like
        Where to compare. Use float64: the thresholds of `GradientCheck.verdict` are below what float32 can reach.
    step, floor : optional
        As in `finite_difference` and `relative_error`. Without a floor a right gradient can fail by its tiniest
        entries, as where softmax is sure: a centred difference of a loss of a few nats is good to 1e-9 or so.

    Returns
    -------
    GradientCheck
        Named tuple with the largest relative error, where it is, both gradients, and the property ``verdict``.

    Raises
    ------
    ValueError
        If the gradient has another shape than the numerical one, or `x` is empty.

    Examples
    --------
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, [1.0, 2.0]).verdict
    'right'
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 2 * x**2, [1.0, 2.0]).verdict
    'probably wrong'

    A false alarm, and what silences it:

    >>> def loss(x):
    ...     return x[0] + 1e-7 * x[1]
    >>> [check_gradient(loss, [1.0, 1e-7], [3.3, 0.0], floor=floor).error < 1e-7 for floor in (0, 0.01)]
    [False, True]
    """
    x = as_floats(x, "x")
    numeric = finite_difference(function, x, step)
    exact = np.asarray(gradient(x) if callable(gradient) else gradient)
    if exact.shape != numeric.shape:
        raise ValueError(f"gradient must have shape {numeric.shape}, got shape {exact.shape}")
    if numeric.size == 0:
        raise ValueError(
            f"function must return something to compare, got shape {numeric.shape[: numeric.ndim - x.ndim]}"
        )
    errors = np.asarray(relative_error(exact, numeric, floor))
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    return GradientCheck(float(errors[worst]), tuple(int(place) for place in worst), exact, numeric)


def _default_step(x):
    """A power of two, so that x + h and x - h are exact for most x and their distance really is 2h."""
    size = np.where(np.isfinite(x), np.maximum(np.abs(x), 1), 1).astype(np.float64)
    return np.exp2(np.floor(np.log2(eps(x.dtype) ** (1 / 3) * size)))


def _collect(slope, x):
    """Stack the slopes with respect to each entry of x along new last axes."""
    slopes = [slope(index) for index in np.ndindex(x.shape)]
    if not slopes:
        raise ValueError(f"x must have at least one entry, got shape {x.shape}")
    stacked = np.stack(slopes, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + x.shape)
