"""A matplotlib renderer that builds an SVG tree at once: no file is written, none is read back and cleaned.

matplotlib's own SVG file is made for standing alone: it has ids that clash with those of other figures, a style sheet
that would leak over the page, and seven digits a number. The tree built here can be put inline, many times on a page,
and it is equal for equal figures. One renderer serves all frames of a figure: what it has measured it remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib import __version_info__ as matplotlib_version
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Affine2DBase, Transform
from numpy.typing import ArrayLike

from .paper import Paper, css
from .rasters import data_uri
from .svg import Element, number, path_data

_DRAWING = (
    "draw_path",
    "draw_markers",
    "draw_path_collection",
    "draw_quad_mesh",
    "draw_gouraud_triangles",
    "draw_image",
    "draw_text",
    "draw_tex",
    "get_text_width_height_descent",
    "get_canvas_width_height",
    "get_image_magnification",
    "option_image_nocomposite",
    "option_scale_image",
    "points_to_pixels",
    "flipy",
    "new_gc",
    "start_filter",
    "stop_filter",
)


# Since matplotlib 3.11 the helpers of collections ask for the colours of hatches.
_NO_HATCHES: dict[str, Any] = {"hatchcolors": []} if matplotlib_version >= (3, 11) else {}


class TreeRenderer(Paper):
    """Draws a figure into an element tree, see `begin` and `finish`."""

    # Helpers that matplotlib has for its backends, and not in its stubs.
    _iter_collection_uses_per_path: Callable[..., int]
    _iter_collection_raw_paths: Callable[..., Iterator[tuple[Path, Transform]]]
    _iter_collection: Callable[..., Iterator[tuple[float, float, int, GraphicsContextBase, Any]]]

    # What matplotlib asks -----------------------------------------------------------------------------------------

    def flipy(self) -> bool:
        """Whether y grows downwards: yes, as in SVG."""
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Size of the canvas in points."""
        return self.width, self.height

    def get_image_magnification(self) -> float:
        """How many pixels a picture has to the point: as many as the figure's own resolution asks for."""
        return self.dpi / 72

    def option_scale_image(self) -> bool:
        """Whether `draw_image` takes a transformation, and the browser does the scaling."""
        return True

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        """Width, height and descent of a text in points."""
        return self._text2path.get_text_width_height_descent(s, prop, ismath)

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float | None, float | None, float | None]:
        """Asked for by matplotlib 3.11 for each text; without it, it reads the font's tables each time."""
        return self.lettering.height(prop, self.figure.dpi / 72)

    # Drawing ------------------------------------------------------------------------------------------------------

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None) -> None:
        """Draw lines and areas as a ``path``."""
        matrix = self._flipped(transform.get_matrix())
        if not gc.get_clip_rectangle() and gc.get_clip_path()[0] is None:
            self._extend(np.asarray(path.vertices), matrix, gc.get_linewidth() / 2)
        d = self._path_data(path, matrix, gc, filled=rgbFace is not None or gc.get_hatch() is not None)
        if d:
            self._add(gc, "path", {"d": d, **self._clip(gc), "style": self._style(gc, rgbFace)})

    def draw_markers(
        self, gc: GraphicsContextBase, marker_path: Path, marker_trans: Transform, path: Path, trans: Transform,
        rgbFace: Any = None,
    ) -> None:  # fmt: skip
        """Draw one shape at each vertex of a path: a ``use`` for each, in a group that has the style."""
        vertices = np.asarray(path.vertices)
        if not len(vertices):
            return
        d, size = self._marker(marker_path, marker_trans.get_matrix())
        matrix = self._flipped(trans.get_matrix())
        if path.codes is None:
            points = vertices @ matrix[:2, :2].T + matrix[:2, 2]
        else:
            points = np.array([v[-2:] for v, _ in path.iter_segments(Affine2D(matrix), simplify=False) if len(v)])
        points = points[(np.abs(points) < 20 * (self.width + self.height)).all(axis=1)]  # without nan
        if not len(points):
            return
        if not gc.get_clip_rectangle() and gc.get_clip_path()[0] is None:
            left, top = (points.min(axis=0) + size[0]).tolist()
            right, bottom = (points.max(axis=0) + size[1]).tolist()
            margin = gc.get_linewidth() / 2
            self._extend_box(left - margin, top - margin, right + margin, bottom + margin)
        href = self._shape(d)
        group = self._add(gc, "g", {**self._clip(gc), "style": self._style(gc, rgbFace)})
        for x, y in points.tolist():
            group.append(Element("use", {"href": href, "x": number(x), "y": number(y)}))

    def _marker(self, path: Path, matrix: np.ndarray) -> tuple[str, tuple[np.ndarray, np.ndarray]]:
        """The ``d`` attribute of a marker, and its upper left and lower right corners; those of ticks come often."""
        vertices = np.asarray(path.vertices)
        codes = None if path.codes is None else np.asarray(path.codes).tobytes()
        key = vertices.tobytes(), codes, matrix.tobytes()
        if key not in self._markers:
            flipped = np.diag([1.0, -1.0, 1.0]) @ matrix
            corners = vertices @ flipped[:2, :2].T + flipped[:2, 2] if len(vertices) else np.zeros((1, 2))
            d = path_data(path, flipped, decimals=2)
            self._markers[key] = d, (corners.min(axis=0), corners.max(axis=0))
        return self._markers[key]

    def draw_path_collection(
        self, gc: GraphicsContextBase, master_transform: Transform, paths: Sequence[Path],
        all_transforms: Sequence[ArrayLike], offsets: Any, offset_trans: Transform, facecolors: Any, edgecolors: Any,
        linewidths: Any, linestyles: Any, antialiaseds: Any, urls: Any, offset_position: Any, **hatchcolors: Any,
    ) -> None:  # fmt: skip
        """Draw paths at many places: a ``use`` for each where that is shorter than the paths themselves."""
        hatchcolors = _NO_HATCHES | hatchcolors
        styles = (facecolors, edgecolors, linewidths, linestyles, antialiaseds, urls, offset_position)
        length = len(np.asarray(paths[0].vertices)) if len(paths) else 0
        uses = self._iter_collection_uses_per_path(paths, all_transforms, offsets, facecolors, edgecolors)
        if length + 9 * uses + 3 >= (length + 5) * uses:
            super().draw_path_collection(
                gc, master_transform, paths, all_transforms, offsets, offset_trans, *styles, **hatchcolors
            )
            return
        raw = list(self._iter_collection_raw_paths(master_transform, paths, all_transforms))
        flip = np.diag([1.0, -1.0, 1.0])
        hrefs = [self._shape(path_data(path, flip @ transform.get_matrix(), decimals=2)) for path, transform in raw]
        free = not gc.get_clip_rectangle() and gc.get_clip_path()[0] is None
        group = None
        for x, y, place, gc0, face in self._iter_collection(
            gc, list(range(len(raw))), offsets, offset_trans, *styles, **hatchcolors
        ):
            if free:
                path, transform = raw[place]
                matrix = flip @ transform.get_matrix()
                matrix[:2, 2] += x, self.height - y
                self._extend(np.asarray(path.vertices), matrix, gc0.get_linewidth() / 2)
            if group is None:
                group = self._add(gc, "g", self._clip(gc0))
            attributes = {"href": hrefs[place], "x": number(x), "y": number(self.height - y)}
            self._add(gc0, "use", attributes | {"style": self._style(gc0, face)}, into=group)

    def draw_quad_mesh(
        self, gc: GraphicsContextBase, master_transform: Transform, meshWidth: int, meshHeight: int,
        coordinates: ArrayLike, offsets: Any, offsetTrans: Transform, facecolors: Any, antialiased: Any,
        edgecolors: Any,
    ) -> None:  # fmt: skip
        """Draw a mesh: a picture of one pixel a cell where its cells are equal rectangles, else paths."""
        given = np.asanyarray(coordinates)  # masked ones stay so
        corners = np.asanyarray(master_transform.transform(given.reshape(-1, 2))).reshape(given.shape)
        plain = not len(edgecolors) and not np.any(offsetTrans.transform(np.atleast_2d(offsets)))
        cells = np.asarray(facecolors)
        if plain and cells.shape == (meshWidth * meshHeight, 4) and is_even(corners):
            pixels = np.round(255 * cells).astype(np.uint8).reshape(meshHeight, meshWidth, 4)
            left, bottom = corners[0, 0]
            right, top = corners[-1, -1]
            # A picture of one pixel a cell; mirrored where an axis is inverted.
            matrix = ((right - left) / meshWidth, 0, 0, -(top - bottom) / meshHeight, left, self.height - bottom)
            self._picture(gc, pixels, matrix)
            return
        super().draw_quad_mesh(
            gc, master_transform, meshWidth, meshHeight, coordinates, offsets, offsetTrans, facecolors, antialiased,
            edgecolors,
        )  # fmt: skip

    def draw_image(
        self, gc: GraphicsContextBase, x: float, y: float, im: ArrayLike, transform: Affine2DBase | None = None
    ) -> None:
        """Draw a picture, whose first row is the lower one, as an ``image``."""
        pixels = np.asarray(im)
        height, width = pixels.shape[:2]
        if not (height and width):
            return
        if transform is None:
            scale = 72 / self.dpi
            self._picture(gc, pixels[::-1], (scale, 0, 0, scale, x, self.height - y - height * scale), smooth=True)
            return
        flipped = Affine2D().scale(1 / width, 1 / height) + transform
        flipped = flipped + Affine2D().translate(x, y).scale(1, -1).translate(0, self.height)
        self._picture(gc, pixels, Affine2D(flipped.get_matrix()).to_values())

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: bool | Literal["TeX"] = False, mtext: Text | None = None,
    ) -> None:  # fmt: skip
        """Draw a text, or a formula, as `lettering` sets it."""
        if not s.strip():
            return
        width, height, descent = self.lettering.size(s, prop, ismath)
        if not gc.get_clip_rectangle():
            self._extend_text(x, y, width, height, descent, angle)
        element = self.lettering.element(x, y, s, prop, angle, ismath, mtext, self.height)
        style = {}
        color = to_hex(gc.get_rgb())
        keeping = self._keeping
        ground = self.grounds.get(mtext) if mtext is not None else None
        if self.kept is not None and ground is not None and not ground.contains(x, self.height - y):
            self._keeping = False  # beside the picture
        if color != "#000000" or self._keeping:
            style["fill"] = self._color(color)
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        if alpha != 1:
            style["opacity"] = number(alpha, 3)
        self._keeping = keeping
        written = ";".join(filter(None, [element.get("style", ""), css(style)]))
        if written:
            element.set("style", written)
        clip = self._clip(gc)
        # Not on the text itself, whose transformation the clip path would follow.
        self._add(gc, "g", clip).append(element) if clip else self._place(gc).append(element)

    def draw_tex(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float, *,
        mtext: Text | None = None,
    ) -> None:  # fmt: skip
        """Draw a text that TeX has set."""
        self.draw_text(gc, x, y, s, prop, angle, "TeX", mtext)

    # Parts drawn as pictures --------------------------------------------------------------------------------------

    def start_rasterizing(self) -> None:
        """Draw what comes into a picture of the figure's own resolution."""
        self._raster = RendererAgg(self.width / 72 * self.dpi, self.height / 72 * self.dpi, self.dpi)
        self.figure.dpi = self.dpi
        for name in _DRAWING:
            setattr(self, name, getattr(self._raster, name))

    def stop_rasterizing(self) -> None:
        """Put the picture into the tree."""
        for name in _DRAWING:
            delattr(self, name)
        self.figure.dpi = 72
        pixels = np.asarray(self._raster.buffer_rgba())
        del self._raster
        rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
        if len(rows):
            top, left = rows[0], columns[0]
            scale = 72 / self.dpi
            part = pixels[top : rows[-1] + 1, left : columns[-1] + 1]
            self._picture(self.new_gc(), part, (scale, 0, 0, scale, left * scale, top * scale), smooth=True)

    def _picture(self, gc: GraphicsContextBase, pixels: np.ndarray, matrix: tuple, smooth: bool = False) -> None:
        """Add an image, whose first row is the upper one; `matrix` takes its pixels to the canvas."""
        height, width = pixels.shape[:2]
        a, b, c, d, e, f = matrix
        if b == c == 0:  # upright: mirror the pixels rather than the picture
            if d < 0:
                pixels, d, f = pixels[::-1], -d, f + d * height
            if a < 0:
                pixels, a, e = pixels[:, ::-1], -a, e + a * width
        attributes = {"href": data_uri(pixels), "width": f"{width}", "height": f"{height}"}
        if not smooth:
            attributes["style"] = "image-rendering:pixelated"
        if (alpha := gc.get_alpha()) != 1 and not smooth:
            attributes["opacity"] = number(alpha, 3)
        if b == c == 0:
            attributes |= {
                "x": number(e), "y": number(f), "width": number(a * width), "height": number(d * height),
                "preserveAspectRatio": "none",
            }  # fmt: skip
        else:
            scales = " ".join(number(value, 5) for value in (a, b, c, d))
            attributes["transform"] = f"matrix({scales} {number(e)} {number(f)})"
        clip = self._clip(gc)
        if clip:
            self._add(gc, "g", clip).append(Element("image", attributes))
        else:
            self._add(gc, "image", attributes)


def is_even(corners: np.ndarray) -> bool:
    """Whether a mesh is a grid of equal rectangles, upright, up to what can be seen."""
    x, y = corners[0, :, 0], corners[:, 0, 1]
    if not (np.ptp(x) and np.ptp(y) and np.isfinite(corners).all()):
        return False
    even_x, even_y = np.linspace(x[0], x[-1], len(x)), np.linspace(y[0], y[-1], len(y))
    return bool(np.abs(corners[..., 0] - even_x).max() < 0.1 and np.abs(corners[..., 1] - even_y[:, None]).max() < 0.1)
