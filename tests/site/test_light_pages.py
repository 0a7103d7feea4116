"""What makes pages light: icons, rules of style, and the data of heavy figures."""

import json
import re
import sys
from functools import partial
from pathlib import Path

import pydata_sphinx_theme
import pytest
import tinycss2

from tools import visits
from tools.notebooks import BOOK

sys.path.append(str(BOOK / "_extensions"))
import light_icons
import light_kinds
import light_pages
import light_scripts
import light_styles

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"


# Icons --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def icons():
    return light_icons.Icons((THEME / "scripts" / "fontawesome.js").read_text(encoding="utf-8"))


def test_icons_become_drawings(icons):
    markup = '<b>x</b><i class="theme-switch fa-solid fa-moon fa-lg" data-mode="dark"></i><span class="fab fa-github"></span>'
    drawn = icons.inline(markup)
    assert drawn.startswith(
        '<b>x</b><svg class="drawn theme-switch fa-moon fa-lg" data-mode="dark" viewBox="0 0 384 512"'
    )
    assert drawn.count("<svg") == drawn.count("</svg>") == 2 and "<i" not in drawn and "fab" not in drawn


def test_styles_of_an_icon_differ_and_old_names_hold(icons):
    assert icons.inline('<i class="far fa-moon"></i>') != icons.inline('<i class="fas fa-moon"></i>')
    search, glass = (icons.inline(f'<i class="fas fa-{name}"></i>') for name in ("search", "magnifying-glass"))
    assert search.partition("viewBox")[2] == glass.partition("viewBox")[2]


@pytest.mark.parametrize("classes", ["fas fa-nosuchicon", "fas", "fab fa-moon"])
def test_an_icon_that_there_is_not_is_an_error(icons, classes):
    with pytest.raises(ValueError, match=classes):
        icons.inline(f'<i class="{classes}"></i>')


def test_what_is_no_icon_stays(icons):
    markup = '<span class="fast">a</span><i class="fasten"></i><i class="fas fa-moon">text</i>'
    assert icons.inline(markup) == markup


# Styles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "selector, wide",
    [
        ("a:hover", "a"),
        ("a:not([href]):focus-visible::before", "a"),
        ("::selection", "*"),
        ("html[data-theme=dark] .a > b", "html .a>b"),
        (".menu.show .item", ".menu .item"),
        (".a .b + .c", ".a .c"),
        (".a > .b ~ i", ".a>i"),
        (".b + .c", ".c"),
        ("div:is(.x, .y:hover) p", "div:is(.x,.y) p"),
        ('div[class*="hl-"]', 'div[class*="hl-"]'),
        ("input[type=range]:disabled", "input[type=range]"),
        ("#main li:nth-child(2n + 1)", "#main li"),
        (".si-open > p", "*>p"),
        (" .a\n  .b ", ".a .b"),
    ],
)
def test_a_selector_is_taken_for_all_that_it_may_mean(selector, wide):
    assert light_styles.wide(tinycss2.parse_component_value_list(selector)) == wide


def cut(style, *pages, also=()):
    rules = light_styles.parse([light_styles.Sheet("a.css", style)])
    kinds = light_kinds.Kinds({"main"})
    for page in pages:
        kinds.add(page)
    rules = light_styles.settle(light_styles.needed(rules, kinds), [*kinds.styles, *also])
    return "".join(rule.css() for rule in rules)


@pytest.mark.parametrize(
    "style, left",
    [
        ("p, .gone { color : red ; margin: 0 1px }", "p{color:red;margin:0 1px}"),
        (".gone { color: red }", ""),
        ("@media (min-width: 9px) { .gone { top: 0 } }", ""),
        ("@media (min-width: 9px) { p { top: 0 } .gone { top: 0 } }", "@media (min-width: 9px){p{top:0}}"),
        ("p:hover, p::after { top: calc(1px + 2px) !important }", "p:hover,p::after{top:calc(1px + 2px)!important}"),
        ("div p { top: 0 } p p { top: 0 }", "div p{top:0}"),
        (":root { --a: 1; --b: 2; --c: var(--d); --d: 3 } p { top: var(--c) }", None),
        ("@keyframes a { to { top: 0 } } @keyframes b { to { top: 1px } } p { animation: a 1s }", None),
        ('/* p */ p { /* x */ content: "a , b" }', 'p{content:"a , b"}'),
        ("#main { top: 0 } #other { top: 0 }", "#main{top:0}"),
        ("p { .in & { top: 0 } }", "p{.in & { top: 0 }}"),
    ],
)
def test_rules_that_no_page_needs_go(style, left):
    found = cut(style, '<div id="main"><p>text</p></div>')
    if left is not None:
        assert found.replace(" ", "") == left.replace(" ", "")
    elif ":root" in style:
        assert found == ":root{--c:var(--d);--d:3}p{top:var(--c)}"
    else:
        assert "@keyframes a" in found and "@keyframes b" not in found


