"""The same merges on Dask arrays, against NumPy."""

import pickle
import subprocess
import sys

import dask
import dask.array as da
import distributed
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_softmax import _dask, _linear, _linear_loss, logsumexp, streaming

INF, NAN = np.inf, np.nan
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def one_thread():
    """Tasks run in this thread, one after another."""
    with dask.config.set(scheduler="synchronous"):
        yield


@st.composite
def cuts(draw, size, most=4):
    """The sizes of up to `most` chunks of so many entries."""
    edges = sorted(draw(st.sets(st.integers(1, size - 1), max_size=most - 1)))
    return tuple(np.diff([0, *edges, size]).tolist())


@settings(max_examples=settings.default.max_examples * 2 // 5)
@given(st.data())
def test_log_sum_exp_of_any_chunks(data):
    x = rng.normal(0, 3, (7, 5, 40)) + data.draw(st.sampled_from([0, 900, -1e4]))
    chunks = tuple(data.draw(cuts(size)) for size in x.shape)
    axis = data.draw(st.sampled_from([-1, 0, 1, (0, 2), (-1, -2), None]))
    keepdims = data.draw(st.booleans())
    result = streaming.logsumexp(da.from_array(x, chunks=chunks), axis, keepdims=keepdims)
    expected = logsumexp(x, axis, keepdims=keepdims)
    assert isinstance(result, da.Array) and result.shape == np.shape(expected)
    np.testing.assert_allclose(result.compute(), expected, rtol=4e-16, atol=4e-16)
    assert np.shape(result.compute()) == np.shape(expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_log_sum_exp_keeps_the_dtype(dtype):
    x = rng.integers(-5, 5, (3, 30)).astype(dtype)
    result, expected = streaming.logsumexp(da.from_array(x, chunks=(2, 7))), logsumexp(x)
    assert result.dtype == result.compute().dtype == expected.dtype
    np.testing.assert_allclose(result.compute(), expected, rtol=np.finfo(expected.dtype).eps)


def test_log_sum_exp_of_special_values():
    x = np.zeros((5, 6))
    x[0] = -INF
    x[1, 4], x[2, 1], x[3, 5], x[3, 0] = NAN, INF, INF, NAN
    for chunks in ((5, 2), (1, 6), (2, 3)):
        np.testing.assert_array_equal(streaming.logsumexp(da.from_array(x, chunks=chunks)).compute(), logsumexp(x))
    np.testing.assert_array_equal(streaming.logsumexp(da.zeros((3, 0), chunks=(1, -1))).compute(), [-INF] * 3)
    np.testing.assert_array_equal(streaming.logsumexp(da.from_array(x, chunks=2), axis=()).compute(), x)


def test_log_sum_exp_of_chunks_whose_sizes_are_not_known():
    """Only the classes' axis is added along, so nobody needs to know how many rows there are."""
    x = da.from_array(rng.normal(0, 1, (9, 8)), chunks=(3, 4))
    some = x[x[:, 0] > 0]
    assert np.isnan(some.shape[0])
    np.testing.assert_allclose(streaming.logsumexp(some).compute(), logsumexp(some.compute()), rtol=1e-15)


def test_log_sum_exp_refuses_what_numpys_does():
    with pytest.raises(TypeError, match="x must hold real numbers"):
        streaming.logsumexp(da.zeros((2, 2), dtype=complex))
    with pytest.raises(np.exceptions.AxisError):
        streaming.logsumexp(da.zeros((2, 2)), axis=2)
    with pytest.raises(TypeError, match="axis must be an int"):
        streaming.logsumexp(da.zeros((2, 2)), axis=0.5)
    assert streaming.logsumexp(np.zeros(4)) == logsumexp(np.zeros(4))


# The loss of a linear layer

ROWS, CLASSES, FEATURES = 13, 90, 6


def problem(dtype=np.float64, offset=0.0):
    hidden, weight = rng.normal(0, 1, (ROWS, FEATURES)), rng.normal(0, 1, (CLASSES, FEATURES))
    labels = rng.integers(0, CLASSES, ROWS)
    labels[[2, 3]] = -100
    return hidden.astype(dtype), weight.astype(dtype), labels, (rng.normal(0, 1, CLASSES) + offset).astype(dtype)


@settings(max_examples=settings.default.max_examples * 2 // 5)
@given(st.data())
def test_the_loss_and_gradients_of_any_chunks(data):
    hidden, weight, labels, bias = problem(offset=data.draw(st.sampled_from([0.0, 1000.0])))
    options = {
        "reduction": data.draw(st.sampled_from(["none", "sum", "mean"])),
        "label_smoothing": data.draw(st.sampled_from([0.0, 0.2, 1.0])),
        "class_weight": data.draw(st.sampled_from([None, np.linspace(0, 2, CLASSES)])),
    }
    rows, classes = data.draw(cuts(ROWS)), data.draw(cuts(CLASSES))
    with_bias = data.draw(st.booleans())
    some = {
        "hidden": hidden if data.draw(st.booleans()) else da.from_array(hidden, chunks=(rows, -1)),
        "weight": da.from_array(weight, chunks=(classes, -1)),
        "labels": labels,
        "bias": bias if with_bias else None,
    }
    if isinstance(some["hidden"], da.Array) and data.draw(st.booleans()):
        some["labels"] = da.from_array(labels, chunks=(rows,))
    if with_bias and data.draw(st.booleans()):
        some["bias"] = da.from_array(bias, chunks=(classes,))
    loss, gradients = streaming.linear_cross_entropy_with_grad(**some, **options)
    expected, slopes = streaming.linear_cross_entropy_with_grad(
        hidden, weight, labels, bias=bias if with_bias else None, **options
    )
    alone = streaming.linear_cross_entropy(**some, **options)
    assert isinstance(loss, da.Array) and loss.shape == np.shape(expected)
    loss, alone, *found = dask.compute(loss, alone, gradients.hidden, gradients.weight, gradients.bias)
    np.testing.assert_allclose(loss, expected, rtol=1e-13)
    np.testing.assert_array_equal(alone, loss)
    for gradient, slope in zip(found, (slopes.hidden, slopes.weight, slopes.bias), strict=True):
        assert (gradient is None) == (slope is None)
        if slope is not None:
            np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_dtypes_are_kept(dtype):
    hidden, weight, labels, bias = problem(dtype)
    loss, gradients = streaming.linear_cross_entropy_with_grad(
        da.from_array(hidden, chunks=(5, -1)), da.from_array(weight, chunks=(40, -1)), labels, bias=bias
    )
    expected, slopes = streaming.linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias)
    assert loss.dtype == loss.compute().dtype == dtype
    np.testing.assert_allclose(loss.compute(), expected, rtol=2 * np.finfo(dtype).eps)
    for gradient, slope in (
        (gradients.hidden, slopes.hidden),
        (gradients.weight, slopes.weight),
        (gradients.bias, slopes.bias),
    ):
        assert gradient.dtype == gradient.compute().dtype == dtype
        np.testing.assert_allclose(
            gradient.compute(), slope, rtol=4 * np.finfo(dtype).eps, atol=4 * np.finfo(dtype).eps
        )


def test_scores_far_apart_in_different_chunks():
    """What each chunk can hold as it is, the sum of all cannot."""
    bias = np.concatenate(
        [np.full(30, 708.0), np.full(30, 708.5), np.full(30, -1e4), np.full(10, 709.0), [-1e4, 715.0]]
    )
    weight, hidden, labels = np.zeros((bias.size, 1)), np.zeros((3, 1)), np.array([70, 101, 0])
    expected = streaming.linear_cross_entropy(hidden, weight, labels, bias=bias, reduction="none")
    for chunk in (30, 7, 1, 200):
        for order in (slice(None), slice(None, None, -1)):
            places = np.arange(bias.size)[order]
            cut = da.from_array(weight, chunks=(chunk, -1))
            losses = streaming.linear_cross_entropy(
                hidden, cut, np.argsort(places)[labels], bias=bias[places], reduction="none"
            )
            np.testing.assert_allclose(losses.compute(), expected, rtol=1e-14)


def test_sums_near_the_end_of_the_range_in_two_chunks(monkeypatch):
    """A chunk whose first tile is moderate is summed as it is; two such sums together are not."""
    monkeypatch.setattr(_linear, "BLOCK_BYTES", 64)
    bias = np.tile(np.append(np.zeros(79), 709.5), 2)
    loss = streaming.linear_cross_entropy(np.zeros((1, 1)), da.zeros((160, 1), chunks=(80, -1)), [0], bias=bias)
    assert loss.compute() == pytest.approx(709.5 + np.log(2), rel=1e-15)


def test_a_chunk_of_masked_classes_beside_one_far_below_zero():
    for bias in ([-INF, -INF, -1e4, -1e4], [-1e4, -1e4, -INF, -INF]):
        label = [int(np.argmax(bias))]
        loss = streaming.linear_cross_entropy(
            np.zeros((1, 1)), da.zeros((4, 1), chunks=(2, -1)), label, bias=np.array(bias)
        )
        assert loss.compute() == pytest.approx(np.log(2), rel=1e-15)


def test_a_nan_in_one_chunk():
    hidden, weight, labels, bias = problem()
    weight[50, 0] = NAN
    cut = da.from_array(weight, chunks=(20, -1))
    losses = streaming.linear_cross_entropy(
        da.from_array(hidden, chunks=(6, -1)), cut, labels, bias=bias, reduction="none"
    )
    np.testing.assert_array_equal(np.isnan(losses.compute()), labels >= 0)


def test_rows_none_of_which_count():
    hidden, weight, _labels, _bias = problem()
    cut = da.from_array(hidden, chunks=(4, -1))
    for smoothing in (0.0, 0.1):
        loss, gradients = streaming.linear_cross_entropy_with_grad(
            cut, weight, np.full(ROWS, -100), label_smoothing=smoothing
        )
        assert np.isnan(loss.compute())
        assert not gradients.hidden.compute().any() and not gradients.weight.compute().any()


@pytest.mark.parametrize(
    "error, message, change",
    [
        (
            ValueError,
            r"labels must be cut as hidden is, into chunks of \(5, 5, 3\), got chunks of \(7, 6\)",
            {"labels": da.zeros(ROWS, dtype=int, chunks=7)},
        ),
        (
            ValueError,
            r"bias must be cut as weight is, into chunks of \(40, 40, 10\), got chunks of \(45, 45\)",
            {"bias": da.zeros(CLASSES, chunks=45)},
        ),
        (
            ValueError,
            r"hidden must hold all features in one chunk, got chunks of \(3, 3\) of them; pass hidden.rechunk\(\{1: -1\}\)",
            {"hidden": da.zeros((ROWS, FEATURES), chunks=(5, 3))},
        ),
        (
            ValueError,
            r"weight must hold all features in one chunk",
            {"weight": da.zeros((CLASSES, FEATURES), chunks=(40, 3))},
        ),
        (
            ValueError,
            r"hidden must have chunks of known size, got",
            {"hidden": da.zeros((ROWS, FEATURES), chunks=(5, -1))[da.zeros(ROWS, chunks=5) == 0]},
        ),
        (
            ValueError,
            r"weight must have chunks of known size, got .*; call its compute_chunk_sizes\(\) first",
            {"weight": da.zeros((CLASSES, FEATURES), chunks=(40, -1))[da.zeros(CLASSES, chunks=40) == 0]},
        ),
        (
            ValueError,
            r"labels must have chunks of known size, got",
            {"labels": da.zeros(ROWS, dtype=int, chunks=5)[da.zeros(ROWS, chunks=5) == 0]},
        ),
        (
            ValueError,
            r"hidden must have shape \(rows, features\) where one argument is a Dask array, got shape \(1, 13, 6\)",
            {"hidden": np.zeros((1, ROWS, FEATURES)), "labels": np.zeros((1, ROWS), int)},
        ),
        (ValueError, r"hidden must end in an axis of the 6 features", {"hidden": da.zeros((ROWS, 5))}),
        (TypeError, "hidden must hold real numbers", {"hidden": da.zeros((ROWS, FEATURES), dtype=complex)}),
        (TypeError, "labels must hold integers, got dtype float64", {"labels": da.zeros(ROWS, chunks=5)}),
        (
            TypeError,
            r"class_weight must be a NumPy array, .* pass class_weight.compute\(\)",
            {"class_weight": da.ones(CLASSES)},
        ),
        (
            TypeError,
            "labels must be an array without a mask, got a masked array",
            {"labels": np.ma.masked_array(np.zeros(ROWS, int), True)},
        ),
        (
            IndexError,
            r"labels\[7\] must be a label from 0 to 89 .*, got 90",
            {"labels": np.where(np.arange(ROWS) == 7, 90, 0)},
        ),
        (ValueError, "reduction must be one of", {"reduction": "max"}),
    ],
)
def test_bad_input_is_refused_before_anything_is_computed(error, message, change):
    given = {
        "hidden": da.zeros((ROWS, FEATURES), chunks=(5, -1)),
        "weight": da.zeros((CLASSES, FEATURES), chunks=(40, -1)),
        "labels": np.zeros(ROWS, int),
        **change,
    }
    for function in (streaming.linear_cross_entropy, streaming.linear_cross_entropy_with_grad):
        with pytest.raises(error, match=message):
            function(**given)


def test_labels_in_chunks_are_checked_where_they_are():
    labels = da.from_array(np.where(np.arange(ROWS) == 7, 90, 0), chunks=5)
    loss = streaming.linear_cross_entropy(
        da.zeros((ROWS, FEATURES), chunks=(5, -1)), np.zeros((CLASSES, FEATURES)), labels
    )
    with pytest.raises(IndexError, match=r"labels\[5:10\]\[2\] must be a label from 0 to 89 .*, got 90"):
        loss.compute()


def test_no_task_sends_more_than_its_chunks():
    """Neither the scores nor a stand-in of their shape: pickled, it would be as large."""
    hidden, weight = np.zeros((1000, 2), np.float32), np.zeros((5000, 2), np.float32)
    options = _linear_loss.parse(
        *_linear_loss.described(hidden, weight, np.zeros(1000, int), None), None, -100, 0.1, "mean"
    )
    rows, layer = _dask._rows(options, np.zeros(1000, int), 0, 1000), _dask._layer(options, weight, None, (0, 5000))
    sums = _dask._sums(layer, hidden, rows)
    for sent in (options, rows, layer, sums, _dask._ended(sums, rows)):
        assert len(pickle.dumps(sent)) < 2e5 < hidden.itemsize * 1000 * 5000


def test_dask_is_imported_by_those_who_use_it():
    script = """
import sys
import numpy as np
from stable_softmax import streaming
streaming.logsumexp(np.zeros(3))
streaming.linear_cross_entropy(np.zeros((2, 3)), np.zeros((4, 3)), [0, 1])
assert not any(name.partition(".")[0] in ("dask", "distributed") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.slow
def test_a_cluster_of_two_processes():
    """Two worker processes on this machine, which listen on the loopback interface alone."""
    hidden, weight, labels, bias = problem()
    expected, slopes = streaming.linear_cross_entropy_with_grad(hidden, weight, labels, bias=bias)
    x = rng.normal(0, 3, (6, 50))
    quiet = {"distributed.worker.memory.terminate": False, "distributed.admin.low-level-log-length": 10}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        loss, gradients = streaming.linear_cross_entropy_with_grad(
            da.from_array(hidden, chunks=(5, -1)), da.from_array(weight, chunks=(40, -1)), labels, bias=bias
        )
        with dask.config.set(scheduler=client):
            loss, slope, lse = dask.compute(
                loss, gradients.weight, streaming.logsumexp(da.from_array(x, chunks=(4, 20)))
            )
        assert all(address.startswith("tcp://127.0.0.1:") for address in client.scheduler_info()["workers"])
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(slope, slopes.weight, atol=1e-13)
    np.testing.assert_allclose(lse, logsumexp(x), rtol=1e-15)


@pytest.mark.parametrize("bias", [[0, -INF, 0], [-INF, -INF, -INF], [0, 0, INF], [1e308, 1e308, -1e308]])
@pytest.mark.parametrize("labels", [[1, 2], [0, 1]])
@pytest.mark.filterwarnings("error")
def test_tasks_are_silent_whatever_the_scores(bias, labels):
    """Without warnings, and with NumPy's answer: a task has the error state of its thread, not of the caller."""
    hidden, weight = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    on_dask = streaming.linear_cross_entropy(
        da.from_array(hidden, chunks=(1, 2)), da.from_array(weight, chunks=(2, 2)), labels, bias=bias, reduction="none"
    )
    whole = streaming.linear_cross_entropy(hidden, weight, labels, bias=bias, reduction="none")
    np.testing.assert_allclose(on_dask.compute(), whole)
