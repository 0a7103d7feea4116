"""Draws: their distribution by chi-square, the ends of the cumulative sum, Gumbel noise, and gradients.

Seeds are fixed, so no test fails by chance. A chi-square test here fails below a p-value of ALARM: with other seeds one
right sampler in a million would be taken for a wrong one.
"""

import ml_dtypes
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import softmax
from stable_softmax.gradcheck import finite_difference
from stable_softmax.sampling import (
    filter_scores,
    gumbel_max,
    gumbel_softmax,
    gumbel_softmax_with_vjp,
    sample,
    temper,
)
from tools import answers

INF, NAN = np.inf, np.nan
SAMPLERS = [sample, gumbel_max]
DTYPES = [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.longdouble]
ALARM = 1e-6


def p_value(draws, p):
    """Of the draws' counts, if `p` is the distribution; 0 if a class of probability 0 was drawn."""
    counts = np.bincount(draws.ravel(), minlength=len(p))
    possible = p > 0
    if counts[~possible].any():
        return 0.0
    expected = p[possible] / p[possible].sum() * draws.size
    assert expected.min() >= 5, "too few draws for the chi-square approximation"
    return scipy.stats.chisquare(counts[possible], expected).pvalue if possible.sum() > 1 else 1.0


class Fixed(np.random.Generator):
    """A generator whose uniform numbers are all the same."""

    def __init__(self, value):
        super().__init__(np.random.PCG64(0))
        self.value = value

    def random(self, size=None):
        return np.full(size, self.value)


LARGEST = 1 - 2.0**-53

# Distributions ------------------------------------------------------------------------------------

CASES = {
    "three": (np.log([0.5, 0.3, 0.2]), {}),
    "masked": (np.array([-INF, 1.0, -INF, 2.0, -INF]), {}),
    "one left": (np.array([-INF, 3.0, -INF]), {}),
    "far from 0": (np.array([1e4, 1e4 + 1, 1e4 - 1, -1e4]), {}),
    "warm": (np.array([0.0, 1.0, 3.0]), {"temperature": 2.5}),
    "cold, with a tie": (np.array([3.0, 1.0, 3.0]), {"temperature": 0}),
    "infinitely warm": (np.array([1e4, -1e4, 0.0, -INF]), {"temperature": INF}),
    "filtered": (np.arange(8.0) / 2, {"temperature": 1.5, "top_k": 6, "top_p": 0.9, "min_p": 0.1}),
    "many": (np.random.default_rng(5).normal(0, 1, 60), {}),
}


@pytest.mark.parametrize("draw", SAMPLERS)
@pytest.mark.parametrize("case", CASES)
def test_the_distribution_is_softmax(draw, case):
    x, options = CASES[case]
    p = softmax(filter_scores(x, **options))
    assert p_value(draw(x, np.random.default_rng(13), size=300_000, **options), p) > ALARM


