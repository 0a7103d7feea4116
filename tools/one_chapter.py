"""Build one page of the book alone, in seconds: ``make book CHAPTER=09``.

The page is executed and baked as in the whole book. Links to other pages lead nowhere, as these are not built; the
warnings about them are left out.
"""

import re
import subprocess
import sys
from pathlib import Path

from tools.notebooks import BOOK, ROOT

OUTPUT = BOOK / "_build" / "one_chapter"
#: What Sphinx warns of only because the other pages are missing.
MISSING_PAGES = re.compile(
    r"\[myst\.xref_missing\]|\[ref\.\w+\]|equation not found|toc\.not_included|term not in glossary"
    # The bibliography is on a page of its own; the whole book's build tells of a wrong key.
    r"|could not find bibtex key",
    re.IGNORECASE,
)


def find(name):
    """Return the page, without its suffix and below `BOOK`, whose file name begins with `name`.

    Raises
    ------
    ValueError
        If there is no such page, or more than one.
    """
    found = [
        path for folder in ("chapters", "reference") for path in (BOOK / folder).glob(f"{name}*") if path.is_file()
    ]
    pages = sorted({path.relative_to(BOOK).with_suffix("").as_posix() for path in found})
    if len(pages) != 1:
        raise ValueError(f"CHAPTER must begin the name of one page, but {name!r} begins {', '.join(pages) or 'none'}")
    return pages[0]


def main(arguments):
    try:
        page = find(*arguments)
    except (TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    OUTPUT.mkdir(parents=True, exist_ok=True)
    contents = OUTPUT / "_toc.yml"
    contents.write_text(f"format: jb-book\nroot: {page}\n", encoding="utf-8")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(BOOK), "--toc", str(contents), "--path-output", str(OUTPUT)]
    build = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in build.stdout or ():
        if not MISSING_PAGES.search(line):
            print(line, end="", flush=True)
    built = OUTPUT / "_build" / "html" / f"{page}.html"
    if build.wait() or not built.is_file():
        print(f"{page} could not be built, see above", file=sys.stderr)
        return 1
    print(f"The chapter is built. Open it: {built.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
