"""What is changed in a formula before KaTeX sees it, and what of it stays in one line."""

import importlib.util

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
