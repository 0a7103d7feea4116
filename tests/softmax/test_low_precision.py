"""Sixteen bits and eight: ml_dtypes' formats in every function, sums that overflow elsewhere, masks, refusals."""

import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

import stable_softmax as ss
from stable_softmax import gradcheck, jacobian, naive, precision
from stable_softmax.precision import reference, ulp_error
from tools.answers import cases, stored

FORMATS = {
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8_e5m2": ml_dtypes.float8_e5m2,
}
OTHERS = [getattr(ml_dtypes, f"float8_{name}") for name in ("e4m3", "e3m4", "e4m3fnuz", "e4m3b11fnuz", "e5m2fnuz")]
EVERY = [*FORMATS.values(), *OTHERS]
INF = np.inf
#: Nothing here may warn: errors of overflow are expected on the way.
silently = pytest.mark.filterwarnings("error")


def rows(dtype, shape=(4, 5), spread=2):
    return np.random.default_rng(7).normal(0, spread, shape).astype(dtype)


def same(ours, theirs):
    """Equal numbers of one dtype; NaN equals NaN."""
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    np.testing.assert_array_equal(ours.astype(np.float64), theirs.astype(np.float64))


# Every function keeps the dtype, and rounds what it gives for the same scores in float64


@silently
@pytest.mark.parametrize("dtype", EVERY)
@pytest.mark.parametrize("classes", [5, 90])
def test_the_softmax_family(dtype, classes):
    x = rows(dtype, (4, classes))
    for function in (ss.softmax, ss.log_softmax, ss.logsumexp):
        # By way of float32, as ml_dtypes rounds float64.
        same(function(x), function(x.astype(np.float64)).astype(np.float32).astype(dtype))
        same(function(x, 0), function(np.ascontiguousarray(x.T)).T)
        same(
            function(x, None),
            function(x.ravel()).reshape(x.shape) if function is not ss.logsumexp else function(x.ravel()),
        )
        assert function(x[0]).dtype == dtype
    same(ss.logsumexp(x, keepdims=True)[:, 0], ss.logsumexp(x))
    for function in (ss.softmax, ss.log_softmax):
        expected, out = function(x), np.empty_like(x)
        assert function(x, out=out) is out
        same(out, expected)
        mine = x.copy()
        same(function(mine, out=mine), expected)
        with pytest.raises(TypeError, match=r"out must have the result's dtype, .*, got dtype float64"):
            function(x, out=np.empty(x.shape))


@silently
@pytest.mark.parametrize("dtype", EVERY)
def test_factors_of_logsumexp(dtype):
    x = rows(dtype)
    value, sign = ss.logsumexp(x, b=2.0, return_sign=True)
    same(value, ss.logsumexp(x.astype(np.float64), b=2.0).astype(np.float32).astype(dtype))
    same(sign, np.ones(4, dtype))
    same(
        ss.logsumexp(x, b=np.array([1, 0, 2, 1, 1], dtype)),
        ss.logsumexp(x.astype(np.float64), b=[1, 0, 2, 1, 1]).astype(np.float32).astype(dtype),
    )
    assert ss.logsumexp(x, b=np.ones(5)).dtype == np.float64  # as for float16: the dtypes promote
    x = rows(dtype, spread=0.3)  # which nothing overflows of
    assert naive.logsumexp(x, b=2.0).dtype == dtype
    np.testing.assert_allclose(
        naive.logsumexp(x, b=2.0).astype(np.float64), naive.logsumexp(x.astype(np.float64), b=2.0), rtol=0.2
    )


OPTIONS = [
    {},
    {"reduction": "none"},
    {"reduction": "sum"},
    {"label_smoothing": 0.1},
    {"ignore_index": 2},
    {"weight": np.array([1, 2, 3, 4, 5.0])},
]


@silently
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", EVERY)
def test_the_losses(dtype, options):
    x, labels = rows(dtype), np.array([1, 2, 4, 0])
    wide = x.astype(np.float64)
    loss, gradient = ss.cross_entropy_with_grad(x, labels, **options)
    expected = ss.cross_entropy_with_grad(wide, labels, **options)
    for ours, theirs in zip((loss, gradient), expected, strict=True):
        same(ours, np.asarray(theirs).astype(np.float32).astype(dtype))
    same(ss.cross_entropy(x, labels, **options), loss)
    same(ss.cross_entropy_grad(x, labels, **options), gradient)
    if "weight" in options:  # a weight of the same format too
        same(ss.cross_entropy(x, labels, weight=np.array([1, 2, 3, 4, 5], dtype)), loss)
    if "ignore_index" not in options:
        same(ss.cross_entropy(x.T, labels, axis=0, **options), loss)


