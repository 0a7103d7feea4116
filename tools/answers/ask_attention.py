"""Attention: the cases, and how PyTorch and JAX are asked about them. Arrays are matrices; there is no batch."""

from contextlib import nullcontext

import numpy as np


def arguments(queries, keys, seed, dtype=np.float64, features=4, width=3):
    rng = np.random.default_rng(seed)
    shapes = {
        "query": (queries, features),
        "key": (keys, features),
        "value": (keys, width),
        "cotangent": (queries, width),
    }
    return {name: rng.normal(0, 1, shape).astype(dtype) for name, shape in shapes.items()}


def any_case(seed):
    """With a mask or none, causal or not, and a scale or none; the second half of the masks has empty rows."""
    rng = np.random.default_rng([seed, 1])
    queries, keys = rng.integers(1, 7, 2)
    causal = seed % 4 == 0
    where = None
    if not causal and seed % 3:
        where = rng.random((queries, keys)) < 0.6
        where[:, 0] |= seed < 15
        where[0] &= seed < 15
    scale = float(rng.choice([0.1, 3.0])) if seed % 5 == 0 else None
    return {
        **arguments(queries, queries if causal else keys, seed),
        "where": where,
        "causal": bool(causal),
        "scale": scale,
    }


ATTENTION = {f"seed {seed}": any_case(seed) for seed in range(30)}

#: Three queries, of which the second may see none of the three keys.
ROW = {**arguments(3, 3, 0, np.float32, width=4), "where": np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1]], bool)}
MASKS = "booleans", "-inf", "-1e9", "lowest"
EMPTY_ROWS = {mask: {**ROW, "mask": mask} for mask in MASKS}
EMPTY_ROWS_BY_KERNEL = {
    f"{mask}, {kernel or 'by default'}": {**ROW, "mask": mask, "kernel": kernel}
    for kernel in ("MATH", "FLASH_ATTENTION", None)
    for mask in MASKS
}
#: How -inf comes into the scores, and where zeros are put in the place of NaN.
BY_HAND = {
    f"{how}, {rescue}": {**ROW, "how": how, "rescue": rescue}
    for how in ("set", "added")
    for rescue in ("none", "output", "weights", "scores and weights")
}
PADDING = {f"need_weights={needed}": {"needed": needed} for needed in (True, False)}
PADDING["in evaluation"] = {"needed": False, "evaluated": True}


def lowest(mask, dtype):
    return {"-inf": -np.inf, "-1e9": -1e9, "lowest": float(np.finfo(dtype).min)}[mask]


def named(output, query, key, value):
    return {"output": output, "query gradient": query, "key gradient": key, "value gradient": value}


# PyTorch ------------------------------------------------------------------------------------------


def torch_attention(query, key, value, cotangent, where, causal=False, scale=None, mask="booleans", kernel=None):
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    leaves = [torch.tensor(array).requires_grad_() for array in (query, key, value)]
    if where is not None:
        where = torch.tensor(where if mask == "booleans" else np.where(where, 0, lowest(mask, query.dtype)))
        where = where if mask == "booleans" else where.to(leaves[0].dtype)
    with nullcontext() if kernel is None else sdpa_kernel(getattr(SDPBackend, kernel)):
        batched = [leaf[None, None] for leaf in leaves]
        output = torch.nn.functional.scaled_dot_product_attention(
            *batched, attn_mask=where, is_causal=causal, scale=scale
        )[0, 0]
    output.backward(torch.tensor(cotangent))
    return named(output.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves))


def torch_by_hand(query, key, value, cotangent, where, how, rescue):
    """softmax(q k^T / 2 + mask) v, from PyTorch's operations."""
    import torch

    leaves = [torch.tensor(array).requires_grad_() for array in (query, key, value)]
    q, k, v = leaves
    where, zero = torch.tensor(where), torch.tensor(0.0)
    alive = where.any(-1, keepdim=True)
    scores = q @ k.T / 2
    masked = scores.masked_fill(~where, -torch.inf) if how == "set" else scores + torch.where(where, zero, -torch.inf)
    if rescue == "scores and weights":
        masked = torch.where(alive, masked, zero)
    weights = torch.softmax(masked, -1)
    if "weights" in rescue:
        weights = torch.where(alive, weights, zero)
    output = weights @ v
    if rescue == "output":
        output = torch.where(alive, output, zero)
    output.backward(torch.tensor(cotangent))
    return named(output.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves))


def torch_padding(needed, evaluated=False):
    """torch.nn.MultiheadAttention of three tokens, all of them padding; in training, or evaluated without gradients."""
    import torch

    layer, x = torch.nn.MultiheadAttention(4, 2, batch_first=True), torch.ones(1, 3, 4)
    with torch.set_grad_enabled(not evaluated):  # an even number of heads has a path of its own there
        layer.train(not evaluated)
        output = layer(x, x, x, key_padding_mask=torch.ones(1, 3, dtype=torch.bool), need_weights=needed)[0]
    return {"largest output": output.abs().max().item()}


# JAX ----------------------------------------------------------------------------------------------


def jax_attention(query, key, value, cotangent, where, mask):
    """jax.nn.dot_product_attention, with a mask of booleans or as a bias."""
    import jax

    where = where[None, None]
    if mask == "booleans":
        options = {"mask": where}
    else:
        options = {"bias": jax.numpy.asarray(np.where(where, 0, lowest(mask, query.dtype)).astype(query.dtype))}

    def attention(*arrays):
        return jax.nn.dot_product_attention(*(array[None, :, None] for array in arrays), **options)[0, :, 0]

    output, back = jax.vjp(attention, *map(jax.numpy.asarray, (query, key, value)))
    return named(np.asarray(output), *map(np.asarray, back(jax.numpy.asarray(cotangent))))


def jax_by_hand(query, key, value, cotangent, where, how, rescue):
    """softmax(q k^T / 2 + mask) v, from JAX's operations."""
    import jax

    jnp = jax.numpy
    alive = where.any(-1, keepdims=True)

    def attention(q, k, v):
        scores = q @ k.T / 2
        masked = jnp.where(where, scores, -jnp.inf) if how == "set" else scores + jnp.where(where, 0, -jnp.inf)
        if rescue == "scores and weights":
            masked = jnp.where(alive, masked, 0)
        weights = jax.nn.softmax(masked, -1)
        if "weights" in rescue:
            weights = jnp.where(alive, weights, 0)
        return jnp.where(alive, weights @ v, 0) if rescue == "output" else weights @ v

    output, back = jax.vjp(attention, *map(jnp.asarray, (query, key, value)))
    return named(np.asarray(output), *map(np.asarray, back(jnp.asarray(cotangent))))


def jax_softmax_where(where, **_):
    """jax.nn.softmax of equal scores with where=."""
    import jax

    return {"weights": np.asarray(jax.nn.softmax(jax.numpy.zeros(where.shape), axis=-1, where=where))}
