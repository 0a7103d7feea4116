"""Chapters that are taken out of the book: from the download button, in Binder, on Colab (tools/plain.py)."""

import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from tools import launch, notebooks, plain

FORK = launch.Repository("ada", "softmax-book", "main")
SITE = "https://ada.github.io/softmax-book/"
SPHINX_ONLY = re.compile(r"\{[a-z:]+\}`|\$\$ \(|^\([\w-]+\)=$|^:::", flags=re.MULTILINE)


def texts(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_a_copy_holds_nothing_that_only_sphinx_understands(path):
    folder = path.parent.relative_to(notebooks.BOOK).as_posix()
    copied = plain.plain(notebooks.read(path), SITE, folder, plain.install_cell(FORK))
    nbformat.validate(copied)
    for text in texts(copied):
        assert not SPHINX_ONLY.search(text)
        for target in re.findall(r"\]\(([^()\s]+)\)", text):
            assert target.startswith(("https://", "http://", "#")), target


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_a_copy_links_to_pages_that_the_site_has(path):
    folder = path.parent.relative_to(notebooks.BOOK).as_posix()
    for text in texts(plain.plain(notebooks.read(path), SITE, folder)):
        for page in re.findall(rf"\]\({SITE}([^()#\s]+)\.html", text):
            assert any((notebooks.BOOK / page).with_suffix(end).is_file() for end in (".ipynb", ".md")), page


def test_equations_and_citations_read_as_on_the_page():
    own = {"eq-here": 3}
    assert plain.plain_text("$$\nx\n$$ (eq-here)\nsee {eq}`eq-here`", own) == "$$\nx\n\\tag{3}\n$$\nsee (3)"
    [(label, (number, chapter))] = [pair for pair in plain.equations().items() if pair[0] == "eq-collapse"]
    assert plain.plain_text(f"{{eq}}`{label}`", own) == f"({number}) of chapter {chapter}" and chapter == 5
    assert plain.plain_text("{cite:t}`dahal2017`", own) == "[Dahal (2017)](https://deepnotes.io/softmax-crossentropy)"
    assert plain.plain_text("{cite}`dahal2017,cs231n-linear`", own) == (
        "([Dahal, 2017](https://deepnotes.io/softmax-crossentropy); "
        "[Karpathy et al., 2016](https://cs231n.github.io/linear-classify/))"
    )


def test_an_unknown_source_is_an_error():
    with pytest.raises(KeyError):
        plain.plain_text("{cite}`nobody1900`", {})


def test_folded_cells_are_folded_and_nothing_else_of_the_code_changes():
    [path] = notebooks.BOOK.glob("chapters/02_*.ipynb")
    original = notebooks.read(path)
    copied = plain.plain(original)
    before, after = notebooks.code_cells(original), notebooks.code_cells(copied)
    assert [cell.source for cell in before] == [cell.source for cell in after]
    assert [cell.outputs for cell in before] == [cell.outputs for cell in after]
    hidden = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in after]
    assert hidden == [bool({"hide-input", "hide-cell"} & set(cell.metadata.get("tags", []))) for cell in before]
    assert any(hidden) and not all(hidden)


def test_without_a_repository_the_copy_says_what_to_install():
    cell = plain.install_cell(None)
    assert cell.cell_type == "markdown" and "pip install" in cell.source


def test_the_sites_download_buttons_give_the_copies(site_dir):
    for path in notebooks.chapters():
        place = path.relative_to(notebooks.BOOK)
        page = (site_dir / place).with_suffix(".html").read_text(encoding="utf-8")
        target = f'href="../_sources/{place.as_posix()}"'
        assert target in page
        downloaded = notebooks.read(site_dir / "_sources" / place)
        assert downloaded.cells[0].id == plain.INSTALL_ID
        assert not any(SPHINX_ONLY.search(text) for text in texts(downloaded))


# Run by itself ------------------------------------------------------------------------------------

PACKAGES = [path.parent.name for path in sorted(notebooks.ROOT.glob("src/*/__init__.py"))]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the project's packages as a wheel installs them; the rest is the environment's."""
    folder = tmp_path_factory.mktemp("installed")
    # A copy of the sources, as building leaves a folder behind that a later build would pack as well.
    sources = folder / "sources"
    shutil.copytree(notebooks.ROOT / "src", sources / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(notebooks.ROOT / name, sources)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(sources)]
    subprocess.run(wheel, check=True)
    [built] = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", f"--target={folder / 'packages'}", str(built)], check=True)
    return folder / "packages"


@pytest.mark.slow
@pytest.mark.parametrize("number", ["02", pytest.param("09", marks=pytest.mark.sweep)])  # 9 trains for a minute
def test_a_downloaded_chapter_runs_in_an_empty_folder_with_the_installed_package(
    number, installed, tmp_path, monkeypatch
):
    """The install line itself needs another host: what it installs stands in `installed`."""
    [path] = notebooks.BOOK.glob(f"chapters/{number}_*.ipynb")
    copied = plain.plain(notebooks.read(path), SITE, first=plain.install_cell(FORK))
    assert copied.cells[0].source.endswith(plain.install_line(FORK))
    copied.cells[0].source = "pass"
    check = (
        f"import sys\nfrom pathlib import Path\nfor name in {PACKAGES!r}:\n    if name in sys.modules:\n"
        f"        place = Path(sys.modules[name].__file__)\n"
        f"        assert place.is_relative_to({str(installed)!r}), place\nprint('as installed')"
    )
    copied.cells.append(nbformat.v4.new_code_cell(check))
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert not list(tmp_path.iterdir())
    executed = notebooks.execute(copied, tmp_path)
    assert executed.cells[-1].outputs[0].text == "as installed\n"
