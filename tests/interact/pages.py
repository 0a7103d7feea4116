"""Small pages with baked figures, made without a notebook and without a book."""

from static_interact import hosts
from static_interact.bake import bake
from static_interact.control import begin_output
from static_interact.explorer import Explorer

_baked = {}


def figure(function, controls, identifier="si-f-1-abcd", *, shown=True, **options):
    """Bake a function with what `controls()` gives for its parameters; baked once for all tests that ask for it.

    `shown=False` leaves the controls out of the figure, as where they stand elsewhere on the page.
    """
    key = repr((function, controls, identifier, shown, options))
    if key not in _baked:
        begin_output(len(_baked))
        explorer = Explorer.of(function, controls(), identifier, **{"alt": "A figure", **options})
        _baked[key] = bake(explorer, explorer.html if shown else str)
    return _baked[key]


def controls_html(controls, identifier):
    """What stands elsewhere."""
    return Explorer.of(print, controls(), identifier).html()


def page(*pieces, head="", theme="light", assets=True):
    """A whole page; `head` goes where a site would put its own things."""
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Figures</title>'
        f'<meta name="viewport" content="width=device-width">{head}{hosts.assets() if assets else ""}'
        "<style>:root{color-scheme:light dark}html[data-theme=light]{color-scheme:light}"
        "html[data-theme=dark]{color-scheme:dark}"
        "body{font:16px/1.5 sans-serif;max-width:50rem;margin:0 auto;padding:0 .5rem}</style></head>"
        f"<body><main><h1>Figures</h1>{''.join(pieces)}</main></body></html>"
    )
