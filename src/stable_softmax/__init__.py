"""Softmax, log-softmax, log-sum-exp and cross-entropy in NumPy that do not overflow."""
