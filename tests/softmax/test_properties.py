"""The properties as functions: what is right has them, for any scores, and each slip lacks the one that it should."""

import hypothesis.extra.numpy as hnp
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stable_softmax import cross_entropy, cross_entropy_grad, log_softmax, logsumexp, naive, properties, softmax
from stable_softmax.jacobian import softmax_vjp

INF, NAN = np.inf, np.nan
ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.5], [4.0, 0.0, -2.0]])
LABELS = np.array([2, 0, 1])
KEEP = np.array([[True, False, True], [False, False, False], [True, True, True]])


def masked(x, keep):
    return np.nan_to_num(softmax(x, where=keep))


def soft_loss(x, y):
    return -(y * np.where(y == 0, 0, log_softmax(x))).sum(axis=-1)


def two_classes(z, label):
    return np.logaddexp(0, -z if label else z)


def mean_where_kept(x, labels):
    return cross_entropy(x, labels, ignore_index=-100)


def pooled(parts):
    return np.concatenate(parts).mean()


#: By property: what has it, slips that lack it, and what both are tried on.
CASES = {
    "stays_finite": (softmax, [naive.softmax, lambda x: x / 0, lambda x: x - INF], [np.array([1000.0, 2000.0])]),
    "sums_to_one": (
        softmax,
        [lambda x: softmax(x, axis=0), lambda x: softmax(x) * (1 + 1e-11), lambda x: softmax(x) * NAN],
        [ROWS],
    ),
    "rows_stand_alone": (softmax, [lambda x: softmax(x, axis=None), lambda x: x - x.mean(axis=0)], [ROWS]),
    "ignores_a_shift": (softmax, [np.exp, lambda x: x / x.sum(), lambda x: softmax(1.001 * x**2)], [ROWS]),
    "winner_takes_all": (
        softmax,
        [lambda x: softmax(softmax(x)), lambda x: softmax(-x), lambda x: softmax(x / 0)],
        [[0.0, 12.0, 1.0]],
    ),
    "masked_get_nothing": (
        masked,
        [lambda x, keep: softmax(x), lambda x, keep: softmax(x, where=keep), lambda x, keep: softmax(x * keep)],
        [ROWS, KEEP],
    ),
    "dtypes_agree": (
        softmax,
        [lambda x: x.dtype.itemsize * softmax(x), lambda x: softmax(x + x.dtype.type(1e6))],
        [ROWS],
    ),
    "sure_and_right_is_free": (
        cross_entropy,
        [lambda x, label: cross_entropy(softmax(x), label), lambda x, label: cross_entropy(x, 0)],
        [],
    ),
    "ignores_an_impossible_class": (
        soft_loss,
        [lambda x, y: -(y * log_softmax(x)).sum(axis=-1), lambda x, y: soft_loss(x, y) / x.shape[-1]],
        [ROWS, softmax(-ROWS)],
    ),
    "ignores_ignored_rows": (
        mean_where_kept,
        [lambda x, labels: cross_entropy(x, labels % 3), lambda x, labels: mean_where_kept(x - x.mean(axis=0), labels)],
        [ROWS, [2, -100, 1]],
    ),
    "averages_its_rows": (
        cross_entropy,
        [lambda x, labels: cross_entropy(x, labels) * len(x), lambda x, labels: cross_entropy(x[:1], labels[:1])],
        [ROWS, LABELS],
    ),
    "mirrors": (
        two_classes,
        [lambda z, label: two_classes(z, 1), lambda z, label: two_classes(z, label) + label * 1e-4],
        [np.array([-30, -2, 0, 5, 40], np.float32)],
    ),
    "regroups": (
        pooled,
        [lambda parts: np.mean([part.mean() for part in parts]), lambda parts: parts[0].mean(), lambda parts: NAN],
        [[1.0, 2.0, 4.0, 8.0]],
    ),
    "gradient_sums_to_zero": (
        lambda x: cross_entropy_grad(x, LABELS),
        [softmax, lambda x: cross_entropy_grad(x, LABELS) * [1, 1, 1 + 1e-6], lambda x: x * NAN],
        [ROWS],
    ),
    "masked_gradient_is_zero": (
        lambda x: np.where(KEEP, softmax(x), 0),
        [softmax, lambda x: np.where(KEEP, x / 0, 0), lambda x: np.where(KEEP, 1, NAN)],
        [ROWS, KEEP],
    ),
}


def test_every_property_is_tried():
    assert sorted(CASES) == sorted(properties.__all__)


