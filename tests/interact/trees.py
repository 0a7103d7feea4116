"""Frames as trees of any shape, for the encoder and its two decoders."""

import itertools
from xml.etree import ElementTree

import numpy as np
from hypothesis import strategies as st

COLORS = ["var(--si-000000)", "var(--si-d55e00)", "none"]
NUMBERS = st.integers(-3000, 9000).map(lambda tenths: f"{tenths / 10:g}")
WORDS = st.text(alphabet="ab1.0\n -<>&\"'é−\ue001", min_size=1, max_size=8)
PATHS = st.lists(
    st.tuples(st.sampled_from(["M{} {}", "L{} {}", "Q{} {} {} {}", "z"]), st.lists(NUMBERS, min_size=4, max_size=4)),
    max_size=15,
).map(lambda steps: "".join(step.format(*numbers) for step, numbers in steps))


def div(markup):
    return ElementTree.fromstring(f"<div>{markup}</div>")


def ragged(count, seed=0):
    """A path of so many points."""
    walk = np.random.default_rng(seed).normal(size=(count, 2)).cumsum(axis=0)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in walk) if count else ""


def bars(*heights):
    return "".join(
        f'<path d="M{10 * k} 90L{10 * k} {h}L{10 * k + 8} {h}L{10 * k + 8} 90z"/>' for k, h in enumerate(heights)
    )


@st.composite
def elements(draw, tags, depth=2):
    """An element as in a figure or a table."""
    tag = draw(st.sampled_from(tags))
    attributes = {}
    if tag == "path":
        attributes["d"] = draw(PATHS)
    if tag == "use":
        attributes |= {"x": draw(NUMBERS), "y": draw(NUMBERS)}
    if draw(st.booleans()):
        attributes["style"] = f"fill:{draw(st.sampled_from(COLORS))};opacity:{draw(NUMBERS)}"
    element = ElementTree.Element(tag, attributes)
    if tag in TEXTS and draw(st.booleans()):
        element.text = draw(WORDS)
    if tag in {"g", "i", "text"} and depth:
        for child in draw(st.lists(elements(tags, depth=depth - 1), max_size=3)):
            element.append(child)
            if tag == "i" and draw(st.booleans()):
                child.tail = draw(WORDS)
    return element


TEXTS = {"text", "i", "si-raw", "pre"}
DRAWN = ["path", "use", "g", "text"]
WRITTEN = ["i", "si-raw", "pre"]


@st.composite
def grids(draw, tags=DRAWN + WRITTEN, wrapper="div"):
    """Frames over a grid: each a random part of a common stock, some of it in long runs."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=3)))
    stock = draw(st.lists(elements(tags), min_size=1, max_size=6))
    frames = {}
    for index in itertools.product(*map(range, shape)):
        frame = ElementTree.Element("div")
        inner = frame if wrapper == "div" else ElementTree.SubElement(frame, wrapper)
        for element in draw(st.lists(st.sampled_from(stock), max_size=5)):
            inner.extend([element] * draw(st.sampled_from([1, 1, 1, 9, 12])))
        # By way of text, as one element object stood in many places.
        frames[index] = ElementTree.fromstring(ElementTree.tostring(frame))
    return frames, shape, draw(st.sampled_from(sorted(frames)))
