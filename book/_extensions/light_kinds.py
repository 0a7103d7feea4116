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
SHOWN = {
    "KaTeX_Math-": "variables",
    "KaTeX_": "formulas",
    "book-serif-italic": "italics",
    "book-serif": "prose",
    "book-mono": "code",
    "DejaVuSans": "drawings",
}
#: Elements whose text is set in a face of their own, by their tags, and signatures by their class.
APART = {
    "svg": "drawings",
    **dict.fromkeys(["pre", "code", "kbd", "samp", "tt", "sig"], "code"),
    **dict.fromkeys(["em", "i", "cite", "dfn", "var", "address"], "italics"),
}
#: What scripts may put together for a reader beyond what pages and data hold.
ASCII = {chr(code) for code in range(32, 127)}


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
        italic for variables ("variables") and in all its other fonts ("formulas"). Of the rest those in italics, in
        code, in drawings, and in none of them ("prose"); the last three hold also ASCII and what figures' data hold.
    styles : set of str
        Names that the pages' own ``style`` attributes and elements mention: variables and families of fonts.
    """

    def __init__(self, ids):
        self.ids = ids
        self.tree = ElementTree.Element("html")
        self.characters = {"all": set(), "variables": set(), "formulas": set(), "italics": set()}
        self.characters |= {kind: set(ASCII) for kind in ("code", "drawings", "prose")}
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
        for data in page.css('script[type="application/json"]'):
            self.read_data(data.text())
        self._sort(page.root)

    def _sort(self, root):
        """Add the characters of what is no formula to those of its kind."""
        stack = [(root, "prose")]
        while stack:
            element, kind = stack.pop()
            for child in element.iter(include_text=True):
                if child.tag == "-text":
                    self.characters[kind].update(child.text_content)
                    continue
                names = (child.attributes.get("class") or "").split()
                if child.tag not in ("script", "style") and "katex" not in names:
                    own = APART.get("sig" if "sig" in names else child.tag, kind)
                    stack.append((child, kind if kind == "code" else own))

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
        self.characters["all"].update(_plain(text))

    def read_data(self, text):
        """Add the characters of a figure's data, which may come to stand in its drawings, its texts and its labels."""
        self.read(text)
        for kind in ("code", "drawings", "prose"):
            self.characters[kind].update(_plain(text))


def _plain(text):
    """A text without its escapes, those of html and those of JSON."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), unescape(text))
