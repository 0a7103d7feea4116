"""The X-ray of one softmax: every digit of every step against mpmath, by rounding of another make."""

import math
import subprocess
import sys

import ml_dtypes
import mpmath
import numpy as np
import pytest

from stable_softmax import softmax
from stable_softmax.precision import limits, ulp_error
from stable_softmax.xray import Bits, bits, xray

TYPES = {
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8_e5m2": ml_dtypes.float8_e5m2,
    "float32": np.float32,
}
STEPS = ["max", "difference", "exponential", "sum", "quotient", "log of the sum", "log-probability"]
SCORES = np.random.default_rng(40).normal(0, 3, 40)


def is_nearest(value, exact, dtype):
    """Is no neighbour in `dtype` nearer to the exact value, and at a tie none that is even?"""
    value = np.array(value, dtype)
    distance = abs(mpmath.mpf(float(value)) - exact)
    for end in (-1, 1):
        neighbour = np.nextafter(value, np.array(end * float(ml_dtypes.finfo(dtype).max), dtype))
        theirs = abs(mpmath.mpf(float(neighbour)) - exact)
        if theirs < distance or (
            theirs == distance and neighbour != value and int(value.view(f"u{value.itemsize}")) % 2
        ):
            return False
    return True


def exact_steps(picture, dtype, wide):
    """What each step gives without rounding for the inputs that it had, written here once more."""
    v = {step.name: [mpmath.mpf(value) for value in step.values.tolist()] for step in picture.steps}
    x = [mpmath.mpf(score) for score in picture.scores.tolist()]
    return {
        "max": [max(x)],
        "difference": [score - v["max"][0] for score in x],
        "exponential": [mpmath.exp(d) for d in v["difference"]],
        "sum": [mpmath.fsum(v["exponential"])],
        "quotient": [e / v["sum"][0] for e in v["exponential"]],
        "log of the sum": [mpmath.log(v["sum"][0])],
        "log-probability": [d - v["log of the sum"][0] for d in v["difference"]],
    }


