"""Bring KaTeX's stylesheet and fonts into book/_vendor/katex, at the version that renders our formulas.

sphinxcontrib-katex ships KaTeX's JavaScript, which runs while the book is built, but not the
stylesheet and fonts that its HTML needs; those come from the npm package of the same version.
Run ``python tools/vendor_katex.py`` after updating sphinxcontrib-katex.
"""

import io
import re
import shutil
import tarfile
import urllib.request
from pathlib import Path

from sphinxcontrib.katex import katex_version

TARGET = Path(__file__).resolve().parent.parent / "book" / "_vendor" / "katex"
PACKAGE = "https://registry.npmjs.org/katex/-/katex-{version}.tgz"


def woff2_only(css):
    """Drop the older font formats: every browser that can show the book reads woff2."""
    return re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[^"]*"\)', "", css)


def main():
    with urllib.request.urlopen(PACKAGE.format(version=katex_version)) as answer:
        packed = io.BytesIO(answer.read())
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "fonts").mkdir(parents=True)
    with tarfile.open(fileobj=packed) as package:
        for member in package.getmembers():
            name = member.name.removeprefix("package/")
            wanted = name in {"LICENSE", "dist/katex.min.css"} or name.endswith(".woff2")
            if wanted and (file := package.extractfile(member)):
                data = file.read()
                if name.endswith(".css"):
                    data = woff2_only(data.decode()).encode()
                (TARGET / name.removeprefix("dist/")).write_bytes(data)
    print(f"KaTeX {katex_version}: {len(list(TARGET.rglob('*.*')))} files in {TARGET}")


if __name__ == "__main__":
    main()
