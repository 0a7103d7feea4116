"""HTML of boxes, texts and everything else that a notebook may display as a widget, in the state in which it is."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import ipywidgets
import traitlets

from . import inputs
from .control import Control, copy_of, row
from .controls import Fixed, control_of, slug

# CSS properties of a Layout that make sense on any page; a value must look like one.
_PROPERTIES = (
    "width", "height", "min_width", "max_width", "min_height", "max_height", "margin", "padding", "border",
    "justify_content", "align_items", "align_content", "align_self", "flex", "flex_flow", "order",
    "grid_template_columns", "grid_template_rows", "grid_template_areas", "grid_gap", "grid_area", "grid_row",
    "grid_column", "justify_items", "overflow",
)  # fmt: skip
_VALUE = re.compile(r"[\w\s.,%#()'\"/+*-]+")


def html(widget: Any) -> str:
    """HTML of a widget and of all that is in it.

    Parameters
    ----------
    widget : ipywidgets.Widget
        Any; of one that has no place on a page its name is shown.

    Returns
    -------
    str
        Markup. Each call counts as one more copy, with ids of its own. It is empty for what a figure's frames show.
    """
    from .outputs import in_frames

    return "" if widget in in_frames else rendered(widget)


def rendered(widget: Any) -> str:
    """HTML of a widget, whoever else shows it.

    Parameters
    ----------
    widget : ipywidgets.Widget
        Any.

    Returns
    -------
    str
        As `html`.
    """
    if callable(own := getattr(widget, "_static_html", None)):  # a figure
        return own()
    if isinstance(widget, ipywidgets.ValueWidget):
        control = control_of(widget)
        if not isinstance(control, Fixed):
            return control.html()
    for kind, render in _RENDERERS.items():
        if isinstance(widget, kind):
            return render(widget)
    if isinstance(widget, ipywidgets.ValueWidget):
        return _still_input(widget)
    return f'<p class="si-note">{escape(type(widget).__name__)} is shown in the notebook.</p>'


def control_html(control: Control) -> str:
    """HTML of a figure's control; what stays as it is shows its present state."""
    if isinstance(control, Fixed) and isinstance(control.widget, ipywidgets.DOMWidget):
        return html(control.widget)
    return control.html()


def style(widget: Any) -> str | None:
    """The declarations of a widget's layout that are safe and of use."""
    layout = getattr(widget, "layout", None)
    pieces = []
    for name in _PROPERTIES:
        value = getattr(layout, name, None)
        if isinstance(value, str) and _VALUE.fullmatch(value) and "url" not in value.lower():
            pieces.append(f"{name.replace('_', '-')}:{value}")
    return ";".join(pieces) or None


def _box(look: str) -> Callable[[Any], str]:
    def render(widget: Any) -> str:
        inside = "".join(html(child) for child in widget.children)
        hidden = getattr(widget.layout, "display", None) == "none"
        return f"<div{inputs.attributes(class_=look, style=style(widget), hidden=hidden)}>{inside}</div>"

    return render


def _sections(widget: Any) -> str:
    """Accordion, Tab, Stack: sections of which one is open, by the browser's own means."""
    titles = [widget.get_title(k) or str(k + 1) for k in range(len(widget.children))]
    name = f"si-sections-{slug(titles[0] if titles else '')}"
    copy = copy_of(name)
    key = f"{name}-{copy.number}-{copy.count}"  # sections of one name close each other
    look = "si-tabs" if isinstance(widget, ipywidgets.Tab) else "si-accordion"
    rows = "".join(
        f"<details{inputs.attributes(name=key, open=place == widget.selected_index)}>"
        f"<summary>{inputs.text(title)}</summary>{html(child)}</details>"
        for place, (title, child) in enumerate(zip(titles, widget.children, strict=True))
    )
    return f'<div class="{look}">{rows}</div>'


def _stack(widget: Any) -> str:
    chosen = widget.selected_index
    return "" if chosen is None else f'<div class="si-box">{html(widget.children[chosen])}</div>'


def _described(widget: Any, inside: str, look: str = "") -> str:
    name = inputs.text(widget.description, bool(getattr(widget, "description_allow_html", False)))
    return row(widget, (f'<span class="si-label">{name}</span>' if name else "") + inside, look)


def _label(widget: Any) -> str:
    return _described(widget, f'<span class="si-words">{inputs.text(widget.value)}</span>', "si-still")


def _markup(widget: Any) -> str:
    """What its author wrote as HTML is HTML; HTMLMath has formulas in it."""
    return _described(widget, f'<div class="si-html">{widget.value}</div>', "si-still")


