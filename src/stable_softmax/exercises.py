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

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .precision import reference

__all__ = ["Report", "check_log_softmax"]


class Case(NamedTuple):
    """Scores that a function is tried on, and what to think of if its answer is wrong."""

    name: str
    scores: list
    hint: str


LOG_SOFTMAX = (
    Case("small scores", [1.0, 2.0, 3.0], "log p is the score less the log of the sum of exponentials"),
    Case("each row by itself", [[1.0, 2.0, 3.0], [1.0, 2.0, 5.0]],
         "largest score and sum are those of the row: axis=-1, keepdims=True"),
    Case("large scores", [1000.0, 2000.0, 3000.0], "exp overflows: subtract the largest score of the row first"),
    Case("very negative scores", [-1000.0, -1001.0, -1002.0],
         "every exp is 0: subtract the largest score of the row first"),
    Case("a probability below 5e-324", [0.0, 800.0], "p rounds to 0: do not go through p"),
    Case("sure and right", [46.0, 0.0], "1 + r rounds to 1: leave the 1 out of the sum, and use log1p(r)"),
    Case("a tiny loss of large scores", [1e8 + 20, 1e8],
         "lse rounds to the largest score: take (score - largest) first, then subtract log1p(r)"),
    Case("a masked class", [0.0, 1.0, -np.inf], "exp(-inf) is 0 and does no harm: its answer is -inf"),
)


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
    if not callable(function):
        raise TypeError(f"function must be callable, but is {function!r}")
    complaints = {case.name: _complaint(function, case) for case in LOG_SOFTMAX}
    scores = np.array([1.0, 2.0, 3.0])
    _call(function, scores)
    left_alone = np.array_equal(scores, [1.0, 2.0, 3.0])
    complaints["scores left alone"] = "" if left_alone else "the array that was handed in has changed: work on a copy"
    return Report(complaints)


def _call(function, scores):
    """The function's answer, or the sentence that says which exception came instead."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(scores), np.float64)
    except Exception as error:  # the reader's code may raise anything
        return f"it raises {type(error).__name__}: {error}"


def _complaint(function, case):
    scores = np.array(case.scores)
    answer = _call(function, scores.copy())
    if isinstance(answer, str):
        return answer
    if answer.shape != scores.shape:
        return f"the answer has shape {answer.shape}, the scores have {scores.shape}"
    truth = reference.log_softmax(scores).astype(np.float64)
    wrong = np.argwhere(~np.isclose(answer, truth, rtol=1e-12, atol=0))
    if not len(wrong):
        return ""
    place = tuple(wrong[0])
    row = ", ".join(f"{score:.10g}" for score in scores[place[:-1]])
    shown, expected = _apart(answer[place], truth[place])
    return f"class {place[-1]} of [{row}]: {shown} instead of {expected}\n        {case.hint}"


def _apart(one, other):
    """Both numbers in as few digits as show that they differ, but four at least."""
    for digits in range(4, 18):
        texts = [f"{value + 0.0:.{digits}g}" for value in (one, other)]  # + 0.0 makes -0 a 0
        if texts[0] != texts[1]:
            break
    return texts
