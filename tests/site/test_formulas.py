"""What is changed in a formula before KaTeX sees it, and what of it stays in one line."""

import importlib.util
import re
from xml.etree import ElementTree

import pytest
from docutils import nodes

from tools import notebooks


def extension(name):
    """One of the book's own Sphinx extensions."""
    folder = notebooks.BOOK / "_extensions"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)  # one imports another
        spec = importlib.util.spec_from_file_location(f"{name}_for_tests", folder / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def book_site():
    return extension("book_site")


@pytest.fixture(scope="module")
def katex_patches():
    return extension("katex_patches")


LINES = r"f = g \\ h = i"
FRACTIONS = r"\left[\begin{matrix}\frac{1}{2} & 3\end{matrix}\right]"


@pytest.mark.parametrize(
    "latex, display, expected",
    [
        (r"\begin{align} a &= b \end{align}", True, r"\begin{align*} a &= b \end{align*}"),
        (r"\begin{equation} a \end{equation}", True, r"\begin{equation*} a \end{equation*}"),
        (r"\begin{align*} a &= b \end{align*}", True, None),
        (r"\begin{aligned} a \\ b \end{aligned}", True, None),
        (LINES, True, rf"\begin{{split}}{LINES}\end{{split}}"),
        (LINES, False, None),
        (r"f = g", True, None),
        (FRACTIONS, False, r"\def\arraystretch{1.6}" + FRACTIONS),
        (FRACTIONS, True, r"\def\arraystretch{1.6}" + FRACTIONS),
        (r"\begin{matrix}1 & 3\end{matrix}", False, None),
        (r"\frac{1}{2}", False, None),
    ],
)
def test_latex_is_adapted_to_katex(katex_patches, latex, display, expected):
    assert katex_patches.adapt(latex, display) == (latex if expected is None else expected)


SOURCE = '<annotation encoding="application/x-tex">a &lt; b</annotation>'


@pytest.mark.parametrize(
    "written, left",
    [
        ("<mrow><mi>a</mi></mrow>", "<mi>a</mi>"),
        ("<mrow><mrow><mi>a</mi></mrow><mo>!</mo></mrow>", "<mrow><mi>a</mi></mrow><mo>!</mo>"),
        ('<mtable a="b"><mtr></mtr></mtable>', '<mtable a="b"><mtr></mtr></mtable>'),
        ("<mrow></mrow>", ""),
        ("<mi>a</mi>", None),
    ],
)
def test_the_source_beside_a_formula_goes(katex_patches, written, left):
    render = katex_patches.drop_source(lambda latex, options: f"<math><semantics>{written}{SOURCE}</semantics></math>")
    if left is None:
        with pytest.raises(ValueError, match=r"'a < b'.*see katex_patches.py"):
            render("a < b")
    else:
        assert render("a < b") == f"<math>{left}</math>"


def test_formulas_have_mathml_without_their_source(site_dir):
    for path in sorted(site_dir.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert "<annotation" not in page and "<semantics" not in page
        for formula in re.findall(r"<math .*?</math>", page, re.DOTALL):
            assert len(ElementTree.fromstring(formula)) > 0  # and well-formed
    assert "<math " in (site_dir / "chapters" / "08_how_accurate_is_it.html").read_text(encoding="utf-8")


def kept(book_site, before, latex, after):
    """A paragraph's parts after the transformation; what is kept together in brackets."""
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text(before), nodes.math(latex, latex), nodes.Text(after)]
    document = nodes.section("", paragraph)
    book_site.keep_together(None, document, "page")
    return [f"<{part.astext()}>" if isinstance(part, nodes.inline) else part.astext() for part in paragraph]


@pytest.mark.parametrize(
    "before, latex, after, expected",
    [
        ("so ", "a_i", ", and", ["so ", "<a_i,>", " and"]),
        ("so (", "a_i", ") and", ["so ", "<(a_i)>", " and"]),
        ("so “", "a_i", "”.", ["so ", "<“a_i”.>", ""]),
        ("so (see ", "a_i", " and", ["so (see ", "a_i", " and"]),
        ("so ", "a" * 20, ".", ["so ", f"<{'a' * 20}.>", ""]),
        ("so ", "a" * 21, ".", ["so ", "a" * 21, "."]),
    ],
)
def test_a_short_formula_stays_with_its_punctuation(book_site, before, latex, after, expected):
    assert kept(book_site, before, latex, after) == expected
