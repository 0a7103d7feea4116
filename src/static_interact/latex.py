"""Formulas as MathML, which browsers set by themselves: no script, no font, no network."""

from __future__ import annotations

import functools
import re
from html import escape
from xml.etree import ElementTree

Element = ElementTree.Element

# Display formulas, then inline ones as Pandoc and MyST take them: no space inside the dollars, no digit after them.
_FORMULA = re.compile(
    r"\\\[(.+?)\\\]|\$\$(.+?)\$\$|\\\((.+?)\\\)|(?<![\\$])\$(?=\S)((?:\\.|[^$\\])+?)(?<=\S)\$(?!\d)", re.DOTALL
)
_ENVIRONMENT = re.compile(
    r"^\\begin\{(equation|displaymath|align|gather|eqnarray|math)(\*?)\}(.*)\\end\{\1\2\}$", re.DOTALL
)


@functools.lru_cache(maxsize=4096)
def _markup(formula: str, display: bool) -> str | None:
    try:
        from latex2mathml.converter import convert
    except ModuleNotFoundError:
        return None
    try:
        return convert(formula, display="block" if display else "inline")
    except Exception:
        return None


def mathml(formula: str, display: bool = False) -> Element:
    """Return a formula as a ``math`` element.

    Parameters
    ----------
    formula : str
        LaTeX without dollars around it.
    display : bool
        Whether it stands alone rather than in a line of text.

    Returns
    -------
    xml.etree.ElementTree.Element
        Without namespaces. A formula that cannot be converted, or any if latex2mathml is not installed, becomes
        ``code`` that shows its source.
    """
    # `\displaystyle` in front is what SymPy writes to make inline formulas large; the attribute says it better.
    bare = re.sub(r"^\s*\\displaystyle\b\s*", "", formula)
    markup = _markup(bare.strip(), display or bare != formula)
    if markup is None:
        element = Element("code")
        element.text = formula
        return element
    root = ElementTree.fromstring(markup)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def strip_dollars(text: str) -> tuple[str, bool]:
    """Take off what marks a whole text as a formula.

    Parameters
    ----------
    text : str
        What an object gave as ``text/latex``: ``$...$``, ``$$...$$``, an environment, ...

    Returns
    -------
    tuple of str and bool
        The formula, and whether it is to stand alone.
    """
    text = text.strip()
    for before, after, display in (("$$", "$$", True), (r"\[", r"\]", True), (r"\(", r"\)", False), ("$", "$", False)):
        inner = text[len(before) : len(text) - len(after)]
        if text.startswith(before) and text.endswith(after) and len(text) > len(before + after) and before not in inner:
            return inner, display
    if found := _ENVIRONMENT.match(text):
        name, _, body = found.groups()
        if name in {"align", "eqnarray"}:
            return rf"\begin{{align}}{body}\end{{align}}", True
        return body, name != "math"
    return text, True


def pieces(text: str) -> list[str | Element]:
    r"""Cut a text into plain pieces and formulas.

    Parameters
    ----------
    text : str
        Plain text with ``$...$``, ``$$...$$``, ``\(...\)`` or ``\[...\]`` in it; ``\$`` is a dollar.

    Returns
    -------
    list of str or xml.etree.ElementTree.Element
        In order; no empty piece.
    """
    found: list[str | Element] = []
    end = 0
    for match in _FORMULA.finditer(text):
        found.append(text[end : match.start()].replace(r"\$", "$"))
        block, blocks, line, lines = match.groups()
        found.append(mathml(block or blocks or line or lines, display=bool(block or blocks)))
        end = match.end()
    found.append(text[end:].replace(r"\$", "$"))
    return [piece for piece in found if isinstance(piece, Element) or piece]


def with_formulas(text: str) -> str:
    """HTML of a text in which ``$...$`` are formulas.

    Parameters
    ----------
    text : str
        Plain text: it is escaped.

    Returns
    -------
    str
        Markup.

    Examples
    --------
    >>> with_formulas("a < b")
    'a &lt; b'
    """
    from .svg import to_html

    return "".join(escape(piece) if isinstance(piece, str) else to_html(piece) for piece in pieces(text))
