"""What softmax is used for: attention, sampling and further losses, beside PyTorch and beside NumPy as one writes it.

The rules are those of `speed`. Nothing is wanted here: these functions are written to be read and to be right, and the
table says what that costs. "by hand" is the same formula with a maximum subtracted and nothing else: no check, no mask,
no care for the digits.
"""

import numpy as np

import stable_softmax as ss
from stable_softmax.attention import attention, attention_vjp
from stable_softmax.sampling import gumbel_max, sample

from .speed import ratios, torch

HEADS, TOKENS, FEATURES, VOCABULARY = 8, 128, 64, 50_000


def by_hand(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attentions(dtype, rng):
    """Yield (name, {method: function without arguments}), ours first."""
    query, key, value, cotangent = rng.normal(size=(4, HEADS, TOKENS, FEATURES)).astype(dtype)
    below = np.tril(np.ones((TOKENS, TOKENS), bool))

    def plain():
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(FEATURES)
        return by_hand(np.where(below, scores, -np.inf)) @ value

    forward = {"ours": lambda: attention(query, key, value, causal=True), "by hand": plain}
    backward = {"ours": lambda: attention_vjp(query, key, value, cotangent, causal=True)}
    if torch is not None:
        tensors = [torch.from_numpy(array)[None] for array in (query, key, value)]
        attend = torch.nn.functional.scaled_dot_product_attention
        forward["torch"] = lambda: attend(*tensors, is_causal=True)

        def both_ways():
            leaves = [tensor.detach().requires_grad_() for tensor in tensors]
            attend(*leaves, is_causal=True).backward(torch.from_numpy(cotangent)[None])

        backward["torch"] = both_ways
    yield f"causal attention, {HEADS} heads, {TOKENS} tokens", forward
    yield "its gradients (torch: forward, too)", backward


def losses(dtype, rng):
    """Yield (name, {method: function without arguments}) of losses with their gradients, ours first."""
    x, teacher = rng.normal(0, 3, (2, 1000, 1000)).astype(dtype)
    labels, yes = rng.integers(0, 1000, 1000), rng.integers(0, 2, x.shape).astype(dtype)
    found = {
        "binary cross-entropy": {"ours": lambda: ss.binary_cross_entropy_with_grad(x, yes)},
        "focal loss": {"ours": lambda: ss.focal_loss_with_grad(x, labels)},
        "distillation loss": {"ours": lambda: ss.distillation_loss_with_grad(x, teacher, temperature=2.0)},
    }
    if torch is not None:
        functional = torch.nn.functional
        scores, taught, targets, answers = map(torch.from_numpy, (x, teacher, labels, yes))

        def focal(leaf):
            loss = functional.cross_entropy(leaf, targets, reduction="none")
            return ((1 - torch.exp(-loss)) ** 2 * loss).mean()

        def distil(leaf):
            student, wanted = (torch.log_softmax(s / 2, -1) for s in (leaf, taught))
            return functional.kl_div(student, wanted, log_target=True, reduction="batchmean")

        def with_gradient(loss):
            leaf = scores.detach().requires_grad_()
            loss(leaf).backward()

        binary = functional.binary_cross_entropy_with_logits
        found["binary cross-entropy"]["torch"] = lambda: with_gradient(lambda leaf: binary(leaf, answers))
        found["focal loss"]["torch"] = lambda: with_gradient(focal)
        found["distillation loss"]["torch"] = lambda: with_gradient(distil)
    yield from found.items()


def samplers(dtype, rng):
    """Yield (name, {method: function without arguments}) of one word drawn for each of 8 rows, ours first."""
    x = rng.normal(0, 3, (8, VOCABULARY)).astype(dtype)

    def plain():
        ends = by_hand(x).cumsum(axis=-1)
        return (ends < rng.random((len(x), 1)) * ends[:, -1:]).sum(axis=-1)

    inverse = {"ours": lambda: sample(x, rng), "by hand": plain}
    gumbel = {"ours": lambda: gumbel_max(x, rng), "by hand": lambda: (x + rng.gumbel(size=x.shape)).argmax(axis=-1)}
    filtered = {"ours": lambda: sample(x, rng, temperature=0.8, top_k=50, top_p=0.9)}
    if torch is not None:
        scores = torch.from_numpy(x)

        def nucleus():
            kept, words = torch.topk(scores / 0.8, 50)
            p = torch.softmax(kept, -1)
            p[p.cumsum(-1) - p > 0.9] = 0
            return words.gather(1, torch.multinomial(p, 1))

        inverse["torch"] = lambda: torch.multinomial(torch.softmax(scores, -1), 1)
        filtered["torch"] = nucleus
    yield f"draw one of {VOCABULARY:,} words, 8 rows", inverse
    yield "by Gumbel noise", gumbel
    yield "top 50, then top 0.9, at 0.8", filtered


def print_table():
    """Print the table; return True, as nothing is wanted."""
    print("Uses: times as fast as others, one thread, processor time; attention and losses as in training")
    print(f"{'':42}{'dtype':9}{'us':>10}{'x by hand':>11}{'x torch':>9}")
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        for kind in (attentions, losses, samplers):
            for name, functions in kind(dtype, rng):
                seconds, measured = ratios(functions)
                line = f"{name:42}{np.dtype(dtype).name:9}{seconds * 1e6:10.1f}"
                for other, width in (("by hand", 11), ("torch", 9)):
                    line += f"{f'{measured[other]:.2f}' if other in measured else '-':>{width}}"
                print(line, flush=True)
    print()
    return True
