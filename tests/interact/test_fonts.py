"""The web fonts that go with figures."""

from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont

from static_interact import fonts
from static_interact.fonts import FAMILIES, covers, face, write_fonts

SANS = mpl.font_manager.findfont("DejaVu Sans")
# The first and the last letter of each block that figures use, and letters of the same font just outside of these.
INSIDE = [
    0x20, 0x7E, 0xA0, 0x17F, 0x370, 0x3FF, 0x2010, 0x2027, 0x2030, 0x2044, 0x2070, 0x209C, 0x2102,
    0x2135, 0x2190, 0x21FF, 0x2200, 0x22FF, 0x2308, 0x230B, 0x25A0, 0x25FF, 0x2713, 0x2718, 0x27E8,
    0x27E9,
]  # fmt: skip
OUTSIDE = [
    0x180, 0x400, 0x200F, 0x2028, 0x202F, 0x2045, 0x206F, 0x20A0, 0x2101, 0x2136, 0x2300, 0x2307,
    0x230C, 0x259F, 0x2600, 0x2712, 0x2719, 0x27E7, 0x27EA,
]  # fmt: skip


def test_blocks_are_whole_and_end_where_they_end():
    assert [code for code in INSIDE if not covers(SANS, chr(code))] == []
    assert [code for code in OUTSIDE if covers(SANS, chr(code))] == []
    known = mpl.ft2font.FT2Font(SANS).get_charmap()
    assert all(code in known for code in INSIDE + OUTSIDE)


def test_a_font_elsewhere_is_not_known_whatever_it_is_called(tmp_path):
    copy = tmp_path / "DejaVuSans.ttf"
    copy.write_bytes(Path(SANS).read_bytes())
    assert covers(SANS, "a") and not covers(str(copy), "a")


def test_faces_are_told_by_their_files():
    assert face(SANS) == ("DejaVu Sans", "normal", "normal")
    assert face("/x/DejaVuSans-BoldOblique.ttf") == ("DejaVu Sans", "bold", "italic")


@pytest.fixture
def one(monkeypatch):
    monkeypatch.setattr(fonts, "FAMILIES", {"DejaVuSansMono": FAMILIES["DejaVuSansMono"]})
    monkeypatch.setattr(fonts, "_RANGES", [(0x41, 0x5A), (0x3B1, 0x3C9)])


def test_fonts_are_written_once_with_the_letters_of_figures(one, tmp_path):
    rules = write_fonts(tmp_path / "deep" / "fonts")
    assert rules == (
        '@font-face{font-family:"DejaVu Sans Mono";font-weight:normal;font-style:normal;font-display:swap;'
        'src:url("fonts/DejaVuSansMono.woff") format("woff")}\n'
    )
    (file,) = (tmp_path / "deep" / "fonts").iterdir()
    with TTFont(file) as font:
        assert font.flavor == "woff" and "FFTM" not in font
        assert set(font.getBestCmap()) == {*range(0x41, 0x5B), *range(0x3B1, 0x3CA)}
        glyph = font["glyf"][".notdef"]
        assert glyph.numberOfContours > 0, "what is missing is seen"
    file.write_bytes(b"mine")
    assert write_fonts(tmp_path / "deep" / "fonts") == rules and file.read_bytes() == b"mine"
