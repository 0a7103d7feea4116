"""The font that matplotlib lays figures out with, cut to what figures use, as web fonts.

SVG text keeps its place only if the page has the font whose widths matplotlib measured. matplotlib carries
DejaVu Sans; a subset of it goes with the site, so that a figure looks alike on every machine.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

FAMILIES = {
    "DejaVuSans": ("DejaVu Sans", "normal", "normal"),
    "DejaVuSans-Bold": ("DejaVu Sans", "bold", "normal"),
    "DejaVuSans-Oblique": ("DejaVu Sans", "normal", "italic"),
    "DejaVuSansMono": ("DejaVu Sans Mono", "normal", "normal"),
}
# Basic Latin, Latin-1, Greek, punctuation, super- and subscripts, letterlike, arrows, mathematics, shapes, ticks.
_RANGES = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x370, 0x3FF), (0x2010, 0x2027), (0x2030, 0x2044), (0x2070, 0x209F), (0x2102, 0x2135),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B), (0x25A0, 0x25FF), (0x2713, 0x2718), (0x27E8, 0x27E9),
]  # fmt: skip


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
    source = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    rules = []
    for name, (family, weight, style) in FAMILIES.items():
        target = folder / f"{name}.woff"
        if not target.exists():
            options = subset.Options(flavor="woff", layout_features=["kern"], notdef_outline=True)
            font = subset.load_font(str(source / f"{name}.ttf"), options)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=[c for first, last in _RANGES for c in range(first, last + 1)])
            subsetter.subset(font)
            subset.save_font(font, str(target), options)
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:swap;'
            f'src:url("{folder.name}/{name}.woff") format("woff")}}'
        )
    return "\n".join(rules) + "\n"
