"""The custom element in a real browser: state, links, keyboard, touch, print, questions, dragging, what readers hear."""

import re

import matplotlib.pyplot as plt
import pytest
from ipywidgets import (
    BoundedFloatText,
    Checkbox,
    Dropdown,
    FloatLogSlider,
    FloatSlider,
    IntSlider,
    Play,
    RadioButtons,
)  # fmt: skip

from tests.interact import pages


def line(scale, kind):
    figure, axes = plt.subplots(figsize=(5.4, 3))
    axes.plot([0, 1, 2], [0, scale, scale / 2], color="#0072b2" if kind == "blue" else "#d55e00")
    axes.set(xlim=(0, 4), ylim=(0, 4), title=f"scale {scale:g} {kind}")
    print(f"scale {scale:g}, {kind}")
    return figure


def point(x, y):
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.set_position([0.1, 0.1, 0.8, 0.8])
    axes.plot([x], [y], "o")
    axes.set(xlim=(0, 10 + x), ylim=(0.1, 1000), yscale="log")  # the limits move with x
    return figure


def words(a, b):
    print(f"a is {a}, b is {b}")


def floats(value=1.0, low=0.5, high=3.0, step=0.5, **more):
    return FloatSlider(value, min=low, max=high, step=step, readout_format=".1f", **more)


def LINE():
    return {"scale": floats(description="scale"), "kind": Dropdown(options=["blue", "orange"], description="kind")}


def POINT():
    return {
        "x": IntSlider(5, 0, 10, description="x"),
        "y": FloatLogSlider(10, min=0, max=2, step=1, readout_format=".3g", description="y"),
    }


def WORDS():
    return {"a": IntSlider(2, 0, 7, description="a"), "b": Checkbox(False, description="b")}


def FEW():
    return {"a": IntSlider(2, 0, 3, description="a"), "b": IntSlider(1, 0, 4, description="b")}


@pytest.fixture
def open_html(browser, tmp_path):
    """A function that opens a page made of these pieces; at the end nothing may have been said on the console."""
    opened = []

    def open_html(*pieces, width=1000, height=800, fragment="", touch=False, errors=(), **context):
        options = {key: context.pop(key) for key in ("head", "theme", "assets") if key in context}
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(pages.page(*pieces, **options), encoding="utf-8")
        page = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, **context).new_page()
        said = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        opened.append((page, said, errors))
        page.goto(path.as_uri() + fragment)
        return page

    yield open_html
    for page, said, errors in opened:
        page.context.close()
        assert len(said) == len(errors), said
        assert all(re.search(wanted, text) for wanted, text in zip(errors, said, strict=False)), said


def text(page, number=0):
    return page.locator("static-interact").nth(number).locator(".si-text").inner_text()


def rest(page):
    page.wait_for_timeout(900)


def test_keyboard_moves_frame_readout_and_what_is_read_out(open_html):
    page = open_html(pages.figure(line, LINE))
    slider = page.get_by_label("scale")
    slider.press("ArrowRight")
    assert text(page) == "scale 1.5, blue"
    assert slider.get_attribute("aria-valuetext") == page.locator("output").inner_text() == "1.5"
    slider.press("End")
    page.get_by_label("kind").select_option("orange")
    assert text(page) == "scale 3, orange"


def test_copies_of_a_control_stay_in_step_wherever_they_stand(open_html):
    apart = pages.figure(words, WORDS, "si-w-1-aaaa", shown=False)
    controls = pages.controls_html(WORDS, "si-w-1-aaaa")
    copy = controls.replace(' id="si', ' id="copy-si').replace(' for="si', ' for="copy-si')
    page = open_html(controls, apart, copy)
    page.locator("#copy-si-w-1-aaaa-a").press("End")
    page.locator("#si-w-1-aaaa-b").check()
    assert text(page) == "a is 7, b is True"
    assert [box.input_value() for box in page.locator("input[type=range]").all()] == ["7", "7"]
    assert [box.is_checked() for box in page.locator("input[type=checkbox]").all()] == [True, True]


