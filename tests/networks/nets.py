"""A network that several tests train."""

from small_networks import Conv2d, Flatten, Linear, MaxPool2d, Network, ReLU


def small_cnn(rng, dtype="float64"):
    return Network(
        Conv2d(1, 3, 3, rng, padding=1, dtype=dtype), ReLU(), MaxPool2d(),
        Conv2d(3, 4, 2, rng, dtype=dtype), ReLU(), Flatten(), Linear(36, 5, rng, dtype=dtype),
    )  # fmt: skip
