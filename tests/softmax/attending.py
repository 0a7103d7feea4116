"""Problems of attention, and the options to solve them with, for its tests."""

import numpy as np

OPTIONS = [
    {},
    {"scale": 2.0},
    {"soft_cap": 1.5},
    {"sink": 0.0},
    {"soft_cap": 3.0, "sink": -0.5, "scale": 0.1},
]


def case(queries=4, keys=5, features=3, width=2, dtype=np.float64, batch=(), spread=1.0, seed=0):
    """Query, key, value and cotangent."""
    random = np.random.default_rng(seed)
    shapes = [(queries, features), (keys, features), (keys, width), (queries, width)]
    return [(spread * random.normal(0, 1, (*batch, *shape))).astype(dtype) for shape in shapes]


def gradients_of(found):
    return [found.query, found.key, found.value]
