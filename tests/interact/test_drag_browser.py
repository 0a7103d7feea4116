"""Dragging in a figure, with a mouse and with a finger."""

import pytest

from tests.interact import pages
from tests.interact.explorers import LINE, POINT, line, places, point, text, touch_drag


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
