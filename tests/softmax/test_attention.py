"""Attention and its contract: no NaN for finite scores, 0 where masked; what its options mean, and its errors."""

import warnings

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stable_softmax import softmax
from stable_softmax.attention import attention, attention_vjp, attention_weights
from tests.softmax.attending import OPTIONS, case, gradients_of

INF, NAN = np.inf, np.nan
DTYPES = [np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, np.float32, np.float64]


# The contract -------------------------------------------------------------------------------------


@st.composite
def problems(draw):
    dtype = draw(st.sampled_from(DTYPES))
    sides = st.integers(0, 4)
    queries, keys, features, width = (draw(sides) for _ in range(4))
    batch = draw(st.sampled_from([(), (2,), (1, 3)]))
    numbers = st.sampled_from([-40.0, -2.5, -1.0, 0.0, 0.5, 3.0, 100.0])
    shapes = [(queries, features), (keys, features), (keys, width), (queries, width)]
    arrays = [draw(hnp.arrays(float, (*batch, *shape), elements=numbers)).astype(dtype) for shape in shapes]
    where = draw(
        st.one_of(
            hnp.arrays(bool, (*batch, queries, keys)),
            hnp.arrays(bool, (keys,)),  # padding
            hnp.arrays(bool, (queries, 1)),
            st.just(np.tri(queries, keys, -1, dtype=bool)),  # causal, and not oneself
        )
    )
    options = draw(st.sampled_from([*OPTIONS, {"causal": True}] if queries == keys else OPTIONS))
    return arrays, where, options


@given(problems())
def test_finite_scores_give_no_nan_and_masked_places_0(problem):
    """Any mask, dtype and shape; wholly masked rows and no keys at all among them."""
    (query, key, value, cotangent), where, options = problem
    seen = np.broadcast_to(where, (*query.shape[:-1], key.shape[-2]))
    if options.get("causal"):
        seen = seen & np.tri(key.shape[-2], dtype=bool)
    dtype = query.dtype
    output = attention(query, key, value, where=where, **options)
    assert output.dtype == dtype and output.shape == cotangent.shape
    weights = attention_weights(query, key, where=where, **options)
    found = attention_vjp(query, key, value, cotangent, where=where, **options)
    room = 4 * float(ml_dtypes.finfo(dtype).eps) + 1e-12
    for array in (output, weights):
        assert np.isfinite(array.astype(float)).all()
    largest = float(ml_dtypes.finfo(dtype).max)
    wide = [a.astype(float) for a in (query, key, value, cotangent)]
    in_full = attention_vjp(*wide, where=where, **options)
    for gradient, full in zip(gradients_of(found), gradients_of(in_full), strict=True):
        assert np.isfinite(full).all()
        fits = np.abs(full) < 0.9 * largest  # float8 ends at 448
        assert np.isfinite(gradient.astype(float)[fits]).all() and (fits.all() or dtype.itemsize == 1)
    assert (weights.astype(float)[~seen] == 0).all()
    sums = weights.astype(float).sum(axis=-1)
    assert (sums <= 1 + room * key.shape[-2]).all()
    alone = ~seen.any(axis=-1)
    assert (sums[alone] == 0).all() and (output.astype(float)[alone] == 0).all()
    assert (found.query.astype(float)[alone] == 0).all()
    unseen = ~seen.any(axis=-2)
    assert (found.key.astype(float)[unseen] == 0).all() and (found.value.astype(float)[unseen] == 0).all()
    if "sink" not in options:
        np.testing.assert_allclose(sums[~alone], 1, atol=room * max(key.shape[-2], 1))


