"""Light pages: each loads what it uses, and no script stands in a page.

While pages are written (`Bridge`): icons become drawings in the page, scripts that a page does not use are left out and
the others deferred, or put off until it has been painted, scripts and handlers inside the page move to files
(content_policy.py), and the data of heavy figures move to files that are loaded when the figure comes near the view.
After the last page (`finish`): one stylesheet of what some page needs, fonts cut to the characters that the pages hold,
and nothing else left over.

What the second step starts from is kept beside the pages, so that a build of a single changed page ends as a whole
build does. light_code.py, light_icons.py, light_scripts.py, light_kinds.py, light_styles.py and light_fonts.py do the
work.
"""

import functools
import hashlib
import json
import re
import secrets
import shutil
from pathlib import Path

import content_policy
import light_code
import light_fonts
import light_scripts
import light_styles
import theme_patches
from bs4 import BeautifulSoup, Comment
from light_icons import NOTICE, Icons
from light_kinds import Kinds
from sphinx.jinja2glue import BuiltinTemplateLoader

HERE = Path(__file__).resolve().parent
STYLE = "site.css"  # in _static, like all that follows
FONTS, FIGURES = "fonts", "figures"
#: Where the next build finds what this one has worked up, below the folder that holds html/.
KEPT = ".light"

#: Fonts that the first screen of a page with such elements needs, by their files' names.
FIRST = {
    "<body": ["book-serif"],
    r'class="katex"': ["KaTeX_Main-Regular", "KaTeX_Math-Italic"],
    "<static-interact": ["DejaVuSans"],
    "<code|<pre": ["book-mono"],
    r'class="field-list': ["book-serif-italic"],
    r'(?s)class="field-list.*"mop op-symbol small-op"': ["KaTeX_Size1-Regular"],
}

HEAVY = 5_000  # bytes of a figure's data from which on they are worth a request of their own
DATA = re.compile(
    r'(<static-interact id="([^"]+)")(>(?:(?!</static-interact>).)*?)<script type="application/json">(.*?)</script>',
    re.DOTALL,
)
SIZE = r'<svg[^>]*\bwidth="([\d.]+)"[^>]*\bheight="([\d.]+)"'
HOLE = "<!--the body goes here-->"


def setup(app):
    app.add_config_value("light_kept", "", "html", str)
    app.connect("config-inited", prepare)
    app.connect("build-finished", finish, priority=900)  # after the theme has written its colours of code
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}


def prepare(app, config):
    config.template_bridge = "light_pages.Bridge"
    config.html_static_path.append(str(HERE / "light"))
    app.add_css_file("icons.css", priority=400)
    # Without what earlier builds have kept, all pages are written again.
    name = Path(app.outdir).parent / KEPT / "name"
    if not name.is_file():
        shutil.rmtree(name.parent, ignore_errors=True)
        name.parent.mkdir(parents=True)
        name.write_text(secrets.token_hex(8))
    config.light_kept = name.read_text()


# One page ------------------------------------------------------------------------------------------


class Bridge(BuiltinTemplateLoader):
    """Renders templates as Sphinx does, and lightens what has become a page."""

    def init(self, builder, theme=None, dirs=None):
        super().init(builder, theme, dirs)
        self.builder = builder

    def render(self, template, context):
        # What the theme puts around the text is taken apart and put together; the text itself is kept to the letter.
        body = context.get("body") or ""
        page = super().render(template, {**context, "body": HOLE} if body else context)
        if "pagename" not in context or "</html>" not in page:
            return page
        return Page(self.builder, context, page, body).written()


