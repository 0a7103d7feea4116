"""How many frames a second are baked, beside a loop over `savefig` that writes the same ones as SVG.

Both call the function that draws, both run on the same machine in the same minutes, in turns. The bake uses all
cores, as it does in a book; `savefig` in a loop uses one, as it does. What the encoder does with the frames
afterwards is not part of this.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider
from matplotlib.figure import Figure

from static_interact import forks
from static_interact.calls import Caller
from static_interact.explorer import Explorer

FRAMES = 60
ROUNDS = 3
GOAL = 2.5


def bars(n: int) -> Figure:
    """Five bars with labels."""
    figure, axes = plt.subplots(figsize=(5.4, 2.8))
    heights = np.exp(np.cos(np.arange(5) * (1 + n / 20)))
    axes.bar_label(axes.bar(["cat", "dog", "owl", "fox", "cow"], heights / heights.sum()), fmt="%.2f")
    axes.set(ylim=(0, 1), ylabel="probability", title=f"temperature {n / 10:.1f}")
    return figure


def curves(n: int) -> Figure:
    """Three curves of 200 points with a legend and a grid."""
    figure, axes = plt.subplots(figsize=(5.4, 2.8))
    x = np.linspace(0, 6, 200)
    for k in range(3):
        axes.plot(x, np.sin((k + 1) * x + n / 10), label=f"curve {k}")
    axes.set(ylim=(-1.2, 1.2), xlabel="time", ylabel="height")
    axes.grid(True)
    axes.legend(loc="upper right")
    return figure


def contour(n: int) -> Figure:
    """A filled contour plot with a colour bar."""
    figure, axes = plt.subplots(figsize=(5.4, 3.6))
    x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
    figure.colorbar(axes.contourf(x, y, np.exp(-(x**2) - y**2) * np.sin((1 + n / 20) * x), levels=12))
    axes.set(xlabel="x", ylabel="y")
    return figure


KINDS = {"bars and labels": bars, "three curves": curves, "contours": contour}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _save_all(function: Callable[[int], Figure]) -> None:
    for n in range(FRAMES):
        figure = function(n)
        figure.savefig(io.BytesIO(), format="svg")
        plt.close(figure)


def _bake_all(function: Callable[[int], Figure]) -> None:
    explorer = Explorer.of(function, {"n": IntSlider(value=0, min=0, max=FRAMES - 1)}, "si-rate")
    Caller(explorer).frames([(n,) for n in range(FRAMES)], (0,))


def frames_a_second() -> dict[str, tuple[float, float]]:
    """Measure.

    Returns
    -------
    dict
        For each kind of figure: frames a second of the bake, and of `savefig` in a loop. Medians of the rounds.
    """
    rates = {}
    for name, function in KINDS.items():
        plt.close(function(0))
        times = [
            (_seconds(lambda f=function: _bake_all(f)), _seconds(lambda f=function: _save_all(f)))
            for _ in range(ROUNDS)
        ]
        baked, saved = (statistics.median(column) for column in zip(*times, strict=False))
        rates[name] = FRAMES / baked, FRAMES / saved
    return rates


def print_table() -> bool:
    """Print the table.

    Returns
    -------
    bool
        Whether the bake is `GOAL` times as fast, over all kinds together.
    """
    rates = frames_a_second()
    print(f"\nFrames a second, {FRAMES} frames each, medians of {ROUNDS} rounds; {forks.workers()} processes\n")
    print(f"{'figure':18} {'baked':>8} {'savefig in a loop':>18} {'ratio':>7}")
    for name, (baked, saved) in rates.items():
        print(f"{name:18} {baked:8.1f} {saved:18.1f} {baked / saved:7.2f}")
    ratio = sum(1 / saved for _, saved in rates.values()) / sum(1 / baked for baked, _ in rates.values())
    print(f"{'all together':18} {'':8} {'':18} {ratio:7.2f}   (goal: {GOAL})")
    return ratio >= GOAL


if __name__ == "__main__":
    print_table()
