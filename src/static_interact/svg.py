"""Pieces of SVG: numbers and paths as short as they can be, drawings made elsewhere, and trees as text."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from xml.etree import ElementTree

from matplotlib import _path

from .markup import VOID

Element = ElementTree.Element

_MINUS_ZERO = re.compile(r"-0(?![.\d])")


def number(value: float, decimals: int = 1) -> str:
    """A number as short as it can be written with so many decimals."""
    text = f"{value:.{decimals}f}"
    if decimals and text[-1] == "0":
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def path_data(
    path: Any, matrix: Any, *, decimals: int = 1, clip: Any = None, simplify: bool = False, sketch: Any = None
) -> str:
    """The ``d`` attribute of a path of matplotlib's.

    Parameters
    ----------
    path : matplotlib.path.Path
        A path.
    matrix : ndarray, shape (3, 3)
        An affine transformation of it.
    decimals : int
        A tenth of a point, the default, is finer than a screen shows.
    clip : tuple of float, optional
        Left, top, right and bottom of the area outside which lines are cut off.
    simplify : bool
        Whether to leave out vertices that cannot be seen.
    sketch : tuple, optional
        What makes a line look drawn by hand.
    """
    codes = [b"M", b"L", b"Q", b"C", b"z"]
    convert = _path.convert_to_string  # type: ignore[attr-defined]  # matplotlib's stub leaves it out
    data = convert(path, matrix, clip, simplify, sketch, decimals, codes, False).decode("ascii")
    data = data.replace("\n", "")
    if "-0" in data:
        data = _MINUS_ZERO.sub("0", data)
    for code in "MLQC":
        data = data.replace(f"{code} ", code).replace(f" {code}", code)
    return data.replace(" z", "z").strip()


def _drop_namespaces(root: Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _rename_ids(root: Element, prefix: str) -> None:
    """Number ids in order of appearance: matplotlib's are hashes of the content, which would change with it."""
    names = {old: f"{prefix}{number}" for number, old in enumerate(e.get("id") for e in root.iter() if e.get("id"))}

    def renamed(match: re.Match) -> str:
        return "#" + names.get(match[1], match[1])

    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, names[value])
            elif "#" in value and name in {"href", "clip-path", "style", "mask", "filter", "fill"}:
                element.set(name, re.sub(r"#([\w.-]+)(?=\)|$)", renamed, value))


def themed(color: str) -> str:
    """A colour as the CSS variable that gives it its value in either theme, see `theme`."""
    return f"var(--si-{color[1:]})"


def foreign_svg(markup: str, prefix: str) -> Element | None:
    """A drawing that an object gave as SVG, made fit to stand in a page.

    Parameters
    ----------
    markup : str
        A whole SVG file.
    prefix : str
        Goes before every id.

    Returns
    -------
    xml.etree.ElementTree.Element or None
        None if it is better kept apart, in an ``img``: it is no XML, or it has rules or scripts that would reach into
        the page.
    """
    try:
        root = ElementTree.fromstring(markup)
    except ElementTree.ParseError:
        return None
    _drop_namespaces(root)
    if root.tag != "svg" or any(e.tag in {"style", "script", "foreignObject", "image"} for e in root.iter()):
        return None
    if any(name.startswith("on") for e in root.iter() for name in e.attrib):
        return None
    _rename_ids(root, prefix)
    for element in root.iter():
        if element.tag not in {"text", "tspan", "textPath", "title", "desc"}:
            element.text = (element.text or "").strip() or None
            for child in element:
                child.tail = (child.tail or "").strip() or None
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("class", f"{root.get('class', '')} si-svg".strip())
    return root


def to_html(element: Element | str) -> str:
    """Serialise a tree, or a text, for an HTML page.

    The markup that a ``si-raw`` element holds as its text is written as it is. HTML's parser wants no self-closing tags
    outside SVG's own, so every element is closed explicitly, but for those that hold nothing ever.
    """
    if isinstance(element, str):
        return _escaped(element)
    attributes = "".join(
        f' {name}="{_escaped(value).replace(chr(34), "&quot;")}"' for name, value in element.attrib.items()
    )
    tail = _escaped(element.tail or "")
    if element.tag in VOID:
        return f"<{element.tag}{attributes}/>{tail}"
    text = element.text or ""
    inner = (text if element.tag == "si-raw" else _escaped(text)) + "".join(to_html(child) for child in element)
    if element.tag == "pre" and inner.startswith("\n"):  # HTML's parser drops the first newline of a pre
        inner = "\n" + inner
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>{tail}"


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\r", "&#13;")
