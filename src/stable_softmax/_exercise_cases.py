"""What the functions of the exercises are tried on: rows that the usual slips get wrong, and others that they don't."""

from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """Arguments that a function is tried on, and what to think of if its answer is wrong."""

    name: str
    arguments: tuple  #: the scores, and for some functions a slope for each score, or a label for each row
    hint: str


LOG_SOFTMAX = (
    Case("small scores", ([1.0, 2.0, 3.0],), "log p is the score less the log of the sum of exponentials"),
    Case(
        "each row by itself",
        ([[1.0, 2.0, 3.0], [1.0, 2.0, 5.0]],),
        "largest score and sum are those of the row: axis=-1, keepdims=True",
    ),
    Case("large scores", ([1000.0, 2000.0, 3000.0],), "exp overflows: subtract the largest score of the row first"),
    Case(
        "very negative scores",
        ([-1000.0, -1001.0, -1002.0],),
        "every exp is 0: subtract the largest score of the row first",
    ),
    Case("a probability below 5e-324", ([0.0, 800.0],), "p rounds to 0: do not go through p"),
    Case("sure and right", ([46.0, 0.0],), "1 + r rounds to 1: leave the 1 out of the sum, and use log1p(r)"),
    Case(
        "a tiny loss of large scores",
        ([1e8 + 20, 1e8],),
        "lse rounds to the largest score: take (score - largest) first, then subtract log1p(r)",
    ),
    Case("a masked class", ([0.0, 1.0, -np.inf],), "exp(-inf) is 0 and does no harm: its answer is -inf"),
)

SOFTMAX_VJP = (
    Case(
        "one row",
        ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]),
        "take from each slope their mean, weighed with p, then multiply by p: p * (g - mean)",
    ),
    Case(
        "each row by itself",
        ([[1.0, 2.0, 3.0], [1.0, 2.0, 5.0]], [[0.5, -1.0, 2.0], [1.0, 0.0, -3.0]]),
        "the mean is that of the row: sum(axis=-1, keepdims=True)",
    ),
    Case("large scores", ([1000.0, 1001.0, 1002.0], [0.5, -1.0, 2.0]), "exp overflows: take this book's softmax"),
    Case(
        "a sure row",
        ([0.0, -40.0], [1.0, 0.0]),
        "the mean rounds to the slope of the sure class: subtract that slope from all of them first",
    ),
)

_PLACES = np.arange(2000) / 2000
#: A matrix is too large for it.
LONG_ROW = Case("2,000 classes", (3 * np.cos(9 * _PLACES), _PLACES), "do without the matrix")

CROSS_ENTROPY = (
    Case("one row", ([[1.0, 2.0, 3.0]], [2]), "the loss is -log p at the label"),
    Case("two rows alike", ([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], [2, 2]), "each row has a sum of its own: axis=-1"),
    Case(
        "a batch",
        ([[1.0, 2.0, 3.0], [1.0, -2.0, 0.0], [-2.85, 0.86, 0.28]], [2, 0, 2]),
        "one number from each row: [np.arange(m), labels]; then the mean",
    ),
    Case("large scores", ([[1000.0, 1001.0, 1003.0]], [1]), "exp overflows: do not take it of raw scores"),
    Case("a hopeless row", ([[0.0, 800.0]], [0]), "p rounds to 0: do not go through p"),
    Case("sure and right", ([[46.0, 0.0]], [0]), "p rounds to 1: do not go through p"),
    Case(
        "a tiny loss of large scores",
        ([[1e8 + 20, 1e8]], [0]),
        "lse rounds to the largest score: subtract that score before you add log1p(r)",
    ),
    Case("a masked class", ([[0.0, 1.0, -np.inf]], [1]), "exp(-inf) is 0 and does no harm"),
)

CROSS_ENTROPY_GRAD = (
    Case("one row", ([[1.0, 2.0, 3.0]], [2]), "the gradient is p, less 1 at the label"),
    Case(
        "a batch",
        ([[1.0, 2.0, 3.0], [1.0, -2.0, 0.0], [-2.85, 0.86, 0.28]], [2, 0, 2]),
        "subtract 1 from one entry of each row, [np.arange(m), labels]; a mean of m losses divides by m",
    ),
    Case("large scores", ([[1000.0, 1001.0, 1003.0]], [1]), "exp overflows: take this book's softmax"),
    Case("a hopeless row", ([[0.0, 800.0]], [0]), "do not divide by p"),
    Case("sure and right", ([[40.0, 0.0]], [0]), "p rounds to 1: take minus the sum of the others"),
)