class Page:
    """A page on its way to its file."""

    def __init__(self, builder, context, page, body):
        self.static = Path(builder.outdir) / "_static"
        self.name, self.up = context["pagename"], context["content_root"].removeprefix("./")
        self.builder, self.body, self.soup = builder, body, BeautifulSoup(page, "html.parser")

    def written(self):
        self.body = DATA.sub(self._set_apart, self.body)
        self.body = light_code.lighten(self.body)
        light_scripts.settle(self)
        self._styles()
        self._pictures()
        head = self.soup.head
        head.insert(0, Comment(f" {NOTICE} "))
        policy = {"http-equiv": "Content-Security-Policy", "content": content_policy.META}
        head.insert(0, self.soup.new_tag("meta", attrs=policy))
        head.insert(0, head.find("meta", charset=True).extract())
        around = re.sub(r"\n\s*\n", "\n", str(self.soup))
        text = icons(self.builder).inline(around.replace(HOLE, self.body))
        if left := re.search(r"<[^>]* on[a-z]+=|<script(?![^>]* (?:src|type)=)[^>]*>", text):
            raise ValueError(f"{self.name}: {left[0]!r} is not allowed by the page's policy")
        return text

    def _set_apart(self, match):
        """Put a heavy figure's data into a file of their own."""
        element, name, inner, data = match.groups()
        if len(data.encode()) < HEAVY:
            return match[0]
        # A reader sees the wide view or the narrow one, so each has a file.
        table = json.loads(data)
        views = table["views"]
        files = []
        for k, view in enumerate(views):
            table["views"] = [view if k == place else None for place in range(len(views))]
            text = json.dumps(table, separators=(",", ":"), ensure_ascii=False)
            quoted = text.replace("\\", "\\\\").replace("'", "\\'")
            files.append(self.file(FIGURES, f"figureData('{name}','{quoted}')\n", name))
        return f'{element} data-frames="{" ".join(files)}"{inner}'

    def file(self, folder, text, name=""):
        """Write a file whose name changes with its text; return its address from this page."""
        stem = "-".join(filter(None, [name, hashlib.sha256(text.encode()).hexdigest()[:12]]))
        path = self.static / folder / f"{stem}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return f"{self.up}_static/{folder}/{path.name}"

    def _pictures(self):
        """Reserve the logo's place, so that nothing moves when it comes.

        By its style: an image that has no text for those who do not see it has no size either until it comes.
        """
        for picture in self.soup.find_all("img", class_="logo__image", style=False):
            drawing = Path(self.builder.srcdir, Path(picture["src"]).name)
            if drawing.suffix == ".svg" and (size := re.search(SIZE, drawing.read_text(encoding="utf-8"))):
                picture["style"] = "width:{}px;height:{}px".format(*size.groups())

    def _styles(self):
        """Note which stylesheets the page names, in order, and link to the one that is made of all."""
        links = self.soup.find_all("link", rel="stylesheet")
        if not links:  # 404.html brings its own style along, so that it looks right at any depth
            return
        names = [link["href"].partition("?")[0].removeprefix(self.up).removeprefix("_static/") for link in links]
        noted(self.builder)[self.name] = names
        made = self.soup.new_tag("link", rel="stylesheet", href=f"{self.up}_static/{STYLE}?v=")
        links[0].insert_before(made)
        for link in links:
            link.decompose()


@functools.cache
def icons(builder):
    script = next(
        path
        for folder in builder.theme.get_theme_dirs()
        if (path := Path(folder, "static", "scripts", "fontawesome.js")).is_file()
    )
    return Icons(script.read_text(encoding="utf-8"))


def noted(builder):
    """The stylesheets of every page written so far, by any build."""
    if not hasattr(builder, "light_styles"):
        path = Path(builder.outdir).parent / KEPT / "styles.json"
        builder.light_styles = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return builder.light_styles


# All pages -----------------------------------------------------------------------------------------


def finish(app, exception):
    """Make the stylesheet and the fonts, and put away what no page needs."""
    if exception or app.builder.name != "html" or not hasattr(app.builder, "light_styles"):
        return
    Site(app).finish()


