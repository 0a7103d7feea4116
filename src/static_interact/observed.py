"""Widgets that functions of the author watch (`observe`): what happens when they are moved, as frames."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import traitlets

from . import capture
from .control import Control
from .controls import Fixed, control_of, slug
from .explorer import Explorer, name_of
from .layouts import authors_own, inside
from .report import log


def watchers(widget: Any) -> list[Callable]:
    """The author's functions that wait for a widget's value.

    Parameters
    ----------
    widget : ipywidgets.Widget
        Any.

    Returns
    -------
    list of callable
        In the order in which they are called; ipywidgets' own, and links, are not among them.
    """
    notifiers = getattr(widget, "_trait_notifiers", {})
    return authors_own(
        handler for trait in ("value", traitlets.All) for handler in (notifiers.get(trait) or {}).get("change", ())
    )


def movable(widgets: Iterable[Any]) -> dict[str, Any]:
    """Those among widgets, and all that is in them, that are watched and can be moved on a page, by a name each."""
    found: dict[str, Any] = {}
    for widget in dict.fromkeys(one for outer in widgets for one in inside(outer)):
        if not isinstance(widget, ipywidgets.ValueWidget) or not watchers(widget):
            continue
        control: Control = control_of(widget)
        if control.taken or isinstance(control, Fixed) or not control.axes:
            continue
        name = slug(getattr(widget, "description", "") or type(widget).__name__).replace("-", "_")
        while name in found:
            name += "_"
        found[name] = widget
    return found


def mover(widgets: dict[str, Any]) -> Callable[..., None]:
    """A function that moves widgets, and so calls all that waits for them.

    Parameters
    ----------
    widgets : dict
        By the names of the function's keywords.

    Returns
    -------
    callable
        It shows what a reader would have seen last: what is shown on the way is forgotten.
    """
    told = set()

    def moved(**values: Any) -> None:
        recorder = capture.recorder()
        with recorder.aside() if recorder is not None else contextlib.nullcontext():
            for name, value in values.items():
                with contextlib.suppress(Exception):  # what fails does so once more below
                    widgets[name].value = value
        called: list[Callable] = []
        errors = []
        for name, value in values.items():
            change = {"name": "value", "old": value, "new": value, "owner": widgets[name], "type": "change"}
            for handler in watchers(widgets[name]):
                if handler not in called:
                    called.append(handler)
                    try:
                        handler(traitlets.Bunch(change))
                    except Exception as raised:
                        errors.append((name_of(handler), raised))
        if errors and len(errors) == len(called):
            raise errors[0][1]
        # In a notebook, too, one function that fails leaves the others at work.
        for name, error in errors:
            line = f"{name}: {type(error).__name__}: {error}"
            if line not in told:
                told.add(line)
                log(line, "warning")

    first = watchers(next(iter(widgets.values())))[0]
    moved.__name__ = moved.__qualname__ = name_of(first)
    return moved


def shows_something(explorer: Explorer) -> bool:
    """Whether readers see what a function does: it may only keep a value, or set other controls, or fail."""
    from .calls import Caller, digest, pack

    caller = Caller(explorer)
    seen = set()
    ends = [
        (*explorer.start[:k], end, *explorer.start[k + 1 :])
        for k, axis in enumerate(explorer.axes)
        for end in (0, axis.size - 1)
    ]
    for combination in [*ends, explorer.start]:  # the start comes last: what the functions keep is as it was
        frame = caller.frame(combination)
        seen.add(digest(pack(frame)))
    return not caller.complaints and len(frame[0]) > 0 and len(seen) > 1


def return_to_start(explorer: Explorer) -> None:
    """Leave widgets, and what functions keep, as they were: without other processes, the last frame moved them here."""
    from .calls import Caller

    Caller(explorer).frame(explorer.start)
