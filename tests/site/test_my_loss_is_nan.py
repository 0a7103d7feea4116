"""The page "My loss is NaN" as it is built: from the front page to a cure in two clicks, links that lead somewhere, and questions that need no pointer and no script."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from tools import symptoms

PAGE = "reference/my_loss_is_nan.html"
DATA = symptoms.read()
ENTRIES = {entry["id"]: entry for entry in DATA["entry"]}


@pytest.fixture(scope="module")
def article(site_dir):
    return BeautifulSoup((site_dir / PAGE).read_text(encoding="utf-8"), "html.parser").find("article")


def section(article, name):
    found = article.find(id=name)
    return found if found.name == "section" else found.find_parent("section")


def target(site_dir, href):
    """The file and the anchor that a link on the page leads to."""
    parts = urlsplit(href)
    path = (site_dir / PAGE).parent / unquote(parts.path) if parts.path else site_dir / PAGE
    return path.resolve(), unquote(parts.fragment)


def test_every_link_leads_somewhere(article, site_dir):
    texts, lost = {}, []
    links = [link["href"] for link in article.find_all("a", href=True) if "://" not in link["href"]]
    assert len(links) > 150
    for href in links:
        path, anchor = target(site_dir, href)
        if path not in texts:
            texts[path] = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not texts[path] or (anchor and f'id="{anchor}"' not in texts[path]):
            lost.append(href)
    assert lost == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_an_entry_has_its_cure_and_a_place_that_shows_it(article, entry):
    own = section(article, entry["id"])
    words = " ".join(own.get_text().split())
    for part in ("Cause.", "Cure.", "See it.", "Test."):
        assert part in words
    blocks = [block.get_text().strip() for block in own.find_all("pre")]
    assert blocks == [entry[part].strip() for part in ("cure", "property", "fault", "shows")]
    shown = own.find("strong", string="See it.").find_parent("p").find_all("a", href=re.compile(r"\.html"))
    assert len(shown) == len(entry["see"])
    for link, place in zip(shown, entry["see"], strict=True):
        page, _, heading = place.partition("#")
        shown_page, _, anchor = link["href"].replace(".html", "").removeprefix("../").partition("#")
        # MyST's name for a heading keeps the hyphen before a sign that goes, and docutils' does not.
        assert (shown_page, anchor) == (page, nodes.make_id(heading))
    for message in entry.get("message", []):
        said = message.get("say", message["text"]).replace("`", "")
        assert " ".join(said.split()) in words.replace("`", "").replace("’", "'")
        if "by" in message:
            assert DATA["libraries"][message["by"]]["version"] in words


def test_the_list_holds_every_entry_once(article):
    links = [link["href"] for link in section(article, "find-your-message-or-what-you-see").select("li a")]
    assert links == [
        f"#{name}" for group in DATA["groups"] for name, entry in ENTRIES.items() if entry["group"] == group
    ]


def test_it_is_first_in_the_reference(site_dir):
    menu = BeautifulSoup((site_dir / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = [link["href"] for link in menu.select("#pst-primary-sidebar a[href]")]
    assert next(link for link in links if link.startswith("reference/")) == PAGE


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [1280, 375])
def test_two_clicks_from_the_front_page_to_a_cure(open_page, width, javascript):
    page = open_page("index.html", width=width, javascript=javascript).page
    page.locator(".doors a").first.click()
    page.wait_for_url("**/my_loss_is_nan.html")
    page.locator("article a", has_text="probability tensor contains").locator("visible=true").first.click()
    assert page.url.endswith("#probability-tensor")
    cure = page.locator("section:has(> #probability-tensor) pre, section#probability-tensor pre").first
    cure.wait_for()
    box = page.locator("#probability-tensor").evaluate("node => node.getBoundingClientRect().top")
    assert -60 < box < 400, "the entry stands at the top of the window"


# The questions ------------------------------------------------------------------------------------------------------------


def paths():
    """Every way through the questions: the answers given, and the entries that they lead to."""

    def walk(name):
        for answer in DATA["question"][name]["answers"]:
            if "then" in answer:
                yield from ([answer["say"], *more] for more in walk(answer["then"]))
            else:
                yield [answer["say"], answer["entries"]]

    return list(walk("start"))


def press_until(page, key, wanted, most=60):
    for _ in range(most):
        page.keyboard.press(key)
        if wanted(page.evaluate("document.activeElement.innerText")):
            return
    raise AssertionError(f"not reached with {most} presses of {key}")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_keyboard_gets_from_the_first_question_to_an_entry(open_page, javascript):
    page = open_page(PAGE, javascript=javascript).page
    page.locator(".decide summary").first.focus()
    for say in ("The loss is nan", "Since step 0", "Yes", "Yes, but not whole rows"):
        if page.evaluate("document.activeElement.innerText") != say:
            press_until(page, "Tab", lambda text, say=say: text == say)
        page.keyboard.press("Enter")
    press_until(page, "Tab", lambda text: "in multiply" in text, most=2)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_url("**#invalid-in-multiply")


@pytest.mark.parametrize("javascript", [True, False])
def test_every_way_through_the_questions_ends_at_its_entries(open_page, javascript):
    page = open_page(PAGE, javascript=javascript).page
    assert len(paths()) > 25
    for *says, entries in paths():
        fold = page.locator(".decide")
        for say in says:
            fold = fold.locator("> [role=group] > details").filter(
                has=page.locator(f"xpath=./summary[normalize-space()={say!r}]")
            )
            assert fold.count() == 1, (says, say)
            if fold.get_attribute("open") is None:
                fold.locator("> summary").click()
        links = fold.locator("> ul a")
        assert [link.get_attribute("href") for link in links.all()] == [f"#{name}" for name in entries]
        assert links.first.is_visible()


def test_closed_answers_hide_what_follows(open_page):
    page = open_page(PAGE).page
    assert page.locator(".decide a").locator("visible=true").count() == 0
    assert page.locator(".decide summary").locator("visible=true").count() == len(DATA["question"]["start"]["answers"])


def test_each_group_of_answers_is_named_by_its_question(open_page):
    page = open_page(PAGE).page
    groups = page.locator(".decide [role=group]")
    assert groups.count() == len(DATA["question"])
    for group in groups.all():
        asked = group.locator("> p").text_content()
        assert group.get_attribute("aria-label") == asked.strip()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_the_open_figure_fits_its_page(open_page, theme, width):
    page = open_page(PAGE, theme=theme, width=width).page
    page.evaluate("document.querySelectorAll('.decide details').forEach((fold) => (fold.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = """[...document.querySelectorAll(".decide :is(summary, li, p)")].filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.innerText)"""
    assert page.evaluate(wide) == []


def test_paper_has_the_whole_figure_and_the_reproductions(open_page):
    page = open_page(PAGE).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("article details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details[open]").count() == 0
