"""How far a bake is: from the kernels, which have no terminal, to the terminal of the build.

Kernels write lines of JSON into a file, whose name is in the environment (`settings.PROGRESS_FILE`)::

    {"bake": "si-f-1-3ab2", "name": "f", "done": 12, "total": 120, "left": 4.2}
    {"log": "warning", "text": "f(x=0): ZeroDivisionError: division by zero"}

A `Follower` in the build's process reads them: a bar where there is a terminal, the rest to the build's log.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from .settings import PROGRESS_FILE

INTERVAL = 0.2  # seconds between lines about one explorer
_BAR = 24  # characters


def write(record: dict[str, Any]) -> bool:
    """Append a line to the file, if there is one.

    Parameters
    ----------
    record : dict
        As in the module's description.

    Returns
    -------
    bool
        Whether there is.
    """
    path = os.environ.get(PROGRESS_FILE)
    if not path:
        return False
    with Path(path).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return True


def log(text: str, level: str = "info") -> None:
    """Say something to the person who builds, not to those who read.

    Parameters
    ----------
    text : str
        One line.
    level : {"info", "warning"}
        A warning may fail a strict build.
    """
    if not write({"log": level, "text": text}) and sys.__stderr__ is not None:
        print(f"static_interact: {text}", file=sys.__stderr__)


class Progress:
    """Tells how far one bake is.

    Parameters
    ----------
    identifier, name : str
        Of the explorer.
    total : int
        Number of frames.
    """

    def __init__(self, identifier: str, name: str, total: int) -> None:
        self.identifier, self.name, self.total, self.done = identifier, name, total, 0
        self.began = self.told = time.monotonic()

    def step(self, count: int = 1) -> None:
        """So many frames more are done."""
        self.done += count
        now = time.monotonic()
        if self.total > 1 and (now - self.told >= INTERVAL or self.done >= self.total):
            self.told = now
            passed = now - self.began
            left = passed / self.done * (self.total - self.done) if self.done else None
            write(
                {
                    "bake": self.identifier,
                    "name": self.name,
                    "done": self.done,
                    "total": self.total,
                    "left": left,
                    "passed": passed,
                }
            )

    def back(self, count: int) -> None:
        """So many frames have to be made again."""
        self.done -= count


class Follower:
    """Follows the file in a thread.

    Parameters
    ----------
    info, warning : callable
        Log a line.
    terminal : text stream, optional
        Where to draw the bar, if it is a terminal; by default standard output.
    """

    def __init__(
        self, info: Callable[[str], Any], warning: Callable[[str], Any], terminal: TextIO | None = None
    ) -> None:
        self.info, self.warning = info, warning
        self.terminal = sys.stdout if terminal is None else terminal
        self.draws = self.terminal.isatty()
        self.path: Path | None = None
        self._drawn = False
        self._stopped = threading.Event()

    def start(self) -> None:
        """Make the file, name it in the environment of the kernels to come, and follow it."""
        handle, name = tempfile.mkstemp(prefix="static_interact_")
        os.close(handle)
        self.path = Path(name)
        os.environ[PROGRESS_FILE] = name
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read what is left, and remove the file."""
        self._stopped.set()
        self._thread.join()
        os.environ.pop(PROGRESS_FILE, None)
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _follow(self) -> None:
        assert self.path is not None
        rest = ""
        with self.path.open(encoding="utf-8") as stream:
            while True:
                last = self._stopped.wait(INTERVAL)
                *lines, rest = (rest + stream.read()).split("\n")  # a line may be half written
                for line in lines:
                    self.take(line)
                if last:
                    self._clear()
                    return

    def take(self, line: str) -> None:
        """Handle one line of the file; what is no record of ours is logged as it is."""
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not ("bake" in record or "log" in record):
            self._say(self.info, line)
        elif "log" in record:
            self._say(self.warning if record["log"] == "warning" else self.info, record.get("text", ""))
        elif record["done"] < record["total"]:
            self._draw(record)
        else:
            self._say(
                self.info, f"baked {record['name']}: {record['total']:,} frames in {record.get('passed', 0):.1f} s"
            )

    def _say(self, log: Callable[[str], Any], text: str) -> None:
        self._clear()
        log(text)

    def _draw(self, record: dict[str, Any]) -> None:
        if not self.draws:
            return
        full = round(_BAR * record["done"] / record["total"])
        left = "" if record["left"] is None else f", {duration(record['left'])} left"
        bar = f"[{'#' * full}{'.' * (_BAR - full)}]"
        self.terminal.write(f"\r\x1b[Kbaking {record['name']} {bar} {record['done']:,} of {record['total']:,}{left}")
        self.terminal.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self.terminal.write("\r\x1b[K")
            self.terminal.flush()
            self._drawn = False


def duration(seconds: float) -> str:
    """A time in words, as fine as somebody who waits wants it.

    Examples
    --------
    >>> duration(0.4), duration(48.7), duration(200)
    ('1 s', '49 s', '3 min 20 s')
    """
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
