"""Three shortcuts through matplotlib's ticks, which cost half of what it takes to make and draw a small figure.

A tick is three lines and two texts, each made from scratch. New axes make four of them before anything is drawn, more
when they are told where ticks shall be, and while one figure is drawn each axis is asked for its ticks and for the
boxes of their labels up to five times. (A fourth shortcut, in `again`, does without them where axes look as before.)
matplotlib's developers know it (`issue 5665 <https://github.com/matplotlib/matplotlib/issues/5665>`__); the third
shortcut is the one of their `pull request 31012 <https://github.com/matplotlib/matplotlib/pull/31012>`__. All stand in
for methods of `matplotlib.axis.Axis` for a while only, all leave any axis alone that is not a plain one, and no figure
looks different for them.
"""

from __future__ import annotations

import contextlib
import copy
from collections import UserList
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, cast
from weakref import WeakKeyDictionary

from matplotlib import rcParams
from matplotlib._pylab_helpers import Gcf
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, XTick, YAxis, YTick
from matplotlib.cbook import CallbackRegistry
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_PLAIN_AXES, _PLAIN_TICKS = (XAxis, YAxis), (XTick, YTick)
_PARTS = {"tick1line": Line2D, "tick2line": Line2D, "gridline": Line2D, "label1": Text, "label2": Text}
LISTS = "majorTicks", "minorTicks"  # which an axis has once they have been made
_SIDES = "top", "bottom", "left", "right"
_SWITCHES = {"gridOn", *_SIDES, *(f"label{side}" for side in _SIDES)}  # what is shown or not, but looks the same
#: The style in which axes were made whose ticks are made late.
styles: WeakKeyDictionary[Axis, dict] = WeakKeyDictionary()
_ORIGINALS: Any = Axis  # the stubs leave out what begins with an underscore


@contextlib.contextmanager
def late() -> Iterator[None]:
    """Let an axis make its first ticks when they are looked at, not when it is told how they shall be."""
    if not all(hasattr(Axis, name) for name in ("_get_tick", "_set_tick_locations", *LISTS)):
        yield  # another matplotlib, which may do without
        return
    get_tick, set_clip_path, set_tick_params = _ORIGINALS._get_tick, Axis.set_clip_path, Axis.set_tick_params
    set_locations, set_labels = _ORIGINALS._set_tick_locations, Axis.set_ticklabels

    def make(axis: Any, major: bool) -> Tick:
        if type(axis) not in _PLAIN_AXES:
            return get_tick(axis, major)
        first = not vars(axis).get(LISTS[0 if major else 1])
        with _styled(styles.get(axis) if first else None):
            tick = get_tick(axis, major)
        for artist in (tick, tick.gridline):
            artist.set_clip_box(axis.get_clip_box())
            artist.set_clip_path(axis.get_clip_path())
        return tick

    def tell_clip_path(axis: Any, path: Any, transform: Any = None) -> None:
        if type(axis) not in _PLAIN_AXES or path is not axis.axes.patch:
            set_clip_path(axis, path, transform)
            return
        with _unmade(axis):
            set_clip_path(axis, path, transform)
        styles[axis] = current_style()  # matplotlib would make them now, as the last thing that is done to new axes
        for spine in axis.axes.spines.values():
            spine.get_position()  # spines take their places when this is asked, which new ticks do

    def tell_params(axis: Any, which: Any = "major", reset: bool = False, **params: Any) -> None:
        # Where more is changed, ticks that were there before come out differently in details, as in the grid's alpha.
        with _unmade(axis) if reset or params.keys() <= _SWITCHES else contextlib.nullcontext():
            set_tick_params(axis, which, reset, **params)

    def tell_locations(axis: Any, ticks: Any, *, minor: bool = False) -> Any:
        if not untouched(axis):
            return set_locations(axis, ticks, minor=minor)
        with _none_given():
            set_locations(axis, ticks, minor=minor)
        return _Later(partial(axis.get_minor_ticks if minor else axis.get_major_ticks, len(ticks)))

    def tell_labels(axis: Any, labels: Any, *, minor: bool = False, fontdict: Any = None, **look: Any) -> Any:
        if fontdict or look or not untouched(axis):
            return set_labels(axis, labels, minor=minor, fontdict=fontdict, **look)
        with _none_given():
            set_labels(axis, labels, minor=minor)
        return _Later(partial(axis.get_ticklabels, minor=minor))

    with (
        replaced("set_clip_path", tell_clip_path),
        replaced("set_tick_params", tell_params),
        replaced("_set_tick_locations", tell_locations),
        replaced("set_ticklabels", tell_labels),
        replaced("_get_tick", make),
    ):
        try:
            yield
        finally:
            _make_all()
            styles.clear()


