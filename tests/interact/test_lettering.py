"""Text in figures: text where the page has the font, outlines where it has not."""

import io
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from static_interact.figure import figure_tree
from static_interact.fonts import covers
from static_interact.svg import to_html
from tests.interact.drawings import beside, numbers


def titled(title, **options):
    def draw(figure, axes):
        axes.axis("off")
        axes.set_title(title, **options)

    return figure_tree(beside(draw)(), "a-")


@pytest.mark.parametrize(
    "title, options",
    [
        ("plain text, 12 °C, α → β", {}),
        ("č š ž Ő", {}),
        ("bold", {"fontweight": "bold"}),
        ("bold oblique", {"fontweight": "bold", "fontstyle": "italic"}),
        ("typed", {"family": "monospace"}),
        (r"$\alpha_1 = \frac{1}{2}$", {}),
    ],
)
def test_text_stays_text_where_the_page_has_the_font(title, options):
    tree = titled(title, **options)
    assert list(tree.iter("text")) and not list(tree.iter("path"))


@pytest.mark.parametrize(
    "title, options",
    [
        ("Привет", {}),
        ("serif", {"family": "serif"}),
        (r"$\mathcal{O}(n)$", {}),
        (r"$\int \psi$", {"math_fontfamily": "cm"}),
        (r"$x^2$", {"math_fontfamily": "stix"}),
        (r"$\vec{v}$", {}),
    ],
)
def test_text_is_drawn_where_the_page_lacks_the_font(title, options):
    tree = titled(title, **options)
    assert not list(tree.iter("text"))
    (path,) = tree.iter("path")
    assert (path.get("role"), path.get("aria-label")) == ("img", title)
    assert re.fullmatch(r"translate\([\d.]+ [\d.]+\) scale\(0\.012\)", path.get("transform"))
    assert len(path.get("d")) > 100 and "." not in path.get("d"), "whole numbers, a thousand to the em"


def test_an_outline_lies_where_matplotlib_puts_it():
    """Its ink, measured from the tree, is where the ink is in matplotlib's own picture."""
    figure = Figure(figsize=(3, 1), dpi=72)
    figure.text(0.2, 0.4, "Привет", fontsize=30, rotation=10)
    (path,) = figure_tree(figure, "a-").iter("path")
    x, y, angle, scale = numbers(path.get("transform"))
    points = np.reshape(numbers(path.get("d")), (-1, 2)) * scale
    turn = np.deg2rad(angle)
    points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (x, y)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=288)
    ink = np.argwhere(np.asarray(Image.open(buffer).convert("L")) < 128)[:, ::-1] / 4
    np.testing.assert_allclose(points.min(axis=0), ink.min(axis=0), atol=0.8)
    np.testing.assert_allclose(points.max(axis=0), ink.max(axis=0), atol=0.8)


def test_spaces_at_the_ends_and_in_rows_are_kept():
    (text,) = titled(" a  b").iter("text")
    assert text.text == " a  b" and "white-space:pre" in text.get("style")
    assert "white-space" not in to_html(titled("a b"))


def test_covers_knows_what_is_shipped():
    sans = mpl.font_manager.findfont("DejaVu Sans")
    assert covers(sans, "aé→č") and not covers(sans, "aЖ") and not covers(sans, "a\n")
    assert not covers(mpl.font_manager.findfont("STIXGeneral"), "a")
