"""Add the headings of the built book to the list of addresses that are kept: book/kept_anchors.txt.

Run it after `make book`, when a chapter has new headings::

    python -m tools.anchors

What has been published once stays on the list; book/_extensions/kept_anchors.py says what it is for.
"""

import re
import sys

from tools.notebooks import BOOK

SITE = BOOK / "_build" / "html"
LIST = BOOK / "kept_anchors.txt"
HEAD = "# Addresses of headings that others may have linked to, see _extensions/kept_anchors.py. Sorted.\n"


def headings(site):
    """The addresses of all headings of the pages that people write, as page#anchor."""
    found = set()
    for path in sorted([site / "index.html", *site.glob("chapters/*.html"), *site.glob("reference/*.html")]):
        page = path.relative_to(site).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        found |= {f"{page}#{anchor}" for anchor in re.findall(r'<section[^>]* id="([^"]+)"', text)}
    return found


def kept(path):
    """The addresses on the list, each with its line."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {line.partition("->")[0].strip(): line for line in lines if line.strip() and not line.startswith("# ")}


def main():
    if not (SITE / "index.html").is_file():
        print("The book is not built: run `make book` first", file=sys.stderr)
        return 1
    lines = kept(LIST)
    new = sorted(headings(SITE) - set(lines))
    LIST.write_text(HEAD + "".join(f"{line}\n" for line in sorted([*lines.values(), *new])), encoding="utf-8")
    print(f"{LIST.name}: {len(lines) + len(new)} addresses, {len(new)} of them new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
