"""Picture sheets: long pages are laid out in columns, and a page that is not there is told."""

import pytest
from PIL import Image

from tools import draw_social_card, sheets


@pytest.mark.parametrize(
    "height, columns", [(10, 1), (sheets.COLUMN, 1), (sheets.COLUMN + 1, 2), (10**5, sheets.COLUMNS)]
)
def test_a_page_is_cut_into_columns(height, columns):
    picture = Image.new("RGB", (100, height), "#ff0000")
    sheet = sheets.cut(picture)
    wide = columns * 100 + (columns - 1) * sheets.GAP
    assert sheet.size == (round(wide * sheets.SCALE), round(min(height, sheets.COLUMN) * sheets.SCALE))
    assert sheet.getpixel((2, 2)) == (255, 0, 0)


def test_a_page_that_is_not_there_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sheets, "SITE", tmp_path)
    (tmp_path / "index.html").write_text("")
    assert sheets.main(["chapters/77"]) == 2
    assert "no page chapters/77" in capsys.readouterr().err


def test_all_looks_are_drawn(monkeypatch, tmp_path, browser):
    monkeypatch.setattr(sheets, "SITE", tmp_path)
    monkeypatch.setattr(sheets, "FOLDER", tmp_path / "sheets")
    (tmp_path / "one.html").write_text("<body style='background: #00ff00'><p style='height: 3000px'>text")
    sheets.draw(browser, ["one.html"])
    for look, *_ in sheets.LOOKS:
        with Image.open(tmp_path / "sheets" / f"one.{look}.png") as sheet:
            assert sheet.width > sheet.height * 0.3
    assert "one.phone.png" in (tmp_path / "sheets" / "index.html").read_text()


def test_the_social_card_has_its_size():
    with Image.open(draw_social_card.TARGET) as card:
        assert card.size == (1200, 630)
