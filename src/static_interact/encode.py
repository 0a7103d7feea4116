"""All frames of a figure -> the first one, and as little as possible that turns it into any other.

The frames' trees are merged (`align`). A *slot* is an attribute, or a text, that changes; it is cut into columns of
whole numbers over the fewest controls (`columns`). All numbers are predicted from each other (`predict`), and what is
left goes through a range coder (`coder`). ``decode.js`` and `decode` undo that.

The data are plain JSON. Nodes (elements and texts, not what a ``si-raw`` element holds) are numbered in document
order of the merged tree::

    {
        "shape": [41, 3],  # choices of each control
        "nodes": 120,  # in the first frame
        "extras": [[node, up, markup, times], ...],  # what the first frame lacks, see `_Writer.extra`
        "runs": [[node, step, count, column], ...],  # count subtrees of step nodes; the column says how many are shown
        "slots": [
            [where, attribute, cutter, place, step, count, column, step, ...],  # tokens of the first value -> columns
            [where, attribute, [[literal, literal, ...], ...], sheet, sheet],  # ragged: pieces, which of them, numbers
        ],  # where is a node or, for a run, [node, step, count]: values are joined by line feeds (ragged: end in them)
        "sheets": [[axes, form, numbers in a row, stride, predictor], ...],  # in a row: a number, or [column] if ragged
        "tables": [["nan", "inf"], ...],
        "predictors": [[coefficients, coefficients], ...],
        "code": "...",  # of all sheets in order
    }
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from .align import RAW, TEXT, Interner, Merged, Node, merge
from .columns import CUTTERS, WHOLE, Column, Grid, NotSeparable, Parser, Tables
from .sheets import Layout, RaggedRows
from .svg import to_html

__all__ = ["Encoded", "NotSeparable", "encode"]

#: An attribute whose value has no two equal skeletons is stored as numbers of varying count from this length on.
LONG = 40
#: From so many progressions on, it is asked whether columns for all tokens are smaller; bytes of one progression.
SCATTERED, PIECE = 12, 5
_PIECE = re.compile(r"[A-Za-z][^A-Za-z\n]*|[^A-Za-z\n]+|\n")
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Encoded:
    """The frames of a figure.

    Attributes
    ----------
    template : xml.etree.ElementTree.Element
        The frame that the page holds.
    data : dict
        What turns it into the others; see the module's docstring.
    """

    template: Element
    data: dict


def encode(
    frames: Mapping[tuple[int, ...], Element],
    shape: Sequence[int],
    start: tuple[int, ...],
    groups: Sequence[Sequence[int]] | None = None,
) -> Encoded:
    """Encode the frames of a figure.

    Parameters
    ----------
    frames : mapping of tuple of int to xml.etree.ElementTree.Element
        The frame of each combination of choices that is known; all roots have the same tag and attribute names.
    shape : sequence of int
        Number of choices of each control.
    start : tuple of int
        The frame that the page holds.
    groups : sequence of sequence of int, optional
        Groups of controls that change disjoint parts of the frame. `frames` needs to hold the combinations within
        each group alone, the other controls at `start`. By default all controls are one group.

    Returns
    -------
    Encoded

    Raises
    ------
    NotSeparable
        If a part of the frame depends on more than one of the groups.
    ValueError
        If there is no frame at `start`, or the roots differ.
    """
    if start not in frames:
        raise ValueError(f"frames must hold the frame of start, got start={start!r} and {len(frames)} other frames")
    known = sorted(frames)
    interner = Interner()
    roots = [interner.intern(frames[index]) for index in known]
    if len({(root.tag, *(name for name, _ in root.attributes)) for root in roots}) > 1:
        raise ValueError("frames must have roots with the same tag and attributes")
    writer = _Writer(Grid(shape, known, groups), known.index(start))
    writer.walk(merge(roots))
    return Encoded(frames[start], writer.data())


class _Writer:
    """Walks a merged tree and writes down what changes."""

    def __init__(self, grid: Grid, start: int) -> None:
        self.grid, self.start = grid, start
        self.parser = Parser()
        self.layout = Layout(grid)
        self.owners = itertools.count()
        self.extras: list[list] = []
        self.runs: list[list] = []
        self.slots: list[list] = []
        self.tables = Tables(())
        self.nodes = 0  # numbered so far
        self.present = 0  # of them in the first frame
        self.depths: list[int] = []  # of each numbered node

    def data(self) -> dict:
        """Return the JSON."""
        places = self.layout.arrange()

        def resolved(item: Any) -> Any:
            return places[item] if isinstance(item, (Column, RaggedRows)) else item

        return {
            "shape": list(self.grid.shape),
            "nodes": self.present,
            "extras": self.extras,
            "runs": [[*run, resolved(column)] for *run, column in self.runs],
            "slots": [
                [*slot[:3], *(_progressions(slot[3], places) if len(slot) == 4 else map(resolved, slot[3:]))]
                for slot in self.slots
            ],
            "sheets": self.layout.sheets,
            "tables": [list(table) for table in self.tables.tables],
            "predictors": self.layout.predictors,
            "code": self.layout.code,
        }

    def walk(self, root: Merged) -> None:
        """Write down the whole tree."""
        colors = {
            token
            for merged in _all(root)
            for choice in merged.choices
            for node in ([inner for unit in choice for inner in _preorder(unit)] if merged.run else [choice])
            for name, value in node.attributes
            if name == "style"
            for token in CUTTERS[0].findall(value)
            if token.startswith(("--", "#"))
        }
        self.tables = Tables(colors)
        self._node(root, np.ones(len(root.pick), dtype=bool), 0, True)

    def _node(self, merged: Merged, above: Booleans, depth: int, in_page: bool) -> None:
        here = merged.pick >= 0
        now = bool(here[self.start]) and in_page
        if merged.run:
            self._run(merged, here, above, depth, in_page)
            return
        number = self.nodes
        if (here != above).any():
            self.runs.append([number, 0, 1, self._column(here.astype(np.int64), above, 0)])
        if in_page and not now:
            self.extra(_union(merged), depth)
        self._count(1, depth, now)
        first: Node = merged.choices[0]
        for place, (name, _) in enumerate(first.attributes):
            values = [node.attributes[place][1] for node in merged.choices]
            self._slot(number, name, values, merged.pick, raw=first.tag == RAW)
        for child in merged.children:
            self._node(child, here, depth + 1, now)

    def _run(self, merged: Merged, here: Booleans, above: Booleans, depth: int, in_page: bool) -> None:
        lengths = np.array([len(units) for units in merged.choices])
        longest = merged.choices[int(lengths.argmax())]
        counts = np.where(here, lengths[merged.pick], 0)
        step, most = longest[0].size, len(longest)
        number = self.nodes
        shown = int(counts[self.start]) if in_page else 0
        if (counts[above] != most).any():
            self.runs.append([number, step, most, self._column(counts, above, 0)])
        self._count(step * shown, depth, True, longest[0])
        if in_page and shown < most:
            if (lengths == most).all():
                self.extra([_element(unit) for unit in longest[shown:]], depth)
            else:  # whatever differs between units is set in each frame
                self.extra([_element(longest[0])], depth, most - shown)
        self._count(step * (most - shown), depth, False, longest[0])
        even = bool((lengths == most).all())
        parts = [list(zip(*(_preorder(unit) for unit in choice), strict=True)) for choice in merged.choices]
        for inner in range(step):
            for place, (name, _) in enumerate(_preorder(longest[0])[inner].attributes):
                values = [[node.attributes[place][1] for node in part[inner]] for part in parts]
                where = [number + inner, step, most]
                if even:
                    self._slot(where, name, ["\n".join(row) for row in values], merged.pick)
                elif len({value for row in values for value in row}) > 1:
                    self._ragged(where, name, ["".join(v + "\n" for v in row) for row in values], merged.pick)

    def _count(self, nodes: int, depth: int, now: bool, unit: Node | None = None) -> None:
        self.nodes += nodes
        self.present += nodes if now else 0
        depths = [depth] if unit is None else [depth + d for d in _depths(unit)]
        self.depths += depths * (nodes // len(depths))

    def extra(self, elements: list[Any], depth: int, times: int = 1) -> None:
        """Note markup that the first frame lacks.

        What is noted is its node's number, the way from the node before it, the markup, and how many copies of that.
        The way is 0 if it is the first child of the node before it, else 1 + how many levels to climb to the node
        that it follows.
        """
        before = self.depths[self.nodes - 1]
        self.extras.append([self.nodes, before + 1 - depth, "".join(to_html(element) for element in elements), times])

    def _column(self, values: NDArray[np.int64], known: Booleans, form: int) -> Column:
        ((axes, _, cells),) = self.grid.reduce(values[:, None], known)
        column = self.layout.column(axes, form, cells[:, 0])
        self.layout.use([column])
        return column

    def _slot(
        self, where: int | list, name: str, values: list[str], pick: NDArray[np.int64], raw: bool = False
    ) -> None:
        """Write down one attribute or text; `values` are those of the merged node's choices."""
        if len(set(values)) == 1:
            return
        cut = WHOLE if raw else self._cutter(values)
        if name and cut:
            if (isinstance(where, list) or name in {"d", "points"}) and max(map(len, values)) >= LONG:
                self._ragged(where, name, [v + "\n" for v in values] if isinstance(where, list) else values, pick)
                return
            cut = WHOLE
        tokens = [CUTTERS[cut].findall(value) if cut < WHOLE else [value] for value in values]
        columns = self._columns(tokens, pick)
        pieces = len(_progressions(columns, _Numbering())) // 5
        if pieces > SCATTERED:
            # What columns cost that are constant, or equal to others: their first number, and a bit or so a frame.
            spared = len(tokens[0]) - len({column for _, column in columns})
            alike = len({column.axes for _, column in columns}) == 1
            if alike and pieces * PIECE > spared * (1.2 + 0.1 * len(set(values))):
                columns = self._joint_columns(tokens, pick) or columns
        self.layout.use([column for _, column in columns])
        self.slots.append([where, name, cut, columns])

    def _joint_columns(self, tokens: list[list[str]], pick: NDArray[np.int64]) -> list[tuple[int, Column]] | None:
        """Return columns for all tokens, be they constant or equal, where naming each costs more."""
        count = len(tokens[0])
        flat = [token for row in tokens for token in row]
        if (read := self.parser.numbers(flat) or self.tables.number(flat)) is None:
            return None
        form, numbers = read
        rows, which = np.unique(numbers.reshape(-1, count), axis=0, return_inverse=True)
        ((axes, _, cells),) = self.grid.reduce(which.reshape(-1, 1)[pick], pick >= 0)
        return [(k, self.layout.column(axes, form, rows[cells[:, 0], k], next(self.owners))) for k in range(count)]

    def _columns(self, tokens: list[list[str]], pick: NDArray[np.int64]) -> list[tuple[int, Column]]:
        """Return the places of tokens that are not the same in all choices, each with its column."""
        columns: dict[int, Column] = {}
        known = pick >= 0
        by_form: dict[int, list[tuple[int, NDArray[np.int64]]]] = {}
        for place, row in enumerate(zip(*tokens, strict=True)):
            if len(set(row)) > 1:
                form, numbers = self.parser.numbers(row) or self.tables.number(row)
                by_form.setdefault(form, []).append((place, numbers))
        for form, members in by_form.items():
            matrix = np.stack([numbers for _, numbers in members], axis=1)[pick]
            for axes, which, cells in self.grid.reduce(matrix, known):
                for k, place in enumerate(which):
                    columns[members[place][0]] = self.layout.column(axes, form, cells[:, k])
        return sorted(columns.items())

    def _cutter(self, values: list[str]) -> int:
        """The first way to cut that leaves the same in all values."""
        for number, cutter in enumerate(CUTTERS):
            rest = {tuple(cutter.split(value)) for value in values}
            if len(rest) == 1:
                return number
        return WHOLE

    def _ragged(self, where: int | list, name: str, values: list[str], pick: NDArray[np.int64]) -> None:
        """Write down values that have numbers of varying count."""
        pieces: dict[tuple[str, ...], int] = {}
        orders, tokens = [], []
        for value in values:
            parts = _PIECE.findall(value) if name in {"d", "points"} else value.splitlines(keepends=True)
            skeletons = [tuple(CUTTERS[0].split(part)) for part in parts]
            which = [pieces.setdefault(skeleton, len(pieces)) for skeleton in skeletons]
            orders.append([n for piece, row in itertools.groupby(which) for n in (piece, len(list(row)))])
            tokens.append([token for part in parts for token in CUTTERS[0].findall(part)])
        flat = [token for row in tokens for token in row]
        form, numbers = (self.parser.numbers(flat) or self.tables.number(flat)) if flat else (0, np.zeros(0, np.int64))
        rows = np.split(numbers, np.cumsum([len(row) for row in tokens])[:-1])
        ((axes, _, cells),) = self.grid.reduce(pick[:, None], pick >= 0)
        order = [orders[k] for k in cells[:, 0]]
        first = self.layout.ragged(axes, 0, [np.array(row, dtype=np.int64) for row in order])
        second = self.layout.ragged(axes, form, [rows[k] for k in cells[:, 0]])
        self.slots.append([where, name, [list(piece) for piece in pieces], first, second])


