"""The script in chapter 10 that starts a local cluster runs as it stands."""

import re
import subprocess
import sys

import pytest

from tools import notebooks

CHAPTER = notebooks.BOOK / "chapters" / "10_score_150000_classes_without_running_out_of_memory.ipynb"


def snippet():
    text = "\n".join(cell.source for cell in notebooks.read(CHAPTER).cells if cell.cell_type == "markdown")
    (found,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "LocalCluster" in block)
    return found


@pytest.mark.slow
def test_the_script_that_starts_a_cluster(tmp_path):
    script = tmp_path / "cluster.py"
    script.write_text(snippet(), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr
    # The mean of e^(3 z) for a normal z is e^(9/2): ln 100,000 + 4.5 is 16.01, and a sample's logarithm is a bit less.
    assert 15.8 < float(run.stdout) < 16.1
