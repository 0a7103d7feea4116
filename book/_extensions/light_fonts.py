"""Web fonts cut to the characters that the book holds, as woff2."""

import hashlib
import io
from pathlib import Path

from fontTools import subset

#: What a reader's browser may set though no page holds it: a space, and what is shown for a missing character.
ALWAYS = " -…�"
#: What the style asks of fonts. All else that a font can do (small capitals, fractions, old figures) would come along
#: as glyphs that no page shows.
FEATURES = ["kern", "liga", "lnum", "tnum"]


def cut(font, characters, cache):
    """Return a font's subset as woff2.

    Parameters
    ----------
    font : pathlib.Path
        In any format that fontTools reads.
    characters : set of str
        Those that it is to have, as far as it has them.
    cache : pathlib.Path
        A folder where subsets are kept for the next build.

    Returns
    -------
    bytes or None
        None if it has none of the characters.
    """
    wanted = "".join(sorted({*characters, *ALWAYS}))
    key = hashlib.sha256(font.read_bytes() + repr((wanted, FEATURES)).encode()).hexdigest()[:24]
    kept = cache / f"{key}.woff2"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(_subset(font, characters, wanted))
    return kept.read_bytes() or None


def _subset(font, characters, wanted):
    options = subset.Options(flavor="woff2", notdef_outline=True, hinting=False, layout_features=FEATURES)
    options.drop_tables += ["FFTM"]
    with subset.load_font(str(font), options) as loaded:
        if not {ord(character) for character in characters if not character.isspace()} & set(loaded.getBestCmap()):
            return b""
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=wanted)
        subsetter.subset(loaded)
        target = io.BytesIO()
        subset.save_font(loaded, target, options)
        return target.getvalue()


def name(font, content):
    """A file name that changes with the content, so that browsers may keep the file for ever."""
    return f"{Path(font).stem}.{hashlib.sha256(content).hexdigest()[:8]}.woff2"
