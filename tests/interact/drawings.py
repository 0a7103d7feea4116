"""Figures of many kinds, and what is read from the trees and files that are made of them."""

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
SIZE = {"figsize": (4, 2.5)}


def own_file(figure):
    """The file that matplotlib writes, without namespaces."""
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "path.simplify": False}):
        figure.savefig(buffer, format="svg")
    root = ElementTree.fromstring(buffer.getvalue())
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    return root


def numbers(text):
    return [float(value) for value in NUMBER.findall(text)]


def paths(root):
    """Shapes, and where they are used: lists of coordinates, in the order of drawing."""
    shapes = {e.get("id"): e.get("d") for e in root.iter("path") if e.get("id")}
    found = []
    within = {id(inner) for outer in root.iter() if outer.tag == "defs" for inner in outer.iter()}
    for element in root.iter():
        if id(element) in within:
            continue
        if element.tag == "path":
            found.append(numbers(element.get("d")))
        elif element.tag == "use":
            shape = shapes[element.get("href")[1:]]
            found.append([float(element.get("x")), float(element.get("y")), *numbers(shape)])
    return found


def texts(root):
    """Texts and where they are; one that says where each letter is, as matplotlib before 3.11 writes it, is many."""
    found = []
    for element in root.iter():
        if element.tag not in {"text", "tspan"} or not (text := element.text or "").strip():
            continue
        left, rest = numbers(element.get("x", "")), f"{element.get('y', '')} {element.get('transform', '')}"
        each = list(zip(text, ([x] for x in left), strict=True)) if len(left) > 1 else [(text, left)]
        found += [(letters, [*x, *numbers(rest)]) for letters, x in each]
    return found


def lines():
    figure, axes = plt.subplots(**SIZE)
    figure.subplots_adjust(left=0.2, bottom=0.2)
    x = np.linspace(0, 3, 50)
    axes.plot(x, np.sin(x), "o-", label="sin")
    axes.plot(x, np.where(x > 1, np.nan, x), "--", label="x")
    axes.set(xlabel="time", ylabel="height", title="Lines")
    axes.legend()
    axes.grid(True)
    return figure


def bars():
    figure, axes = plt.subplots(**SIZE)
    axes.bar_label(axes.bar(["cat", "owl"], [1, 2], hatch=["//", ""], edgecolor="k"))
    axes.errorbar([0, 1], [1, 2], yerr=0.3, capsize=4)
    axes.annotate("here", (1, 1), (0.4, 1.5), arrowprops={"arrowstyle": "->"}, rotation=30)
    axes.tick_params(axis="x", rotation=40)
    return figure


def twins():
    figure, axes = plt.subplots(**SIZE)
    axes.fill_between([0, 1, 2], [1, 2, 1], alpha=0.3)
    axes.twinx().semilogy([1, 10, 100], "r")
    return figure


def polar():
    figure, axes = plt.subplots(subplot_kw={"projection": "polar"}, **SIZE)
    axes.fill([0, 1, 2], [1, 2, 1])
    return figure


def solid():
    figure, axes = plt.subplots(subplot_kw={"projection": "3d"}, **SIZE)
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    axes.plot_surface(x, y, x * y, cmap="viridis")
    return figure


def areas():
    figure, axes = plt.subplots(**SIZE)
    x, y = np.meshgrid(np.linspace(-1, 1, 15), np.linspace(-1, 1, 15))
    axes.contourf(x, y, x * y, levels=5)
    axes.scatter(x[::5], y[::5], c=x[::5], s=9)
    return figure


def several():
    figure, grid = plt.subplots(2, 2, layout="constrained", **SIZE)
    for axes in grid.flat:
        axes.set(xlabel="label", title="title")
    figure.suptitle("all")
    return figure


def tight():
    figure, grid = plt.subplots(1, 2, layout="tight", **SIZE)
    for axes in grid.flat:
        axes.set(xlabel="label", ylabel="label")
    return figure


def beside(draw):
    """A function that makes a figure without ticks, on which `draw` has drawn."""

    def make():
        figure, axes = plt.subplots(**SIZE)
        axes.set(xticks=[], yticks=[])
        draw(figure, axes)
        return figure

    return make
