"""Every page works under the strict policy of book/_extensions/content_policy.py, sent as a header."""

import re
import sys

import pytest

from tools import visits
from tools.notebooks import BOOK

sys.path.append(str(BOOK / "_extensions"))
import content_policy

LISTEN = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(
  `${event.effectiveDirective}: ${event.blockedURI} ${event.sample} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="module")
def strict_url(site_dir):
    with visits.served(site_dir, {"Content-Security-Policy": content_policy.HEADER}) as url:
        yield url


@pytest.fixture
def strict_tab(browser, strict_url):
    """A function that opens a page under the header; whatever the policy refuses is in `violations`."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(LISTEN)
    errors = []

    def open_page(path):
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.goto(strict_url + path, wait_until="load")
        visits.await_scripts(tab)
        tab.errors = errors
        return tab

    yield open_page
    context.close()


def assert_obeyed(tab):
    assert tab.evaluate("violations") == []
    assert tab.errors == []


def test_a_page_does_all_it_can_under_the_policy(strict_tab, page_path):
    tab = strict_tab(page_path)
    if page_path == "404.html":  # a page without the theme: it asks the search, and nothing else
        assert_searches(tab)
        return
    assert tab.evaluate("document.documentElement.dataset.theme") == "light", "the first script did not run"
    # The theme's button.
    tab.locator("button.theme-switch-button:visible").first.click()
    # All that folds.
    folded = tab.locator("article details:not([open]):not(.si-ask *) > summary:visible")
    for _ in range(min(3, folded.count())):
        folded.first.click()
    # Copying code.
    if (block := tab.locator("div.highlight:visible").filter(has=tab.locator("button.copybtn"))).count():
        block.first.hover()
        block.first.locator("button.copybtn").click()
        tab.wait_for_selector("button.copybtn.success", state="attached")
    # A figure that no question holds back.
    inside = tab.locator(".si-controls input[type=range]:enabled")
    figures = tab.locator("static-interact:not(:has(.si-ask))").filter(has=inside)
    if figures.count():
        figure = figures.first
        figure.scroll_into_view_if_needed()
        handle = figure.element_handle()
        tab.wait_for_function("(figure) => figure.controls", arg=handle)
        before = figure.locator(".si-state").text_content()
        slider = figure.locator("input[type=range]").first
        slider.focus()
        tab.keyboard.press("Home" if slider.input_value() == slider.get_attribute("max") else "End")
        changed = "([figure, text]) => figure.querySelector('.si-state').textContent !== text"
        tab.wait_for_function(changed, arg=[handle, before])
    # The search, by its key.
    tab.keyboard.press("Escape")
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("#pst-search-dialog[open], form.bd-search input:focus")
    assert_obeyed(tab)


def assert_searches(tab):
    """The form of the page for wrong addresses leads to hits, and the page has its own look."""
    assert tab.evaluate("document.scripts.length") == 0
    assert tab.locator("form").evaluate("form => getComputedStyle(form).display") == "flex"
    assert_obeyed(tab)
    tab.get_by_role("searchbox").fill("softmax")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=softmax*")
    tab.wait_for_selector("#search-results .search li a")
    tab.wait_for_load_state("networkidle")
    assert_obeyed(tab)


def test_searching_under_the_policy(strict_tab):
    tab = strict_tab("index.html")
    tab.keyboard.press("Control+k")
    tab.locator("form.bd-search input:focus").fill("softmax")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=softmax*")
    tab.wait_for_selector("#search-results .search li a")
    tab.wait_for_load_state("networkidle")
    assert_obeyed(tab)


def test_print_and_full_screen_buttons(strict_tab):
    tab = strict_tab("index.html")
    wishes = {"print": "print", "fullscreen": "toggleFullScreen"}
    for wish, function in wishes.items():
        tab.evaluate("(name) => { window.called = []; window[name] = () => called.push(name); }", function)
        tab.evaluate("(wish) => document.querySelector(`[data-click=${wish}]`).click()", wish)
        assert tab.evaluate("called") == [function]
    assert_obeyed(tab)


@pytest.mark.parametrize(
    "attack",
    [
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.got = 1'}))",
        "document.body.setAttribute('onclick', 'window.got = 1'); document.body.click()",
        "setTimeout('window.got = 1')",
        "document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.org/x.png'}))",
        "fetch('https://example.org/').catch(() => 0)",
    ],
)
@pytest.mark.parametrize("delivery", ["header", "meta"])
def test_the_policy_refuses_what_it_should(strict_tab, site_url, attack, delivery):
    """The test's own listener hears of violations, and the policy is in force both ways."""
    tab = strict_tab("index.html")
    if delivery == "meta":
        tab.goto(site_url + "index.html")
    tab.route(re.compile("example.org"), lambda route: route.abort())
    tab.add_script_tag(url=tab.url.rpartition("/")[0] + "/_static/doctools.js")  # evaluate() itself is let pass
    tab.evaluate(f"try {{ {attack} }} catch {{}}")
    tab.wait_for_function("violations.length > 0")
    assert tab.evaluate("window.got") is None


def test_every_page_brings_the_policy(site_dir, page_path):
    text = (site_dir / page_path).read_text(encoding="utf-8")
    head = text[: text.index("</head>")]
    found = re.search(r'<meta content="([^"]*)" http-equiv="Content-Security-Policy"/>', head)
    assert found[1] == content_policy.META
    # Nothing that it governs stands before it.
    assert not re.search(r"<(script|link|style|base)\b", head[: found.start()])


def test_the_two_policies_differ_as_documented():
    rules = dict(rule.split(" ", 1) for rule in content_policy.HEADER.split("; "))
    assert rules.pop("frame-ancestors") == "'none'"
    assert rules == content_policy.RULES
    assert rules["default-src"] == rules["script-src"] == "'self'"
    meta = dict(rule.split(" ", 1) for rule in content_policy.META.split("; "))
    assert {name: value.removesuffix(" file:") for name, value in meta.items()} == rules
