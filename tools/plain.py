"""Copies of the chapters for whoever has the notebook alone: from the site's download button, in Binder, on Colab.

Jupyter knows nothing of Sphinx. In a copy the citations are names with links, equations carry their numbers, links
lead to the site, and the cells that the site folds are folded too. On top stands the line that installs the code.
(The extension jupyterlab-myst would number equations as well, but loses the folded solutions and marks every
citation as an error.)

``python -m tools.plain`` rewrites the chapters where they are: Binder's `postBuild` runs it. Nothing else should.
"""

import copy
import posixpath
import re
import sys
from functools import lru_cache
from pathlib import Path

import nbformat
from pybtex.database import parse_file

from tools import notebooks
from tools.launch import find_address, find_repository

INSTALL_ID = "install-the-code"
FOLDED = {"hide-input", "hide-cell"}  # what the site folds

ROLE = re.compile(r"\{(cite|cite:p|cite:t|eq)\}`([^`]+)`")
LABEL = re.compile(r"\n?\$\$ \(([\w:-]+)\)")
LINK = re.compile(r"\]\((?!\w+:)([^()\s#]*?)\.(?:ipynb|md)(#[^()\s]*)?\)")


# Equations and citations --------------------------------------------------------------------------


def labels(notebook):
    """The labels of a notebook's equations, each with its number on the page."""
    found = [label for cell in notebook.cells if cell.cell_type == "markdown" for label in LABEL.findall(cell.source)]
    return {label: number for number, label in enumerate(found, start=1)}


@lru_cache
def equations():
    """The number of each labelled equation of the book, and the number of its chapter."""
    return {
        label: (number, int(path.name[:2]))
        for path in notebooks.chapters()
        if path.name[:2].isdigit()
        for label, number in labels(notebooks.read(path)).items()
    }


@lru_cache
def references():
    return parse_file(notebooks.BOOK / "references.bib").entries


def cited(key):
    """The names, the year and the address of a source."""
    entry = references()[key]
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join(person.prelast_names + person.last_names) for person in people]
    others = len(names) > 2 or names[-1:] == ["others"]
    shown = f"{names[0]} et al." if others else " and ".join(names)
    address = f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else entry.fields.get("url", "")
    return re.sub(r"[{}]", "", shown), entry.fields.get("year", ""), address


def citation(role, keys):
    """A citation in Markdown: "[Goldberg, 1991](...)" in brackets, or with `cite:t` as part of the sentence."""
    parts = []
    for key in keys.split(","):
        names, year, address = cited(key.strip())
        label = f"{names} ({year})" if role == "cite:t" else f"{names}, {year}"
        parts.append(f"[{label}]({address})" if address else label)
    return ", ".join(parts) if role == "cite:t" else f"({'; '.join(parts)})"


def plain_text(source, own, address=None, folder="chapters"):
    r"""Markdown that Jupyter understands, of a chapter's.

    Parameters
    ----------
    source : str
    own : dict
        The numbers of the notebook's own equations, by label.
    address : str, optional
        Where the site is: links to other pages lead there. Without one they stay as they are.
    folder : str
        The page's own, below the site's.

    >>> plain_text("From {eq}`eq-a`:\n$$\nx\n$$ (eq-a)", {"eq-a": 1})
    'From (1):\n$$\nx\n\\tag{1}\n$$'
    """

    def role(match):
        kind, content = match.groups()
        if kind != "eq":
            return citation(kind, content)
        if content in own:
            return f"({own[content]})"
        number, chapter = equations()[content]
        return f"({number}) of chapter {chapter}"

    source = ROLE.sub(role, LABEL.sub(lambda match: f"\n\\tag{{{own[match[1]]}}}\n$$", source))
    if address is None:
        return source

    def link(match):
        page, anchor = match.groups()
        return f"]({address}{posixpath.normpath(posixpath.join(folder, page))}.html{anchor or ''})"

    return LINK.sub(link, source)


# Copies -------------------------------------------------------------------------------------------


def install_line(repository, extras="[book]"):
    """The line that installs the chapters' code in a notebook, with all that they import; git is not needed for it."""
    archive = f"{repository.url}/archive/refs/heads/{repository.branch}.zip"
    return f'%pip install --quiet "softmax-book{extras} @ {archive}"'


def install_cell(repository, extras="[book]", why="# Once: the code of the book, and all that this chapter imports."):
    """The cell that a copy begins with; where no repository is known, one that says what to do."""
    if repository is None:
        text = (
            "This chapter needs the book's code: `pip install \".[book]\"` in the folder of the book's sources "
            "installs it."
        )
        return nbformat.v4.new_markdown_cell(text, id=INSTALL_ID)
    return nbformat.v4.new_code_cell(f"{why}\n{install_line(repository, extras)}", id=INSTALL_ID)


def plain(notebook, address=None, folder="chapters", first=None):
    """A copy of a notebook that needs no Sphinx, with the cell `first` on top if one is given."""
    changed = copy.deepcopy(notebook)
    own = labels(notebook)
    for cell in changed.cells:
        if cell.cell_type == "markdown":
            cell.source = plain_text(cell.source, own, address, folder)
        elif FOLDED & set(cell.metadata.get("tags", [])):
            cell.metadata["jupyter"] = {**cell.metadata.get("jupyter", {}), "source_hidden": True}
    if first is not None:
        changed.cells.insert(0, first)
    return changed


def write_downloads(folder):
    """Write what the site's download buttons give into `folder`, in place of the notebooks there; return the paths."""
    repository = find_repository(notebooks.ROOT)
    address = find_address(repository)
    paths = []
    for path in notebooks.chapters():
        place = path.relative_to(notebooks.BOOK)
        if (target := folder / place).is_file():
            copied = plain(notebooks.read(path), address, place.parent.as_posix(), install_cell(repository))
            nbformat.write(copied, target)
            paths.append(target)
    return paths


def main(arguments):
    if arguments:
        return "usage: python -m tools.plain"
    for path in notebooks.chapters():
        nbformat.write(plain(notebooks.read(path)), path)
        print(Path(path).relative_to(notebooks.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
