"""Frames survive encoding: any trees, over any grid, and both decoders agree."""

import itertools
import json
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from static_interact.decode import Decoder
from static_interact.encode import encode


def canonical(element):
    """The same value for the same tree: names, attributes and texts, where no text is an empty one."""
    children = tuple((canonical(child), child.tail or "") for child in element)
    return (element.tag, tuple(element.attrib.items()), element.text or "", children)


def div(markup):
    return ElementTree.fromstring(f"<div>{markup}</div>")


def survives(frames, shape, start, groups=None):
    """Encode, write as JSON, read, and compare every frame, forwards and backwards; return the data."""
    encoded = encode(frames, shape, start, groups)
    data = json.loads(json.dumps(encoded.data))
    decoder = Decoder(data, encoded.template)
    for index in [*sorted(frames), *sorted(frames, reverse=True)]:
        assert canonical(decoder.frame(index)) == canonical(frames[index]), index
    return data


# --- trees that differ ------------------------------------------------------------------------------------------

COLORS = ["var(--si-000000)", "var(--si-d55e00)", "none"]
NUMBERS = st.integers(-3000, 9000).map(lambda tenths: f"{tenths / 10:g}")
WORDS = st.text(alphabet="ab1.0\n -<>&\"'é−\ue001", min_size=1, max_size=8)
PATHS = st.lists(
    st.tuples(st.sampled_from(["M{} {}", "L{} {}", "Q{} {} {} {}", "z"]), st.lists(NUMBERS, min_size=4, max_size=4)),
    max_size=15,
).map(lambda steps: "".join(step.format(*numbers) for step, numbers in steps))


@st.composite
def elements(draw, depth=2):
    """An element as in a figure or a table, some of them in a row."""
    tag = draw(st.sampled_from(["path", "use", "g", "text", "td", "si-raw", "pre"]))
    attributes = {}
    if tag == "path":
        attributes["d"] = draw(PATHS)
    if tag == "use":
        attributes |= {"x": draw(NUMBERS), "y": draw(NUMBERS)}
    if draw(st.booleans()):
        attributes["style"] = f"fill:{draw(st.sampled_from(COLORS))};opacity:{draw(NUMBERS)}"
    element = ElementTree.Element(tag, attributes)
    if tag in {"text", "td", "si-raw", "pre"} and draw(st.booleans()):
        element.text = draw(WORDS)
    if tag in {"g", "td", "text"} and depth:
        for child in draw(st.lists(elements(depth=depth - 1), max_size=3)):
            element.append(child)
            if tag == "td" and draw(st.booleans()):
                child.tail = draw(WORDS)
    return element


@st.composite
def grids(draw):
    """Frames over a grid: each a random part of a common stock, some in long runs."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=3)))
    stock = draw(st.lists(elements(), min_size=1, max_size=6))
    frames = {}
    for index in itertools.product(*map(range, shape)):
        frame = ElementTree.Element("div")
        for element in draw(st.lists(st.sampled_from(stock), max_size=5)):
            for _ in range(draw(st.sampled_from([1, 1, 1, 9, 12]))):
                frame.append(element)
        frames[index] = frame
    return frames, shape, draw(st.sampled_from(sorted(frames)))


@given(grids())
@settings(max_examples=150)
def test_any_trees_survive(grid):
    frames, shape, start = grid
    # One element object stands in many places: as text, so that no frame shares what a test could change.
    frames = {index: ElementTree.fromstring(ElementTree.tostring(frame)) for index, frame in frames.items()}
    data = survives(frames, shape, start)
    assert data["nodes"] >= 1
