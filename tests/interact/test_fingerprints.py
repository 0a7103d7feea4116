"""Names of values: what looks alike inside is not the same, and the limits are exact."""

import functools
import random
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from static_interact import dependencies
from static_interact.dependencies import Doubt, fingerprint, referenced, source_fingerprint


def one():
    return 1


class Thing:
    """Its state alone tells two of them apart."""

    def __init__(self, state):
        self.state = state

    def method(self):
        return self.state

    def other(self):
        return [self.state]


THING = Thing(1)


def space(source, **more):
    names = {"__name__": "__main__", "np": np, **more}
    exec(source, names)
    return names


@pytest.mark.parametrize(
    "value, other",
    [
        (functools.partial(one, 1), (one, (1,), {})),
        (property(one), (one, None, None)),
        (staticmethod(one), classmethod(one)),
        (staticmethod(one), one),
        (np.random.default_rng(0), np.random.default_rng(0).bit_generator.state),
        ({1, 2}, frozenset({1, 2})),
        ("x", b"x"),
        (1, True),
        (1.0, 1),
        (1j, "1j"),
        (None, "None"),
        ([], ()),
        ({}, []),
        ([1, [2]], [[1], 2]),
        (["ab", "c"], ["a", "bc"]),
        (Thing(1).method, Thing(2).method),
        (Thing(1).method, Thing.method),
        (THING.method, THING.other),
        ([1].append, [2].append),
        ([].append, [].extend),
        (np.arange(4), np.arange(4).tolist()),
        (np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)),
        (np.array([1], dtype=object), np.array([2], dtype=object)),
        (np.arange(4), np.arange(4, dtype=np.int32)),
        (np.ma.array([1, 2], mask=[True, False]), np.ma.array([1, 2], mask=[False, False])),
        (len, max),
        (str.upper, str.lower),
        (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})),
        (np.random.default_rng, np.random.Generator),
        (float, int),
        (one.__code__, (lambda: 2).__code__),
    ],
)
def test_values_that_resemble_each_other_have_names_of_their_own(value, other):
    assert fingerprint(value) != fingerprint(other)
    assert fingerprint(value) == fingerprint(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.random.default_rng(3), lambda: {"b", "a", 3}, lambda: Thing([1]), lambda: Thing(2).method,
        lambda: functools.partial(one, 2), lambda: np.arange(5)[::2], lambda: [1, 2].append, lambda: np.float32(1.5),
        lambda: property(one), lambda: {"a": [1, (2.5, None)]}, lambda: types.SimpleNamespace(a=1),
    ],
)  # fmt: skip
def test_values_made_anew_have_the_same_names(make):
    assert fingerprint(make()) == fingerprint(make())


def test_shared_parts_are_told_from_equal_ones():
    part = [1]
    assert fingerprint([part, part]) != fingerprint([[1], [1]])
    assert fingerprint([part, [1], part]) != fingerprint([part, [1], [1]])


def test_arrays_count_as_they_are_read_and_not_as_they_lie_in_memory():
    array = np.arange(12).reshape(3, 4)
    assert fingerprint(array) == fingerprint(np.asfortranarray(array))


@pytest.mark.parametrize(
    "first, second",
    [
        ("def f(a, b): return a", "def f(b, a): return a"),
        ("def f(a): return a", "def f(a, /): return a"),
        ("def f(a): return a", "def f(*, a): return a"),
        ("def f(a): return a.x", "def f(a): return a.y"),
        ("def f(*, a=1): return a", "def f(*, a=2): return a"),
        ("def f(): return 1", "def f(): return 1\nf.note = 2"),
        ("def f(): return 1", "def f(): yield 1"),
        ("def f():\n  try: return 1\n  except ValueError: return 2", "def f():\n  try: return 1\n  except KeyError: return 2"),
        ("class A:\n  x = 1\nf = A", "class A:\n  y = 1\nf = A"),
        ("class A: pass\nf = A", "class B: pass\nf = B"),
        ("class A:\n  x = 1\n  y = 2\nf = A", "class A:\n  x = 2\n  y = 1\nf = A"),
        ("def g(): return 1\ndef f(): return g()", "def h(): return 1\ng = h\ndef f(): return g()"),
    ],
)  # fmt: skip
def test_functions_are_told_apart_by_all_that_they_are(first, second):
    names = [fingerprint(space(source)["f"]) for source in (first, first, second)]
    assert names[0] == names[1] != names[2]


def test_comments_and_lines_of_a_class_do_not_matter():
    first = space("class A:\n  def m(self): return 1\nf = A")["f"]
    second = space("# why\n\n\nclass A:\n\n  def m(self): return 1\nf = A")["f"]
    assert fingerprint(first) == fingerprint(second)


def test_a_cell_that_is_empty_may_be_filled():
    def make(filled):
        def inner():
            return late

        if filled:
            late = 1
        return inner

    empty, full = make(False), make(True)
    assert fingerprint(empty) == fingerprint(make(False)) != fingerprint(full)
    assert list(referenced(empty)) == [] and list(referenced(full)) == [1]


def test_a_method_refers_to_what_its_function_does():
    scope = space("value = object()\nclass A:\n  def m(self): return [value for _ in 'ab']\na = A()")
    assert list(referenced(scope["a"].m)) == [scope["value"]]


