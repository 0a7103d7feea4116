"""A function's name changes with all that its frames depend on, and with nothing else; what cannot be told is a doubt."""

import functools
import importlib
import importlib.metadata
import sys
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy

from static_interact import dependencies
from static_interact.dependencies import Doubt, fingerprint, referenced, source_fingerprint


def notebook(source, name="f"):
    """What a name means after a notebook with that source."""
    space = {"__name__": "__main__", "np": np, "plt": plt, "functools": functools}
    exec(source, space)
    return space[name]


def name_of(source):
    return fingerprint(notebook(source))


BASE = """
scale = 2.0
def helper(x, shift=1):
    return x + shift
def f(x):
    return helper(x) * scale + np.exp(x)
"""


@pytest.mark.parametrize(
    "old, new",
    [
        ("scale = 2.0", "scale = 2.5"),
        ("scale = 2.0", "scale = 2"),
        ("x + shift", "x - shift"),
        ("shift=1", "shift=2"),
        ("np.exp", "np.log"),
        ("def f(x):", "def f(x, y=0):"),
        ("* scale", "* scale * 3"),
        ("scale = 2.0", "scale = np.array([2.0])"),
    ],
)
def test_changes_that_matter(old, new):
    assert name_of(BASE) != name_of(BASE.replace(old, new))


@pytest.mark.parametrize(
    "old, new",
    [
        ("scale = 2.0", "# a comment\n\nscale = 1.0 + 1.0"),
        ("def f(x):", "other = 7\ndef unused():\n    return other\ndef f(x):"),
        ("scale = 2.0", "scale = 2.0\nlater = lambda: scale"),
    ],
)
def test_changes_that_do_not_matter(old, new):
    assert name_of(BASE) == name_of(BASE.replace(old, new))


@pytest.mark.parametrize(
    "pair",
    [
        ("a = {'x': [1, (2, 3)]}", "a = {'x': [1, (2, 4)]}"),
        ("a = {'x': 1, 'y': 2}", "a = {'y': 2, 'x': 1}"),
        ("a = {1, 2}", "a = {1, 3}"),
        ("a = [1]", "a = (1,)"),
        ("a = True", "a = 1"),
        ("a = 0.0", "a = -0.0"),
        ("a = 'b'", "a = b'b'"),
        ("a = np.arange(3)", "a = np.arange(3.0)"),
        ("a = np.zeros((2, 3))", "a = np.zeros((3, 2))"),
        ("a = np.random.default_rng(0)", "a = np.random.default_rng(1)"),
        ("a = np.float32", "a = np.float64"),
        ("a = np.exp", "a = np.sin"),
        ("a = np.dtype('f4')", "a = np.dtype('f8')"),
        ("a = functools.partial(max, 1)", "a = functools.partial(max, 2)"),
        ("class A:\n    k = 1\na = A()", "class A:\n    k = 2\na = A()"),
        ("class A:\n    def m(self): return 1\na = A()", "class A:\n    def m(self): return 2\na = A()"),
        ("class A:\n    pass\na = A(); a.v = 1", "class A:\n    pass\na = A(); a.v = 2"),
        ("class A:\n    def m(self): return 1\na = A().m", "class A:\n    def m(self): return 2\na = A().m"),
        ("class B:\n    k = 1\nclass A(B): pass\na = A", "class B:\n    k = 2\nclass A(B): pass\na = A"),
        ("class A:\n    @property\n    def p(self): return 1\na = A", "class A:\n    @property\n    def p(self): return 2\na = A"),
        ("@functools.lru_cache\ndef a(): return 1", "@functools.lru_cache\ndef a(): return 2"),
        ("def w(g):\n    @functools.wraps(g)\n    def i(): return g()\n    return i\n@w\ndef a(): return 1",
         "def w(g):\n    @functools.wraps(g)\n    def i(): return g()\n    return i\n@w\ndef a(): return 2"),
        ("a = lambda: [k for k in range(3)]", "a = lambda: [k for k in range(4)]"),
        ("a = slice(1, 2)", "a = slice(1, 3)"),
        ("from decimal import Decimal; a = Decimal('1.0')", "from decimal import Decimal; a = Decimal('1.00')"),
        ("from sympy import Symbol; a = Symbol('x') + 1", "from sympy import Symbol; a = Symbol('x') + 2"),
        ("from enum import Enum\nclass A(Enum):\n    x = 1\na = A.x", "from enum import Enum\nclass A(Enum):\n    x = 2\na = A.x"),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\na = A()",
         "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 2\na = A()"),
        ("from collections import namedtuple\na = namedtuple('T', 'x')(1)", "from collections import namedtuple\na = namedtuple('T', 'x')(2)"),
        ("a = np.vectorize(lambda x: x)", "a = np.vectorize(lambda x: -x)"),
    ],
)  # fmt: skip
def test_values_are_told_apart_and_equal_ones_are_not(pair):
    first, second = (f"{source}\ndef f():\n    return a" for source in pair)
    assert name_of(first) == name_of(first)
    assert name_of(first) != name_of(second)


