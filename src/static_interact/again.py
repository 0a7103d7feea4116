"""An axis that looks as it did in an earlier frame is drawn as it was then, without making its ticks.

Ticks and their labels take matplotlib about a third of the time of a small figure, and most frames of a figure have the
same axes. So what an axis asks of the renderer is kept, beside all that this depends on; where the same holds again,
the same is asked again. Where something is not understood here, such as ticks that the author has in hand, axes are
drawn as ever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Bbox, IdentityTransform, Transform

from . import ticks

MOST = 256  # looks that are kept for one figure
STYLES = 16  # that they may have
_CALLS = "open_group", "close_group", "draw_path", "draw_markers", "draw_text"  # what axes ask of a renderer
_PRIVATE = "_get_ticks_position", "_tick_group_visible", "_get_axis_name"
# Attributes that say where an artist belongs, or do not matter to its drawing.
_TIES = {"_axes", "_parent_figure", "_callbacks", "callbacks", "stale_callback", "_stale", "_renderer", "_sticky_edges"}
# Those that are compared by what comes of them, or not used by a drawing.
_TEXT = _TIES | {"_x", "_y", "_transform", "_fontproperties"}
_AXIS = _TIES | {
    *("axes", "label", "offsetText", "major", "minor", "_scale", "clipbox", "_converter", "units"),
    *("_major_tick_kw", "_minor_tick_kw", "_tick_position", *ticks.LISTS),
}


class _NotUnderstood(Exception):
    """Something has been set of which it is not known here what comes of it."""


@dataclass
class _Look:
    """What an axis did when it was drawn, or measured: for a layout or not."""

    calls: list[tuple[str, tuple, dict]] | None = None
    boxes: dict[bool, Bbox | None] = field(default_factory=dict)
    placed: tuple = ()  # where it put its label and its offset


class Looks:
    """The looks that the axes of one figure have had."""

    def __init__(self) -> None:
        self._looks: dict[tuple, _Look] = {}
        self._positions: dict[tuple, Any] = {}
        self._styles: list[dict] = []

    def of(self, axis: Axis) -> _Look:
        """The look of an axis as it is now, empty if it is a new one."""
        key = self._key(axis)
        if key not in self._looks and len(self._looks) >= MOST:
            self._looks.clear()
        return self._looks.setdefault(key, _Look())

    def position(self, axis: Any, find: Callable[[Any], Any]) -> Any:
        """At which sides an axis has ticks: matplotlib, which is `find`, makes the first ones and looks at them."""
        absent = tuple(isinstance(ticker.locator, NullLocator) for ticker in (axis.major, axis.minor))
        key = type(axis), absent, self._ticks(axis)
        if key not in self._positions:
            self._positions[key] = find(axis)
        return self._positions[key]

    def _key(self, axis: Any) -> tuple:
        """All on which it depends how an axis is drawn."""
        axes, across = axis.axes, isinstance(axis, XAxis)
        if _is_aligned(axis):
            raise _NotUnderstood("its label stands where other axes have theirs")
        transform = axes.get_xaxis_transform("grid") if across else axes.get_yaxis_transform("grid")
        groups = [
            _group(axis, axis.major, axis._major_tick_kw, axis.get_majorticklocs, transform),
            _group(axis, axis.minor, axis._minor_tick_kw, axis.get_minorticklocs, transform),
        ]
        boxes = [axes.get_figure(root=True).bbox, axes.bbox]
        boxes += [clip] if (clip := axis.get_clip_box()) is not None else []
        return (
            type(axis), *groups, _spines(axes), axis.get_view_interval().tobytes(),
            tuple([box.get_points().tobytes() for box in boxes]),
            _attributes(axis, _AXIS), vars(axis).get("_tick_position", "bottom"),  # as a drawing sets it
            self._ticks(axis), self._style(ticks.current_style()),
            _text(axis.label, across, axis._autolabelpos),
            _text(axis.offsetText, True, True, _TEXT | {"_text"}), axis.major.formatter.get_offset(),
        )  # fmt: skip

    def _ticks(self, axis: Any) -> tuple:
        """What new ticks of an axis are like."""
        given = [list(kw.items()) for kw in (axis._major_tick_kw, axis._minor_tick_kw)]
        return _plain(given), self._style(ticks.styles[axis])

    def _style(self, style: dict) -> int:
        """A number for matplotlib's parameters."""
        for number, known in enumerate(self._styles):
            if known == style:
                return number
        if len(self._styles) == STYLES:
            raise _NotUnderstood("each figure has a style of its own")
        self._styles.append(style)
        return len(self._styles) - 1


