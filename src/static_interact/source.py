"""Show the source of a function in a chapter, without its docstring."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable

from IPython.display import Markdown


def show_source(function: Callable) -> Markdown:
    """Return the source of a function as highlighted Python, its docstring left out.

    Parameters
    ----------
    function : callable
        A function written in Python. What a chapter shows is then what it calls.

    Returns
    -------
    IPython.display.Markdown
        A fenced code block, to stand last in a cell.

    Raises
    ------
    TypeError
        If `function` has no Python source.

    Examples
    --------
    >>> import textwrap
    >>> print(show_source(textwrap.dedent).data.splitlines()[1])
    def dedent(text):
    """
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (TypeError, OSError) as error:
        raise TypeError(f"show_source: function must have Python source, got {function!r}") from error
    lines = source.splitlines()
    (statement,) = ast.parse(source).body
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and ast.get_docstring(statement):
        first = statement.body[0]
        del lines[first.lineno - 1 : first.end_lineno]
    return Markdown("```python\n" + "\n".join(lines) + "\n```")
