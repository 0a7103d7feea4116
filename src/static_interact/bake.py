"""Call a function for the combinations of its controls and write one HTML element that replays the frames."""

from __future__ import annotations

import sys
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib._pylab_helpers import Gcf

from . import cache, element, theme
from .calls import Caller, Unpacker, digest, pack
from .dependencies import Doubt, fingerprint, source_fingerprint
from .dress import Dress
from .encode import encode
from .explorer import Explorer
from .plan import Combination, Plan, make_plan
from .report import log
from .settings import settings
from .svg import Element
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
    dress = Dress(explorer)
    form, asked = dress.question()
    callers = [Caller(explorer, dress, size) for size in dress.sizes]
    views = [_view(caller, plan) for caller in callers]
    for caller in callers:
        caller.close()
    return element.build(
        explorer.identifier,
        views=views,
        controls=controls(),
        names=dress.names,
        ids=[axis.identifier for axis in explorer.axes],
        labels=[axis.labels for axis in explorer.axes],
        sizes=plan.shape,
        start=plan.start,
        plan={"kind": "single"} if plan.kind == "single" else None,
        caption=options.caption,
        note=plan.note or "",
        ask=form,
        asked=asked,
        state=explorer.state(),
    )


def _view(caller: Caller, plan: Plan) -> element.View:
    """Make all frames at one size, or find them in the cache."""
    key = _key(caller.explorer, plan, caller.size)
    kept = cache.get(key) if key else None
    # In a live kernel the function would be called once. That is done here, too: for what it does beside showing
    # something, and to see that it still shows the same.
    if kept and digest(pack(caller.frame(plan.start))) == kept["start"]:
        for line in kept["complaints"]:
            log(line, "warning")
        return element.View(Unpacker().tree(kept["template"]), kept["data"], frozenset(kept["colors"]))
    frames, start = caller.frames(plan.combinations, plan.start)
    view = _encoded(frames, plan)
    complaints = caller.report()
    if key:
        kept = {"start": start, "template": pack(view.template), "data": view.data, "colors": sorted(view.colors)}
        cache.put(key, kept | {"complaints": complaints})
    return view


def _encoded(frames: dict[Combination, Element], plan: Plan) -> element.View:
    if plan.kind == "single":
        encoded = encode({(k,): tree for k, tree in enumerate(frames.values())}, (len(frames),), (0,))
    else:
        encoded = encode(frames, plan.shape, plan.start, plan.groups)
    styles = {value for tree in frames.values() for node in tree.iter() for value in node.attrib.values()}
    return element.View(encoded.template, encoded.data, frozenset().union(*map(theme.names, styles)))


def _key(explorer: Explorer, plan: Plan, size: tuple[float, float] | None) -> str:
    """The name under which frames are kept; empty if it cannot be told what they depend on, or nothing is kept."""
    if cache.folder() is None:
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
            [explorer.identifier, size, vars(explorer.options), vars(settings())],
            [plan.kind, plan.shape, plan.start, plan.groups],
            [explorer.arguments(combination) for combination in plan.combinations],
            explorer.function,
        )
    except Doubt as doubt:
        log(f"{explorer.name} is baked anew in each build: {doubt}")
        return ""
