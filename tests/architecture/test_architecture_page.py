"""The architecture page in the book's reference tells of the code as it is."""

import ast
import re

import pytest

from tools.draw_architecture import TARGET, picture
from tools.layers import LAYERS
from tools.notebooks import BOOK, ROOT

PAGE = BOOK / "reference" / "architecture.md"
GUIDES = [PAGE, ROOT / "CONTRIBUTING.md", ROOT / "README.md"]


def code_spans(text):
    """What stands in backticks in the running text."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def missing_names(text):
    """Names like `_rows.softmax` whose module is one of stable_softmax's, and that it does not define."""
    rooms = {name for names in LAYERS["stable_softmax"] for name in names.split()}
    found = []
    for span in code_spans(text):
        room, _, name = span.removesuffix("()").removeprefix("stable_softmax.").partition(".")
        if room in rooms and name and name.split(".")[0] not in defined(room):
            found.append(span)
    return found


def defined(room):
    """The names that a module of stable_softmax defines at its top, or in the classes there."""
    path = ROOT / "src" / "stable_softmax" / room
    paths = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    names = set()
    for node in [node for path in paths for node in ast.parse(path.read_text("utf-8")).body]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            places = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for place in places for name in ast.walk(place) if isinstance(name, ast.Name)}
    return names


def missing_files(text):
    """Paths in backticks that the repository does not have."""
    spans = [
        span for span in code_spans(text) if re.fullmatch(r"[\w.-]+/[\w./*-]*|[\w-]+\.(?:md|py|toml|txt|yml)", span)
    ]
    made = ("_build", ".venv", "NN_")  # by the build, or by the reader
    return [
        span
        for span in spans
        if not any(part in span for part in made)
        and not any(path for root in (ROOT, BOOK, BOOK / "_extensions") for path in root.glob(span.rstrip("/")))
    ]


def missing_commands(text):
    """`make` commands, in backticks or in blocks, for which the Makefile has no target."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    return [name for name in re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE) if name not in targets]


def test_the_picture_shows_the_declared_layers():
    assert TARGET.read_text("utf-8") == picture(), "run: python -m tools.draw_architecture"


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_what_a_guide_names_exists(path):
    text = path.read_text("utf-8")
    assert missing_names(text) == missing_files(text) == missing_commands(text) == []
    assert code_spans(text)


def test_what_does_not_exist_is_found():
    text = "`_dtypes.wide`, `functions.softmax()`, `_dtypes.no`, `nowhere.softmax`, `stable_softmax.losses.nothing`"
    assert missing_names(text) == ["_dtypes.no", "stable_softmax.losses.nothing"]
    assert missing_files("`tools/`, `tools/layers.py`, `tools/gone.py`, `book/_build/x`") == ["tools/gone.py"]
    assert missing_commands("`make book`, `make tea`\nmake unit\nmake coffee") == ["tea", "coffee"]
