"""Make the book's typefaces in `book/_vendor/typefaces` from packages on PyPI.

Run it by hand to take a newer release: ``python -m tools.vendor_fonts`` with `fonttools` and `brotli` installed. What
is fixed or narrowed is an axis of a variable font; all characters stay, the build cuts them to those that pages hold.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.notebooks import BOOK

FOLDER = BOOK / "_vendor" / "typefaces"
SERIF, MONO = "fontpkg-source-serif-4==4.4", "fontpkg-source-code-pro==1.26"
#: Written file: package, file in it, limits of the axes, the family's own name and style.
FONTS = {
    "book-serif": (SERIF, "SourceSerif4[opsz,wght].ttf", {"opsz": 14, "wght": (400, 700)}, "Book Serif", "Regular"),
    "book-serif-italic": (
        SERIF,
        "SourceSerif4-Italic[opsz,wght].ttf",
        {"opsz": 14, "wght": 400},
        "Book Serif",
        "Italic",
    ),
    "book-mono": (MONO, "SourceCodePro[wght].ttf", {"wght": (400, 700)}, "Book Mono", "Regular"),
}
COPYRIGHT, VERSION, LICENCE, LICENCE_ADDRESS = 0, 5, 13, 14  # what a name table keeps of the source


def rename(font, family, style):
    """Give a font a name of its own: the licence reserves its source's for the unmodified file."""
    table = font["name"]
    kept = (COPYRIGHT, VERSION, LICENCE, LICENCE_ADDRESS)
    table.names = [record for record in table.names if record.nameID in kept or record.nameID > 255]
    full = f"{family} {style}"
    names = {1: family, 2: style, 3: full, 4: full, 6: full.replace(" ", ""), 16: family, 17: style}
    for number, name in names.items():
        table.setName(name, number, 3, 1, 0x409)


def main():
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, SERIF, MONO]
        subprocess.run(download, check=True)
        for target, (package, file, limits, family, style) in FONTS.items():
            stem = package.split("==")[0].replace("-", "_")
            with zipfile.ZipFile(next(Path(folder).glob(f"{stem}-*.whl"))) as wheel:
                font = TTFont(io.BytesIO(wheel.read(f"{stem}/files/{file}")))
                licence = wheel.read(f"{stem}/LICENSE")
            font = instancer.instantiateVariableFont(font, limits)
            rename(font, family, style)
            font.flavor = "woff2"
            font.save(FOLDER / f"{target}.woff2")
            if style == "Regular":
                (FOLDER / f"LICENSE-{target}.txt").write_bytes(licence)
            print(f"{target}: {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    main()
