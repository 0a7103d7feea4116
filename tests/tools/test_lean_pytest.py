"""What spares the tests some seconds: it is asked for in time, and takes nothing from them (tools/lean_pytest.py)."""

import subprocess
import sys

import pytest

from tools.notebooks import ROOT

PROBE = """
import gc, sys
def test_it():
    assert {expected}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["-p", "tools.lean_pytest"], "'lark' not in sys.modules and gc.isenabled() and gc.get_freeze_count()"),
        ([], "gc.isenabled() and not gc.get_freeze_count()"),
    ],
)
def test_modules_are_spared_and_garbage_is_collected(tmp_path, arguments, expected):
    """nbval, which imports nbformat, is loaded before any conftest: a plugin named on the command line comes first."""
    probe = tmp_path / "test_probe.py"
    probe.write_text(PROBE.format(expected=expected), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), *arguments]
    run = subprocess.run([*command, str(probe)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
