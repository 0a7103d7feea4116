"""What a call shows, as a tree that a browser would make of its own markup."""

import base64
import io
import re

import matplotlib.pyplot as plt
import pytest
import sympy
from IPython.display import HTML, SVG, Image, Latex, Markdown, display
from PIL import Image as Picture

from static_interact import capture, frame, latex, markup
from static_interact.svg import Element, to_html


def shown(function, **options):
    return frame.tree(capture.call(function, {}), "p-", **options)


def html(function, **options):
    return to_html(shown(function, **options))


def test_parts_stand_in_their_order():
    def f():
        print("one")
        plt.figure(figsize=(1, 1))
        plt.show()
        print("two <b>")
        display(HTML("<i>three</i>"))
        raise ValueError("four")

    root = shown(f)
    assert [(child.tag, child.get("class")) for child in root] == [
        ("pre", "si-text"), ("svg", None), ("pre", "si-text"), ("div", "si-html"), ("div", "si-error"),
    ]  # fmt: skip
    assert to_html(root[2]) == '<pre class="si-text">two &lt;b&gt;</pre>'
    assert to_html(root[3]) == '<div class="si-html"><i>three</i></div>'
    assert to_html(root[4]) == '<div class="si-error" role="alert">ValueError: four</div>'


def test_figures_may_come_first_and_texts_are_joined_then():
    def f():
        print("above")
        plt.figure(figsize=(1, 1))
        plt.show()
        print("below")

    root = shown(f, figures_first=True)
    assert [child.tag for child in root] == ["svg", "pre"] and root[1].text == "above\nbelow"


def test_pictures_are_named_and_their_ids_are_apart():
    def f():
        for _ in range(2):
            plt.plot([1, 2])
            plt.show()

    root = shown(f, alt="Two lines")
    assert [(svg.get("role"), svg.get("aria-label")) for svg in root] == [("img", "Two lines")] * 2
    ids = [re.findall(r' id="([^"]+)"', to_html(svg)) for svg in root]
    assert ids[0] and not set(ids[0]) & set(ids[1])
    assert all(name.startswith("p-1-") for name in ids[1])
    drawn = frame.tree(capture.call(f, {}, draw=frame.drawing({"p-": frame.FigureDrawer()})), "p-", alt="Two lines")
    assert to_html(drawn) == to_html(root)


def test_a_description_comes_last():
    assert html(lambda: print("x"), describe="An <x>") == (
        '<div><pre class="si-text">x</pre><p class="si-describe">An &lt;x&gt;</p></div>'
    )


def test_nothing_is_nothing():
    assert html(lambda: None) == "<div></div>"


def test_an_exception_without_words_has_its_name():
    def f():
        raise KeyError

    assert '<div class="si-error" role="alert">KeyError</div>' in html(f)


# --- representations --------------------------------------------------------------------------------------------


def test_the_richest_representation_wins():
    class Thing:
        def _repr_html_(self):
            return "<b>html</b>"

        def _repr_latex_(self):
            return "$latex$"

    assert html(Thing) == '<div><div class="si-html"><b>html</b></div></div>'


def test_a_formula_is_mathml():
    pytest.importorskip("latex2mathml")
    root = shown(lambda: sympy.Rational(1, 2) * sympy.Symbol("alpha"))
    (box,) = root
    assert box.get("class") == "si-latex" and box[0].tag == "math" and box[0].get("display") == "block"
    assert [element.text for element in box.iter("mi")] == ["α"] and list(box.iter("mfrac"))


def test_text_with_formulas_keeps_both():
    (box,) = shown(lambda: display(Latex("if $x$ then $y$.")))
    assert box.text == "if " and box[0].tail == " then " and box[1].tail == "."


def test_markdown_is_html():
    pytest.importorskip("markdown_it")
    text = html(lambda: display(Markdown("# A *title*\n\n| a | b |\n|---|---|\n| 1 | $x$ |\n")))
    assert "<h1>A <em>title</em></h1>" in text and "<td>1</td>" in text and "si-raw" not in text


