"""A change in anything that a page depends on changes its fingerprint, and a change in anything else does not."""

import sys

import pytest

from tools import fingerprint

EXECUTION, ASSETS = fingerprint.execution_fingerprint, fingerprint.asset_fingerprint
#: What chapters are executed with, and what pages hold or link to.
CODE = ["requirements.txt", "src/package/code.py", "src/package/data/digits.csv.gz"]
PAGES = [
    "src/package/script.js",
    "src/package/style.css",
    "book/_static/book.css",
    "book/_vendor/katex/katex.css",
    "book/_extensions/site.py",
    "book/logo.svg",
    "tools/launch.py",
]
NEITHER = [
    "src/package/__pycache__/code.pyc",
    "src/book.egg-info/PKG-INFO",
    "src/package/.ipynb_checkpoints/code.py",
    "book/chapters/01.ipynb",
    "book/_build/index.html",
    "README.md",
    "tools/execute.py",
]


@pytest.fixture
def root(tmp_path):
    for name in (*CODE, *PAGES, *NEITHER):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", [*CODE, *PAGES, *NEITHER])
def test_a_changed_file_changes_its_fingerprint_alone(root, name):
    before = EXECUTION(root), ASSETS(root)
    (root / name).write_text("changed")
    after = EXECUTION(root), ASSETS(root)
    assert [old != new for old, new in zip(before, after, strict=True)] == [name in CODE, name in PAGES]


@pytest.mark.parametrize("name", [*CODE, *PAGES, *NEITHER])
def test_changed_code_of_an_extension_reads_pages_again(root, name):
    before = fingerprint.reading_fingerprint(root)
    (root / name).write_text("changed")
    assert (fingerprint.reading_fingerprint(root) != before) == (name == "book/_extensions/site.py")


@pytest.mark.parametrize("name", ["src/package/code.py", "src/package/script.js"])
def test_another_name_and_another_place_of_the_same_text_are_changes(root, name):
    which = EXECUTION if name in CODE else ASSETS
    before, path = which(root), root / name
    renamed = path.rename(path.with_stem("renamed"))
    assert which(root) != before
    renamed.rename(path)
    assert which(root) == before
    path.unlink()
    assert which(root) != before


def test_texts_cannot_be_moved_from_one_file_to_the_next(root):
    one, other = root / "src/package/a.py", root / "src/package/b.py"
    found = set()
    for texts in [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")]:
        one.write_text(texts[0])
        other.write_text(texts[1])
        found.add(EXECUTION(root))
    assert len(found) == 4


@pytest.mark.parametrize("version", [(3, 11, 8), (3, 12, 7), (4, 11, 7)])
def test_another_python_executes_chapters_again(root, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", (3, 11, 7, "final", 0))
    before = EXECUTION(root), ASSETS(root)
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    assert EXECUTION(root) != before[0] and ASSETS(root) == before[1]


def test_it_is_short_and_the_same_in_another_folder(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "book"
    elsewhere.symlink_to(root)
    for which in (EXECUTION, ASSETS):
        assert len(which(root)) == 16 and int(which(root), 16) >= 0
        assert which(elsewhere) == which(root)
