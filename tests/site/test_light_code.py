"""Code in pages: what is dropped of its marks, and that blocks laid out late show, take and tell what they would anyway."""

import re
import sys
from collections import Counter

import pytest

from tools import browser as browsers
from tools import visits
from tools.notebooks import BOOK

sys.path.append(str(BOOK / "_extensions"))
import light_code
import light_pages

CHAPTER = "chapters/08_how_accurate_is_it.html"
AT_ONCE = ".listing, .katex-mathml { content-visibility: visible !important; }"
BLOCKS = """[...document.querySelectorAll(".listing")].map((code) => {
  const block = code.parentElement;
  return [block.offsetHeight, block.scrollWidth, block.tabIndex];
})"""
#: What has not been laid out, of blocks and of formulas for screen readers.
WAITING = """[".listing", ".katex-mathml"].map((kind) => [...document.querySelectorAll(`:not(details:not([open]) *)${kind}`)]
  .filter((one) => !one.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length)"""


def test_names_and_brackets_in_code_have_no_markup(site_dir):
    """They look as code does that is not marked."""
    code = '<pre class="x"><span></span><span class="n">a</span><span class="o">+</span><span class="p">(</span></pre>'
    around = '<span class="n">a</span>'
    plain = '<pre class="x"><span></span>a<span class="o">+</span>(</pre>'
    assert light_code.lighten(around + code + around) == around + plain + around
    style = (site_dir.parent / light_pages.KEPT / "static" / "pygments.css").read_text(encoding="utf-8")
    for theme in ("light", "dark"):
        start = rf'html\[data-theme="{theme}"\] \.highlight '
        whole = re.search(start + r"\{[^}]*[ ;]color: (#\w+)", style)[1]
        assert {re.search(start + rf"\.{kind} \{{ color: (#\w+) \}}", style)[1] for kind in "np"} == {whole}


def test_code_has_the_colours_of_the_theme(site_dir):
    """And not those that Sphinx writes first."""
    style = (site_dir / "_static" / light_pages.STYLE).read_text(encoding="utf-8")
    for theme in ("light", "dark"):
        assert re.search(rf'\[data-theme="?{theme}"?\] \.highlight \.k\{{color', style)


@pytest.mark.parametrize(
    "code, lines, columns",
    [
        ("<span></span>a\n", 1, 1),
        ("<span></span>a", 1, 1),
        ("", 1, 0),
        ('<span class="k">if</span> a &lt; b:\n\n    c\n', 3, 9),
        ("a\n\n", 2, 1),
        ("σ &amp; τ\n", 1, 5),
    ],
)
def test_a_block_says_its_lines_and_columns(code, lines, columns):
    around = '<div class="highlight"><pre>{}</pre></div>'
    expected = f'<span class="listing" style="--lines:{lines};--columns:{columns}">{code}</span>'
    assert light_code.lighten(around.format(code)) == around.format(expected)


def test_text_that_scripts_change_stays_as_it_is():
    text = '<pre class="si-text">a\nb</pre><pre>c</pre>'
    assert light_code.lighten(text) == text


@pytest.mark.parametrize("width", [375, 1280])
def test_blocks_take_their_room_before_they_are_laid_out(open_page, width):
    visit = open_page(CHAPTER, width=width)
    assert all(count > 30 for count in visit.page.evaluate(WAITING))
    assert_room(visit.page)


@pytest.mark.sweep
def test_blocks_of_all_pages_take_their_room_before_they_are_laid_out(open_page, page_path):
    assert_room(open_page(page_path, width=375).page)


def assert_room(page):
    """Heights to the pixel; widths to the pixel, as a browser sums rounded letters; stops of the tab key."""
    waiting = page.evaluate(BLOCKS)
    page.add_style_tag(content=AT_ONCE)
    page.wait_for_timeout(400)  # the theme looks for what scrolls 300 ms after a block has changed its size
    assert page.evaluate(WAITING) == [0, 0]
    for before, after in zip(waiting, page.evaluate(BLOCKS), strict=True):
        assert before[0] == after[0] and abs(before[1] - after[1]) <= 1 and before[2] == after[2], (before, after)


def test_an_address_leads_to_its_place_past_blocks_that_wait(open_page):
    page = open_page(CHAPTER + "#read-on", width=375).page
    heading = page.locator("section:target > h2, h2:target").first
    at = "(heading) => heading.getBoundingClientRect().top"
    assert page.evaluate("scrollY") > 5000 and 0 <= heading.evaluate(at) < 800
    top = heading.evaluate(at)
    page.mouse.move(180, 400)
    page.mouse.wheel(0, -3000)
    page.wait_for_timeout(500)
    moved = heading.evaluate(at) - top
    assert moved == pytest.approx(3000, abs=2), "blocks that come into view move nothing"


def test_code_is_copied_as_it_is_written(open_page):
    page = open_page(CHAPTER).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for block in (page.locator("div.highlight:has(.copybtn):visible").nth(k) for k in (0, -1)):
        block.hover()
        block.locator(".copybtn").click()
        block.locator(".copybtn.success").wait_for()
        written = block.locator("pre").text_content().rstrip("\n")
        assert len(written) > 50 and page.evaluate("navigator.clipboard.readText()") == written


def test_screen_readers_are_told_what_waits(browser, site_url):
    """Chromium, asked for all that a screen reader asks for; https://github.com/w3c/csswg-drafts/issues/5857."""
    options = [*browsers.arguments(), "--force-renderer-accessibility"]
    listener = browser.browser_type.launch(executable_path=browsers.find(), args=options)
    page = listener.new_page(viewport={"width": 375, "height": 800})
    page.goto(site_url + CHAPTER)
    visits.await_scripts(page)
    waiting = told(page)
    assert waiting["MathMLMath"] > 100 and waiting["read out"] > 30_000
    assert all(count > 30 for count in page.evaluate(WAITING))
    page.add_style_tag(content=AT_ONCE)
    page.wait_for_timeout(400)
    assert told(page) == waiting
    listener.close()


def told(page):
    """How many elements of each role the accessibility tree has, and how many characters of text."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in nodes if not node["ignored"])
    del roles["InlineTextBox"]  # where lines break, which only what is laid out knows
    roles["read out"] = sum(len(node["name"]["value"]) for node in nodes if node["role"]["value"] == "StaticText")
    return roles
