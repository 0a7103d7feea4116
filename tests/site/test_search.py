"""The search finds what readers ask for, and leads to where it stands: forty questions in a real browser."""

import re
import sys
from urllib.parse import quote_plus

import pytest
from docutils import nodes

from tools import notebooks

#: What is asked, the page of one of the first three hits, and words of the place that it leads to (its anchor).
QUESTIONS = {
    "log-sum-exp": ("02_break_it_then_fix_it", "log-sum-exp"),
    "logsumexp": ("reference/api/functions", "logsumexp"),
    "log_softmax": ("reference/api/functions", "log_softmax"),
    "cross_entropy": ("reference/api/losses", "cross_entropy"),
    "cross-entropy": ("04_measure_the_mistake", ""),
    "overflow encountered in exp": ("02_break_it_then_fix_it", "find-your-own-nan"),
    "nan": ("02_break_it_then_fix_it", ""),
    "jacobian": ("reference/api/jacobian", ""),
    "label smoothing": ("06_use_what_frameworks_give_you", "smooth-the-labels"),
    "temperature": ("01_turn_scores_into_probabilities", "temperature"),
    "perplexity": ("reference/glossary", "perplexity"),
    "kronecker delta": ("", "ronecker"),
    "loss scaling": ("11_compute_in_sixteen_bits_or_eight", ""),
    "finite differences": ("reference/glossary", "gradient-check"),
    "bfloat16": ("11_compute_in_sixteen_bits_or_eight", ""),
    "squared error": ("04_measure_the_mistake", "squared-error"),
    "spirals": ("09_train_a_classifier_and_watch_it_die", ""),
    "online softmax": ("10_score_150000_classes_without_running_out_of_memory", ""),
    "glossary": ("reference/glossary", ""),
    "cheat sheet": ("reference/cheat_sheet", ""),
}

#: Messages as they are pasted, and what is said of a broken loss: the first hit is the entry, by words of its address.
SYMPTOMS = {
    "RuntimeWarning: overflow encountered in exp": "overflow-encountered-in-exp",
    "RuntimeWarning: invalid value encountered in divide": "invalid-value-encountered-in-divide",
    "divide by zero encountered in log": "divide-by-zero-encountered-in-log",
    "invalid value encountered in subtract": "invalid-value-encountered-in-subtract",
    "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0": "probability-tensor",
    "ValueError: Probabilities contain NaN": "probability-tensor",
    "IndexError: Target 5 is out of bounds.": "target-5-is-out-of-bounds",
    "CUDA error: device-side assert triggered": "device-side-assert",
    "Function 'SoftmaxBackward0' returned nan values in its 0th output": "softmaxbackward0",
    "Gradient overflow. Skipping step": "gradscaler",
    "value cannot be converted to type at::Half without overflow": "half-without-overflow",
    "Implicit dimension choice for softmax has been deprecated": "implicit-dimension-choice",
    "invalid multinomial distribution (sum of probabilities <= 0)": "invalid-multinomial",
    "all elements of input should be between 0 and 1": "between-0-and-1",
    "ValueError: probabilities do not sum to 1": "probabilities-do-not-sum-to-1",
    "loss nan at step 0": "nan-at-step-0",
    "loss stuck at 1.4616": "stuck-at-1-4612-or-1-4616",
    "accuracy stuck": "accuracy-is-stuck",
    "perplexity inf": "perplexity-is-inf",
    "temperature 0": "temperature-0",
}


@pytest.fixture
def search_places(monkeypatch):
    """The extension that tells the search what stands where."""
    monkeypatch.syspath_prepend(notebooks.BOOK / "_extensions")
    import search_places

    yield search_places
    sys.modules.pop("search_places")


def test_any_node_of_a_page_may_hold_text(search_places):
    markup = nodes.raw("", "<b>bold</b>", format="html")
    section = nodes.section("", nodes.title("", "A title"), nodes.paragraph("", "Words."), markup, ids=["a-title"])
    assert search_places.places(nodes.Element("", section)) == [["a-title", "A title", "Words.", ""]]


