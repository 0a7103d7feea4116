"""Every number that the article, Bendersky and CS231n print: from the shared module, and in the book.

`SHOWN` maps each to a pattern that must occur in a stored output of some notebook. nbval and the
strict build see to it that stored outputs are what the code gives.
"""

import re

import numpy as np
import pytest

from stable_softmax import cross_entropy, cross_entropy_grad, cross_entropy_with_grad, naive, softmax
from stable_softmax.gradcheck import check_gradient
from stable_softmax.jacobian import softmax_layer_jacobian, softmax_layer_jacobian_composed
from stable_softmax.precision import limits
from tools import notebooks

# 1. The article -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, limit", [("float16", 11.09), ("bfloat16", 88.72), ("float32", 88.72), ("float64", 709.78)]
)
def test_where_exp_overflows(name, limit):
    assert round(limits(name).exp_overflow, 2) == limit


def test_scores_0_and_800():
    with np.errstate(divide="ignore"):
        assert -np.log(softmax([0.0, 800.0])[0]) == np.inf
    assert cross_entropy([0.0, 800.0], 0) == 800


def test_misplaced_parenthesis():
    """Chapter 7's own function gives what the article's code gives, and a maximum in its place would not."""
    [path] = notebooks.BOOK.glob("chapters/07_*.ipynb")
    [source] = (cell.source for cell in notebooks.code_cells(notebooks.read(path)) if "def suspect_2(" in cell.source)
    names = {"np": np}
    exec(source, names)
    for x in ([1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]] * 2):
        expected = np.broadcast_to([-0.013, 0.207, 0.806], np.shape(x))
        np.testing.assert_array_equal(names["suspect_2"](np.array(x)).round(3), expected)
        np.testing.assert_array_equal(softmax(x).round(3), np.broadcast_to([0.09, 0.245, 0.665], np.shape(x)))


# 2. Bendersky -------------------------------------------------------------------------------------


def test_benderskys_rows():
    expected = [0.09003057, 0.24472847, 0.66524096]
    np.testing.assert_array_equal(softmax([1.0, 2.0, 3.0]).round(8), expected)
    # The last one is printed as 0.93, but is 0.936.
    np.testing.assert_allclose(softmax([1.0, 2.0, 5.0]), [0.02, 0.05, 0.93], atol=0.007)
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(naive.softmax([1000.0, 2000.0, 3000.0])).all()
    np.testing.assert_array_equal(softmax([1000.0, 2000.0, 3000.0]), [0, 0, 1])


def test_benderskys_layer():
    rng = np.random.default_rng(0)
    weights, x, label = rng.normal(0, 0.1, size=(5, 100)), rng.normal(size=100), 3
    direct = softmax_layer_jacobian(weights, x)
    assert direct.shape == (5, 5 * 100)
    np.testing.assert_allclose(direct, softmax_layer_jacobian_composed(weights, x), atol=1e-15)
    gradient = np.outer(softmax(weights @ x) - np.eye(5)[label], x)
    checked = check_gradient(lambda w: cross_entropy(w @ x, label), gradient, weights, floor=1e-3)
    assert checked.verdict == "right"


# 3. CS231n ----------------------------------------------------------------------------------------


def test_the_worked_example():
    scores, label = np.array([-2.85, 0.86, 0.28]), 2
    # Printed as 0.016: there the exponentials were rounded before the division.
    np.testing.assert_allclose(softmax(scores), [0.016, 0.631, 0.353], atol=6e-4)
    rounded = np.array([0.058, 2.36, 1.32])
    np.testing.assert_allclose(np.exp(scores), rounded, atol=5e-3)
    np.testing.assert_array_equal((rounded / rounded.sum()).round(3), [0.016, 0.631, 0.353])
    assert round(float(cross_entropy(scores, label)), 2) == 1.04
    margins = np.maximum(0, np.delete(scores, label) - scores[label] + 1)
    assert round(margins.sum(), 2) == 1.58


def test_halved_scores():
    np.testing.assert_allclose(softmax([1.0, -2.0, 0.0]), [0.7, 0.04, 0.26], atol=0.006)
    np.testing.assert_array_equal(softmax([0.5, -1.0, 0.0]).round(2), [0.55, 0.12, 0.33])


def test_one_nan_and_two_silent_zeros():
    scores = np.array([123.0, 456.0, 789.0])
    np.testing.assert_array_equal(scores - scores.max(), [-666, -333, 0])
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_array_equal(naive.softmax(scores), [0, 0, np.nan])


def test_the_misprinted_row():
    np.testing.assert_array_equal(softmax([12.5, 0.6, -23.0]).round(5), [0.99999, 0.00001, 0])


def test_gradient_by_example():
    gradient = cross_entropy_grad(np.log([0.2, 0.3, 0.5]), 1)
    np.testing.assert_allclose(gradient, [0.2, -0.7, 0.5], rtol=1e-15)


