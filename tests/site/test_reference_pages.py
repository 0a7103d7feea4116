"""The built book's apparatus: reading times, glossary links with definitions, API pages, numbers of equations."""

import importlib
import re
from html import unescape

import pytest

from tools import notebooks

API = {
    "attention": "stable_softmax.attention",
    "functions": "stable_softmax.functions",
    "losses": "stable_softmax.losses",
    "streaming": "stable_softmax.streaming",
    "jacobian": "stable_softmax.jacobian",
    "gradcheck": "stable_softmax.gradcheck",
    "precision": "stable_softmax.precision",
    "xray": "stable_softmax.xray",
    "naive": "stable_softmax.naive",
    "exercises": "stable_softmax.exercises",
    "properties": "stable_softmax.properties",
    "symbolic": "stable_softmax.symbolic",
    "small_networks": "small_networks",
    "static_interact": "static_interact",
}


def html(site_dir, page):
    return (site_dir / f"{page}.html").read_text(encoding="utf-8")


def words(path):
    """About how many words of running text a notebook has: formulas, code, addresses and HTML left out."""
    text = "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown")
    for left_out in (
        r"(?s)```.*?```",
        r"(?s)\$\$.*?\$\$",
        r"(?s)\$.*?\$",
        r"\]\([^)]*\)",
        r"</?[a-zA-Z][^<>]*>",
        r"\{\w+\}`[^`]*`",
    ):
        text = re.sub(left_out, " ", text)
    return len(re.findall(r"\w+", text))


@pytest.mark.parametrize("path", sorted(notebooks.BOOK.glob("chapters/*.ipynb")), ids=lambda path: path.stem)
def test_a_chapter_says_how_long_it_takes(site_dir, path):
    """At 200 words a minute, as far as a plain count of words agrees with the build's."""
    pattern = r'<p class="reading-time">About (\d+) minutes to read</p>'
    [minutes] = re.findall(pattern, html(site_dir, f"chapters/{path.stem}"))
    assert int(minutes) == pytest.approx(words(path) / 200, rel=0.2, abs=1)


def test_glossary_links_show_definitions(site_dir):
    """A notebook's plain link to a term becomes one with the term's definition as its title."""
    glossary = html(site_dir, "reference/glossary")
    linked = 0
    for path in (notebooks.BOOK / "chapters").glob("*.ipynb"):
        page = html(site_dir, f"chapters/{path.stem}")
        for link in re.findall(r'<a [^>]*href="\.\./reference/glossary\.html#[^>]*>', page):
            identifier = re.search(r'#([^"]+)"', link)[1]
            assert f'id="{identifier}"' in glossary
            title = unescape(re.search(r'title="([^"]*)"', link)[1])
            assert len(title) > 20 and "\\" not in title and "{" not in title, title
            assert "glossary-link" in link
            linked += 1
    assert linked


def test_definitions_are_not_repeated(site_dir):
    terms = re.findall(r'<dt id="(term-[^"]+)"', html(site_dir, "reference/glossary"))
    assert len(terms) > 40 and len({term.lower() for term in terms}) == len(terms)


@pytest.mark.parametrize("page", API)
def test_api_page_holds_all_public_names(site_dir, page):
    module = importlib.import_module(API[page])
    text = html(site_dir, f"reference/api/{page}")
    documented = {name.rpartition(".")[2] for name in re.findall(r'<dt class="sig[^>]* id="([^"]+)"', text)}
    public = {
        name
        for name in getattr(module, "__all__", vars(module))
        if not name.startswith("_")
        and callable(value := getattr(module, name))
        and getattr(value, "__module__", "").startswith(API[page])
    }
    assert public and public <= documented
    assert "Examples" in text and "&gt;&gt;&gt;" in text


def test_cheat_sheet_refers_to_equations_of_the_chapters(site_dir):
    found = re.findall(
        r'href="(\.\./chapters/[^"]*#equation-[^"]+)"[^>]*>\(?(?:<[^>]*>)*\(?(\d\.\d+)',
        html(site_dir, "reference/cheat_sheet"),
    )
    assert len(found) >= 6, found
