"""The files with answers: written, read, and held to the questions as they are now."""

import functools
import json
import math
from importlib import metadata
from pathlib import Path

import ml_dtypes  # noqa: F401  (gives NumPy the names of the small formats)
import numpy as np

from tools.answers.questions import QUESTIONS

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data" / "answers"
RENEW = "run `make answers` with a Python that has the library"
#: The distributions whose versions stand in a library's file, the library's own first.
DISTRIBUTIONS = {
    "torch": ["torch", "numpy"],
    "jax": ["jax", "jaxlib", "numpy"],
    "optax": ["optax", "jax"],
    "keras": ["keras", "jax"],
    "scipy": ["scipy", "numpy", "ml_dtypes"],
    "sklearn": ["scikit-learn", "numpy"],
}


class Missing(AssertionError):
    """There is no stored answer to this question, or to another one of that name."""


def stored(library, topic, name):
    """The stored answer to one question.

    Parameters
    ----------
    library : str
        The module's name, such as ``"torch"``.
    topic : str
        One of the topics in `QUESTIONS`.
    name : str
        One of the topic's cases.

    Returns
    -------
    dict of str to numpy.ndarray, float, int, bool or str
        As the question's function returned it.

    Raises
    ------
    Missing
        If nothing is stored, or if the case was another one when the answer was stored.
    """
    question = QUESTIONS[library, topic]
    try:
        entry = read(library)["answers"][topic][name]
    except KeyError:
        raise Missing(f"{library}, {topic}, {name}: no answer is stored; {RENEW}") from None
    if not same(entry["of"], describe(question.cases[name])):
        raise Missing(f"{library}, {topic}, {name}: the question has changed since its answer was stored; {RENEW}")
    return {key: unpacked(value) for key, value in entry["answer"].items()}


def versions(library):
    """The versions that gave a library's stored answers, by the distributions' names."""
    return read(library)["versions"]


@functools.cache
def read(library):
    """All that is stored of a library."""
    path = FOLDER / f"{library}.json"
    if not path.is_file():
        raise Missing(f"{path} is missing; {RENEW}")
    return json.loads(path.read_text(encoding="utf-8"))


def write(library, answers):
    """Store answers, ``{topic: {case: answer}}``, with the installed versions; a line a case, for readable changes."""
    installed = {name: metadata.version(name).partition("+")[0] for name in DISTRIBUTIONS[library]}
    lines = [f'{{"versions": {json.dumps(installed)},', '"answers": {']
    for topic, cases in answers.items():
        question = QUESTIONS[library, topic]
        entries = []
        for name, answer in cases.items():
            entry = {
                "of": describe(question.cases[name]),
                "answer": {key: packed(value, question.digits) for key, value in answer.items()},
            }
            entries.append(f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}")
        lines += [f"{json.dumps(topic)}: {{", ",\n".join(entries), "},"]
    lines[-1] = "}}}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{library}.json"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read.cache_clear()
    return path


# Values in JSON: numbers and texts as they are, arrays as [dtype, shape, numbers] -----------------


def packed(value, digits):
    """A value as JSON holds it. Arrays keep `digits` decimal digits, but no more than tell their numbers apart."""
    if not isinstance(value, np.ndarray):
        return value
    digits = min(digits, {2: 5, 4: 9}.get(value.dtype.itemsize, 17))
    numbers = [float(f"{number:.{digits}g}") for number in np.ravel(value).astype(float).tolist()]
    return [value.dtype.name, list(value.shape), [int(x) if x.is_integer() and x else x for x in numbers]]


def unpacked(value):
    if not isinstance(value, list):
        return value
    dtype, shape, numbers = value
    return np.array(numbers, float).astype(dtype).reshape(shape)


# What a question was ------------------------------------------------------------------------------


def describe(case):
    """A short description of a case's arguments, by which a changed one is noticed.

    An array is told by its dtype, its shape and a weighted sum of its numbers, which another computer may round
    otherwise.
    """
    return {name: described(value) for name, value in case.items()}


def described(value):
    if not isinstance(value, np.ndarray):
        return value
    numbers = np.nan_to_num(np.ravel(value).astype(float), nan=0.7e3, posinf=1.1e3, neginf=-1.3e3)
    return [value.dtype.name, list(value.shape), float(f"{numbers @ np.cos(np.arange(numbers.size)):.7g}")]


def same(old, new):
    """Whether two descriptions are of the same case."""
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return old[:2] == new[:2] and math.isclose(old[2], new[2], rel_tol=1e-5, abs_tol=1e-5)
    return type(old) is type(new) and old == new
