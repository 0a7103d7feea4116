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

from . import of_gradients, of_losses, of_softmax
from .of_gradients import *
from .of_losses import *
from .of_softmax import *

__all__ = of_softmax.__all__ + of_losses.__all__ + of_gradients.__all__
