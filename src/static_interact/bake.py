"""Call a function for every combination of its controls and write one HTML element that replays the frames."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from . import render
from .controls import Control, FloatSlider
from .encode import Encoded, encode
from .markup import to_html
from .svg import figure_tree, theme_css

MAX_FRAMES = 6_000

# A book build sets this to a file; the Sphinx extension shows what is written there, as a kernel has no terminal.
PROGRESS_FILE = "STATIC_INTERACT_PROGRESS"


def check_size(function: Callable, controls: Mapping[str, Control]) -> int:
    """Return the number of frames.

    Raises
    ------
    ValueError
        If there are more than `MAX_FRAMES`.
    """
    sizes = {name: len(control.values) for name, control in controls.items()}
    count = math.prod(sizes.values())
    if count > MAX_FRAMES:
        grid = " x ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(
            f"{function.__name__} has {count:,} combinations of its controls ({grid}); at most {MAX_FRAMES:,} can be "
            "baked into a page: take larger steps or fewer controls"
        )
    return count


def bake(
    function: Callable, controls: Mapping[str, Control], *, identifier: str, caption: str = "", alt: str = ""
) -> str:
    """Bake a function into a ``<static-interact>`` element.

    Parameters
    ----------
    function : callable
        What a frame shows, see `render.call`. It is called once per combination, so it must not keep state.
    controls : mapping of str to control
        One control per parameter, in the order in which they are shown.
    identifier : str
        Goes before every id in the element; unique on its page.
    caption, alt : str
        What the figure shows, for everybody and for those who cannot see it.

    Returns
    -------
    str
        HTML that holds the first frame as inline SVG, the controls, and the changes of all other frames.
    """
    count = check_size(function, controls)
    frames = {}
    names = list(controls)
    progress = _Progress(function.__name__, count)
    shape = [len(control.values) for control in controls.values()]
    for index in itertools.product(*map(range, shape)):
        values = (control.values[k] for control, k in zip(controls.values(), index))
        shown = render.call(function, dict(zip(names, values)))
        frames[index] = _frame(shown, f"{identifier}-")
        render.close(shown.figure)
        progress.step()
    encoded = encode(frames, shape, tuple(control.start for control in controls.values()))
    return _element(identifier, controls, frames, encoded, caption, alt)


def _frame(shown: render.Shown, prefix: str) -> Element:
    """What one frame shows, as one tree."""
    frame = Element("div")
    if shown.figure is not None:
        frame.append(figure_tree(shown.figure, prefix))
    if shown.text:
        SubElement(frame, "pre", {"class": "si-text"}).text = shown.text
    return frame


def _readouts(control: Control) -> tuple[str, ...] | None:
    """What a slider shows beside itself at each step; other controls show their choice themselves."""
    return control.labels if isinstance(control, FloatSlider) else None


def _element(identifier: str, controls: Mapping[str, Control], frames, encoded: Encoded, caption: str, alt: str) -> str:
    """Put the pieces of the element together."""
    rows = (
        f'<div class="si-control">{control.html(name, f"{identifier}-{name}")}</div>'
        for name, control in controls.items()
    )
    pieces = [f'<static-interact id="{identifier}">', "<figure>"]
    if controls:
        pieces.append(
            f'<div class="si-controls" role="group" aria-label="Controls of the figure">{"".join(rows)}</div>'
        )
        pieces.append(
            '<noscript><p class="si-note">Moving the controls needs JavaScript; the figure shows the start.</p></noscript>'
        )
    boxes = [svg.get("viewBox") for frame in frames.values() if (svg := frame.find("svg")) is not None]
    # From the frames themselves: a colour may be in none of the pieces that are stored.
    styles = sorted({element.get("style", "") for frame in frames.values() for element in frame.iter()})
    pieces.append(f"<style>{theme_css(' '.join(styles), '#' + identifier)}</style>")
    width = f' style="--si-width:{float(boxes[0].split()[2]):g}"' if boxes else ""
    label = f' role="img" aria-label="{escape(alt)}"' if alt else ""
    pieces.append(f'<div class="si-view"{width}{label}>{to_html(encoded.template)}</div>')
    if caption:
        pieces.append(f"<figcaption>{caption}</figcaption>")
    pieces.append("</figure>")
    if controls:
        data = {"views": [{"frames": encoded.data}], "labels": [_readouts(c) for c in controls.values()]}
        # "</" would end the script element; JSON lets the slash be escaped.
        table = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
        pieces.append(f'<script type="application/json">{table}</script>')
    return "".join([*pieces, "</static-interact>"])


class _Progress:
    """Says how far a bake is, at every tenth of it."""

    def __init__(self, name: str, count: int) -> None:
        self.name, self.count, self.done = name, count, 0
        self.file = Path(path) if (path := os.environ.get(PROGRESS_FILE)) else None

    def step(self) -> None:
        self.done += 1
        tenth = max(1, self.count // 10)
        if self.file and self.count > 1 and (self.done % tenth == 0 or self.done == self.count):
            with self.file.open("a") as stream:
                stream.write(f"baking {self.name}: {self.done} of {self.count} frames\n")
