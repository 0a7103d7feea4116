"""Every page of the built book in a real browser: from disk and from a server, light and dark,
wide and narrow, with scripts and without.
"""

import re

import pytest

SCHEMES = pytest.mark.parametrize("scheme", ["http", "file"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])

# What sticks out of the page sideways: elements past the right edge that no scrolling box clips.
OVERFLOW = """() => {
  const limit = document.documentElement.clientWidth + 1;
  if (document.documentElement.scrollWidth <= limit) return [];
  const clipped = (node) => {
    for (let box = node.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((node) => node.getBoundingClientRect().right > limit && !clipped(node))
    .slice(0, 5)
    .map((node) => `${node.tagName.toLowerCase()}.${node.className} ` +
                   `ends at ${Math.round(node.getBoundingClientRect().right)} of ${limit}`)
    .concat(`the page is ${document.documentElement.scrollWidth} wide`);
}"""


# Formulas that end in a full stop or the like, which stands in the next line.
STRAYED = """() => [...document.querySelectorAll(".together .math")].filter((formula) => {
  const after = formula.nextSibling;
  if (!after || !after.textContent.trim()) return false;
  const range = document.createRange();
  range.selectNodeContents(after);
  const bases = [...formula.querySelectorAll(".base")];
  return bases.length && range.getBoundingClientRect().top > bases[bases.length - 1].getBoundingClientRect().bottom;
}).map((formula) => formula.parentNode.textContent)"""


def luminance(colour):
    """How light a CSS colour rgb(r, g, b) is, from 0 to 1."""
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@SCHEMES
@THEMES
def test_page_is_clean(open_page, page_path, scheme, theme):
    visit = open_page(page_path, scheme=scheme, theme=theme)
    visit.page.wait_for_timeout(100)  # for what scripts do after loading
    visit.assert_clean()
    background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(background) > 0.5) == (theme == "light"), f"{theme} page is {background}"


def test_page_fits_a_phone(open_page, page_path):
    page = open_page(page_path, width=375).page
    assert not page.evaluate(OVERFLOW)
    assert not page.evaluate(STRAYED), "full stops stay with their formulas"
    if page_path.startswith("chapters/"):
        assert page.locator(".together .math").count()


@SCHEMES
def test_page_needs_no_scripts(open_page, site_dir, page_path, scheme):
    """Without them it has its formulas, and fits a phone, too."""
    source = (site_dir / page_path).read_text(encoding="utf-8")
    written = len(re.findall(r'<(?:span|div) class="[^"]*\bmath\b[^"]*"', source))
    visit = open_page(page_path, scheme=scheme, width=375, javascript=False)
    # evaluate() is a debugger's and runs where the page's own scripts may not.
    assert not visit.page.evaluate(OVERFLOW)
    formulas = visit.page.locator(".math .katex")
    assert formulas.count() >= written
    if written:
        # The formula's own font has come, from the site.
        loaded = "document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))"
        assert visit.page.evaluate(loaded)
        assert any("KaTeX_Main-Regular" in url for url in visit.requests)
        assert formulas.first.bounding_box()["height"] > 5
    visit.assert_clean()


@SCHEMES
def test_search_finds_a_page(open_page, scheme):
    visit = open_page("search.html?q=softmax", scheme=scheme)
    visit.page.wait_for_selector("#search-results .search li a", timeout=10_000)
    assert not visit.foreign_requests()


def test_theme_button_changes_the_theme(open_page):
    visit = open_page("index.html", theme="light")
    colours = set()
    for _ in range(3):  # light, dark and auto, in some order
        visit.page.locator("button.theme-switch-button:visible").first.click()
        colours.add(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert {luminance(colour) > 0.5 for colour in colours} == {True, False}
    visit.assert_clean()


def test_the_index_stands_in_one_column_on_a_phone(open_page):
    page = open_page("genindex.html", width=375).page
    narrow = (
        "(table) => [...table.querySelectorAll('td')].filter((cell) => cell.offsetWidth < table.offsetWidth - 4).length"
    )
    assert page.locator("table.genindextable td").count() > 30
    assert sum(table.evaluate(narrow) for table in page.locator("table.genindextable").all()) == 0
