"""A name for all that a function's result depends on, so that what has been baked can be used again; or a doubt.

What a notebook defines is taken by value: the function's code, its defaults, what it closes over and the globals that
it names, and so on for each function among these. What is imported is taken by the version of its package, or, if
that is a local one, by the contents of its files. Anything else is a `Doubt`, and a doubt means: bake anew.
"""

from __future__ import annotations

import copyreg
import functools
import hashlib
import importlib.metadata
import random
import re
import site
import struct
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

MOST_VALUES = 1_000_000
MOST_BYTES = 500_000_000
MOST_FILES = 5_000
# Who calls these may get something else tomorrow.
_OUTSIDE = frozenset(re.findall(r"\w+", """
    __import__ ctime datetime64 environ eval exec fromfile genfromtxt get_ipython getenv glob globals imread input
    iterdir
    listdir load loads loadtxt locals memmap monotonic now open perf_counter popen read read_bytes read_csv read_excel
    read_html read_json read_parquet read_sql read_table read_text strftime system time time_ns today urandom urlopen
    urlretrieve utcnow vars which
"""))  # fmt: skip
_OUTSIDE_MODULES = frozenset({"http", "requests", "shutil", "socket", "subprocess", "time", "urllib"})
_PLAIN_CALLABLES = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType, types.MemberDescriptorType,
)  # fmt: skip
_CLASS_NOISE = frozenset(
    {"__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__", "_abc_impl"}
)


class Doubt(Exception):
    """Something of which it cannot be told whether it is as it was; the message says what."""


def fingerprint(*values: Any) -> str:
    """Return a name for values and all that they depend on.

    Parameters
    ----------
    *values
        Functions, arrays, numbers, texts, containers, ...

    Returns
    -------
    str
        64 hexadecimal digits: equal only if, as far as can be told, nothing has changed.

    Raises
    ------
    Doubt
        If it cannot be told.
    """
    walk = _Walk()
    try:
        walk.add(values)
        walk.add_packages()
    except RecursionError:
        raise Doubt("values are nested too deeply") from None
    return walk.sha.hexdigest()


def referenced(function: Any) -> Iterator[Any]:
    """Yield what a function closes over and the globals that it names itself."""
    function = getattr(function, "func", function)  # functools.partial
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not set yet
            continue
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__:
            yield function.__globals__[name]


