"""What the download buttons give: the chapters as notebooks that run anywhere (tools/plain.py), not sources."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools import plain


def setup(app):
    app.connect("build-finished", write_downloads)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def write_downloads(app, exception):
    if exception is None and app.builder.format == "html":
        plain.write_downloads(Path(app.outdir) / "_sources")
