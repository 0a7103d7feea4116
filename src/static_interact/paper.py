"""What a drawing is made on: its colours, styles, clips and patterns, each named once, and how far out it reaches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from .again import Looks
from .lettering import Lettering
from .svg import Element, number, path_data, themed

KEPT = "static-interact: colours as they are"  # the group id of artists whose colours must not follow the page's theme
MANY_VERTICES = 5_000  # of a line: beyond, what is too fine to be seen is dropped
_HATCH_SIZE = 72
_CAPS = {"projecting": "square", "butt": "butt", "round": "round"}


class Paper(RendererBase):
    """A renderer's tree and its definitions; what draws on it is `renderer.TreeRenderer`.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        What is being drawn.
    grounds : dict of matplotlib.text.Text to matplotlib.transforms.Bbox
        Texts that follow the page's theme outside that box, though their group keeps its colours.
    looks : again.Looks
        What the axes of the figures asked of it.
    drawn : list of float
        Left, top, right and bottom of the canvas together with what has been drawn outside it.
    """

    figure: Figure

    def __init__(self) -> None:
        super().__init__()
        self.lettering = Lettering(self._text2path)
        self.grounds: dict[Text, BboxBase] = {}
        self._markers: dict[Any, Any] = {}
        self.looks = Looks()

    def begin(self, width: float, height: float, dpi: float, prefix: str, kept: set[str] | None = None) -> None:
        """Begin a new tree.

        Parameters
        ----------
        width, height : float
            Size of the canvas in points.
        dpi : float
            Resolution of what is drawn as a picture.
        prefix : str
            Goes before every id.
        kept : set of str, or None
            Colours that do not follow the page's theme; None for all.
        """
        self.width, self.height, self.dpi, self.prefix, self.kept = width, height, dpi, prefix, kept
        self.drawn = [0.0, 0.0, width, height]
        # Ink far out, such as a text at coordinates that the axes do not show, is no reason for a page full of nothing.
        self._far = (-2 * width, -2 * height, 3 * width, 3 * height)
        self._clips: dict[Any, tuple[str, Element]] = {}
        self._hatches: dict[Any, tuple[str, Element]] = {}
        self._shapes: dict[str, str] = {}
        self._styles: dict[Any, str] = {}
        self._kept_groups: list[bool] = []
        self._keeping = kept is None
        self.root = Element("svg", {"viewBox": "", "xmlns": "http://www.w3.org/2000/svg"})
        # What matplotlib asks for with a style sheet on `*`; and black, its unwritten default for text.
        self.root.set("style", f"stroke-linejoin:round;stroke-linecap:butt;fill:{self._color('#000000')}")
        self.root.set("viewBox", f"0 0 {number(width)} {number(height)}")

    def finish(self) -> Element:
        """Return the tree."""
        for table in (self._clips, self._hatches):
            if table:
                defs = Element("defs")
                defs.extend(element for _, element in table.values())
                self.root.append(defs)
        return self.root

    # Groups -------------------------------------------------------------------------------------------------------

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: ARG002 - matplotlib's signature
        """Begin an artist: matplotlib calls it before the artist draws, and `close_group` after."""
        self._kept_groups.append(gid == KEPT)
        self._keeping = self._keeping or gid == KEPT

    def close_group(self, s: str) -> None:  # noqa: ARG002 - matplotlib's signature
        """End an artist; what follows has the colours that the groups around it ask for."""
        self._kept_groups.pop()
        self._keeping = self.kept is None or any(self._kept_groups)

    # Pieces -------------------------------------------------------------------------------------------------------

    def _flipped(self, matrix: np.ndarray) -> np.ndarray:
        """A transformation of matplotlib's, with the y axis down as in SVG."""
        flipped = np.array(matrix)
        flipped[1] *= -1
        flipped[1, 2] += self.height
        return flipped

    def _place(self, gc: GraphicsContextBase, into: Element | None = None) -> Element:
        """Where to draw: in a link, if the artist has a URL."""
        parent = self.root if into is None else into
        if url := gc.get_url():
            link = Element("a", {"href": url, "target": "_blank"})
            parent.append(link)
            return link
        return parent

    def _add(self, gc: GraphicsContextBase, tag: str, attributes: dict, into: Element | None = None) -> Element:
        element = Element(tag, {name: value for name, value in attributes.items() if value})
        self._place(gc, into).append(element)
        return element

    def _color(self, color: str) -> str:
        keeping = self._keeping or (self.kept is not None and color in self.kept)
        return color if keeping else themed(color)

    def _path_data(self, path: Path, matrix: np.ndarray, gc: GraphicsContextBase, filled: bool) -> str:
        clip = None
        if not filled:
            # What is far outside what can be seen has too many digits.
            left, top, right, bottom = self._far
            if rectangle := gc.get_clip_rectangle():
                left, top = min(0, rectangle.x0), min(0, self.height - rectangle.y1)
                right, bottom = max(self.width, rectangle.x1), max(self.height, self.height - rectangle.y0)
            clip = (left, top, right, bottom)
        simplify = not filled and len(np.asarray(path.vertices)) > MANY_VERTICES and path.should_simplify
        return path_data(path, matrix, clip=clip, simplify=simplify, sketch=gc.get_sketch_params())

    def _shape(self, d: str) -> str:
        """A reference to a shape that is drawn many times."""
        if d not in self._shapes:
            name = f"{self.prefix}s{len(self._shapes)}"
            defs = Element("defs")
            defs.append(Element("path", {"id": name, "d": d}))
            self.root.append(defs)
            self._shapes[d] = f"#{name}"
        return self._shapes[d]

    def _clip(self, gc: GraphicsContextBase) -> dict[str, str]:
        path, transform = gc.get_clip_path()
        rectangle = gc.get_clip_rectangle()
        key: Any
        if path is not None:
            assert transform is not None  # they come together
            key = d = path_data(path, self._flipped(transform.get_matrix()))
            tag, attributes = "path", {"d": d}
        elif rectangle is not None:
            left, bottom, width, height = rectangle.bounds
            sides = (left, self.height - bottom - height, width, height)
            self._extend_box(left, sides[1], left + width, sides[1] + height)
            values = [number(side) for side in sides]
            key = tuple(values)
            tag, attributes = "rect", dict(zip(("x", "y", "width", "height"), values, strict=True))
        else:
            return {}
        if key not in self._clips:
            name = f"{self.prefix}c{len(self._clips)}"
            element = Element("clipPath", {"id": name})
            element.append(Element(tag, attributes))
            self._clips[key] = name, element
        return {"clip-path": f"url(#{self._clips[key][0]})"}

    def _extend(self, points: np.ndarray, matrix: np.ndarray | None, margin: float = 0.0) -> None:
        """Remember how far out something is drawn."""
        if matrix is not None:
            points = points @ matrix[:2, :2].T + matrix[:2, 2]
        left, top = points.min(axis=0).tolist()
        right, bottom = points.max(axis=0).tolist()
        if not math.isfinite(left + top + right + bottom):
            points = points[np.isfinite(points).all(axis=1)]
            if not len(points):
                return
            left, top = points.min(axis=0).tolist()
            right, bottom = points.max(axis=0).tolist()
        self._extend_box(left - margin, top - margin, right + margin, bottom + margin)

    def _extend_text(self, x: float, y: float, width: float, height: float, descent: float, angle: float) -> None:
        up, down = descent - height, descent
        if not angle:
            self._extend_box(x, y + up, x + width, y + down)
            return
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        corners = [(x + cos * u + sin * v, y - sin * u + cos * v) for u in (0, width) for v in (up, down)]
        xs, ys = zip(*corners, strict=True)
        self._extend_box(min(xs), min(ys), max(xs), max(ys))

    def _extend_box(self, left: float, top: float, right: float, bottom: float) -> None:
        drawn = self.drawn
        if left >= drawn[0] and top >= drawn[1] and right <= drawn[2] and bottom <= drawn[3]:
            return
        far = self._far
        if left > far[2] or top > far[3] or right < far[0] or bottom < far[1]:
            return
        drawn[0], drawn[1] = min(drawn[0], max(left, far[0])), min(drawn[1], max(top, far[1]))
        drawn[2], drawn[3] = max(drawn[2], min(right, far[2])), max(drawn[3], min(bottom, far[3]))

    def _style(self, gc: GraphicsContextBase, face: Any) -> str:
        """Style of a path; equal ones are worked out once."""
        forced = gc.get_forced_alpha()
        line = gc.get_linewidth()
        offset, given = gc.get_dashes()
        dashes = None if given is None else tuple(np.asarray(given, dtype=float).tolist())
        hatch = gc.get_hatch()
        key = (
            None if face is None else tuple(face), gc.get_rgb(), gc.get_alpha(), forced, line, offset,
            dashes, gc.get_joinstyle(), gc.get_capstyle(), gc.get_antialiased(),
            hatch and (hatch, gc.get_hatch_color(), gc.get_hatch_linewidth()), self._keeping,
        )  # fmt: skip
        if key in self._styles:
            return self._styles[key]
        style: dict[str, str] = {}
        if hatch is not None:
            style["fill"] = f"url(#{self._hatch(gc, face)})"
        elif face is None:
            style["fill"] = "none"
        elif tuple(face[:3]) != (0, 0, 0) or self._keeping:
            style["fill"] = self._color(to_hex(face))
        if face is not None and len(face) == 4 and face[3] != 1 and not forced:
            style["fill-opacity"] = number(face[3], 3)
        if forced and gc.get_alpha() != 1:
            style["opacity"] = number(gc.get_alpha(), 3)
        if dashes is not None:
            style["stroke-dasharray"] = ",".join(number(dash, 3) for dash in dashes)
            style["stroke-dashoffset"] = number(offset, 3)
        if line:
            style["stroke"] = self._color(to_hex(gc.get_rgb()))
            if not forced and gc.get_rgb()[3] != 1:
                style["stroke-opacity"] = number(gc.get_rgb()[3], 3)
            if line != 1:
                style["stroke-width"] = number(line, 3)
            if gc.get_joinstyle() != "round":
                style["stroke-linejoin"] = str(gc.get_joinstyle())
            if gc.get_capstyle() != "butt":
                style["stroke-linecap"] = _CAPS[gc.get_capstyle()]
        elif face is not None and not gc.get_antialiased():
            style["shape-rendering"] = "crispEdges"  # no hairlines between the areas of a contour plot or a mesh
        self._styles[key] = css(style)
        return self._styles[key]

    def _hatch(self, gc: GraphicsContextBase, face: Any) -> str:
        """The id of a hatch pattern."""
        edge = to_rgba(gc.get_hatch_color() or gc.get_rgb())
        key = gc.get_hatch(), None if face is None else tuple(face), edge, gc.get_hatch_linewidth(), self._keeping
        if key not in self._hatches:
            size = f"{_HATCH_SIZE}"
            name = f"{self.prefix}h{len(self._hatches)}"
            pattern = Element(
                "pattern",
                {"id": name, "patternUnits": "userSpaceOnUse", "x": "0", "y": "0", "width": size, "height": size},
            )
            if face is not None:
                ground = {"x": "0", "y": "0", "width": f"{_HATCH_SIZE + 1}", "height": f"{_HATCH_SIZE + 1}"}
                pattern.append(Element("rect", ground | {"style": f"fill:{self._color(to_hex(face))}"}))
            matrix = np.array([[_HATCH_SIZE, 0, 0], [0, -_HATCH_SIZE, _HATCH_SIZE], [0, 0, 1.0]])
            color = self._color(to_hex(edge))
            style = {"fill": color, "stroke": color, "stroke-width": number(gc.get_hatch_linewidth(), 3)}
            style |= {"stroke-linecap": "butt", "stroke-linejoin": "miter"}
            if edge[3] < 1:
                style["stroke-opacity"] = number(edge[3], 3)
            pattern.append(Element("path", {"d": path_data(gc.get_hatch_path(), matrix), "style": css(style)}))
            self._hatches[key] = name, pattern
        return self._hatches[key][0]


def css(style: dict[str, str]) -> str:
    """Style declarations as text."""
    return ";".join(f"{name}:{value}" for name, value in style.items())