def test_equal_sets_have_equal_names():
    words = [f"word {k}" for k in range(50)]
    backwards = words[::-1]
    assert fingerprint(set(words)) == fingerprint(set(backwards))


def test_what_refers_to_itself_has_a_name():
    one, two = [1], [1]
    one.append(one)
    two.append(two)
    assert fingerprint(one) == fingerprint(two) != fingerprint([1, [1]])
    recursive = "def f(n):\n    return f(n - 1) if n else 0"
    assert name_of(recursive) == name_of(recursive)


def test_a_closure_counts():
    def make(shift):
        def f(x):
            return x + shift

        return f

    assert fingerprint(make(1)) == fingerprint(make(1)) != fingerprint(make(2))


def test_a_lambdified_formula_counts():
    x = sympy.Symbol("x")
    one, other = (sympy.lambdify(x, expression) for expression in (x**2, x**3))
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    "source, why",
    [
        ("def f():\n    return open('data.csv')", "f uses open"),
        ("def f():\n    return np.loadtxt('data.csv')", "f uses loadtxt"),
        ("def f():\n    return [eval('1') for _ in 'ab']", "f uses eval"),
        ("import time\ndef f():\n    return time.time()", "it uses time"),
        ("from time import time as now_\ndef f():\n    return now_()", "it uses time.time"),
        ("from datetime import datetime\ndef f():\n    return datetime.now()", "f uses now"),
        ("import os\ndef f():\n    return os.environ['HOME']", "f uses environ"),
        ("import threading; lock = threading.Lock()\ndef f():\n    return lock", "it uses a lock"),
        ("generator = (k for k in 'ab')\ndef f():\n    return next(generator)", "it uses a generator"),
        ("figure = plt.figure()\ndef f():\n    figure.clear()", "it uses a Figure made outside"),
        (
            "fig, axes = plt.subplots()\nline, = axes.plot([1])\ndef f():\n    line.remove()",
            "it uses a Line2D made outside",
        ),
        (
            "import ipywidgets\nw = ipywidgets.IntSlider()\ndef f():\n    return w.value",
            "it uses a IntSlider made outside",
        ),
        ("g = np.frompyfunc(lambda x: x, 1, 1)\ndef f():\n    return g(1)", "it is not known where it is from"),
        ("import sys; me = sys.modules['__main__']\ndef f():\n    return me.x", "it uses the module __main__"),
    ],
)
def test_doubts(source, why):
    with pytest.raises(Doubt, match=why):
        name_of(source)


def test_too_much_is_a_doubt(monkeypatch):
    monkeypatch.setattr(dependencies, "MOST_BYTES", 1000)
    with pytest.raises(Doubt, match="too large"):
        fingerprint(np.zeros(200))
    monkeypatch.setattr(dependencies, "MOST_BYTES", 10**9)
    monkeypatch.setattr(dependencies, "MOST_VALUES", 50)
    with pytest.raises(Doubt, match="too many"):
        fingerprint([[] for _ in range(60)])
    nested = []
    for _ in range(10_000):
        nested = [nested]
    monkeypatch.undo()
    with pytest.raises(Doubt, match="too deeply"):
        fingerprint(nested)


