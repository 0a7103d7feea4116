"""Write requirements.txt and requirements-test.txt from what pyproject.toml asks for.

Run as ``make pins``. It needs ``uv``, which resolves for every Python version and platform at once;
``--fork-strategy fewest`` keeps one version of a package for all of them.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEADER = """\
# {what}
# Every package is pinned, for Python 3.11 to 3.14. Written by `make pins` from pyproject.toml:
# to add or update something, edit it there, run that, then `make book test`.
"""
BOOK = "What reading, building and running the book needs: `make book`, Binder, a notebook server."
TEST = "What only `make test` and `make bench` need, on top of requirements.txt."


def resolve(extras, keep=()):
    """The pins of these extras as {name: line}; versions in the file `keep` hold where they can."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
    command += ["--fork-strategy", "fewest", "--no-header", "--no-annotate", "--quiet"]
    command += ["--no-emit-index-url", "--no-emit-find-links"]
    command += [f"--extra={extra}" for extra in extras]
    command += [f"--constraint={file}" for file in keep]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit("uv could not resolve the requirements; its message is above")
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    return {re.match(r"[\w.-]+", line)[0]: line for line in lines}


def main():
    book = resolve(["book", "site"])
    write("requirements.txt", BOOK, ["-e .", *book.values()])
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "book.txt"
        pins.write_text("\n".join(book.values()) + "\n")
        test = resolve(["test"], keep=[pins])
    extra = [line for name, line in test.items() if name not in book]
    write("requirements-test.txt", TEST, ["-r requirements.txt", *extra])


def write(name, what, lines):
    (ROOT / name).write_text(HEADER.format(what=what) + "\n" + "\n".join(lines) + "\n")
    print(f"{name}: {len(lines) - 1} pins")


if __name__ == "__main__":
    main()