@given(problems(), st.sampled_from([NAN, INF, -INF]))
def test_what_takes_no_part_may_hold_anything(problem, poison):
    """Keys and values that no query sees, and queries that see nothing, with their cotangents."""
    (query, key, value, cotangent), where, options = problem
    if query.dtype.itemsize == 1:
        return
    seen = np.broadcast_to(where, (*query.shape[:-1], key.shape[-2])).copy()
    if options.get("causal"):
        seen &= np.tri(key.shape[-2], dtype=bool)
    expected = attention(query, key, value, where=where, **options)
    gradients = gradients_of(attention_vjp(query, key, value, cotangent, where=where, **options))
    unseen, alone = ~seen.any(axis=-2), ~seen.any(axis=-1)
    poisoned = [
        np.where(place[..., np.newaxis], np.asarray(poison, array.dtype), array)
        for array, place in ((query, alone), (key, unseen), (value, unseen), (cotangent, alone))
    ]
    np.testing.assert_array_equal(attention(*poisoned[:3], where=where, **options), expected)
    found = gradients_of(attention_vjp(*poisoned, where=where, **options))
    for one, other in zip(found, gradients, strict=True):
        np.testing.assert_array_equal(one.astype(float), other.astype(float))


@pytest.mark.parametrize("poison", [NAN, INF])
def test_a_bad_number_reaches_those_alone_that_see_it(poison):
    """Token 3 of 5 is bad; with a causal mask tokens 0 to 2 know nothing of it."""
    query, key, value, cotangent = case(queries=5)
    clean = attention(query, key, value, causal=True)
    for place in range(3):
        arrays = [query.copy(), key.copy(), value.copy()]
        arrays[place][3] = poison
        found = attention(*arrays, causal=True)
        np.testing.assert_array_equal(found[:3], clean[:3])
        assert np.isnan(found[3]).all()
        gradients = attention_vjp(*arrays, cotangent, causal=True)
        assert np.isfinite(gradients.query[:3]).all()
        if place == 0:  # query 3 does not see key 4
            assert np.isfinite(gradients.key[4]).all() and np.isfinite(gradients.value[4]).all()
            assert np.isnan(gradients.key[:4]).all()


def test_masked_altogether():
    query, key, value, cotangent = case()
    where = np.ones((4, 5), bool)
    where[2] = False
    output = attention(query, key, value, where=where)
    assert (output[2] == 0).all()
    others = [0, 1, 3]
    np.testing.assert_allclose(output[others], attention(query[others], key, value), rtol=1e-13)
    found = attention_vjp(query, key, value, cotangent, where=where)
    fewer = attention_vjp(query[others], key, value, cotangent[others])
    np.testing.assert_allclose(found.key, fewer.key, rtol=1e-12)
    np.testing.assert_allclose(found.value, fewer.value, rtol=1e-12)
    assert (found.query[2] == 0).all()
    # With a sink such a row needs no rule: the weights flow there.
    assert (attention(query, key, value, where=where, sink=-800.0)[2] == 0).all()


def test_a_masked_key_is_one_that_is_not_there():
    query, key, value, cotangent = case()
    kept = np.array([True, False, True, True, False])
    np.testing.assert_allclose(
        attention(query, key, value, where=kept), attention(query, key[kept], value[kept]), rtol=1e-13
    )
    found = attention_vjp(query, key, value, cotangent, where=kept)
    fewer = attention_vjp(query, key[kept], value[kept], cotangent)
    np.testing.assert_allclose(found.key[kept], fewer.key, rtol=1e-12)
    np.testing.assert_allclose(found.query, fewer.query, rtol=1e-12)


