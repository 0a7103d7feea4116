"""What all figures of the gallery share: the list that they are in, their size and their data."""

import matplotlib.pyplot as plt
import numpy as np

STEPS = 21
SIZE = (4.5, 3)
KINDS = {}
X = np.linspace(0, 6, 200)
COARSE = np.linspace(-2, 2, 30)
GX, GY = np.meshgrid(COARSE, COARSE)


def kind(function):
    KINDS[function.__name__] = function
    return function


def values():
    """Where the slider stops."""
    return np.linspace(0, 1, STEPS)


def axes(**options):
    figure, ax = plt.subplots(figsize=SIZE, **options)
    return figure, ax


def noise(count, seed=0):
    return np.random.default_rng(seed).normal(size=count)


def hills(t):
    return np.exp(-((GX - t) ** 2) - GY**2) + t * np.cos(2 * GX) * np.sin(GY + t)
