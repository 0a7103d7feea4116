"""Dark counterparts of colours: hue stays, lightness turns round, in the colour space that Ottosson published."""

import itertools

import numpy as np
import pytest

from static_interact import colors
from static_interact.colors import dark_counterpart

#: OKLab of sRGB's corners, as in CSS Color 4's sample conversions (rounded to three decimals).
KNOWN = {
    "#000000": (0, 0, 0),
    "#ffffff": (1, 0, 0),
    "#ff0000": (0.628, 0.225, 0.126),
    "#00ff00": (0.866, -0.234, 0.179),
    "#0000ff": (0.452, -0.032, -0.312),
}


@pytest.mark.parametrize("color", KNOWN)
def test_oklab_is_that_of_the_standard(color):
    np.testing.assert_allclose(colors._to_oklab(color), KNOWN[color], atol=6e-4)


def test_oklab_and_back():
    for channels in itertools.product(("00", "08", "0c", "33", "80", "c0", "ff"), repeat=3):
        color = "#" + "".join(channels)
        linear = colors._to_linear(colors._to_oklab(color))
        srgb = np.array([int(channel, 16) for channel in channels]) / 255
        # The transfer function of IEC 61966-2-1, the other way round.
        back = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
        np.testing.assert_allclose(back, srgb, atol=1e-6)


GREYS = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]


def lightness(color):
    return colors._to_oklab(color)[0]


def test_greys_stay_grey_and_turn_round():
    dark = [dark_counterpart(grey) for grey in GREYS]
    assert all(color[1:3] == color[3:5] == color[5:7] for color in dark)
    levels = [int(color[1:3], 16) for color in dark]
    assert levels == sorted(levels, reverse=True) and levels[0] == 0xE8 and levels[-1] == 0x16


@pytest.mark.parametrize("light, dark", [(0.0, 0.93), (0.325, 0.825), (0.65, 0.72), (0.825, 0.46), (1.0, 0.20)])
def test_lightness_falls_in_two_lines(light, dark):
    """Ink of any kind ends up light; only what is as pale as paper ends up dark."""
    grey = min(GREYS, key=lambda g: abs(lightness(g) - light))
    assert lightness(dark_counterpart(grey)) == pytest.approx(dark, abs=0.006)


VIVID = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#0000ff", "#00ff00", "#ffff00", "#ff00ff", "#800000"]


@pytest.mark.parametrize("color", VIVID)
def test_hue_stays_and_as_much_colour_as_there_can_be(color):
    _, *before = colors._to_oklab(color)
    found = dark_counterpart(color)
    light, *after = colors._to_oklab(found)
    assert np.arctan2(*after) == pytest.approx(np.arctan2(*before), abs=0.06)
    assert light == pytest.approx(np.interp(lightness(color), (0, 0.65, 1), (0.93, 0.72, 0.2)), abs=0.015)
    kept = np.hypot(*after) / np.hypot(*before)
    assert 0.1 < kept < 1.03
    # A twentieth more would leave sRGB, unless all is there.
    more = colors._to_linear(np.array([light, *(np.array(after) * (1 + 0.06 / kept))]))
    assert kept > 0.98 or more.max() > 0.998 or more.min() < 0.002


def test_pale_colours_keep_all_of_their_chroma():
    for color in ("#dde8f0", "#f0e0d8", "#e0f0e0"):
        before, after = colors._to_oklab(color), colors._to_oklab(dark_counterpart(color))
        assert np.hypot(*after[1:]) == pytest.approx(np.hypot(*before[1:]), rel=0.12)
