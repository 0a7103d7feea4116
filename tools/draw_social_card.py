"""Draw the picture that others show beside a link to the book: ``python -m tools.draw_social_card``.

The book's own sign, typefaces and colours, laid out by a browser; 1200 x 630 pixels, in `book/_static`.
"""

import re
import sys

from tools import browser as browsers
from tools.draw_cards import FOLDER as CARDS
from tools.notebooks import BOOK

TARGET = BOOK / "_static" / "social-card.png"
WIDTH, HEIGHT = 1200, 630

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><meta charset="utf-8">
<style>
{fonts}
html {{ {colors} }}
* {{ box-sizing: border-box; margin: 0; }}
body {{ width: {width}px; height: {height}px; padding: 64px 72px; background: var(--paper); color: var(--ink);
       font-family: "Book Serif"; display: grid; grid-template-rows: auto 1fr auto; }}
h1 {{ font-size: 74px; line-height: 1.05; letter-spacing: -0.02em; font-weight: 650; }}
p {{ font-size: 33px; line-height: 1.3; color: var(--ink-soft); margin-top: 18px; }}
p b {{ color: var(--bad); font-weight: 600; }}
.sign {{ position: absolute; right: 72px; top: 66px; width: 92px; }}
.row {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 24px; align-self: end; }}
.row svg {{ width: 100%; padding: 18px; border-radius: 10px; background: var(--shade); }}
.broken {{ fill: none; stroke: var(--bad); stroke-width: 2; }}
</style>
<h1>Softmax and cross-entropy</h1>
<p>Derive it, break it, fix it: why a loss goes <b>nan</b>,<br>and what repairs it, down to the last bit.</p>
<div class="sign">{sign}</div>
<div class="row">{pictures}</div>
"""


def page():
    """The card as a page that needs nothing else but the typefaces' files."""
    style = (BOOK / "_static" / "book.css").read_text(encoding="utf-8")
    fonts = "\n".join(re.findall(r'@font-face {\n  font-family: "Book [^}]*?url\("typefaces/[^}]*}', style))
    fonts = fonts.replace('url("typefaces/', f'url("{(BOOK / "_vendor" / "typefaces").as_uri()}/')
    (colors,) = re.findall(r'html\[data-theme="light"\][^{]*{\n([^}]*--paper[^}]*)}', style)
    return PAGE.format(
        fonts=fonts,
        colors=colors,
        width=WIDTH,
        height=HEIGHT,
        sign=(BOOK / "logo.svg").read_text(encoding="utf-8"),
        pictures="".join((CARDS / f"{place:02}.svg").read_text(encoding="utf-8") for place in (1, 2, 6, 9)),
    )


def main():
    path = browsers.find()
    if path is None:
        print(browsers.MISSING, file=sys.stderr)
        return 1
    draft = TARGET.with_suffix(".html")  # beside nothing that matters; file: addresses need a file: page
    draft.write_text(page(), encoding="utf-8")
    try:
        with browsers.launched(path) as browser:
            shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            shown.goto(draft.as_uri())
            shown.evaluate("document.fonts.ready")
            shown.screenshot(path=TARGET)
    finally:
        draft.unlink()
    print(TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
