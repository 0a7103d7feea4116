"""What cross_entropy, its gradient, and both refuse, and how they say it."""

import numpy as np
import pytest

from stable_softmax import cross_entropy, cross_entropy_grad, cross_entropy_with_grad, naive

NAN = np.nan
FUNCTIONS = [cross_entropy, cross_entropy_grad, cross_entropy_with_grad]


@pytest.mark.parametrize("function", [*FUNCTIONS, naive.cross_entropy, naive.cross_entropy_grad])
@pytest.mark.parametrize(
    "error, message, change",
    [
        (
            IndexError,
            r"targets\[1\] must be a label from 0 to 2 \(3 classes\) or ignore_index \(-100\), got 3",
            {"targets": [0, 3]},
        ),
        (IndexError, r"targets\[0\] must be a label .*, got -1", {"targets": [-1, 5]}),
        (
            IndexError,
            r"targets\[0\] must be a label .* or ignore_index \(7\), got -100",
            {"targets": [-100, 0], "ignore_index": 7},
        ),
        (
            ValueError,
            r"labels of shape \(2,\), as scores have shape \(2, 3\) .* axis 1, got shape \(3,\)",
            {"targets": [0, 1, 2]},
        ),
        (ValueError, "one-hot targets must be floating point", {"targets": [[0, 1, 0], [1, 0, 0]]}),
        (
            ValueError,
            r"probabilities in the shape of scores, \(2, 3\), or integer labels, got dtype float64 and shape \(2,\)",
            {"targets": [0.0, 1.0]},
        ),
        (
            TypeError,
            "targets must be integer labels or floating-point probabilities, got dtype bool",
            {"targets": [True, False]},
        ),
        (
            ValueError,
            r"ignore_index must be negative, as targets are probabilities, got 1",
            {"targets": np.full((2, 3), 1 / 3), "ignore_index": 1},
        ),
        (ValueError, r"one number for each of the 3 classes, got shape \(2,\)", {"weight": [1, 2]}),
        (TypeError, "weight must hold real numbers", {"weight": [1j, 2, 3]}),
        (ValueError, "label_smoothing must lie in 0.0 to 1.0, got 1.5", {"label_smoothing": 1.5}),
        (ValueError, "label_smoothing must lie in 0.0 to 1.0, got nan", {"label_smoothing": NAN}),
        (TypeError, "label_smoothing must be a number, got 'x'", {"label_smoothing": "x"}),
        (
            TypeError,
            r"label_smoothing must be a number, got array\(\[0.1, 0.2\]\)",
            {"label_smoothing": np.array([0.1, 0.2])},
        ),
        (TypeError, "ignore_index must be an int, got None", {"ignore_index": None}),
        (TypeError, "ignore_index must be an int, got 1.0", {"ignore_index": 1.0}),
        (TypeError, "ignore_index must be an int, got True", {"ignore_index": True}),
        (
            TypeError,
            "ignore_index must be an int, got nan",
            {"targets": np.full((2, 3), 1 / 3), "ignore_index": NAN},
        ),
        (
            TypeError,
            r"targets must be an array without a mask, got a masked array.* targets.filled\(ignore_index\)",
            {"targets": np.ma.array([0, 1], mask=[0, 1])},
        ),
        (
            TypeError,
            r"weight must be an array without a mask, got a masked array.* weight.filled\(0\)",
            {"weight": np.ma.array([1.0, 1.0, 1.0])},
        ),
        (ValueError, "targets must be an array of numbers, got what cannot be made one", {"targets": [[0], [1, 2]]}),
        (
            IndexError,
            r"targets\[0\] must be ignore_index \(-100\), as there are no classes, got 0",
            {"scores": np.zeros((2, 0))},
        ),
        (ValueError, "reduction must be one of 'none', 'sum', 'mean', got 'average'", {"reduction": "average"}),
        (TypeError, "scores must hold real numbers", {"scores": np.ones((2, 3), complex)}),
        (ValueError, r"scores must have a class axis, got a single number", {"scores": 1.0}),
        (np.exceptions.AxisError, "axis: axis 2 is out of bounds for array of dimension 2", {"axis": 2}),
        (TypeError, r"axis must be one int, the class axis, got \(0, 1\)", {"axis": (0, 1)}),
        (TypeError, "axis must be one int, the class axis, got None", {"axis": None}),
        (TypeError, "axis must be one int, the class axis, got True", {"axis": True}),
        (
            ValueError,
            r"reduction must be one of 'none', 'sum', 'mean', got array\(",
            {"reduction": np.array(["mean", "sum"])},
        ),
    ],
)
def test_bad_input(function, error, message, change):
    arguments = {"scores": np.zeros((2, 3)), "targets": [0, 1], **change}
    with pytest.raises(error, match=message):
        function(**arguments)


def test_a_bad_label_is_placed_in_all_axes():
    labels = np.zeros((2, 3), int)
    labels[1, 2] = 9
    with pytest.raises(IndexError, match=r"targets\[1, 2\] must be a label .*, got 9"):
        cross_entropy(np.zeros((2, 4, 3)), labels, axis=1)
    with pytest.raises(IndexError, match=r"targets must be a label .*, got 9"):
        cross_entropy(np.zeros(4), 9)
