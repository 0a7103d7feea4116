"""What readers see, hear and print: themes, narrow figures, phones, the live region, paper."""

import ipywidgets
import pytest

from static_interact import layouts
from tests.interact import pages
from tests.interact.explorers import LINE, WORDS, line, rest, text, touch_drag, words

# ---- what is heard, and what is printed


def test_live_region_waits_until_the_movement_has_come_to_rest(open_html):
    page = open_html(pages.figure(words, WORDS))
    heard = "window.heard = []; new MutationObserver(() => heard.push(document.querySelector('.si-live').textContent)).observe(document.querySelector('.si-live'), {childList: true})"
    page.evaluate(heard)
    box = page.get_by_label("a", exact=True).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 20 + 20 * step, box["y"] + 20)
    page.wait_for_timeout(1000)
    assert page.evaluate("heard") == [], "still held"
    page.mouse.up()
    rest(page)
    assert page.evaluate("heard") == [text(page)]
    assert page.locator(".si-live").get_attribute("role") == "status"


def test_live_region_prefers_the_authors_words(open_html):
    page = open_html(pages.figure(line, LINE, describe=lambda scale, kind: f"A {kind} line up to {scale:g}"))
    page.get_by_label("scale").press("End")
    rest(page)
    assert page.locator(".si-live").text_content() == "A blue line up to 3"


def test_print_says_the_state_in_place_of_controls(open_html):
    page = open_html(pages.figure(line, LINE), theme="dark")
    page.get_by_label("scale").press("End")
    page.emulate_media(media="print")
    assert page.locator(".si-state").inner_text() == "scale = 3.0, kind = blue"
    assert not page.get_by_label("scale").is_visible() and not page.get_by_role("button", name="Reset").is_visible()
    assert page.locator("svg").is_visible()
    fill = page.evaluate("getComputedStyle(document.querySelector('.si-view text')).fill")
    assert fill == "rgb(0, 0, 0)", "dark ink on paper, whatever the screen's theme"


# ---- themes, narrow figures, phones


INK = "getComputedStyle(document.querySelector('.si-view text')).fill"
DARK_INK = "rgb(232, 232, 232)"


@pytest.mark.parametrize(
    "switch",
    [
        "document.documentElement.dataset.theme = 'dark'",
        "document.documentElement.removeAttribute('data-theme'); document.documentElement.className = 'dark'",
        "document.documentElement.removeAttribute('data-theme'); document.body.className = 'quarto-dark'",
        "document.documentElement.removeAttribute('data-theme'); document.body.dataset.jpThemeLight = 'false'",
    ],
)
def test_figures_follow_a_sites_theme_in_every_frame(open_html, switch):
    page = open_html(pages.figure(line, LINE))
    assert page.evaluate(INK) == "rgb(0, 0, 0)"
    page.evaluate(switch)
    assert page.evaluate(INK) == DARK_INK
    page.get_by_label("scale").press("End")
    assert page.evaluate(INK) == DARK_INK


def test_readers_preference_counts_where_the_page_follows_it_and_nowhere_else(open_html):
    page = open_html(pages.figure(line, LINE), color_scheme="dark")
    assert page.evaluate(INK) == "rgb(0, 0, 0)", "the page says that it is light"
    page.evaluate("document.documentElement.removeAttribute('data-theme')")
    assert page.evaluate(INK) == DARK_INK, "now it says that it follows"
    page.evaluate("document.documentElement.style.colorScheme = 'only light'")
    assert page.evaluate(INK) == "rgb(0, 0, 0)", "a page with a white ground and no dark theme"


def test_narrow_figure_replaces_the_wide_one_on_a_phone_and_its_text_is_legible(open_html):
    html = pages.figure(line, LINE, narrow=(3.4, 2.6))
    page = open_html(html, width=375, height=667)
    assert [view.is_visible() for view in page.locator(".si-view").all()] == [False, True]
    drawn = page.evaluate(
        "[...document.querySelectorAll('.si-narrow text')].map(t => t.getBoundingClientRect().height)"
    )
    sizes = page.evaluate(
        "[...document.querySelectorAll('.si-narrow text')].map(t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"
    )
    assert len(drawn) > 5 and min(sizes) >= 11
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.get_by_label("scale").press("End")
    shown = page.locator(".si-view .si-text")
    assert [shown.nth(k).text_content() for k in (0, 1)] == ["scale 1, blue", "scale 3, blue"], "what is hidden waits"
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_timeout(100)
    assert shown.nth(0).text_content() == "scale 3, blue"
    assert [view.is_visible() for view in page.locator(".si-view").all()] == [True, False]


