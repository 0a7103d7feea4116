"""A small Sphinx extension for what search engines and cards of links read, and for visitors who are lost.

- Every page has a description (its own, from `description` in its front matter, or its first sentences), data for
  cards (Open Graph and what X reads), and says what it is in the words of https://schema.org.
- A book whose address is known (tools/launch.py says how) gives each page that address, and a sitemap.
- robots.txt, and a page 404.html that works wherever it is shown.

sphinxext-opengraph, sphinx-sitemap and sphinx-notfound-page do parts of this; they ask for the address, or git's
history, or another theme's page, and would be three dependencies for what is on this page.
"""

import html
import json
from pathlib import Path

from docutils import nodes
from plain_text import plain, shortened

from tools import launch

ROOT = Path(__file__).resolve().parent.parent.parent
CARD = "social-card.png"  # 1200 x 630, in _static
TOUCH_ICON = "apple-touch-icon.png"  # 180 x 180, in _static; tools/touch_icon.py draws it
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
ROOT_PAGE = "index"
#: Pages that Sphinx writes by itself.
GENERATED = {
    "genindex": "Every function, class and module of the book's packages, from A to Z.",
    "py-modindex": "The Python modules of the book's packages.",
    "search": "Search the chapters, the glossary and the reference of the functions.",
}
#: Search engines leave these out: lists of links lead to where what was asked for stands, and are no answer.
UNLISTED = {*GENERATED, "404"}


def setup(app):
    app.connect("config-inited", use_address)
    app.connect("doctree-read", collect_description)
    app.connect("env-purge-doc", forget_description)
    app.connect("env-merge-info", merge_descriptions)
    app.connect("html-page-context", write_head, priority=900)
    app.connect("html-collect-pages", lost_page)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def use_address(app, config):
    if not config.html_baseurl:
        config.html_baseurl = launch.find_address(launch.find_repository(ROOT)) or ""


# Descriptions -------------------------------------------------------------------------------------


def collect_description(app, doctree):
    env = app.env
    if not hasattr(env, "book_descriptions"):
        env.book_descriptions = {}
    own = env.metadata[env.docname].get("description")
    env.book_descriptions[env.docname] = str(own) if own else first_sentences(doctree)


def first_sentences(doctree, length=200):
    """What a page begins with; at least one paragraph, and more while it is short."""
    text = ""
    for paragraph in doctree.findall(nodes.paragraph):
        inside = paragraph.parent
        if "reading-time" in paragraph["classes"] or not isinstance(inside, (nodes.section, nodes.document)):
            continue
        text = f"{text} {plain(paragraph)}".strip()
        if len(text) >= length // 2:
            break
    return shortened(text, length)


def forget_description(app, env, docname):
    getattr(env, "book_descriptions", {}).pop(docname, None)


def merge_descriptions(app, env, docnames, other):
    mine = env.book_descriptions = getattr(env, "book_descriptions", {})
    mine.update({name: text for name, text in getattr(other, "book_descriptions", {}).items() if name in docnames})


# Head ---------------------------------------------------------------------------------------------


def write_head(app, pagename, templatename, context, doctree):
    """Put a page's tags where the theme has those of docutils, whose second viewport goes."""
    page = about(app, pagename, context)
    context["pageurl"] = page["address"]
    context["metatags"] = "\n    ".join(["", *head(app, page)])


def about(app, pagename, context):
    base = app.config.html_baseurl
    path = "" if pagename == ROOT_PAGE else app.builder.get_target_uri(pagename)
    descriptions = {**getattr(app.env, "book_descriptions", {}), **GENERATED}
    title = html.unescape(nodes_free(context.get("title") or app.config.html_title))
    return {
        "name": pagename,
        "title": title,
        "description": descriptions.get(pagename) or f"{title}: {app.config.html_title}.",
        "address": f"{base}{path}" if base and pagename not in UNLISTED else None,
        "number": (app.env.toc_secnumbers.get(pagename, {}).get("") or (None,))[0],
    }


def nodes_free(title):
    """A title without its tags."""
    return "".join(part.partition(">")[2] if k else part for k, part in enumerate(title.split("<")))


