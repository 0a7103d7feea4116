"""What a bake changes in ipywidgets itself, all in one place: silent comms, HTML for `display`, and our `interact`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import ipywidgets
from IPython import get_ipython
from IPython.display import display, update_display

from . import capture, hosts, interaction, layouts, observed, outputs, quiet
from .control import begin_output
from .report import log
from .settings import Options, is_baking

_TOLD = (
    ipywidgets.Label, ipywidgets.HTML, ipywidgets.HTMLMath, ipywidgets.Valid, ipywidgets.Image,
    ipywidgets.IntProgress, ipywidgets.FloatProgress, ipywidgets.Text, ipywidgets.Textarea,
    ipywidgets.IntText, ipywidgets.FloatText,
)  # fmt: skip

_shown: list[tuple[Any, str, str]] = []  # widgets, their HTML as it stands on the page, and what goes before it
_told: set[int] = set()
_tried: WeakKeyDictionary[Any, list[Callable]] = WeakKeyDictionary()  # widgets, and which functions waited for them


def prepare() -> None:
    """Make ipywidgets ready for a bake; in a live kernel nothing is changed.

    Helper modules that import ipywidgets themselves get `interact` and its kin from here, too, if they are imported
    later.
    """
    quiet.silence()
    outputs.catch_outputs()
    ipywidgets.Widget._ipython_display_ = _display
    ipywidgets.Widget.__setattr__ = _set
    if is_baking():
        for module in (ipywidgets, ipywidgets.widgets, ipywidgets.widgets.interaction):
            for name in ("interact", "interact_manual", "interactive", "interactive_output"):
                setattr(module, name, getattr(interaction, name))


def _set(widget: Any, name: str, value: Any) -> None:
    """Set an attribute. A frame shows the widgets whose value its call sets, be it to what it was before."""
    object.__setattr__(widget, name, value)
    if name == "value" and isinstance(widget, _TOLD) and (recorder := capture.recorder()) and is_baking():
        recorder.set.setdefault(widget, lambda: layouts.rendered(widget))


def _display(widget: Any) -> None:
    """What `display` does with a widget: in a bake, show its HTML."""
    if not is_baking():
        raise NotImplementedError  # IPython goes on with the usual ways
    shell = get_ipython()
    number = len(_shown) + 1
    page = wrapped(widget, number)
    if shell is not None and not _shown:
        shell.events.register("post_run_cell", _refresh)
    before = hosts.carried(page).removesuffix(page)
    _shown.append((widget, page, before))
    display({"text/html": before + page}, raw=True, display_id=_display_id(number))


def _display_id(number: int) -> str:
    return f"static-interact-{number}"


def wrapped(widget: Any, number: int) -> str:
    """HTML of a widget as an output of its own: controls that stand apart from their figure get its looks.

    Parameters
    ----------
    widget : ipywidgets.Widget
        Any.
    number : int
        How many outputs its kernel has had.

    Returns
    -------
    str
        The same as long as the widget's state is.
    """
    begin_output(number)
    if widget.comm is None:  # it has been closed
        return ""
    page = layouts.html(widget)
    return page if page.startswith("<static-interact") else f'<div class="si-apart">{page}</div>'


def _refresh(*_: Any) -> None:
    """Bring what stands on the page up to date after a cell: its widgets may have been set, filled or thinned since."""
    figure = observed_figure()
    for place, (widget, old, before) in enumerate(_shown):
        page = wrapped(widget, place + 1)
        tell(widget)
        if page != old:
            _shown[place] = (widget, page, before)
            update_display({"text/html": before + page}, raw=True, display_id=_display_id(place + 1))
    if figure is not None:
        display(figure)


def observed_figure() -> interaction.FigureOutput | None:
    """A figure of what the author's functions do that wait for widgets on the page; none if they show nothing."""
    widgets = observed.movable(widget for widget, _, _ in _shown)
    waiting = {widget: observed.watchers(widget) for widget in widgets.values()}
    if all(_tried.get(widget) == handlers for widget, handlers in waiting.items()):
        return None
    _tried.update(waiting)
    function = observed.mover(widgets)
    figure = interaction.FigureOutput(function, lambda: widgets, Options())
    before = set(outputs.in_frames)
    if not observed.shows_something(figure.explorer):
        outputs.in_frames.intersection_update(before)
        for control in figure.explorer.controls.values():
            control.taken = False
        return None
    _told.update(map(id, widgets.values()))
    figure.bake()
    observed.return_to_start(figure.explorer)
    return figure


def tell(widget: Any) -> None:
    """Say in the log which widgets do less on a page than in a notebook."""
    for one in layouts.inside(widget):
        if layouts.watched(one) and id(one) not in _told:
            _told.add(id(one))
            name = getattr(one, "description", "") or type(one).__name__
            log(f"{name}: a function waits for this {type(one).__name__}; the page shows its present state")
