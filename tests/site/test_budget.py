"""No page weighs more, asks for more, or moves more while it loads than page_budget.toml allows."""

import contextlib
import tomllib
from pathlib import Path

import pytest

from tools import visits

BUDGET = tomllib.loads((Path(__file__).parent / "page_budget.toml").read_text(encoding="utf-8"))
SEARCH = {"searchindex.js", "searchtools.js", "language_data.js"}


@pytest.fixture(scope="module")
def packed_url(site_dir):
    with visits.served(site_dir) as url:
        yield url


@pytest.fixture
def fresh_tabs(browser):
    """Makes tabs of browsers that have kept nothing."""
    with contextlib.ExitStack() as contexts:

        def fresh():
            context = contexts.enter_context(browser.new_context(viewport={"width": 1280, "height": 800}))
            context.add_init_script(visits.WATCH)
            return context.new_page()

        yield fresh


@pytest.fixture
def fresh_tab(fresh_tabs):
    return fresh_tabs()


def over(seen, allowed):
    """What a visit took beyond what is allowed, in words."""
    found = [f"{len(seen.requests)} requests, {allowed['requests']} allowed"] * (
        len(seen.requests) > allowed["requests"]
    )
    found += [f"{seen.bytes} bytes, {allowed['total']} allowed"] * (seen.bytes > allowed["total"])
    if "Document" in allowed:
        found += [
            f"{kind}: {size} bytes, {allowed.get(kind, 0)} allowed"
            for kind, size in seen.weight.items()
            if size > allowed.get(kind, 0)
        ]
    return found


def test_first_visit_is_within_budget(fresh_tab, fresh_tabs, packed_url, page_path):
    kind = {"index.html": "front", "search.html": "search"}.get(page_path, "first")
    seen = visits.visit(fresh_tab, packed_url + page_path, scroll=True)
    assert seen.weight["Document"] > 1000, "nothing was counted"
    assert not over(seen, BUDGET[kind]), sorted(seen.requests)
    # What has no room reserved moves each time; how much letters do as fonts arrive, depends on how busy the machine is.
    moves = [seen.seen["cls"]]
    while min(moves) >= 0.05 and len(moves) < 4:
        moves.append(visits.visit(fresh_tabs(), packed_url + page_path, scroll=True).seen["cls"])
    assert min(moves) < 0.05, f"the page moves while it loads: {moves}"
    if page_path != "search.html":
        assert not {path.rpartition("/")[2] for path in seen.requests} & SEARCH


def test_pages_that_follow_are_within_budget(fresh_tab, packed_url, site_dir):
    """From the front page to the chapters in turn, as a reader of the whole book goes: the second stands for all."""
    visits.visit(fresh_tab, packed_url + "index.html")
    chapters = sorted(path.relative_to(site_dir).as_posix() for path in site_dir.glob("chapters/*.html"))
    for place, path in enumerate(chapters[1:]):
        seen = visits.visit(fresh_tab, packed_url + path)
        assert not over(seen, BUDGET["third" if place else "second"]), (path, seen.weight, seen.requests)


def test_search_index_comes_when_the_search_is_opened(fresh_tab, packed_url):
    first = visits.visit(fresh_tab, packed_url + "index.html")
    assert not {path.rpartition("/")[2] for path in first.requests} & SEARCH
    with fresh_tab.expect_response("**/searchindex.js"):
        fresh_tab.keyboard.press("Control+k")
    fresh_tab.locator("form.bd-search input:focus").fill("log-sum-exp")
    fresh_tab.keyboard.press("Enter")
    fresh_tab.wait_for_selector("#search-results .search li a")


def test_a_budget_that_is_passed_is_said():
    seen = visits.Visit()
    seen.weight.update(Document=96_000, Media=1)
    seen.requests = ["/"] * 40
    assert len(over(seen, BUDGET["first"])) == 3
    seen.weight.update(Font=300_000)
    assert len(over(seen, BUDGET["first"])) == 5
