"""Addresses of headings that others may have linked to still lead somewhere."""

import logging
from types import SimpleNamespace

import pytest
from docutils import nodes

from tests.site.test_formulas import extension
from tools import anchors


@pytest.fixture(scope="module")
def kept_anchors():
    return extension("kept_anchors")


def test_kept_addresses_still_lead_somewhere(site_dir, kept_anchors):
    kept = kept_anchors.read(anchors.LIST)
    assert sum(map(len, kept.values())) > 100
    lost = []
    for page, found in kept.items():
        text = (site_dir / f"{page}.html").read_text(encoding="utf-8")
        lost += [f"{page}#{anchor}" for anchor in found if f'id="{anchor}"' not in text]
    assert lost == []


def test_every_heading_is_kept(site_dir):
    assert anchors.headings(site_dir) - set(anchors.kept(anchors.LIST)) == set(), "run python -m tools.anchors"


@pytest.fixture
def reworded(kept_anchors, tmp_path, monkeypatch):
    """Keep the addresses of a list on a page with one heading, `new`; what its heading answers to, and the warnings."""

    def reworded(lines):
        monkeypatch.setattr(kept_anchors, "LIST", tmp_path / "kept_anchors.txt")
        kept_anchors.LIST.write_text(lines, encoding="utf-8")
        warnings = []
        handler = logging.Handler()
        handler.emit = lambda record: warnings.append(record.getMessage())
        logger = kept_anchors.logger.logger
        logger.addHandler(handler)
        section = nodes.section("", nodes.title("", "New"), ids=["new"])
        kept_anchors.keep(SimpleNamespace(env=SimpleNamespace(docname="page")), nodes.section("", section))
        logger.removeHandler(handler)
        return section["ids"], warnings

    return reworded


def test_a_reworded_heading_answers_to_both(reworded):
    assert reworded("# a comment\n\npage#old -> new\npage#new\nother#gone\n") == (["new", "old"], [])


@pytest.mark.parametrize("line", ["page#old", "page#old -> newer"])
def test_an_address_that_leads_nowhere_is_told(reworded, line):
    identifiers, (warning,) = reworded(f"{line}\n")
    assert identifiers == ["new"] and "page#old is linked to by others" in warning


@pytest.mark.parametrize("line", ["page", "#old", "page#", "page#old new", "page#old -> new er"])
def test_a_wrong_line_is_an_error(reworded, line):
    with pytest.raises(ValueError, match="expected page#anchor"):
        reworded(f"{line}\n")


def test_new_headings_are_added(tmp_path, monkeypatch, capsys):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "index.html").write_text('<section id="top"><section class="tex2jax" id="b">', encoding="utf-8")
    (tmp_path / "chapters" / "01.html").write_text('<section id="a">', encoding="utf-8")
    monkeypatch.setattr(anchors, "SITE", tmp_path)
    monkeypatch.setattr(anchors, "LIST", tmp_path / "list.txt")
    anchors.LIST.write_text("index#old -> top\n", encoding="utf-8")
    assert anchors.main() == 0
    assert anchors.LIST.read_text(encoding="utf-8").splitlines()[1:] == [
        "chapters/01#a",
        "index#b",
        "index#old -> top",
        "index#top",
    ]
    assert "4 addresses, 3 of them new" in capsys.readouterr().out
