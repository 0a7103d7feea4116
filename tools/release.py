"""What a release needs: a version that all files agree on, its part of the changelog, the built book as an archive.

The workflow `release.yml` calls this for a tag; before setting one, `python -m tools.release check v1.2.3` says what
is still missing. The other commands: ``notes v1.2.3`` prints the release notes, ``pack FOLDER v1.2.3`` writes the
archive of the site.
"""

import re
import sys
import tomllib
import zipfile
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from tools.notebooks import ROOT

SITE = ROOT / "book" / "_build" / "html"
TAG = re.compile(r"v(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
OLDEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip archive knows


def version_of(tag):
    """The version that a tag names.

    >>> version_of("v1.2.3")
    '1.2.3'

    Raises
    ------
    ValueError
        If the tag is not a "v" and a version of three numbers.
    """
    if match := TAG.fullmatch(tag):
        return match[1]
    raise ValueError(f"tag must be v and a version, as v1.2.3 or v1.2.3rc1, got {tag!r}")


def notes(changelog, version):
    r"""What the changelog says of a version, without its heading; empty where it says nothing.

    >>> notes("## Unreleased\n\n## 0.2.0 - 2026-01-31\n\n- New.\n\n## 0.1.0\n\n- First.\n", "0.2.0")
    '- New.'
    """
    parts = re.split(r"(?m)^## +", changelog)[1:]
    for heading, _, body in (part.partition("\n") for part in parts):
        if heading.strip("[] ").split(" ")[0].rstrip("]") == version:
            return body.strip()
    return ""


def problems(root, tag):
    """Say what keeps the tree at `root` from being the release that the tag names, as a list of sentences."""
    version = version_of(tag)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    found = [
        f"{where} says version {said}, the tag {version}"
        for where, said in [("pyproject.toml", project["version"]), ("CITATION.cff", str(citation.get("version")))]
        if said != version
    ]
    if "date-released" not in citation:
        found.append("CITATION.cff has no date-released")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not notes(changelog, version):
        found.append(f"CHANGELOG.md says nothing under the heading ## {version}")
    if notes(changelog, "Unreleased"):
        found.append("CHANGELOG.md still lists changes under Unreleased")
    return found


def pack(site, folder, version):
    """Write the built site as a zip archive whose bytes depend on nothing but the site's; return its path."""
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"{site} holds no built book: run `make book` first")
    name = f"softmax-book-{version}-site"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in site.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(site).as_posix()}", OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return target


def main(arguments):
    match arguments:
        case ["check", tag]:
            found = problems(ROOT, tag)
            return "\n".join(found) if found else 0
        case ["notes", tag]:
            print(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version_of(tag)))
            return 0
        case ["pack", folder, tag]:
            print(pack(SITE, Path(folder), version_of(tag)))
            return 0
    return "usage: python -m tools.release check TAG | notes TAG | pack FOLDER TAG"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
