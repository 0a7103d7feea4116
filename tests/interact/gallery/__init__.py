"""A figure for each kind of artist, moved by one slider: what the encoder and the pages are measured and tested with.

Each function takes a number from 0 to 1 and returns a new figure. `KINDS` lists them by name.
"""

from . import fields, lines, scenes
from .kinds import KINDS, SIZE, STEPS, values

__all__ = ["KINDS", "SIZE", "STEPS", "fields", "lines", "scenes", "values"]