def head(app, page):
    """The tags of a page, one a line."""
    tags = [meta("name", "description", page["description"])]
    if page["name"] in UNLISTED:
        return [*tags, meta("name", "robots", "noindex")]
    tags += [
        meta("property", "og:type", "website" if page["name"] == ROOT_PAGE else "article"),
        meta("property", "og:title", page["title"]),
        meta("property", "og:description", page["description"]),
        meta("property", "og:site_name", app.config.html_title),
        meta("property", "og:locale", "en_GB"),
    ]
    card = picture(app)
    if page["address"]:
        tags.append(meta("property", "og:url", page["address"]))
    if card:
        tags += [
            meta("property", "og:image", card),
            meta("property", "og:image:width", "1200"),
            meta("property", "og:image:height", "630"),
            meta("property", "og:image:alt", f"{app.config.html_title}: derive it, break it, fix it"),
        ]
    tags.append(meta("name", "twitter:card", "summary_large_image" if card else "summary"))
    if (Path(app.srcdir) / "_static" / TOUCH_ICON).is_file():
        below = "../" * page["name"].count("/")
        tags.append(f'<link rel="apple-touch-icon" href="{below}_static/{TOUCH_ICON}" />')
    # Data, which no Content-Security-Policy stops: a browser does not run it.
    data = json.dumps(structured(app, page), ensure_ascii=False, indent=None).replace("</", "<\\/")
    return [*tags, f'<script type="application/ld+json">{data}</script>']


def meta(key, name, content):
    return f'<meta {key}="{name}" content="{html.escape(content)}" />'


def picture(app):
    """The address of the card's picture, which must be whole: other sites load it."""
    known = app.config.html_baseurl and (Path(app.srcdir) / "_static" / CARD).is_file()
    return f"{app.config.html_baseurl}_static/{CARD}" if known else None


def structured(app, page):
    """What a page is, in the words of schema.org."""
    config = app.config
    book = {"@type": "Book", "name": config.html_title}
    if config.html_baseurl:
        book["url"] = config.html_baseurl
    common = {
        "description": page["description"],
        "inLanguage": config.language,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "author": {"@type": "Organization", "name": config.author},
    }
    if page["address"]:
        common["url"] = page["address"]
    name = page["name"]
    if name == ROOT_PAGE:
        return {"@context": "https://schema.org", **book, "headline": page["title"], **common}
    kind = "TechArticle" if name.startswith("reference/") else "WebPage"
    own = {"@type": kind, "name": page["title"]}
    if page["number"]:
        title = page["title"].removeprefix(f"{page['number']}. ")
        own = {"@type": "Chapter", "name": title, "position": page["number"]}
        own["learningResourceType"] = "chapter with interactive figures"
    elif name == "reference/glossary":
        own["@type"] = "DefinedTermSet"
    return {"@context": "https://schema.org", **own, "isPartOf": book, **common}


# Files --------------------------------------------------------------------------------------------


def lost_page(app):
    """The page that a server shows for a wrong address, at whatever depth: its links are whole where that can be."""
    yield "404", {"root": app.config.html_baseurl, "book": app.config.html_title}, "404.html"


def write_files(app, exception):
    if exception or app.builder.format != "html":
        return
    base, folder = app.config.html_baseurl, Path(app.outdir)
    robots = ["User-agent: *", "Allow: /"]
    sitemap = folder / "sitemap.xml"
    sitemap.unlink(missing_ok=True)
    if base:
        robots.append(f"Sitemap: {base}sitemap.xml")
        pages = sorted(app.env.found_docs - UNLISTED)
        paths = ["" if name == ROOT_PAGE else app.builder.get_target_uri(name) for name in pages]
        rows = [f"  <url><loc>{html.escape(base + path)}</loc></url>" for path in sorted(paths)]
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        ]
        sitemap.write_text("\n".join([*lines, *rows, "</urlset>", ""]), encoding="utf-8")
    (folder / "robots.txt").write_text("\n".join([*robots, ""]), encoding="utf-8")
