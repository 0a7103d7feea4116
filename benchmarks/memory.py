"""The memory table: what a call takes at its peak beyond its arguments and its result, in MB (2^20 bytes).

NumPy reports its arrays to `tracemalloc`, so the figures are exact and the same in every run.
"""

import tracemalloc
from typing import NamedTuple

import numpy as np

import stable_softmax as ss
from stable_softmax._blocks import BLOCK_BYTES

try:
    import scipy.special as scipy
except ModuleNotFoundError:
    scipy = None

try:
    import ml_dtypes
except ModuleNotFoundError:
    SMALL = ()
else:
    SMALL = (ml_dtypes.bfloat16, ml_dtypes.float8_e5m2)

MB = 1 << 20
SHAPES = ((128, 50_000), (400_000, 10))
DTYPES = (*SMALL, np.float16, np.float32, np.float64)
#: Blocks that copies in another dtype and exponentials may take together.
BLOCKS = 4


class Line(NamedTuple):
    """A line of the table; sizes in bytes."""

    operation: str
    shape: tuple
    dtype: str
    scores: str
    input: int
    ours: int  # at the peak, beyond arguments and result
    allowed: int
    scipy: int | None  # the same of SciPy, where it has the function


def extra(function, result_bytes):
    """Return the bytes that `function` takes at its peak beyond those of its result."""
    tracemalloc.start()
    try:
        function()
        return max(0, tracemalloc.get_traced_memory()[1] - result_bytes)
    finally:
        tracemalloc.stop()


def calls(x, labels):
    """Return {operation: (function without arguments, bytes of its result, the same of SciPy or None)}."""
    rows = x.nbytes // x.shape[1]
    found = {
        "softmax": (lambda: ss.softmax(x), x.nbytes, lambda: scipy.softmax(x, axis=-1)),
        "log_softmax": (lambda: ss.log_softmax(x), x.nbytes, lambda: scipy.log_softmax(x, axis=-1)),
        "logsumexp": (lambda: ss.logsumexp(x), rows, lambda: scipy.logsumexp(x, axis=-1)),
        "loss and gradient": (lambda: ss.cross_entropy_with_grad(x, labels), x.nbytes, None),
    }
    return {name: (ours, size, theirs if scipy else None) for name, (ours, size, theirs) in found.items()}


def measure(shapes=SHAPES, dtypes=DTYPES):
    """Yield the table's lines, each a `Line`."""
    rng = np.random.default_rng(0)
    for shape in shapes:
        labels = rng.integers(0, shape[1], shape[0])
        allowed = BLOCKS * BLOCK_BYTES + shape[0] * 8  # and one float64 a row: losses are added at the end
        for dtype in dtypes:
            for scores, offset in (("N(0, 3)", 0), ("1e4 + N(0, 3)", 10_000)):
                x = (rng.normal(0, 3, shape) + offset).astype(dtype)
                for operation, (ours, size, theirs) in calls(x, labels).items():
                    peak = None if theirs is None else extra(theirs, size)
                    name = np.dtype(dtype).name
                    yield Line(operation, shape, name, scores, x.nbytes, extra(ours, size), allowed, peak)


def print_table():
    """Print the table; return whether no call took more than is wanted."""
    print("Memory: MB at the peak beyond arguments and result; wanted are a few blocks, and one number a row")
    print(f"{'':18}{'shape':>13}  {'dtype':12}{'scores':>14}{'input':>8}{'ours':>8}{'wanted':>10}{'SciPy':>8}")
    met = True
    for operation, shape, dtype, scores, size, ours, allowed, theirs in measure():
        most, other = f"<= {allowed / MB:.1f}", "-" if theirs is None else f"{theirs / MB:.1f}"
        numbers = f"{size / MB:8.1f}{ours / MB:8.1f}{most:>10}{other:>8}"
        good = ours <= allowed
        met &= good
        print(f"{operation:18}{f'{shape[0]} x {shape[1]}':>13}  {dtype:12}{scores:>14}{numbers}{'' if good else '  !'}")
    print()
    return met
