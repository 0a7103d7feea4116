"""Properties of losses."""

import numpy as np

from .answers import alike, call

__all__ = [
    "averages_its_rows",
    "ignores_an_impossible_class",
    "ignores_ignored_rows",
    "mirrors",
    "regroups",
    "sure_and_right_is_free",
]


def sure_and_right_is_free(loss, classes=3, atol=1e-6):
    """Whether the loss comes down to 0 where the right class leads by 1,000.

    Parameters
    ----------
    loss : callable
        Takes scores of shape (classes,) and a label, returns a number.
    classes : int, default 3
        How many classes there are; each is tried as the right one.
    atol : float, default 1e-6
        How much the loss may be.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `loss` is not callable.
    """
    rows = 1000.0 * np.eye(classes)
    return all(alike(call(loss, row, label), 0.0, rtol=0, atol=atol) for label, row in enumerate(rows))


def ignores_an_impossible_class(loss, scores, targets, rtol=1e-9):
    """Whether one more class, with a score of -inf and a target of 0, changes nothing.

    Parameters
    ----------
    loss : callable
        Takes scores, or log-probabilities, and targets, returns a number or one for each row.
    scores, targets : array_like, shape (..., classes)
        Finite scores, and probabilities.
    rtol : float, default 1e-9
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `loss` is not callable.
    """
    scores, targets = np.asarray(scores), np.asarray(targets)
    before = [(0, 0)] * (scores.ndim - 1)
    more_scores = np.pad(scores, [*before, (0, 1)], constant_values=-np.inf)
    more_targets = np.pad(targets, [*before, (0, 1)])
    return alike(call(loss, more_scores, more_targets), call(loss, scores, targets), rtol)


def ignores_ignored_rows(loss, scores, labels, ignore=-100, rtol=1e-9):
    """Whether it makes no difference which scores stand in the rows that are to be ignored.

    Parameters
    ----------
    loss : callable
        Takes scores and labels, returns a number.
    scores : array_like, shape (rows, classes)
        The scores.
    labels : array_like of int, shape (rows,)
        The labels, some of them `ignore`.
    ignore : int, default -100
        The label of rows to ignore.
    rtol : float, default 1e-9
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `loss` is not callable.
    ValueError
        If no row has the label `ignore`.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    ignored = labels == ignore
    if not ignored.any():
        raise ValueError(f"labels must hold the label to ignore, {ignore}, got {labels.tolist()}")
    before, changed = call(loss, scores, labels), scores.copy()
    for step in (3, 5):  # one of them is another row than stands there
        changed[ignored] = step * np.arange(scores.shape[-1])
        if not alike(call(loss, changed, labels), before, rtol):
            return False
    return True


def averages_its_rows(loss, scores, targets, rtol=1e-9):
    """Whether the loss of a batch is the mean of its rows' losses.

    Parameters
    ----------
    loss : callable
        Takes scores and targets, returns a number. It does not weigh rows and ignores none.
    scores, targets : array_like, shape (rows, ...)
        The batch.
    rtol : float, default 1e-9
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `loss` is not callable.
    """
    scores, targets = np.asarray(scores), np.asarray(targets)
    rows = [call(loss, scores[i : i + 1], targets[i : i + 1]) for i in range(len(scores))]
    return alike(call(loss, scores, targets), np.mean(rows), rtol)


def mirrors(loss, z, rtol=1e-5):
    """Whether a loss of two classes is the same when they change places.

    Parameters
    ----------
    loss : callable
        Takes the score z of class 1 beside a score of 0, and a label of 1 or 0; returns a number or one for each z.
    z : array_like
        The scores; their dtype is kept.
    rtol : float, default 1e-5
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `loss` is not callable.
    """
    z = np.asarray(z)
    return alike(call(loss, z, 1), call(loss, -z, 0), rtol)


def regroups(mean, numbers, rtol=1e-9):
    """Whether a mean over parts is the same wherever the numbers are cut in two.

    Parameters
    ----------
    mean : callable
        Takes a list of arrays, returns a number.
    numbers : array_like, shape (n,)
        Two numbers or more.
    rtol : float, default 1e-9
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `mean` is not callable.
    """
    numbers = np.asarray(numbers)
    whole = call(mean, [numbers])
    return all(alike(call(mean, [numbers[:cut], numbers[cut:]]), whole, rtol) for cut in range(1, len(numbers)))
