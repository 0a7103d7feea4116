"""Fixtures for tests on the built book: its folder, a server for it, a browser, its pages."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from tools import browser as browsers
from tools import visits
from tools.notebooks import BOOK

# The same examples on every run, and no test fails for being slow on a busy machine.
settings.register_profile("book", deadline=None, derandomize=True)
# `make unit`: a tenth of them. Tests that ask for another number ask for a multiple of `settings.default.max_examples`.
settings.register_profile("unit", settings.get_profile("book"), max_examples=10)
settings.load_profile("book")

SITE = BOOK / "_build" / "html"


def pages():
    """The built pages, as paths below the site's folder."""
    found = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    # The theme leaves two unfinished templates among its static files.
    return [path for path in found if not path.startswith("_static/")] or ["index.html"]


def pytest_generate_tests(metafunc):
    """A test that takes `page_path` runs once for every built page."""
    if "page_path" in metafunc.fixturenames:
        metafunc.parametrize("page_path", pages())


#: Pages that stand for their kind. The browser's tests of all others are marked `sweep`: `make sweep` runs them.
KINDS = {
    "index.html",
    "chapters/02_break_it_then_fix_it.html",
    "reference/cheat_sheet.html",
    "reference/glossary.html",
    "reference/my_loss_is_nan.html",
    "reference/api/functions.html",
    "search.html",
    "genindex.html",
    "404.html",
}


def pytest_collection_modifyitems(items):
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"site_dir", "browser"} & fixtures:
            item.add_marker(pytest.mark.site)
        if "browser" in fixtures and hasattr(item, "callspec"):
            asked = {value for value in item.callspec.params.values() if str(value).endswith(".html")}
            if asked - KINDS:
                item.add_marker(pytest.mark.sweep)


@pytest.fixture(scope="session")
def site_dir():
    """The folder of the built book."""
    if not (SITE / "index.html").is_file():
        pytest.fail("the book is not built: run `make book` first, or `make test` for both")
    return SITE


@pytest.fixture(scope="session")
def site_url(site_dir):
    """The address of a server on this machine that serves the built book; ends with a slash."""
    with visits.served(site_dir) as address:
        yield address


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium. Without one tests are skipped, but under CI=true they fail."""
    path = browsers.find()
    if path is None:
        (pytest.fail if browsers.in_ci() else pytest.skip)(browsers.MISSING)
    with browsers.launched(path) as launched:
        yield launched


@dataclass
class Visit:
    """A page in the browser, and what happened on it."""

    page: object  # playwright.sync_api.Page
    url: str
    javascript: bool = True
    errors: list = field(default_factory=list)  # console errors and exceptions of scripts
    requests: list = field(default_factory=list)  # every address that the page asked for
    failures: list = field(default_factory=list)  # requests that did not give a file

    def wake_figures(self):
        """Let every figure load its data, as it does when it comes near the view."""
        visits.wake_figures(self.page)

    def foreign_requests(self):
        """Requests to anywhere but the site."""
        here = urlsplit(self.url)
        inside = ("data", "blob", "about")
        return [url for url in self.requests if urlsplit(url).scheme not in inside and urlsplit(url)[:2] != here[:2]]

    def assert_clean(self):
        """No script error, no missing file, no request to another host."""
        assert not self.errors, f"errors on {self.url}: {self.errors}"
        assert not self.failures, f"missing on {self.url}: {self.failures}"
        assert not self.foreign_requests(), f"{self.url} asks {self.foreign_requests()}"


@pytest.fixture
def open_page(browser, site_dir, site_url):
    """A function that opens a page of the built book and returns a `Visit`.

    ``open_page(path, scheme="http", width=1280, theme="light", javascript=True)``: `path` is below
    the site's folder, `scheme` is "http" (a server on this machine) or "file" (from disk), `theme`
    is "light" or "dark". No request leaves the machine; one that would is recorded and refused.
    """
    contexts = []

    def open_page(path="index.html", scheme="http", width=1280, theme="light", javascript=True):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        bases = {"http": site_url, "file": site_dir.as_uri() + "/"}
        visit = Visit(context.new_page(), bases[scheme] + path, javascript)
        record(visit)
        visit.page.goto(visit.url, wait_until="load")
        if javascript:
            visits.await_scripts(visit.page)
        return visit

    yield open_page
    for context in contexts:
        context.close()


def record(visit):
    """Note on the visit what its page does, and keep its requests on this machine."""
    page = visit.page

    def on_route(route):
        visit.requests.append(route.request.url)
        if visit.foreign_requests()[-1:] == [route.request.url]:
            route.abort()
        else:
            route.continue_()

    def on_console(message):
        if message.type == "error":
            visit.errors.append(message.text)

    def on_response(response):
        if response.status >= 400:
            visit.failures.append(f"{response.status} {response.url}")

    page.route("**/*", on_route)

    def on_failure(request):
        # A script that the page preloads is given up where scripts are off.
        if visit.javascript or request.resource_type != "script":
            visit.failures.append(f"failed {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("response", on_response)
    page.on("requestfailed", on_failure)
