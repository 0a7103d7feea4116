"""Properties that softmax, losses and gradients must have, as functions: hand in yours, and read whether it has them.

Each takes a function and what to call it with, and returns True or False. None knows the right answer: a property
compares answers with each other, or with a bound. NumPy's warnings are silenced while the function runs, and what it
raises is not caught.

Examples
--------
>>> import numpy as np
>>> from stable_softmax import naive, softmax
>>> stays_finite(softmax, [1000.0, 2000.0, 3000.0])
True
>>> stays_finite(naive.softmax, [1000.0, 2000.0, 3000.0])
False
"""

import numpy as np

__all__ = [
    "averages_its_rows",
    "dtypes_agree",
    "gradient_sums_to_zero",
    "ignores_a_shift",
    "ignores_an_impossible_class",
    "ignores_ignored_rows",
    "masked_get_nothing",
    "masked_gradient_is_zero",
    "mirrors",
    "regroups",
    "rows_stand_alone",
    "stays_finite",
    "sums_to_one",
    "sure_and_right_is_free",
    "winner_takes_all",
]


# Of softmax ---------------------------------------------------------------------------------------


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
    return bool(np.all(np.isfinite(_call(function, *inputs))))


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
    sums = _call(softmax, np.asarray(x)).sum(axis=-1)
    return _alike(sums, np.ones_like(sums), rtol=0, atol=atol)


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
    return _alike(_call(softmax, batch), [_call(softmax, part) for part in batch], rtol)


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
    return _alike(_call(function, x + x.dtype.type(shift)), _call(function, x), rtol)


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
    return bool(_call(softmax, np.asarray(x))[np.argmax(x)] >= 1 - atol)


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
    return bool(np.all(_call(softmax, np.asarray(x), keep)[~keep] == 0))


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
    return _alike(_call(function, x.astype(narrow), *others), _call(function, x.astype(wide), *others), room, atol=room)


# Of losses ----------------------------------------------------------------------------------------


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
    return all(_alike(_call(loss, row, label), 0.0, rtol=0, atol=atol) for label, row in enumerate(rows))


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
    return _alike(_call(loss, more_scores, more_targets), _call(loss, scores, targets), rtol)


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
    before, changed = _call(loss, scores, labels), scores.copy()
    for step in (3, 5):  # one of them is another row than stands there
        changed[ignored] = step * np.arange(scores.shape[-1])
        if not _alike(_call(loss, changed, labels), before, rtol):
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
    rows = [_call(loss, scores[i : i + 1], targets[i : i + 1]) for i in range(len(scores))]
    return _alike(_call(loss, scores, targets), np.mean(rows), rtol)


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
    return _alike(_call(loss, z, 1), _call(loss, -z, 0), rtol)


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
    whole = _call(mean, [numbers])
    return all(_alike(_call(mean, [numbers[:cut], numbers[cut:]]), whole, rtol) for cut in range(1, len(numbers)))


# Of gradients -------------------------------------------------------------------------------------


def gradient_sums_to_zero(gradient, x, rtol=1e-9):
    """Whether the slopes by all scores are finite and cancel, as they do if a shift of all scores changes nothing.

    Parameters
    ----------
    gradient : callable
        Takes scores of shape (..., classes), returns slopes of that shape.
    x : array_like, shape (..., classes)
        The scores.
    rtol : float, default 1e-9
        How large the sum may be beside the row's largest slope.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `gradient` is not callable.
    """
    slopes = _call(gradient, np.asarray(x))
    if not np.all(np.isfinite(slopes)):  # else inf <= inf
        return False
    return bool(np.all(np.abs(slopes.sum(axis=-1)) <= rtol * np.abs(slopes).max(axis=-1)))


def masked_gradient_is_zero(gradient, x, keep):
    """Whether the slopes by masked scores are 0, and all others finite.

    Parameters
    ----------
    gradient : callable
        Takes scores, returns slopes of their shape.
    x : array_like
        The scores.
    keep : array_like of bool, same shape
        False where a score is masked.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `gradient` is not callable.
    """
    slopes = _call(gradient, np.asarray(x))
    return bool(np.all(np.isfinite(slopes)) and np.all(slopes[~np.asarray(keep)] == 0))


# How they ask, and compare ------------------------------------------------------------------------


def _call(function, *inputs):
    """The function's answer in float64, without NumPy's warnings."""
    if not callable(function):
        raise TypeError(f"the first argument must be callable, got {function!r}")
    with np.errstate(all="ignore"):
        return np.asarray(function(*inputs)).astype(np.float64)


def _alike(one, other, rtol, atol=0.0):
    """Whether two answers have one shape and equal numbers, up to the tolerances; NaN equals nothing."""
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol, atol))