@pytest.mark.parametrize(
    "width, column, narrow",
    [(375, 359, True), (480, 464, True), (481, 465, True), (530, 514, True), (1000, 500, True), (1000, 560, False)],
)
def test_the_narrow_figure_shows_where_there_is_little_room(open_html, width, column, narrow):
    """On a phone, and in a narrow column of a wide page."""
    page = open_html(f"<div style='width:{column}px'>{pages.figure(line, LINE, narrow=(3.4, 2.6))}</div>", width=width)
    assert [view.is_visible() for view in page.locator(".si-view").all()] == [not narrow, narrow]
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.si-view')).marginLeft) < 0") == narrow
    assert page.evaluate("document.querySelector('static-interact > figure').offsetWidth") == column


def test_a_figure_that_begins_does_not_have_the_page_laid_out(open_html):
    """To ask an element whether it is seen makes the browser work out the style of the page at once."""
    count = "<script>window.asked = 0; const see = Element.prototype.checkVisibility;"
    count += "Element.prototype.checkVisibility = function () { asked++; return see.call(this); };</script>"
    page = open_html(pages.figure(line, LINE, narrow=(3.4, 2.6)), head=count)
    page.wait_for_function("document.querySelector('static-interact').controls")
    assert page.evaluate("asked") == 0
    page.get_by_label("scale").press("End")
    page.wait_for_function("asked > 0")
    assert page.locator(".si-view .si-text").first.text_content() == "scale 3, blue"


def test_controls_and_figure_are_in_sight_together_on_a_phone(open_html):
    def tall(scale, kind):
        figure = line(scale, kind)
        figure.set_size_inches(4, 7)
        return figure

    page = open_html(
        "<p style='height:500px'></p>", pages.figure(tall, LINE), "<p style='height:900px'></p>", width=375, height=667
    )
    view, slider = page.locator(".si-view"), page.get_by_label("scale")
    bottom = view.evaluate("v => v.getBoundingClientRect().bottom + scrollY")
    page.evaluate("y => scrollTo(0, y)", bottom - 640)  # the figure's lower end at the lower end of the screen
    box = slider.bounding_box()
    assert 0 <= box["y"] < 200, "the slider has stayed"
    slider.press("End")
    assert page.locator(".si-text").inner_text() == "scale 3, blue"


def test_touch_targets_are_large_enough(open_html):
    page = open_html(
        pages.figure(line, LINE, ask={"question": "q?", "choices": ["a", "b"]}),
        pages.figure(words, WORDS, "si-w-2-aaaa"),
        width=375,
        touch=True,
    )
    page.get_by_label("a", exact=True).last.press("End")
    script = """[...document.querySelectorAll('input, select, button, summary')].filter((e) => e.checkVisibility()).map((e) => {
      const box = (['checkbox', 'radio'].includes(e.type) ? e.labels[0] : e).getBoundingClientRect();
      return [e.type + ' ' + e.textContent.slice(0, 9), Math.round(box.height)];
    })"""
    sizes = page.evaluate(script)
    assert len(sizes) >= 9 and all(height >= 44 for _, height in sizes), sizes


def test_scrolling_that_begins_on_a_slider_leaves_its_value(open_html):
    page = open_html(pages.figure(line, LINE), "<p style='height:2000px'></p>", width=375, height=667, touch=True)
    box = page.get_by_label("scale").bounding_box()
    x = box["x"] + box["width"] * 0.8
    touch_drag(page, x, box["y"] + 20, x + 2, box["y"] - 200)
    assert page.evaluate("scrollY") > 100
    assert page.get_by_label("scale").input_value() == "1" and text(page) == "scale 1, blue"


def test_in_a_column_sliders_and_figures_are_as_high_as_they_need(open_html):
    sliders = [ipywidgets.IntSlider(description="a"), ipywidgets.FloatRangeSlider(description="b", max=1)]
    inside = layouts.html(ipywidgets.VBox(sliders)).removesuffix("</div>") + pages.figure(words, WORDS) + "</div>"
    page = open_html(f'<div class="si-apart">{layouts.html(sliders[0])}{inside}</div>')
    heights = "nodes => nodes.map(node => node.getBoundingClientRect().height)"
    assert max(page.locator(".si-apart > .si-control, .si-vbox > .si-control").evaluate_all(heights)) < 80
    spare = "node => node.getBoundingClientRect().bottom - node.lastElementChild.previousElementSibling.getBoundingClientRect().bottom"
    assert page.locator("static-interact").evaluate(spare) < 30
