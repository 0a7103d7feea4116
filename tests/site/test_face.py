"""The book's face: its own two typefaces, lines that read well, one look in both themes."""

from statistics import median

import pytest

from tests.figures.test_colors_of_the_book import contrast

PAGES = pytest.mark.parametrize(
    "page", ["index.html", "chapters/02_break_it_then_fix_it.html", "reference/cheat_sheet.html"]
)

# How many characters each full line of the article's paragraphs has: all of a paragraph's lines but its last.
LINES = """() => [...document.querySelectorAll("article section > p")].flatMap((paragraph) => {
  if (paragraph.querySelector(".math, code")) return [];
  const range = document.createRange(), lines = [];
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (let k = 0; k < node.length; k++) {
      range.setStart(node, k);
      range.setEnd(node, k + 1);
      const top = Math.round(range.getBoundingClientRect().top);
      if (!lines.length || Math.abs(lines[lines.length - 1].top - top) > 9) lines.push({ top, count: 0 });
      lines[lines.length - 1].count++;
    }
  return lines.slice(0, -1).map((line) => line.count);
})"""

# A colour of an element as #rrggbb, however the browser writes it: one pixel is painted with it.
PIXEL = """(node, which) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  canvas.fillStyle = getComputedStyle(node)[which];
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  if (alpha < 255) throw new Error(`${which} is not opaque`);
  return "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
}"""


@PAGES
def test_text_and_code_have_the_books_own_faces(open_page, page):
    visit = open_page(page)
    for selector, family in [
        ("article p", "Book Serif"),
        ("article h1", "Book Serif"),
        ("article pre, article code", "Book Mono"),
    ]:
        element = visit.page.locator(selector).first
        assert element.evaluate("node => getComputedStyle(node).fontFamily").startswith(f'"{family}"'), selector
        assert visit.page.evaluate(f"document.fonts.load('16px \"{family}\"').then((faces) => faces.length)") >= 1
    visit.assert_clean()


@pytest.mark.parametrize("page", ["chapters/02_break_it_then_fix_it.html", "chapters/05_watch_it_collapse.html"])
def test_lines_have_65_to_75_characters(open_page, page):
    visit = open_page(page, width=1366)
    visit.page.evaluate("document.fonts.ready")
    lines = visit.page.evaluate(LINES)
    assert len(lines) > 20
    assert 62 <= median(lines) <= 75
    assert max(lines) <= 82


@PAGES
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ink_and_links_are_seen(open_page, page, theme):
    visit = open_page(page, theme=theme)

    def color(selector, which):
        return visit.page.locator(selector).first.evaluate(PIXEL, which)

    paper = color("body", "backgroundColor")
    assert contrast(color("article section > p:not(.reading-time)", "color"), paper) >= 10
    assert contrast(color("article section > p a, article li a, article td a", "color"), paper) >= 4.5
    assert contrast(color("static-interact figcaption, article p", "color"), paper) >= 4.5
