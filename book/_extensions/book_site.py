"""The site's own Sphinx extension: formulas, the execution cache, and links to the repository.

It does what `_config.yml` cannot say:

- formulas are rendered while the book is built (katex_patches.py has what that needs), and are kept
  together with their punctuation;
- executed notebooks are cached for as long as the code that they call stays as it is;
- the buttons to the repository, Binder and Colab come from the git remote, so a fork's book
  points at the fork, and a book of no known repository has none.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import katex_patches
from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinxcontrib import katex

BOOK = Path(__file__).resolve().parent.parent
ROOT = BOOK.parent
sys.path.insert(0, str(ROOT))

from tools import launch  # noqa: E402
from tools.fingerprint import asset_fingerprint, execution_fingerprint, reading_fingerprint  # noqa: E402


def setup(app):
    app.add_config_value("book_assets", "", "html", str)
    app.add_config_value("book_extensions", "", "env", str)
    app.connect("config-inited", use_execution_cache)
    app.connect("config-inited", use_repository)
    app.connect("config-inited", use_vendored_files)
    app.connect("doctree-resolved", keep_together)
    app.connect("html-page-context", fit_launch_buttons, priority=502)
    app.connect("html-page-context", drop_unused_katex)
    katex_patches.apply()
    # sphinxcontrib-bibtex asks for it at each citation; what isn't registered is looked for among all packages.
    register_plugin("pybtex.backends", "plaintext", find_plugin("pybtex.backends", "plaintext"), force=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}


# Formulas -----------------------------------------------------------------------------------------


SHORT_FORMULA = 20  # characters of LaTeX; a longer one may have to break itself


def keep_together(app, doctree, docname):
    """Keep a short formula in one line with the punctuation that touches it.

    A browser may break a line on either side of what KaTeX makes of a formula, even before a full stop:
    https://github.com/KaTeX/KaTeX/issues/1233.
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
    # Other code of an extension has to read all pages again: it may fail on one, or note other things of it.
    config.book_extensions = reading_fingerprint(ROOT)


# Execution ----------------------------------------------------------------------------------------


def use_execution_cache(app, config):
    """Cache executed notebooks in a folder named after all that their outputs depend on.

    The cache compares a notebook's cells alone, on purpose (https://github.com/executablebooks/jupyter-cache/issues/7).
    With another folder for other code, a change in src/ executes the chapters again; and as the folder is part of the
    configuration, Sphinx reads every page again too. Folders of earlier code go.
    """
    caches = Path(app.outdir).resolve().parent / ".jupyter_cache"
    current = caches / execution_fingerprint(ROOT, getattr(config, "static_interact_options", None))
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

    The theme would send Binder to a page's Markdown too, and links to one branch only
    (https://github.com/executablebooks/sphinx-book-theme/issues/587 and 850 ask for more).
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