@pytest.mark.parametrize("keys", [10, 100])  # rows of more than 64 are computed in float32
@pytest.mark.parametrize(
    "options, expected",
    [
        ({"sink": 1e39}, 0.0),
        ({"sink": [-1e39]}, 4.5),
        ({"soft_cap": 1e39}, 4.5),
        ({"soft_cap": 1e-50}, 4.5),
        ({"scale": 1e39}, 4.5),
        ({"scale": 1e-50}, 4.5),
    ],
)
def test_options_need_not_fit_the_dtype(options, expected, keys):
    """A finite number that is infinite or 0 in float32 gives no NaN."""
    key, value = np.ones((keys, 1), np.float32), np.tile(np.arange(10, dtype=np.float32), keys // 10)[:, np.newaxis]
    with warnings.catch_warnings(action="error"):
        for number in (0, 1):
            query = np.full((1, 1), number, np.float32)
            found = attention(query, key, value, **options)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected, rtol=1e-6)
            assert (attention(query, key, value, where=np.zeros(keys, bool), **options) == 0).all()
            back = attention_vjp(query, key, value, [[1.0]], **options)
            assert not any(np.isnan(gradient).any() for gradient in gradients_of(back))


def test_scores_that_overflow():
    """Infinite ones: NaN if none is left but -inf, and where there is +inf; a soft cap makes them finite."""
    assert np.isnan(attention([[-1e200]], [[1e200]], [[1.0]])).all()
    assert attention([[-1e200]], [[1e200], [0.0]], [[1.0], [2.0]]) == 2
    assert attention([[-1e200]], [[1e200]], [[1.0]], sink=0.0) == 0
    assert attention([[1e200]], [[1e200]], [[1.0]], soft_cap=5.0) == 1


def test_scores_of_any_size():
    for spread in (1e-200, 1e-3, 1e3, 1e150):
        query, key, value, cotangent = case(spread=spread)
        assert np.isfinite(attention(query, key, value, causal=False)).all()
        found = attention_vjp(query, key, value, cotangent / spread)
        assert all(np.isfinite(gradient).all() for gradient in gradients_of(found)) or spread > 1e100
    query, key, value, cotangent = case(spread=60.0, dtype=np.float16)
    assert np.isfinite(attention(query, key, value)).all()  # products beyond 65,504
    assert np.isnan(attention([[1e200]], [[1e200]], [[1.0]])).all()  # a score of inf is not finite


# What the options mean ----------------------------------------------------------------------------


def test_weights_and_averages():
    query, key, value, _ = case()
    weights = attention_weights(query, key)
    np.testing.assert_allclose(weights, softmax(query @ key.T / np.sqrt(3)), rtol=1e-13)
    np.testing.assert_allclose(weights @ value, attention(query, key, value), rtol=1e-13)
    np.testing.assert_allclose(attention_weights(query, key, scale=0.0), 1 / 5, rtol=1e-15)