@pytest.mark.parametrize("name", CASES)
def test_what_is_right_has_it_and_slips_do_not(name):
    has_property = getattr(properties, name)
    right, slips, inputs = CASES[name]
    assert has_property(right, *inputs) is True
    assert [has_property(slip, *inputs) for slip in slips] == [False] * len(slips)


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_function_is_refused(name):
    has_property, inputs = getattr(properties, name), CASES[name][2]
    with pytest.raises(TypeError, match=r"the first argument must be callable, got 3"):
        has_property(3, *inputs)


@pytest.mark.parametrize("name", CASES)
def test_inputs_are_left_alone(name):
    right, _, inputs = CASES[name]
    copies = [np.array(value) for value in inputs]
    getattr(properties, name)(right, *inputs)
    assert all(map(np.array_equal, inputs, copies))


def test_what_the_function_raises_comes_through():
    with pytest.raises(ZeroDivisionError):
        properties.stays_finite(lambda x: 1 // 0, ROWS)


def test_warnings_are_silenced_for_the_function_alone(recwarn):
    assert not properties.stays_finite(lambda x: x / 0, ROWS)
    assert not recwarn
    with np.errstate(all="raise"):
        assert not properties.stays_finite(lambda x: x / 0, ROWS)
        assert np.geterr()["divide"] == "raise"


def test_a_batch_without_ignored_rows_is_refused():
    with pytest.raises(ValueError, match=r"labels must hold the label to ignore, -100, got \[2, 0, 1\]"):
        properties.ignores_ignored_rows(mean_where_kept, ROWS, LABELS)
    assert properties.ignores_ignored_rows(
        lambda x, labels: cross_entropy(x, labels, ignore_index=7), ROWS, [0, 7, 1], ignore=7
    )


def test_ignored_rows_count_whatever_stands_in_them():
    """Also where they hold the numbers that the property puts there."""

    def leaky(x, labels):
        return mean_where_kept(x, labels) - log_softmax(x).mean()

    for row in ([0, 3, 6], [6, 3, 0], [0, 5, 10], [0, 0, 0]):
        assert not properties.ignores_ignored_rows(leaky, [[1.0, 2.0, 3.0], row], [2, -100])


def test_infinite_slopes_do_not_cancel():
    for slopes in ([INF, 1.0], [INF, -INF], [INF, INF]):
        assert not properties.gradient_sums_to_zero(lambda x, slopes=slopes: np.array(slopes), [1.0, 2.0])


def test_the_narrow_format_may_be_bfloat16():
    x, dtypes = np.array([1.0, 2.0, 4.0]), (ml_dtypes.bfloat16, np.float32)
    assert properties.dtypes_agree(softmax, x, dtypes=dtypes)
    assert not properties.dtypes_agree(lambda x: x.dtype.itemsize * softmax(x), x, dtypes=dtypes)


def test_shapes_count():
    """A column is not the same as a row of the same numbers."""
    assert not properties.mirrors(lambda z, label: z if label else -z[:, None], [1.0, 1.0])


scores = hnp.arrays(
    float, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.floats(-1e3, 1e3)
)


@given(scores, st.integers(0, 2**32 - 1))
def test_this_books_functions_have_them(x, seed):
    rng = np.random.default_rng(seed)
    rows, classes = x.shape
    labels, targets = rng.integers(0, classes, rows), rng.dirichlet(np.ones(classes), rows)
    for function in (softmax, log_softmax, logsumexp):
        assert properties.stays_finite(function, x)
        assert properties.rows_stand_alone(function, x)
    assert properties.sums_to_one(softmax, x)
    assert properties.ignores_a_shift(softmax, x, rtol=1e-8)
    assert properties.dtypes_agree(softmax, x.astype(np.float16))
    assert properties.averages_its_rows(cross_entropy, x, labels)
    assert properties.ignores_an_impossible_class(cross_entropy, x, targets)
    assert properties.sure_and_right_is_free(cross_entropy, classes)
    assert properties.gradient_sums_to_zero(lambda x: cross_entropy_grad(x, labels, reduction="none"), x)
    assert properties.gradient_sums_to_zero(lambda x: softmax_vjp(x, np.eye(classes)[labels]), x, rtol=1e-6)
    labels[rng.integers(rows)] = -100
    assert np.all(labels == -100) or properties.ignores_ignored_rows(mean_where_kept, x, labels)
    keep = rng.random(x.shape) < 0.7
    assert properties.masked_get_nothing(masked, x, keep)
    keep[:, 0] = True
    assert properties.masked_gradient_is_zero(
        lambda x: cross_entropy_grad(np.where(keep, x, -INF), np.zeros(rows, int)), x, keep
    )
