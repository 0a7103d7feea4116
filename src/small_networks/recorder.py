"""A flight recorder: keeps the tensors of the last steps, and says where the first non-finite number arose."""

from collections import deque
from typing import NamedTuple

import numpy as np


class Crash(NamedTuple):
    """The first tensor, in the order of computation, that held a number which is not finite."""

    step: int  #: number of the step, as `FlightRecorder.begin_step` was told
    tensor: str  #: its name
    #: where its first non-finite number lies
    index: tuple  # type: ignore[assignment]
    value: float  #: that number, which is inf, -inf or nan
    bad: int  #: how many of its numbers are not finite
    size: int  #: how many it has in all

    def __str__(self):
        place = f" at [{', '.join(map(str, self.index))}]" if self.index else ""
        return (
            f"step {self.step}: {self.tensor}{place} is {self.value}, the first number that is not finite "
            f"({self.bad} of {self.size})"
        )


class FlightRecorder:
    """Keeps copies of all tensors of the last steps, until one of them is not finite.

    It checks every tensor that it is shown, in the order shown. Once a number is infinite or NaN, `crash` says which,
    the rest of that step is still recorded (so that you see how it spreads), and later steps are ignored: the tensors
    of the crash stay.

    The price is one pass over each tensor, and the memory (`nbytes`) of `keep` steps: all activations, gradients and
    parameters, about `keep` times what the training itself holds at a time.

    Parameters
    ----------
    keep : int, default 3
        How many steps to keep, the latest one included.

    Attributes
    ----------
    crash : Crash or None

    Raises
    ------
    TypeError, ValueError
        If `keep` is no int, or below 1.

    Examples
    --------
    >>> import numpy as np
    >>> recorder = FlightRecorder()
    >>> recorder.begin_step(0)
    >>> recorder.watch("scores", np.array([1.0, 800.0]))
    >>> with np.errstate(over="ignore"):
    ...     recorder.watch("exponentials", np.exp(recorder.rewind()["scores"]))
    >>> print(recorder)
    step 0: exponentials at [1] is inf, the first number that is not finite (1 of 2)
    >>> recorder.crash.tensor, recorder.crash.index
    ('exponentials', (1,))
    """

    def __init__(self, keep=3):
        if isinstance(keep, bool) or not isinstance(keep, (int, np.integer)):
            raise TypeError(f"keep must be an int, but is {keep!r}")
        if keep < 1:
            raise ValueError(f"keep must be at least 1, but is {keep}")
        self.crash = None
        self._records: deque[tuple[int, dict[str, np.ndarray]]] = deque(maxlen=int(keep))
        self._stopped = False

    def begin_step(self, step):
        """Start the record of a step; the oldest one goes if there are `keep` of them. Nothing after a crash."""
        self._stopped = self.crash is not None
        if not self._stopped:
            if step in self.steps:
                raise ValueError(f"step {step} is recorded already; use a new FlightRecorder for a new training")
            self._records.append((step, {}))

    def watch(self, name, array):
        """Copy an array (or number) into the current step's record, and check it.

        Parameters
        ----------
        name : str
        array : array_like of real numbers

        Raises
        ------
        RuntimeError
            Before the first `begin_step`.
        TypeError
            If it holds no real numbers.
        ValueError
            If the step has a tensor of this name.
        """
        if self._stopped:
            return
        if not self._records:
            raise RuntimeError("watch was called before begin_step")
        step, tensors = self._records[-1]
        if name in tensors:
            raise ValueError(f"step {step} has a tensor named {name!r} already")
        array = np.array(array)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name!r} must hold real numbers, but has dtype {array.dtype}")
        tensors[name] = array
        if self.crash is None and not (finite := np.isfinite(array)).all():
            index = tuple(int(place) for place in np.argwhere(~finite)[0])
            self.crash = Crash(step, name, index, float(array[index]), int((~finite).sum()), array.size)

    @property
    def steps(self):
        """Numbers of the recorded steps, the oldest first."""
        return [step for step, _ in self._records]

    @property
    def nbytes(self):
        """Bytes of all tensors that are kept."""
        return sum(array.nbytes for _, tensors in self._records for array in tensors.values())

    def rewind(self, step=None):
        """Return all tensors of a recorded step, by default of the last one.

        Returns
        -------
        dict of str to ndarray
            In the order in which they arose.

        Raises
        ------
        LookupError
            If that step is not recorded, or none is.
        """
        for number, tensors in reversed(self._records):
            if step is None or number == step:
                return dict(tensors)
        if not self._records:
            raise LookupError("nothing is recorded yet")
        raise LookupError(f"step {step} is not recorded; there are: {self.steps}")

    def __str__(self):
        return str(self.crash) if self.crash else f"no crash; steps {self.steps} are recorded"
