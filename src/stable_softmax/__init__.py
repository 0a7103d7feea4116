"""Softmax, log-softmax, log-sum-exp and cross-entropy in NumPy that do not overflow.

Scores (logits) are `x` in the functions of an array, and `scores` beside their `targets` in the losses.

Importing this package needs NumPy alone.
"""

from . import attention, gradcheck, jacobian, naive, precision, sampling, streaming
from ._invariance import batch_invariant
from .binary import binary_cross_entropy, binary_cross_entropy_grad, binary_cross_entropy_with_grad
from .functions import log_softmax, logsumexp, softmax
from .losses import cross_entropy, cross_entropy_grad, cross_entropy_with_grad
from .more_losses import (
    distillation_loss,
    distillation_loss_grad,
    distillation_loss_with_grad,
    focal_loss,
    focal_loss_grad,
    focal_loss_with_grad,
)

__all__ = [
    "attention",
    "batch_invariant",
    "binary_cross_entropy",
    "binary_cross_entropy_grad",
    "binary_cross_entropy_with_grad",
    "cross_entropy",
    "cross_entropy_grad",
    "cross_entropy_with_grad",
    "distillation_loss",
    "distillation_loss_grad",
    "distillation_loss_with_grad",
    "focal_loss",
    "focal_loss_grad",
    "focal_loss_with_grad",
    "gradcheck",
    "jacobian",
    "log_softmax",
    "logsumexp",
    "naive",
    "precision",
    "sampling",
    "softmax",
    "streaming",
]
