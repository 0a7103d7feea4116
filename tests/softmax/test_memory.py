"""A call takes the memory of a few blocks beyond its arguments and its result, whatever their size."""

import pytest

from benchmarks import memory


@pytest.fixture(scope="module")
def lines():
    return list(memory.measure())


def test_no_call_makes_a_copy_of_large_arrays(lines):
    assert {line[2] for line in lines} == {"bfloat16", "float8_e5m2", "float16", "float32", "float64"}
    missed = [line for line in lines if line[5] > line[6]]
    assert not missed


def test_a_copy_would_be_seen(lines):
    line = next(line for line in lines if line[2] == "float64" and line[0] == "softmax")
    size, allowed, theirs = line[4], line[6], line[7]
    assert allowed < size
    if theirs is not None:
        assert theirs >= size  # SciPy makes one
