"""Questions before a figure moves, in a real browser."""

import pytest
from ipywidgets import Checkbox, FloatLogSlider

from tests.interact import pages
from tests.interact.explorers import LINE, line, places, text, words

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
