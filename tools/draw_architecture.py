"""Draw the picture of the architecture page from tools/layers.py: ``python -m tools.draw_architecture``.

The picture stands in the page itself, so its colours are the theme's, light or dark. It is as narrow as a phone.
"""

import sys
import textwrap
from html import escape

from tools.layers import EVERYWHERE, FOREIGN, LAYERS
from tools.notebooks import BOOK

TARGET = BOOK / "reference" / "architecture.svg"

WIDTH = 360
MARGIN = 4
PADDING = 10
LINE = 19  # from one line of text to the next
GAP = 34  # between boxes one below the other, where the arrows are
BETWEEN = 24  # between boxes side by side, where an arrow passes
LETTER = 7.3  # the width of a letter of the code font, at 12 px
NARROW_LETTER = 6.2  # and of the text font, on average

WHAT = {
    "chapters": "prose, derivations, calls",
    "small_networks": "little classifiers",
    "static_interact": "sliders on a static page",
    "stable_softmax": "the mathematics",
}

LABEL = (
    "Boxes, and arrows that run down: the chapters call small_networks, static_interact and stable_softmax; "
    "small_networks calls stable_softmax. In the boxes the modules stand in layers, each above what it imports."
)

STYLE = """\
.architecture text { fill: var(--pst-color-text-base); font: 12px var(--pst-font-family-monospace, monospace); }
.architecture .title { font-weight: 700; font-size: 13px; }
.architecture .note { fill: var(--pst-color-text-muted); font-family: var(--pst-font-family-base, sans-serif); }
.architecture rect { fill: var(--pst-color-surface); stroke: var(--pst-color-border); }
.architecture path { fill: none; stroke: var(--pst-color-text-muted); stroke-width: 1.5; }
.architecture .rule { stroke: var(--pst-color-border); stroke-width: 1; stroke-dasharray: 2 3; }
.architecture .head { fill: var(--pst-color-text-muted); stroke: none; }
"""


def rows(package, width):
    """A package's modules as lines of text, the doors at the top; None stands for a rule between two layers."""
    found: list[str | None] = []
    for names in reversed(LAYERS.get(package, [])):
        lines = [""]
        for name in sorted(names.split(), key=lambda name: (name.startswith("_"), name)):
            if lines[-1] and (len(lines[-1]) + 2 + len(name)) * LETTER > width - 2 * PADDING:
                lines.append("")
            lines[-1] += f"{'  ' if lines[-1] else ''}{name}"
        found += [None, *lines]
    return found


def needs(package, width):
    """What a package imports from outside, as lines: first what all of it does, then what single modules do."""
    foreign = {name: where for name, where in FOREIGN[package].items() if name not in FOREIGN}
    everywhere = [name for name, where in foreign.items() if where == EVERYWHERE]
    some = [f"{name}: {', '.join(sorted(where))}" for name, where in foreign.items() if where != EVERYWHERE]
    letters = int((width - 2 * PADDING) / NARROW_LETTER)
    return [line for text in (f"on {', '.join(everywhere)}", *some) for line in textwrap.wrap(text, letters)]


def box(x, y, width, title, rooms, notes):
    """A box of text; return its SVG and where it ends."""
    lines = [("title", title), ("note", WHAT[title])]
    lines += [room and ("room", room) for room in rooms] + [None] * bool(notes) + [("note", note) for note in notes]
    parts, at = [], y
    for line in lines:
        if line is None:
            at += 6
            parts.append(f'<path class="rule" d="M{x + PADDING:g} {at + 2:g}H{x + width - PADDING:g}"/>')
            continue
        at += LINE
        kind, text = line
        parts.append(f'<text class="{kind}" xml:space="preserve" x="{x + PADDING:g}" y="{at:g}">{escape(text)}</text>')
    end = at + PADDING
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{end - y:g}" rx="6"/>' + "".join(parts), end


def arrow(x, start, end):
    """An arrow straight down."""
    return f'<path d="M{x:g} {start:g}V{end - 7:g}"/><path class="head" d="M{x - 5:g} {end - 8:g}h10l-5 8z"/>'


def picture():
    """The whole picture as SVG."""
    whole, half = WIDTH - 2 * MARGIN, WIDTH / 2 - MARGIN - BETWEEN / 2
    left, right = MARGIN, WIDTH / 2 + BETWEEN / 2
    chapters, top = box(left, MARGIN, whole, "chapters", [], [])
    y = top + GAP
    networks, under_networks = box(left, y, half, "small_networks", rows("small_networks", half), [])
    sliders, under_sliders = box(right, y, half, "static_interact", [], needs("static_interact", half))
    low = max(under_networks, under_sliders) + GAP
    softmax, bottom = box(
        left, low, whole, "stable_softmax", rows("stable_softmax", whole), needs("stable_softmax", whole)
    )
    arrows = [
        arrow(left + half / 2, top, y),
        arrow(right + half / 2, top, y),
        arrow(left + half / 2, under_networks, low),
        arrow(WIDTH / 2, top, low),
    ]
    return (
        f'<svg class="architecture" role="img" viewBox="0 0 {WIDTH} {bottom + MARGIN:g}" aria-label="{LABEL}" '
        'style="display: block; width: 100%; max-width: 28rem; margin: 1rem auto">\n'
        f"<style>\n{STYLE}</style>\n" + "\n".join([chapters, networks, sliders, softmax, *arrows]) + "\n</svg>\n"
    )


def main():
    TARGET.write_text(picture(), encoding="utf-8")
    print(f"{TARGET.relative_to(BOOK.parent)}: drawn")


if __name__ == "__main__":
    sys.exit(main())
