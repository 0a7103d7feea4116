"""Call a function once and keep all that it shows, in order: text, figures, objects, its result, an exception.

What `ipywidgets.interact` would show in a notebook is kept here, with no kernel and no front end at work: standard
output, `display`, `plt.show` and their kin are caught for the length of the call and put back after it.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.figure import Figure

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # a terminal's colours
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass
class Text:
    """What was printed, until something else was shown."""

    text: str


@dataclass
class Picture:
    """A figure as it was when it was shown; `drawn` is what the call's `draw` made of it."""

    figure: Figure
    drawn: Any = None


@dataclass
class Rich:
    """A displayed object: its representations by MIME type."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None = None


@dataclass
class Failure:
    """An exception that ended the call."""

    name: str
    message: str


Part = Text | Picture | Rich | Failure


@dataclass
class Shown:
    """What one call showed.

    Attributes
    ----------
    parts : list of Text, Picture, Rich or Failure
        In the order in which a notebook would show them; warnings come last, as text.
    error : Exception or None
        What ended the call early.
    result : object
        What the function returned.
    outside : list of matplotlib.figure.Figure
        Figures among the parts that pyplot had open before the call and has still.
    elsewhere : list of ipywidgets.Widget
        What the call wrote into, beside what it showed itself: these are among the parts, too, after the rest.
    """

    parts: list[Part] = field(default_factory=list)
    error: Exception | None = None
    result: Any = None
    outside: list[Figure] = field(default_factory=list)
    elsewhere: list[Any] = field(default_factory=list)

    @property
    def figures(self) -> list[Figure]:
        """The figures alone."""
        return [part.figure for part in self.parts if isinstance(part, Picture)]

    @property
    def text(self) -> str:
        """The printed text alone, and the warnings."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))


def call(
    function: Callable,
    arguments: Mapping[str, Any],
    *,
    draw: Callable[[Figure], Any] | None = None,
    result: bool = True,
) -> Shown:
    """Call `function` and keep what it shows.

    Parameters
    ----------
    function : callable
        Any. Its exceptions are kept, not raised.
    arguments : mapping
        Keyword arguments of the call.
    draw : callable, optional
        Is given each figure in the moment in which it is shown, as a figure may be changed and shown again. What it
        returns is kept as `Picture.drawn`.
    result : bool
        Whether a returned value is shown, as `ipywidgets.interact` does.

    Returns
    -------
    Shown
        Figures that the call opened in pyplot are closed; those that were open before stay so.

    Notes
    -----
    Figures that are open in pyplot when the call ends are shown then, the one used last at the end: those that the
    call made, and those made before it that it changed. A figure that is returned is shown once, whatever else was done
    with it. Warnings appear by category and message, each once: their usual form names a temporary file.
    """
    recorder = _Recorder(draw)
    shown = Shown()
    try:
        with _caught(recorder), warnings.catch_warnings(record=True) as caught:
            try:
                shown.result = function(**arguments)
                recorder.show_open()
                if result and shown.result is not None:
                    recorder.show_result(shown.result)
            except Exception as error:
                shown.error = error
                recorder.add(Failure(type(error).__name__, str(error)))
        if messages := list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)):
            recorder.line("\n".join(messages))
    finally:
        recorder.close()
    shown.error = shown.error or recorder.error
    shown.parts = recorder.finished()
    shown.outside = recorder.outside()
    shown.elsewhere = [*recorder.inside, *recorder.set]
    return shown


_at_work: list[_Recorder] = []


def recorder() -> _Recorder | None:
    """What keeps the parts of the call that is under way, if one is."""
    return _at_work[-1] if _at_work else None