def test_a_rule_stays_for_any_page_and_whatever_a_page_names_itself():
    style = ".a { top: 0 } .b { top: var(--x) } :root { --x: 1; --y: 2; --z: 3 }"
    found = cut(style, "<p class=a></p>", '<p class=b style="left: var(--y)"></p>')
    assert found == ".a{top:0}.b{top:var(--x)}:root{--x:1;--y:2}"


@pytest.mark.parametrize(
    "selector, spread",
    [
        (".a :is(p, ul)", ".a p,.a ul"),
        (":is(p,b):hover::after, i", "p:hover::after,b:hover::after,i"),
        (".a > :is(.b.c, [d].e):not(:last-child)", ".a>.b.c:not(:last-child),.a>[d].e:not(:last-child)"),
        (":is(p, q) :is( #a , #b )", ":is(p,q) #a,:is(p,q) #b"),
        # Each counts as much as the one that counts most.
        (".a :is(p, .b)", None),
        (".a :is(p, b i)", None),
        (".a :is(.b .c, .d.e)", None),
        (".a :is(.b > i, .c i)", None),
        (".a :is(p:hover, b:focus)", None),
        # What comes before or after says where to look already, or is no list.
        ("p:is(.a, .b)", None),
        (":is(p, b) i", None),
        (".a :where(p, b)", None),
        (".a :not(p, b)", None),
        (".a ::after", None),
    ],
)
def test_a_list_at_the_end_of_a_selector_is_spread_where_that_means_the_same(selector, spread):
    rules = light_styles.parse([light_styles.Sheet("a.css", f"@media print {{ {selector} {{ top: 0 }} }}")])
    light_styles.spread(rules)
    wanted = spread or ",".join(map(light_styles.written, [tinycss2.parse_component_value_list(selector)]))
    assert "".join(rule.css() for rule in rules) == f"@media print{{{wanted}{{top:0}}}}"


def test_fonts_that_nothing_names_go():
    face = "@font-face { font-family: %s; src: url(a.woff2) }"
    style = face % "One" + face % '"Two Words"' + face % "Three" + "p { font: 1em One } .gone { font: 1em Three }"
    found = cut(style, "<p style=\"font-family:'Two Words'\">x</p>")
    assert found.count("@font-face") == 2 and "Three" not in found


def test_a_style_that_cannot_be_read_or_brings_another_is_an_error():
    for style, message in [("p { top: 0 } }", "a.css"), ('@import "b.css";', "@import")]:
        with pytest.raises(ValueError, match=message):
            light_styles.parse([light_styles.Sheet("a.css", style)])


def test_icons_of_the_style_become_masks(icons):
    style = (
        'p { --pst-icon-x: "\\f186"; content: var(--pst-icon-x); font: var(--fa-font-solid) } q { content: "\\f107" }'
    )
    rules = light_styles.parse([light_styles.Sheet("a.css", style)])
    light_styles.draw_icons(rules, icons)
    found = "".join(rule.css() for rule in rules)
    assert '--pst-icon-x:url("data:image/svg+xml' in found and "mask-image:var(--pst-icon-x)" in found
    assert "fa-font" not in found and 'q{content:"";mask-image:url("data:' in found


def test_lists_of_stylesheets_become_one_in_the_order_of_each():
    assert light_pages.in_order([["a", "c", "z"], ["a", "b", "c"], ["z"]]) == ["a", "b", "c", "z"]


# What each element looks like, before and after it as well: the difference that matters of two styles.
LOOKS = """() => [...document.querySelectorAll("body *")]
  .filter((node) => !node.closest(".katex, svg, math"))
  .flatMap((node) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(node, part);
    if (part && style.content === "none") return "";
    const values = [...style].filter((name) => !name.startsWith("--")).map((name) => name + style.getPropertyValue(name));
    return [node.tagName, node.className, part, ...values].join(";");
  }))"""
STATES = {
    "light": [],
    "dark": [],
    "menu": [".dropdown-download-buttons button, .dropdown-toggle"],
    "search": [".search-button-field, .search-button__button"],
}


@pytest.fixture(scope="module")
def styles(site_dir, icons):
    """The style that pages load, and the same with nothing left out."""
    kept = site_dir.parent / light_pages.KEPT
    site = object.__new__(light_pages.Site)
    site.kept = kept
    lists = json.loads((kept / "styles.json").read_text(encoding="utf-8"))
    rules = light_styles.parse([sheet for name in light_pages.in_order(lists.values()) for sheet in site.sheets(name)])
    light_styles.draw_icons(rules, icons)
    cut = (site_dir / "_static" / "site.css").read_text(encoding="utf-8")
    faces = "".join(re.findall(r"@font-face\{[^}]*\}", cut))
    return cut, faces + "".join(rule.css() for rule in rules if rule.head != "@font-face")


