"""One page alone is found by the beginning of its file's name."""

import pytest

from tools import one_chapter


@pytest.mark.parametrize("name", ["02", "02_break", "02_break_it_then_fix_it", "02_break_it_then_fix_it.ipynb"])
def test_a_chapter_is_found_by_its_number_or_name(name):
    assert one_chapter.find(name) == "chapters/02_break_it_then_fix_it"


def test_a_page_of_the_reference_part_is_found():
    assert one_chapter.find("cheat") == "reference/cheat_sheet"


@pytest.mark.parametrize(
    "name, complaint", [("99", "begins none"), ("0", "01_turn_scores_into_probabilities, chapters/02")]
)
def test_no_page_or_several_are_refused_by_name(name, complaint):
    with pytest.raises(ValueError, match=complaint):
        one_chapter.find(name)


def test_the_command_says_what_is_wrong(capsys):
    assert one_chapter.main([]) == one_chapter.main(["99"]) == 2
    assert "CHAPTER must begin the name" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line, left_out",
    [
        ('11_page.ipynb:430004: WARNING: could not find bibtex key "gupta2015"', True),
        ("11_page.ipynb:10002: WARNING: 'myst' cross-reference target not found: 'term-ULP' [myst.xref_missing]", True),
        ("11_page.ipynb:20001: WARNING: Non-consecutive header level increase; H1 to H3 [myst.header]", False),
        ("11_page.ipynb: WARNING: Executing notebook failed: CellExecutionError [mystnb.exec]", False),
    ],
)
def test_warnings_of_missing_pages_alone_are_left_out(line, left_out):
    assert bool(one_chapter.MISSING_PAGES.search(line)) == left_out
