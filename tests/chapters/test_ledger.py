"""Each number of the prose has a holder: the claims ledger (tools/ledger)."""

import csv
import math
import re
from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import mpmath
import nbformat
import numpy as np
import pytest
import sympy as sp

from stable_softmax import softmax
from stable_softmax.precision import limits
from tools import notebooks
from tools.ledger import __main__ as command
from tools.ledger import holders
from tools.ledger.numbers import numbers

# What an entry's expression may name.
NAMES = {
    "Decimal": Decimal,
    "Fraction": Fraction,
    "limits": limits,
    "math": math,
    "ml_dtypes": ml_dtypes,
    "mp": mpmath.mp,
    "np": np,
    "p": sp.Symbol("p", real=True),
    "softmax": softmax,
    "sp": sp,
}


@pytest.fixture(scope="module")
def claims():
    return holders.ledger()


@pytest.mark.slow
def test_every_number_of_the_prose_has_a_holder(claims):
    unheld = [
        f"chapter {c.chapter}, cell {c.cell}: {c.number.text} in: {c.number.sentence}" for c in claims if c.kind is None
    ]
    assert len(claims) > 1000
    assert not unheld, "let a cell assert it, cite a source, or add an entry to tools/ledger/entries.toml"


@pytest.mark.slow
def test_every_entry_is_needed(claims):
    """An entry whose sentence has changed, or whose number a cell holds now, goes."""
    used = {
        (c.chapter, c.number.text, holders.entry_of(c.chapter, c.number)["text"]) for c in claims if c.kind == "entry"
    }
    listed = {(entry["chapter"], text, entry["text"]) for entry in holders.entries() for text in entry["numbers"]}
    assert listed - used == set()


def exactly(value):
    """A value of any of the libraries as a fraction."""
    if isinstance(value, sp.Basic):
        return Fraction(int(value.p), int(value.q)) if value.is_Rational else Fraction(float(value))
    if isinstance(value, int | Fraction | Decimal):
        return Fraction(value)
    return Fraction(str(mpmath.mpf(value))) if isinstance(value, mpmath.mpf) else Fraction(float(value))


@pytest.mark.slow
def test_the_expressions_of_entries_give_their_numbers(claims):
    checked = 0
    for claim in claims:
        if claim.kind != "entry":
            continue
        entry, number = holders.entry_of(claim.chapter, claim.number), claim.number
        if (formula := holders.expression(entry, number)) is None:
            continue
        value = abs(exactly(eval(formula, dict(NAMES))))
        exact = abs(value - abs(number.value)) <= abs(number.value) / 10**12  # room for the rounding of a float
        assert exact or holders.agrees(number, value, least=1), f"{formula} is {float(value)}, not {number.text}"
        checked += 1
    assert checked > 50


def test_the_tests_that_entries_name_exist():
    named = [entry["test"] for entry in holders.entries() if "test" in entry]
    assert named
    for name in named:
        path, _, function = name.partition("::")
        assert f"def {function}(" in (notebooks.ROOT / path).read_text(encoding="utf-8")


def test_an_entry_has_one_holder():
    for entry in holders.entries():
        assert len({"equals", "reason", "test"} & set(entry)) == 1, entry


# How numbers are read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, expected",
    [
        ("It takes 1,234.5 steps.", [Fraction("1234.5")]),
        ("About 1.5 million rows, 49 % right.", [1500000, 49]),
        (r"Near $1.8 \cdot 10^{308}$ and $2^{-53}$.", [Fraction("1.8e308"), Fraction(1, 2**53)]),
        (r"It is $\tfrac{1}{3}$, $\frac 14$ or 2/3.", [Fraction(1, 3), Fraction(1, 4), Fraction(2, 3)]),
        (r"As $0^{-1}$ and $5/0$ are none, 3.", [0, 5, 3]),
        ("From -3 to −4, `1000` and `1e-7`.", [-3, -4, 1000, Fraction("1e-7")]),
        (r"$a_1 + x_{12} = 7$ in float16, `x[3]` and `log1p(5)`", [7]),
        ("[a link](https://example.org/2024/12) {cite}`author2019` {eq}`eq-7`", []),
        ("```python\nx = 5\n```\nand 6 more", [6]),
        ("A row.\n\n$$\nx + 8\n$$ (eq-9)", [8]),
        ("<details><summary>Solution 1</summary>\n\nIt is 5.\n\n</details>", [1, 5]),
        ("On 2 < 3 of 4 rows x > 5.", [2, 3, 4, 5]),
    ],
)
def test_numbers_are_read_as_they_are_meant(source, expected):
    assert [number.value for number in numbers(source)] == expected


