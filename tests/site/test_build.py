"""The build itself, on a book of two small pages with the real settings and the real extension."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup

from tools import notebooks
from tools.fingerprint import asset_fingerprint, execution_fingerprint

PAGE = """\
# Little book

No formula here.
"""
FORMULAS = r"""
Inline $e^{a_i}$, then

$$
p_i = \frac{e^{a_i}}{\sum_k e^{a_k}}
$$ (eq:softmax)

and {eq}`eq:softmax` again.

\begin{align}
a &= b \\
c &= d
\end{align}

$$ f = g \\ h = i $$
"""
CODE = """\
import sympy
import little
print("the value is", little.VALUE, flush=True)
print("a second", end="", flush=True)
print(" message", flush=True)
x, y = sympy.symbols("x y")
sympy.Matrix([[sympy.exp(x) / (1 + y)]])"""


@pytest.fixture
def little_book(tmp_path):
    """A repository's folder with a book of one page and one chapter."""
    root, book = tmp_path, tmp_path / "book"
    book.mkdir()
    for name in ("_extensions", "_vendor", "_static", "_templates"):
        shutil.copytree(notebooks.BOOK / name, book / name)
    for path in [*notebooks.BOOK.glob("*.svg"), *notebooks.BOOK.glob("*.bib")]:
        shutil.copy(path, book)
    shutil.copy(notebooks.BOOK / "_config.yml", book)
    shutil.copytree(notebooks.ROOT / "tools", root / "tools")
    (root / "requirements.txt").write_text("numpy\n")
    (root / "src").mkdir()
    (root / "src" / "little.py").write_text("VALUE = 1\n")
    toc = "format: jb-book\nroot: index\noptions: {numbered: 1}\nchapters: [{file: chapter}]\n"
    (book / "_toc.yml").write_text(toc)
    (book / "index.md").write_text(PAGE)
    write_chapter(book)
    return root


def write_chapter(book, text=FORMULAS):
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("# Chapter\n" + text, id="text"), v4.new_code_cell(CODE, id="code")]
    metadata = {"kernelspec": notebooks.KERNELSPEC}
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), book / "chapter.ipynb")


