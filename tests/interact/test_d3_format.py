"""Numbers beside sliders read as in a live notebook: compared with what JavaScript's d3-format 3.1.3 wrote."""

import json
from pathlib import Path

import pytest

from static_interact.d3_format import d3_format

CASES = json.loads((Path(__file__).parent / "d3_format.json").read_text("utf-8"))


@pytest.mark.parametrize("specification, value, expected", CASES)
def test_format_is_that_of_d3(specification, value, expected):
    assert d3_format(value, specification) == expected


@pytest.mark.parametrize("specification", ["", "d", ".2f", "s", "%", "g"])
def test_what_is_no_finite_number(specification):
    assert d3_format(float("nan"), specification).rstrip("%") == "NaN"
    assert d3_format(float("-inf"), specification).startswith("\u2212Infinity")


@pytest.mark.parametrize("specification", ["..2f", "2,,f", ".f2", "ff"])
def test_no_format_is_an_error_that_shows_it(specification):
    with pytest.raises(ValueError, match=f"readout_format must be a format of d3-format, got '{specification}'"):
        d3_format(1, specification)
