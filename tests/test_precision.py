"""Limits of the floating-point formats."""

import math

import numpy as np
import pytest

from stable_softmax import precision

FORMATS = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


@pytest.mark.parametrize("name", FORMATS)
def test_limits_are_those_of_finfo(name):
    ours, theirs = precision.limits(name), np.finfo(FORMATS[name])
    assert ours.bits == theirs.bits and ours.precision == theirs.nmant + 1
    assert ours.eps == theirs.eps
    assert ours.max == theirs.max
    assert ours.smallest_normal == theirs.smallest_normal
    assert ours.smallest_subnormal == theirs.smallest_subnormal
    assert precision.limits(FORMATS[name]) == precision.limits(np.dtype(FORMATS[name])) == ours


def test_bfloat16_is_float32_cut_short():
    # The largest bfloat16 has float32's exponent and 8 significant bits: float32's 0x7F7F0000.
    largest = np.array([0x7F7F0000], np.uint32).view(np.float32)[0]
    ours = precision.limits("bfloat16")
    assert ours.max == largest and ours.bits == 16 and ours.eps == 2.0**-7
    assert ours.smallest_normal == np.finfo(np.float32).smallest_normal
    assert ours.smallest_subnormal == np.array([0x00010000], np.uint32).view(np.float32)[0]


@pytest.mark.parametrize("name, overflow", [("float16", 11.09), ("bfloat16", 88.72), ("float32", 88.72), ("float64", 709.78)])
def test_exp_overflows_past_the_logarithm_of_max(name, overflow):
    assert round(precision.limits(name).exp_overflow, 2) == overflow


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FORMATS)
def test_exp_ends_where_the_limits_say(name):
    ends, dtype = precision.limits(name), FORMATS[name]
    step = 1 + 4 * ends.eps
    assert np.isfinite(np.exp(dtype(ends.exp_overflow / step)))
    assert np.isinf(np.exp(dtype(ends.exp_overflow * step)))
    assert np.exp(dtype(ends.exp_subnormal / step)) >= ends.smallest_normal
    assert np.exp(dtype(ends.exp_subnormal * step)) < ends.smallest_normal * (1 + ends.eps)
    assert np.exp(dtype(ends.exp_underflow / step)) == ends.smallest_subnormal
    assert np.exp(dtype(ends.exp_underflow * step)) == 0


def test_limits_are_plain_numbers():
    ends = precision.limits("float64")
    assert all(type(getattr(ends, name)) is float for name in ("eps", "max", "smallest_normal", "exp_overflow"))
    assert math.isclose(ends.exp_underflow, -745.13, abs_tol=0.01)


@pytest.mark.parametrize("dtype", ["float8", "int32", np.int64, None.__class__, "complex64"])
def test_other_formats_are_refused(dtype):
    with pytest.raises(TypeError, match="dtype must be float16, bfloat16, float32 or float64"):
        precision.limits(dtype)