@silently
@pytest.mark.parametrize("classes", [5, 90])
@pytest.mark.parametrize("dtype", EVERY)
def test_probabilities_as_targets(dtype, classes):
    x = rows(dtype, (4, classes))
    targets = np.asarray(ss.softmax(rows(np.float64, (4, classes))), dtype)
    loss, gradient = ss.cross_entropy_with_grad(x, targets)
    expected = ss.cross_entropy_with_grad(x.astype(np.float64), targets.astype(np.float64))
    assert loss.dtype == gradient.dtype == dtype
    assert ulp_error(loss, expected[0]) <= 0.51
    # p - a cancels where they are near each other: then float32's rounding of p is seen.
    close = 0.51 * precision.limits(dtype).eps
    smallest = precision.limits(dtype).smallest_subnormal / 2
    np.testing.assert_allclose(gradient.astype(np.float64), expected[1], rtol=close, atol=max(1e-8, smallest))
    mixed = ss.cross_entropy(x, targets.astype(np.float32))
    assert mixed.dtype == np.float32
    assert mixed == pytest.approx(float(expected[0]), rel=1e-5)


@silently
@pytest.mark.parametrize("dtype", EVERY)
def test_derivatives(dtype):
    x, v = rows(dtype), rows(dtype)[::-1].copy()
    same(jacobian.softmax_jacobian(x), jacobian.softmax_jacobian(x.astype(np.float32)).astype(dtype))
    same(jacobian.softmax_jvp(x, v), jacobian.softmax_jvp(x.astype(np.float32), v.astype(np.float32)).astype(dtype))
    same(jacobian.softmax_vjp(x, v), jacobian.softmax_jvp(x, v))
    same(jacobian.logsumexp_hessian(x[0]), jacobian.softmax_jacobian(x[0]))
    for function in (jacobian.softmax_layer_jacobian, jacobian.softmax_layer_jacobian_composed):
        assert function(x, x[0]).dtype == dtype
    found = gradcheck.finite_difference(ss.logsumexp, x[0])
    np.testing.assert_allclose(found, ss.softmax(x[0].astype(np.float64)), atol=0.6)
    exact = gradcheck.complex_step(lambda z: np.log(np.exp(z).sum()), x[0])
    assert exact.dtype == np.float32
    np.testing.assert_allclose(exact, ss.softmax(x[0].astype(np.float64)), atol=1e-6)
    assert (gradcheck.relative_error(x, x) == 0).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", EVERY)
def test_the_naive_formulas_stay_in_their_dtype(dtype):
    x, labels = rows(dtype), [1, 2, 4, 0]
    e = np.exp(x)
    same(naive.softmax(x), e / e.sum(axis=-1, keepdims=True))
    same(naive.log_softmax(x), np.log(naive.softmax(x)))
    p = naive.softmax(x[:3])
    y = np.eye(5)[labels[:3]].astype(dtype)
    same(naive.cross_entropy_grad(x[:3], labels[:3]), (p - y) * dtype(1 / 3))  # a factor in the dtype, too
    for options in OPTIONS[:4]:
        loss, gradient = naive.cross_entropy_with_grad(x, labels, **options)
        assert loss.dtype == gradient.dtype == dtype
    assert np.isnan(naive.softmax(np.array([100.0, 0.0], dtype))[0].astype(np.float64)) or dtype == ml_dtypes.bfloat16


def test_nothing_is_as_it_was_by_way_of_a_list():
    """A list of such scalars is an array of objects."""
    with pytest.raises(TypeError, match=r"x must hold real numbers .* got dtype object"):
        ss.softmax([ml_dtypes.bfloat16(1), None])


# Overflow of the result


