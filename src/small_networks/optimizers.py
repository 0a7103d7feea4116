"""Rules that turn gradients into the next weights."""

import math

import numpy as np


class Optimizer:
    """What both rules share: the parameters, a count of the steps taken, weight decay.

    Parameters
    ----------
    parameters : list of Parameter
        As ``network.parameters()`` returns them. They are changed in place, in their own dtype.
    rate : float
        The learning rate, 0 or more.
    decay : float, default 0
        L2: adds ``decay * w`` to the gradient of the weights (not of the biases), which is the gradient of a penalty
        ``decay / 2 * sum(w ** 2)``.
    """

    def __init__(self, parameters, rate, decay=0.0):
        self.parameters = list(parameters)
        if not self.parameters or not all(hasattr(p, "gradient") for p in self.parameters):
            raise TypeError("parameters must be a list of Parameter, as network.parameters() returns it")
        self.rate, self.decay = _number(rate, "rate"), _number(decay, "decay")
        self.steps = 0

    def step(self, watch=None):
        """Change every parameter by one step, from its gradient.

        Parameters
        ----------
        watch : callable, optional
            Called as ``watch(name, array)`` with what each update computes: the moments or the velocity, if the rule
            keeps some ("first moment of linear1.weight"), then "updated linear1.weight".

        Raises
        ------
        RuntimeError
            If a parameter has no gradient yet.
        """
        watch = watch or (lambda name, array: None)
        missing = [parameter.name for parameter in self.parameters if parameter.gradient is None]
        if missing:
            raise RuntimeError(f"{missing[0]} has no gradient yet; call backward before step")
        self.steps += 1
        for place, parameter in enumerate(self.parameters):
            gradient = parameter.gradient
            if self.decay and parameter.is_weight:
                gradient = gradient + self.decay * parameter.value
                watch(f"gradient of {parameter.name} with decay", gradient)
            parameter.value -= self._change(place, gradient, parameter.name, watch)
            watch(f"updated {parameter.name}", parameter.value)

    def _change(self, place, gradient, name, watch):
        """What to take from the parameter at `place`; each rule says it in its own way."""
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent: ``w -= rate * gradient``, with momentum ``v = momentum * v + gradient; w -= rate * v``.

    Parameters
    ----------
    parameters, rate, decay
        As in `Optimizer`.
    momentum : float, default 0
        From 0 to below 1.

    Raises
    ------
    TypeError, ValueError
        If `parameters` are none, or a number is none, negative, not finite or out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from small_networks import Parameter
    >>> w = Parameter("weight", np.array([1.0]), np.array([0.5]))
    >>> SGD([w], rate=0.1).step()
    >>> w.value
    array([0.95])
    """

    def __init__(self, parameters, rate, momentum=0.0, decay=0.0):
        super().__init__(parameters, rate, decay)
        self.momentum = _number(momentum, "momentum", below=1)
        self.velocities = [np.zeros_like(p.value) for p in self.parameters] if self.momentum else None

    def _change(self, place, gradient, name, watch):
        if self.velocities is None:
            return self.rate * gradient
        velocity = self.velocities[place]
        velocity *= self.momentum
        velocity += gradient
        watch(f"velocity of {name}", velocity)
        return self.rate * velocity


class Adam(Optimizer):
    """Adam: each weight's step is its mean gradient over the root of its mean squared gradient.

    In float16 the second moment, a square, leaves the format soon: gradients above 255 give infinity, below about
    0.006 zero; and `eps` itself rounds to 0. That is one reason why moments are kept in float32 in practice.

    Parameters
    ----------
    parameters, rate, decay
        As in `Optimizer`.
    beta1, beta2 : float
        How much of each moment is kept in a step, from 0 to below 1.
    eps : float
        Added to the root, against a division by 0.

    Raises
    ------
    TypeError, ValueError
        As `SGD`.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980, algorithm 1.

    Examples
    --------
    Whatever the size of the gradient, the first step has the size of the rate:

    >>> import numpy as np
    >>> from small_networks import Parameter
    >>> w = Parameter("weight", np.array([1.0, 1.0]), np.array([0.5, -200.0]))
    >>> Adam([w], rate=0.1).step()
    >>> w.value.round(6)
    array([0.9, 1.1])
    """

    def __init__(self, parameters, rate, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.0):
        super().__init__(parameters, rate, decay)
        self.beta1, self.beta2 = _number(beta1, "beta1", below=1), _number(beta2, "beta2", below=1)
        self.eps = _number(eps, "eps")
        self.first = [np.zeros_like(p.value) for p in self.parameters]
        self.second = [np.zeros_like(p.value) for p in self.parameters]

    def _change(self, place, gradient, name, watch):
        first, second = self.first[place], self.second[place]
        first *= self.beta1
        first += (1 - self.beta1) * gradient
        watch(f"first moment of {name}", first)
        second *= self.beta2
        second += (1 - self.beta2) * gradient**2
        watch(f"second moment of {name}", second)
        # Both moments start at 0; dividing by the weight that they have seen so far takes that out again.
        mean = first / (1 - self.beta1**self.steps)
        root = np.sqrt(second / (1 - self.beta2**self.steps))
        return self.rate * mean / (root + self.eps)


def _number(value, name, below=math.inf):
    """Return `value` as a Python float, which casts no array to a wider dtype."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, but is {value!r}") from None
    if not 0 <= number < below:
        limit = "and finite" if below == math.inf else f"and below {below}"
        raise ValueError(f"{name} must be at least 0 {limit}, but is {value!r}")
    return number
