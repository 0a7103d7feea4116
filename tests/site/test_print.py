"""A page on paper, through Chromium's own printing: light, with solutions and values, and as it was afterwards."""

import io

import pytest
from pypdf import PdfReader

CHAPTER = "chapters/02_break_it_then_fix_it.html"
INK = "getComputedStyle(document.querySelector('article p:not(.reading-time)')).color"


def printed(page):
    """The text of a page's PDF, in one line."""
    reader = PdfReader(io.BytesIO(page.pdf()))
    return " ".join(" ".join(sheet.extract_text().split()) for sheet in reader.pages)


def test_paper_has_solutions_and_values(open_page):
    page = open_page(CHAPTER, theme="dark").page
    solution = page.locator("article details:not(.hide)", has_text="Solution").first.locator("p").first
    hidden = solution.text_content()
    assert not solution.is_visible()
    figure = page.locator("static-interact", has=page.locator("input[type=range]:not(:disabled)")).first
    figure.locator("input[type=range]").first.press("End")
    page.wait_for_timeout(100)
    state = figure.locator(".si-state").text_content()
    code = page.locator(":not(details *) > div.highlight pre").last.text_content()

    text = printed(page)
    assert " ".join(code.split()) in text, "code that was not laid out on the screen"
    words = [word for word in hidden.split() if word.isalpha()][:6]
    assert words and all(word in text for word in words)
    assert " ".join(state.split()) in text, "the slider's value where it has been moved to"
    assert "Show the code" not in text and "Copy link" not in text
    # As it was before.
    assert not solution.is_visible()
    assert page.evaluate("document.documentElement.dataset.theme") in {"dark", "auto"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_paper_is_light_and_wraps_code(open_page, theme):
    page = open_page(CHAPTER, theme=theme).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    ink = [int(part) for part in page.evaluate(INK).strip("rgba()").split(",")[:3]]
    assert max(ink) < 100, "dark ink"
    drawn = page.evaluate("getComputedStyle(document.querySelector('static-interact svg text')).fill")
    assert max(int(float(part)) for part in drawn.strip("rgba()").split(",")[:3]) < 120, drawn
    # No line of code is wider than its box, on A4 with these margins.
    page.set_viewport_size({"width": 672, "height": 1000})
    wide = """[...document.querySelectorAll("article pre")].filter((box) => box.scrollWidth > box.clientWidth + 1).length"""
    assert page.evaluate(wide) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert (max(int(part) for part in page.evaluate(INK).strip("rgba()").split(",")[:3]) > 150) == (theme == "dark")
