"""One baked figure as html: controls, first frame, caption, and the table from which the script makes all other frames.

The script (`static_interact.js`) brings it to life; without one the first frame, the caption and, folded, the answer to
a question are all there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from xml.etree import ElementTree

from . import theme
from .latex import with_formulas
from .svg import to_html

Element = ElementTree.Element


@dataclass(frozen=True)
class View:
    """A picture of every frame at one size.

    Parameters
    ----------
    template : xml.etree.ElementTree.Element
        The first frame.
    data : dict
        What `decode.js` makes the other frames from.
    colors : frozenset of str
        What other frames have beside the first one's colours, six hexadecimal digits each.
    """

    template: Element
    data: dict = field(default_factory=dict)
    colors: frozenset[str] = frozenset()


def identifier(function: Callable, number: int, content: str = "") -> str:
    """An id for a figure: the function's name, a number, and what tells it from figures of other notebooks.

    Parameters
    ----------
    function : callable
        What the figure shows; lambdas, partials and objects have names, too.
    number : int
        How many figures its notebook has had.
    content : str
        Anything that differs between figures of the same name and number, and is the same in every build.

    Returns
    -------
    str
        Letters, digits and hyphens of ASCII, so that it needs no escaping in html, css and addresses. The last four
        characters are a hash; links to the figure's states leave them out and so survive changes of the content.

    Examples
    --------
    >>> identifier(print, 3)
    'si-print-3-e3b0'
    """
    inner = function
    while hasattr(inner, "func"):  # functools.partial
        inner = inner.func
    name = getattr(inner, "__name__", type(inner).__name__)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower().encode("ascii", "ignore").decode()).strip("-") or "figure"
    return f"si-{slug}-{number}-{hashlib.sha256(content.encode()).hexdigest()[:4]}"


def build(
    identifier: str,
    *,
    views: Sequence[View],
    controls: str = "",
    names: Sequence[str] = (),
    ids: Sequence[str] = (),
    labels: Sequence[Sequence[str]] = (),
    start: Sequence[int] = (),
    single: bool = False,
    caption: str = "",
    note: str = "",
    ask: str = "",
    asked: Mapping[str, Any] | None = None,
    state: str = "",
) -> str:
    """Put a figure together.

    Parameters
    ----------
    identifier : str
        Id of the element, see `identifier`.
    views : sequence of View
        One, or a wide and a narrow one.
    controls : str
        HTML of the controls; empty if the page shows them elsewhere.
    names, ids, labels, start : sequence
        For each control: the parameter's name; what its inputs carry as ``data-si``; the text of each of its values;
        the index of the first one shown.
    single : bool
        Whether frames exist for one control moved at a time alone: the start, then each control's other values in
        order.
    caption, note : str
        Below the figure: the author's sentence, with formulas, and one about values that were left out.
    ask, asked : str, mapping
        HTML of a question and what the script needs to judge an answer, see `ask`.
    state : str
        The start in words, for print.

    Returns
    -------
    str
        A ``<static-interact>`` element.
    """
    moves = any(len(texts) > 1 for texts in labels)
    pieces = [f'<static-interact id="{escape(identifier)}">', _style(identifier, views), "<figure>", ask]
    if controls:
        pieces.append(f'<div class="si-controls" role="group" aria-label="Controls of the figure">{controls}</div>')
    if moves:
        pieces.append(
            '<noscript><p class="si-note">Moving the controls needs JavaScript; this is the start.</p></noscript>'
        )
        pieces.append(f'<p class="si-state">{escape(state)}</p>')
    classes = ["si-view"] if len(views) == 1 else ["si-view si-wide", "si-view si-narrow"]
    for name, view in zip(classes, views, strict=True):
        pieces.append(f'<div class="{name}" style="--si-width:{_width(view)}">{to_html(view.template)}</div>')
    if caption:
        pieces.append(f"<figcaption>{with_formulas(caption)}</figcaption>")
    if note:
        pieces.append(f'<p class="si-note">{escape(note)}</p>')
    pieces.append("</figure>")
    if moves:
        table = {
            "controls": list(ids), "names": list(names), "labels": [list(texts) for texts in labels],
            "start": list(start), "views": [view.data for view in views],
        }  # fmt: skip
        table |= {"single": 1} if single else {}
        table |= {"ask": asked} if asked is not None else {}
        pieces.append(f'<script type="application/json">{_json(table)}</script>')
    return "".join([*pieces, "</static-interact>"])


def _json(table: Mapping[str, Any]) -> str:
    """JSON that cannot end its script element, nor begin a comment in it that would swallow the end."""
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def _style(identifier: str, views: Sequence[View]) -> str:
    colors = set()
    for view in views:
        colors |= theme.names(to_html(view.template)) | view.colors
    return f"<style>{theme.rules(colors, '#' + identifier)}</style>" if colors else ""


def _width(view: View) -> str:
    """The widest figure of the first frame, in points."""
    boxes = [svg.get("viewBox", "0 0 400 300").split() for svg in view.template.iter("svg")]
    return f"{max((float(box[2]) for box in boxes), default=400):g}"
