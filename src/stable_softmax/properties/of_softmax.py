"""Properties of softmax."""

import numpy as np

from .answers import alike, call

__all__ = [
    "dtypes_agree",
    "ignores_a_shift",
    "masked_get_nothing",
    "rows_stand_alone",
    "stays_finite",
    "sums_to_one",
    "winner_takes_all",
]


def stays_finite(function, *inputs):
    """Whether all of the answer is finite; for finite inputs it should be.

    Parameters
    ----------
    function : callable
        Returns a number or an array.
    *inputs
        What to call it with.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `function` is not callable.
    """
    return bool(np.all(np.isfinite(call(function, *inputs))))


def sums_to_one(softmax, x, atol=1e-12):
    """Whether each row's probabilities, added up in float64, make 1.

    Parameters
    ----------
    softmax : callable
        Takes scores of shape (..., classes), returns probabilities of that shape.
    x : array_like
        The scores; their dtype is kept.
    atol : float, default 1e-12
        How far from 1 a sum may be. NumPy's ``multinomial`` allows the default; a softmax in float32 need not get
        there.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `softmax` is not callable.
    """
    sums = call(softmax, np.asarray(x)).sum(axis=-1)
    return alike(sums, np.ones_like(sums), rtol=0, atol=atol)


def rows_stand_alone(softmax, batch, rtol=1e-9):
    """Whether the answer for a batch is the answers for its parts, stacked.

    Parameters
    ----------
    softmax : callable
        Takes scores, returns an array of their shape.
    batch : array_like, shape (rows, ...)
        Scores of two dimensions or more; each ``batch[i]`` is a part.
    rtol : float, default 1e-9
        How far apart, relative to each other, they may be.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `softmax` is not callable.
    """
    batch = np.asarray(batch)
    return alike(call(softmax, batch), [call(softmax, part) for part in batch], rtol)


def ignores_a_shift(function, x, shift=2.5, rtol=1e-9):
    """Whether the same amount, added to all scores, changes nothing.

    Parameters
    ----------
    function : callable
        Takes scores, returns an array or a number.
    x : array_like
        The scores.
    shift : float, default 2.5
        What is added.
    rtol : float, default 1e-9
        How far apart the answers may be, relative to each other.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `function` is not callable.
    """
    x = np.asarray(x)
    return alike(call(function, x + x.dtype.type(shift)), call(function, x), rtol)


def winner_takes_all(softmax, x, atol=1e-3):
    """Whether a class that leads by far gets nearly everything.

    Parameters
    ----------
    softmax : callable
        Takes scores of shape (classes,), returns probabilities.
    x : array_like, shape (classes,)
        Scores of which one is the largest by far; how far is enough depends on `softmax`.
    atol : float, default 1e-3
        How much of 1 the winner may lack.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `softmax` is not callable.
    """
    return bool(call(softmax, np.asarray(x))[np.argmax(x)] >= 1 - atol)


def masked_get_nothing(softmax, x, keep):
    """Whether the masked classes get 0, in rows of nothing else, too.

    Parameters
    ----------
    softmax : callable
        Takes scores and a mask, returns probabilities of the scores' shape.
    x : array_like, shape (..., classes)
        The scores.
    keep : array_like of bool, same shape
        False where a class is masked.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `softmax` is not callable.
    """
    keep = np.asarray(keep)
    return bool(np.all(call(softmax, np.asarray(x), keep)[~keep] == 0))


def dtypes_agree(function, x, *others, dtypes=(np.float16, np.float32)):
    """Whether a narrow format gives the answer of a wide one, up to its own rounding.

    Parameters
    ----------
    function : callable
        Takes scores and `others`, returns an array or a number.
    x : array_like
        Scores that the narrow format can hold.
    *others
        What else to call it with.
    dtypes : tuple of two dtypes, default (float16, float32)
        The narrow one, bfloat16 for example, and the wide one.

    Returns
    -------
    bool
        Answers may be apart by eight spacings of the narrow format at 1.

    Raises
    ------
    TypeError
        If `function` is not callable.
    """
    x, (narrow, wide) = np.asarray(x), dtypes
    room = 8 * float(np.spacing(np.ones((), narrow)))  # np.finfo does not know bfloat16
    return alike(call(function, x.astype(narrow), *others), call(function, x.astype(wide), *others), room, atol=room)
