"""What search engines and cards of links read of a page, and the files for lost visitors and robots."""

import json
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from tests.site.test_formulas import extension
from tools import launch, notebooks

BASE = "https://ada.github.io/softmax-book/"
#: Lists of links, which are no answer to a search.
GENERATED = {"genindex.html", "py-modindex.html", "search.html"}


@pytest.fixture(scope="module")
def pages(site_dir):
    paths = [path for path in site_dir.rglob("*.html") if "_static" not in path.parts]
    return {path.relative_to(site_dir).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def contents(text, name):
    """What the tags of a name or property say."""
    metas = BeautifulSoup("".join(re.findall(r"<meta\b[^>]*>", text)), "html.parser").find_all("meta", content=True)
    return [tag["content"] for tag in metas if name in (tag.get("name"), tag.get("property"))]


def test_each_page_says_what_it_is(pages):
    descriptions = {}
    for path, text in pages.items():
        assert len(contents(text, "viewport")) == 1, path
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1].strip()
        assert title and not title.startswith("&lt;no title"), path
        if path == "404.html":
            assert contents(text, "robots") == ["noindex"]
            continue
        (description,) = contents(text, "description")
        assert 30 <= len(description) <= 220, (path, description)
        assert not re.search(r"\\[a-z]|\$|<|About \d+ minutes", description), (path, description)
        descriptions.setdefault(description, []).append(path)
        unlisted = path in GENERATED
        assert contents(text, "robots") == ["noindex"] * unlisted, path
        if not unlisted:
            assert contents(text, "og:title") and contents(text, "og:description") == [description], path
            assert contents(text, "twitter:card"), path
    assert [paths for paths in descriptions.values() if len(paths) > 1] == []


def test_structured_data_is_read_by_nobody_but_machines(pages):
    kinds = {}
    for path, text in pages.items():
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
        if path in {"404.html", *GENERATED}:
            assert found == []
            continue
        data = json.loads(found[0])
        assert data["@context"] == "https://schema.org" and data["name"] and data["description"], path
        kinds.setdefault(data["@type"], []).append(data)
    assert len(kinds["Book"]) == 1
    chapters = len(list(notebooks.BOOK.glob("chapters/*.ipynb")))
    assert sorted(data["position"] for data in kinds["Chapter"]) == list(range(1, chapters + 1))
    assert all(data["isPartOf"]["@type"] == "Book" for data in kinds["Chapter"])
    assert len(kinds["DefinedTermSet"]) == 1


def test_robots_and_sitemap_agree(site_dir):
    robots = (site_dir / "robots.txt").read_text(encoding="utf-8")
    assert robots.startswith("User-agent: *\nAllow: /\n")
    sitemap = site_dir / "sitemap.xml"
    assert sitemap.is_file() == ("Sitemap: " in robots)


def test_policy_does_not_stop_data(browser):
    """Structured data and a strict policy go together."""
    page = browser.new_context().new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'; script-src 'self'\">"
    page.set_content(f'<head>{policy}<script type="application/ld+json">{{"a": 1}}</script></head><p>Text</p>')
    page.wait_for_timeout(100)
    assert said == []
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_timeout(100)
    assert any("Content Security Policy" in text for text in said), "a script that runs is stopped"
    page.context.close()


# The same with an address ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def findable():
    return extension("findable")


@pytest.fixture
def app(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "social-card.png").write_bytes(b"")
    return SimpleNamespace(
        config=SimpleNamespace(html_baseurl=BASE, html_title="The book", language="en", author="We"),
        builder=SimpleNamespace(get_target_uri=lambda name: f"{name}.html", format="html"),
        env=SimpleNamespace(
            book_descriptions={"chapters/01": "It says “a < b” & more."},
            toc_secnumbers={"chapters/01": {"": (1,)}},
            found_docs={"index", "chapters/01"},
        ),
        srcdir=tmp_path,
        outdir=tmp_path,
    )


def test_head_of_a_published_page(findable, app):
    page = findable.about(app, "chapters/01", {"title": "Turn <em>x</em> into y"})
    text = "\n".join(findable.head(app, page))
    assert page["address"] == f"{BASE}chapters/01.html"
    assert contents(text, "og:url") == [page["address"]]
    assert contents(text, "og:title") == ["Turn x into y"]
    assert contents(text, "description") == ["It says “a < b” & more."]
    assert contents(text, "og:image") == [f"{BASE}_static/social-card.png"]
    data = json.loads(re.search(r"json\">(.*)</script>", text)[1])
    assert data["@type"] == "Chapter" and data["position"] == 1 and data["url"] == page["address"]
    assert data["isPartOf"]["url"] == BASE
    assert findable.about(app, "index", {})["address"] == BASE


def test_sitemap_of_a_published_book(findable, app, tmp_path):
    findable.write_files(app, None)
    root = ET.parse(tmp_path / "sitemap.xml").getroot()
    assert [place.text for place in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [
        BASE,
        f"{BASE}chapters/01.html",
    ]
    assert f"Sitemap: {BASE}sitemap.xml" in (tmp_path / "robots.txt").read_text()
    app.config.html_baseurl = ""
    findable.write_files(app, None)
    assert not (tmp_path / "sitemap.xml").exists()


@pytest.mark.parametrize(
    "repository, environ, expected",
    [
        (None, {}, None),
        (launch.Repository("ada", "softmax-book"), {}, BASE),
        (launch.Repository("Ada", "ada.github.io"), {}, "https://ada.github.io/"),
        (launch.Repository("ada", "softmax-book"), {"BOOK_URL": "none"}, None),
        (None, {"BOOK_URL": "https://example.org/book"}, "https://example.org/book/"),
        (None, {"BOOK_URL": "https://example.org"}, "https://example.org/"),
    ],
)
def test_address_of_the_book(repository, environ, expected):
    assert launch.find_address(repository, environ) == expected


@pytest.mark.parametrize("wrong", ["example.org", "ftp://example.org", "https://example.org/?a=1", 'https://e"x/'])
def test_a_wrong_address_is_an_error(wrong):
    with pytest.raises(ValueError, match="BOOK_URL"):
        launch.find_address(None, {"BOOK_URL": wrong})


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"p_i = \frac{e^{a_i}}{\sum_k e^{a_k}}", "p_i = e^(a_i)/(Σ_k e^(a_k))"),
        (r"\operatorname{logsumexp}(x)", "logsumexp(x)"),
        (r"\frac{a + b}{2}", "(a + b)/2"),
        (r"\lVert x \rVert \le 1", "‖ x ‖ ≤ 1"),
    ],
)
def test_formulas_in_plain_words(latex, expected):
    assert extension("plain_text").readable(latex) == expected
