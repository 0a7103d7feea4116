"""What makes no sense as input of the loss of a linear layer is named."""

import numpy as np
import pytest

from stable_softmax.streaming import (
    linear_cross_entropy,
    linear_cross_entropy_with_grad,
)


@pytest.mark.parametrize("function", [linear_cross_entropy, linear_cross_entropy_with_grad])
@pytest.mark.parametrize(
    "error, message, change",
    [
        (
            IndexError,
            r"labels\[1\] must be a label from 0 to 2 \(3 classes\) or ignore_index \(-100\), got 3",
            {"labels": [0, 3]},
        ),
        (IndexError, r"labels\[0\] must be a label .*, got -1", {"labels": [-1, 0]}),
        (
            ValueError,
            r"labels must have the shape of hidden without its last axis, \(2,\), got shape \(3,\)",
            {"labels": [0, 1, 2]},
        ),
        (TypeError, "labels must hold integers, got dtype float64", {"labels": [0.0, 1.0]}),
        (TypeError, "labels must hold integers, got dtype bool", {"labels": [True, False]}),
        (
            TypeError,
            "labels must be an array without a mask, got a masked array",
            {"labels": np.ma.masked_array([0, 1], [True, False])},
        ),
        (ValueError, r"weight must have shape \(classes, features\), got shape \(4,\)", {"weight": np.zeros(4)}),
        (
            ValueError,
            r"hidden must end in an axis of the 5 features of weight, of shape \(3, 5\), got shape \(2, 4\)",
            {"weight": np.zeros((3, 5))},
        ),
        (ValueError, r"hidden must end .* got shape \(\)", {"hidden": 1.0}),
        (TypeError, "hidden must hold real numbers", {"hidden": np.zeros((2, 4), complex)}),
        (TypeError, "weight must hold real numbers", {"weight": np.full((3, 4), "a")}),
        (
            ValueError,
            r"bias must hold one number for each of the 3 classes, got shape \(2,\)",
            {"bias": [0.0, 1.0]},
        ),
        (TypeError, "bias must hold real numbers", {"bias": [1j, 0, 0]}),
        (
            ValueError,
            r"class_weight must hold one number for each of the 3 classes, got shape \(2,\)",
            {"class_weight": [1.0, 1.0]},
        ),
        (ValueError, "label_smoothing must lie in 0.0 to 1.0, got 1.5", {"label_smoothing": 1.5}),
        (ValueError, "reduction must be one of 'none', 'sum', 'mean', got 'max'", {"reduction": "max"}),
        (TypeError, "ignore_index must be an int, got 1.0", {"ignore_index": 1.0}),
    ],
)
def test_bad_input(function, error, message, change):
    given = {"hidden": np.zeros((2, 4)), "weight": np.zeros((3, 4)), "labels": [0, 1], **change}
    with pytest.raises(error, match=message):
        function(given.pop("hidden"), given.pop("weight"), given.pop("labels"), **given)