def test_an_output_is_known_by_the_form_that_is_shown(search_places):
    def form(kind, text):
        return nodes.container("", nodes.paragraph("", text), mime_type=kind)

    output = nodes.container("", form("text/plain", "plain"), form("text/latex", "latex"), nb_element="mime_bundle")
    section = nodes.section("", nodes.title("", "A title"), output, ids=["a-title"])
    for kinds, text in ((["text/latex", "text/plain"], "latex"), (["text/html", "text/plain"], "plain"), ([], "")):
        assert search_places.places(nodes.Element("", section), kinds) == [["a-title", "A title", text, ""]]


def test_a_link_that_stands_alone_is_no_text_of_its_place(search_places):
    def signpost(*more):
        link = nodes.reference("", "", nodes.Text("Elsewhere"), refid="elsewhere")
        return nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "", link, *more)))

    for more, text in ([], ""), ([nodes.Text(" or here")], "Elsewhere or here"):
        section = nodes.section("", nodes.title("", "A title"), signpost(*more), ids=["a-title"])
        assert search_places.places(nodes.Element("", section)) == [["a-title", "A title", text, ""]]
    outside = nodes.paragraph("", "", nodes.reference("", "A source", refuri="https://example.org"))
    assert not search_places.is_signpost(outside)


def hits(page, query):
    """The first hits as (address below the site, what is written)."""
    page.goto(page.url.partition("search.html")[0] + "search.html?q=" + quote_plus(query))
    page.wait_for_selector("#search-results ul.search li a", timeout=15_000)
    page.locator("#search-results", has_text=re.compile("found|matching|Search finished")).wait_for()
    page.wait_for_timeout(300)
    return page.evaluate(
        """() => [...document.querySelectorAll("#search-results ul.search > li")].map((hit) => [
          hit.querySelector("a").href.split("/html/").pop().replace(/^https?:..[^/]+./, ""), hit.innerText])"""
    )


@pytest.fixture
def results(open_page):
    return open_page("search.html").page


def test_twenty_questions(results):
    wrong = {}
    for query, (page, anchor) in QUESTIONS.items():
        found = hits(results, query)[:4]
        if not any(page in address.partition("#")[0] and anchor in address.partition("#")[2] for address, _ in found):
            wrong[query] = [address for address, _ in found]
    assert wrong == {}


def test_a_message_leads_to_its_entry(results):
    wrong = {}
    for query, words in SYMPTOMS.items():
        page, _, anchor = hits(results, query)[0][0].partition("#")
        if "my_loss_is_nan" not in page or words not in anchor:
            wrong[query] = f"{page}#{anchor}"
    assert wrong == {}


def test_excerpts_are_prose(results):
    """No contents list, no plotting code, no formula three times; and the words that were asked for."""
    for query in ("log-sum-exp", "jacobian", "squared error"):
        found = hits(results, query)[:8]
        texts = [text.partition("\n")[2] for _, text in found]
        assert sum(query.split("-")[0].split()[0] in text.lower() for text in texts) >= len(texts) / 2, texts
        for text in texts:
            assert not any(word in text for word in ("import ", "plt.", "subplots", "\\frac", "\\sum", "Contents\n")), (
                text
            )


def test_hits_lead_to_places_that_are_there(results, site_dir):
    for query in ("gradient", "overflow encountered in exp"):
        found = hits(results, query)
        sections = [address for address, _ in found if "#" in address]
        assert len(sections) > len(found) / 2
        for address in sections:
            page, _, anchor = address.partition("#")
            assert f'id="{anchor}"' in (site_dir / page.partition("?")[0]).read_text(encoding="utf-8"), address


def test_search_fetches_no_page(open_page):
    visit = open_page("search.html?q=softmax")
    visit.page.wait_for_selector("#search-results .context")
    assert [url for url in visit.requests if "/chapters/" in url or "/reference/" in url] == []
    visit.assert_clean()
