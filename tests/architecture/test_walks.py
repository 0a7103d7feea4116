"""The architecture page's walks: the functions that it names are called in its order, and no step is left out."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import stable_softmax
from stable_softmax import cross_entropy, softmax
from tools.notebooks import BOOK

PACKAGE = Path(stable_softmax.__file__).parent
SECTION = re.search(
    r"^## Follow a score\n(.*?)^## ",
    (BOOK / "reference" / "architecture.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)
#: What the steps call for a detail that is no step: an index, a property, a view, the check of one argument.
DETAILS = set(
    """_blocks._as_rows _blocks._slices _blocks.classes_last _dtypes.common _problem.Problem.has_plain_labels
    _problem.Reduction._rounded _problem.Reduction.scale _problem._check_label_shape _problem._check_probabilities
    _rows.each_row _rows.store _terms.Kernel.given _terms.Terms.total _terms._least _terms.largest _terms.places
    _validate.as_array _validate.as_int""".split()
)


def walks():
    """By its heading, each walk's call and its steps."""
    assert SECTION, "the page must have a section on the way of a score"
    found = {}
    for part in SECTION[1].split("\n### ")[1:]:
        title, _, text = part.partition("\n")
        found[title] = re.search(r"`(\w+\(.+\))`", text)[1], re.findall(r"^\d+\. `([\w.]+)`", text, re.MULTILINE)
    return found


def called(call):
    """Return the functions of stable_softmax that a call calls, in order: `module.function` or `module.Class.method`."""
    names, frames = [], set()

    def note(frame, event, _argument):
        path = Path(frame.f_code.co_filename)
        if event != "call" or frame in frames:  # a generator that goes on
            return
        frames.add(frame)
        if path.parent == PACKAGE and "<" not in frame.f_code.co_qualname:
            names.append(f"{path.stem}.{frame.f_code.co_qualname}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return names


def without_details(names, steps):
    """The steps that were called: no details, and what is called several times in a row once."""
    kept = [name for name in names if name in steps or name not in DETAILS]
    return [name for place, name in enumerate(kept) if name not in kept[max(0, place - 1) : place]]


@pytest.mark.parametrize("title", walks())
def test_a_walk_is_what_happens(title):
    text, steps = walks()[title]

    def call():
        return eval(text, {"np": np, "softmax": softmax, "cross_entropy": cross_entropy})

    with np.errstate(all="ignore"):
        assert np.isfinite(call()).all()  # the second call finds what is cached, as all but the first do
    names = called(call)
    names = names[names.index(steps[0]) :]
    assert without_details(names, steps) == steps


def test_both_ways_through_softmax_and_through_cross_entropy_are_told():
    for function in ("softmax", "cross_entropy"):
        told = [steps for call, steps in walks().values() if call.startswith(f"{function}(")]
        assert any("_terms.Kernel.rows" in steps for steps in told)
        assert any("_terms.Kernel.rows" not in steps for steps in told)
        assert any(f"{room}.{function}" == steps[0] for room in ("functions", "losses") for steps in told)


def test_a_wrong_walk_is_found():
    steps = walks()["A small array through softmax"][1]
    names = called(lambda: softmax(np.array([[1.0, 2.0, 3.0]])))
    assert without_details(names, steps) == steps
    assert without_details(names, steps[1:]) != steps[1:]
    assert without_details(names, steps[::-1]) != steps[::-1]
    assert without_details(names, [*steps, "_terms.redo"]) != [*steps, "_terms.redo"]
