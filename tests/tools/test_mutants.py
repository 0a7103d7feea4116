"""The tool that counts unnoticed mistakes: what it changes, and on a little package what it finds."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tools import mutants
from tools.mutations import mutants_of

ROOT = Path(__file__).parents[2]


def changes(code, file="m.py"):
    """What a piece of code is changed to."""
    return [mutant.source.decode().strip() for mutant in mutants_of(code.encode(), file)]


@pytest.mark.parametrize(
    "code, changed",
    [
        ("f(a < b)", {"f(a <= b)", "f(a >= b)", "pass"}),
        ("f(a == b)", {"f(a != b)", "pass"}),
        ("f(a is not b)", {"f(a is b)", "pass"}),
        ("f(a not in b)", {"f(a in b)", "pass"}),
        ("f((a) + (b))", {"f((a) - (b))", "pass"}),
        ("f(a**b)", {"f(a*b)", "pass"}),
        ("a //= b", {"a *= b", "pass"}),
        ("f(a and b)", {"f(a or b)", "pass"}),
        ("f(not (a or b))", {"f((a or b))", "f(not (a and b))", "pass"}),
        ("f(-a)", {"f(a)", "pass"}),
        ("f(3)", {"f(4)", "f(2)", "f(6)", "pass"}),
        ("f(-1)", {"f(-2)", "f(0)", "f(1)", "pass"}),
        ("f(0.5)", {"f(-0.5)", "f(1.0)", "pass"}),
        ("f(True)", {"f(False)", "pass"}),
        ("f(copy=False)", {"pass"}),
        ("f(copy=True)", {"f(copy=False)", "pass"}),
        ("f(a if b else c)", {"f(a if True else c)", "f(a if False else c)", "pass"}),
        ("f(a for a in b if c)", {"f(a for a in b if True)", "pass"}),
        ("if a:\n    b()", {"if True:\n    b()", "if False:\n    b()", "if a:\n    pass"}),
        ("while a:\n    break", {"while False:\n    break", "while a:\n    pass"}),
        ("with a:\n    b()", {'with __import__("contextlib").nullcontext():\n    b()', "with a:\n    pass"}),
        ("raise E(a + 1)", {"pass"}),
        (
            "def f(a=1):\n    return a",
            {f"def f(a={n}):\n    return a" for n in (0, 2)} | {"def f(a=1):\n    return None"},
        ),
        ('def f(*, a="b"):\n    pass', {'def f(*, a=""):\n    pass'}),
        ("a = b", {"pass"}),
        ("x = (a +  # why + not\n     b)", {"pass"}),
    ],
)
def test_what_is_changed(code, changed):
    assert set(changes(code)) == changed


@pytest.mark.parametrize(
    "code",
    [
        '"""Says 1 + 1."""',
        "__all__ = [1]",
        "import a",
        "a: Literal[1]",
        "def f(a: Literal[1]) -> Literal[2]:\n    pass",
        "@cached(1)\ndef f(a):\n    pass",
        "if TYPE_CHECKING:\n    import a",
        "def f():\n    return None",
    ],
)
def test_what_is_left_alone(code):
    assert changes(code) == []


def test_a_mutant_says_where_it_is():
    code = b"import a\n\n\nclass C:\n    def f(self, x=1):\n        y = 2\n        return y\n"
    found = {mutant.key: mutant for mutant in mutants_of(code, "src/m.py")}
    default = found["src/m.py C.f: def f(self, x=1): → def f(self, x=2):"]
    assert (default.line, default.lines, default.everywhere) == (5, range(6, 8), False)
    assert found["src/m.py C.f: y = 2 → pass"].line == 6
    assert len(mutants_of(b"f(\n    1,\n    1,\n)", "m.py")) == len(
        {m.key for m in mutants_of(b"f(\n 1,\n 1,\n)", "m.py")}
    )
    (cached,) = mutants_of(b"@lru_cache\ndef f(x):\n    return x", "m.py")
    assert cached.everywhere


MODULE = '''"""Numbers."""

from functools import lru_cache

LIMIT = 10


@lru_cache
def double(x):
    return 2 * x


def clipped(x, least=0):
    """Not more than the limit.

    >>> clipped(3)
    3
    """
    if x < least:
        return least
    return min(x, LIMIT)


def elsewhere():
    return 3


def countdown(x):
    while x:
        x -= 1
    return x
'''

TESTS = """
import os
import select
import subprocess
import sys

import pytest
from tiny.numbers import LIMIT, clipped, countdown, double


def test_first():
    assert double(1)


def test_second():
    assert double(1) == 2 and double(4) == 8


@pytest.fixture(scope="module")
def large():
    return clipped(11)


def test_large(large):
    assert large


def test_large_again(large):
    assert large == 10


def test_negative():
    assert clipped(-1) == 0


