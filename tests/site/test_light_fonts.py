"""Fonts of light pages: cut to the characters that are set in them."""

import io
import re
import sys

import pytest
from fontTools.ttLib import TTFont

from tools.notebooks import BOOK

sys.path.append(str(BOOK / "_extensions"))
import light_fonts
import light_kinds


def test_a_font_is_cut_to_what_is_shown(tmp_path):
    font = BOOK / "_vendor" / "katex" / "fonts" / "KaTeX_Main-Regular.woff2"
    content = light_fonts.cut(font, set("ab∂"), tmp_path / "cache")
    assert len(content) < font.stat().st_size / 5
    (tmp_path / "cut.woff2").write_bytes(content)
    with TTFont(tmp_path / "cut.woff2") as left, TTFont(font) as whole:
        assert {"a", "b", "∂"} <= {chr(code) for code in left.getBestCmap()} <= {*"ab∂", *light_fonts.ALWAYS}
        assert left["hmtx"]["a"] == whole["hmtx"]["a"], "the letter's width has changed"
    assert light_fonts.cut(font, set("ab∂"), tmp_path / "another") == content
    assert light_fonts.name(font, content) != light_fonts.name(font, content + b"1")


def test_a_font_without_any_of_the_characters_is_left_out(tmp_path):
    font = BOOK / "_vendor" / "katex" / "fonts" / "KaTeX_Main-Regular.woff2"
    for _ in range(2):  # the second time from what was kept
        assert light_fonts.cut(font, set("語 "), tmp_path) is None


def test_characters_are_found_wherever_they_stand():
    kinds = light_kinds.Kinds(set())
    kinds.add('<p title="é">a&beta;</p><script type="application/json">"\\u03b3"</script>')
    kinds.add('<span class="katex-html"><b class="mathnormal">x</b>+</span>')
    assert {*"éaβγx+"} <= kinds.characters["all"]
    assert kinds.shown_in("KaTeX_Math-Italic.woff2") == {"x"} and kinds.shown_in("KaTeX_Main-Regular.woff2") == {"+"}
    assert kinds.shown_in("another.woff") is kinds.characters["all"]


def test_each_face_has_what_is_set_in_it():
    kinds = light_kinds.Kinds(set())
    kinds.add(
        "<p>\u00e9<em>\u00fc <code>\u00b9</code></em></p><pre>\u00b2<em>\u00b3</em></pre><svg><text>\u03b8</text></svg>"
        '<dt class="sig"><i>\u2192</i></dt><style>\u00c4</style><b class="katex">\u00d6</b>'
        '<script type="application/json">"\\u03c1"</script><script>"\u00df"</script>'
    )
    kinds.read("\u2318")
    kinds.read_data("\u03b2")
    shown = {name: kinds.shown_in(f"{name}.woff2") for name in ("book-serif", "book-mono", "DejaVuSans-Bold")}
    assert {name: found - light_kinds.ASCII for name, found in shown.items()} == {
        "book-serif": {*"\u00e9\u03b2\u03c1"},
        "book-mono": {*"\u00b9\u00b2\u00b3\u03b2\u03c1\u2192"},
        "DejaVuSans-Bold": {*"\u03b2\u03b8\u03c1"},
    }
    assert all(found >= {*"az09~ "} for found in shown.values()), "what a reader may type or a script may count"
    assert kinds.shown_in("book-serif-italic.woff2") == {"\u00fc", " "}


@pytest.mark.slow
def test_a_font_is_cut_to_what_the_style_asks_of_it(tmp_path):
    font = BOOK / "_vendor" / "typefaces" / "book-serif.woff2"
    (tmp_path / "cut.woff2").write_bytes(light_fonts.cut(font, light_kinds.ASCII, tmp_path / "cache"))
    left = TTFont(io.BytesIO((tmp_path / "cut.woff2").read_bytes()))
    features = {entry.FeatureTag for name in ("GSUB", "GPOS") for entry in left[name].table.FeatureList.FeatureRecord}
    assert {"kern", "liga"} <= features <= {*light_fonts.FEATURES}
    asked = re.findall(r"font-feature-settings:([^;]+);", (BOOK / "_static" / "book.css").read_text(encoding="utf-8"))
    assert {*re.findall(r'"(\w+)"', " ".join(asked))} <= {*light_fonts.FEATURES}
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in left["fvar"].axes] == [("wght", 400, 700)]
