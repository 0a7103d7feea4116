"""The cases that other libraries are asked about: by name, the arguments. Seeded, so as to be the same everywhere."""

import itertools
import json
import re
from pathlib import Path

import numpy as np

INF, NAN = np.inf, np.nan
CHAPTERS = Path(__file__).resolve().parents[2] / "book" / "chapters"


# Cross-entropy ------------------------------------------------------------------------------------


def loss_case(seed):
    """Scores and targets of any shape with any option, as PyTorch has them: the classes along axis 1."""
    rng = np.random.default_rng(seed)
    classes = int(rng.choice([1, 2, 5, 80]))
    batch = tuple(rng.integers(0 if seed % 10 == 0 else 1, 4, rng.integers(0, 4)))
    shape, axis = ((batch[0], classes, *batch[1:]), 1) if batch else ((classes,), 0)
    scores = rng.normal(0, rng.choice([1, 50]), shape) + rng.choice([0, 900])
    options = {"reduction": ["none", "sum", "mean"][seed % 3]}
    if rng.random() < 0.5:
        options["label_smoothing"] = float(rng.choice([0.1, 1.0]))
    weight = rng.random(classes) if rng.random() < 0.5 else None
    if rng.random() < 0.4:
        targets = np.moveaxis(rng.dirichlet(np.ones(classes), batch), -1, axis)
    else:
        options["ignore_index"] = int(rng.choice([-100, 0, classes + 3]))
        labels = rng.integers(0, classes, batch)
        targets = np.where(rng.random(batch) < 0.25, options["ignore_index"], labels)
    return {"scores": scores, "targets": targets, "weight": weight, **options}


