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


@pytest.mark.parametrize(
    "width, text",
    [("01", "0"), ("02", "00"), ("03", "000"), ("04", "0,000"), ("05", "0,000"), ("06", "00,000"), ("08", "0,000,000"),
     ("013", "0,000,000,000"), ("021", "0,000,000,000,000,000")],
)  # fmt: skip
def test_zeros_are_grouped_to_a_width(width, text):
    assert d3_format(0, f"{width},d") == text
    assert d3_format(1, f"{width},d") == text[:-1] + "1"


@pytest.mark.parametrize(
    "value, specification, text",
    [
        (1e-6, ".3g", "0.00000100"), (1e-7, ".3g", "1.00e-7"), (999.9, ".3g", "1.00e+3"), (999.4, ".3g", "999"),
        (100, ".3g", "100"), (1000, ".3g", "1.00e+3"), (5, ".1g", "5"), (50, ".1g", "5e+1"),
        (0, ".2r", "0"), (1e-26, ".3s", "0.01y"), (5e-25, ".2s", "0.5y"), (1e27, ".2s", "1000Y"), (1e24, ".2s", "1.0Y"),
        (-0.0, "+d", "\u22120"), (-0.0, "d", "0"), (0.0, "+d", "+0"), (-0.4, "d", "0"), (-0.4, "+d", "\u22120"),
        (1e21, "f", "1e+21"), (1e20, ".0f", "100000000000000000000"), (3.0, "c", "3"), (2.5, "c", "2.5"),
        (12, "#x", "0xc"), (12, "#X", "0xC"), (12, "#o", "0o14"), (12, "#d", "12"), (12.5, "x", "d"), (12.4, "b", "1100"),
        (-1, "(", "(1)"), (1, "(", "1"), (-1, "(8", "     (1)"), (1, " ", " 1"), (-1, " ", "\u22121"), (-1, "$", "\u2212$1"),
        (42, "^9", "   42    "), (42, "*<6", "42****"), (42, "*=+6", "+***42"), (-42, "x=6d", "\u2212xxx42"), (42, "1d", "42"),
        (42, "2d", "42"), (42, "3d", " 42"), (1234.5, "9,.1f", "  1,234.5"), (1234.5, "010,.1f", "0,001,234.5"),
        (0.125, ".1p", "10%"), (0.125, ".2p", "13%"), (1.005, ".2f", "1.00"), (2.5, "d", "3"), (1.1, ".3~f", "1.1"),
        (100, "~s", "100"), (1e10, ",~g", "1e+10"), (0.00042, "~e", "4.2e-4"), (12, ".0e", "1e+1"), (1.5, ".30f", f"1.5{'0' * 19}"),
        (1 / 3, ".30r", "0.333333333333333314830"), (7, ".0r", "7"), (1234567.891, "n", "1.23457e+6"), (12345, "n", "12,345.0"),
    ],
)  # fmt: skip
def test_corners_of_the_format(value, specification, text):
    assert d3_format(value, specification) == text
