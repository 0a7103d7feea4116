"""Pictures are small, and nobody sees the difference."""

import base64
import io

import numpy as np
from PIL import Image

from static_interact.rasters import MOST, SMALL, data_uri

GRID = np.linspace(-2, 2, 240)
X, Y = np.meshgrid(GRID, GRID)


def opened(uri):
    """The kind, the size of the file and the pixels of a data URI."""
    head, _, data = uri.partition(",")
    raw = base64.b64decode(data)
    return head, len(raw), np.asarray(Image.open(io.BytesIO(raw)).convert("RGBA")).astype(int)


def shaded(alpha=255):
    """Smooth colours, as of an interpolated image."""
    values = np.exp(-(X**2) - Y**2)
    channels = [255 * values, 255 * (1 - values), 120 + 100 * np.sin(X + Y), np.full_like(X, alpha)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def test_a_small_picture_keeps_every_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (12, 9, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    head, _, shown = opened(data_uri(pixels))
    assert head == "data:image/png;base64" and (shown == pixels).all()


def test_few_colours_are_kept_and_take_few_bytes():
    pixels = np.where((X > Y)[..., None], [200, 30, 0, 255], [0, 90, 200, 128]).astype(np.uint8)
    _, size, shown = opened(data_uri(pixels))
    assert (shown == pixels).all() and size < 2_000


def test_shading_is_stored_with_a_loss_that_is_not_seen():
    for pixels in (shaded(), shaded(140)):
        head, size, shown = opened(data_uri(pixels))
        lossless = io.BytesIO()
        Image.fromarray(pixels).save(lossless, "webp", lossless=True)
        away = np.abs(shown - pixels)
        assert head == "data:image/webp;base64" and size < 0.6 * len(lossless.getvalue())
        assert np.percentile(away, 99) <= MOST and away.mean() < 1


def test_noise_and_thin_lines_keep_every_pixel():
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 4)).astype(np.uint8)
    noise[..., 3] = 255
    lines = np.full((240, 240, 4), 255, np.uint8)
    lines[::7, :, :2] = 0
    lines[np.arange(240), np.random.default_rng(2).integers(0, 240, 240), 1:3] = 0
    for pixels in (noise, lines):
        _, size, shown = opened(data_uri(pixels))
        assert (shown == pixels).all()
    assert size < SMALL or (shown == lines).all()
