"""A small Sphinx extension for what leads a reader around: reading times, glossary links, API pages.

- Every chapter says under its title how long it takes to read.
- A link to a term of the glossary shows the term's definition when the pointer rests on it. Chapters
  are notebooks, where only plain Markdown links look right: ``[simplex](../reference/glossary.md#term-simplex)``.
- A name in a docstring's single backticks is a link if the name has a page, and code if not.
"""

import re

from docutils import nodes

WORDS_PER_MINUTE = 200
GLOSSARY = "reference/glossary"


def setup(app):
    app.connect("doctree-read", add_reading_time)
    app.connect("doctree-read", collect_terms)
    app.connect("env-merge-info", merge_terms)
    app.connect("doctree-resolved", show_definitions)
    app.connect("missing-reference", leave_plain)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


# Reading time -------------------------------------------------------------------------------------


def add_reading_time(app, doctree):
    if not app.env.docname.startswith("chapters/"):
        return
    title = next(doctree.findall(nodes.title), None)
    if title is None:
        return
    text = f"About {reading_minutes(doctree)} minutes to read"
    note = nodes.paragraph(text, text, classes=["reading-time"])
    title.parent.insert(title.parent.index(title) + 1, note)


def reading_minutes(doctree):
    """Minutes for a document's running text, formulas and code left out; at least 1."""
    words = sum(
        len(re.findall(r"\w+", part.astext()))
        for part in doctree.findall(nodes.TextElement)
        if isinstance(part, (nodes.paragraph, nodes.title, nodes.term))
    )
    return max(1, round(words / WORDS_PER_MINUTE))


# Glossary -----------------------------------------------------------------------------------------


def collect_terms(app, doctree):
    """Note each term's definition, and make terms known to Markdown links."""
    env = app.env
    if env.docname != GLOSSARY:
        return
    env.book_terms = {}
    slugs = env.metadata[GLOSSARY].setdefault("myst_slugs", {})
    for item in doctree.findall(nodes.definition_list_item):
        first = next(item.findall(nodes.definition)).next_node(nodes.paragraph)
        for term in item.findall(nodes.term):
            for identifier in term["ids"]:
                env.book_terms[identifier] = definition_text(first)
                slugs[identifier] = (term.line, identifier, term.astext())


def definition_text(paragraph):
    """A definition as plain text: without where to read on, and formulas without LaTeX's commands."""
    text = paragraph.astext().split(" See ")[0]
    for latex, plain in PLAIN.items():
        text = text.replace(latex, plain)
    text = re.sub(r"\\operatorname\{(\w+)\}|\\([a-z]+)", r"\1\2", text)
    return re.sub(r"\{(\w{1,2})\}", r"\1", text).replace("{", "(").replace("}", ")")


PLAIN = {
    r"_{\max}": "_max",
    r"\sum": "Σ",
    r"\sigma": "σ",
    r"\varepsilon": "ε",
    r"\delta": "δ",
    r"\infty": "∞",
    r"^\top": "ᵀ",
}


def merge_terms(app, env, docnames, other):
    if GLOSSARY in docnames:
        env.book_terms = other.book_terms


def show_definitions(app, doctree, docname):
    terms = getattr(app.env, "book_terms", {})
    for link in doctree.findall(nodes.reference):
        page, _, identifier = link.get("refuri", "").partition("#")
        if identifier in terms and page.endswith(f"{GLOSSARY.rpartition('/')[2]}.html"):
            link["reftitle"] = terms[identifier]
            link["classes"].append("glossary-link")


# API pages ----------------------------------------------------------------------------------------


def leave_plain(app, env, node, content):
    """Show a name that has no page as code, without a warning.

    A docstring's single backticks hold the names of parameters as well, and some functions raise
    NumPy's exceptions; the build asks no other site for its pages.
    """
    if node.get("refdomain") != "py":
        return None
    foreign = node.get("reftarget", "").startswith("numpy.")
    return content if node.get("reftype") == "obj" or foreign else None
