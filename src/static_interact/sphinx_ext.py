"""Sphinx extension: bakes interactive figures while MyST-NB executes notebooks, and ships script, style and fonts.

Add ``static_interact.sphinx_ext`` to the extensions. What `settings.Settings` knows may be set in ``conf.py``::

    static_interact_options = {"errors": "raise", "thinning": "error"}

With ``"alias": True`` notebooks that import ipywidgets itself are baked, too; the build then does without the reader's
own IPython profile.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError
from sphinx.util import logging

from . import __version__, cache, hosts
from .fonts import write_fonts
from .report import Follower
from .settings import BAKE, SETTINGS, Settings

HERE = Path(__file__).parent
logger = logging.getLogger(__name__)


def setup(app: Any) -> dict:
    """Connect the extension; called by Sphinx."""
    app.add_config_value("static_interact_options", {}, "env", [dict])
    app.connect("builder-inited", _start)
    # Early: another extension may put a list of its own in the place of the files.
    app.connect("html-page-context", _add_files, priority=400)
    app.connect("build-finished", _finish)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _start(app: Any) -> None:
    """Switch baking on for the kernels to come, show their progress, and put the static files in place."""
    if app.builder.format != "html":
        return
    set_options(app.config.static_interact_options)
    if app.config.static_interact_options.get("alias"):
        app._static_interact_startup = _import_first()
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


def set_options(options: Mapping[str, Any]) -> None:
    """Put a build's options where its kernels find them; what the environment says already goes before.

    Raises
    ------
    ConfigError
        If there is no such option, or its value is wrong.
    """
    given = {**options, **json.loads(os.environ.get(SETTINGS) or "{}")}
    try:
        Settings(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"static_interact_options: {error}") from None
    if given:
        os.environ[SETTINGS] = json.dumps(given)


def _import_first() -> tempfile.TemporaryDirectory:
    """Let kernels import this package before a notebook imports ipywidgets, so that it finds our `interact` there."""
    folder = tempfile.TemporaryDirectory(prefix="static_interact_")
    startup = Path(folder.name, "profile_default", "startup")
    startup.mkdir(parents=True)
    (startup / "00_static_interact.py").write_text("import static_interact as _static_interact\n", "utf-8")
    os.environ["IPYTHONDIR"] = folder.name
    return folder


def _add_files(app: Any, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Load the script and the style on pages that have a figure, and on no other."""
    if "<static-interact" in context.get("body", ""):
        app.add_js_file("static_interact.js", loading_method="defer")
        app.add_css_file("static_interact.css")


def _finish(app: Any, exception: Exception | None) -> None:
    os.environ.pop(BAKE, None)
    os.environ.pop(SETTINGS, None)
    if folder := getattr(app, "_static_interact_startup", None):
        folder.cleanup()
        os.environ.pop("IPYTHONDIR", None)
    if follower := getattr(app, "_static_interact_progress", None):
        follower.stop()
        if place := os.environ.pop(cache.FOLDER, None):
            cache.prune(Path(place))