def test_a_causal_mask_and_another_one_hold_together():
    query, key, value, cotangent = case(queries=5)
    where = np.array([True, True, False, True, True])
    both = np.tri(5, dtype=bool) & where
    weights = attention_weights(query, key, where=where, causal=True)
    assert ((weights > 0) == both).all()
    np.testing.assert_array_equal(
        attention(query, key, value, where=where, causal=True), attention(query, key, value, where=both)
    )
    one, other = (
        attention_vjp(query, key, value, cotangent, **mask)
        for mask in ({"where": where, "causal": True}, {"where": both})
    )
    for found, expected in zip(gradients_of(one), gradients_of(other), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_sink_is_a_key_whose_value_is_0():
    query, key, value, cotangent = case()
    found = attention(query, key, value, sink=0.0)
    e = np.exp(query @ key.T / np.sqrt(3))
    np.testing.assert_allclose(found, e / (1 + e.sum(axis=1, keepdims=True)) @ value, rtol=1e-13)
    longer_key, longer_value = np.append(key, [[0, 0, 0]], axis=0), np.append(value, [[0, 0]], axis=0)
    np.testing.assert_allclose(found, attention(query, longer_key, longer_value), rtol=1e-13)
    longer = attention_vjp(query, longer_key, longer_value, cotangent)
    np.testing.assert_allclose(attention_vjp(query, key, value, cotangent, sink=0.0).key, longer.key[:5], rtol=1e-11)
    # Scores of -1000 are all far below the sink; shifting by their maximum and adding 1 would not see that.
    far = attention([[1000.0]], [[-1.0]], [[5.0]], scale=1.0, sink=0.0)
    assert far == 0


def test_a_soft_cap_bounds_the_scores():
    query, key, _, _ = case(spread=100.0)
    weights = attention_weights(query, key, soft_cap=2.0)
    assert (weights.max(axis=1) / weights.min(axis=1) <= np.exp(4.0) * (1 + 1e-12)).all()
    small, other = case(spread=1e-3)[:2]
    np.testing.assert_allclose(
        attention_weights(small, other, soft_cap=2.0), attention_weights(small, other), rtol=1e-12
    )


def test_heads_and_batches_broadcast():
    """One key and value for four heads of three texts, and gradients added up over them."""
    query, key, value, cotangent = case(batch=(3, 4))
    key, value = key[:, :1], value[:1, :1]
    where = np.random.default_rng(1).random((3, 1, 1, 5)) < 0.7
    found = attention(query, key, value, where=where)
    gradients = attention_vjp(query, key, value, cotangent, where=where)
    assert [g.shape for g in gradients_of(gradients)] == [query.shape, key.shape, value.shape]
    of_key, of_value = np.zeros_like(key), np.zeros_like(value)
    for text in range(3):
        for head in range(4):
            arguments = query[text, head], key[text, 0], value[0, 0]
            np.testing.assert_allclose(found[text, head], attention(*arguments, where=where[text, 0, 0]), rtol=1e-12)
            alone = attention_vjp(*arguments, cotangent[text, head], where=where[text, 0, 0])
            np.testing.assert_allclose(gradients.query[text, head], alone.query, rtol=1e-10, atol=1e-14)
            of_key[text, 0] += alone.key
            of_value[0, 0] += alone.value
    np.testing.assert_allclose(gradients.key, of_key, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(gradients.value, of_value, rtol=1e-10, atol=1e-14)


def test_arguments_without_some_of_the_batch_axes():
    query, key, value, cotangent = case(batch=(2, 2))
    key, value = key[0, :1], value[0, 0]  # shapes (1, 5, 3) and (5, 2)
    found = attention_vjp(query, key, value, cotangent)
    assert [g.shape for g in gradients_of(found)] == [query.shape, key.shape, value.shape]
    full = [np.broadcast_to(array, (2, 2, *array.shape[-2:])) for array in (key, value)]
    whole = attention_vjp(query, *full, cotangent)
    np.testing.assert_allclose(found.key, whole.key.sum(axis=(0, 1))[np.newaxis], rtol=1e-12)
    np.testing.assert_allclose(found.value, whole.value.sum(axis=(0, 1)), rtol=1e-12)


def test_one_feature_and_a_small_cap():
    np.testing.assert_allclose(attention_weights([[2.0]], [[1.0], [0.0]]), softmax([[2.0, 0.0]]), rtol=1e-15)
    capped = 0.5 * np.tanh(np.array([[4.0, 0.0]]))
    np.testing.assert_allclose(attention_weights([[2.0]], [[1.0], [0.0]], soft_cap=0.5), softmax(capped), rtol=1e-15)


@pytest.mark.parametrize("queries, batch", [(3, ()), (100, ()), (3, (90, 2))])
def test_queries_of_few_keys_are_computed_in_float64(queries, batch):
    """However many queries there are: it is the number of keys that counts."""
    arrays = case(queries=queries, keys=7, batch=batch, dtype=np.float32)
    wide = [array.astype(float) for array in arrays]
    np.testing.assert_array_equal(attention(*arrays[:3]), attention(*wide[:3]).astype(np.float32))
    for narrow, full in zip(gradients_of(attention_vjp(*arrays)), gradients_of(attention_vjp(*wide)), strict=True):
        np.testing.assert_array_equal(narrow, full.astype(np.float32))


def test_overflow_and_bad_numbers_warn_of_nothing():
    query, key, value, cotangent = case(spread=1e200)
    value[2] = INF
    with warnings.catch_warnings(action="error"):
        for options in OPTIONS:
            attention(query, key, value, **options)
            attention_weights(query, key, **options)
            attention_vjp(query, key, value, cotangent, **options)


def test_whoever_asks_numpy_to_raise_gets_no_error():
    """Weights and gradients that are too small for float16 are 0."""
    query, key, value, cotangent = case(spread=6.0, dtype=np.float16)
    small = (value * np.float16(1e-6)).astype(np.float16)
    assert (attention_weights(query, key) == 0).any()
    with np.errstate(all="raise"):
        attention(query, key, small)
        attention_weights(query, key)
        attention_vjp(query, key, small, cotangent * np.float16(1e-2))


def test_dtypes():
    query, key, value, cotangent = case(dtype=np.float32)
    found = attention_vjp(query, key.astype(float), value, cotangent)
    assert [g.dtype for g in gradients_of(found)] == [np.float32, np.float64, np.float32]
    assert attention(query, key, value.astype(float)).dtype == np.float64
    assert attention([[1, 0]], [[1, 0]], [[3]]).dtype == np.float64
    assert attention_weights(query, key).dtype == np.float32


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"query": np.zeros(3)}, ValueError, r"query must have at least two axes, .* got shape \(3,\)"),
        ({"key": np.zeros((5, 4))}, ValueError, r"key must have as many features as query, 3, got shape \(5, 4\)"),
        ({"value": np.zeros((4, 2))}, ValueError, r"value must have as many rows as key, 5, got shape \(4, 2\)"),
        ({"key": np.zeros((2, 5, 3)), "value": np.zeros((3, 5, 2))}, ValueError, "query, key and value must broadcast"),
        ({"query": np.zeros((4, 3), complex)}, TypeError, "query must hold real numbers"),
        ({"query": np.zeros((4, 3), np.float16), "key": np.zeros((5, 3), ml_dtypes.bfloat16)}, TypeError, "no common dtype"),
        ({"where": np.ones((4, 5))}, TypeError, "where must hold booleans, got dtype float64"),
        ({"where": np.ones((5, 4), bool)}, ValueError, r"where must broadcast to the shape of the scores, \(4, 5\)"),
        ({"causal": True}, ValueError, r"causal must be False unless .* got 4 and 5; pass where=numpy.tri\(4, 5, 1, "),
        ({"causal": 1}, TypeError, "causal must be a bool, got 1"),
        ({"scale": "1"}, TypeError, "scale must be a number, got '1'"),
        ({"scale": True}, TypeError, "scale must be a number, got True"),
        ({"scale": INF}, ValueError, "scale must be finite, got inf"),
        ({"soft_cap": 0}, ValueError, "soft_cap must be positive and finite, got 0"),
        ({"soft_cap": NAN}, ValueError, "soft_cap must be finite, got nan"),
        ({"sink": -INF}, ValueError, "sink must be finite"),
        ({"sink": np.zeros(5)}, ValueError, r"sink must broadcast to the queries' shape, \(4,\), got shape \(5,\)"),
    ],
)  # fmt: skip
def test_errors_name_the_argument(changes, error, message):
    query, key, value, cotangent = case()
    arguments = {"query": query, "key": key, "value": value} | changes
    with pytest.raises(error, match=message):
        attention(**arguments)
    with pytest.raises(error, match=message):
        attention_vjp(**arguments, cotangent=cotangent)


def test_a_cotangent_of_another_shape():
    query, key, value, cotangent = case()
    with pytest.raises(ValueError, match=r"cotangent must have the output's shape, \(4, 2\), got shape \(4, 1\)"):
        attention_vjp(query, key, value, cotangent[:, :1])
    with pytest.raises(TypeError, match="cotangent must hold real numbers"):
        attention_vjp(query, key, value, cotangent * 1j)
    with pytest.raises(TypeError):
        attention(query, key, value, np.ones((4, 5), bool))  # the mask by its name only
