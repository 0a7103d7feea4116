"""The progress bar: there for a person, gone at the end, and without a trace where nobody watches."""

import importlib
import itertools
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from static_interact import progress
from static_interact.settings import BAKE
from tools import notebooks

progress_module = importlib.import_module("static_interact.progress")
VIEW = notebooks.WIDGET_VIEW
LOOP = "from static_interact import progress\nprint('before')\nfor i in progress(range(3), 'training'): print(i)"


# --- in plain Python --------------------------------------------------------------------------------------------


def test_items_come_through_lazily():
    asked = []

    def source():
        for i in range(3):
            asked.append(i)
            yield i

    items = progress(source(), "reading")
    assert asked == [] and next(items) == 0 and asked == [0]
    assert list(items) == [1, 2]
    assert list(progress([], total=0)) == [] and list(progress("ab")) == ["a", "b"]


def test_nothing_is_printed(capsys):
    assert sum(progress(range(100))) == 4950
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((3,), TypeError, "not iterable"),
        (([1], "", 2.5), TypeError, "total must be an int or None, got 2.5"),
        (([1], "", True), TypeError, "total must be an int or None, got True"),
        (([1], "", -1), ValueError, "total must be at least 0, got -1"),
    ],
)
def test_bad_arguments_are_named_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        progress(*arguments)


# --- in a kernel ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel()
    run(client, "from static_interact import progress")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, watched=True):
    """Messages (type, content) that a cell sends, run as by a front end with a person before it, or without."""
    messages = []
    client.execute_interactive(
        code, timeout=60, allow_stdin=watched, stdin_hook=lambda message: None,
        output_hook=lambda message: messages.append((message["msg_type"], message["content"])),
    )  # fmt: skip
    return [(kind, content) for kind, content in messages if kind not in ("status", "execute_input")]


def opened_and_closed(messages):
    opened = [content["comm_id"] for kind, content in messages if kind == "comm_open"]
    closed = [content["comm_id"] for kind, content in messages if kind == "comm_close"]
    return opened, closed


def bars(messages):
    """What the bar's place in the output holds, in order: views of a widget, then nothing."""
    return [content["data"] for kind, content in messages if kind in ("display_data", "update_display_data")]


@pytest.mark.slow
@pytest.mark.parametrize("code", [
    LOOP,
    "for i in progress(iter('abc')):\n    pass",
    "for i in progress(range(10)):\n    if i == 3: break",
    "for i in progress(range(10)):\n    1 / (i - 3)",
    "def generator():\n    yield 1\n    raise ValueError\nfor i in progress(generator()): pass",
    "for i in progress([]): pass",
])  # fmt: skip
def test_a_watched_bar_comes_and_goes(kernel, code):
    messages = run(kernel, code)
    opened, closed = opened_and_closed(messages)
    assert opened and sorted(opened) == sorted(closed)
    first, last = bars(messages)
    assert VIEW in first and last == {"text/plain": ""}
    if code is LOOP:  # what else the cell shows is left alone
        assert "".join(content["text"] for kind, content in messages if kind == "stream") == "before\n0\n1\n2\n"
    assert not [kind for kind, _ in messages if kind == "clear_output"]


@pytest.mark.slow
def test_the_bar_fills_and_counts(kernel):
    code = "import time\nfor i in progress(range(4), 'training'): time.sleep(0.12)"
    messages = run(kernel, code)
    states = [
        content["data"]["state"]
        for kind, content in messages
        if kind in ("comm_open", "comm_msg")
        if "state" in content["data"]
    ]
    assert [state["value"] for state in states if "value" in state and isinstance(state["value"], int)][-1] == 3
    assert "training 3 of 4" in [state.get("description") for state in states]
    assert any(state.get("description") == "training" and state.get("max") == 4 for state in states)


def test_updates_are_rare(kernel):
    """A fast loop sends few messages, however many items it has."""
    messages = run(kernel, "for i in progress(range(20_000)): pass")
    assert len(messages) < 60


def test_unwatched_there_is_nothing(kernel):
    assert run(kernel, LOOP.replace("print(i)", "pass"), watched=False) == [
        ("stream", {"name": "stdout", "text": "before\n"})
    ]


