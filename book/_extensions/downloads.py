"""What the site offers beside its pages.

- The download buttons give the chapters as notebooks that run anywhere (tools/plain.py), not Sphinx's sources.
- ``claims.csv`` is the ledger of the prose's numbers (tools/ledger), to which the About page leads.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools import plain
from tools.ledger import __main__ as ledger
from tools.ledger.holders import ledger as claims


def setup(app):
    app.connect("build-finished", write_downloads)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def write_downloads(app, exception):
    if exception is None and app.builder.format == "html":
        plain.write_downloads(Path(app.outdir) / "_sources")
        ledger.write(Path(app.outdir) / "claims.csv", claims())
