"""How PyTorch and JAX are asked about drawing classes."""

import numpy as np


def torch_temperature(scores, temperature):
    """Softmax of scores over a temperature, and what drawing from it says."""
    import torch

    p = torch.softmax(torch.tensor(scores) / temperature, -1)
    try:
        drawn = str(torch.multinomial(p, 1).shape)
    except RuntimeError as error:
        drawn = str(error)
    return {"probabilities": p.numpy(), "drawn": drawn}


def torch_gumbel_softmax(scores, exponential, cotangent, tau, hard):
    """A draw and its gradient, with exponential random numbers that are given."""
    import torch

    leaf = torch.tensor(scores, requires_grad=True)
    kept = torch.Tensor.exponential_
    torch.Tensor.exponential_ = lambda self, *_, **__: self.copy_(torch.tensor(exponential))
    try:
        draw = torch.nn.functional.gumbel_softmax(leaf, tau=tau, hard=hard)
    finally:
        torch.Tensor.exponential_ = kept
    (draw * torch.tensor(cotangent)).sum().backward()
    return {"draw": draw.detach().numpy(), "gradient": leaf.grad.numpy()}


def jax_noise(dtype, draws):
    """The largest and the smallest of many Gumbel random numbers."""
    import jax

    noise = np.asarray(jax.random.gumbel(jax.random.key(0), (draws,), dtype), np.float64)
    return {"smallest": float(noise.min()), "largest": float(noise.max())}


def jax_draws(dtype, scores, draws):
    """How often each class is drawn."""
    import jax

    drawn = jax.random.categorical(jax.random.key(0), jax.numpy.array(scores, dtype), shape=(draws,))
    return {"counts": np.bincount(np.asarray(drawn), minlength=len(scores))}
