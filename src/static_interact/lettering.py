"""Text in figures: as text where the page has the font, as outlines where it has not."""

from __future__ import annotations

import functools
import os
from typing import Any, Literal

import numpy as np
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

from .fonts import covers, face
from .svg import Element, number, path_data

_UNITS = 1000  # to the em, for outlines: whole numbers are fine enough
_ANCHORS = {"left": "start", "right": "end", "center": "middle"}


class Lettering:
    """Sets texts, and remembers what it has measured: one for each setting of matplotlib's fonts.

    Parameters
    ----------
    text_to_path : matplotlib.textpath.TextToPath
        Measures and outlines. One that lasts keeps the formulas that it has parsed.
    """

    def __init__(self, text_to_path: TextToPath) -> None:
        self.text_to_path = text_to_path
        self._sizes: dict[Any, tuple[float, float, float]] = {}
        self._outlines: dict[Any, str] = {}
        self._fonts: dict[int, str] = {}
        self._heights: dict[int, tuple[float, float, float] | None] = {}

    def size(self, text: str, prop: FontProperties, ismath: bool | Literal["TeX"]) -> tuple[float, float, float]:
        """Width, height and descent of a text in points."""
        key = text, hash(prop), ismath
        if key not in self._sizes:
            self._sizes[key] = self.text_to_path.get_text_width_height_descent(text, prop, ismath)
        return self._sizes[key]

    def height(self, prop: FontProperties, scale: float) -> tuple[float | None, float | None, float | None]:
        """Ascent, descent and line gap of a font, or Nones where it does not say."""
        key = hash(prop)
        if key not in self._heights:
            self._heights[key] = _height(font_manager.get_font(self._file(prop)), prop.get_size_in_points())
        if (heights := self._heights[key]) is None:
            return None, None, None
        ascent, descent, gap = heights
        return ascent * scale, descent * scale, gap * scale

    def element(
        self, x: float, y: float, text: str, prop: FontProperties, angle: float, ismath: bool | Literal["TeX"],
        mtext: Text | None, height: float,
    ) -> Element:  # fmt: skip
        """A text as an element, without its colour.

        Parameters
        ----------
        x, y : float
            Where it begins, from the canvas's upper left corner.
        text, prop, angle, ismath, mtext
            As for matplotlib's renderers.
        height : float
            The canvas's height.

        Returns
        -------
        xml.etree.ElementTree.Element
            ``text``, or ``g`` for a formula, or ``path``.
        """
        if ismath == "TeX":
            return self._outlined(x, y, text, prop, angle, ismath)
        if ismath:
            return self._formula(x, y, text, prop, angle)
        file = self._file(prop)
        return self._line(x, y, text, prop, angle, mtext, height, file) if covers(file, text) else (
            self._outlined(x, y, text, prop, angle, False)
        )  # fmt: skip

    def _file(self, prop: FontProperties) -> str:
        key = hash(prop)
        if key not in self._fonts:
            self._fonts[key] = font_manager.findfont(prop)
        return self._fonts[key]

    def _line(
        self, x: float, y: float, text: str, prop: FontProperties, angle: float, mtext: Text | None, height: float,
        file: str,
    ) -> Element:  # fmt: skip
        style = _font_style(file, prop.get_size())
        if text != text.strip() or "  " in text:
            style += ";white-space:pre"
        element = Element("text")
        element.text = text
        if mtext is not None and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            # The anchor that the author chose: the text stays in place if it is a little wider than was measured.
            anchor_x, anchor_y = mtext.get_transform().transform(mtext.get_unitless_position())
            anchor_y = height - anchor_y
            if angle:
                down = np.array([np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
                anchor_x, anchor_y = (anchor_x, anchor_y) + down * (down @ (x - anchor_x, y - anchor_y))
            else:
                anchor_y += y - anchor_y  # the same to the last bit
            style += f";text-anchor:{_ANCHORS[mtext.get_horizontalalignment()]}"
            element.attrib = {"x": number(anchor_x), "y": number(anchor_y)}
            if angle:
                element.set("transform", f"rotate({number(-angle)} {number(anchor_x)} {number(anchor_y)})")
        elif angle:
            element.set("transform", _placed(x, y, angle))
        else:
            element.attrib = {"x": number(x), "y": number(y)}
        element.set("style", style)
        return element

    def _formula(self, x: float, y: float, text: str, prop: FontProperties, angle: float) -> Element:
        _, _, _, glyphs, rectangles = self.text_to_path.mathtext_parser.parse(text, 72, prop)
        spans: dict[str, list] = {}
        # matplotlib 3.11 has put the glyph's number between the character and the place.
        for font, size, code, *_, glyph_x, glyph_y in glyphs:
            file = os.fsdecode(font.fname)
            if not covers(file, chr(code)):
                return self._outlined(x, y, text, prop, angle, True)
            letter = chr(0xA0 if code == 0x20 else code)
            spans.setdefault(_font_style(file, size), []).append((glyph_x, -glyph_y, letter))
        group = Element("g", {"transform": _placed(x, y, angle)})
        line = Element("text")
        for style, letters in spans.items():
            for glyph_x, glyph_y, letter in sorted(letters):
                span = Element("tspan", {"x": number(glyph_x), "y": number(glyph_y), "style": style})
                span.text = letter
                line.append(span)
        group.append(line)
        for left, top, width, height in rectangles:
            sides = {"x": left, "y": -top - height, "width": width, "height": height}
            # The bar of a fraction is thinner than a tenth of a point can say.
            group.append(Element("rect", {name: number(value, 2) for name, value in sides.items()}))
        return group

    def _outlined(
        self, x: float, y: float, text: str, prop: FontProperties, angle: float, ismath: bool | Literal["TeX"]
    ) -> Element:
        key = text, hash(prop), ismath
        if key not in self._outlines:
            vertices, codes = self.text_to_path.get_text_path(prop, text, ismath)
            scale = _UNITS / self.text_to_path.FONT_SCALE
            matrix = np.diag([scale, -scale, 1.0])
            shape = Path(np.asarray(vertices).reshape(-1, 2), codes)
            self._outlines[key] = path_data(shape, matrix, decimals=0)
        size = prop.get_size_in_points() / _UNITS
        transform = f"{_placed(x, y, angle)} scale({number(size, 5)})"
        said = {"role": "img", "aria-label": text}  # what has no role may not have a label
        return Element("path", {"d": self._outlines[key], "transform": transform, **said})


def _height(font: FT2Font, points: float) -> tuple[float, float, float] | None:
    """Ascent, descent and line gap of a font at a size, from the tables in matplotlib's order of preference."""
    if (head := font.get_sfnt_table("head")) is None:
        return None
    if (windows := font.get_sfnt_table("OS/2")) is not None:
        ascent, descent, gap = windows["sTypoAscender"], windows["sTypoDescender"], windows["sTypoLineGap"]
    elif (horizontal := font.get_sfnt_table("hhea")) is not None:
        ascent, descent, gap = horizontal["ascent"], horizontal["descent"], horizontal["lineGap"]
    else:
        return None
    size = points / head["unitsPerEm"]
    return ascent * size, -descent * size, gap * size


def _placed(x: float, y: float, angle: float) -> str:
    turned = f" rotate({number(-angle)})" if angle else ""
    return f"translate({number(x)} {number(y)}){turned}"


@functools.cache
def _font_style(file: str, size: float) -> str:
    family, weight, slant = face(file)
    style = [f"font-size:{number(size, 3)}px", f"font-family:'{family}',sans-serif"]
    style += [f"font-style:{slant}"] if slant != "normal" else []
    style += [f"font-weight:{weight}"] if weight != "normal" else []
    return ";".join(style)
