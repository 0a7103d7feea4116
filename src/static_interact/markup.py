"""Writes a tree as HTML that a browser, and an XML parser, read back as the same tree."""

from __future__ import annotations

from html import escape
from xml.etree.ElementTree import Element

_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
_KEEPS_LINES = {"pre", "textarea", "listing"}  # a line feed right after these tags is dropped by HTML


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\r", "&#13;")


def to_html(element: Element | str) -> str:
    """Serialise a tree, or a text, for an HTML page.

    The markup that a ``si-raw`` element holds as its text is written as it is. Other elements are closed explicitly,
    as HTML knows self-closing tags only where nothing else is possible.
    """
    if isinstance(element, str):
        return _escaped(element)
    attributes = "".join(
        f' {name}="{_escaped(value).replace(chr(34), "&quot;")}"' for name, value in element.attrib.items()
    )
    tail = _escaped(element.tail or "")
    if element.tag in _VOID:
        return f"<{element.tag}{attributes}/>{tail}"
    text = element.text or ""
    inner = text if element.tag == "si-raw" else _escaped(text)
    if element.tag in _KEEPS_LINES and text.startswith("\n"):
        inner = "\n" + inner
    return f"<{element.tag}{attributes}>{inner}{''.join(map(to_html, element))}</{element.tag}>{tail}"
