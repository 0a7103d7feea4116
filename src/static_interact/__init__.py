"""Sliders that live on a static page: ipywidgets in a live kernel, baked frames in a book build."""

from .controls import Checkbox, Dropdown, FloatLogSlider, FloatSlider, IntSlider
from .decorator import interact, is_baking, show
from .progress import progress
from .source import show_source

__all__ = [
    "Checkbox",
    "Dropdown",
    "FloatLogSlider",
    "FloatSlider",
    "IntSlider",
    "interact",
    "is_baking",
    "progress",
    "show",
    "show_source",
]
