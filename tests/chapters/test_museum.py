"""The chapter of real bugs: twenty exhibits of one form, each with its source, and the stored answers as they are."""

import re

import numpy as np
import pytest
from pybtex.database import parse_file

from stable_softmax import cross_entropy_grad, properties
from tools import answers, notebooks
from tools.answers import museum

[PATH] = (notebooks.BOOK / "chapters").glob("15_*.ipynb")
CELLS = {cell.id: cell for cell in notebooks.read(PATH).cells}
EXHIBITS = range(1, 21)


def section(exhibit):
    """The ids of an exhibit's cells, in order."""
    ids = list(CELLS)
    later = [ids.index(name) for name in ids if re.match(r"exhibit-\d+$|room-\d$|table-text$", name)]
    start = ids.index(f"exhibit-{exhibit}")
    return ids[start : min(place for place in later if place > start)]


# The form -----------------------------------------------------------------------------------------


def test_there_are_twenty():
    assert [name for name in CELLS if name.startswith("exhibit-")] == [f"exhibit-{number}" for number in EXHIBITS]


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_an_exhibit_has_its_parts_in_order(exhibit):
    """Story, faulty code, why, fix; then what libraries answer. A figure may stand between, and a remark may end it."""
    names = [name for name in section(exhibit) if not re.match(r"figure|after", name)]
    asked = [f"today-{exhibit}"] if exhibit in museum.CALLS else []
    assert names == [f"{part}-{exhibit}" for part in ("exhibit", "bug", "why", "fix")] + asked
    assert CELLS[f"exhibit-{exhibit}"].source.startswith(f"### Exhibit {exhibit}: ")
    assert "**the fix**" in CELLS[f"why-{exhibit}"].source.lower()
    assert "**The property**" in CELLS[f"why-{exhibit}"].source


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_the_faulty_code_is_short_and_shows_a_wrong_number(exhibit):
    source = CELLS[f"bug-{exhibit}"].source
    assert len([line for line in source.splitlines() if line]) <= 10
    assert "print(" in source
    assert "assert " in source + CELLS[f"fix-{exhibit}"].source.partition("caught_by")[0]


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_a_property_of_the_module_catches_it(exhibit):
    [name] = re.findall(r"^caught_by\((\w+),", CELLS[f"fix-{exhibit}"].source, re.MULTILINE)
    assert name in properties.__all__
    [output] = CELLS[f"fix-{exhibit}"].outputs
    assert output.text.splitlines()[-1] == f"{name}: False, then True"


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_the_story_cites_a_public_thread(exhibit):
    cited = re.findall(r"\{cite\}`([^`]+)`", CELLS[f"exhibit-{exhibit}"].source)
    sources = parse_file(notebooks.BOOK / "references.bib").entries
    assert cited
    for key in ",".join(cited).split(","):
        assert re.fullmatch(r"https://github\.com/[\w-]+/[\w-]+/(issues|pull)/\d+", sources[key].fields["url"])


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_code_fits_a_phone(exhibit):
    for part in ("bug", "fix"):
        assert max(map(len, CELLS[f"{part}-{exhibit}"].source.splitlines())) <= 72


def test_the_table_lists_them_with_their_properties():
    [table] = CELLS["table"].outputs
    rows = re.findall(
        r"^\| (\d+)\. \[(.+)\]\(#(.+)\) \| ([\w ]+) \| ([^|]+) \|$", table.data["text/markdown"], re.MULTILINE
    )
    assert [int(row[0]) for row in rows] == list(EXHIBITS)
    for number, title, anchor, name, _ in rows:
        heading = CELLS[f"exhibit-{number}"].source.splitlines()[0].removeprefix("### ")
        assert heading.lower() == f"exhibit {number}: {title}".lower()
        assert anchor == re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        assert f"caught_by({name.replace(' ', '_')}," in CELLS[f"fix-{number}"].source


# What libraries answer ----------------------------------------------------------------------------


def test_the_blocks_are_the_stored_answers():
    shown = {name: cell.source for name, cell in CELLS.items() if name.startswith("today-")}
    assert shown == {f"today-{exhibit}": museum.block(exhibit) for exhibit in museum.CALLS}, (
        "run `python -m tools.answers.museum`, then execute the chapter"
    )


def test_writing_the_blocks_changes_nothing(tmp_path, monkeypatch):
    copy = tmp_path / PATH.name
    copy.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(museum, "CHAPTERS", tmp_path)
    museum.write()
    assert copy.read_text(encoding="utf-8") == PATH.read_text(encoding="utf-8")
    copy.write_text(PATH.read_text(encoding="utf-8").replace("# PyTorch ", "# PyTorch 1."), encoding="utf-8")
    museum.write()
    assert copy.read_text(encoding="utf-8") == PATH.read_text(encoding="utf-8")


def answer(library, exhibit, place=1):
    return answers.stored(library, "museum", f"{exhibit}, call {place}")["answer"]


def test_what_the_prose_says_of_the_answers():
    assert answer("jax", 4) == 0  # whatever the key: all are +inf
    assert np.isnan(answer("torch", 6)).all() and np.isnan(answer("scipy", 6)).all()
    assert np.all(answer("torch", 6, 2) == 0) and np.all(answer("jax", 6, 3) == np.mean([1, 3]))
    assert np.isnan(answer("optax", 8)) and round(float(answer("optax", 8, 3)), 4) == 0.3133
    assert np.isnan(answer("torch", 8))
    for library in ("torch", "optax"):
        np.testing.assert_allclose(answer(library, 8, 2), cross_entropy_grad([0.0, 1.0, -np.inf], 1), rtol=1e-6)
    assert np.isnan(answer("torch", 9)) and np.all(answer("torch", 9, 2) == 0)
    assert answer("torch", 10) == answer("torch", 10, 2)
    assert np.isfinite(answer("jax", 11)).all()
    assert np.isnan(answer("torch", 12)).all() and np.isnan(answer("jax", 12)).all()
    assert answer("torch", 13)[0] == answer("jax", 13)[0] == 0 > answer("torch", 13)[1]
    assert answer("keras", 17) == 1e-7 > 1e-9
    assert np.isfinite(answer("keras", 17, 2)) and answer("keras", 17, 2) != answer("keras", 17, 3)
    assert answer("keras", 17, 4) == np.inf and np.float16(1 - 1e-7) == 1
    assert answer("torch", 19).startswith("ValueError")


@pytest.mark.parametrize(
    "value, text",
    [
        (np.array(0.31326168), "# 0.3133"),
        (np.array([[1.0, -np.inf], [np.nan, 2.5e-9]]), "# [[1, -inf], [nan, 2.5e-09]]"),
        (np.zeros((0,)), "# []"),
        ("ValueError: " + "size " * 20, "# ValueError: " + "size " * 10 + "size\n# " + "size " * 8 + "size"),
    ],
)
def test_answers_are_shown_in_few_digits_and_columns(value, text):
    assert museum.shown(value) == text
    assert max(map(len, text.splitlines())) <= museum.WIDTH


def test_a_call_may_have_statements_before_it_and_may_fail():
    ask = museum.asker("scipy")
    assert ask("x = [1.0, 1.0]\nspecial.softmax(x)")["answer"].tolist() == [0.5, 0.5]
    assert ask("np.zeros(2) + np.zeros(3)")["answer"].startswith("ValueError: operands could not be broadcast")
    with pytest.raises(NameError):
        ask("nothing_of_that_name")
