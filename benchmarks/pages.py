"""What the built pages weigh and how soon they are there: needs the built book and a browser.

Bytes are counted over the wire, with gzip; times are of this machine, and say something only beside each other.
Each page is a first visit, read to its end; ``arrival`` is what has come before the reader scrolls.
"""

from __future__ import annotations

from tools import browser as browsers
from tools import visits
from tools.notebooks import BOOK

SITE = BOOK / "_build" / "html"
KINDS = ("Document", "Stylesheet", "Script", "Font", "Image", "Other")
WIDTHS = {"phone": (375, 667), "desktop": (1366, 768)}


def paths() -> list[str]:
    """All pages, as paths below the site's folder."""
    found = (path.relative_to(SITE) for path in sorted(SITE.rglob("*.html")))
    return [path.as_posix() for path in found if path.parts[0] != "_static"]


def main() -> None:
    """Print a line for each page and width, then one for each page of a walk through the book."""
    if browsers.find() is None or not (SITE / "index.html").is_file():
        print("pages: not measured, as the book is not built or no browser is there (make book, then make bench)")
        return
    print(
        "Pages on a first visit: kB over the wire, requests, ms to the largest paint and the first live slider, shift"
    )
    print(f"{'':48}{''.join(f'{kind[:6]:>7}' for kind in KINDS)}{'total':>7}{'arriv.':>7}", end="")
    print(f"{'req.':>5}{'LCP':>6}{'slider':>7}{'CLS':>7}")
    with browsers.launched(browsers.find()) as launched, visits.served(SITE) as url:
        for path in paths():
            for name, (width, height) in WIDTHS.items():
                context = launched.new_context(viewport={"width": width, "height": height})
                context.add_init_script(visits.WATCH)
                print_visit(f"{path.removesuffix('.html')[:39]} {name}", context.new_page(), url + path)
                context.close()
        print("\nFrom page to page, each on arrival:")
        context = launched.new_context(viewport={"width": 1366, "height": 768})
        tab = context.new_page()
        for path in ["index.html", *(path for path in paths() if path.startswith("chapters/"))]:
            seen = visits.visit(tab, url + path)
            print(f"{path.removesuffix('.html'):62}{seen.bytes / 1000:7.1f} kB in {len(seen.requests)} requests")


def print_visit(label: str, tab, address: str) -> None:
    seen = visits.visit(tab, address, scroll=True)
    slider = seen.seen["slider"]
    print(
        f"{label:48}{''.join(f'{seen.weight[kind] / 1000:7.1f}' for kind in KINDS)}{seen.bytes / 1000:7.1f}"
        f"{seen.arrival / 1000:7.1f}{len(seen.requests):5}{seen.seen['lcp']:6.0f}"
        f"{f'{slider:.0f}' if slider else '-':>7}{seen.seen['cls']:7.3f}"
    )


if __name__ == "__main__":
    main()
