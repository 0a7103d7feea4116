"""What becomes of a page's scripts: those it does not use go, and none stands in the way of what it shows.

Scripts and handlers inside the page move to files (content_policy.py). The others wait until the page has been read,
and those without which it can be read until it has been painted.
"""

import hashlib
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Where those that stood in pages lie, in _static.
FOLDER = "inline"

#: Scripts that are not for every page, and what in a page's text shows that it needs them (None: nothing does).
WANTED = {
    "fontawesome.js": None,  # draws icons, which are drawn already
    "togglebutton.js": r'class="(?:[^"]* )?(?:toggle|admonition [^"]*\bdropdown)[ "]',
    "design-tabs.js": r'class="(?:[^"]* )?sd-tab',
    "clipboard.min.js": r'<div class="highlight',
    "copybutton.js": r'<div class="highlight',
}
#: Those that menus, buttons and tooltips need, but nobody who reads a page or moves a figure: they come when it has
#: been painted (light/first.js).
LATE = set(
    "documentation_options.js doctools.js sphinx_highlight.js clipboard.min.js copybutton.js sphinx-book-theme.js"
    " bootstrap.js pydata-sphinx-theme.js pages.js".split()
)
#: Those of one page alone.
ONLY_ON = dict.fromkeys(["searchtools.js", "language_data.js", "searchindex.js"], "search")
#: Scripts inside pages that say something to one that is left out, or what nothing asks for.
SAYS = {
    r"^(?:let|var) toggle\w+\s*=": "togglebutton.js",
    # Asked for by the theme's banner about old versions and by its search while one types; the book has neither.
    r"^DOCUMENTATION_OPTIONS\.(?:pagename|search_as_you_type)\s*=": None,
}
#: What the theme's buttons say in `onclick`, and what pages.js knows it by.
CLICKS = {"window.print()": "print", "toggleFullScreen()": "fullscreen"}


def settle(page):
    """Do all of it to a page (light_pages.Page)."""
    move_out(page)
    move_handlers(page)
    order(page)


def file_name(address):
    """The name of the file that an address leads to."""
    return address.partition("?")[0].rpartition("/")[2]


def wanted(page, script):
    """Whether a page uses a script, by its file's name."""
    if script in ONLY_ON:
        return page.name == ONLY_ON[script]
    mark = WANTED.get(script, "")
    return mark is not None and re.search(mark, page.body) is not None


def move_out(page):
    """Move the scripts that stand in the page to files; what is no JavaScript stays."""
    for script in page.soup.find_all("script", src=False):
        if script.get("type", "text/javascript") != "text/javascript":
            continue
        text = script.string or ""
        said = next((name for mark, name in SAYS.items() if re.search(mark, text.strip())), "")
        if said is None or (said and not wanted(page, said)):
            script.decompose()
            continue
        if script.has_attr("data-cfasync"):  # the theme's first one, before anything is painted
            text += (HERE / "light" / "first.js").read_text(encoding="utf-8")
            script["data-fonts"] = ""  # `Site` fills it in
        script["src"] = page.file(FOLDER, text.strip() + "\n")
        script.string = ""


def move_handlers(page):
    """Let pages.js do what the theme's buttons say in `onclick`."""
    for element in page.soup.find_all(onclick=True):
        if (said := element["onclick"]) not in CLICKS:
            raise ValueError(f"{page.name}: no way is known to do onclick={said!r} from a file")
        del element["onclick"]
        element["data-click"] = CLICKS[said]


def order(page):
    """Leave out what the page does not use, and let the rest wait until the page has been read, in its order."""
    for link in page.soup.find_all("link", rel="preload"):
        if link.get("as") == "script":
            link.decompose()
    seen, first = set(), None
    for script in page.soup.find_all("script", src=True):
        address = script["src"].partition("?")[0]
        if address in seen or not wanted(page, file_name(address)):
            script.decompose()
            continue
        seen.add(address)
        if script.has_attr("data-cfasync"):
            first = script
        else:
            script["defer"] = ""
        page.soup.head.append(script.extract())
    if not seen:  # 404.html has none of the theme's buttons
        return
    load(page, "pages.js")
    if "data-frames=" in page.body:
        load(page, "figures.js")
    if page.name not in ONLY_ON.values():  # which are of no use without their scripts
        put_off(page, first)


def put_off(page, first):
    """Have the page's first script fetch those that can wait, when the page has been painted."""
    late = [
        script.extract()["src"]
        for script in page.soup.find_all("script", defer=True)
        if file_name(script["src"]) in LATE
    ]
    first["data-late"] = " ".join(late)


def load(page, name):
    """Have a page load a script of light/."""
    mark = hashlib.sha256((HERE / "light" / name).read_bytes()).hexdigest()[:8]
    address = f"{page.up}_static/{name}?v={mark}"
    page.soup.head.append(page.soup.new_tag("script", src=address, defer=""))
