"""What the chapter on sixteen bits says of PyTorch, JAX and SciPy, kept as data, beside what this package gives.

Stored answers: torch 2.13.0, JAX 0.10.2, SciPy 1.17.1 with NumPy 2.4.6, on a CPU. SciPy is asked again in every run, the
others where they are installed. If one of them answers otherwise by now, the chapter needs a new sentence.
"""

import json
import re
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import stable_softmax as ss
from stable_softmax.precision import reference, ulp_error

INF = np.inf
CLASSES = [65_519, 65_520, 151_936]
VERSIONS = {"PyTorch": "2.13.0", "JAX": "0.10.2", "SciPy": "1.17.1"}
#: For rows of equal float16 scores, of `CLASSES` classes each: the first class's entry, or the loss.
ANSWERS = {
    ("PyTorch", "softmax"): [2.0**-16, 2.0**-16, 6.556510925292969e-06],
    ("PyTorch", "cross_entropy"): [11.09375, INF, INF],
    ("JAX", "softmax"): [2.0**-16, 0, 0],
    ("JAX", "log_softmax"): [-11.09375, -INF, -INF],
    ("SciPy", "softmax"): [2.0**-16, 0, 0],
    ("SciPy", "log_softmax"): [-11.09375, -INF, -INF],
}
#: PyTorch: the gradient of the mean loss where that is infinite, at the label and at every other class.
GRADIENT = -1, 0
#: PyTorch: the cast to float8_e4m3fn.
E4M3_CASTS = {464.0: 448, 500.0: 448, 1e9: 448, -1e9: -448, INF: 448, -INF: -448}
#: PyTorch: `GradScaler` as it comes, (scale, good steps before it grows, factor to grow by, factor to shrink by).
GRAD_SCALER = 2.0**16, 2000, 2, 0.5
#: PyTorch: the loss of one 0 and eight 34 in bfloat16, at the 0: plain, and under autocast.
PLAIN, AUTOCAST = 36.0, 36.07944


