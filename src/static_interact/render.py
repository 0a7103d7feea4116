"""Call a reader's function once and keep what it shows: a figure, and text from print, return value and warnings."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Shown:
    """What one call showed: `figure` may be None, `text` may be empty."""

    figure: Figure | None
    text: str


def call(function: Callable, arguments: Mapping[str, Any]) -> Shown:
    """Call `function` and collect what it shows.

    Parameters
    ----------
    function : callable
        Returns a `matplotlib.figure.Figure`, a str, a pair of the two, or None; may print. NumPy's warnings
        are collected too, as their messages alone (each once): their usual form names a temporary file.
    arguments : mapping
        Keyword arguments of the call.

    Returns
    -------
    Shown
        Text is in the order printed, returned, warned.

    Raises
    ------
    TypeError
        If the function returns anything else, or shows nothing at all.
    """
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = function(**arguments)
    except Exception as error:
        chosen = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        error.add_note(f"in the figure function {function.__name__}({chosen})")
        raise
    parts = result if isinstance(result, tuple) else (result,)
    figures = [part for part in parts if isinstance(part, Figure)]
    others = [part for part in parts if not isinstance(part, (Figure, str, type(None)))]
    if others or len(figures) > 1:
        raise TypeError(f"{function.__name__} must return a matplotlib Figure, a str or both, got {result!r}")
    texts = [printed.getvalue(), *(part for part in parts if isinstance(part, str))]
    texts += dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)
    text = "\n".join(piece.rstrip("\n") for piece in texts if piece.strip())
    if not figures and not text:
        raise TypeError(f"{function.__name__} must return a matplotlib Figure or some text, it showed nothing")
    return Shown(figures[0] if figures else None, text)


def close(figure: Figure | None) -> None:
    """Take a figure out of pyplot's hands, so that it is neither shown a second time nor kept."""
    import matplotlib.pyplot as plt

    if figure is not None:
        plt.close(figure)
