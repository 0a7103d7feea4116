"""Many trees -> one merged tree in which every frame finds its nodes.

Frames of one figure share most of what they show. Where two trees differ in a tick, a legend entry or the number of
points, the rest must still be matched, so that it is stored once:

- equal subtrees are one object (`intern`), so that what never changes costs neither memory nor time;
- the children of matched nodes are aligned by dynamic programming: of the same kind always, and rather with equal
  content, text or style (`_align`); a child that not every frame has becomes optional;
- many equal children in a row (markers, cells of a mesh, arrows) become a *run*, of which a frame has any number.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

TEXT, RAW = "#text", "si-raw"
#: This many children of one shape in a row make a run, if their number changes from frame to frame; else that many.
RUN, MANY = 8, 40
#: Longest pair of lists (product of lengths) that is aligned exactly.
EXACT = 6_000_000


class Node:
    """An element or a text, equal to another one if and only if it is the same object.

    Attributes
    ----------
    tag : str
        `TEXT` for a text.
    attributes : tuple of (str, str)
        Names and values; a text, and the markup of an `RAW` element, are the value of the name "".
    children : tuple of Node
    shape : int
        Number shared by nodes with the same tags and attribute names all the way down.
    number : int
        Number of this node.
    size : int
        How many nodes, itself included.
    kind : tuple
        Tag, names of attributes, and whether it has children.
    joins : bool
        Whether nothing in it has a line feed, so that its values can be joined by line feeds.
    """

    __slots__ = ("attributes", "children", "joins", "kind", "number", "shape", "size", "tag", "text")

    def __init__(self, tag: str, attributes: tuple, children: tuple, shape: int, number: int) -> None:
        self.tag, self.attributes, self.children = tag, attributes, children
        self.shape, self.number = shape, number
        self.size = 1 + sum(child.size for child in children)
        self.kind = (tag, *(name for name, _ in attributes), bool(children))
        self.joins = not any("\n" in v for _, v in attributes) and all(child.joins for child in children)
        self.text = dict(attributes)[""] if tag == TEXT else "".join(c.text for c in children if c.tag == TEXT)


class Interner:
    """Makes nodes of elements, each different one once."""

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Node] = {}
        self._shapes: dict[Hashable, int] = {}
        self._strings: dict[str, str] = {}

    def intern(self, element: Element) -> Node:
        """Return the node that stands for an element and all it holds (not its tail)."""
        children: list[Node] = []
        attributes = [*element.attrib.items()]
        if element.tag == RAW:
            attributes.append(("", element.text or ""))
        else:
            if element.text:
                children.append(self._text(element.text))
            for child in element:
                children.append(self.intern(child))
                if child.tail:
                    children.append(self._text(child.tail))
        return self._node(element.tag, attributes, tuple(children))

    def _text(self, text: str) -> Node:
        return self._node(TEXT, [("", text)], ())

    def _node(self, tag: str, attributes: Sequence[tuple[str, str]], children: tuple[Node, ...]) -> Node:
        same = self._strings.setdefault
        values = tuple((same(name, name), same(value, value)) for name, value in attributes)
        key = (tag, values, *(child.number for child in children))
        node = self._nodes.get(key)
        if node is None:
            outline = (tag, *(name for name, _ in values), *(child.shape for child in children))
            shape = self._shapes.setdefault(outline, len(self._shapes))
            node = self._nodes[key] = Node(same(tag, tag), values, children, shape, len(self._nodes))
        return node


@dataclass
class Merged:
    """A node of the merged tree, or a run of subtrees of one shape.

    Attributes
    ----------
    choices : list of Node, or of tuples of Node for a run
        What frames have here.
    pick : array of int
        Each frame's place in `choices`, -1 for a frame without this node.
    children : list of Merged
        Not for a run, whose units are alike.
    run : bool
    """

    choices: list[Any]
    pick: NDArray[np.int64]
    run: bool = False
    children: list[Merged] = field(default_factory=list)


def merge(frames: Sequence[Node]) -> Merged:
    """Merge the trees of all frames, whose roots must be of one kind."""
    return _merge(*_distinct(list(frames)))


def _distinct(items: list) -> tuple[list, NDArray[np.int64]]:
    """Return the different items, and each one's place among them (-1 for None)."""
    places: dict = {None: -1}
    pick = np.array([places.setdefault(item, len(places) - 1) for item in items], dtype=np.int64)
    return [item for item in places if item is not None], pick


def _kind(item: Node | tuple[Node, ...]) -> Hashable:
    """What must agree for items to be matched."""
    return ("run", item[0].shape) if isinstance(item, tuple) else item.kind


def _merge(choices: list[Node], pick: NDArray[np.int64]) -> Merged:
    merged = Merged(choices, pick)
    if len(choices) == 1:
        only = choices[0]
        merged.children = [_merge([child], pick) for child in only.children]
        return merged
    repeated = _repeated(choices)
    lists = [_items(node, repeated) for node in choices]
    columns = _line_up(lists)
    for column in columns:
        here, places = _distinct(column)
        run = isinstance(here[0], tuple)
        picked = np.where(pick >= 0, places[pick], -1)
        merged.children.append(Merged(here, picked, True) if run else _merge(here, picked))
    return merged


