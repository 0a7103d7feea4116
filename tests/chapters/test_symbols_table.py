"""One letter, one meaning: the formulas use no letter that the cheat sheet's tables do not list, and words are used in one sense."""

import re

import pytest

from tools import notebooks

#: Pages whose formulas keep to the tables. To add a chapter, add the beginning of its file's name, and its own letters to the
#: second table of the cheat sheet.
CHAPTERS = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"]
CHEAT_SHEET = notebooks.BOOK / "reference" / "cheat_sheet.ipynb"

GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi chi psi omega"
    " Gamma Delta Theta Lambda Sigma Phi Psi Omega"
).split()


def markdown(path):
    return [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown"]


def chapter(name):
    [path] = (notebooks.BOOK / "chapters").glob(f"{name}_*.ipynb")
    return path


def formulas(text):
    """The formulas between dollar signs, code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", " ", text, flags=re.DOTALL)
    yield from re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)
    yield from re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.+?\$\$(?: \([\w-]+\))?", " ", text, flags=re.DOTALL))


def letters(formula):
    """The symbols in a formula: single Latin letters, and commands that are Greek letters."""
    formula = re.sub(r"\\(?:operatorname|text|textbf|mathrm|mathit|begin|end)\*?\{[^}]*\}", " ", formula)
    commands = re.findall(r"\\([A-Za-z]+)", formula)
    return {rf"\{name}" for name in commands if name in GREEK} | set(
        re.findall("[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula))
    )


def tables(cells):
    """The letters of all chapters, and the (chapter, letter) pairs, from the section on symbols, row by row."""
    [section] = [cell for cell in cells if cell.startswith("## Symbols")]
    everywhere, single = [], []
    for row in re.findall(r"^\|(.+)\|$", section, re.MULTILINE):
        fields = [field.strip() for field in row.split(" | ")]
        if fields[0].startswith("$"):
            everywhere.append({letter for symbol in fields[0].split(",") for letter in letters(_head(symbol))})
        elif fields[0].isdigit():
            single.append((f"{int(fields[0]):02}", *letters(_head(fields[1]))))
    return everywhere, single


def _head(symbol):
    return symbol.partition("_")[0]


@pytest.fixture(scope="module")
def known():
    return tables(markdown(CHEAT_SHEET))


def test_no_letter_has_two_meanings(known):
    everywhere, single = known
    listed = [letter for row in everywhere for letter in row]
    assert len(listed) >= 30 and len(listed) == len(set(listed))
    assert len(single) == len(set(single))
    assert not {letter for _, letter in single} & set(listed), "a chapter's own letter has a meaning everywhere"


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_uses_the_letters_of_the_tables(known, name):
    everywhere, single = known
    own = {letter for chapter_, letter in single if chapter_ == name}
    used = {
        letter: formula for cell in markdown(chapter(name)) for formula in formulas(cell) for letter in letters(formula)
    }
    unknown = {letter: used[letter] for letter in set(used) - set().union(*everywhere) - own}
    assert not unknown
    assert own <= set(used), "the cheat sheet lists a letter that the chapter no longer has"


def test_the_cheat_sheet_uses_its_own_letters(known):
    everywhere, single = known
    for cell in markdown(CHEAT_SHEET):
        for formula in formulas(cell):
            unknown = letters(formula) - set().union(*everywhere) - {letter for _, letter in single}
            assert not unknown, formula


def problems(text):
    """What the tables' words rule out, in a chapter's text."""
    found = []
    if re.search("textbook", text, re.IGNORECASE):
        found.append('"textbook": say the definition, the standard fix, or this book\'s')
    for formula in formulas(text):
        if re.search(r"\\delta(?!_\{?\w\s?\w)", formula):
            found.append(f"delta without two indices: {formula}")
        if re.search(r"(?<![A-Za-z])m *= *\\max", formula):
            found.append(f"the largest score is a_max: {formula}")
    return found


@pytest.mark.parametrize("path", [*map(chapter, CHAPTERS), CHEAT_SHEET], ids=lambda path: path.stem)
def test_words_and_letters_are_used_in_one_sense(path):
    assert [problem for cell in markdown(path) for problem in problems(cell)] == []


# The tests themselves -----------------------------------------------------------------------------


def test_letters_are_found():
    assert letters(r"\operatorname{lse}(a) = a_{\max} + \log \sum_k e^{a_k}") == {"a", "k", "e"}
    assert letters(r"\frac{1}{1 + e^{-(a_1 - a_2)}} = \sigma(z)") == {"e", "a", "z", r"\sigma"}
    text = "With $m$ rows, `$q$` is code,\n\n$$\np_i = 1/N\n$$ (eq-x)\n\nand $\\delta_{ij}$ too."
    assert list(formulas(text)) == ["\np_i = 1/N\n", "m", r"\delta_{ij}"]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("The textbook says", "textbook"),
        (r"so $\delta_i$ is", "delta without"),
        (r"with $m = \max_k a_k$", "a_max"),
    ],
)
def test_a_fault_is_found(text, complaint):
    [problem] = problems(text)
    assert complaint in problem


def test_a_doubled_letter_is_found():
    cells = [
        "## Symbols\n\n| symbol | what |\n|---|---|\n| $a$, $a_i$ | scores |\n| $b$ | bias |\n\n| chapter | symbol | what |\n|---|---|---|\n| 3 | $b$ | else |"
    ]
    assert tables(cells) == ([{"a"}, {"b"}], [("03", "b")])
