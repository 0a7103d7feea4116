"""What other libraries answer to the tests' questions, stored as data.

The tests compare this book's code with PyTorch, JAX, SciPy and others in every run, also where these are not
installed: with the answers in ``tests/data/answers``, one file a library, which name the versions that gave them. The
questions are in `tools.answers.questions`. ``make answers WITH=python`` asks them again, with a Python that has the
libraries; and a test asks those again that are installed where it runs.
"""

from tools.answers import cases
from tools.answers.questions import QUESTIONS
from tools.answers.store import Missing, describe, read, stored, versions, write

__all__ = ["QUESTIONS", "Missing", "cases", "describe", "read", "stored", "versions", "write"]
