"""What all tests of static_interact share."""

import re

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.axis import Axis

from tests.interact import pages

# They are written for ipywidgets and have no outputs: a test bakes them, nbval has nothing to compare.
collect_ignore_glob = ["notebooks/*.ipynb"]


@pytest.fixture(autouse=True)
def no_figures():
    """No figure of another test is pyplot's current one."""
    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture(autouse=True)
def axis_as_it_was():
    """What stands in for matplotlib's methods for a while is gone when the while is over."""
    before = dict(vars(Axis))
    yield
    assert dict(vars(Axis)) == before


@pytest.fixture
def open_html(browser, tmp_path):
    """A function that opens a page made of these pieces; at the end nothing may have been said on the console."""
    opened = []

    def open_html(*pieces, width=1000, height=800, fragment="", touch=False, errors=(), **context):
        options = {key: context.pop(key) for key in ("head", "theme", "assets") if key in context}
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(pages.page(*pieces, **options), encoding="utf-8")
        page = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, **context).new_page()
        said = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        opened.append((page, said, errors))
        page.goto(path.as_uri() + fragment)
        return page

    yield open_html
    for page, said, errors in opened:
        page.context.close()
        assert len(said) == len(errors), said
        assert all(re.search(wanted, text) for wanted, text in zip(errors, said, strict=False)), said
