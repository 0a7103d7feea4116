"""The tests that the chapters' exercises come with: hand in a function, and read which test fails, and why.

Examples
--------
>>> import numpy as np
>>> from stable_softmax import log_softmax, naive
>>> check_log_softmax(log_softmax).failed
[]
>>> check_log_softmax(naive.log_softmax).failed
['large scores', 'very negative scores', 'a probability below 5e-324', 'sure and right', 'a tiny loss of large scores']
"""

import tracemalloc
from dataclasses import dataclass

import numpy as np

from ._exercise_cases import CROSS_ENTROPY, CROSS_ENTROPY_GRAD, LOG_SOFTMAX, LONG_ROW, SOFTMAX_VJP
from .precision import reference

__all__ = ["Report", "check_cross_entropy", "check_cross_entropy_grad", "check_log_softmax", "check_softmax_vjp"]


@dataclass(frozen=True)
class Report:
    """What came of the tests; ``print`` it.

    Attributes
    ----------
    complaints : dict of str to str
        The name of each test, and why it failed; an empty text if it passed.
    """

    complaints: dict

    @property
    def failed(self):
        """The names of the tests that failed, as a list."""
        return [name for name, complaint in self.complaints.items() if complaint]

    def __str__(self):
        lines = [
            f"FAILS   {name}\n        {complaint}" if complaint else f"passes  {name}"
            for name, complaint in self.complaints.items()
        ]
        passed = len(self.complaints) - len(self.failed)
        return "\n".join([*lines, f"{passed} of {len(self.complaints)} tests pass."])


def check_log_softmax(function):
    """Try a log-softmax on rows that the usual slips get wrong.

    Parameters
    ----------
    function : callable
        Takes float64 scores of shape (..., classes) and returns log-probabilities of the same shape; the classes lie
        along the last axis. NumPy's warnings are silenced while it runs, and an exception counts as a failure.

    Returns
    -------
    Report
        With one line for each test, and two for one that fails. An answer may be off by a 1e-12th of the truth, which
        is computed to 50 digits.

    Raises
    ------
    TypeError
        If `function` is not callable.

    Examples
    --------
    >>> def shifted_but_logged_too_late(x):
    ...     e = np.exp(x - x.max(axis=-1, keepdims=True))
    ...     return np.log(e / e.sum(axis=-1, keepdims=True))
    >>> print(check_log_softmax(shifted_but_logged_too_late))
    passes  small scores
    passes  each row by itself
    FAILS   large scores
            class 0 of [1000, 2000, 3000]: -inf instead of -2000
            exp overflows: subtract the largest score of the row first
    passes  very negative scores
    FAILS   a probability below 5e-324
            class 0 of [0, 800]: -inf instead of -800
            p rounds to 0: do not go through p
    FAILS   sure and right
            class 0 of [46, 0]: 0 instead of -1.053e-20
            1 + r rounds to 1: leave the 1 out of the sum, and use log1p(r)
    FAILS   a tiny loss of large scores
            class 0 of [100000020, 100000000]: -2.0611537e-09 instead of -2.0611536e-09
            lse rounds to the largest score: take (score - largest) first, then subtract log1p(r)
    passes  a masked class
    passes  scores left alone
    5 of 9 tests pass.
    """
    _need_a_function(function)

    def truth(scores):
        return reference.log_softmax(scores).astype(np.float64)

    complaints = _tried(function, LOG_SOFTMAX, truth, rtol=1e-12)
    complaints["scores left alone"] = _touched(function, LOG_SOFTMAX)
    return Report(complaints)


def check_softmax_vjp(function):
    """Try a vector-Jacobian product of softmax on rows that the usual slips get wrong.

    Parameters
    ----------
    function : callable
        Takes float64 scores and slopes g with respect to the probabilities, both of shape (..., classes), and returns
        the slopes with respect to the scores, of the same shape. NumPy's warnings are silenced while it runs, and an
        exception counts as a failure.

    Returns
    -------
    Report
        With one line for each test, and two for one that fails. An answer may be off by a 1e-10th of the truth. The
        function fails the test with 2,000 classes if it takes more than 100 times the memory of its row.

    Raises
    ------
    TypeError
        If `function` is not callable.

    Examples
    --------
    >>> from stable_softmax.jacobian import softmax_vjp
    >>> check_softmax_vjp(softmax_vjp).failed
    []
    >>> from stable_softmax import softmax
    >>> def with_the_matrix(scores, g):
    ...     p = softmax(scores)
    ...     return g @ (np.diag(p) - np.outer(p, p))
    >>> check_softmax_vjp(with_the_matrix).failed
    ['each row by itself', 'a sure row', '2,000 classes']
    """
    _need_a_function(function)
    complaints = _tried(function, SOFTMAX_VJP, _vjp, rtol=1e-10)
    complaints[LONG_ROW.name] = _complaint_of_many(function)
    complaints["arrays left alone"] = _touched(function, SOFTMAX_VJP)
    return Report(complaints)


