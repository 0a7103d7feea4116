"""The twin of ``decode.js``: what `encode` made -> any frame, as a tree."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .align import RAW
from .coder import Decoder as Reader
from .columns import CUTTERS, TABLE, WHOLE, form
from .predict import FEATURES, FIRST_FEATURES, SHIFTS, UNIT, row_links

Rows = list[list[int]]


class _Node:
    """An element (`tag`) or a text (no tag) that knows its parent and can be taken out."""

    def __init__(self, tag: str | None, attributes: dict[str, str], text: str = "") -> None:
        self.tag, self.attributes, self.text = tag, attributes, text
        self.children: list[_Node] = []
        self.parent: _Node | None = None
        self.present = True

    def insert(self, place: int, child: _Node) -> None:
        self.children.insert(place, child)
        child.parent = self

    def preorder(self) -> list[_Node]:
        return [self, *(inner for child in self.children for inner in child.preorder())]


def _from_element(element: Element) -> _Node:
    node = _Node(element.tag, dict(element.attrib))
    if element.tag == RAW:
        node.text = element.text or ""
        return node
    pieces: list[_Node] = [_Node(None, {}, element.text)] if element.text else []
    for child in element:
        pieces.append(_from_element(child))
        if child.tail:
            pieces.append(_Node(None, {}, child.tail))
    for piece in pieces:
        node.insert(len(node.children), piece)
    return node


def _to_element(node: _Node) -> Element:
    element = Element(node.tag or "", dict(node.attributes))
    if node.tag == RAW:
        element.text = node.text or None
        return element
    last: Element | None = None
    for child in node.children:
        if not child.present:
            continue
        if child.tag is not None:
            last = _to_element(child)
            element.append(last)
        elif last is None:
            element.text = (element.text or "") + child.text
        else:
            last.tail = (last.tail or "") + child.text
    return element


def _from_markup(markup: str) -> list[_Node]:
    nodes = _from_element(ElementTree.fromstring(f"<x>{_protected(markup)}</x>")).children
    for node in [inner for outer in nodes for inner in outer.preorder()]:
        if node.tag == "pre" and node.children and node.children[0].tag is None:
            node.children[0].text = node.children[0].text.removeprefix("\n")
    return nodes


def _protected(markup: str) -> str:
    """What a ``si-raw`` element holds, escaped: it need not be XML."""
    head, *rest = markup.split("<si-raw")
    pieces = [head]
    for piece in rest:
        tag, _, after = piece.partition(">")
        raw, _, tail = after.partition("</si-raw>")
        raw = raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        pieces.append(f"<si-raw{tag}>{raw}</si-raw>{tail}")
    return "".join(pieces)


def read_sheets(data: dict) -> list[Rows]:
    """Decode the numbers of all sheets."""
    reader = Reader(data["code"], 2)
    shape = data["shape"]
    sheets: list[Rows] = []
    for axes, _, count, stride, predictor in data["sheets"]:
        sizes = [shape[axis] for axis in axes]
        if isinstance(count, list):
            lengths = []
            for row in range(math.prod(sizes)):
                chosen = [0] * len(shape)
                for axis in reversed(axes):
                    row, chosen[axis] = divmod(row, shape[axis])
                lengths.append(_cell(data, sheets, count[0], chosen))
        else:
            lengths = [count] * math.prod(sizes)
        sheets.append(_read(reader, sizes, lengths, stride, isinstance(count, list), data["predictors"][predictor]))
    reader.end()
    return sheets


def _read(reader: Reader, sizes: list[int], lengths: list[int], stride: int, ragged: bool, predictor: list) -> Rows:
    rows: Rows = []
    errors: Rows = []
    for links, length in zip(row_links(sizes).tolist(), lengths, strict=True):
        row: list[int] = []
        error: list[int] = []
        rows.append(row)
        errors.append(error)
        if ragged:
            links[1:] = [-1] * 4
        lines = {"c": row, **{name: rows[link] if link >= 0 else [] for name, link in zip("uvtwd", links, strict=True)}}
        above = errors[links[0]] if links[0] >= 0 else []
        shift = 0
        for place in range(length):
            get = functools.partial(_neighbour, lines, stride, place, shift)
            base = get("u0")
            names: Sequence[tuple[str, str]] = FEATURES
            coefficients = predictor[1]
            if base is None:
                base, names, coefficients = get("c1") or 0, FIRST_FEATURES, predictor[0]
            total = 0
            for (first, second), coefficient in zip(names, coefficients, strict=False):  # zeros at the end are left out
                a, b = get(first), get(second)
                if a is not None and b is not None:
                    total += coefficient * (a - b)
            whole = (total + UNIT // 2) // UNIT
            rest = total - whole * UNIT
            around = (2 * error[-1] if place else 0) + (error[-2] if place > 1 else 0)
            around += above[place + shift] if 0 <= place + shift < len(above) else 0
            left = reader.read(int(stride > 0), min(around.bit_length(), 7), min(abs(rest) // 32, 3))
            row.append(base + whole + (-left if rest < 0 else left))
            error.append(abs(left))
            if ragged and (place + 1) % stride == 0:
                shift = _next_shift(row, lines["u"], place + 1 - stride, stride, shift)
    return rows


def _neighbour(lines: dict[str, list[int]], stride: int, place: int, shift: int, name: str) -> int | None:
    """A number's neighbour, see `predict`; None if there is none."""
    offset = 1 if name[1] == "m" else -int(name[1])
    if offset and not stride:
        return None
    at = place + offset * stride + (0 if name[0] == "c" else shift)
    line = lines[name[0]]
    return line[at] if 0 <= at < len(line) else None


