"""A release's checks, its notes and its archive (tools/release.py)."""

import re
import zipfile

import pytest
import yaml

from tools import release
from tools.notebooks import ROOT

PROJECT = '[project]\nname = "book"\nversion = "1.2.3"\n'
CITATION = "cff-version: 1.2.0\nversion: 1.2.3\ndate-released: 2026-01-31\n"
CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-31\n\n### Added\n\n- A page.\n\n## 1.2.2\n\n- Old.\n"


@pytest.fixture
def tree(tmp_path):
    """A tree that is ready for v1.2.3."""
    for name, text in [("pyproject.toml", PROJECT), ("CITATION.cff", CITATION), ("CHANGELOG.md", CHANGELOG)]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_tree_that_is_ready_has_no_problems(tree):
    assert release.problems(tree, "v1.2.3") == []


@pytest.mark.parametrize(
    "name, old, new, problem",
    [
        ("pyproject.toml", "1.2.3", "1.2.2", "pyproject.toml says version 1.2.2"),
        ("CITATION.cff", "version: 1.2.3", "version: 1.0", "CITATION.cff says version 1.0"),
        ("CITATION.cff", "date-released", "date", "no date-released"),
        ("CHANGELOG.md", "## 1.2.3", "## 1.2.4", "nothing under the heading ## 1.2.3"),
        ("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n- More.\n", "under Unreleased"),
    ],
)
def test_each_gap_is_named(tree, name, old, new, problem):
    text = (tree / name).read_text(encoding="utf-8")
    (tree / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    [found] = release.problems(tree, "v1.2.3")
    assert problem in found


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3-final", "v1.2.3; true", ""])
def test_other_tags_are_refused(tag):
    with pytest.raises(ValueError, match="tag must be v and a version"):
        release.version_of(tag)


@pytest.mark.parametrize("heading", ["1.2.3", "[1.2.3]", "[1.2.3] - 2026-01-31"])
def test_notes_are_the_versions_own(heading):
    text = CHANGELOG.replace("1.2.3 - 2026-01-31", heading)
    assert release.notes(text, "1.2.3") == "### Added\n\n- A page."
    assert release.notes(text, "1.2") == ""


def test_the_archive_holds_the_site_and_is_the_same_each_time(tmp_path):
    site = tmp_path / "html"
    (site / "chapters").mkdir(parents=True)
    (site / "index.html").write_text("start", encoding="utf-8")
    (site / "chapters" / "01.html").write_text("one", encoding="utf-8")
    first = release.pack(site, tmp_path / "one", "1.2.3")
    second = release.pack(site, tmp_path / "two", "1.2.3")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        top = "softmax-book-1.2.3-site"
        assert archive.namelist() == [f"{top}/chapters/01.html", f"{top}/index.html"]
        assert archive.read(f"{top}/index.html") == b"start"


def test_an_unbuilt_book_is_not_packed(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        release.pack(tmp_path, tmp_path, "1.2.3")


def test_our_own_files_agree_on_the_version():
    project = re.search(r'(?m)^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    found = release.problems(ROOT, f"v{project}")
    assert not [problem for problem in found if "says version" in problem]


def test_the_citation_says_what_an_archive_with_a_doi_asks_for():
    """The keys that the format requires, and those that Zenodo makes its record of."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    required = {"cff-version", "message", "title", "authors"}
    assert required | {"version", "license", "abstract", "keywords", "type"} <= set(citation)
    assert citation["authors"] and all(author for author in citation["authors"])