def test_the_state_of_random_counts_where_it_is_named():
    state = random.getstate()
    uses = space("import random\ndef f(): return random.random()")["f"]
    names = []
    for seed in (1, 1, 2):
        random.seed(seed)
        names.append(fingerprint(uses))
    random.setstate(state)
    assert names[0] == names[1] != names[2]


# --- limits ---------------------------------------------------------------------------------------------------------


def doubtful(*values):
    try:
        fingerprint(*values)
    except Doubt:
        return True
    return False


def test_as_many_values_as_allowed(monkeypatch):
    monkeypatch.setattr(dependencies, "MOST_VALUES", 12)
    # The tuple of all, the list, and what is in it.
    assert not doubtful([[] for _ in range(10)])
    assert doubtful([[] for _ in range(11)])


def test_as_many_bytes_as_allowed(monkeypatch):
    def taken(text):
        walk = dependencies._Walk()
        walk.add((text,))
        return walk.bytes

    assert taken("x" * 50) == taken("") + 50 and taken("é") == taken("") + 2
    assert taken("") == len("tuple" + "1" + "str")
    monkeypatch.setattr(dependencies, "MOST_BYTES", taken("x" * 50))
    assert not doubtful("x" * 50) and doubtful("x" * 51) and doubtful("é" * 26)


def test_surrogates_have_names_too():
    assert fingerprint("\ud800") != fingerprint("\ud801")


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A module in a file, and a package of three."""
    (tmp_path / "si_alone.py").write_text("x = 1\n")
    folder = tmp_path / "si_many"
    (folder / "inner").mkdir(parents=True)
    for name in ("__init__.py", "a.py", "inner/b.txt"):
        (folder / name).write_text("y = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("si_alone", "si_many"):
        __import__(name)
    yield tmp_path
    for name in ("si_alone", "si_many"):
        del sys.modules[name]


def test_as_many_files_as_allowed(local, monkeypatch):
    whole = source_fingerprint("si_many")
    monkeypatch.setattr(dependencies, "MOST_FILES", 3)
    assert source_fingerprint("si_many") == whole
    monkeypatch.setattr(dependencies, "MOST_FILES", 2)
    with pytest.raises(Doubt, match="si_many is too large"):
        source_fingerprint("si_many")
    monkeypatch.undo()
    monkeypatch.setattr(dependencies, "MOST_BYTES", 18)
    monkeypatch.syspath_prepend(local)
    assert source_fingerprint("si_many") == whole
    monkeypatch.setattr(dependencies, "MOST_BYTES", 17)
    with pytest.raises(Doubt):
        source_fingerprint("si_many")


def test_files_count_by_name_and_contents(local):
    first = source_fingerprint("si_many")
    (local / "si_many" / "a.py").rename(local / "si_many" / "c.py")
    renamed = source_fingerprint("si_many")
    assert renamed != first
    for by_product in ("__pycache__/c.pyc", ".ipynb_checkpoints/x", "si.egg-info/top"):
        (local / "si_many" / by_product).parent.mkdir(exist_ok=True)
        (local / "si_many" / by_product).write_text("z")
    assert source_fingerprint("si_many") == renamed


def test_a_module_in_a_file_is_that_file_alone(local):
    first = source_fingerprint("si_alone")
    (local / "other.py").write_text("z = 1\n")
    assert source_fingerprint("si_alone") == first
    (local / "si_alone.py").write_text("x = 2\n")
    assert source_fingerprint("si_alone") != first


def test_what_is_local_and_what_is_installed(local):
    assert dependencies._is_local("si_alone") and dependencies._is_local("si_many")
    assert not dependencies._is_local("numpy") and not dependencies._is_local("json")
    assert not dependencies._is_local("builtins") and dependencies._origin("sys") is None
    assert dependencies._origin("si_many") == (local / "si_many" / "__init__.py").resolve()


def test_a_folder_without_an_init_has_a_place(local, monkeypatch):
    module = types.ModuleType("si_folder")
    module.__path__ = [str(local / "si_many")]
    monkeypatch.setitem(sys.modules, "si_folder", module)
    assert dependencies._origin("si_folder") == (local / "si_many" / "__init__.py").resolve()
    assert source_fingerprint("si_folder") == source_fingerprint("si_many")


def test_a_package_without_a_version_is_known_by_its_file(local, monkeypatch):
    monkeypatch.setattr(dependencies, "_distributions", dict)  # to look through all that is installed takes a second
    dependencies._version.cache_clear()
    first = dependencies._version("si_alone")
    assert len(first) == 64
    dependencies._version.cache_clear()
    (local / "si_alone.py").write_text("x = 3\n")
    assert dependencies._version("si_alone") != first
    dependencies._version.cache_clear()
    assert dependencies._version("builtins") == sys.version
    dependencies._version.cache_clear()


def test_installed_folders_are_where_packages_are():
    folders = dependencies._installed_folders()
    assert any(Path(np.__file__).is_relative_to(folder) for folder in folders)
    assert any(Path(functools.__file__).is_relative_to(folder) for folder in folders)
    assert all(isinstance(folder, Path) and folder.is_absolute() for folder in folders)


def test_packages_that_a_package_uses(local, monkeypatch):
    module = sys.modules["si_many"]
    module.__dict__.update(np=np, one=np.exp, me=module, text="x")
    assert dependencies._used_by("si_many") >= {"numpy"}
    assert "si_many" not in dependencies._used_by("si_many") and "__main__" not in dependencies._used_by("si_many")