def _next_shift(row: list[int], above: list[int], start: int, stride: int, shift: int) -> int:
    best = None
    for step in SHIFTS:
        offset = shift + step * stride
        if start + offset >= 0 and start + stride + offset <= len(above):
            distance = sum(abs(row[k] - above[k + offset]) for k in range(start, start + stride))
            if best is None or distance < best[0]:
                best = (distance, offset)
    return shift if best is None else best[1]


def _row(data: dict, sheets: list[Rows], sheet: int, chosen: Sequence[int]) -> list[int]:
    place = 0
    for axis in data["sheets"][sheet][0]:
        place = place * data["shape"][axis] + chosen[axis]
    return sheets[sheet][place]


def _cell(data: dict, sheets: list[Rows], column: int, chosen: Sequence[int]) -> int:
    for number, (_, _, count, _, _) in enumerate(data["sheets"]):
        if column < count:
            return _row(data, sheets, number, chosen)[column]
        column -= count
    raise ValueError("the data name a column that is not there")


class Decoder:
    """Reads the frames of a figure.

    Parameters
    ----------
    data : dict
        As made by `encode.encode`, or read from JSON.
    template : xml.etree.ElementTree.Element
        The frame that the page holds.
    """

    def __init__(self, data: dict, template: Element) -> None:
        self.data = data
        self.root = _from_element(template)
        self.nodes = self.root.preorder()
        if len(self.nodes) != data["nodes"]:
            raise ValueError(f"the first frame must have {data['nodes']} nodes, got {len(self.nodes)}")
        self.sheets = read_sheets(data)
        self._forms = [form for _, form, count, *_ in data["sheets"] if isinstance(count, int) for _ in range(count)]
        for number, up, markup, times in data["extras"]:
            self._insert(number, up, [node for _ in range(times) for node in _from_markup(markup)])
        self._firsts = [None if isinstance(slot[2], list) else self._cut(slot) for slot in data["slots"]]

    def _insert(self, number: int, up: int, new: list[_Node]) -> None:
        parent, place = self.nodes[number - 1], 0
        for _ in range(up):
            child = parent
            assert child.parent is not None
            parent = child.parent
            place = parent.children.index(child) + 1
        for k, node in enumerate(new):
            parent.insert(place + k, node)
        self.nodes[number:number] = [inner for node in new for inner in node.preorder()]

    def _targets(self, where: int | list[int]) -> list[_Node]:
        if isinstance(where, int):
            return [self.nodes[where]]
        first, step, count = where
        return [self.nodes[first + k * step] for k in range(count)]

    def _cut(self, slot: list) -> tuple[list[str], list[str]]:
        where, name, cutter = slot[:3]
        value = "\n".join(node.attributes[name] if name else node.text for node in self._targets(where))
        if cutter == WHOLE:
            return ["", ""], [value]
        return CUTTERS[cutter].split(value), CUTTERS[cutter].findall(value)

    def _token(self, number: int, kind: int) -> str:
        return self.data["tables"][kind - TABLE][number] if kind >= TABLE else form(number, kind)

    def _value(self, slot: list, first: Any, chosen: Sequence[int]) -> str:
        if first is None:
            return self._ragged(slot, chosen)
        between, tokens = first[0], list(first[1])
        for k in range(3, len(slot), 5):
            place, step, count, column, rise = slot[k : k + 5]
            for n in range(count):
                at = column + n * rise
                number = _cell(self.data, self.sheets, at, chosen)
                tokens[place + n * step] = self._token(number, self._forms[at])
        return "".join(piece for pair in zip(between, [*tokens, ""], strict=True) for piece in pair)

    def _ragged(self, slot: list, chosen: Sequence[int]) -> str:
        _, _, pieces, order, numbers = slot
        row = iter(_row(self.data, self.sheets, numbers, chosen))
        kind = self.data["sheets"][numbers][1]
        result = []
        which = _row(self.data, self.sheets, order, chosen)
        for piece, times in zip(which[::2], which[1::2], strict=True):
            for _ in range(times):
                head, *rest = pieces[piece]
                result += [head, *(self._token(next(row), kind) + literal for literal in rest)]
        return "".join(result)

    def frame(self, chosen: Sequence[int]) -> Element:
        """Return the frame for a combination of choices."""
        for slot, first in zip(self.data["slots"], self._firsts, strict=True):
            value = self._value(slot, first, chosen)
            targets = self._targets(slot[0])
            values = value.split("\n") if isinstance(slot[0], list) else [value]
            if first is None and isinstance(slot[0], list):
                values.pop()
            for node, own in zip(targets, values, strict=False):  # the rest of a run is away
                if slot[1]:
                    node.attributes[slot[1]] = own
                else:
                    node.text = own
        for first, step, count, column in self.data["runs"]:
            shown = _cell(self.data, self.sheets, column, chosen)
            for k in range(count):
                self.nodes[first + k * step].present = k < shown
        return _to_element(self.root)


def decode(data: dict, template: Element, chosen: Sequence[int]) -> Element:
    """Return one frame, see `Decoder`."""
    return Decoder(data, template).frame(chosen)
