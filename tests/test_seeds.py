"""A chapter's sentences hold for random numbers in general, not for the one seed that its cells draw them from.

Each chapter's code is run again from top to bottom with other seeds, figures left out, and all its assertions must hold.
To check more seeds: ``SEEDS=50 pytest tests/test_seeds.py``.
"""

import contextlib
import io
import os
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import static_interact

from tools import notebooks

#: Chapters whose sentences are written so. To add one, add the beginning of its file's name.
CHAPTERS = ["01", "02", "05", "06"]
SEEDS = int(os.environ.get("SEEDS", 5))


def run(source, monkeypatch, offset):
    """Execute code cells as they would be, but with other seeds, and return the names that they define."""
    drawn = []

    def other_seed(seed=None):
        drawn.append(seed)
        return original(None if seed is None else seed + 1000 * offset)

    original = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", other_seed)
    # What shows figures is tested elsewhere, and takes most of the time.
    monkeypatch.setattr(static_interact, "interact", lambda **controls: lambda function: function)
    monkeypatch.setattr(static_interact, "show", lambda *arguments, **options: plt.close("all"))
    names, settings = {}, (np.geterr(), np.geterrcall(), np.get_printoptions())
    try:
        with plt.rc_context(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            for cell in source:
                exec(compile(cell, "a cell", "exec"), names)
    finally:
        errors, call, printing = settings
        np.seterr(**errors)
        np.seterrcall(call)
        np.set_printoptions(**printing)
        plt.close("all")
    return names, drawn


def code(chapter):
    [path] = (notebooks.BOOK / "chapters").glob(f"{chapter}_*.ipynb")
    return [cell.source for cell in notebooks.code_cells(notebooks.read(path))]


@pytest.mark.parametrize("offset", range(1, SEEDS + 1))
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_assertions_hold_with_other_seeds(monkeypatch, chapter, offset):
    _, drawn = run(code(chapter), monkeypatch, offset)
    assert drawn and None not in drawn, "a chapter's random numbers come from default_rng(seed)"


def test_a_sentence_that_only_one_seed_makes_true_is_found(monkeypatch):
    lucky = "import numpy as np\nassert np.random.default_rng(3).normal() > 2.04"
    assert np.random.default_rng(3).normal() > 2.04
    with pytest.raises(AssertionError):
        run([lucky], monkeypatch, 1)
