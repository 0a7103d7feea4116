"""Colours with a meaning: seen on both pages, told apart, and the same in the figures and in the pages' style."""

import re
from itertools import combinations

import numpy as np
import pytest

import figure_colors
from figure_colors import BAD, CLASSES, FORMATS, METHODS, QUIET, tint
from static_interact.colors import dark_counterpart
from tools.notebooks import BOOK

NAMED = {**METHODS, **FORMATS, **dict(zip(("cat", "dog", "owl"), CLASSES, strict=True)), "bad": BAD, "quiet": QUIET}
STYLE = (BOOK / "_static" / "book.css").read_text(encoding="utf-8")
#: What dichromats see, as matrices on linear RGB (Viénot, Brettel and Mollon 1999, rounded).
EYES = {
    "usual": np.eye(3),
    "no red cones": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "no green cones": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
}


def linear(color):
    """Light per channel, between 0 and 1."""
    channel = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """As WCAG 2 defines it."""
    dim, bright = sorted(np.array([0.2126, 0.7152, 0.0722]) @ linear(color) for color in (one, other))
    return (bright + 0.05) / (dim + 0.05)


def paper(theme):
    """The page's own ground, as its style says."""
    (rules,) = re.findall(rf'html\[data-theme="{theme}"\][^{{]*{{\n([^}}]*--paper[^}}]*)}}', STYLE)
    (color,) = re.findall(r"--paper: (#[0-9a-f]+);", rules)
    return color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])


@pytest.mark.parametrize("name", NAMED)
def test_each_is_seen_on_either_page(name):
    assert contrast(NAMED[name], paper("light")) >= 3
    assert contrast(dark_counterpart(NAMED[name]), paper("dark")) >= 3


@pytest.mark.parametrize("group", [METHODS, FORMATS, dict(enumerate(CLASSES)), {**METHODS, "bad": BAD}], ids=str)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
def test_those_of_one_figure_are_told_apart(group, theme, eyes):
    def seen(color):
        light = np.clip(EYES[eyes] @ linear(color if theme == "light" else dark_counterpart(color)), 0, 1)
        return np.cbrt(light)  # steps of equal size look about equal

    for one, other in combinations(group, 2):
        assert np.abs(seen(group[one]) - seen(group[other])).max() > 0.05, (one, other)


def test_one_colour_has_one_meaning():
    assert len(set(NAMED.values())) == len(NAMED)


def test_the_right_method_is_the_boldest():
    light = {name: contrast(color, "#ffffff") for name, color in METHODS.items()}
    assert max(light, key=light.get) == "this book"


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_tint_is_a_part(share):
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        tint(figure_colors.INK, share)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_the_figures_colours(theme):
    """The style cannot import them: it says them again, and for the dark theme as figures have them there."""
    (rules,) = re.findall(rf'html\[data-theme="{theme}"\][^{{]*{{\n([^}}]*--paper[^}}]*)}}', STYLE)
    styled = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", rules))
    meant = {"naive": METHODS["definition"], "standard": METHODS["standard fix"], "book": METHODS["this book"]}
    meant |= {"good": figure_colors.GOOD, **{name: NAMED[name] for name in ["bad", "cat", "dog", "owl"]}}
    meant |= {name: FORMATS[name] for name in ["float16", "bfloat16", "float32", "float64"]}
    for name, color in meant.items():
        assert styled[name] == (color if theme == "light" else dark_counterpart(color)), name
