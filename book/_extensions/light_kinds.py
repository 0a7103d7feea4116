"""What the built pages hold that styles and fonts depend on.

All pages are laid into one tree, in which elements of one kind inside one parent are a single element: a thousand
formulas become a few dozen nodes. Whether a selector can mean anything in the book is then asked once.
"""

import re
from html import unescape
from xml.etree import ElementTree

from selectolax.lexbor import LexborHTMLParser

#: Attributes by which selectors are matched. All others may be changed by a script or the reader, and always match.
ATTRIBUTES = ("class", "id", "type", "role")
#: Which characters a font is for, by the beginning of its file's name; any other may show all.
SHOWN = {"KaTeX_Math-": "variables", "KaTeX_": "formulas"}


class Kinds:
    """All that pages added so far hold.

    Parameters
    ----------
    ids : set of str
        Ids that tell an element from others of its kind: those that some selector names.

    Attributes
    ----------
    tree : xml.etree.ElementTree.Element
        The root of the merged pages, an ``html`` element.
    characters : dict of str to set of str
        Those that stand anywhere in the pages' files ("all"), in formulas as KaTeX draws them, and of these in KaTeX's
        italic for variables ("variables") and in all its other fonts ("formulas").
    styles : set of str
        Names that the pages' own ``style`` attributes and elements mention: variables and families of fonts.
    """

    def __init__(self, ids):
        self.ids = ids
        self.tree = ElementTree.Element("html")
        self.characters = {"all": set(), "variables": set(), "formulas": set()}
        self.styles = set()
        self._children = {}

    def add(self, markup):
        """Add a page, as text."""
        self.read(markup)
        page = LexborHTMLParser(markup)
        stack = [(page.root, self.tree)]
        while stack:
            element, node = stack.pop()
            stack += [(child, self._node(node, child)) for child in element.iter()]

        for variable in page.css(".katex-html .mathnormal"):
            self.characters["variables"].update(variable.text())
            variable.decompose()
        for formula in page.css(".katex-html"):
            self.characters["formulas"].update(formula.text())

    def _node(self, parent, element):
        known = {name: value or "" for name, value in element.attributes.items() if name in ATTRIBUTES}
        if known.get("id") not in self.ids:
            known.pop("id", None)
        key = (id(parent), element.tag, *known.items())
        if key not in self._children:
            self._children[key] = ElementTree.SubElement(parent, element.tag.lower(), known)
        return self._children[key]

    def shown_in(self, font):
        """The characters that a font file may have to show, by its name."""
        return self.characters[next((kind for name, kind in SHOWN.items() if font.startswith(name)), "all")]

    def read(self, text):
        """Add the characters of a text, html or data, and what it says of styles."""
        self.styles.update(re.findall(r"--[\w-]+|font-family:[^;}]+", text))
        plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), unescape(text))
        self.characters["all"].update(plain)
