"""The chapters as they are stored: one clean run each, and the figures that a new run gives.

nbval, which pytest.ini options switch on, compares texts and formulas, but no figure, and passes a
notebook that was never executed. These tests do what it leaves out.
"""

import base64
import copy
import io
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest
import yaml
from PIL import Image

from tools import execute, notebooks

CHAPTERS = pytest.mark.parametrize(
    "path", notebooks.chapters(), ids=lambda path: path.relative_to(notebooks.BOOK).as_posix()
)


def in_thread(function, *arguments):
    """Call a function in a thread of its own: Playwright keeps an event loop in the main one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(function, *arguments).result()


@CHAPTERS
def test_stored_notebook_is_one_clean_run(path):
    assert not notebooks.problems(notebooks.read(path))


@CHAPTERS
def test_stored_figures_are_what_a_run_shows(path):
    stored = notebooks.read(path)
    fresh = in_thread(notebooks.execute, stored, path.parent)
    assert not notebooks.figure_problems(stored, fresh)


def test_every_notebook_is_in_the_contents():
    contents = yaml.safe_load((notebooks.BOOK / "_toc.yml").read_text(encoding="utf-8"))

    def entries(item):
        if isinstance(item, dict):
            yield from (str(item[key]) for key in ("root", "file") if key in item)
            item = list(item.values())
        if isinstance(item, list):
            for part in item:
                yield from entries(part)

    listed = {entry.removesuffix(".ipynb").removesuffix(".md") for entry in entries(contents)}
    stored = {path.relative_to(notebooks.BOOK).with_suffix("").as_posix() for path in notebooks.chapters()}
    assert stored <= listed


# The guard itself ---------------------------------------------------------------------------------


def png(values):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(file, format="png")
    return base64.b64encode(file.getvalue()).decode()


WHITE = np.full((480, 640, 3), 255)


def clean():
    """A notebook with nothing to complain of."""
    v4 = nbformat.v4
    shown = v4.new_output("display_data", {"image/png": png(WHITE), "text/plain": "<Figure>"})
    printed = v4.new_output("stream", name="stdout", text="0.665\n")
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Title"),
            v4.new_code_cell("print(0.665)", execution_count=1, outputs=[printed]),
            v4.new_code_cell("show()", execution_count=2, outputs=[shown]),
        ],
        metadata={"kernelspec": notebooks.KERNELSPEC},
    )


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def result(data):
    return nbformat.v4.new_output("execute_result", data, execution_count=1)


FAULTS = {
    "was not executed": lambda nb: nb.cells[1].update(execution_count=None, outputs=[]),
    "as number 5, not 2": lambda nb: nb.cells[2].update(execution_count=5),
    "as number 2, not 1": lambda nb: nb.cells.insert(1, nb.cells.pop(2)),
    "is empty": lambda nb: nb.cells[1].update(source=" "),
    "holds an error": lambda nb: nb.cells[1].outputs.append(
        nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    ),
    "wrote to stderr": lambda nb: nb.cells[1].outputs.append(stream("careful\n", "stderr")),
    "a path": lambda nb: nb.cells[1].outputs.append(stream("saved to /home/ada/plot.png\n")),
    "a temporary file": lambda nb: nb.cells[1].outputs.append(stream("in ipykernel_1234\n")),
    "the address": lambda nb: nb.cells[1].outputs.append(result({"text/plain": "<object object at 0x7f3a5c0b1e40>"})),
    "a measured time": lambda nb: nb.cells[1].outputs.append(stream("1.2 ms ± 3 µs per loop\n")),
    "stores a widget": lambda nb: nb.cells[1].outputs.append(
        result({notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "slider"})
    ),
    "state of widgets": lambda nb: nb.metadata.update(widgets={}),
    "kernel is not python3": lambda nb: nb.metadata.update(kernelspec={"name": "mine"}),
    "ends in a semicolon": lambda nb: nb.cells[1].update(source="np.exp(0.0);"),
    "asks nbval": lambda nb: nb.cells[1].update(source="# NBVAL_IGNORE_OUTPUT\nprint(1)"),
    "has the tag": lambda nb: nb.cells[1].metadata.update(tags=["nbval-skip"]),
    "without an id": lambda nb: nb.cells[2].update(id=nb.cells[1].id),
}


def test_guard_accepts_a_clean_notebook():
    assert notebooks.problems(clean()) == []


@pytest.mark.parametrize("message", FAULTS)
def test_guard_rejects(message):
    notebook = clean()
    FAULTS[message](notebook)
    assert any(message in problem for problem in notebooks.problems(notebook))


@pytest.mark.parametrize("text", ["ratio 0.5 / 0.25", "x in (0, 1)", "s = 3", "1/2", "0xff"])
def test_guard_lets_ordinary_output_pass(text):
    notebook = clean()
    notebook.cells[1].outputs.append(stream(text))
    assert notebooks.problems(notebook) == []


def with_figure(pixels):
    notebook = clean()
    notebook.cells[2].outputs[0].data["image/png"] = png(pixels)
    return notebook


def test_figures_that_look_the_same_agree():
    other = WHITE.copy()
    other[:, ::50] -= 1  # the last bit of some pixels
    assert notebooks.figure_problems(clean(), with_figure(other)) == []


def test_changed_figure_is_reported_with_its_cell():
    other = WHITE.copy()
    other[100:103, 200:203] = 0  # nine pixels
    [problem] = notebooks.figure_problems(clean(), with_figure(other))
    assert problem.startswith("cell 2, figure 0: differs")


def test_figure_of_another_size_is_reported():
    [problem] = notebooks.figure_problems(clean(), with_figure(WHITE[1:]))
    assert "differs" in problem


def test_missing_and_added_figures_are_reported():
    bare = clean()
    bare.cells[2].outputs = []
    assert "stores 1 figures, a run shows 0" in notebooks.figure_problems(clean(), bare)[0]
    assert "stores 0 figures, a run shows 1" in notebooks.figure_problems(bare, clean())[0]


def test_storing_a_run_twice_changes_nothing(tmp_path):
    """What `make execute` stores is the same text however often it runs."""
    v4 = nbformat.v4
    source = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n_ = ax.plot([1, 2])"
    cells = [v4.new_code_cell("print({1: 'a'})"), v4.new_code_cell(source)]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    texts = []
    for _ in range(2):
        text, found = in_thread(execute.run, path)
        assert found == []
        path.write_text(text, encoding="utf-8")
        texts.append(text)
    assert texts[0] == texts[1]
    stored = notebooks.read(path)
    assert len(notebooks.figures(stored)[1]) == 1
    assert [cell.id for cell in stored.cells] == [cell.id for cell in cells]


def test_stored_widget_becomes_its_picture():
    """A live slider shows a widget and, for those who cannot run it, a picture: that is stored."""
    live = clean()
    live.cells[2].outputs[0].data[notebooks.WIDGET_VIEW] = {"model_id": "1"}
    stored = copy.deepcopy(live)
    execute.normalise(stored)
    assert set(stored.cells[2].outputs[0].data) == {"image/png", "text/plain"}
    assert notebooks.figure_problems(stored, live) == []
    assert notebooks.problems(stored) == []