def build(root, **environment):
    """Run the build of `make book` and return (exit code, what it printed)."""
    # Without the parsers of addresses that `tools.lean_pytest` does without, too: seconds for each of ten builds.
    program = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", "book", "-W", "-n", "--keep-going"]
    path = os.pathsep.join(filter(None, [str(root / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", **environment}
    result = subprocess.run(
        command,
        cwd=root,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    return result.returncode, result.stdout


def page(root, name):
    return (root / "book" / "_build" / "html" / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_code_decides_when_chapters_are_executed_again(little_book):
    code, output = build(little_book)
    assert code == 0, output
    assert "Executed notebook" in output
    assert "the value is 1\na second message" in page(little_book, "chapter.html"), "what a cell prints is in parts"

    code, output = build(little_book)
    assert code == 0 and "Executed notebook" not in output
    assert "writing output... [" not in output, "pages were written though nothing had changed"

    (little_book / "src" / "little.py").write_text("VALUE = 2\n")
    code, output = build(little_book)
    assert code == 0 and "Executed notebook" in output
    assert "the value is 2" in page(little_book, "chapter.html")
    caches = list((little_book / "book" / "_build" / ".jupyter_cache").iterdir())
    assert len(caches) == 1, "the cache of earlier code is kept"

    style = little_book / "book" / "_static" / "book.css"
    style.write_text("p { color: red }\n")
    code, output = build(little_book)
    assert code == 0 and "Executed notebook" not in output
    assert "p{color:red}" in page(little_book, "_static/site.css")


@pytest.mark.slow
def test_a_changed_page_ends_as_a_whole_build_does(little_book):
    """What one page begins to need is in the style and the fonts of all, and what no page needs any more is gone."""
    (little_book / "book" / "_static" / "book.css").write_text(".wanted { color: red }\n.unwanted { color: blue }\n")
    code, output = build(little_book)
    assert code == 0, output
    before = site(little_book)
    assert "wanted" not in before["_static/site.css"]

    index = little_book / "book" / "index.md"
    index.write_text(PAGE + "\n{.wanted}\nA formula after all: $\\zeta^2$\n")
    code, output = build(little_book)
    assert code == 0 and "Executed notebook" not in output, output
    after = site(little_book)
    assert ".wanted{color:red}" in after["_static/site.css"] and ".unwanted" not in after["_static/site.css"]
    math = [name for name in {*before, *after} if "KaTeX_Math-Italic" in name]
    assert len(math) == 2, "the font's subset is the same with another letter"

    shutil.rmtree(little_book / "book" / "_build" / "html")
    shutil.rmtree(little_book / "book" / "_build" / ".light")
    shutil.rmtree(little_book / "book" / "_build" / ".doctrees")
    code, output = build(little_book)
    assert code == 0 and site(little_book) == after

    index.write_text(PAGE)
    code, output = build(little_book)
    assert code == 0 and site(little_book) == before


def site(root):
    """The pages, styles and fonts of the built book, each as text."""
    folder = root / "book" / "_build" / "html"
    paths = [path for pattern in ("*.html", "_static/*.css", "_static/fonts/*") for path in folder.glob(pattern)]
    # MyST gives an unnamed equation another id each time.
    uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    return {path.relative_to(folder).as_posix(): uuid.sub("id", path.read_text("latin-1")) for path in paths}


@pytest.mark.slow
def test_formulas_numbers_and_links(little_book):
    code, output = build(little_book, BOOK_REPOSITORY="ada/softmax-book", BOOK_BRANCH="trunk")
    assert code == 0, output
    chapter, index = page(little_book, "chapter.html"), page(little_book, "index.html")
    # The number beside the formula and the reference to it, rendered and linked.
    assert '<span class="eqno">(1.1)' in chapter
    assert 'href="#equation-eq-softmax">(1.1)</a>' in chapter
    # Inline, displayed, aligned, and SymPy's output.
    assert chapter.count('class="katex"') == 5
    # Lines without an environment stay lines.
    assert chapter.count("<mtr>") == 2 + 2 + 1
    assert "eqn-num" not in chapter, "KaTeX numbers equations too"
    # What formulas need comes with formulas only.
    assert "KaTeX_Main-Regular" in chapter and "katex" not in index.lower()
    # A notebook can be opened elsewhere, a page of text cannot.
    binder = "https://mybinder.org/v2/gh/ada/softmax-book/trunk?urlpath=lab/tree/book/chapter.ipynb"
    colab = "https://colab.research.google.com/github/ada/softmax-book/blob/colab/book/chapter.ipynb"
    for link in (binder, colab):
        assert link in chapter and link not in index
    for text in (chapter, index):
        assert 'href="https://github.com/ada/softmax-book"' in text
        assert "executablebooks/jupyter-book" not in text
    # Where it is published follows.
    address = "https://ada.github.io/softmax-book/"
    assert canonical(chapter) == [f"{address}chapter.html"]
    assert canonical(index) == [address]
    assert f"<loc>{address}chapter.html</loc>" in page(little_book, "sitemap.xml")
    lost = page(little_book, "404.html")
    assert f'href="{address}reference/glossary.html"' in lost
    assert "<script" not in lost and "Content-Security-Policy" in lost
    # Lists of links are for those who are here, not for search engines.
    for name in ("genindex.html", "search.html"):
        assert '<meta content="noindex" name="robots"/>' in page(little_book, name)
    for text in (chapter, index):
        assert "noindex" not in text
    # What only scripts make has its style.
    style = page(little_book, "_static/site.css")
    assert ".preview{position:fixed" in style and ".search-place{" in style and "#search-results mark{" in style
    # The search knows an output by the form that the page shows.
    places = page(little_book, "_static/search_places.js")
    assert "[ e^x/(y + 1) ]" in places and "Matrix([[" not in places
    # What a link to an equation leads to comes along.
    assert (
        '<template id="previews"><div data-to="#equation-eq-softmax" aria-label="p_i = e^(a_i)/(Σ_k e^(a_k))"><p><math'
        in chapter
    )

    code, output = build(little_book, BOOK_REPOSITORY="none")
    assert code == 0
    for text in (page(little_book, "chapter.html"), page(little_book, "index.html")):
        assert not any(host in text for host in ("github.com", "mybinder", "colab.research"))
        assert canonical(text) == []
    assert not (little_book / "book" / "_build" / "html" / "sitemap.xml").exists()


def canonical(text):
    """The addresses under which a page says it is published."""
    return [link["href"] for link in BeautifulSoup(text, "html.parser").find_all("link", rel="canonical")]


FAULTS = {
    r"$$ \frac{1}{2 $$": r"KaTeX cannot render ' \\frac{1}{2 '",
    r"$\nosuchcommand{x}$": r"Undefined control sequence: \nosuchcommand",
    "$x € y$": "Unrecognized Unicode character",
    "{eq}`eq:nowhere`": "eq:nowhere",
    "[link](nowhere.md)": "nowhere.md",
}


@pytest.mark.slow
def test_each_fault_fails_the_build(little_book):
    (little_book / "src" / "little.py").write_text("")  # so the chapter's cell fails
    write_chapter(little_book / "book", "\n\n".join(["", *FAULTS, ""]))
    code, output = build(little_book)
    assert code != 0
    warnings = [line for line in output.splitlines() if "WARNING" in line]
    for message in FAULTS.values():
        assert sum(message in line for line in warnings) == 1, f"{message}: {output}"
    assert "has no attribute 'VALUE'" in output


def test_fingerprints_change_with_what_they_stand_for(little_book):
    before = execution_fingerprint(little_book), asset_fingerprint(little_book)
    cache = little_book / "src" / "__pycache__"
    cache.mkdir()
    (cache / "little.pyc").write_bytes(b"0")
    assert (execution_fingerprint(little_book), asset_fingerprint(little_book)) == before

    (little_book / "src" / "script.js").write_text("1")
    assert execution_fingerprint(little_book) == before[0]
    assert asset_fingerprint(little_book) != before[1]

    settings = {"errors": "raise", "frames": 6000}
    after = execution_fingerprint(little_book, settings)
    assert after != before[0] and after == execution_fingerprint(little_book, dict(reversed(settings.items())))

    (little_book / "requirements.txt").write_text("numpy==2\n")
    assert execution_fingerprint(little_book) != before[0]