@pytest.mark.parametrize("accumulator", [None, "float32"])
@pytest.mark.parametrize("name", TYPES)
def test_every_digit(name, accumulator):
    """5 formats, 7 steps, 40 scores: values, bits, exact values, truth, and ULP lost at the step and in all."""
    picture = xray(SCORES, name, accumulator)
    assert [step.name for step in picture.steps] == STEPS
    assert len(picture.scores) == 40
    with mpmath.workdps(80):
        exact = exact_steps(picture, TYPES[name], accumulator)
        x = [mpmath.mpf(score) for score in picture.scores.tolist()]
        e = [mpmath.exp(score) for score in x]
        total = mpmath.fsum(e)
        truth = {
            "max": [max(x)],
            "difference": [score - max(x) for score in x],
            "exponential": [one / mpmath.exp(max(x)) for one in e],
            "sum": [total / mpmath.exp(max(x))],
            "quotient": [one / total for one in e],
            "log of the sum": [mpmath.log(total) - max(x)],
            "log-probability": [score - mpmath.log(total) for score in x],
        }
        for step in picture.steps:
            held_in = accumulator if accumulator and step.name in ("sum", "log of the sum") else name
            assert step.format == held_in
            dtype = TYPES[held_in]
            assert len(step.values) == (1 if step.name in ("max", "sum", "log of the sum") else 40)
            for i, value in enumerate(step.values.tolist()):
                assert float(np.array(value, dtype)) == value
                want = f"{int(np.array(value, dtype).view(f'u{np.dtype(dtype).itemsize}')):0{8 * np.dtype(dtype).itemsize}b}"
                assert "".join(step.bits[i]) == want
                if step.name != "sum":
                    assert is_nearest(value, exact[step.name][i], dtype)
                mine = (
                    mpmath.mpf(step.exact[i].numerator) / step.exact[i].denominator
                    if hasattr(step.exact[i], "numerator")
                    else step.exact[i]
                )
                assert abs(mine - exact[step.name][i]) <= abs(exact[step.name][i]) * mpmath.mpf(10) ** -49
                assert (
                    abs(step.truth[i] - truth[step.name][i]) <= max(abs(truth[step.name][i]), 1) * mpmath.mpf(10) ** -49
                )
            np.testing.assert_allclose(step.lost, ulps(step.values, exact[step.name], dtype), rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(step.error, ulps(step.values, truth[step.name], dtype), rtol=1e-9, atol=1e-12)
            if step.name != "sum":
                assert (step.lost <= 0.5).all()
            assert not step.overflowed.any()


def ulps(values, truth, dtype):
    """Errors in the spacing of `dtype` at the truth, found from its logarithm instead of its bits."""
    finfo, found = ml_dtypes.finfo(dtype), []
    for value, exact in zip(values.tolist(), truth, strict=True):
        size = abs(exact) if exact else mpmath.mpf(float(finfo.smallest_normal))
        power = max(mpmath.floor(mpmath.log(size, 2)), mpmath.log(mpmath.mpf(float(finfo.smallest_normal)), 2))
        found.append(float(abs(mpmath.mpf(value) - exact) / mpmath.mpf(2) ** (power - finfo.nmant)))
    return found


@pytest.mark.parametrize("name", TYPES)
def test_the_sum_is_rounded_after_each_addition(name):
    dtype = TYPES[name]
    for scores in (SCORES, np.zeros(20), np.zeros(300)):
        picture = xray(scores, name)
        e = picture["exponential"].values.astype(dtype)
        assert picture["sum"].values[0] == float(np.add.accumulate(e)[-1])


@pytest.mark.parametrize(
    "name, most", [("float8_e5m2", 8), ("float8_e4m3fn", 16), ("bfloat16", 256), ("float16", 2048)]
)
def test_a_sum_of_ones_stands_still(name, most):
    """At 2^p for p significant bits, the next 1 is half a unit and rounds to the even number, which is no more."""
    picture = xray(np.zeros(most + 5), name)
    assert picture["sum"].values[0] == most
    assert picture["sum"].lost[0] * 2 == 5  # the unit there is 2
    assert not picture["sum"].overflowed.any()


@pytest.mark.parametrize("name", TYPES)
def test_a_sum_in_the_format_itself_stands_still_before_it_overflows(name):
    """At 2^p; only what has been added up in a wider format can be too large for the narrow one."""
    with np.errstate(all="raise"):
        picture = xray(np.zeros(5000), name)
    assert picture["sum"].values[0] == min(5000, 2.0 ** (ml_dtypes.finfo(TYPES[name]).nmant + 1))


@pytest.mark.parametrize(
    "name, number, log_probability",
    [("float8_e4m3", 248, -5.5), pytest.param("float16", 65_520, -11.09375, marks=pytest.mark.slow)],
)
def test_the_standard_fix_overflows(name, number, log_probability):
    """The exponentials of equal scores are 1: added up in float32, their number is rounded to the format."""
    fits = xray(np.zeros(number - 1), name, "float32", round_sum=True)
    assert fits["sum"].values[0] == limits(name).max and fits["log-probability"].values[0] == log_probability
    lost = xray(np.zeros(number), name, "float32", round_sum=True)
    assert lost["sum"].overflowed.all() and lost["sum"].values[0] == math.inf and lost["sum"].lost[0] == 0
    assert lost["quotient"].values[0] == 0 and lost["log of the sum"].values[0] == math.inf
    assert lost["log-probability"].values[0] == -math.inf and np.isinf(lost["log-probability"].error).all()
    assert not lost["quotient"].overflowed.any() and not lost["log of the sum"].overflowed.any()
    assert lost["sum"].format == lost["log of the sum"].format == name
    kept = xray(np.zeros(number), name, "float32")
    assert kept["sum"].values[0] == number and kept["log-probability"].values[0] == log_probability


def test_without_infinity_the_overflow_is_nan():
    fits = xray(np.zeros(464), "float8_e4m3fn", "float32", round_sum=True)
    assert fits["sum"].values[0] == 448 and not fits["sum"].overflowed.any()
    lost = xray(np.zeros(465), "float8_e4m3fn", "float32", round_sum=True)
    assert lost["sum"].overflowed.all() and np.isnan(lost["sum"].values).all() and lost["sum"].lost[0] == 0
    assert np.isnan(lost["log-probability"].values).all() and np.isinf(lost["log-probability"].error).all()
    kept = xray(np.zeros(465), "float8_e4m3fn", "float32")
    assert kept["sum"].values[0] == 465 and (kept["log-probability"].error <= 0.51).all()


def test_an_infinite_sum_makes_an_infinite_loss():
    assert not xray(np.zeros(61_439), "float8_e5m2", "float32", round_sum=True)["sum"].overflowed.any()
    picture = xray(np.zeros(61_440), "float8_e5m2", "float32", round_sum=True)
    assert picture["sum"].overflowed.all() and picture["sum"].values[0] == math.inf
    assert picture["quotient"].values[0] == 0
    assert picture["log of the sum"].values[0] == math.inf and picture["log-probability"].values[0] == -math.inf
    assert str(picture["sum"].bits[0]) == "0 11111 00"


@pytest.mark.parametrize("name", TYPES)
def test_masks(name):
    scores = np.array([1.0, -1e9, 2.0])
    if name == "float8_e4m3fn":  # -1e9 is NaN there
        with pytest.raises(
            ValueError, match=r"scores must be finite or -inf, .* once rounded to float8_e4m3fn, got nan at place 1"
        ):
            xray(scores, name)
        scores[1] = -448
    picture = xray(scores, name)
    assert picture["exponential"].values[1] == picture["quotient"].values[1] == 0
    is_lost = name in ("float16", "float8_e5m2")
    assert (picture["log-probability"].values[1] == -math.inf) == is_lost
    assert picture["log-probability"].error[1] <= 1


def test_it_takes_arrays_of_these_dtypes_as_they_are():
    for name, dtype in TYPES.items():
        mine = SCORES.astype(dtype)
        ours, theirs = xray(mine), xray(SCORES.astype(np.float32), name)
        assert ours.format == name
        np.testing.assert_array_equal(ours.scores, mine.astype(np.float64))
        np.testing.assert_array_equal(ours["quotient"].values, theirs["quotient"].values)
        # What this package gives is one rounding from the truth, these steps are several.
        assert ulp_error(softmax(mine), ours["quotient"].truth).max() <= 0.51 + (name == "float32")


@pytest.mark.parametrize(
    "scores", [[], [[1.0, 2.0]], 3.0, [math.nan, 1.0], [math.inf, 1.0], [-math.inf] * 2, [1e6, 0.0]]
)
def test_rows_without_an_answer_are_refused(scores):
    with pytest.raises(ValueError, match="scores must"):
        xray(scores, "float16")


def test_other_bad_arguments_are_refused():
    with pytest.raises(TypeError, match=r"dtype must be float16, .* got dtype"):
        xray([1, 2])  # integers need a format
    with pytest.raises(TypeError, match=r"accumulator must be float16, .* got 'int8'"):
        xray([1.0], "float16", "int8")
    for bad in (["a"], [1j], np.zeros(2, ml_dtypes.int4)):
        with pytest.raises(TypeError, match="scores must hold real numbers, got dtype"):
            xray(bad, "float16")
    with pytest.raises(TypeError, match="scores must be an array without a mask, got a masked array"):
        xray(np.ma.array([1.0]), "float16")
    with pytest.raises(KeyError, match=r"name must be one of max, difference, .*, log-probability, got 'total'"):
        xray([1.0], "float16")["total"]


def test_bits_of_special_values():
    found = bits([0.0, -0.0, math.inf, -math.inf, 65504, 2.0**-24, 1e9], "float16")
    assert [str(one) for one in found] == [
        "0 00000 0000000000",
        "1 00000 0000000000",
        "0 11111 0000000000",
        "1 11111 0000000000",
        "0 11110 1111111111",
        "0 00000 0000000001",
        "0 11111 0000000000",
    ]
    assert str(bits(math.nan, "float8_e4m3fn")) == str(bits(math.inf, "float8_e4m3fn")) == "0 1111 111"
    assert bits(np.float32(1)) == Bits("0", "01111111", "0" * 23)
    assert bits([[1.0], [2.0]], "float8_e5m2") == [[Bits("0", "01111", "00")], [Bits("0", "10000", "00")]]
    assert bits(2**60 + 2**35 + 1, "float32").significand[-1] == "0" and str(bits(2**24 + 1 + 2**70, "float64"))
    assert bits(1 + 2**24 + 2**60, "float32") == bits(np.float32(2**60))


def test_an_integer_is_rounded_once():
    """2^53 + 2^29 + 1 is beside a tie of float32; as a float64 it would be at the tie, and go to the even number."""
    assert bits(2**53 + 2**29 + 1, "float32").significand == "0" * 22 + "1"
    assert bits(2**53 + 2**29, "float32").significand == "0" * 23


def test_the_table():
    lines = str(xray([1.0, 2.0], "bfloat16")).splitlines()
    assert len(lines) == 1 + 4 * 2 + 3
    assert lines[0].split() == ["step", "class", "value", "bits", "truth", "lost", "in", "all"]
    assert lines[1].split() == ["max", "2", "0", "10000000", "0000000", "2", "0", "0"]
    assert lines[4].split()[:3] == ["exponential", "0", "0.367188"]


def test_the_table_of_one_class_names_it():
    lines = str(xray([1.0], "float16")).splitlines()
    assert [line[16:21].strip() for line in lines] == ["class"] + ["0"] * 7


def test_the_table_of_several_classes_names_them_where_a_step_has_a_number_for_each():
    lines = str(xray([1.0, 2.0], "bfloat16")).splitlines()
    assert [line[16:21].strip() for line in lines] == ["class", "", "0", "1", "0", "1", "", "0", "1", "", "0", "1"]
    assert [line.split()[0] for line in lines].count("difference") == 1


def test_infinity_is_nan_in_a_format_without_it():
    with pytest.raises(ValueError, match=r"rounded to float8_e4m3fn, got nan at place 0$"):
        xray([math.inf, 0.0], "float8_e4m3fn")


def test_a_wider_number_is_rounded_to_the_format_that_is_named():
    assert bits(np.longdouble(1.5), "float16") == bits(1.5, "float16")


def test_no_ml_dtypes_is_needed():
    code = (
        "import sys\n"
        "sys.modules['ml_dtypes'] = None\n"
        "from stable_softmax.precision import limits\n"
        "from stable_softmax.xray import xray\n"
        "print(limits('float8_e4m3fn').max, xray([1.0, 2.0], 'bfloat16')['sum'].values[0])\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "448.0 1.3671875\n"
    )
