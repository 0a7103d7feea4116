"""Give pages with baked figures one copy of script and style: ``python -m static_interact page.html ...``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import hosts


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the pages that are named.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line's, by default those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m static_interact",
        description="Give pages with baked figures exactly one copy of script and style, of this version.",
    )
    parser.add_argument("pages", nargs="+", type=Path, metavar="page.html")
    parser.add_argument(
        "--link",
        action="store_true",
        help="write static_interact.js and .css beside each page and link them, for sites without inline scripts",
    )
    given = parser.parse_args(arguments)
    for path in given.pages:
        page = path.read_text("utf-8")
        if given.link and "<static-interact" in page:
            (path.parent / "static_interact.js").write_text(hosts.script(), "utf-8")
            (path.parent / "static_interact.css").write_text(hosts.style(), "utf-8")
        links = ("static_interact.js", "static_interact.css") if given.link else ("", "")
        renewed = hosts.renew(page, *links)
        if renewed != page:
            path.write_text(renewed, "utf-8")
        print(f"{path}: {page.count('<static-interact id=')} figures")


if __name__ == "__main__":
    main()
