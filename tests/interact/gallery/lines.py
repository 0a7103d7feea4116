"""Lines, fills and points."""

import numpy as np
from matplotlib.patches import Arc, Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Polygon, Wedge

from .kinds import X, axes, kind, noise


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
