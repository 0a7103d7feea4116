"""`make execute`: what it stores of a run, and when it says that something is wrong. And which figures are the same."""

import base64
import copy
import io
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image

from tools import execute, notebooks


def in_thread(function, *arguments):
    """Call a function in a thread of its own: Playwright keeps an event loop in the main one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(function, *arguments).result()


def png(values):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(file, format="png")
    return base64.b64encode(file.getvalue()).decode()


WHITE = np.full((480, 640, 3), 255)


def shows(*pictures, **metadata):
    """A cell that shows these pictures."""
    outputs = [
        v4.new_output("display_data", {"image/png": png(pixels), "text/plain": "<Figure>"}, metadata=metadata)
        for pixels in pictures
    ]
    return v4.new_code_cell("show()", execution_count=1, outputs=outputs)


def black(count):
    """A white picture with so many black pixels."""
    pixels = WHITE.copy()
    pixels[100, 200 : 200 + count] = 0
    return pixels


# Figures ------------------------------------------------------------------------------------------


def test_figures_that_look_the_same_agree():
    other = WHITE.copy()
    other[:, ::50] -= 1  # the last bit of some pixels
    assert notebooks.figure_problems(shows(WHITE), shows(other)) == []


@pytest.mark.parametrize("pixels", [2, 4])
def test_two_black_pixels_are_seen(pixels):
    """Their distance is 255 sqrt(pixels x 3 / (640 x 480 x 4)): .56 for two of them, .80 for four."""
    distance = 255 * np.sqrt(pixels * 3 / (640 * 480 * 4))
    [problem] = notebooks.figure_problems(shows(WHITE, WHITE), shows(WHITE, black(pixels)))
    assert problem == f"figure 1: differs, RMS {distance:.2f} of 255"


def test_one_black_pixel_may_be_an_edge():
    assert notebooks.figure_problems(shows(WHITE), shows(black(1))) == []


def test_transparency_counts():
    clear = np.dstack([WHITE, np.full(WHITE.shape[:2], 255)])
    other = clear.copy()
    other[:10, :10, 3] = 0
    assert notebooks.figure_problems(shows(WHITE), shows(clear)) == []
    assert notebooks.figure_problems(shows(clear), shows(other))


def test_figure_of_another_size_is_reported():
    [problem] = notebooks.figure_problems(shows(WHITE), shows(WHITE[1:]))
    assert problem == "figure 0: differs, RMS inf of 255"


def test_missing_and_added_figures_are_reported():
    assert notebooks.figure_problems(shows(WHITE), shows()) == ["stores 1 figures, a run shows 0"]
    assert notebooks.figure_problems(shows(), shows(WHITE)) == ["stores 0 figures, a run shows 1"]


@pytest.mark.parametrize("shown", [{}, {"alt": "a curve"}, {"alt": "two curves", "width": 400}])
def test_another_width_or_alternative_text_is_reported(shown):
    stored = shows(WHITE, **{"image/png": {"alt": "two curves", "width": 540}})
    assert notebooks.figure_problems(stored, copy.deepcopy(stored)) == []
    [problem] = notebooks.figure_problems(stored, shows(WHITE, **{"image/png": shown}))
    assert problem.startswith("figure 0: is stored with {'alt': 'two curves', 'width': 540}")


# What is stored -----------------------------------------------------------------------------------


def test_an_equal_figure_keeps_its_bytes_and_a_changed_one_is_stored():
    almost, changed = WHITE.copy(), black(4)
    almost[5, 5] -= 1
    for fresh, expected in [(almost, WHITE), (changed, changed)]:
        stored, run = (v4.new_notebook(cells=[shows(pixels)]) for pixels in (WHITE, fresh))
        execute.keep_equal_figures(stored, run)
        assert run.cells[0].outputs[0].data["image/png"] == png(expected)


def test_figures_that_came_or_went_are_stored_as_they_are():
    for before, after in [([WHITE], []), ([], [WHITE]), ([WHITE], [WHITE, black(9)])]:
        run = v4.new_notebook(cells=[shows(*after)])
        execute.keep_equal_figures(v4.new_notebook(cells=[shows(*before)]), run)
        assert [output.data["image/png"] for output in run.cells[0].outputs] == [png(pixels) for pixels in after]


def test_another_alternative_text_is_stored_beside_the_bytes_of_an_equal_figure():
    almost = WHITE.copy()
    almost[5, 5] -= 1
    run = v4.new_notebook(cells=[shows(almost, **{"image/png": {"alt": "new"}})])
    execute.keep_equal_figures(v4.new_notebook(cells=[shows(WHITE, **{"image/png": {"alt": "old"}})]), run)
    output = run.cells[0].outputs[0]
    assert output.data["image/png"] == png(WHITE) and output.metadata["image/png"] == {"alt": "new"}


def test_stored_widget_becomes_its_picture():
    """A live slider shows a widget and, for those who cannot run it, a picture: that is stored."""
    live = v4.new_notebook(cells=[shows(WHITE)], metadata={"kernelspec": notebooks.KERNELSPEC})
    live.cells[0].outputs[0].data[notebooks.WIDGET_VIEW] = {"model_id": "1"}
    stored = copy.deepcopy(live)
    execute.normalise(stored)
    assert set(stored.cells[0].outputs[0].data) == {"image/png", "text/plain"}
    assert notebooks.figure_problems(stored.cells[0], live.cells[0]) == []
    assert notebooks.problems(stored) == []


@pytest.mark.slow
def test_storing_a_run_twice_changes_nothing(tmp_path):
    """What `make execute` stores is the same text however often it runs."""
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
    assert len(notebooks.figures(stored.cells[1])) == 1
    assert [cell.id for cell in stored.cells] == [cell.id for cell in cells]


# What it says -------------------------------------------------------------------------------------


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A function that writes a notebook of one cell."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def chapter(name, source):
        path = tmp_path / name
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
        return path

    return chapter


@pytest.mark.slow
def test_exit_codes(chapter, capsys):
    good, broken = chapter("good.ipynb", "print(1)"), chapter("broken.ipynb", "1 / 0")
    careless = chapter("careless.ipynb", "import sys\nprint('careful', file=sys.stderr)")
    before = broken.read_text()
    for paths, code in [([good], 0), ([broken, good], 1), ([careless, good], 1)]:
        assert in_thread(execute.main, [str(path) for path in paths]) == code
        printed = capsys.readouterr()
        assert "good.ipynb: executing" in printed.out  # the others are executed all the same
        assert bool(printed.err) == bool(code)
    assert notebooks.read(good).cells[0].outputs[0].text == "1\n"
    assert broken.read_text() == before
    assert "careless.ipynb: cell 0: wrote to stderr: careful" in printed.err
    assert in_thread(execute.main, [str(good)]) == 0 and "nothing changed" in capsys.readouterr().out
