"""A small Sphinx extension: what screen readers and axe-core found wanting in pages of the theme and of docutils.

Each change names its reason. Those of the theme's frame are in _templates/layout.html; tests/site/test_accessibility.py
runs axe-core over every page, and so says whether they are still needed and still do.
"""

import re


def setup(app):
    app.connect("html-page-context", mend_body)
    # After the theme has put its own functions there.
    app.connect("html-page-context", name_folds, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def mend_body(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = mend(context["body"])


def mend(body):
    """A page's body with its roles, names and lists put right."""
    # A list's children are list items; `doc-biblioentry` is deprecated (docutils 0.21 writes it, DPUB-ARIA 1.1).
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    # "Show the code" is what is seen, and so what it must be called: WCAG 2.5.3.
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    # A head's empty corner heads nothing.
    body = re.sub(r'<th class="([^"]*)"><p></p></th>', r'<td class="\1"></td>', body)
    # A signature of several lines is a description list without terms.
    return SIGNATURE.sub(lambda lines: SIGNATURE_LINE.sub(r'<span class="sig-line">\1</span>', lines[1]), body)


SIGNATURE = re.compile(r'<dl>\s*((?:<dd><em class="sig-param">.*?</dd>\s*)+)</dl>', re.DOTALL)
SIGNATURE_LINE = re.compile(r"<dd>(.*?)</dd>", re.DOTALL)


def name_folds(app, pagename, templatename, context, doctree):
    """Say which pages a fold of the sidebar holds; the theme shows an arrow alone."""
    generate = context.get("generate_toctree_html")
    if generate:
        context["generate_toctree_html"] = lambda *args, **options: named(str(generate(*args, **options)))


def named(contents):
    return FOLD.sub(r'\g<0> aria-label="Pages below: \1"', contents)


FOLD = re.compile(r"<a [^>]*>([^<]*)</a><details(?: open=\"open\")?><summary")
