"""Call a function for the combinations of its controls and write one HTML element that replays the frames."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from . import capture, element, frame, theme
from .encode import encode
from .explorer import Explorer
from .figure import FigureDrawer, unite
from .plan import Combination, Plan, make_plan
from .settings import PROGRESS_FILE, settings
from .svg import Element, to_html
from .wish import read_wish


def bake(explorer: Explorer, controls: Callable[[], str] = str) -> str:
    """Bake a function into a ``<static-interact>`` element.

    Parameters
    ----------
    explorer : Explorer
        The function and its controls. It is called once per combination, so it must not keep state.
    controls : callable, optional
        Gives the HTML of the controls that stand inside the element; it is called when the plan is made, as that may
        leave out some of their places.

    Returns
    -------
    str
        HTML that holds the first frame, the controls, and the changes of all other frames.
    """
    options = explorer.options
    plan = make_plan(explorer, settings(), read_wish(options.bake, list(explorer.controls)))
    frames = call_all(explorer, plan)
    if plan.kind == "single":
        encoded = encode({(k,): tree for k, tree in enumerate(frames.values())}, (len(frames),), (0,))
    else:
        encoded = encode(frames, plan.shape, plan.start, plan.groups)
    view = element.View(encoded.template, encoded.data, _colors(list(frames.values())))
    return element.build(
        explorer.identifier,
        views=[view],
        controls=controls(),
        names=[axis.name for axis in explorer.axes],
        ids=[axis.identifier for axis in explorer.axes],
        labels=[axis.labels for axis in explorer.axes],
        sizes=plan.shape,
        start=plan.start,
        plan={"kind": "single"} if plan.kind == "single" else None,
        caption=options.caption,
        note=plan.note or "",
        state=explorer.state(),
    )


def _colors(trees: list[Element]) -> frozenset[str]:
    return frozenset().union(*(theme.names(to_html(tree)) for tree in trees))


def call_all(explorer: Explorer, plan: Plan) -> dict[Combination, Element]:
    """The frame of every combination of a plan."""
    progress = _Progress(explorer.name, plan.count)
    drawer = FigureDrawer()
    frames = {}
    for combination in plan.combinations:
        frames[combination] = call(explorer, combination, drawer)
        progress.step()
    unite(frames.values())
    return frames


def call(explorer: Explorer, combination: Combination, drawer: FigureDrawer | None = None) -> Element:
    """One frame."""
    arguments = explorer.arguments(combination)
    prefix = f"{explorer.identifier}-"
    draw = frame.drawing(drawer or FigureDrawer(), prefix)
    shown = capture.call(explorer.function, arguments, draw=draw)
    if shown.error is not None and (explorer.options.errors or settings().errors) == "raise":
        chosen = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        shown.error.add_note(f"in the figure function {explorer.name}({chosen})")
        raise shown.error
    first = settings().figures_first
    return frame.tree(shown, prefix, alt=explorer.options.alt, figures_first=first)


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
