"""A chapter's sentences hold for other random numbers than the stored ones: no seed makes them true.

One other draw for each chapter here; ``python -m tools.reseed book/chapters/08_*.ipynb --seeds 50`` tries fifty.
"""

import mpmath
import nbformat
import numpy as np
import pytest

from tools import notebooks, reseed

#: Chapter 9 tells of single trainings: what it says of all of them is tried with many seeds in `test_training_stories`.
CHAPTERS = sorted(path for path in (notebooks.BOOK / "chapters").glob("*.ipynb") if not path.stem.startswith("09"))


@pytest.mark.slow
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_seed_makes_a_sentence_true(path):
    assert reseed.failures(path, draw=1) == []


def test_a_chapters_settings_end_with_it(tmp_path):
    path = tmp_path / "settings.ipynb"
    source = "import mpmath\nimport numpy as np\nnp.set_printoptions(precision=2)\nmpmath.mp.dps = 77\n_ = np.seterr(all='raise')"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    before = np.get_printoptions(), np.geterr(), mpmath.mp.dps
    assert reseed.failures(path, draw=1) == []
    assert before == (np.get_printoptions(), np.geterr(), mpmath.mp.dps)


def test_a_sentence_made_true_by_its_seed_is_found(tmp_path):
    book_s_own = "import numpy as np\nvalue = np.random.default_rng(7).random()\n"
    lucky = nbformat.v4.new_code_cell(book_s_own + "assert round(value, 3) == 0.625")
    sound = nbformat.v4.new_code_cell("assert 0 < value < 1")
    path = tmp_path / "lucky.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[lucky, sound]), path)
    exec(lucky.source, {})  # with its own seed it passes
    found = reseed.failures(path, draw=1)
    assert len(found) == 1 and found[0].startswith("cell 0: assert round(value, 3)")
    assert reseed.main([str(path), "--seeds", "1"]) == 1
