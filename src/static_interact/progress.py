"""A progress bar for work that takes a while, where somebody is watching; nothing at all elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sized

from IPython import get_ipython
from IPython.display import display

from .settings import is_baking

SECONDS = 0.1  # between updates: each is a message to the browser


def progress(iterable: Iterable, description: str = "", total: int | None = None) -> Iterator:
    """Yield the items, and show how far it has come while somebody is watching.

    In a live front end (JupyterLab, Notebook, Colab, VS Code) a bar appears, and goes when the loop ends, also by an
    error or `break`. Where a notebook is executed with nobody there, by nbclient, nbval or a book build, in a plain
    Python or IPython prompt, and without ipywidgets there is none, so outputs are the same with and without it.

    Parameters
    ----------
    iterable : iterable
        Any; a generator too.
    description : str, optional
        What is going on, shown before the bar.
    total : int, optional
        How many items there are. By default ``len(iterable)``; where that is unknown, the bar counts but never fills.

    Yields
    ------
    object
        The items of `iterable`, unchanged.

    Raises
    ------
    TypeError
        If `iterable` is none, or `total` no int. It is raised by the call, before the first item is asked for.
    ValueError
        If `total` is negative.

    Notes
    -----
    A kernel cannot see who is watching. But a front end says with each cell whether somebody could answer an
    ``input()`` (``allow_stdin`` of Jupyter's messaging protocol): programs that execute notebooks say no.

    Examples
    --------
    >>> sum(progress(range(4), "adding up"))
    6
    """
    items = iter(iterable)
    if total is None:
        total = len(iterable) if isinstance(iterable, Sized) else None
    elif isinstance(total, bool) or not hasattr(total, "__index__"):
        raise TypeError(f"progress: total must be an int or None, got {total!r}")
    elif total < 0:
        raise ValueError(f"progress: total must be at least 0, got {total}")
    return _with_bar(items, description, total) if _is_watched() else items


def _is_watched() -> bool:
    """Whether a front end with a person before it runs the current cell."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None or is_baking():
        return False
    try:
        import ipywidgets  # noqa: F401
    except ModuleNotFoundError:
        return False
    return bool(kernel.get_parent("shell").get("content", {}).get("allow_stdin"))


def _with_bar(items: Iterator, description: str, total: int | None) -> Iterator:
    import ipywidgets

    bar = ipywidgets.IntProgress(max=total or 1, description=description, style={"description_width": "initial"})
    shown = display(bar, display_id=True)
    latest = 0.0
    try:
        for done, item in enumerate(items):
            if (now := time.monotonic()) - latest >= SECONDS:
                bar.value = done if total else 0
                bar.description = f"{description} {done} of {total}" if total else f"{description} {done}"
                latest = now
            yield item
    finally:
        for model in (bar, bar.layout, bar.style):
            model.close()
        shown.update({"text/plain": ""}, raw=True)