@contextlib.contextmanager
def drawn(looks: Looks, figure: Figure) -> Iterator[None]:
    """While a figure is drawn on a `TreeRenderer`: draw and measure its axes as they were before, if they look so.

    Parameters
    ----------
    looks : Looks
        Of the figures before it, to which this one's are added.
    figure : matplotlib.figure.Figure
        The one that is drawn.
    """
    if not all(hasattr(Axis, name) for name in _PRIVATE):
        yield  # another matplotlib, which is left to its own ways
        return
    plain = [axes for axes in ticks.all_axes(figure.axes) if type(axes) is Axes]
    untouched = {axis for axes in plain for axis in (axes.xaxis, axes.yaxis) if ticks.untouched(axis)}
    draw, measure, position = (getattr(Axis, name) for name in ("draw", "get_tightbbox", "_get_ticks_position"))

    def look(axis: Axis, renderer: Any) -> _Look | None:
        if axis not in untouched or not axis.get_visible():
            return None
        # (Without a renderer matplotlib looks for one. And what comes into a picture is not the tree's.)
        if renderer is None or renderer._rasterizing or axis.get_rasterized():
            return None
        try:
            return looks.of(axis)
        except _NotUnderstood:
            untouched.discard(axis)
            return None

    def draw_again(axis: Any, renderer: Any) -> None:
        if (known := look(axis, renderer)) is None:
            draw(axis, renderer)
        elif known.calls is None:
            with _recording(renderer) as calls:
                draw(axis, renderer)
            known.calls, known.placed = calls, _placed(axis)
        else:
            _place(axis, known.placed)
            for name, arguments, keywords in known.calls:
                getattr(renderer, name)(*arguments, **keywords)
            axis.stale = False

    def measure_again(axis: Any, renderer: Any = None, *, for_layout_only: bool = False) -> Bbox | None:
        if (known := look(axis, renderer)) is None:
            return measure(axis, renderer, for_layout_only=for_layout_only)
        if for_layout_only in known.boxes:
            _place(axis, known.placed)
        else:
            known.boxes[for_layout_only] = measure(axis, renderer, for_layout_only=for_layout_only)
            known.placed = _placed(axis)
        box = known.boxes[for_layout_only]
        return None if box is None else Bbox(box.get_points())

    def position_again(axis: Any) -> Any:
        with contextlib.suppress(_NotUnderstood):
            if axis in untouched:
                return looks.position(axis, position)
        return position(axis)

    draw_again._supports_rasterization = True  # type: ignore[attr-defined]  # as matplotlib marks its own
    with (
        ticks.replaced("draw", draw_again),
        ticks.replaced("get_tightbbox", measure_again),
        ticks.replaced("_get_ticks_position", position_again),
    ):
        yield
    for axis in untouched:
        ticks.unmake(axis)  # so that it is found untouched when the figure is drawn at another size


def _placed(axis: Any) -> tuple:
    return axis.label.get_position(), axis.offsetText.get_position(), axis.offsetText.get_text()


def _place(axis: Any, placed: tuple) -> None:
    label, offset, text = placed
    axis.label.set_position(label)
    axis.offsetText.set_position(offset)
    axis.offsetText.set_text(text)


def _is_aligned(axis: Any) -> bool:
    """Whether the label's place depends on other axes."""
    groups, name = axis.get_figure(root=False)._align_label_groups, axis._get_axis_name()
    return name in groups and len(groups[name].get_siblings(axis.axes)) > 1


def _spines(axes: Axes) -> tuple:
    """Where the lines are at which the ticks of axes stand."""
    for spine in axes.spines.values():
        if type(spine) is not Spine or "data" in (position := spine.get_position()) or position == "zero":
            raise _NotUnderstood("it depends on the other axis, or belongs to a colour bar")
    spines = axes.spines.items()
    return _plain([(name, spine.get_position(), spine.get_visible(), spine.get_bounds()) for name, spine in spines])


def _group(axis: Any, ticker: Any, kw: dict, locations: Callable, transform: Transform) -> tuple | None:
    """Where the major or minor ticks are, and what they say."""
    if isinstance(ticker.locator, NullLocator) or not axis._tick_group_visible(kw):
        return None
    places = np.asarray(locations(), dtype=float)
    labels = ticker.formatter.format_ticks(places)
    points = np.zeros((len(places), 2))
    points[:, 0 if isinstance(axis, XAxis) else 1] = places
    return places.tobytes(), _plain(labels), transform.transform(points).tobytes()


def _text(text: Text, across: bool, moved: bool, besides: set[str] = _TEXT) -> tuple:
    """What a text is like and where it is: where along the axis alone, if the axis moves it away from the ticks."""
    x, y = text.get_unitless_position()
    points = ([(x, 0), (x, 1)] if across else [(0, y), (1, y)]) if moved else [(x, y)]
    font = hash(text.get_fontproperties())
    return text.get_transform().transform(points).tobytes(), font, _attributes(text, besides)


def _attributes(artist: Any, besides: set[str]) -> tuple:
    return tuple([(name, _plain(value)) for name, value in vars(artist).items() if name not in besides])


def _plain(value: Any) -> Any:
    """A value that says all by itself, as what can be compared and hashed."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if type(value) in (tuple, list):
        return tuple(map(_plain, value))
    if isinstance(value, np.generic):
        return value.item()
    raise _NotUnderstood(repr(value))


@contextlib.contextmanager
def _recording(renderer: Any) -> Iterator[list[tuple[str, tuple, dict]]]:
    """Keep what is asked of a renderer, in a form that does not change with the figure."""
    calls: list[tuple[str, tuple, dict]] = []

    def record(name: str, method: Callable, *arguments: Any, **keywords: Any) -> Any:
        calls.append((name, tuple(map(_kept, arguments)), {key: _kept(value) for key, value in keywords.items()}))
        return method(*arguments, **keywords)

    for name in _CALLS:
        setattr(renderer, name, partial(record, name, getattr(renderer, name)))
    try:
        yield calls
    finally:
        for name in _CALLS:
            delattr(renderer, name)


def _kept(argument: Any) -> Any:
    if isinstance(argument, GraphicsContextBase):
        context = GraphicsContextBase()
        context.copy_properties(argument)
        if (clip := context.get_clip_rectangle()) is not None:
            context.set_clip_rectangle(Bbox(clip.get_points()))
        return context
    if isinstance(argument, Text):  # of which the renderer asks no more than this
        x, y = argument.get_transform().transform(argument.get_unitless_position())
        kept = Text(x, y, transform=IdentityTransform(), horizontalalignment=argument.get_horizontalalignment())
        kept.set_rotation_mode(argument.get_rotation_mode())
        return kept
    if isinstance(argument, FontProperties):
        return argument.copy()
    return argument.frozen() if isinstance(argument, Transform) else argument
