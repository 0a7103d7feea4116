"""Call a function for the combinations of its controls and write one HTML element that replays the frames."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib._pylab_helpers import Gcf

from . import cache, element, forks, theme
from .apart import groups_apart, verify
from .calls import Caller, Unpacker, digest, pack
from .dependencies import Doubt, fingerprint, source_fingerprint
from .dress import Dress
from .encode import NotSeparable, encode
from .explorer import Explorer
from .plan import Combination, Plan, coarser, make_plan
from .report import log
from .settings import settings
from .still import merge_marks
from .svg import Element
from .wish import read_wish

_MANY = 40  # frames: to encode fewer takes no longer than to start a process


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
    wish = read_wish(options.bake, list(explorer.controls))
    most = 1_000 * (wish.kilobytes or settings().kilobytes)
    before = [axis.places for axis in explorer.axes]
    try:
        plan, views = _views(explorer, make_plan(explorer, settings(), wish, lambda: _groups(explorer)), most)
    except NotSeparable:
        _forget_groups(explorer)
        for axis, places in zip(explorer.axes, before, strict=True):
            axis.places = places
        plan, views = _views(explorer, make_plan(explorer, settings(), wish), most)
    if plan.count == 1:
        for view in views:
            merge_marks(view.template)
    dress = Dress(explorer)  # the plan may have lost places since
    form, asked = dress.question()
    return element.build(
        explorer.identifier,
        views=views,
        controls=controls(),
        names=dress.names,
        ids=[axis.identifier for axis in explorer.axes],
        labels=dress.labels,
        start=plan.start,
        single=plan.kind == "single",
        caption=options.caption,
        note=plan.note or "",
        ask=form,
        asked=asked,
        state=explorer.state(),
    )


def _views(explorer: Explorer, plan: Plan, most: float) -> tuple[Plan, list[element.View]]:
    """All frames, at most so many bytes of them; and the plan, as it may have to become coarser for that."""
    caller = Caller(explorer)
    try:
        return _small_enough(caller, plan, most)
    finally:
        caller.close()


def _small_enough(caller: Caller, plan: Plan, most: float) -> tuple[Plan, list[element.View]]:
    explorer = caller.explorer
    known: dict[Combination, Element] = {}
    while True:
        views = _sizes(caller, plan, known)
        size = sum(map(_weight, views))
        if size <= most:
            return plan, views
        if settings().thinning == "error" and explorer.options.bake is None:
            raise ValueError(
                f"{explorer.name} takes {size / 1_000:,.0f} kB of a page; at most {most / 1_000:,.0f} kB are allowed: "
                "take larger steps or fewer controls, or say which with bake="
            )
        if (smaller := coarser(explorer, plan, most / size)) is None:
            log(f"{explorer.name} takes {size / 1_000:,.0f} kB, and has no places to leave out")
            return plan, views
        plan = smaller


def _weight(view: element.View) -> int:
    """Bytes of a view's data, as a server sends them."""
    return len(zlib.compress(json.dumps(view.data, separators=(",", ":")).encode(), 6))


def _groups(explorer: Explorer) -> tuple[Combination, ...] | None:
    """Axes that change different parts of the frame; tried out once, then kept."""
    key = _groups_key(explorer)
    if (kept := cache.get(key) if key else None) is None:
        caller = Caller(explorer)
        kept = {"groups": groups_apart(explorer.shape, explorer.start, caller.frame)}
        caller.chances.reset()
        if key:
            cache.put(key, kept)
    return kept["groups"] and tuple(map(tuple, kept["groups"]))


def _groups_key(explorer: Explorer) -> str:
    return _key(explorer, "groups", explorer.shape, explorer.start)


def _forget_groups(explorer: Explorer) -> None:
    """Keep in mind that parts that looked apart are not."""
    if key := _groups_key(explorer):
        cache.put(key, {"groups": None})


def _sizes(caller: Caller, plan: Plan, known: dict[Combination, Element]) -> list[element.View]:
    """Make all frames at every size, or find them in the cache, or among those of a larger plan."""
    explorer = caller.explorer
    key = _key(explorer, plan.kind, plan.shape, plan.start, plan.groups, plan.combinations)
    kept = cache.get(key) if key else None
    # In a live kernel the function would be called once. That is done here, too: for what it does beside showing
    # something, and to see that it still shows the same.
    if kept and digest(pack(caller.frame(plan.start))) == kept["start"]:
        for line in kept["complaints"]:
            log(line, "warning")
        return [element.View(Unpacker().tree(t), data, frozenset(colors)) for t, data, colors in kept["views"]]
    missing = [c for c in plan.combinations if explorer.absolute(c) not in known]
    if missing:
        frames, start = caller.frames(plan.combinations, plan.start)
        known.update({explorer.absolute(combination): tree for combination, tree in frames.items()})
    else:
        frames = {combination: known[explorer.absolute(combination)] for combination in plan.combinations}
        start = digest(pack(caller.frame(plan.start)))
    views = _encoded([{c: tree[k] for c, tree in frames.items()} for k in range(len(caller.drawers))], plan)
    if plan.kind == "apart":
        verify(views, plan.shape, caller.frame)
    complaints = caller.report()
    if key:
        packed = [(pack(view.template), view.data, sorted(view.colors)) for view in views]
        cache.put(key, {"start": start, "views": packed, "complaints": complaints})
    return views


def _encoded(sizes: list[dict[Combination, Element]], plan: Plan) -> list[element.View]:
    """A view for the frames of each size: where they are many, each size is encoded by a process of its own."""
    found = {}
    count = min(forks.workers(), len(sizes))
    if count > 1 and plan.count >= _MANY:
        found = dict(forks.run(lambda k: _data(sizes[k], plan), range(len(sizes)), count))
    views = []
    for k, frames in enumerate(sizes):
        data, colors = found[k] if k in found else _data(frames, plan)  # what fails there is raised here
        views.append(element.View(frames[plan.start], data, frozenset(colors)))
    return views


def _data(frames: dict[Combination, Element], plan: Plan) -> tuple[dict, list[str]]:
    """What turns the start into all frames, and the colours of these."""
    if plan.kind == "single":
        encoded = encode({(k,): tree for k, tree in enumerate(frames.values())}, (len(frames),), (0,))
    else:
        encoded = encode(frames, plan.shape, plan.start, plan.groups)
    styles = {value for tree in frames.values() for node in tree.iter() for value in node.attrib.values()}
    return encoded.data, sorted(set().union(*map(theme.names, styles)))


def _key(explorer: Explorer, *what: Any) -> str:
    """The name under which frames are kept; empty if it cannot be told what they depend on, or nothing is kept."""
    if cache.folder() is None or explorer.count == 1:  # one frame is made as fast as it is compared
        return ""
    parameters = {name: repr(value) for name, value in mpl.rcParams.copy().items() if not name.startswith("backend")}
    try:
        if Gcf.get_all_fig_managers():
            raise Doubt("pyplot has figures from before")
        if doubtful := [name for name, text in parameters.items() if " at 0x" in text]:
            raise Doubt(f"rcParams has objects in {doubtful[0]}")
        return fingerprint(
            [sys.version, np.__version__, mpl.__version__, source_fingerprint(__package__)],
            [parameters, np.get_printoptions(), np.geterr()],
            [explorer.identifier, vars(explorer.options), vars(settings()), *what],
            [axis.summary() for axis in explorer.axes],
            [explorer.arguments(explorer.start)],
            explorer.function,
        )
    except Doubt as doubt:
        log(f"{explorer.name} is baked anew in each build: {doubt}")
        return ""