class Site:
    """The folder of all pages, after the last has been written."""

    def __init__(self, app):
        self.folder = Path(app.outdir)
        self.static = self.folder / "_static"
        self.kept = self.folder.parent / KEPT
        self.builder = app.builder
        paths = [path for path in self.folder.rglob("*.html") if self.static not in path.parents]
        self.pages = {path: path.read_text(encoding="utf-8") for path in sorted(paths)}

    def finish(self):
        names = {path.relative_to(self.folder).with_suffix("").as_posix() for path in self.pages}
        lists = {name: styles for name, styles in noted(self.builder).items() if name in names}
        (self.kept / "styles.json").write_text(json.dumps(lists), encoding="utf-8")
        self.put_away()
        style = self.style([sheet for name in in_order(lists.values()) for sheet in self.sheets(name)])
        (self.static / STYLE).write_text(style, encoding="utf-8")
        mark = hashlib.sha256(style.encode()).hexdigest()[:8]
        fonts = {path.name.partition(".")[0]: path.name for path in self.static.glob(f"{FONTS}/*")}
        for path, text in self.pages.items():
            first = [name for sign, names in FIRST.items() if re.search(sign, text) for name in names if name in fonts]
            marked = re.sub(rf"(_static/{re.escape(STYLE)}\?v=)\w*", rf"\g<1>{mark}", text, count=1)
            named = " ".join(fonts[name] for name in first)
            marked = re.sub(r'data-fonts="[^"]*"', f'data-fonts="{named}"', marked, count=1)
            if marked != text:
                path.write_text(marked, encoding="utf-8")

    def put_away(self):
        """Keep for later builds what the stylesheet is made of, and remove what no page loads."""
        for path in [*self.static.rglob("*.css"), *self.static.rglob("*.woff*"), *self.static.rglob("*.ttf")]:
            place = path.relative_to(self.static)
            if place.parts[0] != FONTS and place.as_posix() != STYLE:
                target = self.kept / "static" / place
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, target)
        # Sphinx copies the static files again when it writes pages.
        for path in [*self.static.rglob("*.map"), *self.static.rglob("*macros.html")]:
            path.unlink()
        lists = re.findall(r'(?:src|data-frames|data-late)="([^"]*)"', "\n".join(self.pages.values()))
        named = {light_scripts.file_name(address) for names in lists for address in names.split()}
        for path in self.static.rglob("*.js"):
            if path.name not in named:
                path.unlink()
            elif path.parent.name == "scripts":
                code = theme_patches.changed(path.name, path.read_text(encoding="utf-8"))
                path.write_text(re.sub(r"//# sourceMappingURL=\S+\s*$", "", code), encoding="utf-8")

    def sheets(self, name):
        """A stylesheet that pages name, after those that it imports."""
        text = (self.kept / "static" / name).read_text(encoding="utf-8")
        pattern = r'@import\s+(?:url\()?["\']?([^"\')]+)["\']?\)?\s*;'
        for imported in re.findall(pattern, text):
            yield from self.sheets(_joined(name, imported))
        yield light_styles.Sheet(name, re.sub(pattern, "", text))

    def style(self, sheets):
        rules = light_styles.parse(sheets)
        selectors = "\n".join(rule.head for rule in light_styles.flat(rules))
        kinds = Kinds(set(re.findall(r"#([\w-]+)", selectors)))
        for text in [*self.pages.values(), (HERE / "made_by_scripts.html").read_text(encoding="utf-8")]:
            kinds.add(text)
        for path in [*self.static.glob("*.js"), *self.static.glob("scripts/*.js")]:
            kinds.read(path.read_text(encoding="utf-8"))
        for path in self.static.glob(f"{FIGURES}/*"):
            kinds.read_data(path.read_text(encoding="utf-8"))
        rules = light_styles.needed(rules, kinds)
        light_styles.spread(rules)
        light_styles.draw_icons(rules, icons(self.builder))
        rules = light_styles.settle(rules, kinds.styles)
        self.settle_addresses(rules, kinds)
        return "".join(rule.css() for rule in rules) + "\n"

    def settle_addresses(self, rules, kinds):
        """Let the style name files from where it lies, and fonts by their subsets; leave out fonts that have none."""
        shutil.rmtree(self.static / FONTS, ignore_errors=True)
        (self.static / FONTS).mkdir()
        for rule in light_styles.flat(rules):
            face = rule.head == "@font-face"
            for _, tokens, _ in rule.declarations:
                for token in light_styles.addresses(tokens):
                    if re.match(r"data:|#|[a-z]+://", token.value):
                        continue
                    made = place = _joined(rule.sheet, re.split(r"[?#]", token.value)[0])
                    if face and not (made := self.font(place, kinds)):
                        rule.declarations = []
                    token.representation = f'url("{made}")' if token.type == "url" else f'"{made}"'

    def font(self, place, kinds):
        """Make a font's subset; return where it lies, or None if the pages need nothing of it."""
        font = self.kept / "static" / place
        content = light_fonts.cut(font, kinds.shown_in(font.name), self.kept / "fonts")
        if content is None:
            return None
        target = self.static / FONTS / light_fonts.name(font, content)
        target.write_bytes(content)
        return f"{FONTS}/{target.name}"


def _joined(sheet, address):
    """Where an address in a stylesheet leads, from the folder that all lie in."""
    parts = []
    for part in [*sheet.split("/")[:-1], *address.split("/")]:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def in_order(lists):
    """One list that keeps the order of each of these: what a page has more stands behind what it follows there."""
    merged = []
    for names in lists:
        place = 0
        for name in names:
            if name in merged:
                place = merged.index(name) + 1
            else:
                merged.insert(place, name)
                place += 1
    return merged
