"""Say how long each stage of `make book` and `make test` took when it last ran.

The Makefile runs every stage through this module, ``python -m tools.stages run NAME COMMAND ...``, which passes on the
command's output and exit code and notes its time in the folder .times. ``make times``, or ``python -m tools.stages``,
prints what is noted, and nothing runs again for it. Within the build it lists the chapters' own times from the
execution cache, within the tests those of each folder from pytest's report. Both add up to more than the stage that
they belong to, as chapters and test files share the cores.

It needs the standard library alone, as it runs before anything is installed.
"""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".times"
CACHES = ROOT / "book" / "_build" / ".jupyter_cache"

# The stages, in the order in which they run, and the report of the stage that has one.
INSTALL, INSTALL_TESTS, BUILD, TEST = "install for the book", "install for the tests", "build the book", "test"
STAGES = (INSTALL, INSTALL_TESTS, BUILD, TEST)


def run(name, command, folder):
    """Run a stage's command and note how long it took; return its exit code."""
    started = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    seconds = time.monotonic() - started
    folder.mkdir(exist_ok=True)
    note = {"seconds": round(seconds, 1), "code": code, "ended": time.strftime("%Y-%m-%d %H:%M")}
    (folder / f"{name.replace(' ', '-')}.json").write_text(json.dumps(note), encoding="utf-8")
    return code


def noted(name, folder):
    """What was noted of a stage, or None if it has not run."""
    path = folder / f"{name.replace(' ', '-')}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def chapter_times(caches):
    """Seconds that each executed page took, by file name, from the newest execution cache."""
    found = sorted(caches.glob("*/global.db"), key=lambda path: path.stat().st_mtime)
    if not found:
        return {}
    with closing(sqlite3.connect(f"{found[-1].as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT uri, data FROM nbcache").fetchall()
    times = {Path(uri).name: (json.loads(data) or {}).get("execution_seconds", 0.0) for uri, data in rows if data}
    return dict(sorted(times.items()))


def folder_times(report):
    """Seconds of all tests in each folder, the slowest folder first, from a JUnit report of pytest."""
    if not report.is_file():
        return {}
    total: dict[str, float] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        # "tests.softmax.test_losses.TestIt"; a notebook or a text file has slashes and an ending.
        parts = case.get("classname", "").replace("/", ".").split(".")
        name = " ".join(parts[:2]).replace(" ", "/")
        total[name] = total.get(name, 0) + float(case.get("time", 0))
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def table(folder, caches):
    """The lines that `make times` prints."""
    lines = []
    for name in STAGES:
        note = noted(name, folder)
        if note is None:
            lines.append(f"{name:64}not run yet")
            continue
        failed = f", failed with {note['code']}" if note["code"] else ""
        lines.append(f"{name:64}{clock(note['seconds'])}   {note['ended']}{failed}")
        inside = chapter_times(caches) if name == BUILD else folder_times(folder / "tests.xml") if name == TEST else {}
        lines += [f"    {part:60.60}{clock(seconds)}" for part, seconds in inside.items()]
    return lines


def clock(seconds):
    """Minutes and seconds, as a clock shows them.

    >>> clock(485.2)
    '  8:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:3}:{rest:02}"


def main(arguments):
    match arguments:
        case []:
            print("\n".join(table(FOLDER, CACHES)))
            return 0
        case ["run", name, *command] if name in STAGES and command:
            return run(name, command, FOLDER)
    return f"usage: python -m tools.stages [run NAME COMMAND ...], NAME one of {', '.join(STAGES)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