def png(width, height):
    buffer = io.BytesIO()
    Picture.new("RGB", (width, height)).save(buffer, "png")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "options, size",
    [
        ({}, ("30", "20")),
        ({"width": 60}, ("60", "40")),
        ({"height": 10}, ("15", "10")),
        ({"width": 7, "height": 8}, ("7", "8")),
    ],
)
def test_pictures_have_their_size(options, size):
    (image,) = shown(lambda: display(Image(png(30, 20), alt="black", **options)))
    assert image.tag == "img" and (image.get("width"), image.get("height")) == size and image.get("alt") == "black"
    kind, data = image.get("src").split(",")
    assert kind == "data:image/png;base64" and base64.b64decode(data) == png(30, 20)


def test_a_drawing_stands_in_the_page():
    source = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9"><defs><path id="a" d="M0 0"/></defs>\n  <use xlink:href="#a"/></svg>'
    text = html(lambda: display(SVG(source)))
    assert '<svg width="9" xmlns="http://www.w3.org/2000/svg" class="si-svg"><defs><path id="p-0-0" d="M0 0">' in text
    assert 'href="#p-0-0"' in text and "xlink" not in text


@pytest.mark.parametrize(
    "inner", ["<style>*{fill:red}</style>", "<script>alert(1)</script>", '<g onclick="alert(1)"/>']
)
def test_a_drawing_that_would_reach_into_the_page_is_kept_apart(inner):
    source = f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    (image,) = shown(lambda: display({"image/svg+xml": source}, raw=True))
    assert image.tag == "img" and image.get("src").startswith("data:image/svg+xml;base64,")


def test_what_no_page_can_show_is_said():
    assert "(application/x-thing cannot be shown on a static page)" in html(
        lambda: display({"application/x-thing": "1"}, raw=True)
    )


# --- markup -----------------------------------------------------------------------------------------------------

PANDAS = """<div>
<style scoped>
    .dataframe tbody tr th:only-of-type { vertical-align: middle; }
</style>
<table border="1" class="dataframe">
  <thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead>
  <tbody><tr><th>0</th><td>1&nbsp;&lt;</td></tr></tbody>
</table>
</div>"""


def test_a_table_is_parsed():
    root = markup.parse(PANDAS)
    assert [element.tag for element in root.iter()] == [
        "div",
        "div",
        "table",
        "thead",
        "tr",
        "th",
        "th",
        "tbody",
        "tr",
        "th",
        "td",
    ]
    assert next(root.iter("td")).text == "1\xa0<"


@pytest.mark.parametrize(
    "source",
    [
        "<b>x</b> y",
        "a<br/>b",
        "<p>a <em>b</em></p>",
        "<ul><li>a<ul><li>b</li></ul></li></ul>",
        "text",
        "&eacute;&amp;",
        "<math><mi>x</mi></math>",
    ],
)
def test_plain_markup_is_parsed(source):
    assert markup.parse(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        "<p>a<div>b</div></p>",  # a browser ends the paragraph
        "<table><tr><td>1</td></tr></table>",  # and adds a tbody
        "<table><tbody>x</tbody></table>",  # and moves the text out
        "<b>x", "a < b", "<br>", "&nosuch;",
        "<script>alert(1)</script>", "<style>*{}</style>", "<form></form>", "<iframe></iframe>", "<custom-element></custom-element>",
        "<a href='x'><b><a href='y'>z</a></b></a>", "<ul>x</ul>", "<span><div></div></span>", "<b onclick='x'>y</b>",
        "<math><script>1</script></math>", "<h1><h2></h2></h1>", "<P>x</P>", "<br>x</br>",
    ],
)  # fmt: skip
def test_what_a_browser_reads_in_its_own_way_is_left_to_it(source):
    assert markup.parse(source) is None
    element = frame.html_element(source)
    assert element.tag == "si-raw" and element.get("class") == "si-html"


