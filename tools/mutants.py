"""Count the small mistakes in a package that its tests don't notice.

    python -m tools.mutants stable_softmax --sample 200 --seed 0
    python -m tools.mutants stable_softmax --files jacobian.py _formats.py
    python -m tools.mutants stable_softmax --files jacobian.py --tests tests/softmax/test_jacobian.py

Each mutant is the package with one change of those in `tools.mutations`. The tests are those of the package's folder in
`tests/` and the examples in its docstrings. A mutant is killed if one of them fails, if it can't be imported, or if it
takes much longer than the package does. What survives is printed as ``file:line name: before → after``; the last lines
are a table of rates.

A survivor that no test can tell from the original belongs in mutants_equivalent.txt (beside this file) as it is
printed, without the line's number, and with the reason below it; it is then left out. An entry that has no mutant any
more is an error. ``--equivalent`` tries the mutants of that list instead: none may be killed.

Modules whose names end in "_cases" hold examples to try functions on, of which others would do as well: they are left
alone.

How it keeps fast. The tests are run once with coverage, which tells for each line which tests execute it; a mutant is
tried by those alone, quickest first, until one fails. Where a line is executed as the package is imported (a constant,
a table), or once for all (a cached function), any test may be the one; those of the same module come first. What a test
executes in another process is not seen: tests that begin one are asked about every mutant, last. NumPy, SymPy and
pytest are imported once, and each mutant is tried in a fork of that process, which imports the package from a copy of
the repository with one file changed. Tests of more than --slowest seconds are left out.

Why none of the tools that exist: mutmut 3 forks and selects tests too, but changes the bodies of functions alone: not
what stands outside of them, as the thresholds and the tables of formats do here, nor what is decorated, nor (its issue
477) default arguments. cosmic-ray changes all, and runs the whole test command anew for each mutant. Either would be
a dependency for what takes 600 lines. Needs fork, so no Windows.
"""

import argparse
import contextlib
import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import coverage
import psutil
import pytest

from tools.mutations import mutants_of

ROOT = Path(__file__).resolve().parent.parent
EQUIVALENT = ROOT / "tools" / "mutants_equivalent.txt"
TESTS = {"stable_softmax": "softmax", "small_networks": "networks", "static_interact": "interact"}
FLAGS = ["-x", "-q", "--tb=line", "--doctest-modules", "-o", "addopts=", "-m", "not site"]
FLAGS += ["-p", "no:cacheprovider", "-p", "no:nbval"]
MEMORY = 8 << 30


def main(arguments=None):
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # not without cleaning up
    modules = {path: path.relative_to(options.root).as_posix() for path in sorted(options.source.rglob("*.py"))}
    modules = {path: name for path, name in modules.items() if not path.stem.endswith("_cases")}
    everything = [mutant for path, name in modules.items() for mutant in mutants_of(path.read_bytes(), name)]
    reasons = equivalents(options.list, options.source.relative_to(options.root).as_posix())
    stale = sorted(set(reasons) - {mutant.key for mutant in everything})
    if stale:
        sys.exit("\n".join([f"{options.list}: no such mutants, take them out:", *stale]))
    chosen = [mutant for mutant in everything if (mutant.key in reasons) == options.equivalent]
    if options.files:
        chosen = [mutant for mutant in chosen if Path(mutant.file).name in options.files]
    if options.name:
        chosen = [mutant for mutant in chosen if options.name in mutant.name]
    if options.sample is not None and options.sample < len(chosen):
        chosen = sorted(random.Random(options.seed).sample(chosen, options.sample), key=lambda m: (m.file, m.line))
    if not chosen:
        sys.exit("there is no such mutant")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        outcomes = try_all(chosen, options, Path(folder))
    print(table(outcomes))
    rate = 100 * sum(killed for _, killed in outcomes) / len(outcomes)
    if options.equivalent:
        wrong = [mutant.key for mutant, killed in outcomes if killed]
        return "\n".join(["not equivalent:", *wrong]) if wrong else 0
    return f"{rate:.1f}% is less than {options.least:g}%" if rate < options.least else 0


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("package", help="a folder in src")
    parser.add_argument("--tests", nargs="+", help="files or folders of tests (default: the package's folder in tests)")
    parser.add_argument("--sample", type=int, help="how many mutants to try (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--files", nargs="+", help="only mutants of modules with these file names")
    parser.add_argument("--name", help="only mutants within functions or classes whose dotted name has this in it")
    parser.add_argument("--equivalent", action="store_true", help="try the mutants that are listed as equivalent")
    parser.add_argument("--least", type=float, default=0, help="the rate in per cent below which this fails")
    parser.add_argument("--slowest", type=float, default=10, help="leave out tests that take longer, in seconds")
    parser.add_argument("--patience", type=float, default=20, help="seconds that each mutant has beyond the expected")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants to try at a time")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    parser.add_argument("--list", type=Path, default=EQUIVALENT, help="the list of equivalent mutants")
    options = parser.parse_args(arguments)
    options.root = options.root.resolve()
    options.source = options.root / "src" / options.package
    options.tests = options.tests or [f"tests/{TESTS.get(options.package, options.package)}"]
    for path in (options.source, *(options.root / path for path in options.tests)):
        if not path.exists():
            parser.error(f"there is no {path}")
    return options


