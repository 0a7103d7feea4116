"""The speed table: how many times as fast as SciPy, as torch, and as the exponential alone.

Everything runs on one thread, on contiguous rows, in the same process. In each round every contestant runs once
(small ones many times), and a ratio is the median over the rounds of the two times of a round: what the machine
does besides then hits both. A call before each turn is not timed, as it finds the caches and the free memory in
the state that another contestant left. Processor time is taken, not wall time.
"""

import statistics
import time

import numpy as np

import stable_softmax as ss

try:
    import scipy.special as scipy
except ModuleNotFoundError:
    scipy = None
try:
    import torch
except ModuleNotFoundError:
    torch = None
else:
    torch.set_num_threads(1)

ROUNDS = 21
SECONDS_PER_TURN = 0.01
BIG, WIDE, TINY, FEW = (1000, 1000), (128, 50_000), (64, 10), (4096, 10)
#: What is wanted: {operation: {shape: (beside SciPy, beside torch in float32, in float64)}}; None: only reported.
WANTED = {
    "softmax": {BIG: (2, 0.9, 1.2), WIDE: (2, 0.9, 1.2), TINY: (2, 1.3, 1.3), FEW: (2, 5, 5)},
    "log_softmax": {BIG: (1.2, None, None), WIDE: (1.2, None, None), TINY: (1.2, None, None), FEW: (1.2, None, None)},
    "logsumexp": {BIG: (3, 1.5, 1.5), WIDE: (3, 1.5, 1.5), TINY: (3, 1.5, 1.5), FEW: (3, 1.5, 1.5)},
    "loss and gradient": {BIG: (None, 1.5, 1.5), TINY: (None, 2.5, 2.5), FEW: (None, 4.5, 4.5)},
}


def contestants(operation, x, labels):
    """Return {name: function without arguments}, ours first."""
    result = np.empty_like(x)
    ours = {
        "softmax": lambda: ss.softmax(x),
        "log_softmax": lambda: ss.log_softmax(x),
        "logsumexp": lambda: ss.logsumexp(x),
        "loss and gradient": lambda: ss.cross_entropy_with_grad(x, labels),
    }
    found = {"ours": ours[operation], "exp": lambda: np.exp(x, out=result)}
    if scipy is not None and hasattr(scipy, operation):
        function = getattr(scipy, operation)
        found["scipy"] = lambda: function(x, axis=-1)
    if torch is not None:
        tensor, targets = torch.from_numpy(x), torch.from_numpy(labels)

        def loss_and_gradient():
            leaf = tensor.detach().requires_grad_()
            torch.nn.functional.cross_entropy(leaf, targets).backward()
            return leaf.grad

        found["torch"] = {
            "softmax": lambda: torch.softmax(tensor, -1),
            "log_softmax": lambda: torch.log_softmax(tensor, -1),
            "logsumexp": lambda: torch.logsumexp(tensor, -1),
            "loss and gradient": loss_and_gradient,
        }[operation]
    return found


def ratios(functions):
    """Return the median seconds of the first function, and each one's time over that of the first."""
    repeats = {}
    for name, function in functions.items():
        function()
        start = time.perf_counter()
        function()
        repeats[name] = max(1, int(SECONDS_PER_TURN / max(time.perf_counter() - start, 1e-7)))
    rounds = []
    for _ in range(ROUNDS):
        seconds = {}
        for name, function in functions.items():
            function()
            start = time.process_time()
            for _ in range(repeats[name]):
                function()
            seconds[name] = (time.process_time() - start) / repeats[name]
        rounds.append(seconds)
    first = next(iter(functions))
    return statistics.median(r[first] for r in rounds), {
        name: statistics.median(r[name] / r[first] for r in rounds) for name in functions if name != first
    }


def print_table():
    """Print the table; return whether every wanted number that could be measured is met."""
    print("Speed: times as fast as others, one thread, processor time; 'exp' is numpy.exp in place on the same data")
    for name, module in (("SciPy", scipy), ("torch", torch)):
        if module is None:
            print(f"{name} is not installed, so it is not measured")
    heads = f"{'us':>9}{'x SciPy':>9}{'wanted':>8}{'x torch':>9}{'wanted':>8}{'x exp':>7}"
    print(f"{'':18}{'shape':>13}  {'dtype':8}{heads}")
    rng, met = np.random.default_rng(0), True
    for operation, shapes in WANTED.items():
        for shape, (scipy_wanted, *torch_wanted) in shapes.items():
            for dtype, from_torch in zip((np.float32, np.float64), torch_wanted, strict=True):
                x = rng.normal(0, 3, shape).astype(dtype)
                labels = rng.integers(0, shape[1], shape[0])
                seconds, measured = ratios(contestants(operation, x, labels))
                line = f"{operation:18}{f'{shape[0]} x {shape[1]}':>13}  {np.dtype(dtype).name:8}{seconds * 1e6:9.1f}"
                good = True
                for name, wanted in (("scipy", scipy_wanted), ("torch", from_torch)):
                    ratio = measured.get(name)
                    line += f"{'-' if ratio is None else f'{ratio:.2f}':>9}"
                    line += f"{'' if wanted is None else f'>= {wanted}':>8}"
                    good &= ratio is None or wanted is None or ratio >= wanted
                met &= good
                print(f"{line}{measured['exp']:7.2f}{'' if good else '  !'}", flush=True)
    print()
    return met