class _Later(UserList):
    """The list that a method would have returned, made when somebody looks at it."""

    def __init__(self, make: Callable[[], list]) -> None:
        self._make = make

    @cached_property
    def data(self) -> list:  # type: ignore[override]  # where a UserList keeps its items
        return self._make()


def all_axes(parents: Iterable[Axes]) -> Iterator[Axes]:
    """Axes and those inset in them."""
    # (`findobj` would make every tick, which takes longer than to draw them.)
    for axes in parents:
        yield axes
        yield from all_axes(cast("list[Axes]", axes.child_axes))  # the stub names their base class


def untouched(axis: Axis) -> bool:
    """Whether axes were made late, and have no ticks yet that somebody could have changed."""
    return axis in styles and not any(vars(axis).get(name) for name in LISTS)


def unmake(axis: Axis) -> None:
    """Forget ticks: the next who looks at them gets new ones."""
    for name in LISTS:
        vars(axis).pop(name, None)


def _make_all() -> None:
    """Make the first ticks of axes that stay with the author, as nobody makes them late for them."""
    figures = [manager.canvas.figure for manager in Gcf.get_all_fig_managers()]
    for axes in [axes for figure in figures for axes in all_axes(figure.axes)]:
        for axis in (axes.xaxis, axes.yaxis):
            if axis in styles:
                for name in LISTS:
                    getattr(axis, name)


@contextlib.contextmanager
def _none_given() -> Iterator[None]:
    """For a while, whoever asks for ticks gets none, and none are made."""

    def none(axis: Axis, numticks: int | None = None) -> list[Tick]:  # noqa: ARG001 - matplotlib's signature
        return []

    with replaced("get_major_ticks", none), replaced("get_minor_ticks", none):
        yield


def current_style() -> dict:
    """The parameters of matplotlib's style as they are now."""
    return dict(dict.items(rcParams))


@contextlib.contextmanager
def _styled(style: dict | None) -> Iterator[None]:
    """For a while, the style as it was."""
    before = current_style()
    if style is None or style == before:
        yield
        return
    dict.update(rcParams, style)  # all have been checked
    try:
        yield
    finally:
        dict.update(rcParams, before)


@contextlib.contextmanager
def _unmade(axis: Any) -> Iterator[None]:
    """For a while, none in place of the ticks that an axis has not made yet, so that it does not make them now."""
    own = vars(axis)
    unmade = [name for name in LISTS if name not in own] if type(axis) in _PLAIN_AXES else []
    own.update((name, []) for name in unmade)
    try:
        yield
    finally:
        for name in unmade:
            if own.get(name) == []:
                del own[name]


@contextlib.contextmanager
def copied() -> Iterator[None]:
    """Where an axis needs several new ticks at once, let matplotlib make one of them, and copy it."""
    with contextlib.ExitStack() as stack:
        for method, ticks in zip(("get_major_ticks", "get_minor_ticks"), LISTS, strict=True):
            stack.enter_context(replaced(method, _copying(getattr(_ORIGINALS, method), ticks)))
        yield