def equivalents(path, below):
    """The entries of the list for files in the folder `below`, each with its reason."""
    reasons: dict[str, str] = {}
    entry = ""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():
            reasons[entry] = f"{reasons[entry]} {line.strip()}".strip()
        else:
            entry = line.strip()
            reasons[entry] = ""
    unexplained = [entry for entry, reason in reasons.items() if not reason]
    if unexplained:
        sys.exit("\n".join([f"{path}: a reason is missing below", *unexplained]))
    return {entry: reason for entry, reason in reasons.items() if entry.startswith(below + "/")}


def table(outcomes):
    """Rates by file."""
    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for mutant, dead in outcomes:
        for row in (mutant.file, "in all"):
            tried[row] += 1
            killed[row] += dead
    width = max(map(len, tried))
    rows = sorted(tried, key=lambda row: (row == "in all", row))
    return "\n".join(
        f"{row:{width}}  {killed[row]:4} of {tried[row]:4}  {killed[row] / tried[row]:6.1%}" for row in rows
    )


# The process that all mutants are forks of


def try_all(chosen, options, folder):
    """Return each mutant with True if it is killed; print those that survive as they are found."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    copies = [folder / str(number) for number in range(options.jobs)]
    for copy in copies:
        hidden = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info")
        shutil.copytree(options.root, copy, ignore=hidden)
    originals = {mutant.file: (copies[0] / mutant.file).read_bytes() for mutant in chosen}
    began = time.monotonic()
    known = measured(copies[0], options)
    for copy in copies[1:]:  # the compiled modules, tests' above all
        shutil.copytree(copies[0], copy, dirs_exist_ok=True)
    left_out = sorted(test for test, seconds in known["seconds"].items() if seconds > options.slowest)
    print(
        f"{len(known['seconds'])} tests in {time.monotonic() - began:.0f} s; {len(chosen)} mutants to try", flush=True
    )
    print("".join(f"left out, as it takes {known['seconds'][test]:.0f} s: {test}\n" for test in left_out), end="")
    for name in known["modules"]:
        with contextlib.suppress(Exception):  # some can only be imported by what imports them
            importlib.import_module(name)
    selection = Selection(known, options.slowest)
    waiting = list(enumerate(chosen))
    running: dict[int, tuple] = {}  # process: number of the mutant, copy, latest end
    outcomes = {}
    try:
        while waiting or running:
            while waiting and copies:
                number, mutant = waiting.pop(0)
                tests = selection.of(mutant)
                seconds = sum(known["seconds"][test] for test in tests)
                copy = copies.pop()
                running[begun(mutant, tests, copy)] = number, copy, time.monotonic() + options.patience + 5 * seconds
            for child, (number, copy, latest) in list(running.items()):
                done, status = os.waitpid(child, os.WNOHANG)
                if not done and time.monotonic() < latest:
                    continue
                kill(child)
                if not done:
                    os.waitpid(child, 0)
                del running[child]
                copies.append(copy)
                (copy / chosen[number].file).write_bytes(originals[chosen[number].file])
                outcomes[number] = not (done and os.waitstatus_to_exitcode(status) == 0)
                if not outcomes[number]:
                    mutant = chosen[number]
                    print(f"{mutant.file}:{mutant.line} {mutant.key.partition(' ')[2]}", flush=True)
            time.sleep(0.01)
    finally:
        for child in running:
            kill(child)
            os.waitpid(child, 0)
    return [(mutant, outcomes[number]) for number, mutant in enumerate(chosen)]


def kill(child):
    """End a fork of this process with all that it has started, kernels in sessions of their own and their forks too."""
    with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself
        for process in psutil.Process(child).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


class Selection:
    """Which tests can see a line."""

    def __init__(self, known, slowest):
        quick = {test: seconds for test, seconds in known["seconds"].items() if seconds <= slowest}
        self.tests = sorted(quick, key=lambda test: quick[test])
        self.contexts, self.elsewhere = known["contexts"], set(known["elsewhere"])

    def of(self, mutant):
        by_line = self.contexts.get(mutant.file, {})
        if mutant.everywhere:
            here = self.within({context for contexts in by_line.values() for context in contexts})
            named = f"test_{Path(mutant.file).stem.strip('_')}.py"
            # sorted is stable: the quickest first among each kind
            return sorted(self.tests, key=lambda test: (named not in test, test not in here))
        within = self.within({context for line in mutant.lines for context in by_line.get(str(line), ())})
        within |= self.elsewhere
        return sorted((test for test in self.tests if test in within), key=lambda test: test in self.elsewhere)

    def within(self, contexts):
        """The tests that are one of the contexts or, if that is a module, in one."""
        if "" in contexts:  # while the package was imported
            return set(self.tests)
        return {test for test in self.tests if {test, test.partition("::")[0]} & contexts}


def begun(mutant, tests, copy):
    """Try a mutant in a fork; return the process's id. It ends with 0 if all tests pass."""
    changed = copy / mutant.file
    changed.write_bytes(mutant.source)
    for compiled in changed.parent.glob(f"__pycache__/{changed.stem}.*"):
        compiled.unlink()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        status = run(copy, sorted({test.partition("::")[0] for test in tests}), Chosen(tests)) if tests else 0
    finally:
        os._exit(status)


