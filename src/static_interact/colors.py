"""Dark-theme counterparts of the colours in a figure, found in the OKLab colour space.

Dark ink becomes light ink and pale fills become deep ones, each keeping its hue; the mapping falls
monotonically with lightness, so the order of a colour map is kept (reversed), never scrambled.

References
----------
Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/ (matrices and transfer function).
"""

from __future__ import annotations

import numpy as np

_TO_LMS = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip

# Lightness on a light page -> on a dark page. Ink (dark or mid) ends up light, paper-like fills end up dark.
_LIGHT_PAGE = (0.0, 0.65, 1.0)
_DARK_PAGE = (0.93, 0.72, 0.20)


def _to_oklab(hex_color: str) -> np.ndarray:
    srgb = np.array([int(hex_color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return _TO_LAB @ np.cbrt(_TO_LMS @ linear)


def _to_linear(lab: np.ndarray) -> np.ndarray:
    return np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3)


def dark_counterpart(hex_color: str) -> str:
    """Return the colour that plays the part of `hex_color` on a dark page.

    Parameters
    ----------
    hex_color : str
        An opaque sRGB colour such as ``"#1f77b4"``.

    Returns
    -------
    str
        The counterpart in the same notation.

    Examples
    --------
    >>> dark_counterpart("#000000"), dark_counterpart("#ffffff")
    ('#e8e8e8', '#161616')
    """
    lab = _to_oklab(hex_color)
    lightness, chroma = np.interp(lab[0], _LIGHT_PAGE, _DARK_PAGE), lab[1:]
    # Less chroma until the colour exists in sRGB; grey always does.
    for fraction in np.linspace(1, 0, 21):
        linear = _to_linear(np.array([lightness, *(fraction * chroma)]))
        if np.all((linear > -1e-3) & (linear < 1 + 1e-3)):
            break
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in srgb)
