"""One step of training, and what is needed around it."""

import inspect

import numpy as np

from stable_softmax import cross_entropy_with_grad


def train_step(network, optimizer, inputs, labels, loss=cross_entropy_with_grad, recorder=None):
    """Forward, loss, backward, update.

    Parameters
    ----------
    network : Network
        Changed in place.
    optimizer : SGD or Adam
        Over ``network.parameters()``.
    inputs : ndarray, shape (examples, ...)
        Of the network's dtype.
    labels : ndarray of ints, shape (examples,)
    loss : callable, optional
        Takes scores and labels, returns the loss and its gradient with respect to the scores. One with a parameter
        `watch`, such as those of this package, shows a recorder its intermediate results too.
    recorder : FlightRecorder, optional
        Is shown, in the order in which they arise: "inputs", the parameters, each layer's outputs (the last are
        "scores"), what the loss computes, "loss", "gradient of scores", the other gradients, and what the update
        computes with the updated parameters. Its steps count the optimizer's, from 0.

    Returns
    -------
    float
        The loss before the update, in the scores' dtype. (The penalty of weight decay is not in it.)

    Examples
    --------
    >>> import numpy as np
    >>> from small_networks import SGD, Linear, Network
    >>> network = Network(Linear(2, 2, np.random.default_rng(0)))
    >>> optimizer = SGD(network.parameters(), rate=1.0)
    >>> losses = [train_step(network, optimizer, np.eye(2), np.array([0, 1])) for _ in range(100)]
    >>> bool(losses[-1] < 0.05)
    True
    """
    watch, shown = None, {}
    if recorder is not None:
        recorder.begin_step(optimizer.steps)
        watch = recorder.watch
        for name, array in [("inputs", inputs), *((p.name, p.value) for p in network.parameters())]:
            watch(name, array)
        shown = {"watch": watch} if "watch" in inspect.signature(loss).parameters else {}
    value, slope = loss(network.forward(inputs, watch), labels, **shown)
    if watch and not shown:
        watch("loss", value)
        watch("gradient of scores", slope)
    network.backward(slope, watch)
    optimizer.step(watch)
    return value


def minibatches(rng, count, size):
    """Deal out the numbers 0 to count - 1 in random order, `size` at a time: one epoch.

    Parameters
    ----------
    rng : numpy.random.Generator or numpy.random.RandomState
    count, size : int
        At least 1.

    Yields
    ------
    ndarray of ints, shape (size,)
        The last one is shorter where `size` does not divide `count`.

    Raises
    ------
    ValueError
        If `count` or `size` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> [len(batch) for batch in minibatches(np.random.default_rng(0), 10, 4)]
    [4, 4, 2]
    """
    if count < 1 or size < 1:
        raise ValueError(f"count and size must be at least 1, but are {count} and {size}")
    order = rng.permutation(count)
    return (order[start : start + size] for start in range(0, count, size))


def predict(network, inputs):
    """Return the class with the largest score of each example, shape (examples,)."""
    return network.forward(inputs).argmax(axis=-1)


def accuracy(network, inputs, labels):
    """Return which share of the examples is predicted right, a float from 0 to 1."""
    labels = np.asarray(labels)
    predicted = predict(network, inputs)
    if labels.shape != predicted.shape:
        raise ValueError(f"labels must have shape {predicted.shape}, but have shape {labels.shape}")
    return float((predicted == labels).mean())
