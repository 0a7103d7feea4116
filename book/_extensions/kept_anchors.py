"""A small Sphinx extension that keeps the addresses of headings: `page#anchor`, as others have linked to them.

An anchor is made of its heading's words, so a reworded heading would break links. kept_anchors.txt lists every address
that has been published. One that no heading has any more says where it leads now, ``old -> new`` (both anchors of the
same page), and the heading answers to both; one that leads nowhere is a warning, and fails the strict build.
`python -m tools.anchors` adds new headings to the list.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util import logging

LIST = Path(__file__).resolve().parent.parent / "kept_anchors.txt"
logger = logging.getLogger(__name__)


def setup(app):
    app.connect("doctree-read", keep)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def keep(app, doctree):
    page = app.env.docname
    sections = {identifier: section for section in doctree.findall(nodes.section) for identifier in section["ids"]}
    for anchor, now in read(LIST).get(page, {}).items():
        if anchor in sections:
            continue
        if now in sections:
            sections[now]["ids"].append(anchor)
        else:
            logger.warning(
                "%s#%s is linked to by others, and no heading has it: say in %s where it is now, as `%s#%s -> new`",
                page, anchor, LIST.name, page, anchor, location=page, type="anchors",
            )  # fmt: skip


def read(path):
    """The list as {page: {anchor: the anchor that it is now, or None}}.

    Raises
    ------
    ValueError
        If a line is neither an address nor two anchors of one page.
    """
    kept = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for line in lines:
        if not line.strip() or line.startswith("# "):
            continue
        address, _, now = (part.strip() for part in line.partition("->"))
        page, mark, anchor = address.partition("#")
        if not (page and mark and anchor) or set(f"{address}{now}") & set(" \t"):
            raise ValueError(f"{path.name}: expected page#anchor or page#anchor -> anchor, got {line!r}")
        kept.setdefault(page, {})[anchor] = now or None
    return kept
