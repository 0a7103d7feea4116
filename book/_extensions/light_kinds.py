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
    characters : set of str
        Those that stand anywhere in the pages' files.
    styles : set of str
        Names that the pages' own ``style`` attributes and elements mention: variables and families of fonts.
    """

    def __init__(self, ids):
        self.ids = ids
        self.tree = ElementTree.Element("html")
        self.characters, self.styles = set(), set()
        self._children = {}

    def add(self, markup):
        """Add a page, as text."""
        self.read(markup)
        stack = [(LexborHTMLParser(markup).root, self.tree)]
        while stack:
            element, node = stack.pop()
            stack += [(child, self._node(node, child)) for child in element.iter()]

    def _node(self, parent, element):
        known = {name: value or "" for name, value in element.attributes.items() if name in ATTRIBUTES}
        if known.get("id") not in self.ids:
            known.pop("id", None)
        key = (id(parent), element.tag, *known.items())
        if key not in self._children:
            self._children[key] = ElementTree.SubElement(parent, element.tag.lower(), known)
        return self._children[key]

    def read(self, text):
        """Add the characters of a text, html or data, and what it says of styles."""
        self.styles.update(re.findall(r"--[\w-]+|font-family:[^;}]+", text))
        plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), unescape(text))
        self.characters.update(plain)
