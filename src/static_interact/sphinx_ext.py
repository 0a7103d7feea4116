"""Sphinx extension: bakes interactive figures while MyST-NB executes notebooks, and ships script, style and fonts.

Add ``static_interact.sphinx_ext`` to the extensions; there is nothing to set.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sphinx.util import logging

from . import cache, hosts
from .fonts import write_fonts
from .report import Follower
from .settings import BAKE

HERE = Path(__file__).parent
logger = logging.getLogger(__name__)


def setup(app: Any) -> dict:
    """Connect the extension; called by Sphinx."""
    app.connect("builder-inited", _start)
    # Early: another extension may put a list of its own in the place of the files.
    app.connect("html-page-context", _add_files, priority=400)
    app.connect("build-finished", _finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _start(app: Any) -> None:
    """Switch baking on for the kernels to come, show their progress, and put the static files in place."""
    if app.builder.format != "html":
        return
    os.environ[BAKE] = "1"
    app._static_interact_progress = Follower(logger.info, logger.warning)
    app._static_interact_progress.start()
    # Beside the pages, not among them; whoever removes the build's folder removes it, too.
    os.environ.setdefault(cache.FOLDER, str(Path(app.outdir).parent / ".static_interact"))
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    rules = write_fonts(static / "static_interact_fonts")
    (static / "static_interact.js").write_text(hosts.script(), encoding="utf-8")
    (static / "static_interact.css").write_text(rules + hosts.style(), encoding="utf-8")


def _add_files(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Load the script and the style on pages that have a figure, and on no other."""
    if "<static-interact" in context.get("body", ""):
        app.add_js_file("static_interact.js", loading_method="defer")
        app.add_css_file("static_interact.css")


def _finish(app: Any, exception: Exception | None) -> None:
    os.environ.pop(BAKE, None)
    if follower := getattr(app, "_static_interact_progress", None):
        follower.stop()
        if place := os.environ.pop(cache.FOLDER, None):
            cache.prune(Path(place))
