"""The streaming tables: a linear layer's loss over very many classes, and what the size of the blocks costs.

Times are processor time on one thread, and their ratios medians over the rounds, as in `speed`. Memory is counted
beyond the arguments: what NumPy's arrays take at the peak (`tracemalloc`), and by how much the process grows, each call
in a process of its own, which torch's memory can be compared with.
"""

import functools
import multiprocessing
import resource
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

import stable_softmax as ss
from stable_softmax import streaming
from stable_softmax.precision import reference, ulp_error

try:
    import torch
except ModuleNotFoundError:
    torch = None
else:
    torch.set_num_threads(1)
try:
    import dask
    import dask.array as da
    import distributed
except ModuleNotFoundError:
    distributed = None

MIB = 1 << 20
ROWS, FEATURES, CLASSES = 1024, 256, 151_936
ROUNDS = 5
#: What is wanted: {contestant: (MiB of arrays at most, the peer, times as fast as the peer at least)}.
WANTED = {"loss, ours": (8, "loss, all scores in NumPy", 1.7), "both, ours": (260, "both, torch", 1.3)}
BLOCKS = (1, 4, 16, 64, 256, 1024, 4096)
#: ULP of the sum that our merge may be off, in blocks of 256 or more.
SUM_ULP = 2.5


def layer(rows=ROWS, features=FEATURES, classes=CLASSES):
    """Return hidden, weight and labels, in float32; the scores are about N(0, 1.6)."""
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((rows, features), np.float32)
    weight = rng.standard_normal((classes, features), np.float32)
    weight *= np.float32(0.1)
    return hidden, weight, rng.integers(0, classes, rows)


def product(hidden, weight, _labels):
    return hidden @ weight.T


def all_scores(hidden, weight, labels):
    """The standard fix on all scores at once, each step an array."""
    scores = hidden @ weight.T
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return (log_sums - shifted[np.arange(len(labels)), labels]).mean()


def own_on_all_scores(hidden, weight, labels):
    return ss.cross_entropy(hidden @ weight.T, labels)


def torch_loss(hidden, weight, labels):
    with torch.no_grad():
        h, w, targets = map(torch.from_numpy, (hidden, weight, labels))
        return float(torch.nn.functional.cross_entropy(h @ w.T, targets))


def torch_both(hidden, weight, labels):
    h, w = (torch.from_numpy(a).requires_grad_() for a in (hidden, weight))
    loss = torch.nn.functional.cross_entropy(h @ w.T, torch.from_numpy(labels))
    loss.backward()
    return float(loss.detach()), h.grad, w.grad


CONTESTANTS = {
    "loss, ours": streaming.linear_cross_entropy,
    "the product alone": product,
    "loss, all scores in NumPy": all_scores,
    "loss, cross_entropy(scores)": own_on_all_scores,
    "loss, torch": torch_loss,
    "both, ours": streaming.linear_cross_entropy_with_grad,
    "both, torch": torch_both,
}


def contestants():
    """Return {name: function}; "both" is the loss with its gradients."""
    return {name: function for name, function in CONTESTANTS.items() if torch is not None or "torch" not in name}


def traced(function, *arguments):
    """Return the bytes that NumPy's arrays take at the peak of a call."""
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def growth(name):
    """Return by how many bytes a process grows in a call; run it in a fresh one."""
    CONTESTANTS[name](*layer(ROWS, FEATURES, 64))  # the libraries' own memory
    given = layer()
    before = _peak()
    CONTESTANTS[name](*given)
    return _peak() - before


def _peak():
    """The most bytes that this process ever held."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()  # getrusage would count the parent's on Linux
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def seconds(functions, given):
    """Return, for each round, {name: seconds}."""
    rounds = []
    for _ in range(ROUNDS):
        taken = {}
        for name, function in functions.items():
            start = time.process_time()
            function(*given)
            taken[name] = time.process_time() - start
        rounds.append(taken)
    return rounds


def print_layer_table():
    """Print memory and time of a linear layer's loss; return whether what is wanted is met."""
    print(
        f"A linear layer's loss: {ROWS} rows, {FEATURES} features, {CLASSES} classes, float32, one thread; "
        "'both' is with gradients"
    )
    if torch is None:
        print("torch is not installed, so it is not measured")
    given = layer()
    functions = contestants()
    rounds = seconds(functions, given)
    fresh = multiprocessing.get_context("spawn")
    print(f"{'':30}{'arrays':>9}{'wanted':>10}{'process':>10}{'seconds':>9}   times as fast as")
    met = True
    for name, function in functions.items():
        size = None if "torch" in name else traced(function, *given) / MIB
        with fresh.Pool(1) as pool:
            grown = pool.apply(growth, (name,)) / MIB
        allowed, peer, ratio = WANTED.get(name, (None, None, None))
        line = f"{name:30}{'-' if size is None else f'{size:.1f}':>9}{'' if allowed is None else f'<= {allowed}':>10}"
        line += f"{grown:10.0f}{statistics.median(r[name] for r in rounds):9.2f}"
        good = allowed is None or size <= allowed
        if peer in functions:
            measured = statistics.median(r[peer] / r[name] for r in rounds)
            good &= measured >= ratio
            line += f"   {peer}: {measured:.2f} (wanted >= {ratio})"
        met &= good
        print(f"{line}{'' if good else '  !'}", flush=True)
    print()
    return met