def test_elsewhere():
    code = "from tiny.numbers import elsewhere; print(elsewhere())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "3\\n"


def test_countdown():
    assert countdown(3) == 0
"""


@pytest.fixture
def tiny(tmp_path):
    """A function that tries the mutants of a little package; it returns the process."""
    for name, text in {
        "src/tiny/__init__.py": "",
        "src/tiny/numbers.py": MODULE,
        "tests/tiny/test_numbers.py": TESTS,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")

    def run(*arguments):
        fixed = ["--root", tmp_path, "--list", tmp_path / "list.txt", "--patience", "1"]
        command = [sys.executable, "-m", "tools.mutants", "tiny", *fixed, *arguments]
        return subprocess.run(list(map(str, command)), check=False, cwd=ROOT, capture_output=True, text=True)

    run.root = tmp_path
    return run


EQUIVALENT = "src/tiny/numbers.py clipped: if x < least: → if x <= least:"


def survivors(process):
    return {line for line in process.stdout.splitlines() if "→" in line}


@pytest.mark.slow
def test_survivors_are_printed_and_all_others_killed(tiny):
    """A constant, a cached function, a fixture of a module, an endless loop, another process: each is seen by a test."""
    process = tiny()
    assert process.returncode == 0, process.stderr
    assert survivors(process) == {EQUIVALENT.replace("py ", "py:19 ")}
    *_, row, total = process.stdout.splitlines()
    tried = len(mutants_of(MODULE.encode(), "m.py"))
    assert total.split() == ["in", "all", str(tried - 1), "of", str(tried), f"{(tried - 1) / tried:.1%}"]
    assert row.split()[0] == "src/tiny/numbers.py"
    assert (tiny.root / "src/tiny/numbers.py").read_text() == MODULE


@pytest.mark.slow
def test_a_sample_is_the_same_each_time_and_can_be_too_weak(tiny):
    process = tiny("--name", "clipped", "--least", "99.9")
    assert process.returncode == 1 and "is less than 99.9%" in process.stderr
    again = [tiny("--sample", "4", "--seed", "3").stdout.splitlines()[1:] for _ in range(2)]
    assert again[0] == again[1] and "of    4" in again[0][-1]


@pytest.mark.slow
def test_equivalent_mutants_are_left_out_and_can_be_tried(tiny):
    path = tiny.root / "list.txt"
    path.write_text(
        f"# A comment.\n{EQUIVALENT}\n    At equality both\n    return the same.\nsrc/other/m.py: a → b\n    Not ours.\n"
    )
    process = tiny("--name", "clipped", "--least", "100")
    assert process.returncode == 0 and not survivors(process)
    assert tiny("--equivalent").returncode == 0
    wrong = "src/tiny/numbers.py clipped: if x < least: → if x >= least:"
    path.write_text(f"{wrong}\n    No.\n")
    process = tiny("--equivalent")
    assert process.returncode == 1 and wrong in process.stderr


@pytest.mark.slow
def test_a_list_that_is_stale_or_says_no_reason_is_an_error(tiny):
    path = tiny.root / "list.txt"
    path.write_text("src/tiny/numbers.py clipped: if y: → if True:\n    Gone.\n")
    assert "no such mutants" in tiny().stderr
    path.write_text(f"{EQUIVALENT}\n")
    assert "a reason is missing" in tiny().stderr


@pytest.mark.slow
def test_tests_that_fail_without_a_change_are_an_error(tiny):
    (tiny.root / "tests/tiny/test_numbers.py").write_text("def test_it():\n    assert False\n")
    process = tiny()
    assert process.returncode == 1 and "the tests fail without any change" in process.stderr
    assert "there is no" in tiny("--tests", "tests/none").stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants are tried in forks")
def test_what_a_hanging_mutant_has_started_ends_with_it():
    """A kernel has a session of its own, and forks that outlive it."""
    kernel = "import os, time; os.fork(); os.write(1, b'%d ' % os.getpid()); time.sleep(60)"
    mutant = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {kernel!r}], start_new_session=True)"
    with subprocess.Popen(
        [sys.executable, "-c", mutant], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        told = ""
        while told.count(" ") < 2:
            told += process.stdout.read(1)
        mutants.kill(process.pid)
        closed, _, _ = select.select([process.stdout], [], [], 20)
        assert closed and process.stdout.read() == "", "a process still holds the pipe"


@pytest.mark.parametrize("package", mutants.TESTS)
def test_the_list_of_this_repository_is_up_to_date(package):
    known = set()
    for path in sorted((mutants.ROOT / "src" / package).rglob("*.py")):
        known |= {one.key for one in mutants_of(path.read_bytes(), path.relative_to(mutants.ROOT).as_posix())}
    listed = mutants.equivalents(mutants.EQUIVALENT, f"src/{package}")
    assert len(known) > 100 and sorted(set(listed) - known) == []
