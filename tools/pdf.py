"""Make one PDF of the whole book, through headless Chromium, and offer it on the site.

Run it on a built book (``make pdf`` does both)::

    python -m tools.pdf

It puts the articles of all pages, in the order of book/_toc.yml, behind a cover and a table of contents, makes links
between pages links within the document, opens folded solutions, leaves folded code out, and prints that twice: once to
learn the pages' numbers, and once with these in the contents. Figures stand at their start with a link to the page
where they move, if the book knows its address (tools/launch.py). The PDF goes into the site's folder, and a link to it
into the foot of every page.
"""

from __future__ import annotations

import html
import io
import os
import posixpath
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml  # type: ignore[import-untyped]
from bs4 import BeautifulSoup, Tag

from tools import browser, launch
from tools.notebooks import BOOK, ROOT

SITE = BOOK / "_build" / "html"
NAME = "softmax-and-cross-entropy.pdf"
#: Attributes that name ids of the same page.
POINTING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
#: What a page on paper has no use for.
LEFT_OUT = "script, noscript, .headerlink, .si-drag, .si-tools, .si-controls, details.hide, .onlyweb, template"
#: Beside the book's own style for paper.
STYLE = """
@page {
  size: A4;
  margin: 20mm 18mm 18mm;
  @bottom-center { content: counter(page); font: 9pt system-ui, sans-serif; color: #555; }
}
@page :first { @bottom-center { content: none; } }
body { background: #fff; }
.bd-main .bd-content .bd-article h1:first-of-type { display: block; margin: 0 0 1rem; }
article { display: block; break-before: page; }
.pdf-cover { height: 240mm; display: flex; flex-direction: column; justify-content: center; }
.pdf-cover img { width: 34mm; height: auto; margin-bottom: 14mm; }
.pdf-cover h1 { font-size: 34pt; line-height: 1.15; margin: 0 0 6mm; text-wrap: balance; }
.pdf-cover .pdf-line { font-size: 14pt; max-width: 120mm; }
.pdf-cover .pdf-small { margin-top: auto; font-size: 9.5pt; color: #444; }
.pdf-contents { break-before: page; }
.pdf-contents ol { list-style: none; margin: 0 0 4mm; padding: 0; }
.pdf-contents li { display: flex; gap: 2mm; align-items: baseline; margin: 0.6mm 0; }
.pdf-contents li.pdf-page { font-weight: 600; margin-top: 2.4mm; }
.pdf-contents li.pdf-section { padding-left: 8mm; font-size: 0.94em; }
.pdf-contents a { color: inherit; text-decoration: none; }
.pdf-contents .pdf-dots { flex: 1; border-bottom: 1px dotted #888; }
.pdf-contents .pdf-number { min-width: 2.5em; text-align: right; font-variant-numeric: tabular-nums; font-weight: 400; }
.pdf-note { font-size: 0.85em; color: #444; margin: -0.6rem 0 1rem; break-before: avoid; }
static-interact .si-narrow { display: none !important; }
static-interact .si-wide { display: block !important; }
"""


def main() -> int:
    if not (SITE / "index.html").is_file():
        print("The book is not built: run `make book` first", file=sys.stderr)
        return 1
    chromium = browser.find()
    if chromium is None:
        print(browser.MISSING, file=sys.stderr)
        return 1
    settings = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
    address = launch.find_address(launch.find_repository(ROOT))
    book = Book(SITE, order(yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))), settings, address)
    pdf = book.print(chromium)
    (SITE / NAME).write_bytes(pdf)
    offered = offer(SITE, len(pdf))
    print(
        f"{(SITE / NAME).relative_to(ROOT)}: {book.pages} pages, {len(pdf) / 1e6:.1f} MB, linked from {offered} pages"
    )
    return 0


