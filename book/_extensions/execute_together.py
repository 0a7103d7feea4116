"""Executes the chapters side by side before Sphinx reads them one after the other.

MyST-NB executes a notebook when it comes to it, and so one at a time
(https://github.com/executablebooks/MyST-NB/issues/130). What it finds in its cache it does not execute: this fills the
cache, with MyST-NB's own client, one thread for each core. A notebook that fails is left to MyST-NB, which says so.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_cache import get_cache
from myst_nb.core.execute import create_client
from myst_nb.core.read import create_nb_reader
from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app):
    # After Sphinx extensions that say how notebooks are to be executed.
    app.connect("env-before-read-docs", execute_together, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class Silence:
    """Where a client reports to: MyST-NB will say all of it when it comes to the page."""

    def info(self, message, **more):
        pass

    debug = warning = error = info


def execute_together(app, env, docnames):
    """Execute notebooks that are about to be read and are not in the cache."""
    waiting = [notebook for name in docnames if (notebook := unexecuted(env, env.doc2path(name)))]
    if len(waiting) < 2:
        return
    # Large ones take long, and are begun first: at the end no core waits for one that was begun last.
    waiting.sort(key=lambda notebook: -notebook[1].stat().st_size)
    logger.info("executing %d notebooks", len(waiting))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda notebook: execute(env, *notebook), waiting))


def unexecuted(env, path):
    """Return a page's notebook as MyST-NB reads it, its path and format; None if there is nothing to execute."""
    path = Path(path)
    config = env.mystnb_config
    if config.execution_mode != "cache" or not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, config, text)
    if reader is None:
        return None
    notebook = reader.read(text)
    try:
        get_cache(config.execution_cache_path).match_cache_notebook(notebook)
    except KeyError:
        return notebook, path, reader.read_fmt
    return None


def execute(env, notebook, path, read_fmt):
    with create_client(notebook, str(path), env.mystnb_config, Silence(), read_fmt):
        logger.info("executed %s", path.name)
