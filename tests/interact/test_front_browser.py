"""The custom element in a real browser: controls and their copies, state, links, play, broken pages."""

import pytest
from ipywidgets import BoundedFloatText, Checkbox, IntSlider, Play, RadioButtons

from tests.interact import pages
from tests.interact.explorers import FEW, LINE, WORDS, line, rest, text, words


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
    page.locator(".si-text", has_text="a is 3, b is False").wait_for()
    page.wait_for_timeout(100)
    assert text(page) == "a is 3, b is False", "one step, not one for each copy"
