"""The front page's live figure comes from the shared module: without the shift it would show nan on both sides."""

import re

import matplotlib.pyplot as plt
import pytest

import stable_softmax
from stable_softmax import naive
from tools.notebooks import BOOK


def front_page_figure(scale):
    """Run the code cell of index.md, and return the figure that it makes at a scale."""
    source = (BOOK / "index.md").read_text(encoding="utf-8")
    (cell,) = re.findall(r"```\{code-cell\} ipython3\n(?::tags:[^\n]*\n)?\n(.*?)```", source, re.DOTALL)
    names = {}
    with plt.rc_context():
        exec(compile(cell, "index.md", "exec"), names)
        figure = names["drag_until_it_breaks"](scale)
    plt.close(figure)
    return figure


@pytest.mark.parametrize("softmax, sides", [(stable_softmax.softmax, 1), (naive.softmax, 2)])
def test_nan_shows_on_as_many_sides_as_lack_the_shift(monkeypatch, softmax, sides):
    monkeypatch.setattr(stable_softmax, "softmax", softmax)
    for scale, expected in [(200, 0), (300, sides)]:
        shown = [[text.get_text() for text in axes.texts] for axes in front_page_figure(scale).axes]
        assert len(shown) == 2
        assert sum("nan" in texts for texts in shown) == expected
