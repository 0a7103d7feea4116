"""Folded cells are left alone until they are opened, and can be scrolled by keyboard then."""

from pathlib import Path

import pydata_sphinx_theme
import pytest

from tests.site.test_formulas import extension

theme_patches = extension("theme_patches")
NAME = "pydata-sphinx-theme.js"
SCRIPT = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static" / "scripts" / NAME


def test_each_change_is_made_once():
    code = SCRIPT.read_text(encoding="utf-8")
    made = theme_patches.changed(NAME, code)
    assert made != code
    assert theme_patches.changed(NAME, made) == made
    for old, new in theme_patches.CHANGES[NAME]:
        assert (code.count(old), made.count(old), made.count(new)) == (1, 0, 1)


def test_other_scripts_stay():
    assert theme_patches.changed("bootstrap.js", "code") == "code"


@pytest.mark.parametrize("times", [0, 2])
def test_a_theme_that_has_changed_is_an_error(times):
    old, _ = theme_patches.TAB_STOPS
    with pytest.raises(ValueError, match=rf"does {times} times: see theme_patches.py"):
        theme_patches.changed(NAME, times * old)


def test_folded_code_becomes_a_tab_stop_when_it_is_opened(open_page):
    visit = open_page("chapters/02_break_it_then_fix_it.html", width=375)
    folded = visit.page.locator("details:not([open]) pre")
    assert folded.count() > 3
    assert not folded.evaluate_all("blocks => blocks.filter((block) => block.hasAttribute('tabindex')).length")
    opened = visit.page.locator("details:has(pre)").first
    opened.locator("summary").click()
    block = opened.locator("pre").first
    assert block.evaluate("block => block.scrollWidth > block.clientWidth")
    visit.page.wait_for_function("block => block.tabIndex === 0", arg=block.element_handle())
    stops = "blocks => blocks.every((one) => one.tabIndex === (one.scrollWidth > one.clientWidth ? 0 : -1))"
    assert visit.page.locator("article pre:visible").evaluate_all(stops)
