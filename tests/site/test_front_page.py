"""The front page's live figure comes from the shared module: without the shift it would show nan on both sides."""

import re

import pytest

import stable_softmax
from stable_softmax import naive
from static_interact.decorator import BAKE
from tools.notebooks import BOOK


def bake_front_page(monkeypatch):
    """Run the code cell of index.md as a book build does, and return the HTML that it displays."""
    source = (BOOK / "index.md").read_text(encoding="utf-8")
    (cell,) = re.findall(r"```\{code-cell\} ipython3\n(?::tags:[^\n]*\n)?\n(.*?)```", source, re.DOTALL)
    # Four frames: 0, 100, 200 and 300.
    for old, new in (("step=2,", "step=100,"), ("value=10,", "value=100,")):
        assert cell.count(old) == 1
        cell = cell.replace(old, new)
    shown = []
    monkeypatch.setenv(BAKE, "1")
    monkeypatch.setattr("static_interact.decorator.display", lambda bundle, **_: shown.append(bundle))
    exec(compile(cell, "index.md", "exec"), {})
    (bundle,) = shown
    return bundle["text/html"]


@pytest.mark.parametrize("softmax, sides", [(stable_softmax.softmax, 1), (naive.softmax, 2)])
def test_nan_shows_on_as_many_sides_as_lack_the_shift(monkeypatch, softmax, sides):
    monkeypatch.setattr(stable_softmax, "softmax", softmax)
    html = bake_front_page(monkeypatch)
    places = {round(float(x)) for x in re.findall(r'x=\\"([\d.]+)\\" y=\\"[\d.]+\\">nan<', html)}
    width = float(re.search(r"viewBox=\"0 0 ([\d.]+)", html)[1])
    assert len({place > width / 2 for place in places}) == sides
