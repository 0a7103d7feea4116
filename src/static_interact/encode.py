"""Many SVG trees -> one template and the few numbers and texts that change between frames.

A *slot* is an attribute, or the text, of one node of the template. Its value in every frame is cut into
constant pieces and *columns*: a number or a short text for each frame. A column that depends on some of the
controls alone is stored over these alone, and equal columns are stored once. Frames whose trees differ in
structure (one tick more, one legend less) fall into groups, each with a template of its own.

The result is plain JSON, read by ``static_interact.js``::

    {
        "shape": [41, 3],  # choices per control; frame = row-major index
        "group": column or absent,  # which template a frame uses
        "groups": [
            {
                "template": "<svg...>",  # absent for the group of the first frame shown: it is in the page
                "slots": [[node, attribute or null, piece, column, piece, column, ..., piece], ...],
            }
        ],
        "columns": [
            {"axes": [0], "scale": 10, "numbers": [first, difference, difference, ...]},
            {"axes": [0, 1], "words": ["nan", "0.5"], "pick": [0, 1, ...]},
        ],
    }
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from .svg import COORDINATES, NUMBER, Element, to_html

_LINE = re.compile(r"[^\n]+")
_COLOR_NAME = re.compile(r"(?<=--si-)[0-9a-f]{6}\b")
Key = tuple[Any, ...]


def signature(tree: Element) -> Key:
    """What two trees must have in common to share a template: tags, nesting, attribute names, and text beside children."""
    mixed_text = tree.text if len(tree) else None
    return (tree.tag, mixed_text, *tree.attrib, tuple(signature(child) for child in tree))


class Columns:
    """The table of columns of one figure; equal ones are stored once."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.coordinates = list(itertools.product(*(range(n) for n in self.shape)))
        self.table: list[dict] = []
        self._known: dict[Key, int] = {}

    def add(self, values: dict[int, str], numeric: bool = False) -> int:
        """Store one column.

        Parameters
        ----------
        values : dict of int to str
            The value in each frame of a group; in other frames any value will do.
        numeric : bool
            Store as scaled integers: the values must be what `svg` writes for numbers.

        Returns
        -------
        int
            Place in the table.
        """
        axes, cells = self._reduce(values)
        key = (axes, numeric, tuple(cells))
        if key not in self._known:
            self._known[key] = len(self.table)
            self.table.append({"axes": list(axes), **(_numbers(cells) if numeric else _words(cells))})
        return self._known[key]

    def _reduce(self, values: dict[int, str]) -> tuple[Key, list[str]]:
        """Find the fewest controls that determine the value, and list it over their combinations."""
        for count in range(len(self.shape) + 1):
            for axes in itertools.combinations(range(len(self.shape)), count):
                cells: dict[Key, str] = {}
                if all(
                    cells.setdefault(tuple(self.coordinates[frame][a] for a in axes), value) == value
                    for frame, value in values.items()
                ):
                    filler = next(iter(cells.values()))
                    combinations = itertools.product(*(range(self.shape[a]) for a in axes))
                    full = []
                    for combination in combinations:
                        filler = cells.get(combination, filler)
                        full.append(filler)
                    return axes, full
        raise AssertionError("unreachable: all controls together determine the frame")


def _numbers(cells: list[str]) -> dict:
    decimals = max(len(cell.partition(".")[2]) for cell in cells)
    scaled = [round(float(cell) * 10**decimals) for cell in cells]
    return {"scale": 10**decimals, "numbers": [b - a for a, b in zip([0, *scaled], scaled)]}


def _words(cells: list[str]) -> dict:
    words = list(dict.fromkeys(cells))
    places = {word: place for place, word in enumerate(words)}
    return {"words": words, "pick": [places[cell] for cell in cells]}


def _split(values: dict[int, str], columns: Columns, cut: re.Pattern | None, numeric: bool) -> list:
    """Cut the values of a slot into constant pieces and columns: [piece, column, piece, ..., piece]."""
    if cut is not None:
        literals = {frame: tuple(cut.split(value)) for frame, value in values.items()}
        if len(set(literals.values())) == 1:
            return _interleave(
                next(iter(literals.values())), {f: cut.findall(v) for f, v in values.items()}, columns, numeric
            )
    return ["", columns.add(values), ""]


def _interleave(literals: Key, found: dict[int, list[str]], columns: Columns, numeric: bool) -> list:
    parts: list = [literals[0]]
    for k, literal in enumerate(literals[1:]):
        values = {frame: tokens[k] for frame, tokens in found.items()}
        if len(set(values.values())) == 1:
            parts[-1] += next(iter(values.values())) + literal
        else:
            parts += [columns.add(values, numeric), literal]
    return parts


def _slots(trees: dict[int, Element], columns: Columns) -> list:
    """List what changes between trees of equal structure, in document order."""
    slots = []
    for node, elements in enumerate(zip(*(tree.iter() for tree in trees.values()))):
        for attribute in (None, *elements[0].attrib):
            values = {f: (e.text or "") if attribute is None else e.get(attribute) for f, e in zip(trees, elements)}
            if len(set(values.values())) == 1:
                continue
            numeric = attribute in COORDINATES or attribute in {"transform", "viewBox"}
            cut = NUMBER if numeric else _COLOR_NAME if attribute == "style" else None
            if elements[0].tag == "pre":  # many lines depend on one control alone
                cut = _LINE
            slots.append([node, attribute, *_split(values, columns, cut, numeric)])
    return slots


def encode(trees: Sequence[Element], shape: Sequence[int], start: int) -> dict:
    """Encode all frames of a figure.

    Parameters
    ----------
    trees : sequence of xml.etree.ElementTree.Element
        Each frame, in row-major order of `shape`.
    shape : sequence of int
        Number of choices of each control.
    start : int
        The frame that the page holds already.

    Returns
    -------
    dict
        See the module's docstring.
    """
    columns = Columns(shape)
    members: dict[Key, dict[int, Element]] = {}
    for frame, tree in enumerate(trees):
        members.setdefault(signature(tree), {})[frame] = tree
    groups = []
    for present in members.values():
        group = {"slots": _slots(present, columns)}
        if start not in present:
            group["template"] = to_html(next(iter(present.values())))
        groups.append(group)
    payload = {"shape": list(shape), "groups": groups}
    if len(groups) > 1:
        group_of = {frame: str(number) for number, group in enumerate(members.values()) for frame in group}
        payload["group"] = columns.add({frame: group_of[frame] for frame in range(len(trees))})
    payload["columns"] = columns.table
    return payload
