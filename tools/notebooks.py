"""What holds for every chapter: where it is, how it is executed, what it may store.

A chapter is committed with its outputs, executed once from top to bottom. `make execute` stores
them; the tests execute each chapter again and compare.
"""

import base64
import io
import os
import re
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
TIMEOUT = 1800  # seconds for one cell

# Root mean square over all pixels and channels (0 to 255) up to which two figures are the same:
# room for the last bit of an antialiased edge, not for four pixels that turn from white to black
# (0.80) in a figure of matplotlib's default size.
FIGURE_TOLERANCE = 0.5

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# What an output must not hold, as it differs from run to run or from machine to machine.
VOLATILE = {
    "a path of one machine": re.compile(
        r"(?:^|[\s'\"(<=:])(?:/(?:tmp|home|root|Users|usr|var|opt|private|work)/[\w.-]"
        r"|[A-Za-z]:\\\\?(?:Users|Windows|Program))"
    ),
    "the path of a temporary file of a kernel": re.compile(r"ipykernel_\d+"),
    "the address of an object": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "a measured time": re.compile(r"(?:CPU times|Wall time|\bper loop\b|\d\s*(?:ns|µs|us|ms|s)\s*±)"),
}


def chapters():
    """The paths of the book's notebooks, in order."""
    found = (path for path in BOOK.rglob("*.ipynb") if "_build" not in path.parts)
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def read(path):
    return nbformat.read(path, as_version=4)


def execute(notebook, folder):
    """Execute a copy of the notebook in a fresh, live kernel and return it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    folder : pathlib.Path
        Where the kernel runs: the notebook's own folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    fresh = nbformat.from_dict(notebook)
    for cell in code_cells(fresh):
        cell.outputs, cell.execution_count = [], None
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    client = NotebookClient(
        fresh,
        timeout=TIMEOUT,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment)
    return fresh


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# The guard ----------------------------------------------------------------------------------------


def problems(notebook):
    """Say what keeps a stored notebook from being one clean run, as a list of sentences.

    nbval compares the outputs that a notebook holds, so one that was never executed passes it.
    """
    found = []
    count = 0
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        count += bool(cell.source.strip())
        found += [f"cell {number}: {problem}" for problem in order_problems(cell, count) + cell_problems(cell)]
    found += notebook_problems(notebook)
    return found


def order_problems(cell, count):
    """Say how a code cell was executed otherwise than as number `count`."""
    if not cell.source.strip():
        return ["is empty"]
    if cell.execution_count is None:
        return ["was not executed"]
    if cell.execution_count != count:
        return [f"was executed as number {cell.execution_count}, not {count}"]
    return []


def notebook_problems(notebook):
    found = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("its kernel is not python3")
    if "widgets" in notebook.metadata:
        found.append("stores the state of widgets")
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) != len(ids):
        found.append("has cells without an id of their own")
    return found


def cell_problems(cell):
    found = []
    if cell.source.rstrip().endswith(";"):
        found.append("ends in a semicolon, which nbval does not heed: assign the value to _ instead")
    if re.search(r"#\s*(?:NBVAL_|PYTEST_VALIDATE_)", cell.source):
        found.append("asks nbval not to compare its output")
    tags = {tag.lower().replace("_", "-") for tag in cell.metadata.get("tags", [])}
    if skipped := {tag for tag in tags if tag.startswith("nbval") or tag == "skip-execution"}:
        found.append(f"has the tag {min(skipped)}")
    for output in cell.outputs:
        found += output_problems(output)
    return found


def output_problems(output):
    if output.output_type == "error":
        return [f"holds an error, {output.ename}: {output.evalue}"]
    if output.output_type == "stream":
        if output.name == "stderr":
            return [f"wrote to stderr: {output.text.strip()[:200]}"]
        texts = [output.text]
    else:
        if WIDGET_VIEW in output.data:
            return ["stores a widget, which no page can show"]
        texts = [
            text if isinstance(text, str) else repr(text)
            for mime, text in output.data.items()
            if not mime.startswith("image/") or mime == "image/svg+xml"
        ]
    return [
        f"shows {what}: {match[0].strip()!r}"
        for text in texts
        for what, pattern in VOLATILE.items()
        if (match := pattern.search(text))
    ]


# Figures ------------------------------------------------------------------------------------------


def figures(cell):
    """The figures that a code cell shows: each PNG file's bytes, and the width and alternative text given to it."""
    return [
        (base64.b64decode(output.data["image/png"]), output.get("metadata", {}).get("image/png", {}))
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def figure_distance(one, other):
    """The root mean square difference of two PNG files, infinite if their sizes differ."""
    one, other = (np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), float) for png in (one, other))
    if one.shape != other.shape:
        return float("inf")
    return float(np.sqrt(np.mean((one - other) ** 2)))


def figure_problems(stored, fresh):
    """Say how the figures of a stored cell differ from those of a fresh run."""
    before, after = figures(stored), figures(fresh)
    if len(before) != len(after):
        return [f"stores {len(before)} figures, a run shows {len(after)}"]
    found = []
    for number, ((one, shown), (other, now_shown)) in enumerate(zip(before, after, strict=True)):
        if (distance := figure_distance(one, other)) > FIGURE_TOLERANCE:
            found.append(f"figure {number}: differs, RMS {distance:.2f} of 255")
        if shown != now_shown:
            found.append(f"figure {number}: is stored with {shown}, a run shows it with {now_shown}")
    return found
