r"""The derivations of softmax and cross-entropy, one SymPy expression a step.

Two kinds of objects live here, and both use the same symbols.

* *General N.* Scores are an indexed family ``a[i]``, sums run over ``k = 1..N`` with ``N`` left open, and "is it the
  same index?" is Kronecker's delta. `quotient_rule`, `cross_entropy_rule` and the other ``*_rule`` functions return
  the steps of one derivation, in reading order, as a named tuple.
* *Concrete N.* ``vector(a, 3)`` is the column ``(a[1], a[2], a[3])``; `softmax`, `softmax_jacobian` and the others
  take such a column and let SymPy do the calculus with no rule of ours in between.

`same` compares two expressions, `at` fills in numbers for ``N, i, j, ...``, `as_function` turns an expression into a
NumPy function. Every free index is taken to lie in its range (1 to N, or 1 to D); SymPy alone would carry that
condition along as a ``Piecewise``.

Symbols
-------
- a, p, y: scores, probabilities :math:`p_i = e^{a_i} / \sum_k e^{a_k}`, and targets
- x, w: inputs x_j and weights w_ij of a softmax layer, whose scores are a_k = sum_d w_kd x_d
- N, D: number of classes, and of inputs of a softmax layer
- i, j, k: indices of classes; in w_ij and x_j, j is that of an input
- t, d: the right class; the index of inputs over which a score sums
- Z: the denominator, :math:`\sum_k e^{a_k}`
- C, log_C, a_max: the factor of the shift identity, its logarithm, and the largest score
"""

from . import columns, rules, symbols
from .columns import *
from .rules import *
from .symbols import *

__all__ = symbols.__all__ + columns.__all__ + rules.__all__
