"""Call a function for every combination of its controls and write one HTML element that replays the frames."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from . import capture, element, frame, theme
from .controls import Control
from .encode import encode
from .svg import to_html

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
        What a frame shows, see `capture.call`. It is called once per combination, so it must not keep state.
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
    trees = []
    names = list(controls)
    progress = _Progress(function.__name__, count)
    for values in itertools.product(*(control.values for control in controls.values())):
        shown = capture.call(function, dict(zip(names, values)))
        if shown.error:
            chosen = ", ".join(f"{name}={value!r}" for name, value in zip(names, values))
            shown.error.add_note(f"in the figure function {function.__name__}({chosen})")
            raise shown.error
        trees.append(frame.tree(shown, f"{identifier}-", alt=alt, figures_first=True))
        progress.step()
    shape = [len(control.values) for control in controls.values()]
    start = 0
    for control in controls.values():
        start = start * len(control.values) + control.start
    # From the frames themselves: `encode` cuts a colour's name off the variable that it belongs to.
    colors = frozenset().union(*(theme.names(to_html(tree)) for tree in trees))
    ids = [f"{identifier}-{name}" for name in names]
    return element.build(
        identifier,
        views=[element.View(trees[start], encode(trees, shape, start), colors)],
        controls="".join(
            f'<div class="si-control">{control.html(name, key)}</div>' for key, (name, control) in zip(ids, controls.items())
        ),
        names=names, ids=ids, labels=[control.labels for control in controls.values()], sizes=shape,
        start=[control.start for control in controls.values()], caption=caption,
        state=", ".join(f"{name} = {control.labels[control.start]}" for name, control in controls.items()),
    )  # fmt: skip


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
