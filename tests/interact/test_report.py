"""How far a bake is: a bar where there is a terminal, one line a figure where there is none."""

import io
import json
import os
import time

import pytest

from static_interact import report
from static_interact.report import Follower, Progress, log, write
from static_interact.settings import PROGRESS_FILE


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "progress"
    monkeypatch.setenv(PROGRESS_FILE, str(path))
    return path


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_progress_tells_now_and_then_and_at_the_end(path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: clock[0])
    progress = Progress("si-f", "f", 10)
    for _ in range(10):
        clock[0] += 0.15
        progress.step()
    told = records(path)
    assert [record["done"] for record in told] == [2, 4, 6, 8, 10]
    assert told[0] == {
        "bake": "si-f",
        "name": "f",
        "done": 2,
        "total": 10,
        "left": pytest.approx(1.2),
        "passed": pytest.approx(0.3),
    }
    assert told[-1]["left"] == 0


def test_progress_of_one_frame_is_not_worth_a_word(path):
    Progress("si-f", "f", 1).step()
    assert not path.exists()


def test_progress_may_go_back(path):
    progress = Progress("si-f", "f", 3)
    progress.step(2)
    progress.back(2)
    progress.step(3)
    assert records(path)[-1]["done"] == 3


def test_without_a_build_a_log_goes_to_the_terminal(monkeypatch, capfd):
    monkeypatch.delenv(PROGRESS_FILE, raising=False)
    assert not write({"log": "info", "text": "x"})
    log("something")
    assert capfd.readouterr().err == "static_interact: something\n"


def followed(*lines, terminal=None):
    said = []
    follower = Follower(
        lambda text: said.append(("info", text)), lambda text: said.append(("warning", text)), terminal or io.StringIO()
    )
    for line in lines:
        follower.take(line if isinstance(line, str) else json.dumps(line))
    return said


def at(done, left=3.0):
    return {"bake": "si-f", "name": "f", "done": done, "total": 1200, "left": left, "passed": 6.25}


def test_a_log_that_is_no_terminal_gets_one_line_a_figure():
    terminal = io.StringIO()
    assert followed(at(1), at(600), at(1200), terminal=terminal) == [("info", "baked f: 1,200 frames in 6.2 s")]
    assert terminal.getvalue() == ""


def test_a_terminal_gets_a_bar_that_goes():
    terminal = Terminal()
    said = followed(at(100, None), at(600, 75.4), at(1200), terminal=terminal)
    assert said == [("info", "baked f: 1,200 frames in 6.2 s")]
    assert terminal.getvalue() == (
        "\r\x1b[Kbaking f [##......................] 100 of 1,200"
        "\r\x1b[Kbaking f [############............] 600 of 1,200, 75 s left"
        "\r\x1b[K"
    )


def test_logs_keep_their_level_and_come_between_bars():
    terminal = Terminal()
    said = followed(at(600), {"log": "warning", "text": "careful"}, {"log": "info", "text": "well"}, terminal=terminal)
    assert said == [("warning", "careful"), ("info", "well")]
    assert terminal.getvalue().count("\r\x1b[K") == 2 and terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("line", ["no json", "3", "[1]", '{"other": 1}'])
def test_anything_else_is_logged_as_it_is(line):
    assert followed(line) == [("info", line)]


def test_a_follower_reads_what_others_write(monkeypatch):
    monkeypatch.delenv(PROGRESS_FILE, raising=False)
    monkeypatch.setattr(report, "INTERVAL", 0.01)
    said = []
    follower = Follower(said.append, lambda text: said.append(f"! {text}"), io.StringIO())
    follower.start()
    path = follower.path
    assert os.environ[PROGRESS_FILE] == str(path)
    log("first", "warning")
    with path.open("a") as stream:  # a line in two halves
        stream.write('{"log": "info", ')
        stream.flush()
        time.sleep(0.1)
        stream.write('"text": "second"}\n')
    deadline = time.monotonic() + 20
    while len(said) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    log("third")
    follower.stop()
    assert said == ["! first", "second", "third"]
    assert PROGRESS_FILE not in os.environ and not path.exists()


def test_what_is_done_in_one_step_is_told(path, monkeypatch):
    clock = [5.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: clock[0])
    progress = Progress("si-f", "f", 4)
    clock[0] = 7.0
    progress.step(3)
    progress.step()
    first, last = records(path)
    assert (first["done"], first["left"], first["passed"]) == (3, pytest.approx(2 / 3), 2.0)
    assert (last["done"], last["left"]) == (4, 0)


def test_after_going_back_to_nothing_nobody_knows_how_long_it_takes(path, monkeypatch):
    clock = [5.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: clock[0])
    progress = Progress("si-f", "f", 4)
    progress.step(2)
    progress.back(2)
    clock[0] = 5.2
    progress.step(0)
    assert records(path)[-1]["left"] is None


def test_an_interval_must_have_passed(path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: clock[0])
    progress = Progress("si-f", "f", 10)
    for now, told in ((0.19, 0), (0.2, 1), (0.39, 1), (0.4, 2)):
        clock[0] = now
        progress.step()
        assert (len(records(path)) if path.exists() else 0) == told


def test_lines_are_added_as_they_are_written(path):
    assert write({"log": "info", "text": "a → b"}) and write({"log": "info", "text": "c"})
    assert path.read_text("utf-8") == '{"log": "info", "text": "a → b"}\n{"log": "info", "text": "c"}\n'
    log("d")
    assert records(path)[-1] == {"log": "info", "text": "d"}
    log("e", "warning")
    assert records(path)[-1] == {"log": "warning", "text": "e"}


def test_without_a_terminal_at_all_nothing_is_said(monkeypatch):
    monkeypatch.delenv(PROGRESS_FILE, raising=False)
    monkeypatch.setattr("sys.__stderr__", None)
    log("something")


@pytest.mark.parametrize(
    "done, bar, count", [(0, 0, "0"), (24, 0, "24"), (26, 1, "26"), (1199, 24, "1,199"), (1150, 23, "1,150")]
)
def test_a_bar_is_as_full_as_what_is_done(done, bar, count):
    terminal = Terminal()
    assert followed(at(done, 100.0), terminal=terminal) == []
    text = f"\r\x1b[Kbaking f [{'#' * bar}{'.' * (24 - bar)}] {count} of 1,200, 1 min 40 s left"
    assert terminal.getvalue() == text


def test_nothing_is_cleared_where_nothing_is_drawn():
    terminal = Terminal()
    followed({"log": "info", "text": "x"}, at(1200), terminal=terminal)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    "seconds, words",
    [(0, "1 s"), (1.4, "1 s"), (1.6, "2 s"), (99.4, "99 s"), (99.6, "1 min 40 s"), (120, "2 min 0 s"), (3725, "62 min 5 s")],
)  # fmt: skip
def test_times_in_words(seconds, words):
    assert report.duration(seconds) == words


def test_a_record_may_lack_its_time_or_text():
    record = at(1200)
    del record["passed"]
    assert followed(record, {"log": "info"}) == [("info", "baked f: 1,200 frames in 0.0 s"), ("info", "")]


def test_a_follower_draws_on_standard_output_by_default(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    follower = Follower(print, print)
    assert follower.terminal is terminal and follower.draws
