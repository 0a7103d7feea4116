"""What `show_source` shows of a function."""

import math

import pytest

from static_interact import show_source


def documented(x):
    """Return the double.

    Of any number.
    """
    return 2 * x  # a comment


def plain(x):
    return 2 * x


class Both:
    """A class with a docstring."""

    def method(self):
        """And a method with one."""
        return self


twice = lambda x: 2 * x  # noqa: E731


@pytest.mark.parametrize(
    "function, code",
    [
        (documented, "def documented(x):\n    return 2 * x  # a comment"),
        (plain, "def plain(x):\n    return 2 * x"),
        (Both.method, "def method(self):\n    return self"),
        (twice, "twice = lambda x: 2 * x  # noqa: E731"),
    ],
    ids=["documented", "plain", "method", "lambda"],
)
def test_source_is_shown_without_its_docstring(function, code):
    assert show_source(function).data == f"```python\n{code}\n```"


def test_a_class_loses_its_own_docstring_alone():
    assert '"""And a method' in show_source(Both).data and "A class with" not in show_source(Both).data


@pytest.mark.parametrize("function", [math.sqrt, 3, eval("lambda x: x")])
def test_what_has_no_source_is_an_error(function):
    with pytest.raises(TypeError, match="show_source: function must have Python source, got"):
        show_source(function)
