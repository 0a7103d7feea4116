"""HTML fragments as element trees, where a browser would make the same tree of them."""

from __future__ import annotations

import re
from html.entities import html5
from html.parser import HTMLParser
from xml.etree import ElementTree

Element = ElementTree.Element

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_PHRASE = frozenset(re.findall(r"\w+", """
    a abbr b bdi bdo br cite code data del dfn em font i img ins kbd mark math q s samp
    small span strong sub sup time tt u var wbr
"""))  # fmt: skip
_FLOW = _PHRASE | frozenset(re.findall(r"\w+", """
    address article aside blockquote center details div dl figure footer h1 h2 h3 h4 h5 h6 header hr main nav ol p pre
    section table ul
"""))  # fmt: skip
# What may stand in what, so that HTML's parser neither adds an element (tbody) nor moves one (out of a paragraph).
_CHILDREN = {
    **dict.fromkeys(_FLOW - _PHRASE - {"p", "pre", "table", "dl", "ol", "ul", "hr"}, _FLOW),
    **dict.fromkeys(_PHRASE - VOID, _PHRASE),
    **dict.fromkeys(("p", "pre"), _PHRASE),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _PHRASE),
    "ol": {"li"},
    "ul": {"li"},
    **dict.fromkeys(("li", "dd", "td", "th", "caption", "figcaption"), _FLOW),
    **{name: {"tr"} for name in ("thead", "tbody", "tfoot")},
    **{name: set() for name in VOID},
    "dt": _PHRASE,
    "dl": {"dt", "dd"},
    "figure": _FLOW | {"figcaption"},
    "details": _FLOW | {"summary"},
    "summary": _PHRASE,
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "colgroup": {"col"},
    "tr": {"td", "th"},
}
_MATH = frozenset(re.findall(r"\w+", """
    math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub
    msubsup msup mtable mtd mtext mtr munder munderover
"""))  # fmt: skip
_TEXTLESS = {"table", "thead", "tbody", "tfoot", "tr", "colgroup", "ol", "ul", "dl"} | VOID
_SCOPED_STYLE = re.compile(r"<style scoped>.*?</style>", re.DOTALL)


class _Tags(HTMLParser):
    """Collects where end tags have to go, and which lead nowhere."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:  # noqa: ARG002 - HTMLParser's signature
        self.out.append(self.get_starttag_text() or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:  # noqa: ARG002 - HTMLParser's signature
        self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open[-1] != tag:
                self.out.append(f"</{self.open.pop()}>")
            self.out.append(f"</{self.open.pop()}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


def balanced(markup: str) -> str:
    """Return markup in which every element ends, so that it cannot end those around it; comments are left out.

    Parameters
    ----------
    markup : str
        HTML.

    Examples
    --------
    >>> balanced("a</div><p>b<br>c")
    'a<p>b<br>c</p>'
    """
    parser = _Tags()
    parser.feed(markup)
    parser.close()
    return "".join([*parser.out, *(f"</{tag}>" for tag in reversed(parser.open))])


def parse(markup: str) -> Element | None:
    """Return a ``div`` with the elements of `markup`, or None where only a browser can tell which they are.

    Parameters
    ----------
    markup : str
        HTML.

    Returns
    -------
    xml.etree.ElementTree.Element or None
        None for what is no well-formed XML, for elements that HTML's parser would put elsewhere, and for those that it
        treats in a way of their own (style, script, forms, ...).
    """
    # pandas' tables bring rules for all tables of the page.
    markup = _SCOPED_STYLE.sub("", markup)
    entities = {name.rstrip(";") for name in re.findall(r"&(\w+;)", markup)} - {"amp", "lt", "gt", "quot", "apos"}
    for name in entities:
        if name + ";" not in html5:
            return None
        markup = markup.replace(f"&{name};", "".join(f"&#{ord(letter)};" for letter in html5[name + ";"]))
    try:
        root = ElementTree.fromstring(f"<div>{markup}</div>")
    except ElementTree.ParseError:
        return None
    return root if _is_plain(root, frozenset()) else None


def _is_plain(element: Element, around: frozenset[str]) -> bool:
    if element.tag == "math":
        return all(inner.tag in _MATH for inner in element.iter())
    allowed = _CHILDREN.get(element.tag)
    if allowed is None or "xmlns" in element.attrib or (element.tag == "a" and "a" in around):
        return False
    if any(name.startswith(("on", "{")) for name in element.attrib):
        return False
    texts = [element.text, *(child.tail for child in element)]
    if element.tag in _TEXTLESS and any((text or "").strip() for text in texts):
        return False
    around = around | {element.tag}
    return all(child.tag in allowed and _is_plain(child, around) for child in element)