@silently
def test_a_loss_that_float8_e4m3fn_cannot_hold_is_nan():
    """It has no infinity; its largest number is 448, and up to 464 rounds to that."""
    dtype = ml_dtypes.float8_e4m3fn
    x = np.array([[-416.0, 384.0], [-224.0, 240.0], [-224.0, 256.0]], dtype)  # losses 800, 464, 480
    losses = ss.cross_entropy(x, [0, 0, 0], reduction="none").astype(np.float64)
    np.testing.assert_array_equal(losses, [np.nan, 448, np.nan])
    np.testing.assert_array_equal(ss.log_softmax(x).astype(np.float64)[:, 0], [np.nan, -448, np.nan])
    assert np.isnan(ss.cross_entropy(x, [0, 0, 0]).astype(np.float64))  # the mean, 581
    np.testing.assert_array_equal(
        ss.cross_entropy_grad(x, [0, 0, 0], reduction="sum").astype(np.float64), [[-1, 1]] * 3
    )
    np.testing.assert_array_equal(ss.softmax(x).astype(np.float64), [[0, 1]] * 3)
    assert ss.cross_entropy(x.astype(np.float32), [0, 0, 0], reduction="none").tolist() == [800, 464, 480]


@silently
def test_a_loss_that_others_cannot_hold_is_infinite():
    x = np.array([[-49152.0, 49152.0]], ml_dtypes.float8_e5m2)
    assert ss.cross_entropy(x, [0]) == INF and ss.log_softmax(x)[0, 0] == -INF
    x = np.array([[-60000.0, 60000.0]], np.float16)
    assert ss.cross_entropy(x, [0]) == INF and ss.log_softmax(x)[0, 0] == -INF
    big = precision.limits("bfloat16").max
    assert ss.cross_entropy(np.array([[-big, big]], ml_dtypes.bfloat16), [0]) == INF


# The standard fix overflows too


def ours(dtype, classes):
    x = np.zeros((1, classes), dtype)
    loss, gradient = ss.cross_entropy_with_grad(x, [0])
    assert loss == -ss.log_softmax(x)[0, 0] == ss.cross_entropy(x, [0])
    assert gradient[0, 0] == -1 and gradient[0, 1] == ss.softmax(x)[0, 1]
    return ss.logsumexp(x)[0], ss.log_softmax(x)[0, 0], ss.softmax(x)[0, 0]


@silently
@pytest.mark.parametrize("library", ["torch", "jax", "scipy"])
@pytest.mark.parametrize("case", cases.EQUAL_SCORES)
def test_many_equal_scores(library, case):
    """This package's answers are right, to half an ULP; each stored one of a library is right or wrong as the book says."""
    name, classes = cases.EQUAL_SCORES[case].values()
    answer = stored(library, "equal scores", case)
    theirs_in_order = answer["logsumexp"], answer["log_softmax"], answer["softmax"]
    truth = np.log(classes), -np.log(classes), 1 / classes
    right = []
    for mine, theirs, exact in zip(ours(FORMATS[name], classes), theirs_in_order, truth, strict=True):
        assert np.isfinite(np.float64(mine)) and ulp_error(mine, exact) <= 0.51
        right.append(bool(ulp_error(theirs, exact, name) <= 1))
    overflows = name == "float16" and classes > 65_519
    stalls = library == "scipy" and name == "bfloat16"
    assert right == [not overflows, not (overflows or stalls), not (stalls or (overflows and library != "torch"))]


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name, last, along_rows", [("float16", 2048, INF), ("bfloat16", 256, 256)])
def test_how_numpy_adds_up_ones(name, last, along_rows):
    """One after another they stand still at 2^p; along the last axis NumPy adds float16 up in float32, and then rounds."""
    ones = np.ones(70_000, FORMATS[name])
    assert np.add.accumulate(ones)[-1] == last
    assert np.ones((70_000, 3), FORMATS[name]).sum(axis=0).tolist() == [last] * 3
    assert ones.sum() == along_rows
    assert np.ones(65_519, np.float16).sum() == 65_504


@silently
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2])
def test_a_long_tail_still_counts(dtype):
    """151,936 classes of which one leads: the others' share is what a sum in few bits would lose."""
    x = np.zeros((2, 151_936), dtype)
    x[:, 7] = 10
    truth = 10 + np.log1p(151_935 * np.exp(-10.0))
    assert (ulp_error(ss.logsumexp(x), truth) <= 0.51).all()
    assert (ulp_error(ss.cross_entropy(x, [7, 7]), truth - 10) <= 0.51).all()


# Masks


