"""What a build sets for every figure and an author for one; both reach the kernel without a notebook's help."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .hosts import BAKE, way

# A build sets these in the environment of the kernels that execute the notebooks.
SETTINGS = "STATIC_INTERACT_OPTIONS"
# A file whose lines the build logs, as a kernel has no terminal of its own.
PROGRESS_FILE = "STATIC_INTERACT_PROGRESS"


def is_baking() -> bool:
    """Whether figures are being baked into a page, rather than shown by a live kernel."""
    return bool(way())


@dataclass(frozen=True)
class Settings:
    """What holds for every figure of a build.

    Parameters
    ----------
    frames : int
        So many frames a figure may have before its grid is thinned.
    kilobytes : float
        So large its data may be, compressed by gzip.
    thinning : {"note", "error"}
        Whether a grid that is too large, or a control without a finite set of values, gets a note below the figure and
        a line in the log, or is an error.
    errors : {"show", "raise"}
        What becomes of an exception in a frame.
    alias : bool
        Whether notebooks that import ipywidgets itself are baked, too.
    figures_first : bool
        Whether a frame's figures stand before its text, whatever came first.

    Raises
    ------
    ValueError
        If one is none of these.
    """

    frames: int = 2_000
    kilobytes: float = 4_000
    thinning: str = "note"
    errors: str = "show"
    alias: bool = False
    figures_first: bool = False

    def __post_init__(self) -> None:
        for name in ("frames", "kilobytes"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not number > 0:
                raise ValueError(f"static_interact: {name} must be a positive number, got {number!r}")
        for name, choices in {"thinning": ("note", "error"), "errors": ("show", "raise")}.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"static_interact: {name} must be one of {choices}, got {getattr(self, name)!r}")


def settings() -> Settings:
    """The settings of this build: a JSON object in the environment, what it leaves out by default.

    Raises
    ------
    ValueError
        If it names a setting that there is not, or gives one a wrong value.
    """
    given = json.loads(os.environ.get(SETTINGS) or "{}")
    if unknown := set(given) - {field.name for field in fields(Settings)}:
        raise ValueError(f"static_interact: no such setting as {', '.join(sorted(unknown))}")
    return Settings(**given)


@dataclass(frozen=True)
class Options:
    """What an author says about one figure, beside its controls; `interact` explains each."""

    caption: str = ""
    alt: str = ""
    bake: Any = None
    ask: Any = None
    drag: Any = None
    narrow: Any = None
    describe: Any = None
    errors: str | None = None

    def __post_init__(self) -> None:
        if self.errors not in (None, "show", "raise"):
            raise ValueError(f"errors must be 'show' or 'raise', got {self.errors!r}")

    def with_(self, given: Mapping[str, Any]) -> Options:
        """A copy with some of them set."""
        return replace(self, **given)


__all__ = ["BAKE", "PROGRESS_FILE", "SETTINGS", "Options", "Settings", "is_baking", "settings", "split"]
OPTIONS = tuple(field.name for field in fields(Options))


def split(function: Callable, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tell options from controls among the keywords of a call.

    A keyword that the function takes is a control, as in ipywidgets, also if an option has that name;
    `interact.options` then sets the option.

    Parameters
    ----------
    function : callable
        What the controls are for.
    given : mapping of str to object
        The keywords.

    Returns
    -------
    controls, options : dict
        Each keyword is in one of the two.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some builtins have no signature: ipywidgets gives them every keyword
        return dict(given), {}
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    options = {k: v for k, v in given.items() if k in OPTIONS and k not in parameters and not takes_any}
    return {k: v for k, v in given.items() if k not in options}, options
