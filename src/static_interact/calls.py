"""Calls a figure's function for many combinations of its controls: on all cores, each call as if it were the first."""

from __future__ import annotations

import hashlib
import marshal
import random
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import capture, forks, frame, outputs, ticks
from .dependencies import referenced
from .dress import Dress
from .explorer import Explorer
from .figure import unite
from .plan import Combination
from .report import Progress, log
from .settings import settings
from .svg import Element

Packed = tuple[Any, ...]


class Chances:
    """Puts random numbers back to where they were, so that a frame does not depend on the frames called before it.

    Parameters
    ----------
    function : callable
        Whose generators are kept: those that it closes over, and globals that it names. Those of `random` and
        `numpy.random` that all share are kept in any case.
    """

    def __init__(self, function: Any) -> None:
        generators = [value for value in referenced(function) if isinstance(value, np.random.Generator)]
        self._states = [(generator.bit_generator, generator.bit_generator.state) for generator in generators]
        self._shared = random.getstate(), np.random.get_state(legacy=False)  # what notebooks use

    def reset(self) -> None:
        """Back to the state when this was made."""
        random.setstate(self._shared[0])
        np.random.set_state(self._shared[1])
        for generator, state in self._states:
            generator.state = state


class Caller:
    """Makes the frames of one explorer.

    Parameters
    ----------
    explorer : Explorer
        The function and its controls.
    dress : Dress, optional
        What its author adds to the frames.
    """

    def __init__(self, explorer: Explorer, dress: Dress | None = None) -> None:
        self.explorer = explorer
        self.dress = dress or Dress(explorer)
        self.raises = (explorer.options.errors or settings().errors) == "raise"
        self.drawers = self.dress.drawers()
        self.chances = Chances(explorer.function)
        self.outside: dict[Any, None] = {}
        self.complaints: dict[str, list[str]] = {}

    def frame(self, combination: Combination) -> Element:
        """Call the function in this process and return the frame.

        Parameters
        ----------
        combination : tuple of int
            A place on each axis.

        Returns
        -------
        xml.etree.ElementTree.Element
            ``si-sizes``; a child for each of the figure's sizes.

        Raises
        ------
        Exception
            What the function raised, if errors are to be raised.
        """
        element, complaint = self._call(combination)
        self._complain(complaint)
        return element

    def _call(self, combination: Combination) -> tuple[Element, str]:
        arguments = self.explorer.arguments(combination)
        self.chances.reset()
        for drawer in self.drawers.values():
            drawer.on_drawn = self.dress.on_drawn(combination)
        draw = frame.drawing(self.drawers)
        with ticks.late(), ticks.copied():
            shown = capture.call(self.explorer.function, arguments, draw=draw, result=self.explorer.result)
        self.outside.update(dict.fromkeys(shown.outside))
        outputs.in_frames.update(shown.elsewhere)
        complaint = ""
        if shown.error is not None:
            chosen = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
            call = f"{self.explorer.name}({chosen})"
            if self.raises:
                shown.error.add_note(f"in the figure function {call}")
                raise shown.error
            complaint = f"{call}: {type(shown.error).__name__}: {shown.error}"
        alt, described, first = self.explorer.options.alt, self.dress.description(arguments), settings().figures_first
        sizes = Element("si-sizes")
        for size, prefix in enumerate(self.drawers):
            sizes.append(frame.tree(shown, prefix, alt=alt, describe=described, figures_first=first, size=size))
        return sizes, complaint

    def frames(self, combinations: Iterable[Combination], start: Combination) -> tuple[dict[Combination, Element], str]:
        """Call the function for many combinations.

        Parameters
        ----------
        combinations : iterable of tuple of int
            Places on each axis; each combination once.
        start : tuple of int
            One of them, which is called first, in this process, as a live kernel would.

        Returns
        -------
        frames : dict
            The frames in the order of `combinations`, as `frame` gives them; all pictures at one place have one box.
            They may share elements: what is the same in all is there once. They do not depend on the number of
            processes.
        start : str
            What `digest` says of the start as the function drew it.
        """
        wanted = list(combinations)
        self.complaints = {}
        progress = Progress(self.explorer.identifier, self.explorer.name, len(wanted))
        began = time.monotonic()
        first = self.frame(start)
        packed = pack(first)
        expected = digest(packed)
        took = time.monotonic() - began
        progress.step()
        others = [combination for combination in wanted if combination != start]
        found = {start: packed}
        if others:
            found |= self._all(others, start, expected, took, progress)
        unpacker = Unpacker()
        frames = {combination: unpacker.tree(found.pop(combination)) for combination in wanted}
        for size in range(len(self.drawers)):
            unite(tree[size] for tree in frames.values())
        return frames, expected

    def _all(
        self, others: list[Combination], start: Combination, expected: str, took: float, progress: Progress
    ) -> dict[Combination, Packed]:
        count = forks.workers()
        if not count:
            return {combination: self._here(combination, progress) for combination in others}
        found, steady = self._forked(others, start, expected, took, progress, count)
        if not steady:
            log(
                f"{self.explorer.name} shows something else when it is called again with the same values: each frame "
                "is made as it would be right after the first one",
                "warning",
            )
            progress.back(len(found))
            found, _ = self._forked(others, start, "", took, progress, count)
        for combination in others:
            if combination not in found:
                found[combination] = self._here(combination, progress)
        return found

    def _here(self, combination: Combination, progress: Progress) -> Packed:
        packed = pack(self.frame(combination))
        progress.step()
        return packed

    def _forked(
        self, others: list[Combination], start: Combination, expected: str, took: float, progress: Progress, count: int
    ) -> tuple[dict[Combination, Packed], bool]:
        """Frames from child processes; and whether these, after their share, showed the start as it was expected."""

        def call(place: int) -> tuple[Packed, str, bool]:
            element, complaint = self._call(others[place])
            packed = pack(element)
            # The start once more, at the end: has a call left something behind that the next one shows?
            again = bool(expected) and place == len(others) - 1
            return packed, complaint, not again or digest(pack(self._call(start)[0])) == expected

        found: dict[Combination, Packed] = {}
        complaints = {}
        runs = forks.run(call, range(len(others)), count, apart=not expected, patience=took)
        for place, (packed, complaint, same) in runs:
            found[others[place]] = packed
            complaints[place] = complaint
            progress.step()
            if not same:
                return found, False
        for place in sorted(complaints):
            self._complain(complaints[place])
        return found, True

    def _complain(self, complaint: str) -> None:
        if complaint:
            _, _, reason = complaint.partition("): ")
            self.complaints.setdefault(reason, []).append(complaint)

    def report(self) -> list[str]:
        """Log the exceptions that frames show, each kind once with the first call that raised it; return the lines."""
        lines = []
        for complaints in self.complaints.values():
            more = f" (and {len(complaints) - 1:,} more frames)" if len(complaints) > 1 else ""
            lines.append(complaints[0] + more)
            log(lines[-1], "warning")
        self.complaints = {}
        return lines

    def close(self) -> None:
        """Close figures made outside that are part of the frames, as a notebook does when it has shown them."""
        import matplotlib.pyplot as plt

        for figure in self.outside:
            plt.close(figure)
        self.outside = {}