def order(contents: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The pages of a table of contents from front to back, the first of each part with the part's caption."""
    found: list[tuple[str, str | None]] = [(contents["root"], None)]

    def add(entries: list[dict[str, Any]], caption: str | None) -> None:
        for entry in entries:
            found.append((entry["file"], caption))
            caption = None
            add(entry.get("sections", []), None)

    for part in contents["parts"]:
        add(part["chapters"], part["caption"])
    return found


class Book:
    """The pages of a built book, put together for paper."""

    def __init__(self, site: Path, contents: list[tuple[str, str | None]], settings: dict, address: str | None) -> None:
        self.site, self.settings, self.address = site, settings, address
        self.names = {name: f"p{number}" for number, (name, _) in enumerate(contents)}
        self.pages = 0
        self.styles: dict[str, None] = {}
        #: The contents: (kind, id, title), kind being "part", "page" or "section".
        self.entries: list[tuple[str, str, str]] = []
        self.articles = []
        for name, caption in contents:
            if caption:
                self.entries.append(("part", "", caption))
            self.articles.append(self.article(name))

    # ---- one page

    def article(self, name: str) -> str:
        """A page's article as HTML, with ids of its own and what paper can't show left out."""
        soup = BeautifulSoup((self.site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        for style in soup.select("head link[rel=stylesheet], head style"):
            self.styles[self.asset(name, style)] = None
        article = soup.select_one("article")
        if article is None:
            raise ValueError(f"{name}.html has no article")
        for figure in article.select("static-interact"):
            self.note(figure, name)
        for node in article.select(LEFT_OUT):
            node.decompose()
        for fold in article.select("details"):
            fold["open"] = ""
        self.list(article, name)
        self.rename(article, name)
        article["id"] = self.names[name]
        return str(article)

    def asset(self, name: str, node: Tag) -> str:
        if node.name == "link":
            node["href"] = self.file(name, str(node["href"]))
        return str(node)

    def file(self, name: str, link: str) -> str:
        """The file that a relative link of a page means, as an address."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(urlsplit(link).path)))
        return (self.site / path).as_uri()

    def note(self, figure: Tag, name: str) -> None:
        """Say below a figure that moves where it does."""
        if not figure.select_one(".si-state"):
            return
        soup = BeautifulSoup("", "html.parser")
        note = soup.new_tag("p", attrs={"class": "pdf-note"})
        note.append("This figure has controls")
        if self.address:
            link = soup.new_tag("a", href=f"{self.address}{name}.html#{figure.get('id', '')}")
            link.append("on the web")
            note.extend([": move them ", link, "."])
        else:
            note.append(" in the book’s pages on the web.")
        figure.insert_after(note)

    def list(self, article: Tag, name: str) -> None:
        """Add a page and its sections to the contents."""
        reference = name.startswith("reference/")
        for heading in article.select("h1" if reference else "h1, h2"):
            section = heading.find_parent("section")
            identifier = f"{self.names[name]}--{section['id']}" if section else self.names[name]
            title = " ".join(heading.get_text().split())
            self.entries.append(
                ("page", self.names[name], title) if heading.name == "h1" else ("section", identifier, title)
            )

    def rename(self, article: Tag, name: str) -> None:
        """Give a page's ids a prefix, so that those of two pages differ, and have links lead to these."""
        prefix = f"{self.names[name]}--"
        identifiers = {str(node["id"]) for node in article.select("[id]")}
        for node in article.find_all(True):
            for key, value in list(node.attrs.items()):
                if not isinstance(value, str):
                    continue
                if key == "id":
                    node[key] = prefix + value
                elif key in POINTING:
                    node[key] = " ".join(prefix + word if word in identifiers else word for word in value.split())
                elif key in {"href", "xlink:href"}:
                    node[key] = self.link(name, value)
                elif key == "src" and not urlsplit(value).scheme:
                    node[key] = self.file(name, value)
                elif "url(#" in value:
                    node[key] = value.replace("url(#", f"url(#{prefix}")
        for style in article.select("style"):
            text = re.sub(
                r"#([A-Za-z][\w-]*)", lambda found: self.selector(found, identifiers, prefix), style.get_text()
            )
            style.string = text

    @staticmethod
    def selector(found: re.Match, identifiers: set[str], prefix: str) -> str:
        """`#id` in a style, unless it is a colour."""
        return f"#{prefix}{found[1]}" if found[1] in identifiers else found[0]

    def link(self, name: str, link: str) -> str:
        """Where a link of a page leads in the document; out of it if need be."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return link
        target = (
            posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
        )
        page = target.removesuffix(".html")
        if page in self.names:
            # A state of a figure (#name:scale=2) is the figure's own business.
            fragment = unquote(parts.fragment)
            return f"#{self.names[page]}--{fragment}" if fragment and ":" not in fragment else f"#{self.names[page]}"
        return f"{self.address}{target}" if self.address else "#contents"

    # ---- the whole

    def print(self, chromium: str) -> bytes:
        """The PDF: printed once for the numbers of the pages, and once more with them."""
        folder = self.site.parent / "pdf"
        folder.mkdir(exist_ok=True)
        source = folder / "book.html"
        with browser.launched(chromium) as running:
            page = running.new_context(java_script_enabled=False, color_scheme="light").new_page()
            page.set_default_timeout(300_000)
            pdf, numbers = b"", dict.fromkeys((identifier for _, identifier, _ in self.entries), 0)
            for _ in range(2):
                source.write_text(self.document(numbers), encoding="utf-8")
                page.goto(source.as_uri())
                pdf = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
                numbers = self.numbers(pdf)
        return pdf

    def numbers(self, pdf: bytes) -> dict[str, int]:
        """The number of the page that each entry of the contents leads to.

        Raises
        ------
        ValueError
            If the document has no place for one.
        """
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(pdf))
        self.pages = len(reader.pages)
        places = {
            name.lstrip("/"): (reader.get_destination_page_number(place) or 0) + 1
            for name, place in reader.named_destinations.items()
        }
        wanted = [identifier for _, identifier, _ in self.entries if identifier]
        if lost := [identifier for identifier in wanted if identifier not in places]:
            raise ValueError(f"the PDF has no destination for {lost[:3]}")
        return {identifier: places[identifier] for identifier in wanted}

    def document(self, numbers: dict[str, int]) -> str:
        title = self.settings["sphinx"]["config"]["html_title"]
        whole = [
            '<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">',
            f"<title>{html.escape(title)}</title>",
            *self.styles,
            f'<style>{STYLE}</style></head><body><main class="bd-main"><div class="bd-content">',
            '<div class="bd-article-container">',
            self.cover(title),
            self.contents(numbers),
            *self.articles,
            "</div></div></main></body></html>",
        ]
        return "\n".join(whole)

    def cover(self, title: str) -> str:
        logo = self.site / "_static" / "logo.svg"
        picture = f'<img src="{logo.as_uri()}" alt="">' if logo.is_file() else ""
        where = f'Its figures move on the web: <a href="{self.address}">{self.address}</a>. ' if self.address else ""
        return (
            f'<section class="pdf-cover">{picture}<h1>{html.escape(title)}</h1>'
            '<p class="pdf-line">Derive it, break it, fix it.</p>'
            f'<p class="pdf-small">{html.escape(self.settings["author"])}, {html.escape(self.settings["copyright"])}. '
            f"{where}Text and figures: CC BY 4.0. Code: MIT licence.</p></section>"
        )

    def contents(self, numbers: dict[str, int]) -> str:
        rows = []
        for kind, identifier, title in self.entries:
            if kind == "part":
                rows.append(f'</ol><p class="pdf-part"><strong>{html.escape(title)}</strong></p><ol>')
                continue
            rows.append(
                f'<li class="pdf-{kind}"><a href="#{identifier}">{html.escape(title)}</a><span class="pdf-dots"></span>'
                f'<span class="pdf-number">{numbers[identifier] or "000"}</span></li>'
            )
        return f'<nav class="pdf-contents" id="contents"><h2>Contents</h2><ol>{"".join(rows)}</ol></nav>'


def offer(site: Path, size: int) -> int:
    """Link to the PDF from the foot of every page; return how many pages that are.

    A page that is built anew has no link until the PDF is, too.
    """
    count = 0
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if path.is_relative_to(site / "_static") or MARK not in text:
            continue
        link = os.path.relpath(site / NAME, path.parent).replace(os.sep, "/")
        said = f'<span class="book-pdf"><a href="{link}">The whole book as a PDF</a> ({size / 1e6:.0f} MB).</span>'
        before, rest = text.split(MARK, 1)
        path.write_text(before + said + rest.partition("</span>")[2], encoding="utf-8")
        count += 1
    return count


#: Stands in the foot of every page, empty: book/_config.yml, `extra_footer`.
MARK = '<span class="book-pdf">'


if __name__ == "__main__":
    sys.exit(main())