# The front page takes longest: what its other two states show is on all pages, and the sweep looks at it.
STATES_OF = {"index.html": ["dark", "menu"], "search.html": STATES}
LOOKED_AT = [(path, state) for path in ("index.html", "search.html", "reference/api/losses.html") for state in STATES]


@pytest.mark.parametrize(
    "path, state",
    [
        pytest.param(path, state, marks=[pytest.mark.sweep] * (state not in STATES_OF.get(path, [])))
        for path, state in LOOKED_AT
    ],
)
def test_nothing_looks_different_for_what_was_left_out(browser, site_url, styles, path, state):
    looks = []
    for style in styles:
        context = browser.new_context(
            viewport={"width": 375 if state == "dark" else 1280, "height": 800},
            color_scheme="dark" if state == "dark" else "light",
            reduced_motion="reduce",
        )
        tab = context.new_page()
        tab.route("**/site.css*", partial(fulfil, style))
        tab.goto(site_url + path, wait_until="load")
        visits.await_scripts(tab)
        for button in STATES[state]:
            if (found := tab.locator(button).locator("visible=true")).count():
                found.first.click()
                tab.mouse.move(0, 0)
        tab.wait_for_timeout(300)
        looks.append(tab.evaluate(LOOKS))
        context.close()
    cut, whole = looks
    assert len(cut) == len(whole) > 100
    assert not [pair for pair in zip(cut, whole, strict=True) if pair[0] != pair[1]]


def fulfil(style, route):
    route.fulfill(body=style, content_type="text/css")


# Scripts ------------------------------------------------------------------------------------------

SCRIPTS = """() => {
  const name = (address) => new URL(address, location).pathname.split("/").pop();
  const begun = performance.getEntriesByType("resource").map((entry) => [name(entry.name), entry.startTime]);
  return {
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    begun: Object.fromEntries(begun.filter(([file]) => file.endsWith(".js"))),
    ran: [typeof bootstrap, typeof ClipboardJS, typeof DOCUMENTATION_OPTIONS, typeof toggleFullScreen],
  };
}"""


RAN = ["object", "function", "object", "function"]


def test_scripts_of_menus_and_buttons_come_when_the_page_has_been_painted(open_page):
    visit = open_page("chapters/02_break_it_then_fix_it.html")
    found = visit.page.evaluate(SCRIPTS)
    late = {name for name, start in found["begun"].items() if start >= found["paint"]}
    assert late - {name for name in late if name.startswith("si-")} == light_scripts.LATE
    assert {"static_interact.js", "reading.js", "figures.js"} <= found["begun"].keys() - late
    assert found["ran"] == RAN
    visit.assert_clean()


def test_scripts_come_to_pages_from_a_disk(open_page):
    visit = open_page("chapters/02_break_it_then_fix_it.html", scheme="file")
    assert visit.page.evaluate(SCRIPTS)["ran"] == RAN
    visit.assert_clean()


def test_scripts_come_to_browsers_that_do_not_say_what_they_paint(browser, site_url):
    tab = browser.new_page()
    tab.add_init_script("delete window.PerformanceObserver")
    tab.goto(site_url + "index.html")
    visits.await_scripts(tab)
    assert tab.evaluate(SCRIPTS)["ran"] == RAN
    tab.close()


def test_the_search_page_does_not_put_its_scripts_off(site_dir):
    page = (site_dir / "search.html").read_text(encoding="utf-8")
    assert "data-late" not in page and page.count('defer=""') > 10


# Fonts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page, faces",
    [
        ("chapters/08_how_accurate_is_it", "book-serif KaTeX_Main-Regular KaTeX_Math-Italic DejaVuSans book-mono"),
        (
            "reference/api/functions",  # types of arguments are slanted, and sums stand in the lines of text
            "book-serif KaTeX_Main-Regular KaTeX_Math-Italic book-mono book-serif-italic KaTeX_Size1-Regular",
        ),
    ],
)
def test_a_page_asks_at_once_for_the_fonts_of_its_first_screen(site_dir, page, faces):
    text = (site_dir / f"{page}.html").read_text(encoding="utf-8")
    named = re.search(r'data-fonts="([^"]*)"', text)[1].split()
    assert [name.partition(".")[0] for name in named] == faces.split()
    assert all((site_dir / "_static" / light_pages.FONTS / name).is_file() for name in named)


# Heavy figures ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def heavy(site_dir):
    """A page with a heavy figure far down it, and the figure's id."""
    for path in sorted(site_dir.glob("chapters/*.html")):
        text = path.read_text(encoding="utf-8")
        place = text.find(" data-frames=")
        if place > 100_000:
            return path.relative_to(site_dir).as_posix(), text[:place].rpartition('id="')[2].rstrip('"')
    pytest.fail("no figure's data are in a file of their own")


