"""What the package rests on, and that it can be read at one sitting."""

import ast
from pathlib import Path

import small_networks

SOURCE = Path(small_networks.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_it_rests_on_numpy_and_stable_softmax_alone():
    names = {name for path in SOURCE.glob("*.py") for name in imported(path)}
    assert names <= {"numpy", "stable_softmax", *__import__("sys").stdlib_module_names} and "numpy" in names


def test_the_other_packages_do_not_know_it():
    for package in ("stable_softmax", "static_interact"):
        paths = list((SOURCE.parent / package).glob("*.py"))
        assert paths and "small_networks" not in {name for path in paths for name in imported(path)}


def code_lines(path):
    """Lines that hold code: neither empty, nor comment, nor docstring."""
    text = path.read_text(encoding="utf-8")
    lines = {n for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_it_can_be_read_at_one_sitting():
    count = sum(code_lines(SOURCE / name) for name in ("layers.py", "optimizers.py", "training.py"))
    assert count <= 290, count