def check_cross_entropy(function):
    """Try the mean loss of a batch on rows that the usual slips get wrong.

    Parameters
    ----------
    function : callable
        Takes float64 scores of shape (rows, classes) and integer labels of shape (rows,), and returns the mean of
        -log p at the labels, one number. NumPy's warnings are silenced while it runs, and an exception counts as a
        failure.

    Returns
    -------
    Report
        With one line for each test, and two for one that fails. An answer may be off by a 1e-12th of the truth.

    Raises
    ------
    TypeError
        If `function` is not callable.

    Examples
    --------
    >>> from stable_softmax import cross_entropy, softmax
    >>> check_cross_entropy(cross_entropy).failed
    []
    >>> def columns_of_all_labels(scores, labels):
    ...     return -np.log(softmax(scores)[:, labels]).mean()
    >>> check_cross_entropy(columns_of_all_labels).failed
    ['a batch', 'a hopeless row', 'sure and right', 'a tiny loss of large scores']
    """
    _need_a_function(function)

    def truth(scores, labels):
        return np.mean(reference.cross_entropy(scores, labels).astype(np.float64))

    complaints = _tried(function, CROSS_ENTROPY, truth, rtol=1e-12)
    complaints["arrays left alone"] = _touched(function, CROSS_ENTROPY)
    return Report(complaints)


def check_cross_entropy_grad(function):
    """Try the gradient of a batch's mean loss on rows that the usual slips get wrong.

    Parameters
    ----------
    function : callable
        Takes float64 scores of shape (rows, classes) and integer labels of shape (rows,), and returns the gradient of
        the mean loss with respect to the scores, in their shape. NumPy's warnings are silenced while it runs, and an
        exception counts as a failure.

    Returns
    -------
    Report
        With one line for each test, and two for one that fails. An answer may be off by a 1e-12th of the truth.

    Raises
    ------
    TypeError
        If `function` is not callable.

    Examples
    --------
    >>> from stable_softmax import cross_entropy_grad, softmax
    >>> check_cross_entropy_grad(cross_entropy_grad).failed
    []
    >>> def of_the_sum(scores, labels):
    ...     return softmax(scores) - np.eye(scores.shape[1])[labels]
    >>> check_cross_entropy_grad(of_the_sum).failed
    ['a batch', 'sure and right']
    """
    _need_a_function(function)

    def truth(scores, labels):
        return reference.cross_entropy_grad(scores, labels).astype(np.float64) / len(labels)

    complaints = _tried(function, CROSS_ENTROPY_GRAD, truth, rtol=1e-12)
    complaints["arrays left alone"] = _touched(function, CROSS_ENTROPY_GRAD)
    return Report(complaints)


def _need_a_function(function):
    if not callable(function):
        raise TypeError(f"function must be callable, got {function!r}")


def _tried(function, cases, truth, rtol):
    """What to complain of in each case, by its name; `truth` takes what the function takes."""
    complaints = {}
    for case in cases:
        arguments = _arrays(case)
        complaints[case.name] = _complaint(function, arguments, truth(*arguments), case.hint, rtol)
    return complaints


def _arrays(case):
    return [np.array(argument) for argument in case.arguments]


def _vjp(scores, slopes):
    """p (g - p.g) of each row to 50 digits, in float64."""
    mp = reference.multiprecision()
    with mp.workdps(reference.DIGITS):
        p = reference.softmax(scores)
        exact = np.vectorize(mp.mpf, otypes=[object])(slopes)
        return (p * (exact - (p * exact).sum(axis=-1, keepdims=True))).astype(np.float64)


def _call(function, *arguments):
    """The function's answer, or the sentence that says which exception came instead."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(*arguments), np.float64)
    except Exception as error:  # the reader's code may raise anything
        return f"it raises {type(error).__name__}: {error}".rstrip()


def _touched(function, cases):
    """What to complain of if the function changes its arguments in any case."""
    for case in cases:
        arguments = _arrays(case)
        _call(function, *arguments)
        if not all(map(np.array_equal, arguments, _arrays(case))):
            return "the array that was handed in has changed: work on a copy"
    return ""


def _complaint_of_many(function):
    """What to complain of if the function is wrong about a long row, or forms a matrix."""
    scores, slopes = _arrays(LONG_ROW)
    was_tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        answer = _call(function, scores.copy(), slopes.copy())
        taken = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_tracing:
            tracemalloc.stop()
    if isinstance(answer, str):
        return answer
    if answer.shape != scores.shape or not np.allclose(answer, _vjp(scores, slopes), rtol=1e-10, atol=0):
        return "the answer is wrong"
    if taken > 100 * scores.nbytes:
        return f"more than 100 times the memory of the row was taken: {LONG_ROW.hint}"
    return ""


def _complaint(function, arguments, truth, hint, rtol):
    """What to complain of in the function's answer, if anything; the first argument holds the scores."""
    answer = _call(function, *(argument.copy() for argument in arguments))
    if isinstance(answer, str):
        return answer
    scores = arguments[0]
    if answer.shape != np.shape(truth):
        wanted = f"the scores have {scores.shape}" if np.ndim(truth) else "the mean loss is one number"
        return f"the answer has shape {answer.shape}, {wanted}"
    wrong = np.argwhere(~np.isclose(answer, truth, rtol=rtol, atol=0))
    if not len(wrong):
        return ""
    place = tuple(wrong[0])
    shown, expected = _apart(answer[place], truth[place])
    if not place:
        return f"{shown} instead of {expected} for {_text(scores)}, labels {arguments[1].tolist()}\n        {hint}"
    return f"class {place[-1]} of {_text(scores[place[:-1]])}: {shown} instead of {expected}\n        {hint}"


def _text(scores):
    """Scores in up to ten digits, row by row."""
    if scores.ndim == 0:
        return f"{scores:.10g}"
    return f"[{', '.join(map(_text, scores))}]"


def _apart(one, other):
    """Both numbers in as few digits as show that they differ, but four at least."""
    for digits in range(4, 18):
        texts = [f"{value + 0.0:.{digits}g}" for value in (one, other)]  # + 0.0 makes -0 a 0
        if texts[0] != texts[1]:
            break
    return texts
