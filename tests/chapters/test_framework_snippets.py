"""The sessions with frameworks that chapter 6 prints: what they say agrees with this package, and they still say it.

A session is a Python block that begins with a comment that names libraries and their versions, followed by a block with
what it printed. The first half of the tests needs none of the libraries. The second half runs each session again where its
library is installed, whatever the version: an answer that has changed belongs into the chapter.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stable_softmax import cross_entropy, log_softmax, softmax

# Read as JSON, so that these tests run in the environment of each framework, without the book's tools.
[CHAPTER] = (Path(__file__).parents[2] / "book" / "chapters").glob("06_*.ipynb")
MODULES = {
    "PyTorch": "torch",
    "JAX": "jax",
    "Optax": "optax",
    "Keras": "keras",
    "scikit-learn": "sklearn",
    "SciPy": "scipy",
}
SESSION = re.compile(r"```python\n# ((?:[\w-]+ [\d.]+(?:, )?)+)\n(.+?)\n```\n\n```text\n(.+?)\n```", re.DOTALL)


def sessions():
    """Libraries with versions, code and output of each session, by the name of the library that it shows."""
    cells = json.loads(CHAPTER.read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = {}
    for versions, code, output in SESSION.findall(text):
        libraries = [library.split(" ")[0] for library in versions.split(", ")]
        shown = next(name for name in ("Optax", *libraries) if name in libraries)
        found[shown] = (libraries, code, output)
    return found


SESSIONS = sessions()

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
def test_a_session_still_prints_what_the_chapter_says(name):
    libraries, code, output = SESSIONS[name]
    missing = [library for library in libraries if importlib.util.find_spec(MODULES[library]) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    settings = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip("\n") == output
