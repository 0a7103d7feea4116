"""Make the small copy of static_interact's script that pages load.

Run from the repository after a part of the script (`hosts.SOURCES`) has changed::

    pip install tdewolff-minify==2.24.12
    python -m tools.minify

The copy is committed, so that nobody who installs or builds needs the minifier; its first line holds the sources'
hash, by which `static_interact.hosts` knows whether it is of this version.
"""

from __future__ import annotations

import gzip

from static_interact import hosts


def main() -> None:
    """Write the copy and say how large it is."""
    import minify  # from tdewolff-minify

    code = minify.string("application/javascript", hosts.source())
    hosts.SMALL.write_text(f"//{hosts.fingerprint()}\n{code}\n", encoding="utf-8")
    size = len(gzip.compress(hosts.script().encode(), 9))
    print(f"{hosts.SMALL.name}: {len(code):,} bytes, {size:,} with gzip")


if __name__ == "__main__":
    main()
