"""The chapters as they are stored: one clean run each, and in the contents. nbval executes them, see `test_strict_nbval`."""

import nbformat
import pytest
import yaml

from tools import notebooks


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.relative_to(notebooks.BOOK).as_posix())
def test_stored_notebook_is_one_clean_run(path):
    assert not notebooks.problems(notebooks.read(path))


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


def clean():
    """A notebook with nothing to complain of."""
    v4 = nbformat.v4
    shown = v4.new_output("display_data", {"text/plain": "<Figure>"})
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
    "cell 1: was not executed": lambda nb: nb.cells[1].update(execution_count=None, outputs=[]),
    "cell 2: was executed as number 5, not 2": lambda nb: nb.cells[2].update(execution_count=5),
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