BEGUN = "(id) => Boolean(document.getElementById(id).controls)"


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_heavy_figure_begins_when_it_comes_near(open_page, heavy, scheme):
    path, name = heavy
    visit = open_page(path, scheme=scheme)
    visit.page.wait_for_timeout(500)
    assert not visit.page.evaluate(BEGUN, name), "its data have come before anyone was near"
    visit.page.locator(f"#{name}").scroll_into_view_if_needed()
    visit.page.wait_for_function(BEGUN, arg=name)
    visit.assert_clean()


LOADED = "(id) => performance.getEntriesByType('resource').filter((entry) => entry.name.includes(`/${id}-`)).length"
MOVED = "(id) => [...document.getElementById(id).views].map((view) => Boolean(view.move))"


def move(figure):
    """Move a figure's first slider, after answering the question before it, if there is one."""
    if (answers := figure.locator(".si-ask input[type=radio]")).count():
        answers.first.check()
        if (button := figure.locator(".si-ask button").locator("visible=true")).count():
            button.first.click()
    slider = figure.locator("input[type=range]").first
    slider.focus()
    slider.press("ArrowRight" if slider.input_value() != slider.get_attribute("max") else "ArrowLeft")


def test_a_reader_loads_the_view_that_shows_and_the_other_when_it_may(open_page, heavy):
    path, name = heavy
    visit = open_page(path)
    figure = visit.page.locator(f"#{name}")
    assert len(figure.get_attribute("data-frames").split()) == figure.locator(".si-view").count() == 2
    figure.scroll_into_view_if_needed()
    visit.page.wait_for_function(BEGUN, arg=name)
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate(LOADED, name) == 1
    # A phone's width brings the other view, without anyone having moved anything.
    visit.page.set_viewport_size({"width": 375, "height": 800})
    visit.page.wait_for_function(f"(id) => ({LOADED})(id) === 2", arg=name)
    move(figure)
    visit.page.wait_for_function(f"(id) => ({MOVED})(id)[1]", arg=name)
    assert visit.page.evaluate(MOVED, name) == [False, True]
    visit.page.set_viewport_size({"width": 1280, "height": 800})
    visit.page.wait_for_function(f"(id) => ({MOVED})(id)[0]", arg=name)
    visit.assert_clean()


def test_a_figure_that_is_moved_is_loaded_whole(open_page, heavy):
    """It may be printed, or turned where there is no network, and must not show its start then."""
    path, name = heavy
    visit = open_page(path)
    figure = visit.page.locator(f"#{name}")
    figure.scroll_into_view_if_needed()
    visit.page.wait_for_function(BEGUN, arg=name)
    move(figure)
    visit.page.wait_for_function("(id) => document.getElementById(id).views.every((view) => view.frames)", arg=name)
    visit.assert_clean()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_link_into_a_heavy_figure_arrives(open_page, heavy, site_dir, scheme):
    path, name = heavy
    text = (site_dir / path).read_text(encoding="utf-8")
    address = text.partition(f'id="{name}" data-frames="')[2].partition('"')[0].split()[0]
    file = (site_dir / "chapters" / address).read_text(encoding="utf-8")
    data = json.loads(file.partition("','")[2].rpartition("')")[0].replace("\\'", "'").replace("\\\\", "\\"))
    wanted = data["labels"][0][-1]
    assert data["start"][0] != len(data["labels"][0]) - 1
    visit = open_page(f"{path}#{name[:-5]}:{data['names'][0]}={wanted}", scheme=scheme)
    visit.page.wait_for_function(BEGUN, arg=name)
    figure = visit.page.locator(f"#{name}")
    assert f"{data['names'][0]} = {wanted}" in figure.locator(".si-state").text_content()
    visit.page.wait_for_function(
        "(id) => document.getElementById(id).getBoundingClientRect().top < innerHeight", arg=name
    )
    visit.assert_clean()


OTHER_HOSTS = {".jp-OutputArea-output", ".cell-output"}  # JupyterLab's and Quarto's


@pytest.mark.parametrize("sheet", ["book/_static/book.css", "src/static_interact/static_interact.css"])
def test_the_books_own_styles_are_all_needed(site_dir, sheet):
    """A class without a rule left is dead, or made by a script and missing in made_by_scripts.html."""
    rules = light_styles.parse([light_styles.Sheet(sheet, (BOOK.parent / sheet).read_text(encoding="utf-8"))])
    named = {name for rule in light_styles.flat(rules) for name in re.findall(r"\.[A-Za-z][\w-]*", rule.head)}
    style = (site_dir / "_static" / "site.css").read_text(encoding="utf-8")
    left = set(re.findall(r"\.[A-Za-z][\w-]*", style))
    assert len(named) > 20 and named - left - OTHER_HOSTS == set()