def test_figures_that_share_a_control_move_together(open_html):
    first = pages.figure(words, WORDS, "si-w-1-aaaa")
    second = pages.figure(words, WORDS, "si-w-1-aaaa", shown=False).replace('id="si-w-1-aaaa"', 'id="si-w-2-bbbb"', 1)
    page = open_html(first, second)
    page.get_by_label("a", exact=True).press("Home")
    assert text(page, 0) == text(page, 1) == "a is 0, b is False"


def test_radio_buttons_and_number_fields(open_html):
    def controls():
        numbers = BoundedFloatText(0.5, min=0.5, max=2.5, step=1, description="b")
        return {"a": RadioButtons(options=[0, 1, 2, 3], value=1, description="a"), "b": numbers}

    page = open_html(pages.figure(words, controls))
    page.get_by_label("3").check()
    field = page.get_by_label("b", exact=True)
    field.fill("2.2")
    assert text(page) == "a is 3, b is 0.5", "a number counts when it has been typed"
    field.press("Enter")
    assert text(page) == "a is 3, b is 2.5" and field.input_value() == "2.5"


def test_a_late_control_moves_its_number_first_and_the_frame_on_release(open_html):
    def controls():
        return {"a": IntSlider(2, 0, 7, continuous_update=False), "b": Checkbox()}

    page = open_html(pages.figure(words, controls))
    event = "(type) => {const i = document.querySelector('input'); i.value = 6; i.dispatchEvent(new Event(type, {bubbles: true}))}"
    page.evaluate(event, "input")
    assert (page.locator("output").first.inner_text(), text(page)) == ("6", "a is 2, b is False")
    page.evaluate(event, "change")
    assert text(page) == "a is 6, b is False"


def test_at_most_one_frame_is_made_for_each_frame_of_the_browser(open_html):
    page = open_html(pages.figure(words, WORDS))
    count = page.evaluate("""async () => {
      const figure = document.querySelector('static-interact'), slider = figure.querySelector('input');
      slider.value = 0; slider.dispatchEvent(new Event('input', {bubbles: true}));  // now the decoder is there
      await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
      let count = 0; const move = figure.views[0].move;
      figure.views[0].move = (frame) => { count += 1; move(frame); };
      for (let k = 1; k < 8; k++) { slider.value = k; slider.dispatchEvent(new Event('input', {bubbles: true})); }
      const first = [count, figure.querySelector('.si-text').textContent];
      await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
      return [...first, count, figure.querySelector('.si-text').textContent];
    }""")
    assert count == [1, "a is 1, b is False", 2, "a is 7, b is False"]


def mixed(a, b):
    print(10 * a + b)


def test_one_control_at_a_time_puts_the_others_back(open_html):
    html = pages.figure(mixed, FEW, bake=10)
    assert '"single":1' in html
    page = open_html(html)
    a, b = page.get_by_label("a", exact=True), page.get_by_label("b", exact=True)
    for key, place in [("Home", 0), ("End", 3), ("ArrowLeft", 2)]:
        a.press(key)
        assert text(page) == str(10 * place + 1)
    a.press("End")
    for key, place in [("Home", 0), ("End", 4), ("ArrowLeft", 3), ("ArrowLeft", 2), ("ArrowLeft", 1)]:
        b.press(key)
        page.wait_for_timeout(40)  # two keys in one frame of the browser are shown by the next one
        assert text(page) == str(20 + place)
        assert a.input_value() == "2"
    a.press("End")
    assert (text(page), b.input_value()) == ("31", "1")


# ---- what the browser restores, reset, links


