"""HTML of single controls: native elements whose value is the number of a place, so that the script knows no grids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from .latex import with_formulas

_LENGTH = re.compile(r"\d+(\.\d+)?(px|em|rem|ch|ex|vw|vh|cm|mm|in|pt|%)|auto|0|fit-content|max-content|min-content")


def attributes(**given: Any) -> str:
    """Attributes of a tag, each after a space; True stands alone, False and None are left out.

    Examples
    --------
    >>> attributes(id="a", checked=True, disabled=False, data_si="b")
    ' id="a" checked data-si="b"'
    """
    pieces = []
    for name, value in given.items():
        name = name.rstrip("_").replace("_", "-")
        if value is True:
            pieces.append(f" {name}")
        elif value is not None and value is not False:
            pieces.append(f' {name}="{escape(str(value))}"')
    return "".join(pieces)


def is_length(value: Any) -> bool:
    """Whether this is a CSS length, and nothing that could end a declaration."""
    return isinstance(value, str) and bool(_LENGTH.fullmatch(value.strip()))


def text(content: str, allow_html: bool = False) -> str:
    """A description: escaped, its formulas as MathML; as it is where its author allows HTML."""
    return content if allow_html else with_formulas(content)


def label(description: str, identifier: str, allow_html: bool = False) -> str:
    """The label of an input; none if there is no description."""
    return f'<label for="{escape(identifier)}">{text(description, allow_html)}</label>' if description else ""


def slider(identifier: str, key: str, size: int, start: int, labels: Sequence[str] | None, **more: Any) -> str:
    """A range over the places of an axis.

    Parameters
    ----------
    identifier, key : str
        The element's own id, and the axis that it moves.
    size, start : int
        Number of places and the one to begin with.
    labels : sequence of str or None
        What each place is called; None for a slider without a readout.
    **more
        Further attributes; `readout` False says that the text beside it is not wanted.
    """
    readout = more.pop("readout", True)
    now = labels[start] if labels is not None else None
    tag = "<input" + attributes(
        type="range", id=identifier, data_si=key, min=0, max=size - 1, step=1, value=start, aria_valuetext=now, **more
    )  # fmt: skip
    shown = f'<output for="{escape(identifier)}">{escape(now or "")}</output>' if readout and now is not None else ""
    return f"{tag}>{shown}"


def choice(identifier: str, key: str, labels: Sequence[str], start: int, **more: Any) -> str:
    """A drop-down list, or with `size` a list box."""
    options = "".join(
        f"<option{attributes(value=place, selected=place == start)}>{escape(name)}</option>"
        for place, name in enumerate(labels)
    )
    return f"<select{attributes(id=identifier, data_si=key, **more)}>{options}</select>"


def buttons(
    identifier: str,
    key: str,
    labels: Sequence[str],
    start: int,
    legend: str,
    look: str,
    titles: Sequence[str] = (),
    **more: Any,
) -> str:
    """A group of which one is taken: round buttons, or a row of pressed ones."""
    rows = []
    for place, name in enumerate(labels):
        tag = attributes(
            type="radio", id=f"{identifier}-{place}", name=identifier, data_si=key, value=place,
            checked=place == start, **more,
        )  # fmt: skip
        hint = attributes(title=titles[place] or None if place < len(titles) else None)
        rows.append(f"<label{hint}><input{tag}><span>{text(name)}</span></label>")
    title = f"<legend>{legend}</legend>" if legend else ""
    return f'<fieldset class="{look}">{title}{"".join(rows)}</fieldset>'


def box(identifier: str, key: str, checked: bool, **more: Any) -> str:
    """A box to tick."""
    tag = attributes(type="checkbox", id=identifier, data_si=key, value=1, checked=checked, **more)
    return f"<input{tag}>"


def player(key: str, interval: int, repeat: bool, **more: Any) -> str:
    """A button that moves an axis on by itself."""
    tag = attributes(
        type="button", class_="si-play", data_si_play=key, data_si_interval=interval, data_si_repeat=repeat, **more
    )
    return f"<button{tag}>▶ Play</button>"


def number(identifier: str, key: str, low: Any, high: Any, step: Any, value: Any, **more: Any) -> str:
    """A box to type a number into: the nearest one that is baked counts."""
    tag = attributes(type="number", id=identifier, data_si=key, min=low, max=high, step=step, value=value, **more)
    return f"<input{tag}>"
