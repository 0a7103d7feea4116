"""Pictures in figures: meshes, images and what is rasterized."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from static_interact.figure import figure_tree
from tests.interact.drawings import beside


def image_of(tree):
    (image,) = tree.iter("image")
    kind, data = re.fullmatch(r"data:image/(png|webp);base64,(.*)", image.get("href")).groups()
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    assert picture.format.lower() == kind
    return image, np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("flip_x, flip_y", [(False, False), (True, False), (False, True), (True, True)])
def test_an_even_mesh_is_a_picture_of_one_pixel_a_cell(flip_x, flip_y):
    def draw(figure, axes):
        axes.pcolormesh([[0, 1, 2], [3, 4, 5]], cmap="gray")
        axes.invert_xaxis() if flip_x else None
        axes.invert_yaxis() if flip_y else None

    image, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    expected = np.array([[0, 51, 102], [153, 204, 255]])[:: 1 if flip_y else -1, :: -1 if flip_x else 1]
    assert pixels[..., 0].tolist() == expected.tolist()
    assert image.get("style") == "image-rendering:pixelated"
    sides = [float(image.get(name)) for name in ("x", "y", "width", "height")]
    np.testing.assert_allclose(sides, [36, 21.6, 223.2, 138.6], atol=0.06)


@pytest.mark.parametrize(
    "draw",
    [
        lambda f, a: a.pcolormesh([0, 1, 3], [0, 1, 2], [[0, 1], [2, 3]]),
        lambda f, a: a.pcolormesh([[0, 1], [2, 3]], edgecolors="k"),
        lambda f, a: a.pcolormesh([[0, 1], [0, 1.5]], [[0, 0], [1, 1]], [[1]]),
    ],
)
def test_an_uneven_mesh_stays_made_of_paths(draw):
    assert not list(figure_tree(beside(draw)(), "a-").iter("image"))


def test_a_shaded_mesh_is_a_picture():
    image, pixels = image_of(figure_tree(beside(lambda f, a: a.pcolormesh(np.eye(4), shading="gouraud"))(), "a-"))
    assert pixels.shape[0] > 150 and len(np.unique(pixels[..., 1])) > 50
    assert float(image.get("width")) == pytest.approx(223.2, abs=2)


@pytest.mark.parametrize(
    "edges, pixels",
    [(np.linspace(0, 1, 61), 60), (np.linspace(0, 1, 61) ** 2, 190), (np.linspace(0, 1, 21) ** 2, 0)],
)
def test_an_uneven_mesh_of_many_cells_is_a_picture(edges, pixels):
    count = len(edges) - 1
    values = np.arange(count**2).reshape(count, count)
    tree = figure_tree(beside(lambda f, a: a.pcolormesh(edges, edges, values))(), "a-")
    if pixels:
        assert pixels <= image_of(tree)[1].shape[0] <= pixels + 10
    else:
        assert len(list(tree.iter("path"))) > count**2


def test_what_is_rasterized_lies_where_it_is_drawn():
    def draw(figure, axes):
        axes.axis("off")
        axes.fill([0.25, 0.75, 0.75, 0.25], [0.25, 0.25, 0.75, 0.75], "r", transform=axes.transAxes, rasterized=True)

    image, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    sides = [float(image.get(name)) for name in ("x", "y", "width", "height")]
    np.testing.assert_allclose(sides, [36 + 223.2 / 4, 21.6 + 138.6 / 4, 223.2 / 2, 138.6 / 2], atol=0.8)
    assert pixels[5, 5].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("origin", ["upper", "lower"])
@pytest.mark.parametrize("interpolation", ["none", "nearest", "bilinear"])
def test_the_first_row_of_an_image_is_where_matplotlib_has_it(origin, interpolation):
    def draw(figure, axes):
        axes.imshow([[0, 0], [1, 1]], cmap="gray", origin=origin, interpolation=interpolation)

    _, pixels = image_of(figure_tree(beside(draw)(), "a-"))
    top, bottom = pixels[0, 0, 0], pixels[-1, 0, 0]
    assert (top < 30 and bottom > 225) if origin == "upper" else (top > 225 and bottom < 30)
