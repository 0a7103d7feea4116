"""What holds a number of the prose: an assertion, an output, a source, a test, or an entry with a reason."""

import ast
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

from tools import notebooks
from tools.ledger.numbers import CITED, Number, decimals, numbers

ENTRIES = Path(__file__).with_name("entries.toml")
TESTS = notebooks.ROOT / "tests"
ANSWERS = TESTS / "data" / "answers"

# What a drawing is told (places, sizes, widths) says nothing of the mathematics.
DRAWING = {"axes", "axis", "panel", "panels", "plt", "figure", "fig", "ax", "left", "right", "show"}
DRAWN = {
    "axis",
    "decimals",
    "figsize",
    "fontsize",
    "linewidth",
    "width",
    "narrow",
    "alpha",
    "caption",
    "alt",
    "xlim",
    "ylim",
    "pad",
    "labelsize",
}
# Up to here a whole number is found in almost any cell: an equal one is no evidence.
SMALL = 2
ROUGHLY = re.compile(
    r"(?:about|around|roughly|nearly|almost|some|over|more than|less than|up to|≈|\\approx)\W*$", re.IGNORECASE
)

KINDS = {
    "asserted": "an assertion of the section's code holds the value",
    "printed": "the section's stored output shows it",
    "given": "the section's code sets it: the text says what goes in",
    "chapter": "an assertion or an output elsewhere in the chapter has it, with three digits or more",
    "cited": "the sentence names its source",
    "test": "a test asserts it, with three digits or more",
    "version": "the version of the library whose answers are stored",
    "label": "the number of a chapter, exercise, theorem or step",
    "formula": "part of a formula that is displayed; the section's code asserts or shows it",
    "small": "0, 1, 2 or 1/2: a class, a bound, a count, too common for a match by value to mean anything",
    "entry": "an entry of tools/ledger/entries.toml: an expression that gives it, a test, or a reason",
}


@dataclass(frozen=True)
class Claim:
    """A number, where it stands, and what holds it; `kind` is None where nothing does."""

    chapter: str
    cell: int
    number: Number
    kind: str | None
    holder: str


# Values in code and outputs -----------------------------------------------------------------------


class Constants(ast.NodeVisitor):
    """The numbers that code asserts, and those that it only mentions; expressions of constants are worked out."""

    def __init__(self):
        self.asserted, self.given = set(), set()
        self.deep = False

    def visit(self, node):
        value = constant(node)
        if value is not None:
            (self.asserted if self.deep else self.given).add(value)
        if isinstance(node, ast.Call) and self.is_drawing(node.func):
            return
        if isinstance(node, ast.keyword) and node.arg in DRAWN:
            return
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("round"):
            # How many decimals are kept is no value of the text.
            for part in (node.func, *([] if isinstance(node.func, ast.Attribute) else node.args[:1])):
                self.visit(part)
            return
        asserts = isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and "assert" in ast.unparse(node.func))
        before, self.deep = self.deep, self.deep or asserts
        self.generic_visit(node)
        self.deep = before

    @staticmethod
    def is_drawing(function):
        while isinstance(function, ast.Attribute | ast.Subscript | ast.Call):
            function = function.func if isinstance(function, ast.Call) else function.value
        return isinstance(function, ast.Name) and function.id in DRAWING


