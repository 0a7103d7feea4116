"""axe-core finds nothing on any page of the book: in light, in dark, and on a phone.

Each page is opened once and looked at three times. It is thinned out before, as axe takes time for each element and a
chapter has ten thousand: what is within a formula (its drawing is hidden from screen readers) and within a plot (one
picture to them, but for what says more) goes, and of the coloured pieces of code one of each kind stays.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

#: Beside what axe-core runs by itself, best practices included: what Lighthouse asks for, too.
OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {name: {"enabled": True} for name in ("label-content-name-mismatch", "target-size")},
}
THIN_OUT = """() => {
  const told = ":is([role], [aria-label], :has([role], [aria-label]))";
  for (const inner of document.querySelectorAll(`.katex-html > *, math > *, .si-view svg > :not(${told})`)) inner.remove();
  const seen = new Set();
  for (const piece of document.querySelectorAll(".highlight pre span")) {
    const kind = piece.parentNode.className + " " + piece.className;
    if (seen.has(kind)) piece.replaceWith(piece.textContent);
    seen.add(kind);
  }
}"""
# What pictures are to those who do not see them; the buttons of Sphinx's index of modules are none.
WORDS = """() =>
  [...document.querySelectorAll("article img:not(.toggler), article .si-view svg[role=img]")].map((node) =>
    node.getAttribute("alt") ?? node.getAttribute("aria-label") ??
    (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "))"""
STATES = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 375)}


def show(page, theme, width):
    before = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    # Colours that fade over are read when they have arrived, at once.
    page.add_style_tag(content="*, ::before, ::after { transition: none !important; animation: none !important }")
    if width != before:
        page.wait_for_timeout(600)  # the theme lets the keyboard into code that scrolls, a moment after such a change


def found(page):
    results = Axe().run(page, options=OPTIONS).response
    assert len(results["passes"]) > 10, "axe has looked at something"
    return [
        (rule["id"], rule["impact"], len(rule["nodes"]), [node["html"][:160] for node in rule["nodes"][:4]])
        for rule in results["violations"]
    ]


def test_axe_finds_nothing(open_page, page_path):
    page = open_page(page_path).page
    words = page.evaluate(WORDS)
    assert [said for said in words if len(said.split()) < 4 or "_images/" in said] == [], (
        "words of its own, no file's name"
    )
    page.evaluate(THIN_OUT)
    told = {}
    for state, (theme, width) in STATES.items():
        show(page, theme, width)
        told[state] = found(page)
    assert told == {state: [] for state in STATES}


@pytest.mark.parametrize(
    "spoil, rule",
    [
        ("document.querySelector('.bd-article p').style.color = '#ccc'", "color-contrast"),
        ("document.querySelector('.bd-article h2').outerHTML = '<h4>No</h4>'", "heading-order"),
        ("document.querySelector('summary').removeAttribute('aria-label')", "summary-name"),
        ("document.querySelector('#pst-primary-sidebar').removeAttribute('role')", "region"),
    ],
)
def test_axe_would_find_something(open_page, spoil, rule):
    page = open_page("reference/glossary.html" if rule == "color-contrast" else "index.html").page
    page.evaluate(spoil)
    assert rule in [name for name, *_ in found(page)]


def test_formulas_are_read_out(site_dir):
    """Beside each formula's drawing, which screen readers leave out, stands MathML for them."""
    count = 0
    for path in [*site_dir.glob("*.html"), *site_dir.glob("chapters/*.html"), *site_dir.glob("reference/**/*.html")]:
        text = path.read_text(encoding="utf-8")
        drawn = len(re.findall(r'<span class="katex">', text))
        assert len(re.findall(r'<span class="katex-mathml"><math[ >]', text)) == drawn, path.name
        assert len(re.findall(r'<span class="katex-html" aria-hidden="true">', text)) == drawn, path.name
        count += drawn
    assert count > 1000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_preview_or_the_search(open_page, theme):
    page = open_page("reference/cheat_sheet.html", theme=theme).page
    page.locator("article a[href*='#equation-']").first.hover()
    page.get_by_role("tooltip").wait_for()
    assert found(page) == []
    page = open_page("search.html?q=softmax", theme=theme).page
    page.wait_for_selector("#search-results .context mark")
    assert found(page) == []
