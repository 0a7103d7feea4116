"""Colours of a baked figure: each is a CSS variable with a value for light pages and one for dark pages.

The browser chooses by the *used colour scheme* of the element: pages that have a dark theme say so (``color-scheme``,
or an attribute or class that `static_interact.css` knows), and on all others a figure stays as matplotlib drew it,
whatever the reader's system prefers, since dark ink is what their white ground needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .colors import dark_counterpart

_VARIABLE = re.compile(r"--si-([0-9a-f]{6})\b")


def names(markup: str) -> set[str]:
    """The colours, as six hexadecimal digits, that some markup or table uses.

    Examples
    --------
    >>> sorted(names("fill:var(--si-000000);stroke:var(--si-0072b2)"))
    ['000000', '0072b2']
    """
    return set(_VARIABLE.findall(markup))


def rules(colors: Iterable[str], selector: str) -> str:
    """Style rules that give colours their values.

    Parameters
    ----------
    colors : iterable of str
        Six hexadecimal digits each.
    selector : str
        CSS selector of the element that uses them.

    Returns
    -------
    str
        One rule with the light values, and one with both for browsers that know ``light-dark()`` (since spring 2024).

    Examples
    --------
    >>> print(rules(["000000"], "#a"))
    #a{--si-000000:#000000}
    @supports (color:light-dark(red,red)){#a{--si-000000:light-dark(#000000,#e8e8e8)}}
    """
    ordered = sorted(set(colors))
    if not ordered:
        return ""
    light = ";".join(f"--si-{color}:#{color}" for color in ordered)
    both = ";".join(f"--si-{color}:light-dark(#{color},{dark_counterpart('#' + color)})" for color in ordered)
    return f"{selector}{{{light}}}\n@supports (color:light-dark(red,red)){{{selector}{{{both}}}}}"