def special_case(seed):
    """Infinite scores or NaN among others, or weights of which most are 0 and rows to ignore."""
    rng = np.random.default_rng(seed)
    dtype = [np.float32, np.float64][seed % 2]
    classes = int(rng.choice([1, 3, 70]))
    scores = rng.normal(0, 5, (4, classes)).astype(dtype)
    special = [-INF, INF, NAN, None][seed // 2 % 4]
    weight = None
    if special is None:
        weight = np.zeros(classes, dtype)
        weight[rng.random(classes) < 0.3] = 0.5
    else:
        scores[rng.random(scores.shape) < 0.2] = special
        if rng.random() < 0.5:
            weight = rng.uniform(0.5, 1, classes).astype(dtype)
    labels = rng.integers(0, classes, 4)
    if special is None and rng.random() < 0.7:
        labels[rng.random(4) < 0.5] = -100
    if special is NAN and weight is not None:
        weight[labels[0]] = 0
    return {"scores": scores, "targets": labels, "weight": weight}


LOSSES = {f"seed {seed}": loss_case(seed) for seed in range(200)}
SPECIAL = {f"seed {seed}": special_case(seed) for seed in range(120)}
#: What each special case is asked for.
REDUCTIONS = list(itertools.product(["none", "sum", "mean"], [0.0, 0.3]))


# Losses akin to it --------------------------------------------------------------------------------


def binary_case(seed):
    """Scores, answers from 0 to 1, weights of single scores and of the answer yes, and a reduction."""
    rng = np.random.default_rng(seed)
    shape = (4, 3)
    scores = rng.normal(0, [1, 30, 500][seed % 3], shape)
    targets = rng.random(shape) if seed % 2 else rng.integers(0, 2, shape).astype(float)
    weight = rng.random(shape) if rng.random() < 0.5 else None
    pos_weight = rng.uniform(0.5, 4, 3) if rng.random() < 0.5 else None
    return {
        "scores": scores, "targets": targets, "weight": weight, "pos_weight": pos_weight,
        "reduction": ["none", "sum", "mean"][seed // 2 % 3],
    }  # fmt: skip


def focal_case(seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, [1, 5][seed % 2], (5, 4))
    return {"scores": scores, "labels": rng.integers(0, 4, 5), "gamma": [0.5, 1.0, 2.0, 5.0][seed // 2 % 4]}


def distillation_case(seed):
    rng = np.random.default_rng(seed)
    scores, teacher = rng.normal(0, [1, 5, 300][seed % 3], (2, 5, 4))
    return {"scores": scores, "teacher": teacher, "temperature": [1.0, 2.0, 20.0][seed // 3 % 3]}


BINARY = {f"seed {seed}": binary_case(seed) for seed in range(24)}
FOCAL = {f"seed {seed}": focal_case(seed) for seed in range(8)}
DISTILLATION = {f"seed {seed}": distillation_case(seed) for seed in range(9)}


# The softmax family -------------------------------------------------------------------------------

FAMILY = {
    dtype: {"scores": np.random.default_rng(3).normal(0, 4, (7, 90)).astype(dtype)}
    for dtype in ("float16", "float32", "float64")
}
#: Rows of equal float16 scores 0, as in the chapter on sixteen bits.
MANY_CLASSES = {f"{classes}": {"classes": classes} for classes in (65_519, 65_520, 151_936)}
#: Single rows of equal scores 0.
EQUAL_SCORES = {
    f"{dtype}, {classes}": {"dtype": dtype, "classes": classes}
    for dtype, counts in {
        "float16": (65_519, 65_520, 151_936, 1 << 20),
        "bfloat16": (65_520, 151_936, 1 << 20),
    }.items()
    for classes in counts
}
CASTS = {f"{number:g}": {"number": number} for number in (464.0, 500.0, 1e9, -1e9, INF, -INF)}
BFLOAT16_ROWS = {
    "4 rows of 1000": {"scores": np.random.default_rng(3).normal(0, 3, (4, 1000)).astype(np.float32)},
}


# Drawing classes ----------------------------------------------------------------------------------

TEMPERATURES = {
    f"T = {temperature:g}": {"scores": np.array([1.0, 2.0, 3.0, -INF]), "temperature": temperature}
    for temperature in (0.0, 1e-3, INF)
}
RELAXED_DRAWS = {
    f"T = {tau:g}{', hard' * hard}": {
        "scores": np.random.default_rng(1).normal(0, 2, (3, 5)),
        "exponential": np.random.default_rng(2).exponential(size=(3, 5)),
        "cotangent": np.random.default_rng(3).normal(0, 1, (3, 5)),
        "tau": tau,
        "hard": hard,
    }
    for tau in (0.0, 0.1, 1.0, 10.0)
    for hard in (False, True)
}
GUMBEL_NOISE = {
    dtype: {"dtype": dtype, "draws": draws} for dtype, draws in {"bfloat16": 100_000, "float32": 20_000_000}.items()
}
DRAWS = {
    f"{dtype}, {name}": {"dtype": dtype, "scores": np.array(scores), "draws": 2_000_000}
    for dtype in ("bfloat16", "float32")
    for name, scores in {"equal scores": [0.0, 0.0, 0.0], "one far below": [8.0, -2.0]}.items()
}


# Networks -----------------------------------------------------------------------------------------

GRADIENTS = np.array([[0.5, -3.0], [-0.25, 1e-3], [2.0, 0.0], [0.125, 7.0], [-1.0, -1.0]])
#: PyTorch's names of the rule and of its settings.
OPTIMIZERS = {
    "momentum": {"rule": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
    "adam": {"rule": "Adam", "lr": 0.01},
    "adam with decay": {
        "rule": "Adam", "lr": 0.1, "beta1": 0.7, "beta2": 0.9, "eps": 0.01, "weight_decay": 0.1,
    },
}  # fmt: skip
OPTIMIZERS = {name: {"gradients": GRADIENTS, **rule} for name, rule in OPTIMIZERS.items()}


def cnn_case(seed=0):
    """Images, labels and the starting weights of a convolution, a pool, a convolution and a linear layer."""
    rng = np.random.default_rng(seed)
    scaled = {name: rng.standard_normal(shape) for name, shape in CNN_SHAPES.items()}
    weights = {name: 0.4 * values for name, values in scaled.items()}
    return {"images": rng.standard_normal((6, 1, 8, 8)), "labels": np.array([0, 4, 2, 2, 1, 3]), **weights}


#: As PyTorch has them; the linear layer's weight is the transpose of this book's.
CNN_SHAPES = {
    "conv1_weight": (3, 1, 3, 3),
    "conv1_bias": (3,),
    "conv2_weight": (4, 3, 2, 2),
    "conv2_bias": (4,),
    "linear_weight": (5, 36),
    "linear_bias": (5,),
}
CNN = {"20 steps": cnn_case()}
TIES = {"zeros and ones": {"images": np.random.default_rng(0).integers(0, 2, (4, 3, 6, 6)).astype(float)}}


# The sessions of chapter 6 ------------------------------------------------------------------------

SESSION = re.compile(r"```python\n# ((?:[\w-]+ [\d.]+(?:, )?)+)\n(.+?)\n```\n\n```text\n(.+?)\n```", re.DOTALL)


def sessions():
    """Versions by library, code and output of each session that the chapter prints, by the library that it shows.

    The chapter is read as JSON, so that the questions can be asked without the book's tools.
    """
    [chapter] = CHAPTERS.glob("06_*.ipynb")
    cells = json.loads(chapter.read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = {}
    for heading, code, output in SESSION.findall(text):
        versions = dict(library.split(" ") for library in heading.split(", "))
        shown = next(name for name in ("Optax", *versions) if name in versions)
        found[shown] = (versions, code, output)
    return found


def session(name):
    """The one case of a library's session: its code."""
    return {name: {"code": sessions()[name][1]}}
