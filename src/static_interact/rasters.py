"""Pictures as data URIs, as small as they can be without a difference that is seen."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Pictures up to so many bytes stay as they are, without loss.
SMALL = 4_000
#: Of WebP; at this one, colour maps and shading look as before.
QUALITY = 95
#: With loss, a picture must be smaller than so much of the other one, and 99 of 100 numbers must differ by no more than
#: so much, of 255: else (noise, thin lines, sharp edges) nothing is lost.
WORTH, MOST = 0.6, 6


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """A picture as a data URI: the smaller of PNG and WebP, with loss only where that helps and is not seen.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 4)
        Red, green, blue and alpha.
    """
    pixels = np.ascontiguousarray(pixels)
    image = Image.fromarray(pixels if (pixels[..., 3] < 255).any() else pixels[..., :3].copy())
    kind, data = "png", _file(image, "png")
    if len(data) >= 1_000:
        webp = _file(image, "webp", lossless=True, method=3, exact=True)
        kind, data = min(("png", data), ("webp", webp), key=lambda pair: len(pair[1]))
    if len(data) > SMALL:
        lossy = _file(image, "webp", quality=QUALITY, method=4)
        if len(lossy) < WORTH * len(data) and _alike(image, lossy):
            kind, data = "webp", lossy
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _alike(image: Image.Image, data: bytes) -> bool:
    """Whether a file shows the same as a picture, as far as one sees: transparent pixels have no colour."""
    wanted, shown = (np.asarray(i.convert("RGBA")).astype(int) for i in (image, Image.open(io.BytesIO(data))))
    away = np.abs(wanted - shown)
    away[..., :3] *= wanted[..., 3:] > 0
    return bool(np.percentile(away, 99) <= MOST)
