"""Write copies of the chapters that install this repository's code first, for Google Colab.

Colab opens a notebook from GitHub but brings nothing else of the repository. The deploy workflow
puts these copies on the branch `colab`, where the book's Colab links point:
``python -m tools.colab FOLDER``.
"""

import sys
from pathlib import Path

import nbformat

from tools import notebooks
from tools.launch import COLAB_BRANCH, find_address, find_repository
from tools.plain import install_cell, plain

# NumPy is all that the packages require. Colab has the rest, and its sliders need its own ipywidgets, so no extra is
# asked for.
WHY = "# Colab has NumPy, matplotlib, SymPy and ipywidgets, but not this book's own code."

README = """\
Copies of the chapters for Google Colab, written by the workflow that publishes the book. Each
begins with a cell that installs the code of <{url}>, where the book itself is.
"""


def write_copies(folder, repository):
    """Write a copy of every chapter below `folder`, at the path that it has in the repository."""
    paths = []
    for path in notebooks.chapters():
        target = folder / path.relative_to(notebooks.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        place = path.relative_to(notebooks.BOOK).parent.as_posix()
        first = install_cell(repository, extras="", why=WHY)
        nbformat.write(plain(notebooks.read(path), find_address(repository), place, first), target)
        paths.append(target)
    (folder / "README.md").write_text(README.format(url=repository.url), encoding="utf-8")
    return paths


def main(arguments):
    if len(arguments) != 1:
        return "usage: python -m tools.colab FOLDER"
    repository = find_repository(notebooks.ROOT)
    if repository is None:
        return "no GitHub repository is known: set BOOK_REPOSITORY or the git remote origin"
    paths = write_copies(Path(arguments[0]), repository)
    print(f"{len(paths)} notebooks for the branch {COLAB_BRANCH} of {repository.url}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
