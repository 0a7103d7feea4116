"""axe-core finds nothing on any page of the book: in light, in dark, and on a phone.

Each page is opened once and looked at three times. It is thinned out before, as axe takes time for each element and a
chapter has ten thousand: what is within a formula's drawing (hidden from screen readers) and within a plot (one picture to
them) goes, and of the coloured pieces of code one of each kind stays.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

#: Beside what axe-core runs by itself, best practices included: what Lighthouse asks for, too.
OPTIONS = {"resultTypes": ["violations"], "rules": {"label-content-name-mismatch": {"enabled": True}}}
THIN_OUT = """() => {
  for (const inner of document.querySelectorAll(".katex-html > *, .si-view svg > *")) inner.remove();
  const seen = new Set();
  for (const piece of document.querySelectorAll(".highlight pre span")) {
    const kind = piece.parentNode.className + " " + piece.className;
    if (seen.has(kind)) piece.replaceWith(piece.textContent);
    seen.add(kind);
  }
}"""
STATES = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 375)}


def show(page, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    # Colours that fade over are read when they have arrived.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")


def found(page):
    results = Axe().run(page, options=OPTIONS).response
    assert len(results["passes"]) > 10, "axe has looked at something"
    return [
        (rule["id"], rule["impact"], len(rule["nodes"]), [node["html"][:160] for node in rule["nodes"][:4]])
        for rule in results["violations"]
    ]


def test_axe_finds_nothing(open_page, page_path):
    page = open_page(page_path).page
    page.evaluate(THIN_OUT)
    told = {}
    for state, (theme, width) in STATES.items():
        show(page, theme, width)
        told[state] = found(page)
    assert told == {state: [] for state in STATES}


@pytest.mark.parametrize(
    "spoil, rule",
    [
        ("document.querySelector('.bd-article a').style.color = '#bbb'", "color-contrast"),
        ("document.querySelector('.bd-article h2').outerHTML = '<h4>No</h4>'", "heading-order"),
        ("document.querySelector('summary').replaceChildren()", "summary-name"),
        ("document.querySelector('#pst-primary-sidebar').removeAttribute('role')", "region"),
    ],
)
def test_axe_would_find_something(open_page, spoil, rule):
    page = open_page("reference/glossary.html" if rule == "color-contrast" else "index.html").page
    page.evaluate(spoil)
    assert rule in [name for name, *_ in found(page)]
