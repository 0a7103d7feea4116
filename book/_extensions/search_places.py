"""A small Sphinx extension: a hit of the search leads to its section and shows what that says.

Sphinx's own search leads to the top of a page, and makes its excerpts of the whole page, contents, plotting code and
all three forms of a formula, which it fetches for every hit. Here the build writes what each section says in plain
words, once for the whole book, and search_places.js finds the section of a hit and its excerpt in that.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import get_mime_priority
from plain_text import plain
from sphinx import addnodes

SCRIPT = Path(__file__).with_name("search_places.js")
OUTPUT = "cell_output"


def setup(app):
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", write)
    app.connect("html-page-context", load, priority=450)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def collect(app, doctree):
    if not hasattr(app.env, "book_places"):
        app.env.book_places = {}
    kinds = get_mime_priority(app.builder.name, app.config["nb_mime_priority_overrides"])
    app.env.book_places[app.env.docname] = places(doctree, kinds)


def forget(app, env, docname):
    getattr(env, "book_places", {}).pop(docname, None)


def merge(app, env, docnames, other):
    mine = env.book_places = getattr(env, "book_places", {})
    mine.update({name: found for name, found in getattr(other, "book_places", {}).items() if name in docnames})


def places(doctree, kinds=()):
    """The places of a page that have an address, each as [anchor, title, text, names in its code].

    These are its sections, functions and terms; what is in one of them is not in those around it. Of an output's forms
    (a formula has two) it is the one that the page shows: the first of these MIME types.
    """
    found = []

    def visit(node, place):
        place = started(node, found) or place
        if isinstance(node, (nodes.title, nodes.term, addnodes.desc_signature)):
            return
        if isinstance(node, nodes.literal_block) and is_code(node):
            place[3].append(node.astext())
        elif isinstance(
            node, (nodes.paragraph, nodes.literal_block, nodes.math_block, nodes.line_block, nodes.caption)
        ):
            if "reading-time" not in node["classes"] and not is_signpost(node):
                place[2].append(plain(node))
        else:
            for child in shown(node, kinds):
                visit(child, place)

    top = ["", "", [], []]
    for child in doctree.children:
        visit(child, top)
    return [
        [anchor, title, " ".join(filter(None, texts)), names(" ".join(codes))]
        for anchor, title, texts, codes in found
        if title
    ]


def shown(node, kinds):
    """The children of a node; of an output's forms the one that myst_nb's SelectMimeType will leave."""
    if not (isinstance(node, nodes.Element) and node.get("nb_element") == "mime_bundle"):
        return node.children
    forms = {form["mime_type"]: form for form in node.children}
    return [forms[kind] for kind in kinds if kind in forms][:1]


def started(node, found):
    """A new place, if the node begins one."""
    if isinstance(node, nodes.section):
        head = next((child for child in node.children if isinstance(child, nodes.title)), None)
    elif isinstance(node, nodes.definition_list_item):
        head = next((child for child in node.children if isinstance(child, nodes.term) and child["ids"]), None)
    elif isinstance(node, addnodes.desc):
        head = next((child for child in node.children if isinstance(child, addnodes.desc_signature)), None)
    else:
        return None
    identifiers = (node["ids"] or head["ids"]) if head is not None else None
    if not identifiers:
        return None
    # A function's anchor is its name with its module's.
    title = identifiers[0] if isinstance(head, addnodes.desc_signature) else plain(head)
    found.append([identifiers[0], title, [], []])
    return found[-1]


def is_signpost(node):
    """Whether a paragraph is a link to another place of the book, and nothing else: what it says is said there."""
    inside = [child for child in node.children if plain(child).strip()]
    return len(inside) == 1 and (
        isinstance(inside[0], addnodes.pending_xref)
        or (isinstance(inside[0], nodes.reference) and "refid" in inside[0])
    )


def is_code(block):
    """Whether a block is code; what code prints is text, and may be the message that is searched for."""
    parent = block.parent
    while parent is not None:
        if isinstance(parent, nodes.container) and OUTPUT in parent["classes"]:
            return False
        parent = parent.parent
    return True


def names(code):
    """The names and words of code, each once."""
    return " ".join(sorted(set(re.findall(r"[A-Za-z_]\w{2,}", code))))


def write(app, env):
    """Put the script and all places in one file, which the search's page loads."""
    if app.builder.format != "html":
        return
    found = json.dumps(getattr(env, "book_places", {}), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path = Path(app.outdir) / "_static" / "search_places.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPT.read_text(encoding="utf-8").replace("{/* places */}", found), encoding="utf-8")


def load(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file("search_places.js", loading_method="defer")
