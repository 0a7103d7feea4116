"""What has been baked, kept for builds to come, under a name made of all that it depends on (see `dependencies`).

The folder is named by the environment variable ``STATIC_INTERACT_CACHE``; without it nothing is kept.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

FOLDER = "STATIC_INTERACT_CACHE"
FORMAT = 1
_DAY = 86_400.0


def folder() -> Path | None:
    """The folder of this build's cache, or None if it has none."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else None


def get(key: str) -> Any:
    """Return what is kept under a name, or None.

    Parameters
    ----------
    key : str
        Letters and digits.

    Returns
    -------
    object or None
        What `put` was given, as JSON has it. What cannot be read counts as missing.
    """
    if (place := folder()) is None:
        return None
    path = place / f"{key}.json.gz"
    try:
        kept = json.loads(gzip.decompress(path.read_bytes()))
        os.utime(path)  # used: see `prune`
    except (OSError, ValueError, EOFError, zlib.error):
        return None
    return kept["value"] if isinstance(kept, dict) and kept.get("format") == FORMAT else None


def put(key: str, value: Any) -> None:
    """Keep something.

    Parameters
    ----------
    key : str
        Letters and digits.
    value : object
        Made of what JSON knows.
    """
    if (place := folder()) is None:
        return
    place.mkdir(parents=True, exist_ok=True)
    data = gzip.compress(json.dumps({"format": FORMAT, "value": value}, separators=(",", ":")).encode(), 6, mtime=0)
    # Another kernel may read at this moment: the file appears as a whole.
    handle, name = tempfile.mkstemp(dir=place, suffix=".part")
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    Path(name).replace(place / f"{key}.json.gz")


def prune(place: Path, most_bytes: int = 500_000_000, days: float = 60.0) -> int:
    """Remove what has not been used for long, and the least recently used beyond a size.

    Parameters
    ----------
    place : pathlib.Path
        The folder; it may be missing.
    most_bytes : int
        So large it may stay.
    days : float
        What was used later than that many days ago may stay.

    Returns
    -------
    int
        How many files were removed.
    """
    entries = []
    for path in place.glob("*.json.gz"):
        status = path.stat()
        entries.append((status.st_mtime, status.st_size, path))
    entries.sort(key=lambda entry: entry[0], reverse=True)
    oldest, total, removed = time.time() - days * _DAY, 0, 0
    for used, size, path in entries:
        total += size
        if total > most_bytes or used < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    for path in place.glob("*.part"):
        if path.stat().st_mtime < time.time() - _DAY:
            path.unlink(missing_ok=True)
    return removed
