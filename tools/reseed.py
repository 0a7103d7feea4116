"""Run chapters again with other random numbers: a seed must not make a sentence true.

``python -m tools.reseed CHAPTER.ipynb... [--seeds N]`` runs the code cells of each notebook N times. Each time every
``numpy.random.default_rng(seed)`` gives another stream than in the book, and the cells whose assertions fail are
printed. Sliders are not drawn.
"""

import argparse
import contextlib
import io
import sys
import traceback
from pathlib import Path
from unittest import mock

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import mpmath
import numpy as np

import static_interact
from tools import notebooks


def failures(path, draw):
    """Run a notebook's code with other random numbers and return what fails.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    draw : int
        Which other random numbers.

    Returns
    -------
    list of str
        For each cell that raises: its place among all cells, the line and the error.
    """
    found: list[str] = []
    names: dict[str, object] = {}
    cells = notebooks.read(path).cells
    with _other_numbers(draw), _nothing_shown(), contextlib.chdir(path.parent):
        for place, cell in enumerate(cells):
            if cell.cell_type != "code":
                continue
            name = f"cell {place}"
            try:
                exec(compile(cell.source, name, "exec"), names)
            except Exception as error:  # any: the next cells are still of interest
                frames = traceback.extract_tb(error.__traceback__)
                line = next(frame.lineno for frame in frames if frame.filename == name) or 1
                found.append(f"{name}: {cell.source.splitlines()[line - 1].strip()}: {error!r}"[:200])
            plt.close("all")
    return found


@contextlib.contextmanager
def _other_numbers(draw):
    original = np.random.default_rng

    def other(seed=None):
        return original(seed if seed is None else [seed, draw])

    with mock.patch.object(np.random, "default_rng", other):
        yield


@contextlib.contextmanager
def _nothing_shown():
    """Show no figure and print nothing; and let what a chapter sets hold for the chapter alone."""
    with (
        np.errstate(),
        np.printoptions(),
        mpmath.workdps(mpmath.mp.dps),
        mock.patch.object(static_interact, "interact", return_value=lambda function: function),
        mock.patch.object(static_interact, "show"),
        contextlib.redirect_stdout(io.StringIO()),
        matplotlib.rc_context(),
    ):
        yield


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tools.reseed", description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="+", type=Path, metavar="CHAPTER.ipynb")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="how many other draws (default: 10)")
    options = parser.parse_args(arguments)
    failed = False
    for path in options.chapters:
        for draw in range(1, options.seeds + 1):
            found = failures(path.resolve(), draw)
            failed = failed or bool(found)
            for line in found:
                print(f"{path.name}, draw {draw}, {line}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
