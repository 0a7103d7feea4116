"""Script and style for whatever page a baked figure ends up on.

There are three ways, chosen by the environment variable ``STATIC_INTERACT_BAKE``:

=========  ==========================================================================================
``1``      linked: the page links the files; the Sphinx extension sees to it
``inline`` script and style go with the first figure of a kernel: one notebook that becomes one page
``each``   every figure carries them: cells that are run one by one, in any order (`bake_here`)
=========  ==========================================================================================

A second copy of the script finds the first one and does nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

BAKE = "STATIC_INTERACT_BAKE"
WAYS = ("1", "inline", "each")
HERE = Path(__file__).parent
SOURCES = ("decode.js", "control.js", "static_interact.js", "page.js")
SMALL = HERE / "static_interact.min.js"  # made by tools/minify.py


@dataclass
class _Kernel:
    """What there is once in a kernel: whether a figure of it has script and style already."""

    carried: bool = False


_kernel = _Kernel()


def way() -> str:
    """How figures are baked: one of `WAYS`, or "" in a live kernel.

    Raises
    ------
    ValueError
        If the environment says anything else.
    """
    chosen = os.environ.get(BAKE, "")
    if chosen not in ("", "0", *WAYS):
        raise ValueError(f"{BAKE} must be one of {', '.join(WAYS)}, got {chosen!r}")
    return "" if chosen == "0" else chosen


def bake_here() -> None:
    """Bake the figures of this notebook, wherever it runs: what is shown from here on needs no kernel any more.

    Call it in the notebook's first cell, then export or publish the notebook as you are used to (``jupyter nbconvert
    --to html``, Quarto, MyST). Each figure carries the script, so that cells can be run again one by one. In a book
    that the Sphinx extension builds, where the page links the script, it changes nothing.

    See Also
    --------
    is_baking : whether figures are being baked.
    """
    if not way():
        os.environ[BAKE] = "each"


def source() -> str:
    """The script that moves figures: the frames' decoder and the custom element, closed off from the page."""
    parts = [(HERE / name).read_text("utf-8") for name in SOURCES]
    return "\n".join(['(()=>{"use strict";', 'if(customElements.get("static-interact"))return;', *parts, "})();"])


def fingerprint() -> str:
    """What tells one version of `source` from another."""
    return hashlib.sha256(source().encode()).hexdigest()[:16]


def script() -> str:
    """What pages load: the minified copy of `source`, or without it (while it is being worked on) the source itself."""
    if SMALL.exists():
        first, _, code = SMALL.read_text("utf-8").partition("\n")
        if first == f"//{fingerprint()}":
            return code.strip()
    return source()


def style() -> str:
    """The style sheet, without its comments and indentation."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / "static_interact.css").read_text("utf-8"), flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def assets() -> str:
    """Script and style as one piece of html, to be put before a figure."""
    return f'<style class="si-assets">{style()}</style><script class="si-assets">{script()}</script>'


def carried(html: str) -> str:
    """A figure's html with what it must carry, by the way in which figures are baked here."""
    chosen = way()
    if chosen == "each" or (chosen == "inline" and not _kernel.carried):
        _kernel.carried = True
        return assets() + html
    return html


_ASSETS = re.compile(
    r'<(style|script) class="si-assets">.*?</\1>|<(?:link|script) class="si-linked"[^>]*>(?:</script>)?', re.DOTALL
)


def renew(page: str, script_src: str = "", style_href: str = "") -> str:
    """Give a whole page exactly one copy of script and style, of this version, whatever it had.

    Parameters
    ----------
    page : str
        HTML of a page; one without figures comes back as it is.
    script_src, style_href : str
        Addresses to link in place of inline code, for pages whose security policy forbids that.

    Returns
    -------
    str
        The page.

    Raises
    ------
    ValueError
        If there is no head, nor a figure's place, to put them in.
    """
    page = _ASSETS.sub("", page)
    if "<static-interact" not in page:
        return page
    both = assets()
    css, js = both[: both.index("<script")], both[both.index("<script") :]
    if style_href:
        css = f'<link class="si-linked" rel="stylesheet" href="{escape(style_href)}">'
    if script_src:
        js = f'<script class="si-linked" defer src="{escape(script_src)}"></script>'
    place = page.find("</head>")
    if place < 0:
        place = page.index("<static-interact")
    return page[:place] + css + js + page[place:]