def _progressions(columns: list[tuple[int, Column]], places: Mapping[Any, int]) -> list[int]:
    """Write pairs of a token's place and a column as few arithmetic progressions: place, step, count, column, step."""
    pairs = [(place, places[column]) for place, column in columns]
    result: list[int] = []
    while pairs:
        (place, column), taken = pairs[0], 1
        step = rise = 0
        if len(pairs) > 1:
            step, rise = pairs[1][0] - place, pairs[1][1] - column
            while taken < len(pairs) and pairs[taken] == (place + taken * step, column + taken * rise):
                taken += 1
        result += [place, step, taken, column, rise]
        pairs = pairs[taken:]
    return result


class _Numbering(dict):
    """Numbers columns as they come, each sheet's by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.next: dict[tuple, int] = {}

    def __missing__(self, column: Column) -> int:
        kind = (column.axes, column.form)
        self[column] = self.next.setdefault(kind, len(self.next) * 1_000_000)
        self.next[kind] += 1
        return self[column]


def _all(merged: Merged) -> Any:
    yield merged
    for child in merged.children:
        yield from _all(child)


def _preorder(node: Node) -> list[Node]:
    return [node, *(inner for child in node.children for inner in _preorder(child))]


def _depths(node: Node) -> list[int]:
    return [0, *(1 + depth for child in node.children for depth in _depths(child))]


def _element(node: Node) -> Element | str:
    if node.tag == TEXT:
        return node.text
    return _built(node, [_element(child) for child in node.children])


def _built(node: Node, children: list[Element | str]) -> Element:
    attributes = dict(node.attributes)
    raw = attributes.pop("", None) if node.tag == RAW else None
    element = Element(node.tag, attributes)
    element.text = raw
    last = None
    for child in children:
        if not isinstance(child, str):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return element


def _union(merged: Merged) -> list[Element | str]:
    """What a merged node holds in any frame: one element, or the units of a run."""
    if merged.run:
        return [_element(unit) for unit in max(merged.choices, key=len)]
    if merged.choices[0].tag == TEXT:
        return [merged.choices[0].text]
    return [_built(merged.choices[0], [inner for child in merged.children for inner in _union(child)])]
