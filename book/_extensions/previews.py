"""A small Sphinx extension: a link to a term or an equation shows it when the pointer or the keyboard is on the link.

A page brings along what its links show, once each and out of sight, with formulas in MathML, which every browser draws
and which is a tenth of KaTeX's own; reading.js shows it. sphinx-tippy and sphinx-hoverxref bring scripts of another
host, or ask a server.
"""

import html
import re
from functools import cache

from docutils import nodes
from plain_text import readable
from sphinxcontrib import katex

GLOSSARY = "reference/glossary"
TAGS = {nodes.strong: "strong", nodes.emphasis: "em", nodes.literal: "code"}


def setup(app):
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", bring)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def collect(app, doctree):
    """Note what can be shown: {"page#anchor": ("term" or "equation", a node)}."""
    env = app.env
    if not hasattr(env, "book_previews"):
        env.book_previews = {}
    found = env.book_previews
    if env.docname == GLOSSARY:
        for item in doctree.findall(nodes.definition_list_item):
            first = next(item.findall(nodes.definition)).next_node(nodes.paragraph)
            for term in item.findall(nodes.term):
                for identifier in term["ids"]:
                    found[f"{env.docname}#{identifier}"] = ("term", first.deepcopy())
    for block in doctree.findall(nodes.math_block):
        if block.get("label"):
            place = nodes.make_id(f"equation-{block['label']}")
            found[f"{env.docname}#{place}"] = ("equation", block.astext())


def forget(app, env, docname):
    found = getattr(env, "book_previews", {})
    for place in [place for place in found if place.partition("#")[0] == docname]:
        del found[place]


def merge(app, env, docnames, other):
    mine = env.book_previews = getattr(env, "book_previews", {})
    theirs = getattr(other, "book_previews", {})
    mine.update({place: shown for place, shown in theirs.items() if place.partition("#")[0] in docnames})


def bring(app, pagename, templatename, context, doctree):
    """Add what the page's links can show to its body."""
    if doctree is None or pagename == GLOSSARY:
        return
    found, shown = getattr(app.env, "book_previews", {}), {}
    for link in doctree.findall(nodes.reference):
        address = link.get("refuri") or (f"#{link['refid']}" if link.get("refid") else "")
        place = target(app, pagename, address)
        if place in found:
            shown[address] = preview(*found[place])
    if shown:
        rows = (f'<div data-to="{html.escape(address)}"{row}</div>' for address, row in shown.items())
        context["body"] += f'<template id="previews">{"".join(rows)}</template>'


def preview(kind, what):
    """What is shown, from behind the name of the element around it; a formula is called by its words."""
    if kind == "term":
        return f"><p>{words(what)}</p>"
    return f' aria-label="{html.escape(readable(what))}"><p>{formula(what, True)}</p>'


def target(app, pagename, address):
    """The page#anchor that a page's link within the book leads to, or None."""
    path, _, anchor = address.partition("#")
    if not anchor or ":" in path:
        return None
    if not path:
        return f"{pagename}#{anchor}"
    parts = pagename.split("/")[:-1]
    for step in path.removesuffix(".html").split("/"):
        parts = parts[:-1] if step == ".." else [*parts, step]
    return f"{'/'.join(parts)}#{anchor}"


def words(node):
    """A definition as HTML; where to read on stays behind, as the link itself leads on."""
    text = "".join(part(child) for child in node.children)
    return re.sub(r"\s+See (also )?(?!that).*$", "", text, flags=re.DOTALL)


def part(node):
    if isinstance(node, nodes.Text):
        return html.escape(str(node), quote=False)
    if isinstance(node, nodes.math):
        return formula(node.astext(), False)
    inside = "".join(part(child) for child in node.children)
    tag = TAGS.get(type(node))
    return f"<{tag}>{inside}</{tag}>" if tag else inside


@cache
def formula(latex, display):
    """A formula in MathML, as KaTeX writes it."""
    whole = katex.render_latex(latex, {"displayMode": display})
    found = re.search(r"<math.*</math>", whole, re.DOTALL)
    if not found:  # KaTeX could not read it, and has told so
        return whole
    return found[0]