@pytest.fixture(scope="module")
def chapter():
    (path,) = (Path(__file__).parents[2] / "book" / "chapters").glob("11_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def scores(classes):
    return np.zeros((1, classes), np.float16)


def truth(function, classes):
    return {"softmax": 1 / classes, "log_softmax": -np.log(classes), "cross_entropy": np.log(classes)}[function]


def test_the_chapters_table_is_that_of_the_stored_answers(chapter):
    found, library = {}, None
    for line in re.findall(r"^\|.*`\w+`.*\|$", chapter, re.M):
        name, function, *numbers = [field.strip(" `") for field in line.strip("|").split("|")]
        if name:
            library, version = name.split()
            assert version == VERSIONS[library]
        found[library, function] = [float(number.replace("−", "-")) for number in numbers]
    assert found.keys() == ANSWERS.keys()
    for which, numbers in found.items():
        np.testing.assert_allclose(numbers, ANSWERS[which], rtol=4e-4, err_msg=str(which))


@pytest.mark.parametrize("library, function", ANSWERS)
def test_which_answers_are_right(library, function):
    """This package's are, to half an ULP; the others' are up to 65,519 classes, and PyTorch's softmax everywhere."""
    for classes, theirs in zip(CLASSES, ANSWERS[library, function], strict=True):
        exact = truth(function, classes)
        arguments = (scores(classes), [0]) if function == "cross_entropy" else (scores(classes),)
        mine = np.ravel(getattr(ss, function)(*arguments))[0]
        assert ulp_error(mine, exact) <= 0.51
        right = classes == 65_519 or (library, function) == ("PyTorch", "softmax")
        assert (ulp_error(theirs, exact, "float16") <= 1) == right


@pytest.mark.filterwarnings("ignore:overflow", "ignore:divide by zero")
@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_scipy(function):
    asked = getattr(pytest.importorskip("scipy.special"), function)
    found = [float(asked(scores(classes), axis=-1)[0, 0]) for classes in CLASSES]
    np.testing.assert_allclose(found, ANSWERS["SciPy", function], rtol=2e-3)
    wide = [float(asked(scores(classes).astype(np.float32), axis=-1)[0, 0]) for classes in CLASSES]
    np.testing.assert_allclose(wide, [truth(function, classes) for classes in CLASSES], rtol=1e-5)


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_jax(function):
    jax = pytest.importorskip("jax")
    asked = getattr(jax.nn, function)
    for f in (asked, jax.jit(asked)):
        found = [float(f(jax.numpy.zeros((1, classes), "float16"))[0, 0]) for classes in CLASSES]
        np.testing.assert_allclose(found, ANSWERS["JAX", function], rtol=2e-3)
        wide = [float(f(jax.numpy.zeros((1, classes), "float32"))[0, 0]) for classes in CLASSES]
        np.testing.assert_allclose(wide, [truth(function, classes) for classes in CLASSES], rtol=1e-5)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("place", range(len(CLASSES)))
def test_torch(torch, place):
    ask, classes = torch.nn.functional, CLASSES[place]
    x = torch.zeros((1, classes), dtype=torch.float16, requires_grad=True)
    loss = ask.cross_entropy(x, torch.tensor([0]))
    found = [ask.softmax(x, -1)[0, 0].item(), loss.item()]
    np.testing.assert_allclose(found, [ANSWERS["PyTorch", f][place] for f in ("softmax", "cross_entropy")], rtol=2e-3)
    if not np.isfinite(loss.item()):
        loss.backward()
        assert (x.grad[0, 0].item(), x.grad[0, 1:].abs().max().item()) == GRADIENT
    wide = ask.cross_entropy(x.float(), torch.tensor([0])).item()
    np.testing.assert_allclose(wide, np.log(classes), rtol=1e-5)


def test_the_gradient_of_an_infinite_loss():
    """Stored, it adds up to -1. This package's loss is finite, and its gradient adds up to 0 as far as float16 can."""
    label, other = GRADIENT
    assert label + other == -1
    x = scores(151_936)
    gradient = ss.cross_entropy_grad(x, [0])[0].astype(float)
    assert np.isfinite(ss.cross_entropy(x, [0]))
    assert gradient[0] == -1 and abs(gradient.sum()) < 0.01


@pytest.mark.parametrize("number", E4M3_CASTS)
def test_a_cast_to_e4m3_by_ml_dtypes_does_not_saturate(chapter, number):
    found = float(np.float32(number).astype(ml_dtypes.float8_e4m3fn))
    assert found == 448 if number == 464 else np.isnan(found)
    assert abs(E4M3_CASTS[number]) == ss.precision.limits("float8_e4m3fn").max
    assert f"PyTorch {VERSIONS['PyTorch']} turned it into 448" in chapter


@pytest.mark.parametrize("number", E4M3_CASTS)
def test_a_cast_to_e4m3_by_torch_saturates(torch, number):
    assert torch.tensor(number).to(torch.float8_e4m3fn).float().item() == E4M3_CASTS[number]


def test_the_grad_scaler(torch):
    s = torch.amp.GradScaler("cpu")
    found = s.get_scale(), s.get_growth_interval(), s.get_growth_factor(), s.get_backoff_factor()
    assert found == GRAD_SCALER


def test_what_the_chapter_says_of_the_grad_scaler(chapter):
    power, steps = re.search(
        r"`GradScaler` starts at \$2\^\{(\d+)\}\$ and doubles after ([\d,]+) good steps", chapter
    ).groups()
    assert (2.0 ** int(power), int(steps.replace(",", "")), 2, 0.5) == GRAD_SCALER


def test_the_loss_under_autocast():
    row = np.array([[0.0] + [34.0] * 8], ml_dtypes.bfloat16)
    exact = float(reference.cross_entropy(row.astype(float), [0])[0])
    assert ss.cross_entropy(row, [0]) == PLAIN and abs(AUTOCAST - exact) < 1e-4
    np.testing.assert_allclose(ss.cross_entropy(row.astype(np.float32), [0]), AUTOCAST, atol=1e-4)


def test_autocast(torch):
    ask, label = torch.nn.functional, torch.tensor([0])
    row = torch.tensor([[0.0] + [34.0] * 8], dtype=torch.bfloat16)
    assert ask.cross_entropy(row, label).item() == PLAIN
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = ask.cross_entropy(row, label)
    assert loss.dtype == torch.float32 and abs(loss.item() - AUTOCAST) < 1e-4


def test_torch_goes_back_through_the_stored_log_probability(torch):
    """The gradient is made of exp(log p), not of p: up to 7 % apart where log p, near 11, has but 8 bits."""
    ask = torch.nn.functional
    x = torch.tensor(np.random.default_rng(3).normal(0, 3, (4, 1000)).astype(np.float32)).bfloat16().requires_grad_()
    log_p = ask.log_softmax(x, -1)
    ask.nll_loss(log_p, torch.zeros(4, dtype=torch.long), reduction="sum").backward()
    gradient, exponentials = x.grad[:, 1:].float(), log_p.detach()[:, 1:].float().exp()
    assert ((gradient - exponentials).abs() <= 2.0**-8 * exponentials).all()
    p = ask.softmax(x.detach(), -1)[:, 1:].float()
    assert ((gradient - p).abs() > 0.02 * p).any()