def test_going_back_finds_the_figure_as_it_was_left(open_html, tmp_path):
    page = open_html(pages.figure(line, LINE))
    (tmp_path / "other.html").write_text("<title>other</title>")
    page.get_by_label("scale").press("End")
    page.goto((tmp_path / "other.html").as_uri())
    page.go_back()
    assert page.get_by_label("scale").input_value() == "5"
    assert text(page) == "scale 3, blue"
    page.reload()
    assert (page.locator("output").inner_text(), text(page)) in {("3.0", "scale 3, blue"), ("1.0", "scale 1, blue")}


def test_reset_is_there_once_something_moved_and_leads_back(open_html):
    page = open_html(pages.figure(line, LINE))
    reset = page.get_by_role("button", name="Reset")
    before = page.inner_html(".si-view")
    assert not reset.is_visible()
    page.get_by_label("scale").press("End")
    page.get_by_label("kind").select_option("orange")
    reset.click()
    assert page.inner_html(".si-view") == before
    assert page.get_by_label("kind").input_value() == "0" and page.get_by_label("scale").input_value() == "1"
    assert not reset.is_visible()
    assert page.evaluate("document.activeElement.id") == "si-f-1-abcd-scale", "the keyboard goes on where it was"


def test_link_holds_the_state_and_keeps_holding_it(open_html):
    page = open_html(
        pages.figure(words, WORDS), "<div style='height:3000px'></div>", pages.figure(line, LINE, "si-line-2-abcd")
    )
    page.get_by_label("scale").press("End")
    page.get_by_label("kind").select_option("orange")
    assert "#" not in page.url, "nothing is written before somebody asks for it"
    length = page.evaluate("history.length")
    page.get_by_role("button", name="Copy link").click()
    assert page.url.endswith("#si-line-2:scale=3.0,kind=orange")
    page.get_by_label("scale").press("Home")
    rest(page)
    assert page.url.endswith("#si-line-2:scale=0.5,kind=orange")
    assert page.evaluate("history.length") == length, "the back button leads off the page, as before"


@pytest.mark.parametrize(
    "fragment, shown",
    [
        ("#si-line-2:scale=2.5,kind=orange", "scale 2.5, orange"),
        ("#si-line-2:kind=orange", "scale 1, orange"),
        ("#si-line-2:scale=2.4,kind=green,size=3,=,%E0%A4%A", "scale 2.5, blue"),  # near, unknown, unknown, broken
        ("#si-line-2:", "scale 1, blue"),
        ("#si-line-9:scale=3", "scale 1, blue"),
        ("#anything", "scale 1, blue"),
    ],
)
def test_opening_a_link_shows_its_state(open_html, fragment, shown):
    page = open_html("<div style='height:3000px'></div>", pages.figure(line, LINE, "si-line-2-abcd"), fragment=fragment)
    page.wait_for_timeout(100)
    assert text(page) == shown
    assert (page.evaluate("scrollY") > 1000) == (shown != "scale 1, blue")
    assert page.locator("output").inner_text() == page.get_by_label("scale").get_attribute("aria-valuetext")


def test_a_link_on_the_same_page_moves_the_figure(open_html):
    page = open_html("<a href='#si-line-2:scale=3'>three</a>", pages.figure(line, LINE, "si-line-2-abcd"))
    page.get_by_text("three").click()
    page.wait_for_timeout(50)
    assert text(page) == "scale 3, blue"


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


# ---- dragging


