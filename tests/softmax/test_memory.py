"""A call takes the memory of a few blocks beyond its arguments and its result, whatever their size."""

import numpy as np
import pytest

from benchmarks import memory

#: Rows so long that each is a block of its own, or nearly.
LONG_ROWS = (24, 50_000)


def missed(lines):
    return [line for line in lines if line.ours > line.allowed]


@pytest.mark.slow
def test_no_call_makes_a_copy_of_large_arrays():
    lines = list(memory.measure(shapes=[LONG_ROWS], dtypes=[np.float16, np.float64]))
    assert {line.operation for line in lines} == {"softmax", "log_softmax", "logsumexp", "loss and gradient"}
    assert not missed(lines)


def test_a_copy_would_be_seen():
    """SciPy makes one, of the size of the scores: more than is allowed."""
    lines = memory.measure(shapes=[LONG_ROWS], dtypes=[np.float64])
    copies = [line for line in lines if line.operation in {"softmax", "log_softmax"}]
    assert len(copies) == 4
    for line in copies:
        assert line.allowed < line.input <= line.scipy
        assert missed([line._replace(ours=line.scipy)])


@pytest.mark.slow
def test_no_call_makes_a_copy_in_the_whole_table():
    lines = list(memory.measure())
    assert {line.dtype for line in lines} == {"bfloat16", "float8_e5m2", "float16", "float32", "float64"}
    assert {line.shape for line in lines} == set(memory.SHAPES)
    assert not missed(lines)