@pytest.mark.parametrize("draw", SAMPLERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_dtype(draw, dtype):
    x = np.array([1.5, 0, -1, 2, -INF], dtype)
    draws = draw(x, np.random.default_rng(1), size=(1000, 100))
    assert draws.dtype == np.int64 and draws.shape == (1000, 100)
    assert p_value(draws, softmax(x.astype(np.float64))) > ALARM


@pytest.mark.parametrize("draw", SAMPLERS)
def test_the_rows_of_a_batch_have_each_their_distribution_and_are_independent(draw):
    x = np.random.default_rng(2).normal(0, 1.5, (2, 4, 3))
    draws = draw(x, np.random.default_rng(3), size=100_000, axis=1)
    assert draws.shape == (100_000, 2, 3)
    p = softmax(x, axis=1)
    for i, j in np.ndindex(2, 3):
        assert p_value(draws[:, i, j], p[i, :, j]) > ALARM
    pairs = draws[:, 0, 0] * 4 + draws[:, 1, 2]
    assert p_value(pairs, np.outer(p[0, :, 0], p[1, :, 2]).ravel()) > ALARM
    assert p_value(draws[:-1, 0, 0] * 4 + draws[1:, 0, 0], np.outer(p[0, :, 0], p[0, :, 0]).ravel()) > ALARM


@pytest.mark.parametrize("error", [0.02, -0.02])
def test_the_test_itself_finds_a_wrong_sampler(error):
    p = np.array([0.5, 0.3, 0.2])
    wrong = p + np.array([error, -error, 0])
    draws = sample(np.log(wrong), np.random.default_rng(13), size=300_000)
    assert p_value(draws, p) < ALARM < p_value(draws, wrong)


def test_many_rows_in_blocks():
    """One draw for each of 4,000 rows of 1,000 classes, whatever way they are stored."""
    x = np.tile(np.repeat([0.0, np.log(3.0)], 500), (4000, 1)).astype(np.float32)
    for draw in SAMPLERS:
        draws = draw(x, np.random.default_rng(4))
        assert draws.shape == (4000,)
        assert p_value(draws // 500, np.array([0.25, 0.75])) > ALARM
        np.testing.assert_array_equal(draw(np.asfortranarray(x), np.random.default_rng(4)), draws)
        np.testing.assert_array_equal(draw(np.ascontiguousarray(x.T), np.random.default_rng(4), axis=0), draws)


@pytest.mark.parametrize("draw", SAMPLERS)
def test_the_same_seed_gives_the_same_draws(draw):
    x = np.random.default_rng(0).normal(0, 1, (5, 7))
    one, two = (draw(x, np.random.default_rng(9), size=50) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert (draw(x, np.random.default_rng(10), size=50) != one).any()


# The ends of the cumulative sum -------------------------------------------------------------------

SCORES = st.one_of(
    st.sampled_from([-INF, -1e4, -745.0, -40.0, -36.0, 0.0, 1e-9, 1e4]), st.floats(-50, 50), st.floats(-1e300, 1e300)
)


@given(hnp.arrays(np.float64, st.integers(1, 60), elements=SCORES), st.sampled_from([0.0, 2.0**-53, 0.5, LARGEST]))
def test_no_draw_falls_off_the_end_or_hits_a_mask(x, u):
    x[0] = 3.0
    for scores in (x, x[::-1].copy(), x[::-1].astype(np.float16) if abs(x[x > -INF]).max() < 6e4 else x):
        drawn = sample(scores, Fixed(u))
        assert 0 <= drawn < len(x) and scores[drawn] > -INF


@given(st.integers(1, 5000), st.integers(0, 2**32))
def test_the_largest_random_number_times_the_sum_is_below_the_sum(n, seed):
    total = np.cumsum(np.random.default_rng(seed).random(n))[-1]
    assert LARGEST * total < total


def test_where_the_float32_sum_falls_short():
    """Probabilities of 1,000 classes in float32 whose cumulative sum ends below the largest random number."""
    x = np.random.default_rng(0).normal(0, 1, (200, 1000)).astype(np.float32)
    short = np.cumsum(softmax(x), axis=1)[:, -1] < LARGEST
    assert short.sum() > 20
    assert np.all(sample(x[short], Fixed(LARGEST)) == 999)
    trailing = np.concatenate([x, np.full((200, 3), -INF, np.float32)], axis=1)
    assert np.all(sample(trailing, Fixed(LARGEST)) == 999)


def test_the_boundaries_between_classes():
    """u = 0 draws the first class that has a probability; at a boundary the next class begins."""
    x = np.log([0.5, 0.25, 0.25])
    assert [int(sample(x, Fixed(u))) for u in (0, 0.49, 0.51, 0.74, 0.76, LARGEST)] == [0, 0, 1, 1, 2, 2]
    assert sample([0.0, 0.0], Fixed(0.5)) == 1
    assert sample([-INF, -INF, 0.0, 0.0, -INF], Fixed(0.0)) == 2


def test_inverse_cdf_agrees_with_a_plain_loop():
    rng = np.random.default_rng(6)
    x = rng.normal(0, 2, (300, 7))
    u = np.random.default_rng(7).random((300, 1))[:, 0]
    for row, one, drawn in zip(x, u, sample(x, np.random.default_rng(7)), strict=True):
        place, total = 0, softmax(row)[0]
        while total <= one:
            place += 1
            total += softmax(row)[place]
        assert drawn == place


# Gumbel -------------------------------------------------------------------------------------------


def test_the_noise_is_finite_and_its_distribution_that_of_scipy():
    noise = np.random.default_rng(8).gumbel(size=1_000_000)
    assert scipy.stats.kstest(noise[:100_000], scipy.stats.gumbel_r.cdf).pvalue > ALARM
    assert -3.7 < -np.log(-np.log(2.0**-53)) < noise.min() and noise.max() < -np.log(-np.log(LARGEST)) < 36.8


def test_a_relaxed_draw_has_the_largest_entry_where_the_hard_one_has_its_1():
    x = np.random.default_rng(1).normal(0, 2, (4, 5, 6))
    for axis in (0, 1, -1):
        soft = gumbel_softmax(x, np.random.default_rng(2), temperature=0.7, axis=axis)
        hard = gumbel_softmax(x, np.random.default_rng(2), temperature=0.7, axis=axis, hard=True)
        cold = gumbel_softmax(x, np.random.default_rng(2), temperature=0, axis=axis)
        np.testing.assert_allclose(soft.sum(axis), 1)
        np.testing.assert_array_equal(soft.argmax(axis), hard.argmax(axis))
        np.testing.assert_array_equal(hard, cold)
        assert set(np.unique(hard)) == {0, 1} and (hard.sum(axis) == 1).all()


@pytest.mark.parametrize("temperature", [0, 0.5, 1, 1e300, INF])
@pytest.mark.parametrize("offset", [0.0, 2.0**60, -1e300])
def test_a_hard_draw_is_that_of_gumbel_max_whatever_temperature_and_offset(temperature, offset):
    x = np.array([0.0, -INF, 0.5, 1.0]) if not offset else offset + np.array([0.0, -INF, 0.0, 0.0])
    for seed in range(40):
        hard = gumbel_softmax(x, np.random.default_rng(seed), temperature=temperature, hard=True)
        assert hard.argmax() == gumbel_max(x, np.random.default_rng(seed))
    if temperature == 1:
        soft = gumbel_softmax(x, np.random.default_rng(0))
        shifted = gumbel_softmax(x - x.max(), np.random.default_rng(0))
        np.testing.assert_allclose(soft, shifted, rtol=1e-13)


def test_the_temperature_is_1_if_none_is_given():
    x = np.array([[1.0, 0.0, 3.0]])
    expected = gumbel_softmax(x, np.random.default_rng(0), temperature=1)
    np.testing.assert_array_equal(gumbel_softmax(x, np.random.default_rng(0)), expected)
    np.testing.assert_array_equal(gumbel_softmax_with_vjp(x, np.random.default_rng(0))[0], expected)
    for draw in SAMPLERS:
        draws = draw(x, np.random.default_rng(0), size=100)
        np.testing.assert_array_equal(draw(x, np.random.default_rng(0), size=100, temperature=1), draws)


@pytest.mark.parametrize("temperature", [0.1, 1, 10, INF])
def test_the_largest_entry_of_a_relaxed_draw_has_the_distribution_of_softmax(temperature):
    x = np.array([1.0, -INF, 0.0, 2.0])
    draws = gumbel_softmax(np.tile(x, (200_000, 1)), np.random.default_rng(3), temperature=temperature)
    if temperature < INF:
        assert p_value(draws.argmax(axis=-1), softmax(x)) > ALARM
    else:
        np.testing.assert_allclose(draws, np.tile([1 / 3, 0, 1 / 3, 1 / 3], (200_000, 1)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-3, 1, 1e300, INF])
def test_relaxed_draws_of_extreme_scores_are_never_nan(dtype, temperature):
    x = np.array([[1e4, -1e4, 0, -INF], [0, 0, 0, -INF]], dtype)
    for hard in (False, True):
        draw = gumbel_softmax(x, np.random.default_rng(0), temperature=temperature, hard=hard)
        assert draw.dtype == x.dtype
        values = draw.astype(np.float64)
        assert not np.isnan(values).any() and np.all(values[:, 3] == 0) and abs(values.sum(axis=1) - 1).max() < 0.01
        if temperature:
            gradient = gumbel_softmax_with_vjp(x, np.random.default_rng(0), temperature=temperature, hard=hard)[1](draw)
            assert gradient.dtype == x.dtype
            gradient = gradient.astype(np.float64)
            assert not np.isnan(gradient).any() and np.all(gradient[:, 3] == 0)


@pytest.mark.parametrize("temperature", [0.5, 1, 3])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_gradient_of_a_relaxed_draw(temperature, axis):
    x = np.random.default_rng(4).normal(0, 1, (3, 4))
    v = np.random.default_rng(5).normal(0, 1, (3, 4))
    options = {"temperature": temperature, "axis": axis}

    def loss(x):
        return (v * gumbel_softmax(x, np.random.default_rng(6), **options)).sum()

    draw, vjp = gumbel_softmax_with_vjp(x, np.random.default_rng(6), **options)
    np.testing.assert_allclose(draw, gumbel_softmax(x, np.random.default_rng(6), **options))
    np.testing.assert_allclose(vjp(v), finite_difference(loss, x), atol=1e-8)
    hard, straight = gumbel_softmax_with_vjp(x, np.random.default_rng(6), hard=True, **options)
    np.testing.assert_array_equal(hard, draw == draw.max(axis, keepdims=True))
    np.testing.assert_array_equal(straight(v), vjp(v))


# Other libraries ----------------------------------------------------------------------------------


class Given(np.random.Generator):
    """A generator whose Gumbel noise is given."""

    def __init__(self, noise):
        super().__init__(np.random.PCG64(0))
        self.noise = noise

    def gumbel(self, size=None):
        assert size == self.noise.shape
        return self.noise


@pytest.mark.parametrize("name", answers.cases.RELAXED_DRAWS)
def test_pytorchs_relaxed_draws_with_the_same_noise(name):
    case = answers.cases.RELAXED_DRAWS[name]
    torch = answers.stored("torch", "gumbel-softmax", name)
    options = {"temperature": case["tau"], "hard": case["hard"]}
    rng = Given(-np.log(case["exponential"]))
    draw = gumbel_softmax(case["scores"], rng, **options)
    if not case["tau"]:
        assert np.isnan(torch["draw"]).all() and set(np.unique(draw)) == {0, 1}
        return
    np.testing.assert_allclose(draw, torch["draw"], rtol=1e-11, atol=1e-13)
    gradient = gumbel_softmax_with_vjp(case["scores"], rng, **options)[1](case["cotangent"])
    np.testing.assert_allclose(gradient, torch["gradient"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", answers.cases.TEMPERATURES)
def test_pytorch_has_no_answer_at_the_ends(name):
    """At T = 0 and at infinity its probabilities are NaN, and it refuses to draw; here both have an answer."""
    case = answers.cases.TEMPERATURES[name]
    torch = answers.stored("torch", "temperature", name)
    here = softmax(temper(case["scores"], case["temperature"]))
    assert abs(here.sum() - 1) < 1e-15
    if 0 < case["temperature"] < INF:
        np.testing.assert_allclose(torch["probabilities"], here)
    else:
        assert np.isnan(torch["probabilities"]).all()
        assert torch["drawn"] == "probability tensor contains either `inf`, `nan` or element < 0"


@pytest.mark.parametrize("dtype, share", [("bfloat16", 2.0**-7), ("float32", 2.0**-23)])
def test_jaxs_noise_ends_where_its_uniform_numbers_do(dtype, share):
    largest = answers.stored("jax", "gumbel noise", dtype)["largest"]
    assert abs(largest + np.log(-np.log1p(-share))) < 0.01


def test_jaxs_draws_in_bfloat16_have_another_distribution():
    for dtype, right in (("float32", True), ("bfloat16", False)):
        for name in ("equal scores", "one far below"):
            case = answers.cases.DRAWS[f"{dtype}, {name}"]
            counts = answers.stored("jax", "draws", f"{dtype}, {name}")["counts"]
            p = softmax(case["scores"])
            assert (scipy.stats.chisquare(counts, p * counts.sum()).pvalue > ALARM) == right
            for draw in SAMPLERS:
                x = case["scores"].astype(ml_dtypes.bfloat16)
                assert p_value(draw(x, np.random.default_rng(5), size=1_000_000), p) > ALARM


# Errors -------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("draw", [*SAMPLERS, gumbel_softmax, gumbel_softmax_with_vjp])
@pytest.mark.parametrize(
    "x, options, error, message",
    [
        ([1.0], {"rng": None}, TypeError, "rng must be a numpy.random.Generator"),
        ([1.0], {"rng": 0}, TypeError, "rng must be a numpy.random.Generator"),
        ([1.0], {"rng": np.random.RandomState(0)}, TypeError, "rng must be a numpy.random.Generator"),
        (1.0, {}, ValueError, "x must have a class axis"),
        (np.zeros((2, 0)), {}, ValueError, "x must have a class at least along axis 1"),
        ([[1.0, 2.0], [NAN, 1.0]], {}, ValueError, r"x must have finite scores.* got row \(1,\) .* nan"),
        ([[1.0, 2.0], [INF, 1.0]], {}, ValueError, r"got row \(1,\) with the largest score inf"),
        ([-INF, -INF], {}, ValueError, "got the row with the largest score -inf"),
        ([1j], {}, TypeError, "x must hold real numbers"),
        ([1.0], {"axis": 1}, np.exceptions.AxisError, "axis"),
        ([1.0], {"axis": None}, TypeError, "axis must be one int"),
        ([1.0], {"temperature": -1}, ValueError, "temperature must be 0 or more"),
    ],
)
def test_errors_name_the_argument(draw, x, options, error, message):
    with pytest.raises(error, match=message):
        draw(x, **{"rng": RNG, **options})


@pytest.mark.parametrize("draw", SAMPLERS)
def test_sizes(draw):
    with pytest.raises(ValueError, match="size must be 0 or more"):
        draw([1.0], RNG, size=-1)
    with pytest.raises(TypeError, match="size must be an int"):
        draw([1.0], RNG, size=2.5)
    assert draw([1.0, 2.0], RNG, size=()).shape == draw([1.0, 2.0], RNG).shape == ()
    assert draw([1.0, 2.0], RNG, size=0).shape == (0,)
    assert draw(np.zeros((0, 3)), RNG, size=4).shape == (4, 0)
    with pytest.raises(ValueError, match="min_p must lie in 0 to 1"):
        draw([1.0], RNG, min_p=2)


def test_there_is_no_gradient_at_temperature_0():
    with pytest.raises(ValueError, match="temperature must be above 0"):
        gumbel_softmax_with_vjp([1.0, 2.0], RNG, temperature=0)