def places(page, selector="polyline"):
    """Where the values of each control are on the screen."""
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector)].map((line) => [...line.points].map((p) => {
          const q = p.matrixTransform(line.getScreenCTM()); return [q.x, q.y]; }))""",
        selector,
    )


def test_dragging_moves_the_control_snapped_to_its_places(open_html):
    page = open_html(pages.figure(line, LINE, drag={"scale": "x"}))
    ((first, last),) = places(page)  # of 0.5 and 3
    unit = (last[0] - first[0]) / 5
    page.mouse.move(first[0] + unit, first[1] - 50)
    page.mouse.down()
    for k in (1, 1.7, 2.6, 3.4, 9):
        page.mouse.move(first[0] + k * unit, first[1] - 60 - k)
        page.wait_for_timeout(30)
        assert text(page) == f"scale {0.5 + 0.5 * min(5, round(k)):g}, blue"
    page.mouse.up()
    page.mouse.move(first[0], first[1] - 50)
    assert text(page) == "scale 3, blue", "let go"
    grip = page.locator(".si-drag circle").first.bounding_box()
    assert grip["x"] + grip["width"] / 2 == pytest.approx(last[0], abs=0.5), "the grip is where the value is"
    assert page.locator("output").inner_text() == "3.0"


def test_a_point_follows_the_pointer_on_both_axes_though_limits_move(open_html):
    page = open_html(pages.figure(point, POINT, drag={"x": "x", "y": "y"}))
    grip = page.locator(".si-drag circle").first.bounding_box()
    page.mouse.move(grip["x"] + 4, grip["y"] + 4)
    page.mouse.down()
    box = page.locator(".si-drag rect").bounding_box()
    for k in range(8):  # each movement looks at the frame that the last one has brought
        page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] / 4 + k % 2)  # the log axis: 100
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(50)
    x, y = (int(page.get_by_label(name, exact=True).input_value()) for name in "xy")
    assert (x, y) == (8, 2)  # 8 of 18: with the limits of the frame that is shown
    grip = page.locator(".si-drag circle").first.bounding_box()
    assert abs(grip["x"] + grip["width"] / 2 - box["x"] - 0.45 * box["width"]) < 5
    assert abs(grip["y"] + grip["height"] / 2 - box["y"] - box["height"] / 4) < 2


def touch_drag(page, x, y, to_x, to_y):
    client = page.context.new_cdp_session(page)
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 11):
        at = {"x": x + (to_x - x) * k / 10, "y": y + (to_y - y) * k / 10}
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        page.wait_for_timeout(20)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(50)


def test_a_finger_drags_sideways_and_scrolls_downwards(open_html):
    html = pages.figure(line, LINE, drag={"scale": "x"})
    page = open_html(html, "<p style='height:2000px'></p>", width=375, height=667, touch=True)
    ((first, last),) = places(page)
    touch_drag(page, first[0], first[1] - 60, last[0], first[1] - 62)
    assert text(page) == "scale 3, blue" and page.evaluate("scrollY") == 0
    touch_drag(page, first[0] + 10, first[1] - 20, first[0] + 12, first[1] - 200)
    assert text(page) == "scale 3, blue" and page.evaluate("scrollY") > 50


def test_dragging_is_shown_by_the_cursor_and_hidden_from_readers(open_html):
    page = open_html(pages.figure(line, LINE, drag={"scale": "x"}))
    assert page.evaluate("getComputedStyle(document.querySelector('.si-drag rect')).cursor") == "ew-resize"
    assert page.locator(".si-drag").get_attribute("aria-hidden") == "true"


# ---- questions


ASK = {"question": "At which scale?", "answer": {"scale": 2.5}, "why": "It is <so>."}


def test_figure_is_locked_until_the_reader_commits_and_then_goes_to_the_answer(open_html):
    page = open_html(pages.figure(line, LINE, ask=ASK, drag={"scale": "x"}))
    slider = page.get_by_label("scale", exact=True)
    assert slider.is_disabled() and page.get_by_label("kind").is_disabled()
    assert not page.get_by_text("Answer").is_visible()
    ((first, _),) = places(page)
    page.mouse.click(first[0], first[1] - 50)
    assert text(page) == "scale 1, blue", "dragging is locked, too"
    page.get_by_role("button", name="Commit").click()
    assert slider.is_disabled(), "an empty answer is none"
    page.get_by_label("Your guess").fill("1.5")
    page.get_by_label("Your guess").press("Enter")
    page.wait_for_function("document.querySelector('.si-result').textContent")
    assert page.locator(".si-result").inner_text() == "You said 1.5, it is 2.5: 1 too low. It is <so>."
    assert text(page) == "scale 2.5, blue" and slider.is_enabled()
    assert not page.get_by_label("Your guess").is_visible()
    assert page.evaluate("document.activeElement.id") == "si-f-1-abcd-scale"
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_the_way_to_the_answer_is_shown_unless_the_reader_prefers_no_motion(open_html):
    html = pages.figure(line, LINE, ask=ASK)
    seen = {}
    for motion in ("no-preference", "reduce"):
        page = open_html(html, reduced_motion=motion)
        page.evaluate(
            "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('output').textContent)).observe(document.querySelector('output'), {childList: true})"
        )
        page.get_by_label("Your guess").fill("0.5")
        page.get_by_role("button", name="Commit").click()
        page.wait_for_function("document.querySelector('.si-result').textContent")
        seen[motion] = page.evaluate("seen")
    assert seen == {"no-preference": ["0.5", "1.0", "1.5", "2.0", "2.5"], "reduce": ["0.5", "2.5"]} or (
        seen["reduce"][-1] == "2.5" and len(seen["reduce"]) < len(seen["no-preference"]) <= 6
    )


@pytest.mark.parametrize(
    "question, guess, said",
    [
        ({"answer": 20}, "20", "Right: you said 20, it is 20."),
        ({"answer": 20, "tolerance": 2}, "21.5", "Right: you said 21.5, it is 20."),
        ({"answer": 20}, "-3", "You said -3, it is 20: 23 too low."),
        ({"answer": {"scale": 1.0}}, "2.75", "You said 2.75, it is 1.0: 1.8 too high."),
        ({"answer": {"scale": 1.0}}, "1.2", "Right: you said 1.2, it is 1.0."),
        ({"choices": ["<a>", "b"], "answer": "b"}, "<a>", "You said <a>. The answer: b."),
        ({"choices": ["<a>", "b"], "answer": "b"}, "b", "Right: b."),
        ({"choices": ["<a>", "b"]}, "b", "You said b."),
        ({}, "a long one <b>", "You said a long one <b>."),
        ({"answer": {"kind": "orange"}}, "blue", "You said blue. The answer: orange."),
    ],
)  # fmt: skip
def test_verdicts(open_html, question, guess, said):
    page = open_html(pages.figure(line, LINE, ask={"question": "q <i>?", **question}))
    assert page.locator("legend").inner_text() == "q <i>?"
    field = page.get_by_label("Your guess")
    field.fill(guess) if field.count() else page.locator(".si-guess").get_by_label(guess).check()
    page.get_by_role("button", name="Commit").click()
    page.wait_for_function("document.querySelector('.si-result').textContent")
    assert page.locator(".si-result").inner_text() == said
    assert page.locator(".si-result").get_attribute("role") == "status"


def test_distances_on_a_logarithmic_control_are_factors(open_html):
    def controls():
        return {"a": FloatLogSlider(1, min=0, max=3, step=1, readout_format=".1f"), "b": Checkbox()}

    page = open_html(pages.figure(words, controls, ask={"question": "q", "answer": {"a": 100}}))
    page.get_by_label("Your guess").fill("5000")
    page.get_by_role("button", name="Commit").click()
    page.wait_for_function("document.querySelector('.si-result').textContent")
    assert page.locator(".si-result").inner_text() == "You said 5000, it is 100.0: 50 times too high."


def test_a_question_can_be_skipped_and_a_link_opens_the_figure(open_html):
    html = pages.figure(line, LINE, "si-line-2-abcd", ask=ASK)
    page = open_html(html)
    page.get_by_role("button", name="Skip").click()
    assert page.get_by_label("scale", exact=True).is_enabled() and text(page) == "scale 1, blue"
    assert page.get_by_text("Answer").is_visible(), "who skips may still look"
    page = open_html(html, fragment="#si-line-2:scale=3.0")
    assert page.get_by_label("scale", exact=True).is_enabled() and text(page) == "scale 3, blue"


def test_without_a_script_question_folded_answer_and_first_frame_show(open_html):
    page = open_html(pages.figure(line, LINE, ask=ASK, caption="c"), java_script_enabled=False)
    assert page.get_by_text("At which scale?").is_visible() and not page.get_by_text("It is <so>").is_visible()
    page.get_by_text("Answer", exact=True).click()
    assert page.get_by_text("2.5. It is <so>.").is_visible()
    assert page.locator("svg text").first.is_visible() and text(page) == "scale 1, blue"
    assert (
        "needs JavaScript" in page.locator("noscript").inner_text() and not page.get_by_label("Your guess").is_visible()
    )


# ---- play


def test_play_steps_a_control_and_stops_at_the_end_or_when_moved_by_hand(open_html):
    def controls():
        return {"a": Play(min=0, max=7, interval=60, description="a"), "b": Checkbox()}

    page = open_html(pages.figure(words, controls))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_function("document.querySelector('.si-text').textContent === 'a is 7, b is False'")
    page.get_by_role("button", name="Play").click()  # from the start again
    page.wait_for_timeout(100)
    slider = page.locator("input[type=range]")
    slider.press("ArrowRight")
    place = slider.input_value()
    page.wait_for_timeout(200)
    assert slider.input_value() == place != "7"
    assert page.get_by_role("button", name="Play").is_visible()


# ---- robustness


@pytest.mark.parametrize(
    "old, new",
    [
        ('"controls":', "controls:"),
        ('"labels":[[', '"labels":[7,[['),
        ('"views":[{', '"views":[{"shape":null,"x":'),
        ('"start":[1,0]', '"start":null'),
    ],
)
def test_a_broken_table_leaves_the_first_frame_and_one_message(open_html, old, new):
    good, bad = pages.figure(words, WORDS, "si-w-1-aaaa"), pages.figure(line, LINE, "si-l-2-bbbb")
    assert old in bad
    page = open_html(bad.replace(old, new, 1), good, errors=["static-interact si-l-2-bbbb: .*cannot move"])
    before = page.locator("static-interact").first.locator(".si-view").inner_html()
    for key in ("End", "Home", "ArrowRight"):
        page.get_by_label("scale").press(key)
    assert page.locator("static-interact").first.locator(".si-view").inner_html() == before
    page.get_by_label("a", exact=True).press("End")
    assert text(page, 1) == "a is 7, b is False", "the others are not harmed"


def test_a_frame_that_fails_half_way_gives_the_first_one_back(open_html):
    page = open_html(pages.figure(line, LINE), errors=["cannot move"])
    before = page.inner_html(".si-view")
    page.get_by_label("scale").press("End")
    page.evaluate(
        "document.querySelector('static-interact').views[0].move = () => { document.querySelector('.si-text').textContent = 'half'; throw Error('no') }; 0"
    )
    page.get_by_label("scale").press("Home")
    assert page.inner_html(".si-view") == before


def test_figures_that_come_later_and_go_away(open_html):
    """As on pages that a script puts together."""
    page = open_html("<div id=host></div>")
    html = pages.figure(words, WORDS)
    for _ in range(2):
        page.evaluate("html => { document.getElementById('host').innerHTML = html }", html)
        page.get_by_label("a", exact=True).press("End")
        assert text(page) == "a is 7, b is False"
    page.evaluate("document.getElementById('host').innerHTML = ''")


def test_two_copies_of_the_script_do_no_harm(open_html):
    from static_interact import hosts

    page = open_html(hosts.assets(), pages.figure(words, WORDS), hosts.assets())
    page.get_by_label("a", exact=True).press("ArrowRight")
    assert text(page) == "a is 3, b is False"
