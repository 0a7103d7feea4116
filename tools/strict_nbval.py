"""A pytest plugin that makes nbval compare all that a chapter stores: its figures, and that it was executed at all.

nbval executes each cell and compares its texts and formulas. It leaves figures out, and passes a cell that was never
executed. Here each cell is also held to what `tools.notebooks` asks, in the same execution. The plugin is switched on
in the repository's ``conftest.py``; the marker ``slow`` keeps the chapters out of ``make unit``.
"""

import os
from collections import defaultdict
from unittest import mock

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from tools import notebooks


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put a `Chapter` in the place of each notebook that nbval collects."""
    collected = yield
    return [
        Chapter.from_parent(parent, path=file_path) if isinstance(collector, IPyNbFile) else collector
        for collector in collected
    ]


class Chapter(IPyNbFile):
    """A notebook whose cells are compared whole."""

    def setup(self):
        with mock.patch.dict(os.environ, PYTHONHASHSEED="0"):  # as `make execute` does
            super().setup()
        compared = (key for key in self.skip_compare if key != "image/jpeg")  # type: ignore[has-type] # nbval has none
        self.skip_compare = tuple(compared)

    def collect(self):
        count = 0
        for cell in super().collect():
            count += bool(cell.cell.source.strip())
            # Always the same options: what a cell may ask of nbval by comments and tags is a problem, not an order.
            options = defaultdict(bool, check=True)
            own = ChapterCell.from_parent(self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=options)
            own.count = count
            own.add_marker(pytest.mark.slow)
            yield own


class ChapterCell(IPyNbCell):
    """A cell that must have been executed in its turn, and whose figures must look as they are stored."""

    count = None  # the number that its execution must have

    def runtest(self):
        super().runtest()
        if found := notebooks.order_problems(self.cell, self.count) + notebooks.cell_problems(self.cell):
            self.raise_cell_error("Cell is not stored as one clean run leaves it", "\n".join(found))

    def compare_outputs(self, test, ref, skip_compare=None):
        if not super().compare_outputs(test, ref, skip_compare):
            return False
        stored, fresh = (nbformat.from_dict({"outputs": outputs}) for outputs in (ref, test))
        self.comparison_traceback += notebooks.figure_problems(stored, fresh)
        return not self.comparison_traceback