def run(copy, paths, plugin):
    """Run tests of a copy of the repository in this process, once for all; return pytest's exit code."""
    output = os.open(copy / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(copy)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tools", "tests", "conftest")]:
        del sys.modules[name]
    source = str(copy / "src")
    sys.path[:] = [source, str(copy), *(path for path in sys.path if path not in ("", str(ROOT), str(ROOT / "src")))]
    os.environ["PYTHONPATH"] = source
    importlib.invalidate_caches()
    return int(pytest.main([*FLAGS, *paths], plugins=[plugin]))


class Chosen:
    """A pytest plugin: these tests alone, in this order."""

    def __init__(self, tests):
        self.places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((i for i in items if i.nodeid in self.places), key=lambda i: self.places[i.nodeid])


# The run that tells which test executes which line


def measured(copy, options):
    """Run all tests of the original once: their times, the contexts of each line, the modules that were imported."""
    result = copy / "measured.json"
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            # A copy's compiled modules are used again by mutants of other modules.
            sys.dont_write_bytecode = False
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            status = measure(copy, options, result)
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    kill(child)
    if status:
        sys.exit(f"the tests fail without any change:\n{(copy / 'output.txt').read_text()[-4000:]}")
    return json.loads(result.read_text())


def measure(copy, options, result):
    source = copy / options.source.relative_to(options.root)
    recorder = Recorder(coverage.Coverage(data_file=None, config_file=False, source=[str(source)]), options.package)
    status = run(copy, [*options.tests, f"src/{options.package}"], recorder)
    recorder.coverage.stop()
    data = recorder.coverage.get_data()
    contexts = {
        Path(file).relative_to(copy).as_posix(): data.contexts_by_lineno(file) for file in data.measured_files()
    }
    names = [
        name
        for name, module in list(sys.modules.items())
        if (file := getattr(module, "__file__", None)) and not Path(file).is_relative_to(copy) and name != "__main__"
    ]
    elsewhere = sorted(recorder.elsewhere)
    known = {"seconds": recorder.seconds, "contexts": contexts, "modules": names, "elsewhere": elsewhere}
    result.write_text(json.dumps(known))
    return status


class Recorder:
    """A pytest plugin that tells coverage which test runs, and takes the times.

    What runs for all tests of a module, as it is collected or in a fixture of wider scope than a test, is put down to
    the module (or, for a session's fixture, to all tests).
    """

    def __init__(self, coverage, package):
        self.coverage, self.package, self.seconds, self.now = coverage, package, defaultdict(float), ""
        self.elsewhere = set()
        sys.addaudithook(self.audit)

    def pytest_configure(self):
        self.coverage.start()
        package = importlib.import_module(self.package)
        assert package.__file__, f"{self.package} must be a folder with an __init__.py"
        folder = Path(package.__file__).parent
        for path in sorted(folder.rglob("*.py")):  # in the context of no test
            name = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
            importlib.import_module(name.removesuffix(".__init__"))

    def audit(self, event, _arguments):
        if event == "subprocess.Popen":
            self.elsewhere.add(self.now)

    def switch(self, context):
        before, self.now = self.now, context
        self.coverage.switch_context(context)
        return before

    def pytest_collectstart(self, collector):
        self.switch(collector.nodeid.partition("::")[0] if ".py" in collector.nodeid else "")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        before = self.switch(item.nodeid)
        try:
            return (yield)
        finally:
            self.switch(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        if fixturedef.scope == "function":
            return (yield)
        before = self.switch(request.node.nodeid.partition("::")[0] if fixturedef.scope != "session" else "")
        try:
            return (yield)
        finally:
            self.switch(before)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration


if __name__ == "__main__":
    sys.exit(main())
