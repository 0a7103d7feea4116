"""The messages on the page "My loss is NaN" are what the libraries say, wherever one is installed: word for word.

In an environment that has them: ``python -m pytest -c /dev/null --rootdir . --noconftest tests/answers``.
"""

import ast
import importlib.util
import re
import warnings

import numpy as np
import pytest

from tools import answers, symptoms

DATA = symptoms.read()
DISTRIBUTIONS = {"sklearn": "scikit-learn"}
ASKED = [
    pytest.param(one, id=f"{entry['id']}-{one['by']}")
    for entry in DATA["entry"]
    for one in entry.get("message", [])
    if "code" in one and importlib.util.find_spec(one["by"])
]


def said(code):
    """All that a piece of code says: its warnings, the error that ends it, or the value of its last line."""
    lines = ast.parse(code)
    last = lines.body.pop() if isinstance(lines.body[-1], ast.Expr) else None
    names, found = {}, []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(lines, "message", "exec"), names)
            if last:
                found.append(repr(eval(compile(ast.Expression(last.value), "message", "eval"), names)))
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    return found + [f"{one.category.__name__}: {one.message}" for one in caught]


def matches(text, found):
    """Whether something said begins with the text, in which … stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in text.split("…"))
    return any(re.match(pattern, one, re.DOTALL) for one in found)


@pytest.mark.parametrize("message", ASKED)
def test_a_library_says_what_the_page_says(message):
    start = DATA["libraries"][message["by"]]["start"]
    if message["by"] == "jax":  # what was compiled before, without the look-out for nan, words its error differently
        importlib.import_module("jax").clear_caches()
    found = said(f"{start}\n{message['code'].strip()}")
    if message["by"] == "jax":
        importlib.import_module("jax").config.update("jax_debug_nans", False)
    assert matches(message["text"], found), found


def test_numpy_at_least_is_asked():
    assert len(ASKED) >= 3


def test_versions_are_those_of_the_other_stored_answers():
    """Both were asked in one environment; NumPy's are asked in every run."""
    for library, about in DATA["libraries"].items():
        assert re.fullmatch(r"\d+(\.\d+)+", about["version"])
        if library != "numpy":
            assert answers.versions(library)[DISTRIBUTIONS.get(library, library)] == about["version"]


def test_what_is_said_is_told_apart():
    assert said("import warnings\nwarnings.warn('look')\n1 / 0") == [
        "ZeroDivisionError: division by zero",
        "UserWarning: look",
    ]
    assert said("2.0 * 3") == ["6.0"]
    assert matches("Zero…: division", ["ZeroDivisionError: division by zero"])
    assert not matches("division", ["ZeroDivisionError: division by zero"])


def test_numpy_lets_pass_a_sum_that_is_off_by_the_root_of_epsilon():
    """The 1.5e-8 that the page speaks of."""
    p = np.array([0.25, 0.25, 0.5])
    for off, passes in [(1.4e-8, True), (1.6e-8, False)]:
        p[2] = 0.5 + off
        assert (said("import numpy as np\n" + f"np.random.choice(3, p={p.tolist()!r}) < 3") == ["True"]) == passes
