"""Two small data sets: a spiral that no straight line cuts, and handwritten digits."""

import gzip
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Digits(NamedTuple):
    """Images of digits and what they show."""

    images: np.ndarray  #: shape (count, 8, 8), uint8, from 0 (white) to 16 (black)
    labels: np.ndarray  #: shape (count,), ints from 0 to 9


def spiral(seed=0):
    """Return three arms of 100 points in the plane, one class each.

    Parameters
    ----------
    seed : int or numpy.random.RandomState, default 0
        NumPy's old generator, whose numbers never change. Pass a RandomState to draw weights from it afterwards.

    Returns
    -------
    points : ndarray, shape (300, 2), float64
    labels : ndarray of ints, shape (300,)

    References
    ----------
    CS231n, "Putting it together: minimal neural network case study", https://cs231n.github.io/neural-networks-case-study/

    Examples
    --------
    >>> points, labels = spiral()
    >>> points.shape, labels[[0, 100, 299]].tolist()
    ((300, 2), [0, 1, 2])
    """
    rng = seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)
    radius = np.linspace(0, 1, 100)
    arms = []
    for k in range(3):
        angle = np.linspace(4 * k, 4 * k + 4, 100) + 0.2 * rng.randn(100)
        arms.append(np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]))
    return np.concatenate(arms), np.repeat([0, 1, 2], 100)


def digits():
    """Return 1,797 handwritten digits, 8 x 8 pixels each.

    Returns
    -------
    Digits
        Named tuple of images, shape (1797, 8, 8), and labels.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
    doi:10.24432/C50P49, licence CC BY 4.0. These are its test set, written by 13 people.

    Examples
    --------
    >>> images, labels = digits()
    >>> images.shape, int(images.max()), labels[:3].tolist()
    ((1797, 8, 8), 16, [0, 1, 2])
    """
    packed = files(__package__).joinpath("data/digits.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode().splitlines(), delimiter=",", dtype=np.uint8)
    return Digits(table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(int))


def split(digits, fraction=0.2, seed=0):
    """Deal out digits at random into those to train with and those held out.

    Parameters
    ----------
    digits : Digits
    fraction : float, default 0.2
        Share of those held out; above 0, below 1.
    seed : int, default 0

    Returns
    -------
    (Digits, Digits)
        To train with, and held out.

    Raises
    ------
    ValueError
        If one of the two would be empty.

    Examples
    --------
    >>> training, held_out = split(digits())
    >>> len(training.labels), len(held_out.labels)
    (1438, 359)
    """
    count = len(digits.labels)
    held = round(count * fraction)
    if not 0 < held < count:
        raise ValueError(f"fraction must leave some of the {count} digits on both sides, but is {fraction!r}")
    order = np.random.default_rng(seed).permutation(count)
    return Digits(*(part[order[held:]] for part in digits)), Digits(*(part[order[:held]] for part in digits))


def shift(images, rng, pixels=1):
    """Return copies of the images, each moved at random: the same digits, a little elsewhere.

    A network that sees every image in many places learns more from few of them.

    Parameters
    ----------
    images : ndarray, shape (examples, ..., height, width)
    rng : numpy.random.Generator
    pixels : int, default 1
        How far an image moves at most, up or down and left or right. What moves in is 0, what moves out is lost.

    Returns
    -------
    ndarray
        Of the shape and dtype of `images`.

    Raises
    ------
    ValueError
        If `images` have no height and width, or `pixels` is negative.

    Examples
    --------
    >>> shift(np.ones((2, 4, 4)), np.random.default_rng(0)).sum(axis=(1, 2))
    array([12., 12.])
    """
    if images.ndim < 3 or pixels < 0:
        raise ValueError(
            f"images must have shape (examples, ..., height, width) and pixels be at least 0, "
            f"but are {images.shape} and {pixels}"
        )
    *other, height, width = images.shape
    padded = np.zeros((*other, height + 2 * pixels, width + 2 * pixels), images.dtype)
    padded[..., pixels : pixels + height, pixels : pixels + width] = images
    places = sliding_window_view(padded, (height, width), axis=(-2, -1))
    down, right = rng.integers(0, 2 * pixels + 1, (2, len(images)))
    return np.stack([image[..., i, j, :, :] for image, i, j in zip(places, down, right, strict=True)])
