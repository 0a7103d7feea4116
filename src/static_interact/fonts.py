"""The font that matplotlib lays figures out with, cut to what figures use, as web fonts.

SVG text keeps its place only if the page has the font whose widths matplotlib measured. matplotlib carries
DejaVu Sans; a subset of it goes with the site, so that a figure looks alike on every machine.
"""

from __future__ import annotations

import functools
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

FAMILIES = {
    "DejaVuSans": ("DejaVu Sans", "normal", "normal"),
    "DejaVuSans-Bold": ("DejaVu Sans", "bold", "normal"),
    "DejaVuSans-Oblique": ("DejaVu Sans", "normal", "italic"),
    "DejaVuSans-BoldOblique": ("DejaVu Sans", "bold", "italic"),
    "DejaVuSansMono": ("DejaVu Sans Mono", "normal", "normal"),
}
# Basic Latin, Latin-1, Latin Extended-A, Greek, punctuation, super- and subscripts, letterlike, arrows, mathematics,
# shapes, ticks.
_RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x2010, 0x2027), (0x2030, 0x2044), (0x2070, 0x209F), (0x2102, 0x2135),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B), (0x25A0, 0x25FF), (0x2713, 0x2718), (0x27E8, 0x27E9),
]  # fmt: skip


@functools.cache
def face(file: str) -> tuple[str, str, str]:
    """Family, weight and style by which a page knows the font in one of matplotlib's files."""
    return FAMILIES[Path(file).stem]


@functools.cache
def _letters(file: str) -> frozenset[int]:
    """The characters of a font that its web font has: none if there is no web font of it."""
    path = Path(file)
    if path.stem not in FAMILIES or path.parent != _source():
        return frozenset()
    has = FT2Font(file).get_charmap()
    return frozenset(code for first, last in _RANGES for code in range(first, last + 1) if code in has)


def covers(file: str, text: str) -> bool:
    """Whether a web font has all characters of a text.

    Parameters
    ----------
    file : str
        Where matplotlib found the font that it measures with.
    text : str
        Any; line breaks count as missing.
    """
    return _letters(file).issuperset(map(ord, text))


def _source() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def write_fonts(folder: Path) -> str:
    """Write the web fonts into `folder` and return the CSS rules that declare them.

    Parameters
    ----------
    folder : pathlib.Path
        Made if missing. Fonts that are there already are kept.

    Returns
    -------
    str
        ``@font-face`` rules with addresses relative to the folder's parent.
    """
    from fontTools import subset

    folder.mkdir(parents=True, exist_ok=True)
    rules = []
    for name, (family, weight, style) in FAMILIES.items():
        target = folder / f"{name}.woff"
        if not target.exists():
            options = subset.Options(flavor="woff", layout_features=["kern"], notdef_outline=True, drop_tables=["FFTM"])
            font = subset.load_font(str(_source() / f"{name}.ttf"), options)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=[c for first, last in _RANGES for c in range(first, last + 1)])
            subsetter.subset(font)
            subset.save_font(font, str(target), options)
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:swap;'
            f'src:url("{folder.name}/{name}.woff") format("woff")}}'
        )
    return "\n".join(rules) + "\n"