def test_random_numbers_that_all_share_count_where_they_are_used():
    uses = "def f():\n    return np.random.rand()"
    with_seed = []
    state = np.random.get_state()
    for seed in (0, 0, 1):
        np.random.seed(seed)
        with_seed.append((name_of(uses), name_of(BASE)))
    np.random.set_state(state)
    assert with_seed[0] == with_seed[1]
    assert with_seed[0][0] != with_seed[2][0] and with_seed[0][1] == with_seed[2][1]


# --- packages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A local package, and one that it uses."""
    for name in ("local_one", "local_two"):
        (tmp_path / name).mkdir()
    (tmp_path / "local_one" / "__init__.py").write_text("from local_one.inner import g")
    (tmp_path / "local_one" / "inner.py").write_text("from local_two import h\ndef g():\n    return h()")
    (tmp_path / "local_two" / "__init__.py").write_text("def h():\n    return 1")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("local_")]:
        del sys.modules[name]


def test_the_source_of_local_packages_counts(package):
    source = "from local_one import g\ndef f():\n    return g()"
    first = name_of(source)
    assert name_of(source) == first
    changes = {
        "local_one/inner.py": "from local_two import h\ndef g():\n    return -h()",
        "local_two/__init__.py": "def h():\n    return 2",
        "local_one/data.csv": "1,2",
    }
    names = {first}
    for path, text in changes.items():
        (package / path).write_text(text)
        names.add(name_of(source))
    assert len(names) == 4
    (package / "local_one" / "__pycache__").mkdir(exist_ok=True)
    (package / "local_one" / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert name_of(source) in names


def test_a_package_used_by_name_alone_counts(package):
    source = "import local_one\ndef f():\n    return local_one.g()"
    first = name_of(source)
    (package / "local_two" / "__init__.py").write_text("def h():\n    return 3")
    assert name_of(source) != first


def test_a_package_in_a_set_counts(package):
    source = "from local_one import g\nboth = {g}\ndef f():\n    return both"
    first = name_of(source)
    (package / "local_one" / "inner.py").write_text("from local_two import h\ndef g():\n    return -h()")
    assert name_of(source) != first


def test_an_installed_package_is_known_by_its_version(monkeypatch):
    importlib.import_module("mpl_toolkits")  # of matplotlib, and has no version of its own
    importlib.import_module("_pytest")
    dependencies._version.cache_clear()
    assert dependencies._version("mpl_toolkits") == importlib.metadata.version("matplotlib")
    dependencies._version.cache_clear()

    def asked():
        raise AssertionError("to look through all that is installed takes more than a second")

    monkeypatch.setattr(dependencies, "_distributions", asked)
    for package, distribution in (("numpy", "numpy"), ("_pytest", "pytest"), ("hypothesis", "hypothesis")):
        assert dependencies._version(package) == importlib.metadata.version(distribution)
    monkeypatch.delattr(pytest, "__version__")
    dependencies._version.cache_clear()
    assert dependencies._version("pytest") == importlib.metadata.version("pytest")


def test_versions_of_installed_packages_count(monkeypatch):
    first = name_of(BASE)
    monkeypatch.setattr(dependencies, "_version", lambda package: f"{package} next")
    assert name_of(BASE) != first


def test_a_package_of_too_many_files_is_a_doubt(package, monkeypatch):
    importlib.import_module("local_one")
    assert len(source_fingerprint("local_one")) == 64
    monkeypatch.setattr(dependencies, "MOST_FILES", 1)
    with pytest.raises(Doubt, match="local_one is too large"):
        source_fingerprint("local_one")


def test_referenced_values():
    lock = threading.Lock()

    def f():
        return lock, np

    assert list(referenced(f)) == [lock, np]
    assert list(referenced(functools.partial(f))) == [lock, np]
    assert list(referenced(len)) == []
