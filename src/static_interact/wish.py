"""What an author's `bake=` asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """What an author's `bake=` asks for."""

    frames: int | None = None
    kilobytes: float | None = None
    places: Mapping[str, int] | None = None
    values: Mapping[str, Sequence] | None = None


def read_wish(bake: Any, names: Sequence[str]) -> Wish:
    """Read an author's `bake=`.

    Parameters
    ----------
    bake : int, str, dict, list or None
        A number of frames; a size such as ``"300 kB"`` or ``"2 MB"``; for single controls by name a number of places
        or a list of values; or a list of these.
    names : sequence of str
        The function's parameters.

    Returns
    -------
    Wish
        The same, sorted by kind.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or names a parameter that there is not.
    """
    if bake is None:
        return Wish()
    if isinstance(bake, (list, tuple)):
        given: dict[str, Any] = {}
        for one in bake:
            given |= {key: value for key, value in vars(read_wish(one, names)).items() if value is not None}
        return Wish(**given)
    if isinstance(bake, bool):
        raise TypeError(f"bake must be a number of frames, a size or a dict, got {bake!r}")
    if isinstance(bake, int):
        if bake < 1:
            raise ValueError(f"bake must be at least 1 frame, got {bake}")
        return Wish(frames=bake)
    if isinstance(bake, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kM])B\s*", bake)
        if match is None or not float(match[1]) > 0:
            raise ValueError(f"bake must be a size such as '300 kB' or '2 MB', got {bake!r}")
        return Wish(kilobytes=float(match[1]) * {"k": 1, "M": 1_000}[match[2]])
    if not isinstance(bake, Mapping):
        raise TypeError(f"bake must be a number of frames, a size or a dict, got {bake!r}")
    places, values = {}, {}
    for name, value in bake.items():
        if name not in names:
            raise ValueError(f"bake must name a control ({', '.join(names)}), got {name!r}")
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 1:
                raise ValueError(f"bake: {name} must have at least 1 place, got {value}")
            places[name] = value
        elif isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") or not (listed := list(value)):
            raise TypeError(f"bake: {name} must be a number of places or a list of values, got {value!r}")
        else:
            values[name] = listed
    return Wish(places=places or None, values=values or None)
