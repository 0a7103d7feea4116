"""Which widgets move together: what `link`, `dlink`, `jslink` and `jsdlink` have tied, found from the widgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets
import traitlets
from ipywidgets.widgets.widget import _instances

_TRAITS = {"value", "index"}


def _pairs_of(widget: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of (widget, trait) that a link of this widget ties."""
    for trait in _TRAITS:
        for handlers in (widget._trait_notifiers.get(trait) or {}).values():
            for handler in handlers:
                link = getattr(handler, "__self__", None)
                if isinstance(link, (traitlets.link, traitlets.dlink)) and _is_plain(link):
                    yield link.source, link.target


def _is_plain(link: Any) -> bool:
    """Whether a link hands values on as they are, as one without a `transform` does."""
    return getattr(link._transform, "__module__", "") == traitlets.traitlets.__name__


def _browser_pairs() -> Iterator[tuple[Any, Any]]:
    for made in list(_instances.values()):
        if isinstance(made, ipywidgets.widgets.widget_link.Link):
            yield made.source, made.target


def partners(widget: Any) -> list[Any]:
    """The other widgets whose value is tied to this one's, in the order in which they are met.

    Parameters
    ----------
    widget : ipywidgets.Widget
        Any.

    Returns
    -------
    list of ipywidgets.Widget
        Also those tied to it by way of others.
    """
    found, waiting = [widget], [widget]
    # Links are rare: without one there is nothing to search.
    tied = list(_browser_pairs())
    while waiting:
        one = waiting.pop()
        if not isinstance(one, ipywidgets.Widget):
            continue
        for (source, name), (target, other) in [*_pairs_of(one), *tied]:
            if name not in _TRAITS or other not in _TRAITS or one not in (source, target):
                continue
            mate = target if source is one else source
            if mate not in found:
                found.append(mate)
                waiting.append(mate)
    return found[1:]
