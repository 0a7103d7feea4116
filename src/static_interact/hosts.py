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

import os
import re
from html import escape
from pathlib import Path

BAKE = "STATIC_INTERACT_BAKE"
WAYS = ("1", "inline", "each")
HERE = Path(__file__).parent
_carried = False  # whether a figure of this kernel has script and style already


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


def script() -> str:
    """The script that moves figures, without its comments: the frames' decoder and the custom element."""
    sources = [_without_comments((HERE / name).read_text("utf-8")) for name in ("decode.js", "static_interact.js")]
    return "\n".join(['(()=>{"use strict";', 'if(customElements.get("static-interact"))return;', *sources, "})();"])


def style() -> str:
    """The style sheet, without its comments and indentation."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / "static_interact.css").read_text("utf-8"), flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _without_comments(source: str) -> str:
    """Drop indentation and the lines that hold a comment alone; what is on a line with code stays."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(re.sub(r"\s+// .*$", "", line) for line in lines if line and not line.startswith("//"))


def assets() -> str:
    """Script and style as one piece of html, to be put before a figure."""
    return f"<style>{style()}</style><script>{script()}</script>"


def carried(html: str) -> str:
    """A figure's html with what it must carry, by the way in which figures are baked here."""
    global _carried
    chosen = way()
    if chosen == "each" or (chosen == "inline" and not _carried):
        _carried = True
        return assets() + html
    return html


_ASSETS = re.compile(
    r'<style>static-interact \{.*?</style><script>\(\(\)=>\{"use strict";\nif\(customElements\.get.*?</script>',
    re.DOTALL,
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
    css = f'<link rel="stylesheet" href="{escape(style_href)}">' if style_href else f"<style>{style()}</style>"
    js = f'<script defer src="{escape(script_src)}"></script>' if script_src else f"<script>{script()}</script>"
    place = page.find("</head>")
    if place < 0:
        place = page.index("<static-interact")
    return page[:place] + css + js + page[place:]