def test_nothing_in_a_bake(kernel):
    run(kernel, f"import os; os.environ[{BAKE!r}] = '1'")
    try:
        assert run(kernel, "for i in progress(range(3)): pass") == []
    finally:
        run(kernel, f"del os.environ[{BAKE!r}]")


def notebook():
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(LOOP)], metadata={"kernelspec": notebooks.KERNELSPEC}
    )


@pytest.mark.slow
def test_executed_notebooks_store_nothing_of_it(tmp_path):
    """As `make execute` does it, and then as nbval compares it."""
    fresh = notebooks.execute(notebook(), tmp_path)
    (cell,) = fresh.cells
    assert [(out.output_type, out.get("text")) for out in cell.outputs] == [("stream", "before\n0\n1\n2\n")]
    assert "widgets" not in fresh.metadata
    path = Path(tmp_path, "progress.ipynb")
    nbformat.write(fresh, path)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-c", "/dev/null", "--rootdir", tmp_path, path],
        check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0 and "1 passed" in result.stdout, result.stdout + result.stderr


# --- the bar by itself ------------------------------------------------------------------------------------------


class Shell:
    """A shell whose front end has somebody before it, or not."""

    def __init__(self, watched=True):
        self.kernel = self
        self.watched = watched

    def get_parent(self, channel):
        assert channel == "shell"
        return {"content": {"allow_stdin": True}} if self.watched else {}


@pytest.fixture
def shown(monkeypatch):
    """The shown that are displayed, with what becomes of their outputs; time goes on by a second a look."""
    made, now = [], itertools.count(100)

    class Output:
        def __init__(self):
            self.updates = []

        def update(self, data, raw):
            self.updates.append((data, raw))

    def display(bar, display_id):
        assert display_id is True
        made.append((bar, Output()))
        return made[-1][1]

    monkeypatch.setattr(progress_module, "get_ipython", Shell)
    monkeypatch.setattr(progress_module, "display", display)
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(now))
    return made


def test_a_bar_follows_what_is_done_and_goes(shown):
    items = progress("abcd", "reading")
    assert shown == [], "nobody has asked for an item"
    seen = []
    for item in items:
        ((bar, output),) = shown
        seen.append((item, bar.value, bar.description))
        assert bar.max == 4 and bar.style.description_width == "initial" and output.updates == []
    assert seen == [(item, k, f"reading {k} of 4") for k, item in enumerate("abcd")]
    assert output.updates == [({"text/plain": ""}, True)]
    assert bar.comm is None and bar.layout.comm is None and bar.style.comm is None


def test_a_bar_that_is_left_early_goes_too(shown):
    for _ in progress(range(9)):
        break
    ((_, output),) = shown
    assert output.updates == [({"text/plain": ""}, True)]


def test_a_bar_without_an_end_counts(shown):
    seen = [(shown[0][0].value, shown[0][0].max, shown[0][0].description) for _ in progress(iter("abc"), "reading")]
    assert seen == [(0, 1, f"reading {k}") for k in range(3)]
    assert [shown[1][0].max for _ in progress(iter("abc"), total=7)] == [7] * 3
    assert list(progress([], total=0)) == [] and shown[2][0].max == 1


def test_a_bar_is_not_moved_more_often_than_one_sees(shown, monkeypatch):
    monkeypatch.setattr(progress_module, "SECONDS", 3)
    seen = [shown[0][0].value for _ in progress(range(8))]
    assert seen == [0, 0, 0, 3, 3, 3, 6, 6]


def test_who_does_not_watch_gets_no_bar(shown, monkeypatch):
    for shell in (lambda: Shell(watched=False), lambda: None, object):
        monkeypatch.setattr(progress_module, "get_ipython", shell)
        assert list(progress("ab")) == ["a", "b"] and shown == []
    monkeypatch.setattr(progress_module, "get_ipython", Shell)
    monkeypatch.setenv(BAKE, "1")
    assert list(progress("ab")) == ["a", "b"] and shown == []