def _names(code: types.CodeType) -> set[str]:
    """Names of globals and attributes in a piece of code and in those inside it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


class _Walk:
    """Goes through values and hashes what it meets."""

    def __init__(self) -> None:
        self.sha = hashlib.sha256()
        self.places: dict[int, int] = {}
        self.alive: list[Any] = []  # as long as they are, their ids are theirs alone
        self.packages: set[str] = set()
        self.bytes = 0

    def put(self, kind: str, *texts: str | bytes) -> None:
        for text in (kind, *texts):
            data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            self.bytes += len(data)
            self.sha.update(struct.pack("!Q", len(data)) + data)
        if self.bytes > MOST_BYTES:
            raise Doubt("the values that it uses are too large to be compared")

    def add(self, value: Any) -> None:
        """Hash any value."""
        if value is None or (
            isinstance(value, (bool, int, str, bytes, complex)) and type(value).__module__ == "builtins"
        ):
            self.put(type(value).__name__, value if isinstance(value, (str, bytes)) else repr(value))
        elif type(value) is float:
            self.put("float", struct.pack("!d", value))
        elif id(value) in self.places:
            self.put("again", str(self.places[id(value)]))
        else:
            self.places[id(value)] = len(self.alive)
            self.alive.append(value)
            if len(self.alive) > MOST_VALUES:
                raise Doubt("it uses too many values to be compared")
            self._add_object(value)

    def _add_object(self, value: Any) -> None:
        if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
            self.put(type(value).__name__, str(len(value)))
            for item in value:
                self.add(item)
        elif type(value) is dict or isinstance(value, types.MappingProxyType):
            self.put("dict", str(len(value)))
            for key, item in value.items():
                self.add(key)
                self.add(item)
        elif type(value) in (set, frozenset):
            walks = [_Walk() for _ in value]
            for walk, item in zip(walks, value, strict=True):
                walk.add(item)
                self.packages |= walk.packages
            self.put(type(value).__name__, *sorted(walk.sha.hexdigest() for walk in walks))
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject and type(value) is np.ndarray:
            self.put("array", repr(value.dtype), repr(value.shape), np.ascontiguousarray(value).tobytes())
        elif isinstance(value, np.random.Generator):
            self.put("generator")
            self.add(value.bit_generator.state)
        elif isinstance(value, types.FunctionType):
            self._add_function(value)
        elif isinstance(value, types.CodeType):
            self._add_code(value)
        elif isinstance(value, type):
            self._add_class(value)
        elif isinstance(value, types.ModuleType):
            self._add_module(value)
        elif isinstance(value, types.MethodType):
            self.put("method")
            self.add(value.__func__)
            self.add(value.__self__)
        elif isinstance(value, functools.partial):
            self.put("partial")
            self.add((value.func, value.args, value.keywords))
        elif isinstance(value, (staticmethod, classmethod)):
            self.put(type(value).__name__)
            self.add(value.__func__)
        elif isinstance(value, property):
            self.put("property")
            self.add((value.fget, value.fset, value.fdel))
        elif isinstance(value, _PLAIN_CALLABLES):
            self._add_builtin(value)
        else:
            self._add_instance(value)

    def _add_builtin(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        if getattr(value, "__module__", None) in _OUTSIDE_MODULES:
            raise Doubt(f"it uses {value.__module__}.{value.__name__}")
        self.put("builtin", str(getattr(value, "__module__", "")), getattr(value, "__qualname__", value.__name__))
        if owner is not None and not isinstance(owner, types.ModuleType):
            self.add(owner)

    def _add_function(self, function: types.FunctionType) -> None:
        self.put("function", function.__qualname__)
        home = function.__globals__.get("__name__", "")
        self._is_imported(function.__module__)
        # (What `exec` has made, or a decorator, may say that it is from where it is not.)
        if function.__globals__ is not vars(sys.modules.get(home, types)) or not self._is_imported(home):
            self._add_code(function.__code__)
            for name in sorted(_names(function.__code__)):
                if name in function.__globals__:
                    self.put("global", name)
                    self.add(function.__globals__[name])
                elif name in _OUTSIDE:
                    raise Doubt(f"{function.__name__} uses {name}")
                if name == "random":
                    self.add((random.getstate(), np.random.get_state(legacy=False)))
            self.add((function.__defaults__, function.__kwdefaults__, function.__dict__))
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self.put("empty cell")

    def _add_code(self, code: types.CodeType) -> None:
        self.put("code", code.co_code, getattr(code, "co_exceptiontable", b""), str(code.co_flags))
        self.put("names", *code.co_names, "|", *code.co_varnames, "|", *code.co_freevars, "|", *code.co_cellvars)
        self.put("counts", f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount}")
        for constant in code.co_consts:
            self.add(constant)

    def _add_class(self, cls: type) -> None:
        self.put("class", cls.__module__, cls.__qualname__)
        if self._is_imported(cls.__module__) and _found(cls.__module__, cls.__qualname__) is cls:
            return
        self.add(cls.__bases__)
        for name, item in sorted(vars(cls).items()):
            if name not in _CLASS_NOISE:
                self.put("member", name)
                self.add(item)

    def _add_module(self, module: types.ModuleType) -> None:
        self.put("module", module.__name__)
        if module.__name__.split(".")[0] in _OUTSIDE_MODULES:
            raise Doubt(f"it uses {module.__name__}")
        if not self._is_imported(module.__name__):
            raise Doubt(f"it uses the module {module.__name__} as a whole")

    def _add_instance(self, value: Any) -> None:
        kind = type(value)
        self.put("instance")
        if any(base.__module__.split(".")[0] == "ipywidgets" or base.__name__ == "Artist" for base in kind.__mro__):
            raise Doubt(f"it uses a {kind.__name__} made outside")
        try:
            reducer = copyreg.dispatch_table.get(kind)
            reduced = reducer(value) if reducer else value.__reduce_ex__(4)
        except Exception as error:  # many kinds of objects refuse in many ways
            raise Doubt(f"it uses a {kind.__name__}, whose contents cannot be read") from error
        if isinstance(reduced, str):
            self._add_named(value, reduced)
            return
        make, arguments, *rest = reduced
        self.add((make, arguments))
        for state in rest:
            self.add(list(state) if isinstance(state, Iterator) else state)

    def _add_named(self, value: Any, name: str) -> None:
        """An object that is pickled by its name: that is enough only if the name leads to it, in a package."""
        if (wrapped := getattr(value, "__wrapped__", None)) is not None:  # functools.lru_cache
            self.put("wrapped", type(value).__qualname__)
            self.add(wrapped)
            return
        for module in (getattr(value, "__module__", None), type(value).__module__, "numpy", "scipy.special"):
            if _found(module, name) is value and module is not None and self._is_imported(module):
                self.put("name", module, name)
                return
        raise Doubt(f"it uses {name}, of which it is not known where it is from")

    # Packages -----------------------------------------------------------------------------------------------------

    def _is_imported(self, module: str | None) -> bool:
        """Whether something comes from a module that is imported, whose package then is part of the name."""
        if not module or module == "__main__":
            return False
        package = module.split(".")[0]
        if package not in sys.modules:
            return False
        self.packages.add(package)
        return True

    def add_packages(self) -> None:
        """Hash the packages that have been met, and the local packages that these use in turn."""
        waiting, done = sorted(self.packages), set()
        while waiting:
            package = waiting.pop(0)
            if package in done:
                continue
            done.add(package)
            if package in sys.stdlib_module_names:
                continue
            if not _is_local(package):
                self.put("package", package, _version(package))
                continue
            self.put("local", package, source_fingerprint(package))
            waiting = sorted({*waiting, *_used_by(package)} - done)


def _found(module: str | None, name: str) -> Any:
    """What is to be found in a module that is loaded."""
    value = sys.modules.get(module or "")
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _origin(package: str) -> Path | None:
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    if file:
        return Path(file).resolve()
    folders = list(getattr(module, "__path__", []))
    return Path(folders[0]).resolve() / "__init__.py" if folders else None


@functools.cache
def _installed_folders() -> tuple[Path, ...]:
    names = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
    names |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(Path(name).resolve() for name in names if name)


def _is_local(package: str) -> bool:
    origin = _origin(package)
    return origin is not None and not any(origin.is_relative_to(folder) for folder in _installed_folders())


@functools.cache
def _version(package: str) -> str:
    version = getattr(sys.modules[package], "__version__", None)
    if isinstance(version, str):
        return version
    for name in _possible_distributions(package):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    origin = _origin(package)
    if origin is None:  # built in
        return sys.version
    return hashlib.sha256(origin.read_bytes()).hexdigest()


def _possible_distributions(package: str) -> Iterator[str]:
    yield package  # most have their package's name, and to look through all that is installed takes a second
    yield from _distributions().get(package, [])


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def source_fingerprint(package: str) -> str:
    """Hash the files of a local package.

    Parameters
    ----------
    package : str
        The name of a package or module at the top, which is imported.

    Returns
    -------
    str
        Hexadecimal digits.

    Raises
    ------
    Doubt
        If there are too many files.
    """
    origin = _origin(package)
    assert origin is not None
    files = [origin]
    if origin.name == "__init__.py":
        # Data files count, too: whoever puts them there reads them.
        files = sorted(path for path in origin.parent.rglob("*") if path.is_file() and not _is_by_product(path))
    if len(files) > MOST_FILES or sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise Doubt(f"the package {package} is too large to be compared")
    sha = hashlib.sha256()
    for path in files:
        sha.update(
            path.relative_to(origin.parent).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
        )
    return sha.hexdigest()


def _is_by_product(path: Path) -> bool:
    return any(part in {"__pycache__", ".ipynb_checkpoints"} or part.endswith(".egg-info") for part in path.parts)


def _used_by(package: str) -> set[str]:
    """Packages that the modules of a package have something from."""
    found = set()
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] != package or module is None:
            continue
        for value in list(vars(module).values()):
            origin = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
            if isinstance(origin, str) and origin.split(".")[0] in sys.modules:
                found.add(origin.split(".")[0])
    return found - {"__main__", package}
