"""How the code may hang together: who imports whom, and what each package needs installed.

Imports run downhill. tools/layers.py declares the hill, and which other packages may be imported, and where.
"""

import ast
import subprocess
import sys
import tomllib
from importlib import metadata
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from tools.layers import EVERYWHERE, EXTRA, FOREIGN, LAYERS, Late
from tools.notebooks import ROOT

SRC = ROOT / "src"


# Reading the imports ------------------------------------------------------------------------------


class Import(NamedTuple):
    """An import of `target` by the module `source` of a package."""

    source: str  #: the module's name below its package, "" for the package's own __init__
    target: str  #: the same for a module of the package; the whole name for any other
    inside: bool  #: whether the target belongs to the package
    late: bool  #: whether it happens inside a function
    line: int

    def __str__(self):
        return f"{self.source or '__init__'} (line {self.line}) imports {self.target or 'the package itself'}"


def modules(package):
    """The files of a package in a folder, by the modules' names below it."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = list(path.relative_to(package).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(package):
    """All imports in a package, those inside functions too."""
    files = modules(package)
    return [
        found
        for source, path in files.items()
        for node, late in import_nodes(ast.parse(path.read_text("utf-8")))
        for found in targets(node, late, package.name, source, files)
    ]


def import_nodes(tree, late=False):
    """The import statements, and whether a function holds them. Those for type checkers alone are left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, late
        elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield from import_nodes(node, late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def targets(node, late, package, source, files):
    """What a statement imports: modules of the package where a name is one, other packages by their first name."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        base = node.module or ""
        if node.level:
            here = [package, *source.split(".")] if source else [package]
            is_folder = files[source].name == "__init__.py"
            folder = here[: len(here) - node.level + is_folder]
            base = ".".join([*folder, *([node.module] if node.module else [])])
        names = [f"{base}.{alias.name}" for alias in node.names]
    for name in names:
        first, _, rest = name.partition(".")
        if first != package:
            yield Import(source, first, False, late, node.lineno)
            continue
        while rest and rest not in files:  # a name in a module, rather than a module
            rest = rest.rpartition(".")[0]
        yield Import(source, rest, True, late, node.lineno)


# The rules ----------------------------------------------------------------------------------------


def uphill(package, layers):
    """The imports that do not run downhill, and the modules that have no layer, or a layer and no file."""
    height = {name: level for level, names in enumerate(layers) for name in names.split()}
    rooms = {name.partition(".")[0] for name in modules(package)} - {""}
    found = [f"{name} is in no layer" for name in sorted(rooms - set(height))]
    found += [f"{name} has a layer but no file" for name in sorted(set(height) - rooms)]
    for one in imports(package):
        here, there = one.source.partition(".")[0], one.target.partition(".")[0]
        if one.inside and here and here != there and height.get(there, len(layers)) >= height.get(here, len(layers)):
            found.append(str(one))
    return found


def circles(package):
    """The modules that can be reached from themselves by imports, those inside functions included."""
    below = {name: set() for name in modules(package)}
    for one in imports(package):
        if one.inside and one.source:
            below[one.source].add(one.target)
    found = []
    for name in sorted(below):
        seen, waiting = set(), list(below[name])
        while waiting:
            if (one := waiting.pop()) not in seen:
                seen.add(one)
                waiting += below[one]
        if name in seen:
            found.append(name or "__init__")
    return found


def strangers(package, foreign):
    """The imports of other packages that are not declared, or not for that module, or come too early."""
    found = []
    for one in imports(package):
        if one.inside or one.target in sys.stdlib_module_names:
            continue
        allowed = foreign.get(one.target, set())
        room = one.source.partition(".")[0]
        if allowed != EVERYWHERE and (room not in allowed or (isinstance(allowed, Late) and not one.late)):
            found.append(str(one))
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_imports_run_downhill(name):
    assert uphill(SRC / name, LAYERS[name]) == []


@pytest.mark.parametrize("name", FOREIGN)
def test_no_module_imports_itself_by_way_of_others(name):
    assert circles(SRC / name) == []


@pytest.mark.parametrize("name", FOREIGN)
def test_only_declared_packages_are_imported(name):
    assert strangers(SRC / name, FOREIGN[name]) == []


def test_every_package_has_its_rules():
    packages = {path.parent.name for path in SRC.glob("*/__init__.py")}
    assert packages == set(FOREIGN) == set(EXTRA)
    assert set(LAYERS) <= packages


# What must be installed ---------------------------------------------------------------------------


def requirements(extra):
    """What pyproject.toml asks for, with one extra or none, and all that these need in turn; by normal names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    waiting = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    found = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = requirement.name.lower().replace("_", "-")
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += metadata.requires(name) or []
    return found


ALONE = """\
import sys
hidden = set(sys.argv[2:])
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not asked for")
sys.meta_path.insert(0, Hide())
__import__(sys.argv[1])
"""


def imported_alone(package, extra):
    """Import a package where only what pyproject.toml asks for can be imported; return what went wrong."""
    asked = requirements(extra)
    own = {path.parent.name for path in SRC.glob("*/__init__.py")}
    hidden = {
        module
        for module, owners in metadata.packages_distributions().items()
        if module not in own and not asked & {owner.lower().replace("_", "-") for owner in owners}
    }
    command = [sys.executable, "-c", ALONE, package, *sorted(hidden - set(sys.stdlib_module_names))]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120).stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", EXTRA)
