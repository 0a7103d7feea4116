"""Picture sheets of the built book: every page in light, in dark, at 375 pixels and as print: ``make sheets``.

One PNG a page and look goes into `book/_build/sheets`, the page cut into columns that stand side by side, and an
`index.html` shows them all. Compare two folders to see what a change of looks has done.
"""

import html
import io
import sys

from tools import browser as browsers
from tools import visits
from tools.notebooks import BOOK

SITE = BOOK / "_build" / "html"
FOLDER = BOOK / "_build" / "sheets"
#: Name, width and height of the window, colour scheme, medium.
LOOKS = [
    ("light", (1366, 768), "light", "screen"),
    ("dark", (1366, 768), "dark", "screen"),
    ("phone", (375, 667), "light", "screen"),
    ("print", (794, 1123), "light", "print"),  # A4 at 96 pixels an inch
]
COLUMN, COLUMNS, GAP, LONGEST = 2400, 12, 8, 40_000  # pixels; a page that is longer than all columns is cut off
SCALE = 0.5  # a sheet is for an overview


def cut(picture):
    """Lay a long picture out in columns, side by side, at a smaller scale."""
    from PIL import Image

    count = min(-(-picture.height // COLUMN), COLUMNS)
    sheet = Image.new("RGB", (count * (picture.width + GAP) - GAP, min(picture.height, COLUMN)), "#808080")
    for column in range(count):
        top = column * COLUMN
        part = picture.crop((0, top, picture.width, min(top + COLUMN, picture.height)))
        sheet.paste(part, (column * (picture.width + GAP), 0))
    return sheet.resize((round(sheet.width * SCALE), round(sheet.height * SCALE)), Image.Resampling.LANCZOS)


def photograph(browser, page_path, size, scheme, medium):
    """Return the whole page as a picture."""
    from PIL import Image

    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto((SITE / page_path).as_uri(), wait_until="load")
        visits.await_scripts(page)
        page.emulate_media(media=medium)
        page.evaluate("document.fonts.ready")
        # What loads when it comes into view has come.
        length = min(page.evaluate("document.documentElement.scrollHeight"), LONGEST)
        for place in range(0, length, 2 * height):
            page.evaluate(f"scrollTo(0, {place})")
        page.evaluate("scrollTo(0, 0)")
        page.set_viewport_size({"width": width, "height": length})
        page.wait_for_timeout(200)
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    finally:
        context.close()


def write_index(names):
    rows = "".join(
        f"<h2>{html.escape(name)}</h2>"
        + "".join(f'<a href="{name}.{look}.png"><img src="{name}.{look}.png" alt="{look}"></a>' for look, *_ in LOOKS)
        for name in names
    )
    style = "body{font:1rem sans-serif;background:#eee}img{height:14rem;margin:.25rem;vertical-align:top}"
    page = f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Sheets</title><style>{style}</style>{rows}"
    (FOLDER / "index.html").write_text(page, encoding="utf-8")


def draw(browser, pages):
    """Write the sheets of some pages, and the index of all that are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page in pages:
        name = page.removesuffix(".html").replace("/", "--")
        for look, size, scheme, medium in LOOKS:
            cut(photograph(browser, page, size, scheme, medium)).save(FOLDER / f"{name}.{look}.png")
        print(page, flush=True)
    write_index(sorted({file.name.split(".")[0] for file in FOLDER.glob("*.png")}))


def main(arguments):
    """Photograph all pages, or those whose path holds one of the arguments."""
    pages = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    pages = [page for page in pages if not page.startswith("_static/")]
    wanted = [page for page in pages if not arguments or any(word in page for word in arguments)]
    if not wanted:
        print(f"There is no page {' or '.join(arguments)} in {SITE}: run `make book` first", file=sys.stderr)
        return 2
    path = browsers.find()
    if path is None:
        print(browsers.MISSING, file=sys.stderr)
        return 1
    with browsers.launched(path) as browser:
        draw(browser, wanted)
    print(f"The sheets are drawn. Open them: {(FOLDER / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