def pack(element: Element) -> Packed:
    """A tree as tuples, which go through a pipe and can be compared at once."""
    attributes = element.attrib
    return (
        element.tag,
        tuple(attributes.items()),
        element.text,
        element.tail,
        tuple([pack(child) for child in element]),
    )


def digest(packed: Packed) -> str:
    """A short name for a packed tree."""
    return hashlib.sha256(marshal.dumps(packed, 2)).hexdigest()


class Unpacker:
    """Makes trees of packed ones. A part that is as in the tree before, at the same place, is the same element."""

    def __init__(self) -> None:
        self._packed: Packed | None = None
        self._element: Element | None = None

    def tree(self, packed: Packed) -> Element:
        """The next tree."""
        self._element = _unpack(packed, self._packed, self._element)
        self._packed = packed
        return self._element


def _unpack(packed: Packed, before: Packed | None, element_before: Element | None) -> Element:
    if packed == before and element_before is not None:
        return element_before
    tag, attributes, text, tail, children = packed
    element = Element(tag, dict(attributes))
    element.text, element.tail = text, tail
    children_before = before[4] if before is not None else ()
    for place, child in enumerate(children):
        if place < len(children_before) and element_before is not None:
            element.append(_unpack(child, children_before[place], element_before[place]))
        else:
            element.append(_unpack(child, None, None))
    return element
