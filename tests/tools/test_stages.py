"""The times of the stages: what is noted, and the table that is made of it (tools/stages.py)."""

import json
import sqlite3
import sys

import pytest

from tools import stages

REPORT = """<?xml version="1.0"?><testsuites><testsuite name="pytest">
<testcase classname="tests.softmax.test_losses" name="a" time="1.5"/>
<testcase classname="tests.softmax.test_losses.TestIt" name="b" time="2.0"/>
<testcase classname="tests.site.test_build" name="c" time="70.0"/>
<testcase classname="book/chapters/01_scores.ipynb" name="d" time="4.0"/>
</testsuite></testsuites>"""


def test_a_stage_is_noted_with_its_exit_code(tmp_path, capfd):
    code = stages.run(stages.TEST, [sys.executable, "-c", "print('heard'); raise SystemExit(3)"], tmp_path)
    assert code == 3
    assert capfd.readouterr().out.strip() == "heard"
    note = stages.noted(stages.TEST, tmp_path)
    assert note["code"] == 3 and 0 <= note["seconds"] < 600
    assert stages.noted(stages.BUILD, tmp_path) is None


def test_tests_are_added_up_by_folder_slowest_first(tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text(REPORT, encoding="utf-8")
    times = stages.folder_times(report)
    assert times == {"tests/site": 70, "book/chapters": 4, "tests/softmax": 3.5}
    assert list(times) == ["tests/site", "book/chapters", "tests/softmax"]
    assert stages.folder_times(tmp_path / "none.xml") == {}


@pytest.fixture
def caches(tmp_path):
    """A folder of execution caches, as jupyter-cache lays one out."""
    folder = tmp_path / "caches" / "key"
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "global.db") as database:
        database.execute("CREATE TABLE nbcache (uri TEXT, data JSON)")
        rows = [("/a/02_break.ipynb", json.dumps({"execution_seconds": 61.2})), ("/a/01_turn.ipynb", None)]
        database.executemany("INSERT INTO nbcache VALUES (?, ?)", rows)
    return folder.parent


def test_chapters_are_read_from_the_cache(tmp_path, caches):
    assert stages.chapter_times(caches) == {"02_break.ipynb": 61.2}
    assert stages.chapter_times(tmp_path / "none") == {}


def test_the_table_tells_what_ran_and_what_did_not(tmp_path, caches):
    stages.run(stages.BUILD, [sys.executable, "-c", ""], tmp_path)
    lines = stages.table(tmp_path, caches)
    assert lines[0].endswith("not run yet")
    [build] = [line for line in lines if line.startswith(stages.BUILD)]
    assert "failed" not in build
    assert "02_break.ipynb" in lines[lines.index(build) + 1] and "1:01" in lines[lines.index(build) + 1]


def test_an_unknown_stage_is_refused():
    assert "usage" in stages.main(["run", "lunch", "true"])
    assert "usage" in stages.main(["run", stages.TEST])