def _formulas(widget: Any) -> str:
    # Formulas stand between tags; what is a tag stays one.
    pieces = re.split(r"(<[^>]*>)", widget.value)
    inside = "".join(piece if piece.startswith("<") else _only_formulas(piece) for piece in pieces)
    return _described(widget, f'<div class="si-html">{inside}</div>', "si-still")


def _only_formulas(text: str) -> str:
    from html import unescape

    return inputs.text(unescape(text)) if "$" in text or "\\(" in text else text


def _progress(widget: Any) -> str:
    span = (widget.max - widget.min) or 1
    tag = inputs.attributes(
        max=1, value=f"{(widget.value - widget.min) / span:g}", aria_label=widget.description or None
    )
    return _described(widget, f"<progress{tag}></progress>", "si-still")


def _valid(widget: Any) -> str:
    sign = "✓" if widget.value else f"✗ {widget.readout}"
    return _described(widget, f'<span class="si-words">{escape(sign)}</span>', "si-still")


def _button(widget: Any) -> str:
    """A button calls the kernel, which is not there."""
    return row(
        widget, f"<button{inputs.attributes(type='button', disabled=True)}>{escape(widget.description)}</button>"
    )


def _picture(widget: Any) -> str:
    kind = getattr(widget, "format", "png")
    if kind == "url":
        source = bytes(widget.value).decode()
    else:
        source = f"data:image/{kind};base64,{base64.b64encode(widget.value).decode()}"
    size = {name: getattr(widget, name) or None for name in ("width", "height")}
    return f"<img{inputs.attributes(src=source, alt='', **size)}>"


def _output(widget: Any) -> str:
    from .outputs import outputs_html

    return f'<div class="si-output">{outputs_html(widget.outputs)}</div>'


def _still_input(widget: Any) -> str:
    """A control that cannot be moved, and what it is set to."""
    value = widget.value
    if isinstance(value, bool):
        tag = inputs.attributes(type="checkbox", checked=value, disabled=True, aria_label=widget.description or None)
        return _described(widget, f"<input{tag}>", "si-still")
    shown = f"{value:.12g}" if isinstance(value, float) else "" if value is None else str(value)
    tag = inputs.attributes(
        type="text", value=shown, disabled=True, aria_label=getattr(widget, "description", "") or None
    )
    return _described(widget, f"<input{tag}>", "si-still")


# The first that fits: special ones before general ones.
_RENDERERS: dict[type, Callable[[Any], str]] = {
    ipywidgets.Tab: _sections,
    ipywidgets.Accordion: _sections,
    ipywidgets.Stack: _stack,
    ipywidgets.HBox: _box("si-box si-hbox"),
    ipywidgets.VBox: _box("si-box si-vbox"),
    ipywidgets.GridBox: _box("si-box si-grid"),
    ipywidgets.Box: _box("si-box si-hbox"),
    ipywidgets.HTMLMath: _formulas,
    ipywidgets.HTML: _markup,
    ipywidgets.Label: _label,
    ipywidgets.IntProgress: _progress,
    ipywidgets.FloatProgress: _progress,
    ipywidgets.Valid: _valid,
    ipywidgets.Button: _button,
    ipywidgets.Image: _picture,
    ipywidgets.Output: _output,
}


def watched(widget: Any) -> bool:
    """Whether a function of the author waits for this widget to change: on a page it waits in vain."""
    waiting = [
        handler
        for trait in ("value", "index", traitlets.All)
        for handlers in (getattr(widget, "_trait_notifiers", {}).get(trait) or {}).values()
        for handler in handlers
    ]
    if isinstance(widget, ipywidgets.Button):
        waiting += widget._click_handlers.callbacks
    return bool(authors_own(waiting))


def authors_own(handlers: Iterable[Callable]) -> list[Callable]:
    """Those among the functions that wait for something which are the author's: not ipywidgets' own, nor links."""
    return [one for one in handlers if _package_of(one) not in ("ipywidgets", "traitlets", "static_interact")]


def _package_of(handler: Any) -> str:
    """The package of a function, or of the object whose method it is; a widget's own methods are ipywidgets'."""
    owner = getattr(handler, "__self__", None)
    if isinstance(owner, ipywidgets.Widget) or isinstance(handler, traitlets.EventHandler):
        return "ipywidgets"
    module = type(owner).__module__ if owner is not None else getattr(handler, "__module__", "") or ""
    return module.split(".")[0]


def inside(widget: Any) -> list[Any]:
    """A widget and all that is in it."""
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += inside(child)
    return found


__all__ = ["authors_own", "html", "inside", "rendered", "style", "watched"]
