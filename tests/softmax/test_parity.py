"""Agreement with SciPy and, where it is installed, with torch."""

import itertools

import numpy as np
import pytest

import stable_softmax as ss

INF, NAN = np.inf, np.nan


# SciPy


SPECIAL = [-INF, INF, NAN, 0.0, 1.5, -800.0, 800.0]


@pytest.fixture(scope="module")
def special():
    return pytest.importorskip("scipy.special")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", list(itertools.product(SPECIAL, repeat=2)))
def test_logsumexp_of_special_values(special, row):
    np.testing.assert_allclose(ss.logsumexp(row), special.logsumexp(row), rtol=1e-15)
    np.testing.assert_allclose(
        ss.logsumexp(row, return_sign=True), special.logsumexp(row, return_sign=True), rtol=1e-15
    )
    for b in itertools.product([-2.0, 0.0, 1.0], repeat=2):
        value, sign = ss.logsumexp(row, b=b, return_sign=True)
        # What has a factor of 0 is left out before SciPy sees it: some of those it makes nan.
        kept = [(score, factor) for score, factor in zip(row, b, strict=True) if factor]
        expected = (-INF, 0)
        if kept:
            expected = special.logsumexp([k[0] for k in kept], b=[k[1] for k in kept], return_sign=True)
        np.testing.assert_allclose((value, sign), expected, rtol=1e-14)
        np.testing.assert_array_equal(ss.logsumexp(row, b=b), NAN if sign < 0 else value)


@pytest.mark.parametrize("seed", range(40))
def test_the_family_on_random_arrays(special, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 6, rng.integers(1, 4)))
    x = rng.normal(0, rng.choice([1, 30, 900]), shape)
    x[rng.random(shape) < 0.1] = -INF
    x.flat[0] = 0
    axis = [None, int(rng.integers(-len(shape), len(shape))), tuple(rng.permutation(len(shape))[:2].tolist())][seed % 3]
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(ss.softmax(x, axis), special.softmax(x, axis), rtol=1e-11, atol=1e-300)
        finite = np.isfinite(x.max(axis=axis, keepdims=True)) & np.ones_like(x, bool)
        np.testing.assert_allclose(
            ss.log_softmax(x, axis)[finite], special.log_softmax(x, axis)[finite], rtol=1e-11, atol=1e-13
        )
    b = rng.choice([-1.5, 0.25, 1, 2], shape)
    for keepdims in (False, True):
        options = {"axis": axis, "keepdims": keepdims}
        np.testing.assert_allclose(ss.logsumexp(x, **options), special.logsumexp(x, **options), rtol=1e-13)
        ours, theirs = (f(x, b=b, return_sign=True, **options) for f in (ss.logsumexp, special.logsumexp))
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-11, atol=1e-12)
        np.testing.assert_array_equal(ours[1], theirs[1])


# torch


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("seed", range(200))
def test_cross_entropy_with_every_option(torch, seed):
    rng = np.random.default_rng(seed)
    classes = int(rng.choice([1, 2, 5, 80]))
    batch = tuple(rng.integers(0 if seed % 10 == 0 else 1, 4, rng.integers(0, 4)))
    shape, axis = ((batch[0], classes, *batch[1:]), 1) if batch else ((classes,), 0)
    scores = rng.normal(0, rng.choice([1, 50]), shape) + rng.choice([0, 900])
    options = {"reduction": ["none", "sum", "mean"][seed % 3]}
    if rng.random() < 0.5:
        options["label_smoothing"] = float(rng.choice([0.1, 1.0]))
    weight = rng.random(classes) if rng.random() < 0.5 else None
    if rng.random() < 0.4:
        targets = np.moveaxis(rng.dirichlet(np.ones(classes), batch), -1, axis)
    else:
        options["ignore_index"] = int(rng.choice([-100, 0, classes + 3]))
        labels = rng.integers(0, classes, batch)
        targets = np.where(rng.random(batch) < 0.25, options["ignore_index"], labels)
    leaf = torch.tensor(scores, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(
        leaf, torch.tensor(targets), weight=None if weight is None else torch.tensor(weight), **options
    )
    loss.sum().backward()
    ours, gradient = ss.cross_entropy_with_grad(scores, targets, axis=axis, weight=weight, **options)
    np.testing.assert_allclose(ours, loss.detach(), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(gradient, leaf.grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_family_in_every_dtype(torch, dtype):
    x = np.random.default_rng(3).normal(0, 4, (7, 90)).astype(dtype)
    tolerance = {"float16": 5e-3, "float32": 3e-6, "float64": 1e-12}[dtype]
    tensor = torch.from_numpy(x)
    for name in ("softmax", "log_softmax", "logsumexp"):
        ours, theirs = getattr(ss, name)(x), getattr(torch, name)(tensor, -1).numpy()
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-7 if dtype == "float16" else 0)


@pytest.mark.parametrize("seed", range(120))
def test_cross_entropy_of_special_scores_and_weights(torch, seed):
    """Which results are infinite or NaN, and which are not.

    Two things differ by design and are not asked here: a factor of 0 leaves an infinite -log p out (torch: NaN), and
    an ignored row has the gradient 0 even where its scores are NaN (torch: NaN).
    """
    rng = np.random.default_rng(seed)
    dtype = [np.float32, np.float64][seed % 2]
    classes = int(rng.choice([1, 3, 70]))
    scores = rng.normal(0, 5, (4, classes)).astype(dtype)
    special = [-INF, INF, NAN, None][seed // 2 % 4]
    weight = None
    if special is None:
        weight = np.zeros(classes, dtype)
        weight[rng.random(classes) < 0.3] = 0.5
    else:
        scores[rng.random(scores.shape) < 0.2] = special
        if rng.random() < 0.5:
            weight = rng.uniform(0.5, 1, classes).astype(dtype)
    labels = rng.integers(0, classes, 4)
    if special is None and rng.random() < 0.7:
        labels[rng.random(4) < 0.5] = -100
    if special is NAN and weight is not None:
        weight[labels[0]] = 0
    for reduction, smoothing in itertools.product(["none", "sum", "mean"], [0.0, 0.3]):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        leaf = torch.tensor(scores, requires_grad=True)
        tensors = torch.tensor(labels), None if weight is None else torch.tensor(weight)
        loss = torch.nn.functional.cross_entropy(leaf, tensors[0], weight=tensors[1], **options)
        loss.sum().backward()
        ours, gradient = ss.cross_entropy_with_grad(scores, labels, weight=weight, **options)
        tolerance = {"rtol": 1e-4 if dtype == np.float32 else 1e-11, "atol": 1e-6 if dtype == np.float32 else 1e-12}
        np.testing.assert_allclose(ours, loss.detach(), **tolerance)
        np.testing.assert_allclose(gradient, leaf.grad, **tolerance)
