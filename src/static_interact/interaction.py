"""`interact` and its kin: ipywidgets' own in a live kernel, baked frames in a build."""

from __future__ import annotations

import functools
import inspect
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets
from IPython import get_ipython
from IPython.display import display
from ipywidgets.widgets.interaction import _InteractFactory
from matplotlib.figure import Figure

from . import capture, element, outputs
from .ask import Ask
from .control import Control, copy_of
from .controls import Fixed
from .explorer import Explorer, name_of
from .report import log
from .settings import OPTIONS, Options, is_baking, settings, split

VIEW = "application/vnd.jupyter.widget-view+json"
_numbers = itertools.count(1)


def figure_identifier(function: Callable) -> str:
    """An id for the next figure of this kernel; its cell tells it from those of other notebooks on the page."""
    cells = getattr(get_ipython(), "user_ns", {}).get("In") or [""]
    return element.identifier(function, next(_numbers), cells[-1])


class FigureOutput(ipywidgets.Output):
    """The place where a function's frames are shown."""

    def __init__(
        self, function: Callable, widgets: Callable[[], Mapping[str, Any]], options: Options, result: bool = False
    ) -> None:
        super().__init__()
        self._function, self._widgets, self._options, self._result = function, widgets, options, result
        self._home: int | None = None  # the output that has the first copy

    @functools.cached_property
    def explorer(self) -> Explorer:
        """Made when it is first shown: until then widgets may be linked, set or given other options."""
        identifier = figure_identifier(self._function)
        explorer = Explorer.of(self._function, self._widgets(), identifier, **vars(self._options))
        explorer.result = self._result
        _check(self._function, explorer.controls)
        return explorer

    @functools.cached_property
    def _baked(self) -> str:
        from .bake import bake

        return bake(self.explorer, lambda: _PLACE)

    def bake(self) -> None:
        """Make the frames now: controls that are shown elsewhere may lose places by it."""
        self._baked  # noqa: B018

    def _static_html(self, controls: Callable[[], str] | None = None) -> str:
        """The figure, and inside it the controls if they do not stand elsewhere."""
        page = self._baked
        if controls is None:
            page = re.sub(rf'<div class="si-controls"[^>]*>{_PLACE}</div>', "", page)
        copy = copy_of(self.explorer.identifier)
        if self._home is None:
            self._home = copy.number
        if self._home != copy.number or copy.count:
            page = _renamed(page, self.explorer, f"-copy{copy.number}-{copy.count}")
        # Only now, as the plan may have left out places.
        return page.replace(_PLACE, controls() if controls is not None else "")


_PLACE = "<!--controls-->"


def _renamed(page: str, explorer: Explorer, suffix: str) -> str:
    """A figure with other ids, for a second copy; it follows the same controls."""
    page = page.replace(explorer.identifier, explorer.identifier + suffix)
    keys = {axis.identifier.replace(explorer.identifier, explorer.identifier + suffix): axis for axis in explorer.axes}

    def keep(match: re.Match) -> str:
        return json.dumps([keys[key].identifier for key in json.loads(match[1])])

    return re.sub(r'(?<="controls":)(\[[^\]]*\])', keep, page, count=1)


def _check(function: Callable, controls: Mapping[str, Control]) -> None:
    """Say which controls cannot be moved on a page: in the log, or by an error where thinning is one."""
    reasons = [c.reason for c in controls.values() if isinstance(c, Fixed) and c.reason]
    if reasons and settings().thinning == "error":
        raise ValueError(f"{name_of(function)}: {'; '.join(reasons)}")
    for reason in reasons:
        log(f"{name_of(function)}: {reason}")


def _named(function: Callable) -> Callable:
    """A function with a name, as ipywidgets asks for one, which partials and objects do not have."""
    if hasattr(function, "__name__"):
        return function

    def call(*arguments: Any, **keywords: Any) -> Any:
        return function(*arguments, **keywords)

    call.__name__ = name_of(function)
    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return call


