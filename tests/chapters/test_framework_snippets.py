"""The sessions with frameworks that chapter 6 prints: they are what the libraries print, and agree with this package.

A session is a Python block that begins with a comment that names libraries and their versions, followed by a block with
what it printed. What the libraries print is among the stored answers; `tests/answers` runs the sessions of those that are
installed again, whatever the version: an answer that has changed belongs into the chapter.
"""

import re

import numpy as np
import pytest

from stable_softmax import cross_entropy, log_softmax, softmax
from tools.answers import cases, stored, versions

SESSIONS = cases.sessions()
MODULES = {"PyTorch": "torch", "Optax": "optax", "Keras": "keras", "scikit-learn": "sklearn", "SciPy": "scipy"}
#: What the chapter calls a library, and PyPI its distribution.
DISTRIBUTIONS = {"PyTorch": "torch", "JAX": "jax", "Optax": "optax", "Keras": "keras", "SciPy": "scipy"}

A = np.array([1.0, 2.0, 3.0])
RIGHT, TWICE = cross_entropy(A, 2), cross_entropy(softmax(A), 2)
GRID = np.sin(np.arange(32.0)).reshape(2, 4, 4)
LABELS = np.array([[0, 1, 2, 3], [3, 2, 1, 0]])
BOTH = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 5.0]])

#: What each session prints, computed without its library: numbers to four decimals, or a part of a message.
EXPECTED = {
    "PyTorch": [RIGHT, RIGHT, TWICE, "Long", cross_entropy(GRID, LABELS, axis=1), cross_entropy(GRID, LABELS)],
    "Optax": [RIGHT, RIGHT, np.nan],
    "Keras": [RIGHT, -np.log(A[2] / A.sum()), -np.log(1e-7), 0.0],
    "scikit-learn": [-np.log(0.665), -np.log(np.finfo(float).eps), "greater than 1: 3.0"],
    "SciPy": [-log_softmax(BOTH.ravel())[2], RIGHT, -np.log(A[2] / A.sum())],
}


def number(line):
    """The last number of a line, as in "tensor(0.4076)" and "-100 nan"."""
    return float(re.findall(r"-?\d+\.\d+|nan", line)[-1])


def agree(line, expected):
    if isinstance(expected, str):
        return expected in line
    return bool(np.isclose(number(line), expected, rtol=0, atol=1e-4, equal_nan=True))


def test_the_chapter_has_a_session_for_each_library():
    assert set(SESSIONS) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_printed_agrees_with_this_package(name):
    lines = SESSIONS[name][2].splitlines()
    assert len(lines) == len(EXPECTED[name])
    for line, expected in zip(lines, EXPECTED[name], strict=True):
        assert agree(line, expected), (line, expected)


def test_a_wrong_answer_is_seen():
    assert not agree("tensor(0.4076)", TWICE) and not agree("-1 0.4076", np.nan) and not agree("Int", "Long")
    assert abs(EXPECTED["PyTorch"][4] - EXPECTED["PyTorch"][5]) > 0.01, "the axis trap does no harm"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_session_is_what_the_library_printed(name):
    chapters, code, output = SESSIONS[name]
    assert cases.session(name)[name]["code"] == code
    assert stored(MODULES[name], "session", name) == {"printed": output}
    gave = versions(MODULES[name])
    assert chapters == {library: gave[DISTRIBUTIONS.get(library, library)] for library in chapters}
