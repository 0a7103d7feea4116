"""The whole book as one PDF, tried on a site of three small pages."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from tools import browser as browsers
from tools import pdf

CONTENTS = {
    "root": "index",
    "parts": [
        {"caption": "Chapters", "chapters": [{"file": "chapters/01"}]},
        {"caption": "Reference", "chapters": [{"file": "reference/api", "sections": [{"file": "reference/api/one"}]}]},
    ],
}
SETTINGS = {"author": "We", "copyright": "2026", "sphinx": {"config": {"html_title": "Little & book"}}}
PAGES = {
    "index": '<section id="hello"><h1>Hello</h1><p><a href="chapters/01.html#b">to b</a> <a href="chapters/01.html">1</a>'
    '<a href="genindex.html">index</a> <a href="https://example.org/">out</a></p></section>',
    "chapters/01": """<section id="a"><h1>1. First</h1><section id="b"><h2>Second heading<a class="headerlink" href="#b">#</a></h2>
      <details><summary>Solution</summary><p>folded away</p></details>
      <details class="hide"><summary>Show the code</summary><p>secret = 1</p></details>
      <style>#si-x { color: #abc }</style>
      <static-interact id="si-x"><figure><div class="si-controls">slide</div><p class="si-state">scale = 3</p>
      <svg role="img" aria-labelledby="t"><title id="t">A plot</title><path clip-path="url(#t)"/></svg></figure>
      <script type="application/json">{"much": 1}</script></static-interact>
      <p><a href="#b">here</a> <a href="../index.html#hello">home</a></p></section></section>""",
    "reference/api": '<section id="a"><h1>Functions</h1><h2>Not listed</h2></section>',
    "reference/api/one": '<section id="a"><h1>One</h1></section>',
}


@pytest.fixture
def site(tmp_path):
    for name, article in PAGES.items():
        path = tmp_path / "html" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        foot = '<footer>Licence <span class="book-pdf"></span></footer>'
        path.write_text(f"<html><head><title>x</title></head><body><article>{article}</article>{foot}</body></html>")
    return tmp_path / "html"


def book(site, address="https://ada.github.io/book/"):
    return pdf.Book(site, pdf.order(CONTENTS), SETTINGS, address)


def test_order():
    assert pdf.order(CONTENTS) == [
        ("index", None), ("chapters/01", "Chapters"), ("reference/api", "Reference"), ("reference/api/one", None),
    ]  # fmt: skip


def test_a_page_for_paper(site):
    article = BeautifulSoup(book(site).articles[1], "html.parser")
    text = article.get_text()
    assert "folded away" in text and "secret" not in text and "much" not in text and "slide" not in text
    assert "scale = 3" in text and article.select_one("details").has_attr("open")
    assert article.select_one(".pdf-note a")["href"] == "https://ada.github.io/book/chapters/01.html#si-x"
    assert article.select_one("svg")["aria-labelledby"] == article.select_one("title")["id"] == "p1--t"
    assert article.select_one("path")["clip-path"] == "url(#p1--t)"
    assert article.select_one("style").get_text() == "#p1--si-x { color: #abc }"
    assert [link["href"] for link in article.select("p > a")][-2:] == ["#p1--b", "#p0--hello"]


def test_links_of_the_front_page(site):
    hrefs = [link["href"] for link in BeautifulSoup(book(site).articles[0], "html.parser").select("a")]
    assert hrefs == ["#p1--b", "#p1", "https://ada.github.io/book/genindex.html", "https://example.org/"]
    without = BeautifulSoup(book(site, None).articles[0], "html.parser").select("a")
    assert without[2]["href"] == "#contents"


def test_ids_of_the_whole_are_unique(site):
    whole = BeautifulSoup(
        book(site).document(dict.fromkeys((entry[1] for entry in book(site).entries), 1)), "html.parser"
    )
    found = [node["id"] for node in whole.select("[id]")]
    assert len(found) == len(set(found))
    assert {node["href"][1:] for node in whole.select("a[href^='#']")} <= set(found)


def test_a_page_without_an_article_is_an_error(site):
    (site / "index.html").write_text("<p>Nothing</p>")
    with pytest.raises(ValueError, match=r"index\.html has no article"):
        book(site)


def test_the_link_to_it_is_put_in_once(site):
    for _ in range(2):
        assert pdf.offer(site, 14_600_000) == 4
    text = (site / "reference" / "api" / "one.html").read_text()
    assert text.count(f'<a href="../../{pdf.NAME}">The whole book as a PDF</a> (15 MB).') == 1
    assert text.endswith("</span></footer></body></html>")


@pytest.mark.site
def test_the_printed_book(site):
    path = browsers.find()
    if path is None:
        pytest.skip(browsers.MISSING)
    little = book(site)
    with ThreadPoolExecutor(1) as apart:  # Playwright's own loop may run in this thread, for other tests
        printed = apart.submit(little.print, path).result()
    reader = PdfReader(io.BytesIO(printed))
    pages = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    assert little.pages == len(pages) == 6, "cover, contents, four pages"
    assert "Little & book" in pages[0] and not pages[0].startswith("1 ")
    assert all(title in pages[1] for title in ("Chapters", "1. First 4", "Second heading 4", "Functions 5", "One 6"))
    assert "folded away" in pages[3] and pages[3].startswith("4 ")
    assert "Not listed" not in pages[1]
    assert {"Hello", "1. First", "One"} <= {entry.title for entry in flat(reader.outline)}
    kinds = [
        note.get_object()["/A"].get("/S") if "/A" in note.get_object() else "dest"
        for note in reader.pages[2]["/Annots"]
    ]
    assert len(kinds) == 4, "the front page's links"


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry
