"""Draw the icon that phones show for a page on their home screen, from the favicon.

Run it when book/favicon.svg has changed, and commit what it writes::

    python -m tools.touch_icon
"""

import sys

from tools import browser
from tools.notebooks import BOOK

ICON = BOOK / "_static" / "apple-touch-icon.png"
SIZE = 180  # pixels; phones round the corners themselves


def main():
    chromium = browser.find()
    if chromium is None:
        print(browser.MISSING, file=sys.stderr)
        return 1
    with browser.launched(chromium) as running:
        page = running.new_context(viewport={"width": SIZE, "height": SIZE}).new_page()
        look = f"body {{ margin: 0; background: #fff }} svg {{ display: block; width: {SIZE}px; height: {SIZE}px }}"
        drawing = (BOOK / "favicon.svg").read_text(encoding="utf-8")
        page.set_content(f"<style>{look}</style>{drawing}")
        page.screenshot(path=str(ICON))
    print(f"{ICON.name}: {ICON.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