def test_labels_and_versions_are_told_from_values():
    found = list(numbers("**3. Try it.** See chapters 2 and 11, exercise 4, SciPy 1.17.1 and 60 rows."))
    assert [number.structure for number in found] == ["item", "chapter", "chapter", "exercise", None, None]
    assert [number.version for number in found] == [False] * 4 + [True, False]


# What holds them ----------------------------------------------------------------------------------


def notebook(text, code="", printed=""):
    code_cell = nbformat.v4.new_code_cell(code, outputs=[nbformat.v4.new_output("stream", text=printed)])
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title\n\n" + text), code_cell])


def kinds(text, code="", printed=""):
    """What holds the numbers of a text that has one code cell beside it."""
    made = notebook(text, code, printed)
    return [holders.holder(number, "99", made, 0, [0, 1])[0] for number in numbers(made.cells[0].source)]


@pytest.mark.parametrize(
    "text, code, printed, kind",
    [
        ("It is 435 long.", "assert n == 435", "", "asserted"),
        ("It is 435 long.", "np.testing.assert_array_equal(n, [434, 435])", "", "asserted"),
        ("It is 435 long.", "assert n == 436", "", None),
        ("It is 435 long.", "n = 435", "", "given"),
        ("It is 435 long.", "axes.text(435, 1, 'n')", "", None),
        ("It is 435 long.", "assert round(x, 435) == y", "", None),
        ("It is 435 long.", "", "n: 435", "printed"),
        ("It is 435 long.", "", "n: 4350", None),
        ("It is 0.67 long.", "", "n: 0.6652", "printed"),
        ("It is 0.67 long.", "", "n: 0.7", None),
        ("It is 0.67 long.", "", "n: 0.66", None),
        ("It is 49 % long.", "assert share == 0.49", "", "asserted"),
        ("It is about 7,200 long.", "", "7231", "printed"),
        ("It is 7,200 long.", "", "7231", None),
        (r"It is $2^{-53}$ long.", "assert u == 2.0**-53", "", "asserted"),
        ("It is 3987654 long {cite}`someone`.", "", "", "cited"),
        ("It is 3987654 long.", "", "", None),
        ("It is 1 long.", "", "", "small"),
        ("It is 0.5 long.", "", "", "small"),
        ("See chapter 4.", "", "", "label"),
        ("See chapter 44.", "", "", None),
        ("See exercise 4.", "", "", None),
        ("**4. Do it.** As in exercise 4.", "", "", "label"),
    ],
)
def test_a_number_is_held_by_what_has_it_and_by_nothing_else(text, code, printed, kind):
    assert kinds(text, code, printed)[-1] == kind


def test_a_changed_number_in_a_chapter_is_noticed():
    """Numbers of four digits and more that a cell holds: nudged, hardly one is still held."""
    [path] = notebooks.BOOK.glob("chapters/10_*.ipynb")
    changed = notebooks.read(path)
    for cell in changed.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"151,936", "151,937", cell.source)
    orders = list(holders.sections(changed))
    found = [
        holders.holder(number, "10", changed, index, orders[index])[0]
        for index, cell in enumerate(changed.cells)
        if cell.cell_type == "markdown"
        for number in numbers(cell.source)
        if number.text == "151,937"
    ]
    assert found and set(found) <= {None, "cited"}


def test_the_ledger_is_written_and_summed_up(claims, tmp_path):
    path = tmp_path / "claims.csv"
    command.write(path, claims)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == command.COLUMNS and len(rows) == len(claims)
    assert sum(int(line.split()[0]) for line in command.summary(claims)) == len(claims)
    assert set(holders.counts(claims)) - {None} <= set(holders.KINDS)
