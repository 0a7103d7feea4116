"""Small pages with figures, made from the pieces and from nothing else: no notebook, no book, no widget."""

import itertools
from html import escape

from static_interact import ask, capture, drag, element, frame, hosts, theme
from static_interact.encode import encode
from static_interact.svg import to_html


def control_html(key, name, kind, labels, start):
    """One control as a native input that carries its index."""
    if kind == "select":
        rows = "".join(
            f"<option{' selected' * (k == start)}>{escape(label)}</option>" for k, label in enumerate(labels)
        )
        inner = f'<label for="{key}">{name}</label><select id="{key}" data-si="{key}">{rows}</select>'
    elif kind == "checkbox":
        inner = (
            f'<input type="checkbox" id="{key}" data-si="{key}"{" checked" * start}><label for="{key}">{name}</label>'
        )
    elif kind == "radio":
        inner = f"<fieldset><legend>{name}</legend>" + "".join(
            f'<label><input type="radio" name="{key}" data-si="{key}" value="{k}"{" checked" * (k == start)}>{escape(label)}</label>'
            for k, label in enumerate(labels)
        )
        inner += "</fieldset>"
    elif kind == "number":
        inner = f'<label for="{key}">{name}</label><input type="number" id="{key}" data-si="{key}" value="{labels[start]}" step="any">'
    else:
        late = " data-si-late" * (kind == "late")
        inner = (
            f'<label for="{key}">{name}</label><input type="range" id="{key}" data-si="{key}" min="0" '
            f'max="{len(labels) - 1}" step="1" value="{start}" aria-valuetext="{labels[start]}"{late}>'
            f'<output for="{key}">{labels[start]}</output>'
        )
    return f'<div class="si-control">{inner}</div>'


class Control:
    """Values of a parameter, what they are called, and which native input shows them."""

    def __init__(self, values, start=0, kind="range", labels=None):
        self.values, self.start, self.kind = list(values), start, kind
        self.labels = labels or [str(value) for value in self.values]


def figure(
    function, controls, identifier="si-f-1-abcd", *, alt="A figure", question=None, dragged=None, narrow=None,
    describe=None, shown=True, single=False, **more,
):  # fmt: skip
    """Bake a function over the product of its controls (or one control at a time), as html."""
    names = list(controls)
    shape = [len(c.values) for c in controls.values()]
    start = tuple(c.start for c in controls.values())
    values, labels = [c.values for c in controls.values()], [c.labels for c in controls.values()]
    places = list(itertools.product(*map(range, shape)))
    if single:
        moved = ((k, i) for k, n in enumerate(shape) for i in range(n) if i != start[k])
        places = [start, *(start[:k] + (i,) + start[k + 1 :] for k, i in moved)]
    marks = drag.targets(dragged, names, values) if dragged else []
    views = []
    for size, suffix in [(None, ""), *([(narrow, "n")] if narrow else [])]:
        trees = []
        for chosen in places:
            arguments = {name: grid[place] for name, grid, place in zip(names, values, chosen)}
            result = capture.call(function, arguments)
            if result.figures and size:
                result.figures[0].set_size_inches(*size)
            said = describe(**arguments) if describe else ""
            tree = frame.tree(result, f"{identifier}{suffix}-", alt=alt, describe=said, figures_first=True)
            if marks:
                drag.overlay(result.figures[0], tree.find("svg"), marks, chosen)
            trees.append(tree)
        first = places.index(start)
        data = encode(trees, [len(trees)] if single else shape, first)
        colors = frozenset().union(*(theme.names(to_html(tree)) for tree in trees))
        views.append(element.View(trees[first], data, colors))
    html, table = ask.build(question, names, values, labels) if question else ("", None)
    keys = [f"{identifier}-{name}" for name in names]
    rows = [control_html(key, name, c.kind, c.labels, c.start) for key, (name, c) in zip(keys, controls.items())]
    return element.build(
        identifier, views=views, controls="".join(rows) if shown else "", names=names, ids=keys, sizes=shape, start=start,
        labels=[c.labels if c.kind in ("range", "late", "number") else None for c in controls.values()],
        ask=html, asked=table, plan={"kind": "single"} if single else None,
        state=", ".join(f"{name} = {c.labels[c.start]}" for name, c in controls.items()), **more,
    )  # fmt: skip


def page(*pieces, head="", theme="light", assets=True):
    """A whole page; `head` goes where a site would put its own things."""
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Figures</title>'
        f'<meta name="viewport" content="width=device-width">{head}{hosts.assets() if assets else ""}</head>'
        "<style>:root{color-scheme:light dark}html[data-theme=light]{color-scheme:light}html[data-theme=dark]{color-scheme:dark}"
        "body{font:16px/1.5 sans-serif;max-width:50rem;margin:0 auto;padding:0 .5rem}</style>"
        f"<body><main><h1>Figures</h1>{''.join(pieces)}</main></body></html>"
    )