class _Recorder:
    """Collects the parts of one call."""

    def __init__(self, draw: Callable[[Figure], Any] | None) -> None:
        self.parts: list[Part] = []
        self.draw = draw
        self.clearing = False
        self.inside: dict[Any, tuple[list[Part], bool]] = {}  # what Output widgets hold, and whether that shall go
        self.set: dict[Any, Callable[[], str]] = {}  # widgets whose value the call has set, and what gives their HTML
        self.error: Exception | None = None  # one that ended a `with output:`
        self._around: list[tuple[Any, list[Part], bool]] = []
        self.before = {manager.num for manager in Gcf.get_all_fig_managers()}
        self.changed: set[Figure] = set()  # since the call began, or since they were shown
        self.callbacks: dict[Figure, Any] = {}
        for manager in Gcf.get_all_fig_managers():
            self._watch(manager.canvas.figure)

    def _watch(self, figure: Figure) -> None:
        """Notice from now on when the figure is changed: its own flag for that goes when somebody draws it."""
        self.callbacks.setdefault(figure, figure.stale_callback)
        figure.stale_callback = lambda artist, now: self.changed.add(figure)
        self.changed.discard(figure)

    def enter(self, widget: Any, parts: list[Part]) -> None:
        """Lead what comes into an Output widget, after the parts that it has."""
        self._around.append((widget, self.parts, self.clearing))
        self.parts, self.clearing = self.inside.get(widget, (parts, False))

    def leave(self, error: BaseException | None) -> None:
        """Lead what comes where it went before; an exception is shown in the widget, as ipywidgets does."""
        if isinstance(error, Exception):
            self.error = self.error or error
            self.add(Failure(type(error).__name__, str(error)))
        widget, parts, clearing = self._around.pop()
        self.inside[widget] = self.parts, self.clearing
        self.parts, self.clearing = parts, clearing

    def add(self, part: Part) -> None:
        if self.clearing:
            self.parts, self.clearing = [], False
        self.parts.append(part)

    def clear(self, wait: bool = False) -> None:
        """Forget what was shown; with `wait` not before something else is."""
        if not wait:
            self.parts = []
        self.clearing = wait

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Forget all that is shown meanwhile, here and in Output widgets, and what was shown before."""
        draw, self.draw = self.draw, None
        try:
            yield
        finally:
            self.draw = draw
            self.parts, self.clearing, self.inside, self.error = [], False, {}, None

    def write(self, text: str) -> None:
        if not text:
            return
        if self.parts and isinstance(self.parts[-1], Text) and not self.clearing:
            self.parts[-1].text += text
        else:
            self.add(Text(text))

    def line(self, text: str) -> None:
        """Text that begins on a line of its own."""
        last = self.parts[-1] if self.parts else None
        self.write(text if not isinstance(last, Text) or last.text.endswith("\n") else f"\n{text}")

    def figure(self, figure: Figure) -> None:
        self.add(Picture(figure, self.draw(figure) if self.draw else None))
        self._watch(figure)

    def publish(self, data: dict, metadata: dict | None, display_id: str | None, update: bool) -> None:
        part = Rich(dict(data), dict(metadata or {}), display_id)
        if update:
            for place, old in enumerate(self.parts):
                if isinstance(old, Rich) and old.display_id == display_id:
                    self.parts[place] = part
        elif data:
            self.add(part)

    def show_open(self) -> None:
        """Show pyplot's open figures as the inline backend does, and close those that the call made."""
        for manager in Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            # Nothing new about a figure that `display` has shown, nor about one that was there before the call.
            if figure in self.changed or not (self._has(figure) or manager.num in self.before):
                self.figure(figure)
        self.close_new()

    def close_new(self) -> None:
        for manager in Gcf.get_all_fig_managers():
            if manager.num not in self.before:
                Gcf.destroy(manager)

    def close(self) -> None:
        """Leave pyplot and the figures as they were before the call."""
        self.close_new()
        for figure, callback in self.callbacks.items():
            figure.stale_callback = callback

    def show_result(self, result: Any) -> None:
        if isinstance(result, Figure):
            if not self._has(result):
                self.figure(result)
            return
        count = len(self.parts)
        from IPython.display import display

        display(result)
        # An object that has nothing to say but where it lies in memory says something else in each run.
        new = self.parts[count:]
        plain = new[0].data if len(new) == 1 and isinstance(new[0], Rich) else {}
        if set(plain) == {"text/plain"} and _ADDRESS.search(plain["text/plain"]):
            del self.parts[count:]

    def _has(self, figure: Figure) -> bool:
        return any(isinstance(part, Picture) and part.figure is figure for part in self._all())

    def _all(self) -> list[Part]:
        around = [part for _, parts, _ in self._around for part in parts]
        return [*around, *self.parts, *(part for parts, _ in self.inside.values() for part in parts)]

    def outside(self) -> list[Figure]:
        still_open = [manager.canvas.figure for manager in Gcf.get_all_fig_managers()]
        return [figure for figure in still_open if self._has(figure)]

    def finished(self) -> list[Part]:
        """The parts, with text as a terminal would leave it."""
        parts = self._all()
        for part in parts:
            if isinstance(part, Text):
                part.text = _as_seen(part.text)
        parts = [part for part in parts if not (isinstance(part, Text) and not part.text.strip())]
        return parts + [Rich({"text/html": html()}, {}) for html in self.set.values()]