def _repeated(choices: Sequence[Node]) -> set[int]:
    """Shapes of which some node has many children in a row, or a number of them that changes."""
    rows: dict[int, set[tuple[int, ...]]] = {}
    unfit: set[int] = set()
    # Most nodes have the same children, but for what these say.
    sequences = {tuple((child.shape, child.joins) for child in node.children) for node in choices}
    for sequence in sequences:
        lengths: dict[int, tuple[int, ...]] = {}
        for shape, group in itertools.groupby(sequence, key=lambda child: child[0]):
            joins = [joins for _, joins in group]
            lengths[shape] = (*lengths.get(shape, ()), len(joins))
            if not all(joins):
                unfit.add(shape)
        for shape, row in lengths.items():
            rows.setdefault(shape, set()).add(row)
    counts = {shape: sum(shape in {s for s, _ in sequence} for sequence in sequences) for shape in rows}
    return {
        shape
        for shape, found in rows.items()
        if shape not in unfit
        and max(max(row) for row in found) >= (MANY if len(found) == 1 and counts[shape] == len(sequences) else RUN)
    }


def _items(node: Node, repeated: set[int]) -> list[Node | tuple[Node, ...]]:
    """The children of a node, those that follow each other in a run as one tuple."""
    items: list[Any] = []
    for child in node.children:
        if child.shape not in repeated:
            items.append(child)
        elif items and isinstance(items[-1], list) and items[-1][0].shape == child.shape:
            items[-1].append(child)
        else:
            items.append([child])
    return [tuple(item) if isinstance(item, list) else item for item in items]


def _traits(items: Sequence[Node | tuple[Node, ...]]) -> list[tuple]:
    """What is compared: kind (must agree), and content, text and style (had better)."""
    traits = []
    for item in items:
        node = item[0] if isinstance(item, tuple) else item
        named = dict(node.attributes)
        place = tuple(named[name] for name in ("x", "y", "d", "transform") if name in named)
        content = tuple(n.number for n in item) if isinstance(item, tuple) else node.number
        traits.append((_kind(item), content, node.text or None, named.get("style"), named.get("clip-path"), place))
    return traits


#: What agreement in each trait counts for.
_WEIGHTS = (8, 6, 4, 3, 2, 1)


def _line_up(lists: Sequence[list]) -> list[list]:
    """Align lists; return columns, each with every list's item or None. The order of items is kept."""
    groups: dict[tuple, list[int]] = {}
    for number, items in enumerate(lists):
        groups.setdefault(tuple(map(_kind, items)), []).append(number)
    # One list stands for all of its kind; each is aligned with the columns made by those before.
    columns: list[list] = []
    known: list[tuple] = []
    for members in groups.values():
        rows = _traits(lists[members[0]])
        merged, latest, i, j = [], [], 0, 0
        for a, b in [*_align(known, rows), (len(known), len(rows))]:
            for column, row in zip(columns[i:a], known[i:a], strict=True):
                merged.append(column)
                latest.append(row)
            for k in range(j, b):
                merged.append([None] * len(lists))
                latest.append(rows[k])
                for number in members:
                    merged[-1][number] = lists[number][k]
            if a < len(known):
                merged.append(columns[a])
                latest.append(rows[b])
                for number in members:
                    merged[-1][number] = lists[number][b]
            i, j = a + 1, b + 1
        columns, known = merged, latest
    return columns


def _align(first: Sequence[tuple], second: Sequence[tuple]) -> list[tuple[int, int]]:
    """Return pairs of places with the largest sum of weights, increasing in both."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    a, b = first[start : len(first) - end], second[start : len(second) - end]
    inner = _best(a, b) if len(a) * len(b) <= EXACT else _greedy(a, b)
    return [
        *((k, k) for k in range(start)),
        *((i + start, j + start) for i, j in inner),
        *((len(first) - end + k, len(second) - end + k) for k in range(end)),
    ]


def _best(a: Sequence[tuple], b: Sequence[tuple]) -> list[tuple[int, int]]:
    if not a or not b:
        return []
    columns = []
    for trait in range(len(_WEIGHTS)):
        numbers: dict = {}
        ours = np.array([numbers.setdefault(row[trait], len(numbers)) for row in a])
        theirs = np.array([numbers.setdefault(row[trait], len(numbers)) for row in b])
        columns.append((ours, theirs))
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int32)
    for i in range(len(a)):
        weight = np.zeros(len(b), dtype=np.int32)
        for worth, (ours, theirs) in zip(_WEIGHTS, columns, strict=True):
            weight += worth * (theirs == ours[i])
        weight[columns[0][1] != columns[0][0][i]] = -1  # of another kind: never
        best = np.maximum(table[i, 1:], np.where(weight > 0, table[i, :-1] + weight, 0))
        table[i + 1, 1:] = np.maximum.accumulate(best)
    pairs, i, j = [], len(a), len(b)
    while i and j:
        if table[i, j] == table[i - 1, j]:
            i -= 1
        elif table[i, j] == table[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def _greedy(a: Sequence[tuple], b: Sequence[tuple]) -> list[tuple[int, int]]:
    """For very long lists: each item with the next one of its kind."""
    places: dict = {}
    for j, row in enumerate(b):
        places.setdefault(row[0], []).append(j)
    pairs, last, used = [], -1, dict.fromkeys(places, 0)
    for i, row in enumerate(a):
        here = places.get(row[0], [])
        k = used.get(row[0], 0)
        while k < len(here) and here[k] <= last:
            k += 1
        if k < len(here) and here[k] - last <= 50:
            pairs.append((i, here[k]))
            last, k = here[k], k + 1
        if here:
            used[row[0]] = k
    return pairs