def constant(node):
    """The exact value of a constant expression, or None."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value) if abs(value) < float("inf"):
            return Fraction(str(value))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value = constant(inner)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            one, other = constant(left), constant(right)
            if one is None or other is None:
                return None
            match op:
                case ast.Pow() if (
                    other.denominator == 1 and abs(other) < 2000 and abs(one) <= 1000 and (one or other > 0)
                ):
                    return one ** int(other)
                case ast.Mult():
                    return one * other
                case ast.Div() if other:
                    return one / other
                case ast.Add():
                    return one + other
                case ast.Sub():
                    return one - other
    return None


@cache
def constants(code):
    """What code asserts and what it mentions, as two sets of exact values."""
    found = Constants()
    # Lines that are IPython's own are not Python's.
    tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "pass", code))
    found.visit(tree)
    for text in (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)):
        if isinstance(text, str) and len(text) < 80:
            found.given |= {value for value, _ in shown(text)}
    return found.asserted, found.given


@cache
def shown(text):
    """The numbers in a printed text, each with its decimals."""
    found = []
    for literal in re.findall(r"(?<![\w.])[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?(?![\w])", text):
        plain = literal.replace(",", "").replace("−", "-").rstrip(".")
        mantissa, _, power = plain.partition("e")
        found.append((Fraction(plain), decimals(mantissa) - int(power or 0)))
    return tuple(found)


def output_text(cell):
    texts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        texts += [output.get("text") or "", data.get("text/plain", "")]
    return "\n".join(texts)


def rounded(value, digits):
    """A value rounded to that many decimals (negative: tens, hundreds), halves either way."""
    step = Fraction(10) ** -digits
    steps = value / step
    whole = {steps // 1, steps // 1 + 1} if steps % 1 == Fraction(1, 2) else {round(steps)}
    return {count * step for count in whole}


def agrees(number, value, digits=None, least=2):
    """Whether a value, shown with `digits` decimals (None: exact), is the number as the prose rounds it.

    Numbers that show fewer than `least` digits have to be equal.
    """
    wanted = abs(number.value)
    candidates = {abs(value), abs(value) * 100} if number.percent else {abs(value)}
    if wanted in candidates:
        return True
    if number.digits >= 400 or (digits is not None and digits < number.digits - (2 if number.percent else 0)):
        return False
    keep = number.digits
    if keep == 0:  # a whole number is a rounded one only where the text says so: "about 7,200"
        if not ROUGHLY.search(number.before):
            return False
        keep = len(str(wanted).rstrip("0")) - len(str(wanted))
    return significant(number) >= least and any(wanted in rounded(one, keep) for one in candidates)


def significant(number):
    """How many digits the prose shows, zeros at the end of a whole number left out."""
    digits = re.sub(r"\D", "", number.text.split("^")[0].split("\\cdot")[0]).lstrip("0")
    return len(digits if number.digits > 0 else digits.rstrip("0"))


# Holders ------------------------------------------------------------------------------------------


def sections(notebook):
    """For each cell the indices of the cells of its section, nearest first."""
    starts = [
        k for k, cell in enumerate(notebook.cells) if cell.cell_type == "markdown" and cell.source.startswith("#")
    ]
    for k in range(len(notebook.cells)):
        first = max((start for start in starts if start <= k), default=0)
        last = min((start for start in starts if start > k), default=len(notebook.cells))
        # The cell after a section's last sentence can stand after a heading: none does, but introductions look ahead.
        yield sorted(range(first, last), key=lambda index: (abs(index - k), index < k))


def in_cells(number, cells, order):
    """The nearest cell that asserts the number, else prints it, else sets it; as (kind, index), or None."""
    for kind in ("asserted", "printed", "given"):
        for index in order:
            cell = cells[index]
            if cell.cell_type == "code" and has(number, cell, kind):
                return kind, index
    return None


def has(number, cell, kind):
    if kind == "printed":
        return any(agrees(number, value, digits) for value, digits in shown(output_text(cell)))
    asserted, given = constants(cell.source)
    return any(agrees(number, value) for value in (asserted if kind == "asserted" else given))


@lru_cache
def tested():
    """The values that tests assert, each with the file of one of them."""
    found: dict[Fraction, str] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.parent.name in {"softmax", "networks", "chapters"} and path.name != "test_ledger.py":
            for value in constants(path.read_text(encoding="utf-8"))[0]:
                found.setdefault(abs(value), path.relative_to(notebooks.ROOT).as_posix())
    return found


@lru_cache
def versions():
    return {
        version
        for path in ANSWERS.glob("*.json")
        for version in re.findall(r'"(\d+(?:\.\d+)+)', path.read_text(encoding="utf-8"))
    }


@lru_cache
def entries():
    return tomllib.loads(ENTRIES.read_text(encoding="utf-8")).get("entry", []) if ENTRIES.is_file() else []


def entry_of(chapter, number):
    for entry in entries():
        if entry["chapter"] == chapter and number.text in entry["numbers"] and entry["text"] in number.sentence:
            return entry
    return None


def expression(entry, number):
    """The expression that an entry gives for a number, or None if it gives none."""
    given = entry.get("equals")
    return given[entry["numbers"].index(number.text)] if isinstance(given, list) else given


def described(entry, number):
    """What an entry names as the number's holder."""
    return expression(entry, number) or entry.get("test") or entry["reason"]


def label_holder(number, notebook):
    """What a label points at, or None: a chapter that exists, an exercise of this one."""
    kind, value = number.structure, int(number.value) if number.value.denominator == 1 else None
    if kind == "chapter":
        found = list(notebooks.BOOK.glob(f"chapters/{value:02}_*.ipynb")) if value is not None else []
        return found[0].stem if found else None
    if kind == "exercise":
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        return f"exercise {value}" if re.search(rf"(?m)^\*\*{value}\. ", text) else None
    if kind in {"theorem", "lemma", "section", "page"}:
        return None  # a source's: the sentence has to name it
    return kind


def holder(number, chapter, notebook, index, order):
    """Return (kind, holder) of a number; (None, "") where nothing holds it."""
    cells = notebook.cells
    if entry := entry_of(chapter, number):
        return "entry", described(entry, number)
    if number.structure and (where := label_holder(number, notebook)):
        return "label", where
    if number.version:
        text = number.text.removeprefix("v")
        return ("version", "tests/data/answers") if text in versions() else cited(number)
    if (abs(number.value) <= SMALL and number.value.denominator == 1) or abs(number.value) == Fraction(1, 2):
        return "small", ""
    if found := in_cells(number, cells, order):
        kind, at = found
        return kind, f"cell {at}"
    if CITED in number.sentence:
        return cited(number)
    distinct = significant(number) >= 3
    if distinct and (found := in_cells(number, cells, sorted(range(len(cells)), key=lambda at: abs(at - index)))):
        return "chapter", f"cell {found[1]}, {found[0]}"
    if distinct:
        for value, path in tested().items():
            if agrees(number, value):
                return "test", path
    if number.formula and any(cells[at].cell_type == "code" and constants(cells[at].source)[0] for at in order):
        return "formula", "the section's assertions"
    return None, ""


def cited(number):
    return ("cited", "the sentence's source") if CITED in number.sentence else (None, "")


def claims(path):
    """The claims of a chapter, in order."""
    notebook, chapter = notebooks.read(path), path.name[:2]
    for index, order in enumerate(sections(notebook)):
        if notebook.cells[index].cell_type == "markdown":
            for number in numbers(notebook.cells[index].source):
                yield Claim(chapter, index, number, *holder(number, chapter, notebook, index, order))


def ledger():
    """All claims of the book."""
    return [claim for path in notebooks.chapters() if path.name[:2].isdigit() for claim in claims(path)]


def counts(found):
    return Counter(claim.kind for claim in found)