def _show_whole_labels(widgets: Iterable[Any]) -> None:
    """Give each label the room that it needs, where its author has said nothing; ipywidgets cuts it at 80 pixels."""
    for widget in widgets:
        style = getattr(widget, "style", None)
        if style is not None and getattr(style, "description_width", None) == "":
            style.description_width = "initial"


class interactive(ipywidgets.interactive):
    """`ipywidgets.interactive`, whose frames are baked in a build; see `interact`.

    Parameters
    ----------
    function : callable
        What is shown, for each setting of the controls.
    options : dict, optional
        As in ipywidgets: ``manual``, ``manual_name``, ``auto_display``; and those of `interact`.
    **keywords
        A widget or an abbreviation for each parameter of the function, and options of `interact`.

    Attributes
    ----------
    result : object
        What the function returned for the present setting.
    kwargs : dict
        The present setting.
    """

    children: Any  # a trait of ipywidgets.Box

    def __init__(self, function: Callable, options: Mapping[str, Any] | None = None, /, **keywords: Any) -> None:
        options = dict(options or {})
        controls, given = split(function, keywords)
        given = {name: options.pop(name) for name in OPTIONS if name in options} | given
        self._options = Options().with_(given)
        self._shown: capture.Shown | None = None
        super().__init__(_named(function), options, **controls)
        if is_baking():
            self.out = FigureOutput(function, self._widgets, self._options, self.auto_display)
            self.children = (*self.children[:-1], self.out)
        else:
            _show_whole_labels(self.kwargs_widgets)
        self._standard: tuple = self.children

    def _widgets(self) -> dict[str, Any]:
        return {widget._kwarg: widget for widget in self.kwargs_widgets}

    def update(self, *_: Any) -> None:
        """Call the function for the present setting, and show what it shows.

        Parameters
        ----------
        *_
            Ignored: ipywidgets gives what has changed.
        """
        self.kwargs = {widget._kwarg: widget.get_interact_value() for widget in self.kwargs_widgets}
        self._shown = None
        if is_baking():
            return
        if self.manual:
            self.manual_button.disabled = True
        try:
            self._call()
            assert self._shown is not None
            # Setting the outputs, rather than printing into them, leaves nothing behind in the cell's own outputs.
            self.out.outputs = outputs.outputs_of(self._shown, self._options.alt)
        finally:
            if self.manual:
                self.manual_button.disabled = False

    def _call(self) -> None:
        draw = functools.partial(outputs.picture, alt=self._options.alt)
        self._shown = capture.call(self.f, self.kwargs, draw=draw, result=self.auto_display)

    @property
    def result(self) -> Any:
        """What the function returned for the present setting; in a build it is called when this is asked for."""
        if self._shown is None and is_baking() and self.kwargs:
            self._call()
        return self._shown.result if self._shown is not None else None

    @result.setter
    def result(self, value: Any) -> None:
        """ipywidgets sets it to None before the first call."""

    def _static_html(self) -> str:
        from .layouts import html

        if self.children != self._standard:  # its author has put the pieces elsewhere
            return '<div class="si-box si-vbox">' + "".join(html(child) for child in self.children) + "</div>"
        shown = [child for child in self.children if child is not self.out and not isinstance(child, ipywidgets.Button)]
        return self.out._static_html(lambda: "".join(html(child) for child in shown))

    def _bundle(self) -> tuple[dict, dict]:
        """The view of a live kernel; beside it the first frame, for viewers that have no kernel."""
        data, metadata = outputs.bundle_of(self._shown or capture.Shown(), self._options.alt)
        if self.kwargs_widgets or self.manual:
            data |= {VIEW: super()._repr_mimebundle_()[VIEW]}
        return data, metadata

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict]:
        return self._bundle()


