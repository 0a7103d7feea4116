"""A matplotlib figure as a small, theme-aware SVG tree that can be compared frame by frame."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection, PolyQuadMesh, QuadMesh, TriMesh
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, to_rgba
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from . import again, ticks
from .paper import KEPT
from .renderer import TreeRenderer, is_even
from .svg import Element, number

#: The attribute in which a tree says how far outside the canvas it draws, until `unite` makes the boxes equal.
DRAWN = "data-si-drawn"
MANY_CELLS = 2_500  # of a mesh: beyond, it is drawn as a picture
_FONTS = tuple(name for name in mpl.rcParams if name.startswith(("font.", "mathtext.")))
_MARGIN = 1.0  # points: what sticks out less far is no reason for another box


class _Canvas(FigureCanvasBase):
    """What a figure is drawn on while a tree is made of it."""

    fixed_dpi = 72

    def __init__(self, figure: Figure, renderer: TreeRenderer) -> None:
        super().__init__(figure)
        self.renderer = renderer
        self._is_saving = True

    def get_renderer(self) -> TreeRenderer:
        return self.renderer


class FigureDrawer:
    """Draws figures that resemble each other, the frames of one explorer: what it measures it remembers.

    Parameters
    ----------
    on_drawn : callable, optional
        Is given the figure and its tree while the figure's transformations are those of the drawing: its pixels are the
        tree's units, with the y axis up from the lower edge of the canvas.
    """

    def __init__(self, on_drawn: Callable[[Figure, Element], None] | None = None) -> None:
        self.on_drawn = on_drawn
        self._renderers: dict[str, TreeRenderer] = {}

    def _renderer(self) -> TreeRenderer:
        """The renderer for the fonts that rcParams now asks for: it remembers sizes, and so does matplotlib for it."""
        fonts = repr([mpl.rcParams[name] for name in _FONTS])
        if fonts not in self._renderers:
            self._renderers[fonts] = TreeRenderer()
        return self._renderers[fonts]

    def tree(self, figure: Figure, prefix: str) -> Element:
        """Return the tree of a figure as it is now, see `figure_tree`."""
        renderer = self._renderer()
        face = to_rgba(figure.get_facecolor())
        # The default is the page's own white. Who chose another chose the colours on it, too.
        page = face[3] == 0 or face[:3] == (1, 1, 1)
        width, height = figure.get_size_inches() * 72
        renderer.figure = figure
        with _on_canvas(figure, renderer) as dpi, _marked(figure, renderer) as colors:

            def draw() -> Element:
                renderer.begin(width, height, dpi, prefix, colors if page else None)
                with ticks.remembered(), again.drawn(renderer.looks, figure):
                    figure.draw(renderer)
                return renderer.finish()

            engine = figure.get_layout_engine()
            if engine is not None:
                # It finds its places while all is drawn, and would move them if it were asked again.
                draw()
                figure.set_layout_engine("none")
            root = draw()
            if engine is not None:
                figure.set_layout_engine(engine)
            if self.on_drawn is not None:
                self.on_drawn(figure, root)
        if not page:
            red, green, blue, alpha = face
            rgb = f"{round(255 * red)} {round(255 * green)} {round(255 * blue)}"
            root.set("style", f"{root.get('style')};background:rgb({rgb}{f'/{number(alpha, 3)}' if alpha < 1 else ''})")
        left, top, right, bottom = renderer.drawn
        if min(left, top, width - right, height - bottom) < -_MARGIN:
            root.set(DRAWN, " ".join(number(side) for side in renderer.drawn))
        return root


def figure_tree(figure: Figure, prefix: str) -> Element:
    """Return a figure as a tree.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is not closed.
    prefix : str
        Goes before every id, so that figures on one page keep out of each other's way.

    Returns
    -------
    xml.etree.ElementTree.Element
        An ``svg`` element without namespaces, ids only where something refers to them, coordinates rounded to
        a tenth of a point, and opaque colours written as CSS variables (see `theme`), apart from those that stand for
        data and those of a figure with a ground of its own. Its box is the figure's canvas; where something is drawn
        outside, the attribute `DRAWN` says how far.
    """
    return FigureDrawer().tree(figure, prefix)


def unite(frames: Iterable[Element]) -> None:
    """Give the pictures of all frames one box in which nothing is cut: the canvas and what any frame draws outside it.

    Parameters
    ----------
    frames : iterable of xml.etree.ElementTree.Element
        Frames; the first pictures of all get one box, the second ones another, and so on. They are changed in place.
    """
    places: dict[tuple[int, str], list[Element]] = {}
    for frame in frames:
        for place, svg in enumerate(frame.iter("svg")):
            places.setdefault((place, svg.get("viewBox", "")), []).append(svg)
    for pictures in places.values():
        drawn = [np.array(text.split(), dtype=float) for svg in pictures if (text := svg.attrib.pop(DRAWN, None))]
        if not drawn:
            continue
        left, top = np.min([box[:2] for box in drawn], axis=0)
        right, bottom = np.max([box[2:] for box in drawn], axis=0)
        _, _, width, height = (float(side) for side in pictures[0].get("viewBox", "").split())
        # A little room where the canvas has been left, for a line's width and a letter's overhang.
        left, top = (side - 2 if side < 0 else side for side in (left, top))
        right, bottom = (side + 2 if side > edge else side for side, edge in ((right, width), (bottom, height)))
        box = " ".join(number(side) for side in (left, top, right - left, bottom - top))
        for svg in pictures:
            svg.set("viewBox", box)


@contextlib.contextmanager
def _on_canvas(figure: Figure, renderer: TreeRenderer) -> Iterator[float]:
    """Put the figure on a canvas of 72 dots to the inch, and back.

    Yields
    ------
    float
        Its own dots to the inch.
    """
    canvas, dpi = figure.canvas, figure.dpi
    patch_visible = figure.patch.get_visible()
    try:
        _Canvas(figure, renderer)
        figure.dpi = 72
        figure.patch.set_visible(False)
        yield dpi / getattr(canvas, "device_pixel_ratio", 1)
    finally:
        figure.patch.set_visible(patch_visible)
        figure.dpi = dpi
        figure.set_canvas(canvas)


@contextlib.contextmanager
def _marked(figure: Figure, renderer: TreeRenderer) -> Iterator[set[str]]:
    """Mark for a while the artists whose colours stand for data, and all that lies over a picture of data.

    Yields
    ------
    set of str
        Colours of the colour maps: what else has them belongs to the data, too.
    """
    changed: list[tuple[Any, str, Any]] = []

    def change(artist: Any, name: str, value: Any) -> None:
        changed.append((artist, name, getattr(artist, f"get_{name}")()))
        getattr(artist, f"set_{name}")(value)

    colors: set[str] = set()
    renderer.grounds = {}
    for axes in ticks.all_axes(figure.axes):
        artists: list[Artist] = [
            *axes.lines,
            *axes.patches,
            *axes.collections,
            *axes.texts,
            *axes.artists,
            *axes.tables,
        ]
        mapped = [artist for artist in artists if isinstance(artist, ScalarMappable) and artist.get_array() is not None]
        kept: list[Artist] = [*mapped]
        colorbar = _colorbar(axes)
        if colorbar is None and (axes.images or any(map(_covers, mapped)) or (mapped and _has_ground(axes))):
            # On a dark ground the dark half of a colour map would be lost, and so would black ink on a light picture.
            kept = [*artists, *([axes.patch] if axes.name == "rectilinear" else [])]
            legend = axes.get_legend()
            # (A legend that has been put somewhere by hand is outside, mostly.)
            kept += [legend] if legend is not None and legend.get_bbox_to_anchor() is axes.bbox else []
            renderer.grounds |= dict.fromkeys(axes.texts, axes.bbox)
        for artist in kept:
            for part in artist.findobj():
                change(part, "gid", KEPT)
        for mesh in axes.collections:
            if isinstance(mesh, TriMesh) or (isinstance(mesh, QuadMesh) and _is_picture(mesh, axes)):
                change(mesh, "rasterized", True)
        maps = [artist.cmap for artist in mapped] + ([colorbar.cmap] if colorbar is not None else [])
        colors = colors.union(*map(_chromatic, maps))
    stale = figure.stale
    try:
        yield colors
    finally:
        for artist, name, value in reversed(changed):
            getattr(artist, f"set_{name}")(value)
        figure.stale = stale


def _is_picture(mesh: QuadMesh, axes: Axes) -> bool:
    """Whether a mesh is better drawn as a picture: it is shaded between its corners, or has too many cells."""
    if mesh._shading == "gouraud":  # type: ignore[attr-defined]  # nothing public says it; SVG has no such shading
        return True
    corners = np.asanyarray(mesh.get_coordinates())
    if corners[1:, 1:, 0].size <= MANY_CELLS:
        return False
    straight = axes.name == "rectilinear" and axes.get_xscale() == axes.get_yscale() == "linear"
    # (An even one is a picture of a pixel a cell anyway.)
    return not straight or not is_even(1_000 * (corners - corners[0, 0]) / (corners[-1, -1] - corners[0, 0]))


def _covers(artist: Any) -> bool:
    """Whether an artist that maps data to colours fills an area rather than draws lines, arrows and points."""
    if isinstance(artist, ContourSet):
        return artist.filled
    return isinstance(artist, (QuadMesh, TriMesh, PolyQuadMesh)) or type(artist) is PolyCollection


def _has_ground(axes: Axes) -> bool:
    return axes.name == "rectilinear" and axes.patch.get_visible() and to_rgba(axes.patch.get_facecolor())[3] == 1


def _colorbar(axes: Axes) -> Colorbar | None:
    """The colour bar that these axes are for."""
    return getattr(axes, "_colorbar", None)


def _chromatic(cmap: Colormap) -> set[str]:
    """The colours of a colour map that are no greys."""
    table = np.round(255 * cmap(np.arange(cmap.N))[:, :3]).astype(int)
    return {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in table.tolist() if not r == g == b}
