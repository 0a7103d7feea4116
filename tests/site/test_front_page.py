"""The front page's live figure comes from the shared module: without the shift it would show nan in all four panels."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import stable_softmax
from stable_softmax import naive
from tools import draw_cards
from tools.notebooks import BOOK


def front_page_figure(scale):
    """Run the code cell of index.md, and return the figure that it makes at a scale."""
    source = (BOOK / "index.md").read_text(encoding="utf-8")
    cell, _ = re.findall(r"```\{code-cell\} ipython3\n(?::tags:[^\n]*\n)?\n(.*?)```", source, re.DOTALL)
    names = {}
    with plt.rc_context():
        exec(compile(cell, "index.md", "exec"), names)
        figure = names["drag_until_it_breaks"](scale)
    plt.close(figure)
    return figure


@pytest.mark.slow
@pytest.mark.parametrize("softmax, dead", [(stable_softmax.softmax, [0, 2, 3]), (naive.softmax, [0, 3, 4])])
def test_nan_shows_in_as_many_panels_as_overflow(monkeypatch, capsys, softmax, dead):
    monkeypatch.setattr(stable_softmax, "softmax", softmax)
    for scale, expected in zip([1, 200, 300], dead, strict=True):
        shown = [[text.get_text() for text in axes.texts] for axes in front_page_figure(scale).axes]
        assert len(shown) == 5
        assert sum("nan" in texts for texts in shown) == expected


def test_the_marks_are_where_the_formats_break():
    marks = [text.get_text() for text in front_page_figure(1).axes[4].texts]
    assert marks == ["breaks at:", "3.7", "29.6", "236.6"]
    for name, edge in [("float16", 3.7), ("float32", 29.6), ("float64", 236.6)]:
        for scale, broken in [(0.99 * edge, False), (1.01 * edge, True)]:
            with np.errstate(all="ignore"):
                p = naive.softmax((scale * np.array([1.0, 2.0, 3.0])).astype(name))
            assert np.isnan(p).any() == broken


SCREENS = pytest.mark.parametrize("width, height", [(1366, 768), (375, 667)])


@SCREENS
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_screen_has_the_figure_and_three_doors(open_page, width, height, theme):
    visit = open_page("index.html", width=width, theme=theme)
    visit.page.set_viewport_size({"width": width, "height": height})
    for part in ["h1", "static-interact", ".doors"]:
        box = visit.page.locator(f"article {part}").first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, part
    doors = visit.page.locator(".doors a")
    assert [door.locator("strong").inner_text() for door in doors.all()] == [
        "My loss is NaN",
        "Start reading",
        "Look it up",
    ]


def test_cards_have_a_picture_and_a_link_each(open_page):
    visit = open_page("index.html")
    cards = visit.page.locator(".card")
    chapters = sorted(path.stem for path in (BOOK / "chapters").glob("*.ipynb"))
    assert cards.count() == len(chapters)
    for card, chapter in zip(cards.all(), chapters, strict=True):
        assert chapter in card.locator("a").first.get_attribute("href")
        assert card.locator("svg[role=img]").get_attribute("aria-label")


def test_pictures_of_the_cards_are_those_that_the_command_draws():
    for place, picture in enumerate(draw_cards.PICTURES, 1):
        assert (draw_cards.FOLDER / f"{place:02}.svg").read_text(encoding="utf-8") == draw_cards.card(*picture)