def _as_seen(text: str) -> str:
    """Printed text without the escapes by which it overwrites itself, and without its last newline."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines).rstrip("\n")


class _Stream(io.TextIOBase):
    """Standard output and standard error during a call."""

    encoding = "utf-8"

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def write(self, text: str) -> int:
        self.recorder.write(text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher:
    """Stands in for IPython's display publisher during a call."""

    def __init__(self, recorder: _Recorder, original: Any) -> None:
        self._recorder, self._original = recorder, original

    def publish(
        self, data: dict, metadata: dict | None = None, *_: Any, transient: dict | None = None, update: bool = False,
        **__: Any,
    ) -> None:  # fmt: skip
        self._recorder.publish(data, metadata, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        self._recorder.clear(wait)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class _Shell:
    """As much of an IPython shell as `display` needs, where there is none."""

    def __init__(self) -> None:
        from IPython.core.formatters import DisplayFormatter

        self.display_formatter = DisplayFormatter()
        self.display_pub: Any = None

    def showtraceback(self, exc_info: tuple, **_: Any) -> None:
        """Called where a representation of an object raises; its other ones are shown all the same."""
        kind, error, _trace = exc_info
        print(f"{kind.__name__}: {error}", file=sys.stderr)


@contextlib.contextmanager
def _caught(recorder: _Recorder) -> Iterator[None]:
    """Lead everything that shows something to the recorder."""
    import matplotlib.pyplot as plt
    from IPython.core.interactiveshell import InteractiveShell

    with contextlib.ExitStack() as stack:
        _at_work.append(recorder)
        stack.callback(_at_work.pop)
        stream = _Stream(recorder)
        for name in ("stdout", "stderr"):
            stack.enter_context(_replaced(sys, name, stream))
        stack.enter_context(_replaced(plt._get_backend_mod(), "show", lambda *a, **k: recorder.show_open()))
        stack.enter_context(_replaced(Figure, "show", lambda self, *a, **k: recorder.figure(self)))
        shell: InteractiveShell | _Shell
        if InteractiveShell.initialized():
            shell = InteractiveShell.instance()
        else:
            shell = _Shell()
            stack.enter_context(_replaced(InteractiveShell, "initialized", staticmethod(lambda: True)))
            stack.enter_context(_replaced(InteractiveShell, "instance", staticmethod(lambda *a, **k: shell)))
        stack.enter_context(_replaced(shell, "display_pub", _Publisher(recorder, shell.display_pub)))
        formatter = shell.display_formatter
        assert formatter is not None  # a shell that is initialized has one
        original = formatter.format

        def format_object(thing: Any, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
            if isinstance(thing, Figure):
                recorder.figure(thing)
                return {}, {}
            return original(thing, include=include, exclude=exclude)

        stack.enter_context(_replaced(formatter, "format", format_object))
        yield


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Set an attribute for a while."""
    own = vars(owner)
    had, old = name in own, own.get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if had:
            setattr(owner, name, old)
        else:
            delattr(owner, name)
