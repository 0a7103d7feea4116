"""Formulas in texts: which they are, and what a page gets."""

import pytest

from static_interact import latex
from static_interact.svg import Element, to_html

pytest.importorskip("latex2mathml")


def displays(pieces):
    return [piece if isinstance(piece, str) else piece.get("display") for piece in pieces]


def test_a_formula_stands_in_its_line_unless_it_is_told_to_stand_alone():
    assert latex.mathml("x").get("display") == "inline"
    assert latex.mathml("x", True).get("display") == "block"
    assert latex.mathml(r"\displaystyle x").get("display") == "block"
    assert latex.mathml(r" \displaystyle  x").get("display") == "block"
    assert latex.mathml(r"\displaystylex").tag in {"math", "code"}
    assert all("{" not in element.tag for element in latex.mathml(r"\frac{a}{b}").iter())
    assert "displaystyle" not in to_html(latex.mathml(r"\displaystyle \frac{a}{b}")).replace('displaystyle="', "")


def test_a_formula_that_cannot_be_converted_shows_all_of_its_source():
    latex._markup.cache_clear()
    found = latex.mathml(r"\displaystyle \frac{")
    assert found.tag == "code" and found.text == r"\displaystyle \frac{"


@pytest.mark.parametrize(
    "text, found",
    [
        ("a $x$ b", ["a ", "inline", " b"]),
        ("$$x$$", ["block"]),
        (r"\[x\]", ["block"]),
        (r"\(x\) and \(y\)", ["inline", " and ", "inline"]),
        (r"\$1 $x$ \$2", ["$1 ", "inline", " $2"]),
        ("", []),
        ("plain", ["plain"]),
    ],
)
def test_pieces_of_a_text(text, found):
    assert displays(latex.pieces(text)) == found


@pytest.mark.parametrize(
    "text, found",
    [
        ("$$", ("$$", True)), ("$", ("$", True)), ("  $x$\n", ("x", False)), ("$$$$", ("$$$$", True)), ("$a$b$", ("$a$b$", True)),
        (r"\(\)", (r"\(\)", True)), (r"\[a\] \[b\]", (r"\[a\] \[b\]", True)), ("$$a$", ("$$a$", True)),
        (r"\begin{eqnarray}x\end{eqnarray}", (r"\begin{align}x\end{align}", True)),
        (r"\begin{displaymath}x\end{displaymath}", ("x", True)),
    ],
)  # fmt: skip
def test_what_marks_a_whole_text_as_a_formula(text, found):
    assert latex.strip_dollars(text) == found


def test_html_of_a_text_with_formulas():
    page = latex.with_formulas("<b> $x < 1$ & more")
    assert page.startswith("&lt;b&gt; <math") and page.endswith("</math> &amp; more") and "&lt;" in page[10:]
    assert isinstance(latex.mathml("x"), Element)
