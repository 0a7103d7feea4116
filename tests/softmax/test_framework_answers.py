"""What the chapter on sixteen bits says of PyTorch, JAX and SciPy, from their stored answers, beside what this package gives.

If one of them answers otherwise by now (`tests/answers` asks again what is installed), the chapter needs a new sentence.
"""

import json
import re
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import stable_softmax as ss
from stable_softmax.precision import reference, ulp_error
from tools.answers import cases, stored, versions

INF = np.inf
MODULES = {"PyTorch": "torch", "JAX": "jax", "SciPy": "scipy"}
CLASSES = [int(name) for name in cases.MANY_CLASSES]
assert CLASSES == [65_519, 65_520, 151_936]


def answers(library, key):
    """For rows of equal scores, of `CLASSES` classes each: the first class's entry, or the loss."""
    return [stored(MODULES[library], "many classes", name)[key] for name in cases.MANY_CLASSES]


#: In float16, and the same in float32.
ANSWERS, WIDE = {}, {}
for function in ("softmax", "cross_entropy"):
    ANSWERS["PyTorch", function] = answers("PyTorch", function)
WIDE["PyTorch", "cross_entropy"] = answers("PyTorch", "cross_entropy in float32")
for library in ("JAX", "SciPy"):
    for function in ("softmax", "log_softmax"):
        ANSWERS[library, function] = answers(library, f"{function} in float16")
        WIDE[library, function] = answers(library, f"{function} in float32")
VERSIONS = {library: next(iter(versions(module).values())) for library, module in MODULES.items()}


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
    for line in re.findall(r"^\|.*`\w+`.*\|$", chapter, re.MULTILINE):
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


@pytest.mark.parametrize("library, function", WIDE)
def test_in_float32_all_are_right(library, function):
    np.testing.assert_allclose(WIDE[library, function], [truth(function, classes) for classes in CLASSES], rtol=1e-5)


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_jax_compiled_answers_alike(function, dtype):
    plain, compiled = (answers("JAX", f"{function} in {dtype}{how}") for how in ("", ", compiled"))
    np.testing.assert_allclose(compiled, plain, rtol=2e-3 if dtype == "float16" else 1e-5)


def test_the_gradient_of_an_infinite_loss():
    """PyTorch's adds up to -1. This package's loss is finite, and its gradient adds up to 0 as far as float16 can."""
    infinite = [name for name in cases.MANY_CLASSES if stored("torch", "many classes", name)["cross_entropy"] == INF]
    assert infinite == ["65520", "151936"]
    for name in infinite:
        theirs = stored("torch", "many classes", name)
        assert (theirs["gradient at the label"], theirs["largest other gradient"]) == (-1, 0)
    x = scores(151_936)
    gradient = ss.cross_entropy_grad(x, [0])[0].astype(float)
    assert np.isfinite(ss.cross_entropy(x, [0]))
    assert gradient[0] == -1 and abs(gradient.sum()) < 0.01


@pytest.mark.parametrize("name", cases.CASTS)
def test_a_cast_to_e4m3_saturates_in_torch_and_not_in_ml_dtypes(chapter, name):
    number = cases.CASTS[name]["number"]
    found = float(np.float32(number).astype(ml_dtypes.float8_e4m3fn))
    assert found == 448 if number == 464 else np.isnan(found)
    theirs = stored("torch", "casts to e4m3", name)["float8_e4m3fn"]
    assert theirs == np.copysign(448, number) and abs(theirs) == ss.precision.limits("float8_e4m3fn").max
    assert f"PyTorch {VERSIONS['PyTorch']} turned it into 448" in chapter


def test_what_the_chapter_says_of_the_grad_scaler(chapter):
    power, steps = re.search(
        r"`GradScaler` starts at \$2\^\{(\d+)\}\$ and doubles after ([\d,]+) good steps", chapter
    ).groups()
    assert stored("torch", "the gradient scaler", "as it comes") == {
        "scale": 2.0 ** int(power),
        "steps before it grows": int(steps.replace(",", "")),
        "factor to grow by": 2,
        "factor to shrink by": 0.5,
    }


def test_the_loss_under_autocast():
    theirs = stored("torch", "autocast", "one 0 and eight 34")
    row = np.array([[0.0] + [34.0] * 8], ml_dtypes.bfloat16)
    exact = float(reference.cross_entropy(row.astype(float), [0])[0])
    assert ss.cross_entropy(row, [0]) == theirs["plain"] == 36
    assert theirs["dtype under autocast"] == "torch.float32"
    assert abs(theirs["autocast"] - exact) < 1e-4 and abs(exact - 36.07944) < 1e-5
    np.testing.assert_allclose(ss.cross_entropy(row.astype(np.float32), [0]), theirs["autocast"], atol=1e-4)


def test_torch_goes_back_through_the_stored_log_probability():
    """The gradient is made of exp(log p), not of p: up to 7 % apart where log p, near 11, has but 8 bits."""
    [name] = cases.BFLOAT16_ROWS
    theirs = stored("torch", "back through log-probabilities", name)
    assert theirs["from exp(log p)"] <= 2.0**-8
    assert 0.02 < theirs["from p"] < 0.07