def test_a_package_can_be_imported_with_its_own_extra_alone(name):
    assert imported_alone(name, EXTRA[name]) == ""


@pytest.mark.slow
def test_what_is_not_asked_for_cannot_be_imported():
    assert "is not asked for" in imported_alone("static_interact", None)
    assert "sympy is not asked for" in imported_alone("stable_softmax.symbolic", None)


# The tests themselves, on a package that breaks each rule -----------------------------------------

GOOD = {
    "__init__.py": "from .top import answer\n",
    "base.py": "import math\nimport numpy as np\n",
    "middle.py": "from . import base\nfrom .base import np\n\ndef later():\n    import mpmath\n"
    "if typing.TYPE_CHECKING:\n    from .top import answer\n",
    "top.py": "from fake.middle import later as answer\n",
    "folder/__init__.py": "from .inner import x\n",
    "folder/inner.py": "from ..base import np as x\n",
}
GOOD_LAYERS = ["base", "middle folder", "top"]
GOOD_FOREIGN = {"numpy": EVERYWHERE, "mpmath": Late({"middle"})}

FAULTS = {
    "uphill": ("base.py", "from .top import answer\n", ["base (line 1) imports top"]),
    "uphill inside a function": ("base.py", "def f():\n    from . import middle\n", ["base (line 2) imports middle"]),
    "sideways": ("middle.py", "import fake.folder.inner\n", ["middle (line 1) imports folder.inner"]),
    "from the package itself": ("middle.py", "from . import answer\n", ["middle (line 1) imports the package itself"]),
    "a folder upwards": ("folder/inner.py", "from ..top import answer\n", ["folder.inner (line 1) imports top"]),
    "no layer": ("new.py", "", ["new is in no layer"]),
}
STRANGERS = {
    "tools": ("top.py", "import tools.notebooks\n", ["top (line 1) imports tools"]),
    "another package": ("base.py", "from static_interact import show\n", ["base (line 1) imports static_interact"]),
    "the wrong module": ("top.py", "def f():\n    import mpmath\n", ["top (line 2) imports mpmath"]),
    "too early": ("middle.py", "from mpmath import mp\n", ["middle (line 1) imports mpmath"]),
    "in a class": (
        "folder/inner.py",
        "class A:\n    from scipy import special\n",
        ["folder.inner (line 2) imports scipy"],
    ),
}


def fake(folder, *changes):
    for name, text in [*GOOD.items(), *changes]:
        path = folder / "fake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "fake"


def test_a_package_that_keeps_the_rules_has_no_faults(tmp_path):
    package = fake(tmp_path)
    assert uphill(package, GOOD_LAYERS) == circles(package) == strangers(package, GOOD_FOREIGN) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_that_runs_uphill_is_found(tmp_path, fault):
    name, text, expected = FAULTS[fault]
    assert uphill(fake(tmp_path, (name, text)), GOOD_LAYERS) == expected


def test_a_layer_without_a_file_is_found(tmp_path):
    assert uphill(fake(tmp_path), ["ground", *GOOD_LAYERS]) == ["ground has a layer but no file"]


@pytest.mark.parametrize("fault", STRANGERS)
def test_an_undeclared_import_is_found(tmp_path, fault):
    name, text, expected = STRANGERS[fault]
    assert strangers(fake(tmp_path, (name, text)), GOOD_FOREIGN) == expected


def test_a_circle_is_found(tmp_path):
    package = fake(tmp_path, ("base.py", "def f():\n    from .folder import x\n"))
    assert circles(package) == ["base", "folder", "folder.inner"]