def spiral(generator):
    radius = np.linspace(0, 1, 100)
    arms = []
    for k in range(3):
        angle = np.linspace(4 * k, 4 * k + 4, 100) + 0.2 * generator.randn(100)
        arms.append(np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]))
    return np.concatenate(arms), np.repeat([0, 1, 2], 100)


def train(layers, points, labels, steps, decay=1e-3):
    """Gradient descent with step 1; returns the first loss, the last one with its penalty, the accuracy."""
    first = None
    for _ in range(steps + 1):
        inputs = [points]
        for weights, bias in layers:
            scores = inputs[-1] @ weights + bias
            inputs.append(np.maximum(scores, 0))
        loss, slope = cross_entropy_with_grad(scores, labels)
        first = loss if first is None else first
        total = loss + decay / 2 * sum((weights**2).sum() for weights, _ in layers)
        for (weights, bias), below in zip(layers[::-1], inputs[-2::-1], strict=True):
            passed = (slope @ weights.T) * (below > 0)
            weights -= below.T @ slope + decay * weights
            bias -= slope.sum(axis=0)
            slope = passed
    return first, total, (scores.argmax(-1) == labels).mean()


def test_spiral_with_a_linear_classifier():
    old = np.random.RandomState(0)
    points, labels = spiral(old)
    first, last, accuracy = train([(0.01 * old.randn(2, 3), np.zeros(3))], points, labels, 200)
    assert first == pytest.approx(1.098, abs=2e-3)
    assert last == pytest.approx(0.79, abs=5e-3)
    assert accuracy == pytest.approx(0.49, abs=5e-3)


def test_spiral_with_two_layers():
    old = np.random.RandomState(0)
    points, labels = spiral(old)
    layers = [(0.5 * old.randn(2, 100), np.zeros(100)), (0.01 * old.randn(100, 3), np.zeros(3))]
    first, _, accuracy = train(layers, points, labels, 1000)
    assert first == pytest.approx(1.098, abs=2e-2)
    assert accuracy == pytest.approx(0.98, abs=0.01)


# In the book --------------------------------------------------------------------------------------

NUMBER = r"\s*,?\s+"  # between two entries of a printed array


def row(*numbers):
    return NUMBER.join(rf"(?<![\d.]){re.escape(number)}" for number in numbers)


SHOWN = {
    "softmax of 1, 2, 3": row("0.09003057", "0.24472847", "0.66524096"),
    "softmax of 1, 2, 5": row("0.0171", "0.0466", "0.9362"),
    "where exp overflows in float16": r"float16\b.*\b11\.09\b",
    "where exp overflows in bfloat16": r"bfloat16\b.*\b88\.72\b",
    "where exp overflows in float32": r"float32\b.*\b88\.72\b",
    "where exp overflows in float64": r"float64\b.*\b709\.78\b",
    "1000, 2000, 3000 naively": row("nan", "nan", "nan"),
    "1000, 2000, 3000 shifted": row("0.", "0.", "1."),
    "123, 456, 789 naively": row("0.", "0.", "nan"),
    "123, 456, 789 shifted": row("-666.", "-333.", "0."),
    "-log p = inf for 0, 800": r"(?:-log p\[0\] =|suspect 3:)\s+inf\b",
    "the loss of 0, 800": r"(?:cross_entropy:|\[0, 800\], label 0:)\s+800\.0",
    "exp(X) - max(X)": row("-0.013", "0.207", "0.806"),
    "the worked example's probabilities": row("0.016", "0.631", "0.353"),
    "its softmax loss": r"hinge: [\d.]+\ncross-entropy: 1\.04\n",
    "its hinge loss": r"(?m)^hinge: 1\.58$",
    "both once more on the cheat sheet": r"softmax loss +1\.04\nhinge loss +1\.58\n",
    "1, -2, 0": row("0.71", "0.04", "0.26"),
    "its half": row("0.55", "0.12", "0.33"),
    "the misprinted row": r"0\.99999'?,?\s+'?0\.00001'?,?\s+'?0\.0",
    "gradient by example": row("0.2", "-0.7", "0.5"),
    "the spiral's first loss": r"(?m)^first loss, 3 classes: 1\.0986$",
    "the linear classifier": r"linear +first loss 1\.10, at the end 49\s*% right",
    "the linear classifier's loss": r"linear, after 250 steps: loss 0\.79",
    "the two-layer network": r"two layers first loss 1\.10, at the end 98\s*% right",
}


@pytest.fixture(scope="module")
def outputs():
    """All text that the stored notebooks show, as their code printed it."""
    texts = []
    for path in notebooks.chapters():
        for cell in notebooks.code_cells(notebooks.read(path)):
            texts += [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(texts)


@pytest.mark.parametrize("what", SHOWN)
def test_number_is_shown(outputs, what):
    assert re.search(SHOWN[what], outputs)
