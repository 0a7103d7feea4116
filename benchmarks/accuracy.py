"""The accuracy table: the largest error in ULP against 50 digits, over all entries of all rows of a case."""

import numpy as np

import stable_softmax as ss
from stable_softmax import naive, precision
from stable_softmax.precision import reference

CLASSES = 1000


# The standard fix, which SciPy and PyTorch compute: subtract the maximum, then as the definition has it.


def shifted_softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def shifted_log_softmax(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def shifted_loss(x, labels):
    """lse - x_t, with the log-sum-exp of the shifted scores."""
    m = x.max(axis=-1, keepdims=True)
    lse = m[:, 0] + np.log(np.exp(x - m).sum(axis=-1))
    return lse - x[np.arange(len(x)), labels]


def shifted_gradient(x, labels):
    p = shifted_softmax(x)
    p[np.arange(len(x)), labels] -= 1
    return p


def cases(rows):
    """Yield (name, dtype, wanted, truth, {method: values}); `rows` rows where they are drawn at random."""
    rng = np.random.default_rng(20240229)

    def softmaxes(x):
        methods = {"naive": naive.softmax(x), "x - max": shifted_softmax(x), "ours": ss.softmax(x)}
        return reference.softmax(x), methods

    for name, draw in {
        "softmax, N(0, 3), n = 1000": lambda dtype: rng.normal(0, 3, (rows, CLASSES)),
        "softmax, spread +-350 / +-40, n = 1000": lambda dtype: (
            rng.uniform(-1, 1, (rows, CLASSES)) * (350 if dtype == np.float64 else 40)
        ),
        "softmax, 1e4 + N(0, 3), n = 1000": lambda dtype: 1e4 + rng.normal(0, 3, (rows, CLASSES)),
    }.items():
        for dtype in (np.float64, np.float32):
            yield name, dtype, 4, *softmaxes(draw(dtype).astype(dtype))

    for dtype, low in ((np.float64, -40), (np.float32, -20)):
        x, label = np.array([[0, low]], dtype), np.array([0])
        yield (
            "log_softmax, one dominant class",
            dtype,
            2,
            reference.log_softmax(x),
            {
                "naive": naive.log_softmax(x),
                "x - max": shifted_log_softmax(x),
                "ours": ss.log_softmax(x),
            },
        )
        yield (
            "loss, one dominant class",
            dtype,
            2,
            reference.cross_entropy(x, label),
            {
                "naive": naive.cross_entropy(x, label, reduction="none"),
                "x - max": shifted_loss(x, label),
                "ours": ss.cross_entropy(x, label, reduction="none"),
            },
        )
        yield (
            "gradient of the dominant row",
            dtype,
            4,
            reference.cross_entropy_grad(x, label),
            {
                "naive": naive.cross_entropy_grad(x, label),
                "x - max": shifted_gradient(x, label),
                "ours": ss.cross_entropy_grad(x, label),
            },
        )
    for dtype in (np.float64, np.float32):
        x, labels = (1e4 + rng.normal(0, 3, (rows, CLASSES))).astype(dtype), rng.integers(0, CLASSES, rows)
        yield (
            "loss, offset 1e4 (lse - x_t)",
            dtype,
            2,
            reference.cross_entropy(x, labels),
            {
                "naive": naive.cross_entropy(x, labels, reduction="none"),
                "x - max": shifted_loss(x, labels),
                "ours": ss.cross_entropy(x, labels, reduction="none"),
            },
        )
    x, labels = rng.normal(0, 5, (rows, 100)).astype(np.float16), rng.integers(0, 100, rows)
    yield "softmax, float16, N(0, 5), n = 100", np.float16, 1, *softmaxes(x)
    yield (
        "loss, float16, N(0, 5), n = 100",
        np.float16,
        1,
        reference.cross_entropy(x, labels),
        {
            "naive": naive.cross_entropy(x, labels, reduction="none"),
            "x - max": shifted_loss(x, labels),
            "ours": ss.cross_entropy(x, labels, reduction="none"),
        },
    )


def measure(rows=20):
    """Return lines (name, dtype name, {method: largest error in ULP}, wanted)."""
    with np.errstate(all="ignore"):
        return [
            (name, np.dtype(dtype).name, {m: _worst(values, truth) for m, values in methods.items()}, wanted)
            for name, dtype, wanted, truth, methods in cases(rows)
        ]


def many_rows(rows=2000):
    """Yield lines (dtype name, method, worst of all rows, median of the worst of each 20 rows), in ULP, for N(0, 3).

    mpmath would take minutes for so many rows: the truth is the same formula in the next wider dtype. Where long double
    is no wider than float64, there is no line for that.
    """
    for dtype, wider in ((np.float64, np.longdouble), (np.float32, np.float64)):
        if np.finfo(wider).eps == np.finfo(dtype).eps:
            continue
        x = np.random.default_rng(1).normal(0, 3, (rows, CLASSES)).astype(dtype)
        truth = naive.softmax(x.astype(wider))
        # The unit of `precision.ulp_error`; nothing here is subnormal.
        units = np.exp2(np.floor(np.log2(truth)) - np.finfo(dtype).nmant)
        for name, values in (("x - max", shifted_softmax(x)), ("ours", ss.softmax(x))):
            worst = (np.abs(values - truth) / units).max(axis=-1)
            yield np.dtype(dtype).name, name, float(worst.max()), float(np.median(worst.reshape(-1, 20).max(axis=-1)))


def _worst(values, truth):
    return float(precision.ulp_error(values, truth).max())


def print_table():
    """Print the table; return whether every wanted number is met."""
    print("Accuracy: largest error in ULP against 50-digit mpmath (inf: nan, or infinite where the truth is not)")
    print(f"{'':42}{'dtype':9}{'naive':>9}{'x - max':>9}{'ours':>9}{'wanted':>9}")
    met = True
    for name, dtype, errors, wanted in measure():
        good = errors["ours"] <= wanted
        met &= good
        numbers = "".join(f"{errors[m]:9.2g}" for m in ("naive", "x - max", "ours"))
        print(f"{name:42}{dtype:9}{numbers}{f'<= {wanted}':>9}{'' if good else '  !'}")
    rows = 2000
    print(
        f"softmax of {rows} rows from N(0, 3), beside the next wider dtype: "
        "worst of all; median of the worst of 20 rows"
    )
    for dtype, name, worst, median in many_rows(rows):
        print(f"{dtype:9}{name:>9}{worst:9.1f}{median:9.1f}")
    print()
    return met