class _Factory(_InteractFactory):
    """`interact` with the options that it has so far."""

    def __call__(self, function: Callable | None = None, /, **keywords: Any) -> Any:
        """Show a function with controls for its parameters; without one, return a decorator that does."""
        factory = type(self)(self.cls, self.opts, {**self.kwargs, **keywords}) if keywords else self
        if function is None:
            return factory
        widget = factory.widget(function)
        _show(widget)
        try:
            function.widget = widget  # type: ignore[attr-defined]
        except AttributeError:  # a method: attributes go to a function that calls it

            def call(*arguments: Any, **more: Any) -> Any:
                return function(*arguments, **more)

            call.widget = widget  # type: ignore[attr-defined]
            return call
        return function

    def options(self, **given: Any) -> _Factory:
        """Set options, those of ipywidgets (``manual``, ``manual_name``, ``auto_display``) and those of `interact`.

        Parameters
        ----------
        **given
            Options; other than among the keywords of `interact` itself, none of these is ever taken for a control.

        Returns
        -------
        callable
            `interact` with these options.

        Raises
        ------
        ValueError
            If there is no such option.
        """
        if unknown := [name for name in given if name not in self.opts and name not in OPTIONS]:
            raise ValueError(f"invalid option {unknown[0]!r}")
        return type(self)(self.cls, {**self.opts, **given}, self.kwargs)


def _show(widget: interactive) -> None:
    """Display what `interact` made."""
    if is_baking():
        display(widget)
        return
    data, metadata = widget._bundle()
    if get_ipython() is None:  # a plain Python prompt shows text alone
        print(data["text/plain"])
        return
    if widget._options.ask is not None:
        question = str(Ask.of(widget._options.ask))
        display({"text/markdown": f"**{question}**", "text/plain": question}, raw=True)
    display(data, metadata=metadata, raw=True)
    if caption := widget._options.caption:
        display({"text/markdown": f"*{caption}*", "text/plain": caption}, raw=True)


def interactive_output(function: Callable, controls: Mapping[str, Any], /, **keywords: Any) -> ipywidgets.Output:
    """Tie a function to widgets that are shown elsewhere, as `ipywidgets.interactive_output` does.

    Parameters
    ----------
    function : callable
        What is shown, for each setting of the controls.
    controls : mapping of str to ipywidgets.ValueWidget
        A widget for each parameter of the function.
    **keywords
        Options of `interact`.

    Returns
    -------
    ipywidgets.Output
        Where the frames are shown.

    Raises
    ------
    TypeError
        If a keyword is no option.
    """
    if unknown := set(keywords) - set(OPTIONS):
        raise TypeError(f"interactive_output: no such option as {', '.join(sorted(unknown))}")
    options = Options().with_(keywords)
    if is_baking():
        return FigureOutput(function, lambda: controls, options)
    out = ipywidgets.Output()

    def update(_: Any = None) -> None:
        values = {name: widget.value for name, widget in controls.items()}
        draw = functools.partial(outputs.picture, alt=options.alt)
        out.outputs = outputs.outputs_of(capture.call(function, values, draw=draw, result=False), options.alt)

    for widget in controls.values():
        widget.observe(update, "value")
    update()
    return out


def show(figure: Figure, *, caption: str = "", alt: str = "", narrow: tuple[float, float] | None = None) -> None:
    """Show a figure without controls: as inline SVG that follows the page's theme in a build, else as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; pyplot will not show it again.
    caption, alt, narrow : optional
        As in `interact`.

    Raises
    ------
    TypeError
        If `figure` is no matplotlib Figure.
    ValueError
        If `narrow` is no size.
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"show: figure must be a matplotlib Figure, got {figure!r}")
    import matplotlib.pyplot as plt

    def still() -> Figure:
        return figure

    plt.close(figure)
    interact.options(caption=caption, alt=alt, narrow=narrow)(still)


interact = _Factory(interactive, {"manual": False, "auto_display": True, "manual_name": "Run Interact"})
interact_manual = interact.options(manual=True, manual_name="Run Interact")
__all__ = ["interact", "interact_manual", "interactive", "interactive_output", "show"]
