"""How the properties ask a function, and compare what it answers."""

import numpy as np


def call(function, *inputs):
    """The function's answer in float64, without NumPy's warnings."""
    if not callable(function):
        raise TypeError(f"the first argument must be callable, got {function!r}")
    with np.errstate(all="ignore"):
        return np.asarray(function(*inputs)).astype(np.float64)


def alike(one, other, rtol, atol=0.0):
    """Whether two answers have one shape and equal numbers, up to the tolerances; NaN equals nothing."""
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol, atol))
