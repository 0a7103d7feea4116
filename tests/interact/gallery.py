"""A figure for each kind of artist, moved by one slider: what the encoder and the pages are measured and tested with.

Each function takes a number from 0 to 1 and returns a new figure. `KINDS` lists them by name.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Arc, Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Polygon, Wedge

STEPS = 21
SIZE = (4.5, 3)
KINDS = {}
X = np.linspace(0, 6, 200)
COARSE = np.linspace(-2, 2, 30)
GX, GY = np.meshgrid(COARSE, COARSE)


def kind(function):
    KINDS[function.__name__] = function
    return function


def values():
    """Where the slider stops."""
    return np.linspace(0, 1, STEPS)


def axes(**options):
    figure, ax = plt.subplots(figsize=SIZE, **options)
    return figure, ax


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(size=count)


def hills(t):
    return np.exp(-((GX - t) ** 2) - GY**2) + t * np.cos(2 * GX) * np.sin(GY + t)


# --- lines and fills ----------------------------------------------------------------------------------------------


@kind
def lines(t):
    figure, ax = axes()
    rate = 0.5 + 2.5 * t
    ax.plot(X, np.sin(rate * X), label="sine")
    ax.plot(X, np.exp(-X * rate / 3) * np.cos(3 * X), label="damped")
    ax.plot(X, 1 / (1 + np.exp(-rate * (X - 3))), label="logistic")
    ax.set(ylim=(-1.1, 1.1), xlabel="x", title=f"rate {rate:.2f}")
    return figure


@kind
def styled_lines(t):
    figure, ax = axes()
    for k, style in enumerate(["-", "--", "-.", ":"]):
        ax.plot(X, np.cos(X + k * t) + k, linestyle=style, linewidth=1 + k * t, marker="os^D"[k], markevery=20)
    return figure


@kind
def a_line_with_gaps(t):
    figure, ax = axes()
    y = np.sin((1 + t) * X)
    y[y > 1 - t] = np.nan
    ax.plot(X, y)
    ax.set(ylim=(-1, 1))
    return figure


@kind
def fills(t):
    figure, ax = axes()
    ax.fill_between(X, np.sin(X), t * np.cos(X), alpha=0.4)
    ax.fill_between(X, -1, np.sin(X + t) - 1, where=np.sin(X) > t - 0.5, color="#009e73", hatch="//")
    return figure


@kind
def steps(t):
    figure, ax = axes()
    ax.step(X[::10], np.sin(X[::10] * (1 + t)), where="mid")
    ax.stairs(np.arange(8) * t, fill=True, alpha=0.3)
    return figure


@kind
def bars_and_labels(t):
    figure, ax = axes()
    heights = np.exp(t * np.arange(5) / 2)
    heights /= heights.sum()
    drawn = ax.bar(["a", "b", "c", "d", "e"], heights, color="#0072b2")
    ax.bar_label(drawn, fmt="%.2f")
    ax.set(ylim=(0, 1))
    return figure


@kind
def barh_stacked(t):
    figure, ax = axes()
    left = np.zeros(4)
    for k in range(3):
        width = 1 + k * t + np.arange(4) * (1 - t)
        ax.barh(range(4), width, left=left, hatch=["", "//", "xx"][k])
        left = left + width
    return figure


@kind
def histogram(t):
    figure, ax = axes()
    ax.hist(noise(500) * (1 + t), bins=round(10 + 20 * t))
    return figure


@kind
def histogram_2d(t):
    figure, ax = axes()
    ax.hist2d(noise(2000) + t, noise(2000, 1) * (1 + t), bins=20, range=[[-4, 4], [-4, 4]])
    return figure


@kind
def stem(t):
    figure, ax = axes()
    ax.stem(np.arange(20), np.sin(np.arange(20) * t))
    return figure


@kind
def error_bars(t):
    figure, ax = axes()
    ax.errorbar(np.arange(12), np.sqrt(np.arange(12) + t), yerr=0.2 + t, xerr=0.3, capsize=3, fmt="o-")
    return figure


@kind
def box_plots(t):
    figure, ax = axes()
    ax.boxplot([noise(80, k) * (1 + t * k) for k in range(4)], notch=True)
    return figure


@kind
def violins(t):
    figure, ax = axes()
    ax.violinplot([noise(80, k) * (1 + t * k) for k in range(3)], showmedians=True)
    return figure


@kind
def pie(t):
    figure, ax = axes()
    ax.pie([1 + 4 * t, 2, 3], labels=["one", "two", "three"], autopct="%.1f%%", explode=(t / 5, 0, 0))
    return figure


@kind
def spans(t):
    figure, ax = axes()
    ax.plot(X, np.sin(X))
    ax.axvspan(t * 3, t * 3 + 1, alpha=0.3)
    ax.axhspan(-t, 0, color="#e69f00", alpha=0.3)
    ax.axhline(t, linestyle="--")
    ax.axline((0, 0), slope=t)
    return figure


@kind
def polygons(t):
    figure, ax = axes()
    ax.add_patch(Circle((t, 0.5), 0.2))
    ax.add_patch(Ellipse((0.5, 0.2), 0.3, 0.1, angle=90 * t, color="#cc79a7"))
    ax.add_patch(Wedge((0.7, 0.7), 0.2, 0, 360 * t + 1, width=0.1, color="#d55e00"))
    ax.add_patch(Arc((0.3, 0.7), 0.4, 0.3, theta1=0, theta2=20 + 300 * t))
    ax.add_patch(Polygon([(0, 0), (t, 0.3), (0.3, 0.1)], alpha=0.5))
    ax.add_patch(FancyBboxPatch((0.6, 0.1), 0.2, 0.1 + t / 3, boxstyle="round,pad=0.03"))
    ax.add_patch(FancyArrowPatch((0.1, 0.9), (0.3 + t / 2, 0.5), arrowstyle="-|>", mutation_scale=20))
    return figure


# --- points -------------------------------------------------------------------------------------------------------


@kind
def points(t):
    figure, ax = axes()
    ax.scatter(noise(60) + t, noise(60, 1), s=20 + 60 * t, alpha=0.6)
    return figure


@kind
def bubbles(t):
    figure, ax = axes()
    drawn = ax.scatter(
        noise(60), noise(60, 1), s=100 * noise(60, 2) ** 2 * (0.2 + t), c=noise(60, 3) * t, vmin=-1, vmax=1
    )
    figure.colorbar(drawn)
    return figure


@kind
def many_points(t):
    figure, ax = axes()
    angle = np.linspace(0, 60, 3000)
    ax.scatter(angle * np.cos(angle + t), angle * np.sin(angle * (1 + t / 50)), s=4, c=angle)
    return figure


@kind
def some_points(t):
    """How many there are changes."""
    figure, ax = axes()
    x, y = noise(120), noise(120, 1)
    near = np.hypot(x, y) < 0.5 + 2 * t
    ax.scatter(x[near], y[near])
    ax.plot(x[~near], y[~near], "x")
    ax.set(xlim=(-3, 3), ylim=(-3, 3))
    return figure


@kind
def hexagons(t):
    figure, ax = axes()
    ax.hexbin(noise(3000) * (1 + t), noise(3000, 1), gridsize=20, extent=(-3, 3, -3, 3))
    return figure


# --- fields -------------------------------------------------------------------------------------------------------


@kind
def image(t):
    figure, ax = axes()
    ax.imshow(hills(t), extent=(-2, 2, -2, 2), origin="lower", cmap="magma", vmin=-1, vmax=1)
    return figure


@kind
def smooth_image(t):
    figure, ax = axes()
    ax.imshow(hills(t), interpolation="bicubic", alpha=0.5 + t / 2)
    return figure


@kind
def mesh(t):
    figure, ax = axes()
    drawn = ax.pcolormesh(GX, GY, hills(t), vmin=-1, vmax=1)
    figure.colorbar(drawn)
    return figure


@kind
def smooth_mesh(t):
    figure, ax = axes()
    ax.pcolormesh(GX, GY, hills(t), shading="gouraud")
    return figure


@kind
def contours(t):
    figure, ax = axes()
    ax.contour(GX, GY, hills(t), levels=np.linspace(-1, 1, 11))
    return figure


@kind
def labelled_contours(t):
    figure, ax = axes()
    ax.clabel(ax.contour(GX, GY, hills(t), levels=np.linspace(-1, 1, 6)))
    return figure


@kind
def filled_contours(t):
    figure, ax = axes()
    drawn = ax.contourf(GX, GY, hills(t), levels=np.linspace(-1.5, 1.5, 16))
    figure.colorbar(drawn)
    return figure


@kind
def triangles(t):
    figure, ax = axes()
    x, y = noise(60), noise(60, 1)
    ax.tripcolor(x, y, np.sin(x + 3 * t) * y, vmin=-2, vmax=2)
    ax.triplot(x, y, linewidth=0.5)
    return figure


@kind
def arrows(t):
    figure, ax = axes()
    x, y = GX[::3, ::3], GY[::3, ::3]
    drawn = ax.quiver(x, y, -y + t, x * (1 - t), np.hypot(x, y))
    ax.quiverkey(drawn, 0.9, 1.03, 1, "1", labelpos="E")
    return figure


@kind
def barbs(t):
    figure, ax = axes()
    ax.barbs(GX[::6, ::6], GY[::6, ::6], 40 * t + 10 * GX[::6, ::6], 20 * GY[::6, ::6])
    return figure


@kind
def streams(t):
    figure, ax = axes()
    ax.streamplot(COARSE, COARSE, -GY + t, GX * (1 - t) - GY / 2, density=0.8)
    return figure


@kind
def spectrum(t):
    figure, ax = axes()
    ax.specgram(np.sin(np.arange(4000) * (0.3 + t) ** 2 / 2) + noise(4000) / 5, NFFT=128)
    return figure


# --- axes and texts -----------------------------------------------------------------------------------------------


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


# --- kinds of axes and layouts ------------------------------------------------------------------------------------


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
