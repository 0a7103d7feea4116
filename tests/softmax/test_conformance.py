"""Cases in the manner of ONNX's operator tests and SciPy's own, against plain loops over Python floats.

The loops know nothing of this package and nothing of NumPy's reductions. Their scores are small, so that nothing
overflows; what is special about large scores is asked for by shifting them, or by answers that are known.
"""

import itertools
import math

import numpy as np
import pytest

import stable_softmax as ss

INF, NAN = math.inf, math.nan
TOLERANCE = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-14}


def by_rows(function, x, axes):
    """Apply a function from a list of scores to a list or a number to each row of `x` along `axes`."""
    axes = [axis % x.ndim for axis in axes]
    batch = [axis for axis in range(x.ndim) if axis not in axes]
    rows = x.transpose(batch + axes).reshape(*[x.shape[i] for i in batch], -1)
    return np.array([function(row) for row in rows.reshape(-1, rows.shape[-1]).tolist()]), rows.shape, batch + axes


def plain_log_softmax(row):
    log_sum = math.log(math.fsum(map(math.exp, row)))
    return [score - log_sum for score in row]


def plain_losses(x, labels, weight, ignore_index, smoothing=0.0):
    """Losses and weights of the rows, scores with the classes along axis 1."""
    classes = x.shape[1]
    weight = [1.0] * classes if weight is None else weight
    losses, weights = [], []
    for place in np.ndindex(labels.shape):
        label = int(labels[place])
        row = [float(x[(place[0], k, *place[1:])]) for k in range(classes)]
        if label == ignore_index:
            losses.append(0.0)
            weights.append(0.0)
            continue
        minus_log = [-value for value in plain_log_softmax(row)]
        spread = math.fsum(weight[k] * minus_log[k] for k in range(classes)) / classes
        losses.append((1 - smoothing) * weight[label] * minus_log[label] + smoothing * spread)
        weights.append(weight[label])
    return losses, weights


def plain_cross_entropy(x, labels, weight, ignore_index, reduction, smoothing=0.0):
    losses, weights = plain_losses(x, labels, weight, ignore_index, smoothing)
    if reduction == "none":
        return np.array(losses).reshape(labels.shape)
    total = math.fsum(losses)
    if reduction == "sum":
        return total
    return total / math.fsum(weights) if math.fsum(weights) else NAN


