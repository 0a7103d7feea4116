"""The table of the little networks: time beside torch, and how many held-out digits they get right.

Times are taken as in the speed table: one thread, the same process, ratios within a round.
"""

import time

import numpy as np

import small_networks as sn
from stable_softmax import cross_entropy_with_grad

from .speed import ratios, torch

CONVOLUTIONS = ((32, 1, 16), (32, 16, 32), (256, 16, 32))  # images of 8 x 8 pixels, channels, filters
SEEDS = range(10)
#: The least share of held-out digits that a network may get right, over all seeds.
WANTED = {"linear": 0.94, "CNN": 0.98}


def cnn(rng, dtype="float32"):
    """The network for the digits."""
    return sn.Network(
        sn.Conv2d(1, 16, 3, rng, padding=1, dtype=dtype), sn.ReLU(),
        sn.Conv2d(16, 32, 3, rng, padding=1, dtype=dtype), sn.ReLU(), sn.MaxPool2d(),
        sn.Flatten(), sn.Linear(512, 10, rng, scale=0.01, dtype=dtype),
    )  # fmt: skip


def linear(rng, dtype="float32"):
    """The linear classifier for the digits."""
    return sn.Network(sn.Flatten(), sn.Linear(64, 10, rng, scale=0.01, dtype=dtype))


def train(make, seed, epochs, rate, size, shifted):
    """Train on four fifths of the digits; return the share of the others that is right.

    The seed decides about split, first weights, order and shifts. The rate falls to 0 in equal steps. `shifted` is the
    share of the batches whose images are moved by up to a pixel.
    """
    training, held_out = sn.split(sn.digits(), seed=seed)
    images, held = (part.images[:, np.newaxis].astype("float32") / 16 for part in (training, held_out))
    rng = np.random.default_rng(seed)
    network = make(rng)
    optimizer = sn.Adam(network.parameters(), rate)
    steps = epochs * -(-len(images) // size)
    for _ in range(epochs):
        for batch in sn.minibatches(rng, len(images), size):
            optimizer.rate = rate * (1 - optimizer.steps / steps)
            inputs = sn.shift(images[batch], rng) if rng.random() < shifted else images[batch]
            sn.train_step(network, optimizer, inputs, training.labels[batch])
    return sn.accuracy(network, held, held_out.labels)


def train_linear(seed):
    return train(linear, seed, epochs=30, rate=0.02, size=64, shifted=0)


def train_cnn(seed):
    return train(cnn, seed, epochs=20, rate=0.003, size=32, shifted=0.7)


def layer_contestants(images, channels, filters):
    """Forward and backward of one convolution."""
    rng = np.random.default_rng(0)
    layer = sn.Conv2d(channels, filters, 3, rng, padding=1, dtype="float32")
    x = rng.standard_normal((images, channels, 8, 8)).astype("float32")
    # Slopes come out of a ReLU, which keeps the layout of what it was given: so here.
    slope = np.empty_like(layer.forward(x))
    slope[...] = rng.standard_normal(slope.shape)

    def ours():
        layer.forward(x)
        layer.backward(slope)

    if torch is None:
        return {"ours": ours}
    tensor, weight, bias = (torch.tensor(a, requires_grad=True) for a in (x, layer.weight.value, layer.bias.value))
    torch_slope = torch.tensor(np.ascontiguousarray(slope))

    def theirs():
        for leaf in (tensor, weight, bias):
            leaf.grad = None
        torch.nn.functional.conv2d(tensor, weight, bias, padding=1).backward(torch_slope)

    return {"ours": ours, "torch": theirs}


def step_contestants(size):
    """A whole training step of the CNN, with Adam."""
    rng = np.random.default_rng(0)
    network, labels = cnn(rng), rng.integers(0, 10, size)
    x = rng.random((size, 1, 8, 8)).astype("float32")
    optimizer = sn.Adam(network.parameters(), 1e-4)
    found = {"ours": lambda: sn.train_step(network, optimizer, x, labels, cross_entropy_with_grad)}
    if torch is not None:
        nn = torch.nn
        twin = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(512, 10),
        )
        adam, tensor, targets = torch.optim.Adam(twin.parameters(), 1e-4), torch.from_numpy(x), torch.from_numpy(labels)

        def theirs():
            adam.zero_grad()
            nn.functional.cross_entropy(twin(tensor), targets).backward()
            adam.step()

        found["torch"] = theirs
    return found


def print_table():
    """Print the table; return whether the digits are recognised as well as is wanted."""
    print("Little networks: float32, one thread, processor time")
    if torch is None:
        print("torch is not installed, so it is not measured")
    print(f"{'':48}{'ms':>8}{'x torch':>9}")
    for shape in CONVOLUTIONS:
        images, channels, filters = shape
        name = f"convolution 3 x 3, {channels} to {filters}, {images} images of 8 x 8"
        print_line(name, layer_contestants(*shape))
    for size in (32, 256):
        print_line(f"training step of the CNN, {size} images", step_contestants(size))
    print(f"\n{'digits held out, ten seeds':30}{'seconds':>9}{'worst':>9}{'wanted':>10}{'mean':>9}{'best':>9}")
    met = True
    for name, trained in (("linear", train_linear), ("CNN", train_cnn)):
        start = time.process_time()
        shares = [trained(seed) for seed in SEEDS]
        seconds = (time.process_time() - start) / len(shares)
        good = min(shares) >= WANTED[name]
        met &= good
        print(
            f"{name:30}{seconds:9.1f}{min(shares):9.2%}{f'>= {WANTED[name]:.0%}':>10}{np.mean(shares):9.2%}"
            f"{max(shares):9.2%}{'' if good else '  !'}",
            flush=True,
        )
    print()
    return met


def print_line(name, functions):
    seconds, measured = ratios(functions)
    ratio = f"{measured['torch']:.2f}" if measured else "-"
    print(f"{name:48}{seconds * 1e3:8.2f}{ratio:>9}", flush=True)
