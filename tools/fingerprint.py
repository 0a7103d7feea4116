"""Short names for what a build depends on, so that a change in it is noticed."""

import hashlib
import sys


def execution_fingerprint(root, settings=None):
    """Return a hash of everything that a chapter's outputs depend on but its own cells.

    That is src/ (without scripts and styles, which only the browser reads), the pinned packages, the
    running Python and the settings of what bakes figures.

    Parameters
    ----------
    root : pathlib.Path
        The repository's folder.
    settings : dict, optional
        Those that the book's configuration gives to static_interact.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    code = [path for path in files(root / "src") if path.suffix not in {".js", ".css"}]
    version = ".".join(map(str, sys.version_info[:3]))
    return digest(root, [root / "requirements.txt", *code], f"{version} {sorted((settings or {}).items())}")


def asset_fingerprint(root):
    """Return a hash of what built pages hold or link to apart from their own text."""
    book = root / "book"
    assets = [path for path in files(root / "src") if path.suffix in {".js", ".css"}]
    for folder in ("_static", "_vendor", "_extensions", "_templates"):
        assets += files(book / folder)
    return digest(root, [*assets, *sorted(book.glob("*.svg")), root / "tools" / "launch.py"])


def reading_fingerprint(root):
    """Return a hash of the code that reads pages, apart from installed packages: the book's own extensions.

    What they noted of a page in an earlier build is that of their earlier code.
    """
    return digest(root, [path for path in files(root / "book" / "_extensions") if path.suffix == ".py"])


def files(folder):
    """The files below a folder in a fixed order, without Python's own by-products."""
    skipped = ("__pycache__", ".egg-info", ".ipynb_checkpoints")
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(name in str(path) for name in skipped))


def digest(root, paths, *words):
    """Hash the paths' names and contents, and the words."""
    sha = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        sha.update(b"\0" + path.relative_to(root).as_posix().encode() + b"\0")
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()[:16]
