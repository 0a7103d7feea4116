"""What a colour means in this book: the one place that its figures and pages take colours from.

One thing has one colour, in all chapters: a way to compute softmax, a number format, a class. Green is what survives,
hatched red is nan. Each colour has a contrast of 3 or more to the page, in the light theme and in the dark one, which
`static_interact` derives from the light one. Colours alone tell nothing apart: names stand beside the lines, and the
right method's line is the boldest.

Examples
--------
>>> METHODS["this book"] == THIS_BOOK
True
>>> sorted(FORMATS)
['bfloat16', 'float16', 'float32', 'float64', 'float8 E4M3', 'float8 E5M2']
"""

INK = "#000000"  # axes, text, what is neither right nor wrong
QUIET = "#737373"  # guides and what is past

# Ways to compute.
DEFINITION = "#d55e00"  # exponentials over their sum, as the definition reads
STANDARD_FIX = "#0072b2"  # the same after the maximum is subtracted
THIS_BOOK = "#006b4f"
METHODS = {"definition": DEFINITION, "standard fix": STANDARD_FIX, "this book": THIS_BOOK}

# What became of a number.
GOOD = THIS_BOOK  # it survived
BAD = "#c00000"  # nan, infinite, or plainly wrong
NAN_BAR = {"facecolor": "#ffffff", "edgecolor": BAD, "hatch": "///", "linewidth": 1.0}  # a nan has no height

#: Number formats, darker the more bits they have.
FORMATS = {
    "float64": "#3b2a8c",
    "float32": "#6b3fb5",
    "float16": "#c76bd0",
    "bfloat16": "#a8326a",
    "float8 E4M3": "#8a5a2b",
    "float8 E5M2": "#6d8a92",
}

#: Classes: cat, dog and owl, or the first, second and third.
CAT, DOG, OWL = CLASSES = ("#1c93b8", "#b08600", "#b9508f")


def tint(color: str, share: float = 0.2) -> str:
    """A pale version of a colour, for areas that text or lines stand on.

    Parameters
    ----------
    color : str
        Six hexadecimal digits after a ``#``.
    share : float
        How much of the colour is left, between 0 (white) and 1.

    Returns
    -------
    str
        The mixture with white, in the same notation.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.

    Examples
    --------
    >>> tint("#000000"), tint("#0072b2", 1)
    ('#cccccc', '#0072b2')
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share!r}")
    channels = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (channel - 255)):02x}" for channel in channels)