def plain_sum(x, size):
    """Online softmax as it is published, in the dtype of `x`: return the largest score and the sum, block by block."""
    most, total = x.dtype.type(-np.inf), x.dtype.type(0)
    for start in range(0, len(x), size):
        block = x[start : start + size]
        top = block.max()
        higher = max(most, top)
        total = total * np.exp(most - higher) + np.exp(block - top).sum() * np.exp(top - higher)
        most = higher
    return most, total


def merged_sum(x, size):
    """The same with `streaming.merge`."""
    state = functools.reduce(streaming.merge, (streaming.MaxSum.of(x[i : i + size]) for i in range(0, len(x), size)))
    return state.max, state.sum


def true_sum(x):
    """The sum of exp(score - largest), to many digits."""
    import mpmath

    with mpmath.workdps(50):
        return mpmath.exp(reference.logsumexp(x) - mpmath.mpf(float(x.max())))


def print_block_table(count=CLASSES):
    """Print the error of the sum by the size of the blocks; return whether it is small where that is wanted."""
    print(f"Merging in blocks: ULP of the sum over {count} scores from N(0, 3), merged one block after another")
    print(f"{'':10}{'order':12}{'dtype':8}" + "".join(f"{size:>9}" for size in BLOCKS))
    scores, met = np.random.default_rng(0).normal(0, 3, count), True
    for dtype in (np.float32, np.float64):
        x = scores.astype(dtype)
        truth = true_sum(x)
        for order, row in (("random", x), ("ascending", np.sort(x)), ("descending", np.sort(x)[::-1])):
            for name, function in (("formula", plain_sum), ("ours", merged_sum)):
                errors = [float(ulp_error(dtype(function(row, size)[1]), truth)) for size in BLOCKS]
                good = name == "formula" or max(errors[BLOCKS.index(256) :]) <= SUM_ULP
                met &= good
                numbers = "".join(f"{error:9.1f}" for error in errors)
                print(f"{name:10}{order:12}{np.dtype(dtype).name:8}{numbers}{'' if good else '  !'}", flush=True)
    print()
    return met


def chunk(seed, classes):
    """Return weights of some classes, as `layer` does."""
    return np.random.default_rng(seed).standard_normal((classes, FEATURES), np.float32) * np.float32(0.1)


def on_the_workers(chunks):
    """Return weights in chunks that are made where they are used, so that none is sent."""
    sizes = np.diff(np.linspace(0, CLASSES, chunks + 1).astype(int)).tolist()
    return da.concatenate(
        [
            da.from_delayed(dask.delayed(chunk)(seed, size), (size, FEATURES), np.float32)
            for seed, size in enumerate(sizes)
        ]
    )


def print_dask_table(workers=(1, 2), chunks=16):
    """Print time and memory of the same layer on a local cluster, by the number of its workers."""
    print(
        f"The same layer in Dask: weights in {chunks} chunks, one thread a worker, "
        "everything in the workers' memory before"
    )
    if distributed is None:
        print("Dask is not installed, so it is not measured\n")
        return
    print(f"{'workers':>8}{'':14}{'seconds':>9}{'times as fast':>15}{'MiB that a worker grows, at most':>35}")
    hidden, labels = layer(classes=1)[0], np.random.default_rng(0).integers(0, CLASSES, ROWS)
    first = {}
    for count in workers:
        for name in ("loss", "both"):
            # A fresh cluster each time, as a process's peak never falls.
            with (
                distributed.LocalCluster(
                    n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=None
                ) as cluster,
                distributed.Client(cluster) as client,
            ):
                rows, classes = client.persist([da.from_array(hidden, chunks=-1), on_the_workers(chunks)])
                distributed.wait([rows, classes])
                before = client.run(_peak)
                start = time.perf_counter()
                if name == "loss":
                    streaming.linear_cross_entropy(rows, classes, labels).compute()
                else:
                    loss, gradients = streaming.linear_cross_entropy_with_grad(rows, classes, labels)
                    distributed.wait(client.persist([loss, gradients.hidden, gradients.weight]))
                taken = time.perf_counter() - start
                grown = max(peak - before[worker] for worker, peak in client.run(_peak).items()) / MIB
            first.setdefault(name, taken)
            print(f"{count:8}  {name:12}{taken:9.2f}{first[name] / taken:15.2f}{grown:35.0f}", flush=True)
    print()


def print_tables():
    """Print all three tables; return whether what is wanted is met."""
    met = [print_layer_table(), print_block_table()]
    print_dask_table()
    return all(met)