@pytest.mark.parametrize(
    "source, balanced",
    [
        ("</div></static-interact>x", "x"),
        ("<div><b>x</div>y", "<div><b>x</b></div>y"),
        ("<table><tr><td>1<td>2</table>", "<table><tr><td>1<td>2</td></td></tr></table>"),
        ("<br>a<br/>&amp;&#33;<img src='x'>", "<br>a<br/>&amp;&#33;<img src='x'>"),
        ("<!-- </div> -->x<style>a > b {}</style>", "x<style>a > b {}</style>"),
        ("<B>x</b>", "<B>x</b>"),
        ("a < b", "a < b"),
    ],
)
def test_raw_markup_cannot_end_what_is_around_it(source, balanced):
    assert markup.balanced(source) == balanced
    assert f'<si-raw class="si-html">{balanced}</si-raw>' in html(lambda: display(HTML(source)))


# --- formulas ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, formula, display",
    [
        ("$x$", "x", False), ("$$x$$", "x", True), (r"\(x\)", "x", False), (r"\[x\]", "x", True), ("x", "x", True),
        (r"\begin{equation}x\end{equation}", "x", True), (r"\begin{math}x\end{math}", "x", False),
        (r"\begin{align*}x\end{align*}", r"\begin{align}x\end{align}", True), ("$a$ and $b$", "$a$ and $b$", True),
    ],
)  # fmt: skip
def test_dollars_are_taken_off(text, formula, display):
    assert latex.strip_dollars(text) == (formula, display)


@pytest.mark.parametrize(
    "text, kinds",
    [
        ("no formula", ["no formula"]),
        ("costs $5 and $6", ["costs $5 and $6"]),
        (r"costs \$5", ["costs $5"]),
        ("$x$", [Element]),
        ("a $x$ b", ["a ", Element, " b"]),
        ("$$x$$ $y$", [Element, " ", Element]),
        (r"\(x\)", [Element]),
        ("$ x $", ["$ x $"]),
    ],
)
def test_formulas_are_found_in_text(text, kinds):
    found = latex.pieces(text)
    assert [piece if isinstance(piece, str) else Element for piece in found] == kinds


def test_text_around_formulas_is_escaped():
    assert latex.with_formulas("a < b & c") == "a &lt; b &amp; c"


@pytest.mark.parametrize("missing", [True, False])
def test_what_cannot_be_converted_shows_its_source(monkeypatch, missing):
    if missing:
        monkeypatch.setitem(__import__("sys").modules, "latex2mathml.converter", None)
    latex._markup.cache_clear()
    bad = r"\frac{" if not missing else "x"
    assert to_html(latex.mathml(bad)) == f"<code>{bad}</code>"
    latex._markup.cache_clear()


@pytest.mark.parametrize(
    "expression",
    [
        sympy.Matrix([[sympy.Symbol("x") / 2, 1], [0, sympy.sqrt(2)]]),
        sympy.Integral(sympy.exp(-(sympy.Symbol("x") ** 2)), (sympy.Symbol("x"), 0, sympy.oo)),
        sympy.Piecewise((0, sympy.Symbol("x") > 0), (1, True)),
        sympy.Sum(1 / sympy.Symbol("n"), (sympy.Symbol("n"), 1, sympy.oo)),
        sympy.Derivative(sympy.Function("f")(sympy.Symbol("x")), sympy.Symbol("x")),
        sympy.Interval(0, 1),
        sympy.Abs(sympy.Symbol("x_1")),
        sympy.binomial(3, 2, evaluate=False),
    ],
)
def test_formulas_of_sympy_are_converted_whole(expression):
    pytest.importorskip("latex2mathml")
    (box,) = shown(lambda: expression)
    text = to_html(box)
    assert box[0].tag == "math" and "\\" not in text and "merror" not in text
    assert markup.parse(text) is not None


@pytest.mark.parametrize("alt", ["", "A line"])
def test_a_picture_is_one_for_those_who_hear_it_if_it_is_described(alt):
    (svg,) = shown(lambda: plt.figure(figsize=(1, 1)), alt=alt)
    assert (svg.get("role"), svg.get("aria-label")) == (("img", alt) if alt else (None, None))
