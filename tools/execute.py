"""Execute chapters in place and store outputs that are the same whenever nothing has changed.

Run as ``make execute``, or ``python -m tools.execute book/chapters/01_*.ipynb`` for some of them.
"""

import base64
import sys
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from tools import notebooks


def main(arguments):
    paths = [Path(argument).resolve() for argument in arguments] or notebooks.chapters()
    failed = False
    for path in paths:
        name = path.relative_to(notebooks.ROOT)
        print(f"{name}: executing", flush=True)
        try:
            text, found = run(path)
        except CellExecutionError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        changed = text != path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {'outputs stored' if changed else 'nothing changed'}")
        for problem in found:
            print(f"{name}: {problem}", file=sys.stderr)
        failed = failed or bool(found)
    return int(failed)


def run(path):
    """Return the executed notebook's text and what the guard finds in it."""
    stored = notebooks.read(path)
    # Empty cells at the end are left by editors.
    while stored.cells and not stored.cells[-1].source.strip():
        stored.cells.pop()
    fresh = notebooks.execute(stored, path.parent)
    normalise(fresh)
    keep_equal_figures(stored, fresh)
    return nbformat.writes(fresh).rstrip("\n") + "\n", notebooks.problems(fresh)


def normalise(notebook):
    """Drop what differs between runs or machines and says nothing about the result."""
    notebook.metadata = nbformat.from_dict({"kernelspec": notebooks.KERNELSPEC, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        kept = {key: cell.metadata[key] for key in ("mystnb", "slideshow") if key in cell.metadata}
        cell.metadata = nbformat.from_dict({**kept, **({"tags": tags} if tags else {})})
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data.pop(notebooks.WIDGET_VIEW, None)
                picture = output.metadata.get("image/png")  # its size on the page, its alt text
                output.metadata = nbformat.from_dict({"image/png": picture} if picture else {})
                output.pop("transient", None)


def keep_equal_figures(stored, fresh):
    """Keep a stored figure's bytes where the new one looks the same, so that git sees no change."""
    for before, after in zip(stored.cells, fresh.cells, strict=True):
        old, new = ([png for png, _ in notebooks.figures(cell)] for cell in (before, after))
        equal = len(old) == len(new) and all(
            notebooks.figure_distance(one, other) <= notebooks.FIGURE_TOLERANCE
            for one, other in zip(old, new, strict=True)
        )
        if equal:
            shown = [output for output in after.get("outputs", []) if "image/png" in output.get("data", {})]
            for output, png in zip(shown, old, strict=True):
                output.data["image/png"] = base64.b64encode(png).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
