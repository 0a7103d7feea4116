"""Attention and its gradients against 50 digits and finite differences."""

import ml_dtypes
import numpy as np
import pytest

from stable_softmax.attention import attention, attention_vjp
from stable_softmax.gradcheck import check_gradient
from stable_softmax.precision import reference
from tests.softmax.attending import OPTIONS, case, gradients_of

rng = np.random.default_rng(0)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("spread", [1.0, 30.0])
def test_against_50_digits(options, spread):
    query, key, value, cotangent = case(spread=spread)
    where = rng.random((4, 5)) < 0.6
    where[1] = False
    truth = reference.attention(query, key, value, where, **options).astype(float)
    np.testing.assert_allclose(
        attention(query, key, value, where=where, **options), truth, rtol=1e-11, atol=1e-14 * spread
    )
    found = attention_vjp(query, key, value, cotangent, where=where, **options)
    *truths, of_sink = reference.attention_vjp(query, key, value, cotangent, where, **options)
    for gradient, expected in zip(gradients_of(found), truths, strict=True):
        np.testing.assert_allclose(gradient, expected.astype(float), rtol=1e-10, atol=1e-14 * spread**3)
    if "sink" in options:
        np.testing.assert_allclose(found.sink, float(of_sink), rtol=1e-10, atol=1e-13)
    else:
        assert found.sink is None


@pytest.mark.parametrize("dtype, room", [(np.float16, 2e-3), (ml_dtypes.bfloat16, 2e-2), (np.float32, 1e-6)])
@pytest.mark.parametrize("keys", [7, 90])  # rows of more than 64 are not computed in float64
def test_narrow_dtypes_against_50_digits(dtype, room, keys):
    query, key, value, cotangent = case(keys=keys, dtype=dtype)
    where = rng.random((4, keys)) < 0.7
    found = attention(query, key, value, where=where)
    assert found.dtype == dtype
    truth = reference.attention(query, key, value, where).astype(float)
    np.testing.assert_allclose(found.astype(float), truth, rtol=room, atol=room)
    gradients = gradients_of(attention_vjp(query, key, value, cotangent, where=where))
    for gradient, expected in zip(
        gradients, reference.attention_vjp(query, key, value, cotangent, where), strict=False
    ):
        assert gradient.dtype == dtype
        np.testing.assert_allclose(gradient.astype(float), expected.astype(float), rtol=room, atol=room)


@pytest.mark.parametrize("options", [*OPTIONS, {"causal": True}])
def test_gradients_against_finite_differences(options):
    query, key, value, cotangent = case(queries=5, batch=(2,))
    where = np.random.default_rng(3).random((2, 5, 5)) < 0.7
    where[1, 2] = False
    found = attention_vjp(query, key, value, cotangent, where=where, **options)

    def loss(changed, place):
        arrays = [query, key, value]
        arrays[place] = changed
        return (attention(*arrays, where=where, **options) * cotangent).sum()

    for place, (array, gradient) in enumerate(zip((query, key, value), gradients_of(found), strict=True)):
        assert check_gradient(lambda x, place=place: loss(x, place), gradient, array, floor=0.01).error < 1e-7
    if "sink" in options:
        more = {name: option for name, option in options.items() if name != "sink"}

        def of_sink(sink):
            return (attention(query, key, value, where=where, sink=sink, **more) * cotangent).sum()

        for shape in [(), (5,), (2, 1)]:
            sink = np.full(shape, options["sink"])
            gradient = attention_vjp(query, key, value, cotangent, where=where, sink=sink, **more).sink
            assert gradient.shape == shape
            assert check_gradient(of_sink, gradient, sink, floor=0.01).error < 1e-7


def test_the_slope_of_a_soft_cap_keeps_its_digits():
    """1 - tanh^2 of 30 is 0 in float64, and the score 60's slope is not."""
    query, key, value = [[60.0]], [[1.0], [1.0]], [[1.0], [-1.0]]
    found = attention_vjp(query, key, value, [[1.0]], scale=1.0, soft_cap=2.0)
    truth = reference.attention_vjp(query, key, value, [[1.0]], scale=1.0, soft_cap=2.0)[1]
    assert 1 - np.tanh(30.0) ** 2 == 0 and found.key[0, 0] > 0
    np.testing.assert_allclose(found.key, truth.astype(float), rtol=1e-13)