def _copying(original: Callable, name: str) -> Callable:
    def get_ticks(axis: Any, numticks: int | None = None) -> list[Tick]:
        if numticks == 0 and type(axis) in _PLAIN_AXES:
            return []
        if numticks is not None and type(axis) in _PLAIN_AXES and len(getattr(axis, name)) < numticks - 1:
            made = original(axis, len(getattr(axis, name)) + 1)[-1]
            if _is_plain(made):
                ticks = getattr(axis, name)
                ticks += [_twin(made) for _ in range(numticks - len(ticks))]
        return original(axis, numticks)

    return get_ticks


def _is_plain(tick: Tick) -> bool:
    return type(tick) in _PLAIN_TICKS and all(type(getattr(tick, name)) is kind for name, kind in _PARTS.items())


def _twin(tick: Tick) -> Tick:
    """A tick like another one, on which nobody has set anything since matplotlib made it."""
    twin = _shallow(tick)
    for name in _PARTS:
        setattr(twin, name, _shallow(getattr(tick, name)))
    return twin


def _shallow(artist: Any) -> Any:
    """A copy that shares with its original what setters replace as a whole, and has its own of the rest."""
    twin = object.__new__(type(artist))
    own = vars(twin)
    own.update(vars(artist))
    own["_callbacks"] = CallbackRegistry(signals=["pchanged"])
    own["_sticky_edges"] = copy.deepcopy(artist._sticky_edges)
    if isinstance(artist, Text):
        own["_fontproperties"] = artist.get_fontproperties().copy()
    return twin


@dataclass
class _Drawn:
    """The ticks that an axis draws in some state, and the boxes of their labels once they are known."""

    state: tuple
    ticks: list[Tick]
    boxes: tuple[list[Bbox], list[Bbox]] | None = None


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """While one drawing of a figure goes on: work out an axis's ticks and their boxes once, unless it is moved."""
    if not all(hasattr(Axis, name) for name in ("_update_ticks", "_get_ticklabel_bboxes")):
        yield  # another matplotlib, which may do without
        return
    drawn: dict[Axis, _Drawn] = {}
    users: dict[Any, Axis] = {}  # of each formatter, which keeps the offset of the ticks that it was asked for last
    update_ticks, get_boxes = _ORIGINALS._update_ticks, _ORIGINALS._get_ticklabel_bboxes

    def updated(axis: Any) -> list[Tick]:
        if type(axis) not in _PLAIN_AXES:
            return update_ticks(axis)
        state, formatter = _state(axis), axis.major.formatter
        found = drawn.get(axis)
        if found is None or found.state != state or users.get(formatter) is not axis:
            found = drawn[axis] = _Drawn(state, update_ticks(axis))
            users[formatter] = axis
        return found.ticks

    def boxes(axis: Any, ticks: list[Tick], renderer: Any) -> tuple[list[Bbox], list[Bbox]]:
        found = drawn.get(axis)
        if found is None or found.ticks is not ticks or found.state != _state(axis):
            return get_boxes(axis, ticks, renderer)
        if found.boxes is None:
            found.boxes = get_boxes(axis, ticks, renderer)
        return found.boxes[0].copy(), found.boxes[1].copy()

    with replaced("_update_ticks", updated), replaced("_get_ticklabel_bboxes", boxes):
        yield


def _state(axis: Any) -> tuple:
    """All that may change in a drawing of what ticks depend on: layouts move axes, secondary ones get their scale."""
    axes, major, minor = axis.axes, axis.major, axis.minor
    places = axes.viewLim.get_points().tobytes(), axes.bbox.get_points().tobytes()
    return *places, major.locator, minor.locator, minor.formatter


@contextlib.contextmanager
def replaced(name: str, function: Callable) -> Iterator[None]:
    """For a while, another method of `Axis`."""
    original = getattr(_ORIGINALS, name)
    setattr(Axis, name, function)
    try:
        yield
    finally:
        setattr(Axis, name, original)