@pytest.mark.parametrize("name", FORMATS)
def test_masks(name):
    """-inf, -1e9 and the format's lowest number, beside two scores that count."""
    dtype, ends = FORMATS[name], precision.limits(name)
    scores = np.array([1.0, 2.0], dtype)
    with np.errstate(all="ignore"):
        masks = np.array([-INF, -1e9, -ends.max]).astype(dtype)
    # -1e9 is -inf in float16 and float8_e5m2. float8_e4m3fn has no infinity: there both are NaN.
    kinds = masks.astype(np.float64)
    if name == "float8_e4m3fn":
        assert np.isnan(kinds[:2]).all()
    else:
        assert kinds[0] == -INF and (kinds[1] == -INF) == (name != "bfloat16")
    for mask, kind in zip(masks, kinds, strict=True):
        row = np.array([scores[0], mask, scores[1]])
        assert row.dtype == dtype
        p, log_p, loss = ss.softmax(row), ss.log_softmax(row), ss.cross_entropy(row[np.newaxis], [1])
        if np.isnan(kind):
            # A mask that the format does not have is not lost silently.
            assert np.isnan(p.astype(np.float64)).all() and np.isnan(log_p.astype(np.float64)).all()
            continue
        same(p[[0, 2]], ss.softmax(scores))
        assert p[1] == 0
        if kind == -INF:
            assert log_p[1] == -INF and loss == INF
        else:
            assert np.isfinite(np.float64(log_p[1])) or abs(kind) == ends.max
            assert ulp_error(log_p[1], reference.log_softmax(row.astype(np.float64))[1]) <= 0.51
        masked = np.full(4, mask)
        # All masked by -inf: there is no answer. By a finite number: the mask is forgotten.
        same(ss.softmax(masked), np.full(4, np.nan if kind == -INF else 0.25, dtype))


# Refusals


def test_what_is_not_supported_is_refused_by_name():
    names = ("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn", "float8_e8m0fnu", "int4", "int1", "uint4", "int2")
    known = [name for name in names if hasattr(ml_dtypes, name)]  # int1 is younger than the oldest ml_dtypes allowed
    assert len(known) >= 7
    for bad in known:
        x = np.zeros((2, 3), getattr(ml_dtypes, bad))
        for function in (ss.softmax, ss.log_softmax, ss.logsumexp, naive.softmax, jacobian.softmax_jacobian):
            with pytest.raises(TypeError, match=f"x must hold real numbers .* got dtype {bad}$"):
                function(x)
        with pytest.raises(TypeError, match=f"scores must hold real numbers .* got dtype {bad}$"):
            ss.cross_entropy(x, [0, 0])
    with pytest.raises(
        TypeError, match="targets must be integer labels or floating-point probabilities, got dtype int4"
    ):
        ss.cross_entropy(np.zeros((2, 3)), np.zeros(2, ml_dtypes.int4))
    raw = np.zeros(3, "V2")
    with pytest.raises(TypeError, match="x must hold real numbers"):
        ss.softmax(raw)


def test_dtypes_without_a_common_one():
    x = np.zeros((2, 3), ml_dtypes.bfloat16)
    with pytest.raises(
        TypeError, match="there is no common dtype: scores holds bfloat16, targets holds float16; convert one"
    ):
        ss.cross_entropy(x, np.full((2, 3), 1 / 3, np.float16))
    with pytest.raises(TypeError, match="no common dtype: x holds bfloat16, b holds float16"):
        ss.logsumexp(x, b=np.ones(3, np.float16))
    with pytest.raises(TypeError, match="no common dtype: x holds bfloat16, tangent holds float8_e5m2"):
        jacobian.softmax_jvp(x, x.astype(ml_dtypes.float8_e5m2))


@silently
def test_empty_rows_and_empty_arrays():
    for dtype in EVERY:
        x = np.empty((3, 0), dtype)
        assert ss.softmax(x).shape == (3, 0)
        found = ss.logsumexp(x).astype(np.float64)
        has_infinity = precision.limits(dtype).has_infinity
        np.testing.assert_array_equal(found, np.full(3, -INF if has_infinity else np.nan))
        assert ss.softmax(x.T).shape == (0, 3)


# The package is not needed


def test_ml_dtypes_is_not_imported():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "import stable_softmax as ss\n"
        "from stable_softmax import jacobian, gradcheck, xray\n"
        "x = np.zeros((2, 3), np.float16)\n"
        "ss.softmax(x), ss.cross_entropy_with_grad(x, [0, 1]), ss.naive.softmax(x), jacobian.softmax_jacobian(x)\n"
        "ss.precision.limits('bfloat16'), xray.xray(x[0], 'float8_e5m2')\n"
        "print('ml_dtypes' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
