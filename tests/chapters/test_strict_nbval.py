"""One execution of a chapter holds all that it stores to what a run gives: each changed cell of a copy must fail."""

import base64
import io
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image

from tools import notebooks, strict_nbval

SETUP = """\
%config InlineBackend.print_figure_kwargs = {"bbox_inches": None}
import io
import matplotlib.pyplot as plt
from IPython.display import HTML, SVG, Image, Latex, display
fig, ax = plt.subplots()
file = io.BytesIO()
fig.savefig(file)
plt.close(fig)"""
TEXT = "print(0.665)\n1 + 1"
PLOT = "fig, ax = plt.subplots()\n_ = ax.plot([1, 2])"
RICH = 'display(HTML("<b>1</b>"), SVG("<svg/>"), Latex("$a$"), Image(file.getvalue(), width=540, alt="a line"))'


def black_pixels(count):
    """A change of a cell's figure: so many of its white pixels turn black."""

    def change(cell):
        data = cell.outputs[0].data
        pixels = np.array(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGBA"))
        assert pixels.shape == (480, 640, 4) and (pixels[2, 2 : 2 + count] == 255).all()
        pixels[2, 2 : 2 + count, :3] = 0
        changed = io.BytesIO()
        Image.fromarray(pixels).save(changed, format="png")
        data["image/png"] = base64.b64encode(changed.getvalue()).decode()

    return change


def data(place, key, value):
    return lambda cell: cell.outputs[place].data.update({key: value})


def shown(**metadata):
    return lambda cell: cell.outputs[3].metadata["image/png"].update(metadata)


#: A cell's source, and how its stored copy is changed after it was executed.
CHANGES = {
    "the printed text": (TEXT, lambda cell: cell.outputs[0].update(text="0.666\n")),
    "a blank at the end": (TEXT, lambda cell: cell.outputs[0].update(text="0.665 \n")),
    "the result": (TEXT, data(1, "text/plain", "3")),
    "no text": (TEXT, lambda cell: cell.outputs.pop(0)),
    "text of the other stream": (TEXT, lambda cell: cell.outputs[0].update(name="stderr")),
    "two pixels": (PLOT, black_pixels(2)),
    "four pixels": (PLOT, black_pixels(4)),
    "no figure": (PLOT, lambda cell: cell.outputs.clear()),
    "a figure twice": (PLOT, lambda cell: cell.outputs.append(cell.outputs[0])),
    "html": (RICH, data(0, "text/html", "<b>2</b>")),
    "a drawing": (RICH, data(1, "image/svg+xml", "<svg></svg>")),
    "a formula": (RICH, data(2, "text/latex", "$b$")),
    "another width": (RICH, shown(width=500)),
    "another alternative text": (RICH, shown(alt="lines")),
    "never executed": (TEXT, lambda cell: cell.update(execution_count=None, outputs=[])),
    "never executed, and nothing shown": ("x = 1", lambda cell: cell.update(execution_count=None)),
    "out of order": ("x = 1", lambda cell: cell.update(execution_count=cell.execution_count - 1)),
    "executed twice": ("x = 1", lambda cell: cell.update(execution_count=cell.execution_count + 1)),
    "a failure": ("x = 1", lambda cell: cell.update(source="1 / 0")),
    "an error that is stored": (
        "x = 1",
        lambda cell: cell.update(
            source="1 / 0\n# NBVAL_RAISES_EXCEPTION",
            outputs=[v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])],
        ),
    ),
    "a comparison left out by a tag": (
        TEXT,
        lambda cell: cell.update(outputs=[], metadata=nbformat.from_dict({"tags": ["nbval-ignore-output"]})),
    ),
    "a cell left out by a tag": ("x = 1", lambda cell: cell.metadata.update(tags=["nbval-skip"])),
}
SAME = {
    "text as it is": (TEXT, lambda cell: None),
    "a figure as it is": (PLOT, lambda cell: None),
    "all kinds as they are": (RICH, lambda cell: None),
    "one pixel, as an edge may have": (PLOT, black_pixels(1)),
}
CELLS = {**CHANGES, **SAME}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each cell, by the name of its change, in one run of pytest."""
    folder = tmp_path_factory.mktemp("changed")
    cells = [v4.new_code_cell(source) for source in [SETUP, *(source for source, _ in CELLS.values())]]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": notebooks.KERNELSPEC})
    with ThreadPoolExecutor(max_workers=1) as pool:  # Playwright keeps an event loop in the main thread
        stored = pool.submit(notebooks.execute, notebook, folder).result()
    for cell, (_, change) in zip(stored.cells[1:], CELLS.values(), strict=True):
        change(cell)
    nbformat.write(stored, folder / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "-vv", "--color=no", "-p", "no:cacheprovider", "-c", os.devnull]
    command += ["-p", strict_nbval.__name__, "--nbval", "--nbval-current-env", "--rootdir", folder, folder]
    run = subprocess.run(command, cwd=notebooks.ROOT, text=True, capture_output=True, timeout=600, check=False)
    found = dict(re.findall(r"::Cell (\d+) ([A-Z]+) ", run.stdout))
    assert found.keys() == {str(number) for number in range(len(cells))} and found["0"] == "PASSED", run.stdout
    return {name: found[str(number)] for number, name in enumerate(CELLS, start=1)}


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_changed_cells_fail_and_others_pass(outcomes, name):
    assert outcomes[name] == ("FAILED" if name in CHANGES else "PASSED")


def test_it_is_switched_on(request):
    assert request.config.pluginmanager.has_plugin(strict_nbval.__name__)
    assert request.config.option.nbval and not request.config.option.nbval_sanitize_with
