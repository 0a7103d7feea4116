"""The book by keyboard alone: the skip link, a visible focus, menus, folds, the search, figures, previews."""

import pytest

CHAPTER = "chapters/02_break_it_then_fix_it.html"

#: Where the keyboard is, whether that is seen, and whether it is in the window.
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const box = node.getBoundingClientRect();
  const marks = [node, node.nextElementSibling, node.parentElement, node.firstElementChild].filter(Boolean).map((one) => getComputedStyle(one));
  const drawn = (style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  node.dataset.visited = "yes";
  return {
    name: (node.innerText || node.getAttribute("aria-label") || node.title || node.id || node.tagName).trim().slice(0, 40),
    tag: node.tagName, id: node.id, inside: node.closest("article") ? "article" : node.closest("aside, nav, header, #pst-primary-sidebar, .bd-header-article, #pst-secondary-sidebar") ? "frame" : "",
    seen: drawn(marks[0]) || marks.slice(1).some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0),
    there: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def tab(page, most=600):
    """Tab through a page to its end; what had the focus, in order."""
    stops = []
    for k in range(most):
        page.keyboard.press("Tab")
        page.wait_for_timeout(0 if k else 300)  # the skip link slides in
        stop = page.evaluate(FOCUS)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"no end after {most} stops: {stops[-3:]}")


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "chapters/01_turn_scores_into_probabilities.html",
        "reference/glossary.html",
        "reference/my_loss_is_nan.html",
    ],
)
def test_tab_reaches_everything_and_is_seen(open_page, path):
    page = open_page(path).page
    stops = tab(page)
    assert "Skip to main content" in stops[0]["name"]
    assert [stop for stop in stops if not stop["seen"]] == []
    assert [stop for stop in stops if not stop["there"]] == []
    missed = page.evaluate(
        """() => [...document.querySelectorAll("article :is(a[href], button, input, select, summary), #pst-primary-sidebar a")]
          .filter((node) => node.checkVisibility({visibilityProperty: true}) && !node.disabled && node.tabIndex >= 0 && !node.dataset.visited
            && !(node.type === "radio" && !node.checked))
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert missed == []


def test_skip_link_skips(open_page):
    page = open_page(CHAPTER).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    stop = page.evaluate(FOCUS)
    assert page.evaluate("document.activeElement.closest('main') !== null"), stop


def test_folds_open(open_page):
    page = open_page(CHAPTER).page
    for fold in (
        page.locator("article details > summary", has_text="Solution").first,
        page.locator("article details.hide > summary").first,
    ):
        fold.focus()
        page.keyboard.press("Enter")
        assert fold.locator("..").get_attribute("open") is not None
        page.keyboard.press("Enter")
        assert fold.locator("..").get_attribute("open") is None


def test_download_menu(open_page):
    page = open_page(CHAPTER).page
    button = page.get_by_role("button", name="Download this page")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.dropdown-menu') !== null")
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("node => node === document.activeElement")


def test_search_dialog(open_page):
    page = open_page(CHAPTER).page
    page.keyboard.press("Control+k")
    assert page.locator("#pst-search-dialog input").evaluate("node => node === document.activeElement")
    page.keyboard.press("Escape")
    assert not page.locator("#pst-search-dialog").is_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "q=perplexity" in page.url


def test_sidebar_of_a_phone(open_page):
    page = open_page(CHAPTER, width=375).page
    button = page.locator("button.primary-toggle")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#pst-primary-sidebar-modal")
    dialog.wait_for(state="visible")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_every_figure_moves_and_says_so(open_page, page_path):
    """Each figure's first control moves by a key, and a live region says more than a number, or names it."""
    visit = open_page(page_path)
    visit.wake_figures()
    page, silent = visit.page, []
    figures = page.locator("static-interact")
    for k in range(figures.count()):
        figure = figures.nth(k)
        if skip := figure.locator(".si-skip").all():
            skip[0].click()
        control = figure.locator("input[type=range]:not(:disabled)")
        if not control.count() or not control.first.is_visible():
            continue
        before = control.first.input_value()
        control.first.press("ArrowRight")
        if control.first.input_value() == before:
            control.first.press("ArrowLeft")
        assert control.first.input_value() != before
        page.wait_for_timeout(800)
        said = figure.locator(".si-live").text_content()
        if len(said.split()) < 4 and "=" not in said:
            silent.append((figure.get_attribute("id"), said))
    assert silent == []


# Previews -----------------------------------------------------------------------------------------


@pytest.fixture
def chapter(open_page):
    return open_page(CHAPTER).page


def test_preview_by_keyboard(chapter):
    link = chapter.locator("article a.glossary-link").first
    chapter.keyboard.press("Tab")  # so that the focus is the keyboard's
    link.focus()
    tip = chapter.get_by_role("tooltip")
    assert len(tip.text_content()) > 30
    assert link.get_attribute("aria-describedby") == tip.get_attribute("id")
    chapter.keyboard.press("Escape")
    assert tip.count() == 0
    assert link.evaluate("node => node === document.activeElement"), "the focus stays where it is"


def test_preview_by_pointer_stays_while_it_is_read(chapter):
    link = chapter.locator("article a.glossary-link").first
    link.hover()
    tip = chapter.get_by_role("tooltip")
    tip.wait_for()
    tip.hover()
    chapter.wait_for_timeout(500)
    assert tip.is_visible()
    chapter.mouse.move(5, 5)
    tip.wait_for(state="detached")


@pytest.mark.parametrize("width", [1280, 375])
def test_preview_of_an_equation_is_in_the_window(open_page, width):
    page = open_page("reference/cheat_sheet.html", width=width).page
    page.keyboard.press("Tab")
    for link in page.locator("article a[href*='#equation-']").all()[:4]:
        link.focus()
        tip = page.get_by_role("tooltip")
        assert tip.locator("math").count() == 1
        box = tip.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] > 20
        assert 0 <= box["y"] and box["y"] + box["height"] <= 800