# Operators of ONNX: Softmax, LogSoftmax, ReduceLogSumExp


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_softmax_and_its_logarithm_along_each_axis(axis, dtype):
    x = np.abs(np.random.default_rng(0).normal(0, 2, (3, 4, 5))).astype(dtype)
    expected, shape, order = by_rows(plain_log_softmax, x, [axis])
    expected = expected.reshape(shape).transpose(np.argsort(order))
    options = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype] / 10}
    log_p, p = ss.log_softmax(x, axis), ss.softmax(x, axis)
    assert log_p.dtype == p.dtype == dtype and log_p.shape == p.shape == x.shape
    np.testing.assert_allclose(log_p, expected, **options)
    np.testing.assert_allclose(p, np.exp(expected), **options)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_scores_give_what_small_ones_do(dtype):
    x = np.array([[0, 1, 2, 3], [10000, 10001, 10002, 10003]], dtype)
    for function in (ss.softmax, ss.log_softmax):
        np.testing.assert_allclose(function(x)[1], function(x)[0], rtol=TOLERANCE[dtype])
    np.testing.assert_allclose(ss.logsumexp(x)[1] - 10000, ss.logsumexp(x)[0], atol=1e4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (-2,), (0, 2), (2, 1), (0, 1, 2), None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_over_axes(axes, keepdims):
    x = np.random.default_rng(1).uniform(-10, 10, (3, 2, 2))
    listed = (0, 1, 2) if axes is None else axes
    values, shape, _ = by_rows(lambda row: math.log(math.fsum(map(math.exp, row))), x, list(listed))
    gone = {axis % 3 for axis in listed}
    shape = [1 if i in gone else n for i, n in enumerate(x.shape) if keepdims or i not in gone]
    result = ss.logsumexp(x, axes, keepdims=keepdims)
    assert result.shape == tuple(shape)
    np.testing.assert_allclose(result, values.reshape(shape), rtol=1e-14)


@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_of_an_empty_set(keepdims):
    result = ss.logsumexp(np.empty((2, 0, 4), np.float32), 1, keepdims=keepdims)
    assert result.shape == ((2, 1, 4) if keepdims else (2, 4)) and result.dtype == np.float32
    assert (result == -INF).all()
    assert ss.logsumexp(np.empty((2, 3, 0)), 1).shape == (2, 0)


# SoftmaxCrossEntropyLoss: classes along axis 1, up to five axes, weights, ignored labels


@pytest.mark.parametrize("further", [(), (2,), (3, 2), (2, 1, 3)])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore_index", [None, 0, -1, -5, 1000])
def test_cross_entropy(further, reduction, weighted, ignore_index):
    rng = np.random.default_rng(2)
    x, labels = rng.uniform(0, 1, (4, 5, *further)), rng.integers(0, 5, (4, *further))
    options = {}
    if ignore_index is not None:
        labels[rng.random(labels.shape) < 0.4] = ignore_index
        options["ignore_index"] = ignore_index
    weight = [0.9, 0.7, 0.8, 0.0, 1.5] if weighted else None
    for smoothing in (0.0, 0.2):
        expected = plain_cross_entropy(x, labels, weight, ignore_index, reduction, smoothing)
        for label_dtype in (np.int32, np.int64):
            result = ss.cross_entropy(
                x,
                labels.astype(label_dtype),
                axis=1,
                weight=weight,
                reduction=reduction,
                label_smoothing=smoothing,
                **options,
            )
            assert result.shape == np.shape(expected)
            np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_labels_of_every_integer_type(dtype):
    x = np.random.default_rng(3).normal(0, 1, (200, 7))
    labels = np.arange(200) % 7
    labels[::9] = 120
    expected = plain_cross_entropy(x, labels, None, 120, "mean")
    loss, gradient = ss.cross_entropy_with_grad(x, labels.astype(dtype), ignore_index=120)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert not gradient[::9].any()
    swapped = labels.astype(np.dtype(dtype).newbyteorder())
    assert ss.cross_entropy(x, swapped, ignore_index=120) == loss
    # A number that the labels' type cannot hold is no label, and wraps to none.
    for out_of_reach in (-100, 300, 2**70, -(2**70)):
        with pytest.raises(IndexError, match=r"targets\[0\] must be a label .*, got 120"):
            ss.cross_entropy(x, labels.astype(dtype), ignore_index=out_of_reach)


def test_the_largest_unsigned_label_is_no_class():
    with pytest.raises(
        IndexError, match=r"targets\[1\] must be a label from 0 to 2 \(3 classes\) .*, got 18446744073709551615"
    ):
        ss.cross_entropy(np.zeros((2, 3)), np.array([0, 2**64 - 1], np.uint64))


# SciPy's cases: lists, numbers, scalars, types, factors, infinities


def test_a_list_a_number_and_a_scalar():
    assert ss.logsumexp(1) == 1 and type(ss.logsumexp(1)) is np.float64
    assert type(ss.logsumexp(np.float32([1, 2]))) is np.float32
    assert type(ss.softmax(1000)) is np.float64 and ss.softmax(1000) == 1
    assert ss.log_softmax(1.0, None) == 0 and ss.log_softmax(1.0, None).shape == ()
    assert ss.logsumexp([1000, 1000]) == pytest.approx(1000 + math.log(2), rel=1e-15)
    np.testing.assert_array_equal(ss.softmax([1000, 0, 0, 0]), [1, 0, 0, 0])
    np.testing.assert_allclose(ss.log_softmax([1000, 1]), [0, -999], rtol=1e-15)


def test_a_row_of_both_ends_of_the_range():
    x = np.array([[1e10, 1e-10], [-1e10, -INF]])
    np.testing.assert_array_equal(ss.logsumexp(x), [1e10, -1e10])
    np.testing.assert_array_equal(ss.logsumexp(x, keepdims=True), [[1e10], [-1e10]])
    assert ss.logsumexp(x, (-1, -2)) == 1e10
    x = np.array([[-25.0, 0, 25, 50], [1, 325, 749, 750]])
    expected = [
        [2.678636961770877e-33, 1.9287498479371314e-22, 1.3887943864771144e-11, 0.999999999986112],
        [0.0, 1.9444526359919372e-185, 0.2689414213699951, 0.7310585786300048],
    ]
    np.testing.assert_allclose(ss.softmax(x), expected, rtol=3e-15)
    np.testing.assert_allclose(ss.softmax(x.T, 0), np.transpose(expected), rtol=3e-15)
    cube = x.reshape(2, 2, 2)
    np.testing.assert_array_equal(ss.softmax(cube, (1, 2)).reshape(2, 4), ss.softmax(x))
    np.testing.assert_array_equal(
        ss.log_softmax(cube, (2, 1)).reshape(2, 2, 2).transpose(0, 2, 1).reshape(2, 4),
        ss.log_softmax(cube.transpose(0, 2, 1).reshape(2, 4)),
    )


def test_a_million_tiny_terms():
    logarithms = np.full((2, 10**6), math.log(1e-40))
    np.testing.assert_allclose(np.exp(ss.logsumexp(logarithms)), 1e-34, rtol=1e-13)
    np.testing.assert_allclose(np.exp(ss.logsumexp(logarithms, None)), 2e-34, rtol=1e-13)
    factors = np.linspace(1, 1000, 10**6)
    np.testing.assert_allclose(np.exp(ss.logsumexp(logarithms, b=factors)), 1e-40 * 500.5e6, rtol=1e-13)


@pytest.mark.parametrize(
    "x_dtype, b_dtype", list(itertools.product(["int32", "int64", "float16", "float32", "float64"], repeat=2))
)
def test_types_of_scores_and_factors(x_dtype, b_dtype):
    value, sign = ss.logsumexp(np.array([2, 1], x_dtype), b=np.array([1, -1], b_dtype), return_sign=True)
    # Integers become float64 on their own, whatever they meet.
    floats = [np.dtype(t) if t.startswith("float") else np.dtype(float) for t in (x_dtype, b_dtype)]
    assert value.dtype == sign.dtype == np.result_type(*floats)
    assert value == pytest.approx(math.log(math.exp(2) - math.exp(1)), rel=TOLERANCE[value.dtype.name])
    assert sign == 1


def test_a_negative_factor_of_the_largest_term():
    """The sum may be positive all the same."""
    x, b = [3.06409428, 0.37251854, 3.87471931], [1.88190708, 2.84174795, -0.85016884]
    total = math.fsum(factor * math.exp(score) for score, factor in zip(x, b, strict=True))
    assert total > 0
    assert ss.logsumexp(x, b=b) == pytest.approx(math.log(total), rel=1e-14)
    b[2] -= 3
    assert np.isnan(ss.logsumexp(x, b=b))
    total = math.fsum(factor * math.exp(score) for score, factor in zip(x, b, strict=True))
    value, sign = ss.logsumexp(x, b=b, return_sign=True)
    assert (value, sign) == (pytest.approx(math.log(-total), rel=1e-14), -1)


def test_infinite_terms_have_a_sign():
    assert ss.logsumexp([INF], return_sign=True) == (INF, 1)
    assert ss.logsumexp([INF, 3.0], b=[-1.0, 5.0], return_sign=True) == (INF, -1)
    value, sign = ss.logsumexp([INF, INF], b=[1.0, -1.0], return_sign=True)
    assert np.isnan(value) and np.isnan(sign)


# Layouts in memory


@pytest.mark.parametrize(
    "make",
    [
        lambda a: np.asfortranarray(a),
        lambda a: a.astype(a.dtype.newbyteorder()),
        lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
        lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
        lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
        lambda a: np.frombuffer(b"\0" + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_layout_changes_nothing(make, dtype):
    rng = np.random.default_rng(4)
    x, labels, soft = rng.normal(0, 3, (6, 70)), rng.integers(0, 70, 6), rng.dirichlet(np.ones(70), 6)
    x, soft = x.astype(dtype), soft.astype(dtype)
    other = make(x)
    np.testing.assert_array_equal(other, x)
    weight = make(rng.random((2, 70)))[0]
    tolerance = 4 * np.finfo(dtype).eps
    for function in (ss.softmax, ss.log_softmax, ss.logsumexp):
        np.testing.assert_allclose(function(other), function(x), rtol=tolerance)
        assert function(other).dtype.isnative
    for targets in (labels, soft):
        for given in (targets, make(targets) if targets is soft else targets[::-1].copy()[::-1]):
            loss, gradient = ss.cross_entropy_with_grad(other, given, weight=weight)
            expected = ss.cross_entropy_with_grad(x, targets, weight=np.array(weight, float))
            np.testing.assert_allclose(loss, expected[0], rtol=tolerance)
            np.testing.assert_allclose(gradient, expected[1], rtol=4 * tolerance, atol=tolerance / 100)
