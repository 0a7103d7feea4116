"""Sliders that live on a static page: ipywidgets in a live kernel, baked frames in a build.

Change the import of a notebook that was written for ipywidgets, and nothing else::

    from static_interact import interact, IntSlider
    import static_interact as widgets

All names of ipywidgets are here. In a live kernel they are ipywidgets' own.
"""

import sys as _sys
from typing import Any

import ipywidgets as _ipywidgets
from ipywidgets import Checkbox, Dropdown, FloatLogSlider, FloatSlider, IntSlider, fixed

from .alias import prepare as _prepare
from .hosts import bake_here
from .interaction import interact, interact_manual, interactive, interactive_output, show
from .progress import progress
from .settings import is_baking
from .source import show_source

__version__ = "0.2.0"

_prepare()
_sys.modules[f"{__name__}.widgets"] = widgets = _sys.modules[__name__]  # as in ipywidgets, where it has all names, too


def __getattr__(name: str) -> Any:
    """Fall through to ipywidgets for every name that is not here."""
    return getattr(_ipywidgets, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_ipywidgets)})


__all__ = [
    "Checkbox",
    "Dropdown",
    "FloatLogSlider",
    "FloatSlider",
    "IntSlider",
    "bake_here",
    "fixed",
    "interact",
    "interact_manual",
    "interactive",
    "interactive_output",
    "is_baking",
    "progress",
    "show",
    "show_source",
]
