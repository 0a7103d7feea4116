"""A matplotlib figure as a small, theme-aware SVG tree that can be compared frame by frame.

matplotlib's own file is made for standing alone: it has ids that clash with those of other figures, a style
sheet that would leak over the page, and seven digits a number. `figure_tree` turns it into a tree that can
be put inline, and that is equal for equal figures.
"""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.colors import to_hex

from .colors import dark_counterpart
from .markup import VOID

Element = ElementTree.Element

# Text stays text (same tree whatever it says; the page ships the font); no point of a path is dropped, so that
# a curve has as many numbers in every frame; the salt makes ids the same on every run.
RC_PARAMS = {"svg.fonttype": "none", "svg.hashsalt": "static-interact", "path.simplify": False}

# Attributes that hold coordinates, in points (1/72 inch): a tenth is finer than a screen shows.
COORDINATES = {"d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height"}
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_COLOR = re.compile(r"#[0-9a-f]{6}\b")
_GONE = {"metadata", "title", "desc", "style"}


def figure_tree(figure: Any, prefix: str) -> Element:
    """Render a figure and return the cleaned tree of its SVG.

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
        a tenth of a point, and every opaque colour written as a CSS variable (see `theme_css`).
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context(RC_PARAMS):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, facecolor="none", edgecolor="none")
    root = ElementTree.fromstring(buffer.getvalue())
    _drop_namespaces(root)
    _drop_empty(root)
    _rename_ids(root, prefix)
    _shorten(root)
    view_box = root.get("viewBox")
    root.attrib = {
        "viewBox": view_box,
        "xmlns": "http://www.w3.org/2000/svg",
        # What matplotlib asks for with a style sheet on `*`; and black, its unwritten default for text.
        "style": f"stroke-linejoin:round;stroke-linecap:butt;fill:{_themed('#000000')}",
    }
    return root


def _drop_namespaces(root: Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _drop_empty(parent: Element) -> None:
    """Remove what the page does not need: metadata, the style sheet, white space, groups without a purpose."""
    referenced = set(re.findall(r"#([\w.-]+)", " ".join(v for e in parent.iter() for v in e.attrib.values())))

    def clean(element: Element) -> list[Element]:
        if element.tag in _GONE:
            return []
        if element.get("id") not in referenced:
            element.attrib.pop("id", None)
        if not (element.text or "").strip():
            element.text = None
        element.tail = None
        children = [kept for child in element for kept in clean(child)]
        element[:] = children
        if element.tag in {"g", "defs"} and not children:
            return []
        return children if element.tag == "g" and not element.attrib else [element]

    clean(parent)


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


def _shorten(root: Element) -> None:
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "style":
                element.set(name, _short_style(value))
            elif name == "fill" and value.startswith("#"):  # the ground of a hatch
                element.attrib.pop(name)
                element.set("style", f"fill:{_themed(to_hex(value))}")
            elif name in COORDINATES:
                element.set(name, _short_path(value))
            elif name == "transform":
                value = _short_transform(value)
                element.set(name, value) if value else element.attrib.pop(name)


def _rounded(text: str, decimals: int) -> str:
    number = round(float(text), decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{number:.0f}"


def _short_path(value: str) -> str:
    value = NUMBER.sub(lambda match: _rounded(match[0], 1), value)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", value).strip()


def _short_transform(value: str) -> str:
    def one(match: re.Match) -> str:
        name, numbers = match[1], NUMBER.findall(match[2])
        if name == "rotate" and float(numbers[0]) == 0:
            return ""
        decimals = 1 if name in {"translate", "rotate"} else 5
        return f"{name}({' '.join(_rounded(number, decimals) for number in numbers)})"

    return re.sub(r"(\w+)\(([^)]*)\)", one, value).strip()


def _themed(color: str) -> str:
    return f"var(--si-{color[1:]})"


def _short_style(value: str) -> str:
    parts = []
    for declaration in filter(None, (part.strip() for part in value.split(";"))):
        name, _, setting = (piece.strip() for piece in declaration.partition(":"))
        if name == "font-family":
            setting = setting.split(",")[0] + ",sans-serif"
        elif name == "font":
            setting = re.sub(r"('[^']*')(?:, *[^,]+)*", r"\1,sans-serif", setting)
        elif name in {"fill", "stroke", "stop-color", "color"} and setting != "none" and not setting.startswith("url"):
            setting = _themed(to_hex(setting))
        parts.append(f"{name}:{setting}")
    return ";".join(parts)


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
        None if it is better kept apart, in an ``img``: it is no XML, or it has rules or scripts that would reach into the page.
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


def theme_css(markup: str, selector: str) -> str:
    """Style rules that give every colour variable in `markup` its value in the light and in the dark theme.

    Parameters
    ----------
    markup : str
        Anything that uses the variables: the SVG of every frame.
    selector : str
        CSS selector of the element that the rules are for.

    Returns
    -------
    str
        Two rules, the second one for pages whose root element has ``data-theme="dark"``.
    """
    colors = sorted({f"#{name}" for name in re.findall(r"var\(--si-([0-9a-f]{6})\)", markup)})
    light = ";".join(f"--si-{c[1:]}:{c}" for c in colors)
    dark = ";".join(f"--si-{c[1:]}:{dark_counterpart(c)}" for c in colors)
    return f'{selector}{{{light}}}html[data-theme="dark"] {selector}{{{dark}}}'


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
