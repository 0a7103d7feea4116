"""What baked figures weigh, how fast they are baked, and how long a step takes: over one figure of each kind of artist.

Weights are gzip bytes a frame, of all frames together, without the first one, which the page holds in any case. The
peers are the same frames' SVG files as matplotlib writes them, in one gzip stream (whose window is 32 kB), and the
form in which Panel embeds states: JSON in which each state has the whole picture, here the SVG, as Panel would store
PNG by default and those do not compress at all. Frames a second are those of a whole bake, on all cores, cleaning and
encoding included; the peer calls the function and `savefig` in a loop. A step's time is the script's, in Chromium.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

import matplotlib as mpl
import matplotlib.pyplot as plt

from static_interact import IntSlider, hosts
from static_interact.bake import bake
from static_interact.encode import encode
from static_interact.explorer import Explorer
from static_interact.figure import FigureDrawer, unite
from static_interact.svg import to_html
from tests.interact import gallery
from tools import browser as browsers

#: Wanted: at most so many bytes a frame.
WANTED = {"bars_and_labels": 15}
MOST_SCRIPT = 1.0  # ms a step
FASTER = 2.5  # than savefig in a loop, on two cores
TIMED = ("lines", "bars_and_labels", "log_axes", "points")
STEP = """async ([markup, data, frames]) => {
  document.body.innerHTML = markup;
  const show = decoder(data, document.body.firstChild);
  const time = (frame) => { const start = performance.now(); show([frame]); return performance.now() - start; };
  const first = time(0), times = [];
  for (let round = 0; round < 3; round++)
    for (let frame = 0; frame < frames; frame++) {
      times.push(time(frame));
      await new Promise(requestAnimationFrame);
    }
  return [first, times];
}"""


def gz(text: str) -> int:
    """Size in bytes after gzip."""
    return len(gzip.compress(text.encode(), mtime=0))


def compact(data: object) -> str:
    """JSON as it stands in a page."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def drawn(name: str) -> tuple[dict[tuple[int], Element], list[str]]:
    """Return the frames of a kind as trees, and as matplotlib's own SVG files."""
    drawer, trees, files = FigureDrawer(), {}, []
    for number, value in enumerate(gallery.values()):
        figure = gallery.KINDS[name](value)
        frame = Element("div")
        frame.append(drawer.tree(figure, "a-"))
        trees[number,] = frame
        files.append(saved(figure))
        plt.close(figure)
    unite(trees.values())
    return trees, files


def saved(figure: plt.Figure) -> str:
    """Return the SVG file of a figure."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "a"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def panel_form(files: list[str]) -> str:
    """Return what Panel's embed stores, up to names: for each state a change of the model to the whole picture."""
    header = {"msgtype": "PATCH-DOC", "msgid": "1000"}
    states = {}
    for number, file in enumerate(files):
        event = {"kind": "ModelChanged", "model": {"id": "1000"}, "attr": "text", "new": file}
        states[str(number)] = {"header": header, "metadata": {}, "content": {"events": [event]}}
    return compact(states)


def print_weights(names: list[str]) -> dict[str, float]:
    """Print weights and steps of all kinds; return bytes a frame."""
    with _tab() as tab:
        return _weights(names, tab)


def _weights(names: list[str], tab: Any) -> dict[str, float]:
    print("Bytes a frame (gzip), and script a step in ms (median), of one figure for each kind of artist")
    print(f"{'kind':28} {'bytes':>7} {'SVG files':>10} {'Panel form':>10} {'first ms':>9} {'step ms':>8}")
    found = {}
    for name in names:
        trees, files = drawn(name)
        count = len(trees)
        encoded = encode(trees, (count,), (0,))
        page = to_html(encoded.template)
        found[name] = (gz(page + compact(encoded.data)) - gz(page)) / count
        whole, panel = gz("".join(files)) / count, gz(panel_form(files)) / count
        line = f"{name:28} {found[name]:7.0f} {whole:10.0f} {panel:10.0f}"
        if tab is not None:
            first, times = tab.evaluate(STEP, [page, encoded.data, count])
            step = statistics.median(times)
            line += f" {first:9.1f} {step:8.2f} {'!' if step > MOST_SCRIPT else ''}"
        print(line + ("!" if found[name] > WANTED.get(name, found[name]) else ""), flush=True)
    if tab is None:
        print("Steps were not measured, as no browser is there.")
    return found


@contextmanager
def _tab() -> Iterator[Any]:
    """A page of a browser that has the script; None without a browser."""
    path = browsers.find()
    if path is None:
        yield None
        return
    with browsers.launched(path) as browser:
        tab = browser.new_page()
        tab.add_script_tag(content=(hosts.HERE / "decode.js").read_text(encoding="utf-8"))
        yield tab


def print_speed() -> bool:
    """Print frames a second of bakes beside `savefig` in a loop; return whether they are fast enough."""
    print(f"Frames a second, on {os.cpu_count()} cores")
    print(f"{'kind':28} {'baked':>7} {'savefig':>8} {'times':>6}")
    enough = []
    for name in TIMED:
        function, steps = gallery.KINDS[name], 60

        def frame(n: int, function=function, steps=steps) -> plt.Figure:
            return function(n / steps)

        first = frame(0)
        saved(first)  # what is imported, read and measured once, is nobody's
        plt.close(first)
        start = time.perf_counter()
        bake(Explorer.of(frame, {"n": IntSlider(value=0, min=0, max=steps)}, f"benchmark-{name}"))
        baked = (steps + 1) / (time.perf_counter() - start)
        start = time.perf_counter()
        for n in range(0, steps, 3):
            figure = frame(n)
            saved(figure)
            plt.close(figure)
        loop = (steps / 3) / (time.perf_counter() - start)
        enough.append(baked / loop >= FASTER)
        print(f"{name:28} {baked:7.1f} {loop:8.1f} {baked / loop:6.1f} {'' if enough[-1] else '!'}", flush=True)
    return all(enough)


def print_tables(names: list[str] | None = None) -> bool:
    """Print all; return whether every wanted number is met."""
    mpl.use("agg")
    found = print_weights(names or list(gallery.KINDS))
    fast = print_speed()
    return fast and all(found.get(name, 0) <= most for name, most in WANTED.items())
