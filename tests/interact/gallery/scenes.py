"""Axes, texts and layouts of all kinds."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection

from .kinds import GX, GY, SIZE, X, axes, hills, kind, noise


@kind
def legends(t):
    figure, ax = axes()
    for k in range(1 + round(4 * t)):
        ax.plot(X, np.sin(X + k), label=f"phase {k}")
    ax.legend(title=f"{k + 1} lines", loc="upper right")
    return figure


@kind
def moving_limits(t):
    figure, ax = axes()
    ax.plot(X, X**2)
    ax.set(xlim=(0, 1 + 5 * t), ylim=(0, 1 + 30 * t))
    ax.grid()
    return figure


@kind
def log_axes(t):
    figure, ax = axes()
    ax.loglog(X + 0.01, (X + 0.01) ** (1 + 2 * t))
    ax.grid(which="both", alpha=0.4)
    return figure


@kind
def other_scales(t):
    figure, ax = axes()
    ax.plot(X - 3, np.sinh(X - 3) * (1 + 9 * t))
    ax.set_yscale("symlog")
    second = ax.secondary_xaxis("top", functions=(lambda x: x * 2, lambda x: x / 2))
    second.set_xlabel("twice")
    return figure


@kind
def twin_axes(t):
    figure, ax = axes()
    ax.plot(X, np.sin(X))
    twin = ax.twinx()
    twin.plot(X, np.exp(t * X), color="#d55e00")
    twin.set_ylabel(f"e^({t:.2f} x)")
    return figure


@kind
def color_bar(t):
    figure, ax = axes()
    drawn = ax.scatter(noise(30), noise(30, 1), c=noise(30, 2) * (1 + t), cmap="coolwarm", vmin=-2 - t, vmax=2 + t)
    figure.colorbar(drawn, label="value", orientation="horizontal")
    return figure


@kind
def formulas(t):
    figure, ax = axes()
    ax.set_title(r"$\sum_{k=1}^{n} \frac{e^{z_k}}{\sqrt{1 + \alpha}}$" + f" at {t:.2f}")
    ax.text(0.1, 0.5, rf"$\alpha = {t:.2f},\ \hat{{y}} \in \mathbb{{R}}^2$", fontsize=14)
    ax.text(0.1 + t / 2, 0.2, r"$\vec{v}$", rotation=90 * t)
    return figure


@kind
def formulas_in_computer_modern(t):
    with plt.rc_context({"mathtext.fontset": "cm"}):
        figure, ax = axes()
        ax.set_title(r"$\int_0^t \psi(x)\,dx = \mathcal{O}(t)$")
        ax.text(0.2, 0.3 + t / 2, rf"$\lambda = {t:.2f}$", fontsize=16)
        figure.draw_without_rendering()
    return figure


@kind
def annotations(t):
    figure, ax = axes()
    ax.plot(X, np.sin(X))
    ax.annotate(f"here {t:.2f}", (6 * t, np.sin(6 * t)), (3, 0.8), arrowprops={"arrowstyle": "->"})
    ax.annotate("a box", (1, -0.5), bbox={"boxstyle": "round", "facecolor": "#ffffcc"}, rotation=30 * t)
    return figure


@kind
def table(t):
    figure, ax = axes()
    ax.axis("off")
    rows = 2 + round(4 * t)
    cells = [[f"{k}", f"{k * t:.2f}", f"{np.exp(k * t):.1f}"] for k in range(rows)]
    ax.table(cells, colLabels=["k", "kt", "exp"], loc="center")
    return figure


@kind
def other_scripts(t):
    figure, ax = axes()
    ax.set_title("Žluťoučký kůň, Ελληνικά, русский, Türkçe")
    ax.text(0.1, 0.5, f"température {t:.2f} °C, größer ≥ ½")
    ax.text(0.1, 0.2, "bold oblique", weight="bold", style="italic", family="serif", size=10 + 5 * t)
    return figure


@kind
def dates(t):
    figure, ax = axes()
    days = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]")[: 30 + round(150 * t)]
    ax.plot(days, np.cumsum(noise(len(days))))
    figure.autofmt_xdate()
    return figure


@kind
def polar(t):
    figure, ax = axes(subplot_kw={"projection": "polar"})
    ax.plot(X, 1 + t * np.cos(5 * X))
    ax.fill(X, 0.5 + t * np.sin(X) / 2, alpha=0.3)
    ax.set_rmax(2)
    return figure


@kind
def surface(t):
    figure = plt.figure(figsize=SIZE)
    ax = figure.add_subplot(projection="3d")
    ax.plot_surface(GX, GY, hills(0.5), cmap="viridis")
    ax.view_init(30, 90 * t)
    return figure


@kind
def wires_and_points_3d(t):
    figure = plt.figure(figsize=SIZE)
    ax = figure.add_subplot(projection="3d")
    ax.plot_wireframe(GX[::3, ::3], GY[::3, ::3], hills(t)[::3, ::3])
    ax.scatter(noise(20), noise(20, 1), noise(20, 2))
    ax.set_zlim(-1, 2)
    return figure


@kind
def bars_3d(t):
    figure = plt.figure(figsize=SIZE)
    ax = figure.add_subplot(projection="3d")
    x, y = np.divmod(np.arange(16), 4)
    ax.bar3d(x, y, 0, 0.6, 0.6, (x + y + 1) * (0.2 + t))
    return figure


@kind
def tight_layout(t):
    figure, all_axes = plt.subplots(2, 2, figsize=SIZE, layout="tight")
    for k, ax in enumerate(all_axes.flat):
        ax.plot(X, np.sin(X * (k + t)) * 10 ** (k * t))
        ax.set(ylabel=f"panel {k}")
    return figure


@kind
def constrained_layout(t):
    figure, all_axes = plt.subplots(1, 2, figsize=SIZE, layout="constrained")
    for k, ax in enumerate(all_axes):
        figure.colorbar(ax.imshow(hills(t) * 10**k, vmax=2 * 10 ** (k * t)), ax=ax)
    figure.suptitle("two panels")
    return figure


@kind
def insets(t):
    figure, ax = axes()
    ax.plot(X, np.sin(X * (1 + t)))
    inner = ax.inset_axes([0.6, 0.6, 0.35, 0.35])
    inner.plot(X, np.sin(X * (1 + t)))
    inner.set(xlim=(2, 3), ylim=(-1, 1))
    ax.indicate_inset_zoom(inner)
    return figure


@kind
def panels_outside(t):
    figure, all_axes = plt.subplots(1, 2, figsize=SIZE)
    figure.subplots_adjust(right=1.6)
    for k, ax in enumerate(all_axes):
        ax.plot(X, np.cos(X * (k + 1)) * t)
        ax.set(ylim=(-1, 1))
    return figure


@kind
def legend_outside(t):
    figure, ax = axes()
    ax.plot(X, np.sin(X * t), label="a curve with a long name")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@kind
def dark_background(t):
    with plt.style.context("dark_background"):
        figure, ax = axes()
        ax.plot(X, np.sin(X + t), label="light on dark")
        ax.legend()
    return figure


@kind
def ggplot_style(t):
    with plt.style.context("ggplot"):
        figure, ax = axes()
        ax.bar(range(5), np.arange(5) * t + 1)
        ax.set_title("grey ground")
    return figure


@kind
def segments(t):
    figure, ax = axes()
    ends = np.stack([X[:-1:4], np.sin(X[:-1:4] + t), X[1::4] + 0.2, np.cos(X[1::4] * (1 + t))], -1)
    ax.add_collection(LineCollection(ends.reshape(-1, 2, 2), array=np.arange(len(ends)), linewidths=1 + t))
    ax.autoscale_view()
    return figure


@kind
def event_plot(t):
    figure, ax = axes()
    ax.eventplot([np.sort(np.abs(noise(20, k))) * (1 + t) for k in range(4)])
    return figure
