"""The files of the built book: links lead somewhere, and nothing comes from another host."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from sphinxcontrib.katex import katex_version

from tools import notebooks

# Tags and their attributes that make a browser load something at once.
LOADING = {
    "script": ["src"],
    "img": ["src", "srcset"],
    "iframe": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "source": ["src", "srcset"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "image": ["href", "xlink:href"],
    "use": ["href", "xlink:href"],
    "input": ["src"],
}
# A <link> loads unless it only says how pages relate.
RELATIONS = {"author", "canonical", "help", "index", "license", "next", "prev", "search"}

CSS_LOAD = re.compile(r"(?:url\(\s*|@import\s+)[\"']?\s*((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
SCRIPT_HOSTS = re.compile(
    r"(?:https?:)?//[\w.-]*(?:cdn|unpkg|jsdelivr|cloudflare|googleapis|gstatic|mathjax|thebe)[\w.-]*",
    re.IGNORECASE,
)


class Page(HTMLParser):
    """What a page links to, loads, and can be linked at."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids, self.inline = [], [], set(), []
        self._inside = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        self._inside = tag
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and not set(values.get("rel", "").split()) <= RELATIONS:
            self.loads.append(values.get("href", ""))
        for name in LOADING.get(tag, []):
            if values.get(name):
                self.loads += (
                    [part.split()[0] for part in values[name].split(",") if part.strip()]
                    if name == "srcset"
                    else [values[name]]
                )
        if "style" in values:
            self.inline.append(values["style"])

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside in {"script", "style"}:
            self.inline.append(data)


@pytest.fixture(scope="module")
def built(site_dir):
    """Every page of the site as {path: Page}."""
    paths = [path for path in site_dir.rglob("*.html") if "_static" not in path.parts]
    return {path: Page(path.read_text(encoding="utf-8")) for path in paths}


def inside(link):
    """Whether a link stays on the site."""
    return not urlsplit(link).scheme and not link.startswith("//")


def target_of(page, link):
    """The file that a link on a page of the site means, without its fragment."""
    path = unquote(urlsplit(urljoin(page.as_uri(), link)).path)
    return Path(path)


def test_links_within_the_site_lead_somewhere(site_dir, built):
    broken = []
    for path, page in built.items():
        for link in filter(inside, [*page.links, *page.loads]):
            target, fragment = target_of(path, link), unquote(urlsplit(link).fragment)
            if target.is_dir():
                target /= "index.html"
            found = target.is_file() and target.is_relative_to(site_dir)
            if found and fragment and target in built:
                found = fragment in built[target].ids
            if not found:
                broken.append(f"{path.relative_to(site_dir)}: {link}")
    assert not broken


def test_pages_load_nothing_from_another_host(site_dir, built):
    remote = []
    for path, page in built.items():
        found = [load for load in page.loads if not inside(load) and not load.startswith("data:")]
        for text in page.inline:
            found += CSS_LOAD.findall(text) + SCRIPT_HOSTS.findall(text)
        remote += [f"{path.relative_to(site_dir)}: {load}" for load in found]
    assert not remote


def test_styles_load_nothing_from_another_host(site_dir):
    styles = list(site_dir.rglob("*.css"))
    assert styles
    remote = [
        f"{path.relative_to(site_dir)}: {load}"
        for path in styles
        for load in CSS_LOAD.findall(path.read_text(encoding="utf-8"))
    ]
    assert not remote


def test_scripts_name_no_content_network(site_dir):
    scripts = list(site_dir.rglob("*.js"))
    assert scripts
    # The search index holds the book's own words, which may well speak of such a host.
    remote = [
        f"{path.relative_to(site_dir)}: {host}"
        for path in scripts
        if path.name != "searchindex.js"
        for host in SCRIPT_HOSTS.findall(path.read_text(encoding="utf-8"))
    ]
    assert not remote


def test_no_live_kernel_machinery(site_dir):
    """No page carries what would wait for a kernel or load widgets."""
    marks = ("require.js", "require.min.js", "html-manager", "thebe", "MathJax", "widget-state")
    found = [
        f"{path.relative_to(site_dir)}: {mark}"
        for path in site_dir.rglob("*.html")
        for mark in marks
        if re.search(rf"<script[^>]*{re.escape(mark)}", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert not found


def test_katex_style_and_renderer_are_of_one_version():
    style = (notebooks.BOOK / "_vendor" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    assert f'content:"{katex_version}"' in style, "run python tools/vendor_katex.py"


def test_the_style_names_files_that_are_there(site_dir):
    style = (site_dir / "_static" / "site.css").read_text(encoding="utf-8")
    named = {address for address in re.findall(r'url\("([^"]+)"\)', style) if not address.startswith("data:")}
    fonts = {address for address in named if address.startswith("fonts/")}
    assert any("KaTeX_Main-Regular" in font for font in fonts)
    assert all(font.endswith(".woff2") for font in fonts)
    assert all((site_dir / "_static" / address).is_file() for address in named)
    assert fonts == {f"fonts/{path.name}" for path in site_dir.glob("_static/fonts/*")}, "a font that nothing names"


def test_nothing_is_published_that_no_page_loads(site_dir):
    """No maps of minified sources, no icon font, no script that draws icons."""
    found = [path.relative_to(site_dir).as_posix() for path in site_dir.rglob("*") if path.is_file()]
    assert not [path for path in found if re.search(r"\.map$|fontawesome\.js$|fa-(solid|brands|regular)|\.ttf$", path)]
    pages = "\n".join(path.read_text(encoding="utf-8") for path in site_dir.rglob("*.html"))
    scripts = [path for path in found if path.startswith("_static/") and path.endswith(".js")]
    assert scripts and not [path for path in scripts if path.rpartition("/")[2] not in pages]
    assert not re.search(r'class="[^"]*\bfa[srb]?[ "]', pages), "an icon that the icon font was to draw"


def test_formulas_are_rendered(site_dir):
    """No page shows a formula's source: that is what a failed rendering leaves."""
    for path in site_dir.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "katex-error" not in text
        for formula in re.findall(r'<(?:span|div) class="math[^"]*"[^>]*>(.{0,400})', text, re.DOTALL):
            assert "katex" in formula, f"{path.name}: {formula[:100]}"
