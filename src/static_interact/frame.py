"""What a call showed, as one tree of elements: a frame of a baked figure."""

from __future__ import annotations

import base64
import io
import itertools
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from xml.etree import ElementTree

from matplotlib.figure import Figure

from . import latex, markup
from .capture import Failure, Part, Picture, Rich, Shown, Text
from .figure import FigureDrawer, figure_tree
from .svg import Element, foreign_svg, to_html

# From what a notebook prefers to what it shows in need.
MIME_TYPES = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "text/plain",
)


def tree(
    shown: Shown, prefix: str, *, alt: str = "", describe: str = "", figures_first: bool = False, size: int = 0
) -> Element:
    """Put the parts of a call into one element.

    Parameters
    ----------
    shown : capture.Shown
        A call's parts. A figure that is not drawn yet is drawn now.
    prefix : str
        Goes before every id.
    alt : str, optional
        What the figures show, for those who cannot see them.
    describe : str, optional
        A sentence for them about this frame.
    figures_first : bool
        Whether figures come before all else, rather than in their order.
    size : int
        Which of the sizes that `drawing` drew.

    Returns
    -------
    xml.etree.ElementTree.Element
        A ``div``; its children are ``svg``, ``pre.si-text``, ``div.si-html``, ``si-raw``, ``img``, ``div.si-latex`` and
        ``div.si-error`` elements.
    """
    root = Element("div")
    parts = shown.parts
    if figures_first:
        parts = sorted(parts, key=lambda part: not isinstance(part, Picture))
    pictures = 0
    for part in _joined(parts):
        if isinstance(part, Picture):
            own = _picture_prefix(prefix, pictures)
            drawn = figure_tree(part.figure, own) if part.drawn is None else part.drawn[size]
            pictures += 1
            if alt:
                drawn.set("role", "img")
                drawn.set("aria-label", alt)
            root.append(drawn)
        else:
            root.append(_element(part, f"{prefix}{len(root)}-"))
    if describe:
        root.append(_text_element("p", "si-describe", describe))
    return root


def drawing(drawers: Mapping[str, FigureDrawer]) -> Callable[[Figure], list[Element]]:
    """What `capture.call` is to do with the figures of one frame: to draw each with every drawer.

    Parameters
    ----------
    drawers : mapping
        The prefix of the ids that a drawer writes, which each figure of a frame continues in its own way: the drawer.
    """
    numbers = itertools.count()

    def draw(figure: Figure) -> list[Element]:
        number = next(numbers)
        return [drawer.tree(figure, _picture_prefix(prefix, number)) for prefix, drawer in drawers.items()]

    return draw


def _picture_prefix(prefix: str, number: int) -> str:
    return f"{prefix}{number}-" if number else prefix


def _joined(parts: list[Part]) -> list[Part]:
    """The parts, with texts that follow each other in one."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, Text) and joined and isinstance(joined[-1], Text):
            joined[-1] = Text(f"{joined[-1].text}\n{part.text}")
        else:
            joined.append(part)
    return joined


def _text_element(tag: str, name: str, text: str, **attributes: str) -> Element:
    element = Element(tag, {"class": name, **attributes})
    element.text = text
    return element


def _element(part: Part, prefix: str) -> Element:
    if isinstance(part, Text):
        return _text_element("pre", "si-text", part.text)
    if isinstance(part, Failure):
        return _text_element("div", "si-error", f"{part.name}: {part.message}".rstrip(": "), role="alert")
    assert isinstance(part, Rich)
    for kind in MIME_TYPES:
        if kind in part.data:
            return _rich(kind, part.data[kind], part.metadata.get(kind, part.metadata), prefix)
    return _text_element("pre", "si-text", f"({', '.join(part.data)} cannot be shown on a static page)")


def _rich(kind: str, content: Any, metadata: dict, prefix: str) -> Element:
    if isinstance(content, (list, tuple)):  # the notebook format allows lists of lines
        content = "".join(content)
    if kind == "text/html":
        return html_element(content)
    if kind == "text/markdown":
        return html_element(markdown(content))
    if kind == "text/latex":
        return _latex(content)
    if kind == "image/svg+xml":
        return foreign_svg(content, prefix) or _image(kind, content.encode(), metadata)
    if kind.startswith("image/"):
        return _image(kind, content, metadata)
    return _text_element("pre", "si-text", content)


def html_element(source: str) -> Element:
    """Markup as ``div.si-html``, or as ``si-raw`` where its elements cannot be told."""
    parsed = markup.parse(source)
    if parsed is None:
        return _text_element("si-raw", "si-html", markup.balanced(source))
    parsed.set("class", "si-html")
    return parsed


def _latex(content: str) -> Element:
    element = Element("div", {"class": "si-latex"})
    text = content.strip()
    formula, display = latex.strip_dollars(text)
    if formula != text or "$" not in text:
        element.append(latex.mathml(formula, display))
        return element
    for piece in latex.pieces(text):
        if not isinstance(piece, str):
            element.append(piece)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + piece
        else:
            element.text = (element.text or "") + piece
    return element


def markdown(source: str) -> str:
    """HTML of Markdown, with formulas in MathML."""
    try:
        from markdown_it import MarkdownIt
    except ModuleNotFoundError:
        return f"<pre>{escape(source, quote=False)}</pre>"
    parser = MarkdownIt("commonmark", {"xhtmlOut": True}).enable(["table", "strikethrough"])
    try:
        from mdit_py_plugins.dollarmath import dollarmath_plugin

        def renderer(formula: str, options: dict) -> str:
            return to_html(latex.mathml(formula, options.get("display_mode", False)))

        parser.use(dollarmath_plugin, renderer=renderer)
    except ModuleNotFoundError:
        pass
    return parser.render(source)


def _image(kind: str, content: str | bytes, metadata: dict) -> Element:
    """A picture as a data URI, of the size that its maker gave or that it has."""
    if isinstance(content, bytes):
        content = base64.b64encode(content).decode()
    content = re.sub(r"\s", "", content)
    attributes = {"src": f"data:{kind};base64,{content}", "alt": str(metadata.get("alt", ""))}
    width, height = metadata.get("width"), metadata.get("height")
    if kind != "image/svg+xml" and not (width and height):
        from PIL import Image

        natural = Image.open(io.BytesIO(base64.b64decode(content))).size
        scale = 1.0
        if width:
            scale = float(width) / natural[0]
        elif height:
            scale = float(height) / natural[1]
        width, height = (round(side * scale) for side in natural)
    if width and height:
        attributes |= {"width": f"{float(width):g}", "height": f"{float(height):g}"}
    return ElementTree.Element("img", attributes)
