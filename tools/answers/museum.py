"""What the chapter of real bugs asks other libraries, call by call, and how its blocks of answers are written.

``python -m tools.answers.museum`` writes the blocks into the chapter, from the stored answers; a test compares them.
"""

import ast
import json
import os
import sys
import warnings
from pathlib import Path

import numpy as np

CHAPTERS = Path(__file__).resolve().parents[2] / "book" / "chapters"

#: The calls, by the number of the exhibit and the library that is asked: Python expressions in the library's namespace.
CALLS = {
    1: {"torch": ["F.softmax(tensor([[1000.], [996.]]).bfloat16(), 0)"]},
    2: {"torch": ["F.softmax(torch.zeros(2, 3, 4)).sum(-1)"]},
    4: {
        "torch": ["torch.multinomial(F.softmax(tensor([1., 2.]) / 0, 0), 1)"],
        "jax": ["jax.random.categorical(\n    jax.random.key(0), jnp.array([1., 2., 3.]) / 0)"],
    },
    6: {
        "torch": [
            "F.softmax(tensor([-inf, -inf]), 0)",
            "one = torch.ones(1, 1, 2)\nF.scaled_dot_product_attention("
            "\n    one, one, one, attn_mask=tensor([[False]]))",
        ],
        "jax": [
            "jax.nn.softmax(jnp.array([-inf, -inf]))",
            "jax.nn.softmax(\n    jnp.zeros(2), where=jnp.array([False, False]))",
            "q, v = jnp.ones((1, 1, 1, 1)), jnp.array([[[[1.]], [[3.]]]])"
            "\njax.nn.dot_product_attention("
            "\n    q, v, v, mask=jnp.zeros((1, 1, 1, 2), bool))",
        ],
        "scipy": ["special.softmax([-inf, -inf])"],
    },
    7: {
        "torch": ["torch.zeros(2).half().masked_fill(\n    tensor([True, False]), -1e10)"],
        "jax": ["jnp.full(2, -1e10, jnp.float16)"],
    },
    8: {
        "torch": [
            "F.cross_entropy(\n    tensor([0., 1., -inf]), tensor([0., 1., 0.]))",
            "torch.func.grad(\n    lambda x: F.cross_entropy(x, tensor([0., 1., 0.])))("
            "\n    tensor([0., 1., -inf]))",
        ],
        "optax": [
            "optax.softmax_cross_entropy(\n    jnp.array([0., 1., -inf]), jnp.array([0., 1., 0.]))",
            "jax.grad(optax.softmax_cross_entropy)(\n    jnp.array([0., 1., -inf]), jnp.array([0., 1., 0.]))",
            "optax.safe_softmax_cross_entropy(\n    jnp.array([0., 1., -inf]), jnp.array([0., 1., 0.]))",
        ],
        "keras": [
            "keras.losses.categorical_crossentropy(\n    [[0., 1., 0.]], [[0., 1., -inf]], from_logits=True)",
        ],
    },
    9: {
        "torch": [
            "F.cross_entropy(torch.zeros(1, 3), tensor([-100]))",
            "torch.func.grad(\n    lambda x: F.cross_entropy(x, tensor([-100])))(torch.zeros(1, 3))",
        ],
        "keras": [
            "keras.losses.SparseCategoricalCrossentropy(\n    from_logits=True, ignore_class=-100)("
            "\n    np.array([-100]), np.zeros((1, 3)))",
        ],
    },
    10: {
        "torch": [
            "F.cross_entropy(\n    tensor([[1., 2., 3.], [9., 0., 0.]]), tensor([2, -100]),\n    label_smoothing=0.2)",
            "F.cross_entropy(\n    tensor([[1., 2., 3.]]), tensor([2]), label_smoothing=0.2)",
        ],
    },
    11: {
        "jax": [
            "keep = jnp.array([True, True, False])\njax.grad(lambda x: jax.nn.softmax(x, where=keep)[0])("
            "\n    jnp.array([1., 1., 100.]))",
        ],
    },
    12: {
        "torch": ["torch.func.grad(lambda x: torch.logsumexp(x, 0))(\n    tensor([-inf, -inf]))"],
        "jax": ["jax.grad(jax.nn.logsumexp)(jnp.array([-inf, -inf]))"],
    },
    13: {
        "torch": ["torch.func.grad(lambda x: F.softmax(x, 0)[0])(\n    tensor([20., 0.]))"],
        "jax": ["jax.grad(lambda x: jax.nn.softmax(x)[0])(\n    jnp.array([20., 0.]))"],
    },
    14: {"optax": ["jax.grad(optax.sigmoid_focal_loss)(100., 1., gamma=0.5)"]},
    15: {"torch": ["F.cross_entropy(\n    F.softmax(tensor([[100., 0., 0.]]), 1), tensor([0]))"]},
    16: {
        "torch": [
            "F.softmax(tensor([0., -150., 0., 0., 0.]), 0).log()[1]",
            "F.log_softmax(tensor([0., -150., 0., 0., 0.]), 0)[1]",
        ],
    },
    17: {
        "keras": [
            "keras.config.epsilon()",
            "keras.losses.binary_crossentropy([1.], [0.])",
            "keras.losses.binary_crossentropy([0.], [1.])",
            "keras.losses.binary_crossentropy(\n    np.float16([0.]), np.float16([1.]))",
        ],
        "torch": ["F.binary_cross_entropy(tensor(1.), tensor(0.))"],
    },
    18: {
        "torch": [
            "F.kl_div(\n    tensor([[.2, .3, .5]]).log(), tensor([[.1, .2, .7]]))",
            "F.kl_div(\n    tensor([[.2, .3, .5]]).log(), tensor([[.1, .2, .7]]),\n    reduction=\"batchmean\")",
        ],
        "keras": ["keras.losses.KLDivergence()(\n    [[.1, .2, .7]], [[.2, .3, .5]])"],
    },
    19: {
        "torch": [
            "F.binary_cross_entropy_with_logits(\n    tensor([[3.], [-3.]]), tensor([1., 0.]))",
        ],
        "optax": [
            "optax.sigmoid_binary_cross_entropy(\n    jnp.array([[3.], [-3.]]), jnp.array([1., 0.])).mean()",
        ],
    },
}  # fmt: skip
NAMES = {"torch": "PyTorch", "jax": "JAX", "optax": "Optax", "keras": "Keras", "scipy": "SciPy"}
WIDTH = 70  # of an answer's lines


def cases(library):
    """The calls of one library, by the exhibit's number and the call's place in it."""
    return {
        f"{exhibit}, call {place}": {"code": code}
        for exhibit, calls in CALLS.items()
        for place, code in enumerate(calls.get(library, ()), start=1)
    }


# How a library is asked ---------------------------------------------------------------------------


def namespace(library):
    """What the calls of a library may name."""
    names = {"inf": np.inf, "np": np}
    if library == "torch":
        import torch

        names |= {"torch": torch, "F": torch.nn.functional, "tensor": torch.tensor}
    elif library in ("jax", "optax"):
        import jax

        names |= {"jax": jax, "jnp": jax.numpy}
        if library == "optax":
            import optax

            names["optax"] = optax
    elif library == "keras":
        os.environ.setdefault("KERAS_BACKEND", "jax")
        import keras

        names["keras"] = keras
    else:
        from scipy import special

        names["special"] = special
    return names


def asker(library):
    """A function that takes a call's code, and returns the library's answer: an array, or the exception as a text."""

    def ask(code):
        names, tree = namespace(library), ast.parse(code)
        call = ast.Expression(tree.body.pop().value)
        with warnings.catch_warnings(action="ignore"):
            exec(compile(tree, "museum", "exec"), names)
            try:
                answer = eval(compile(call, "museum", "eval"), names)
            except (RuntimeError, ValueError) as error:
                return {"answer": f"{type(error).__name__}: {error}"}
        return {"answer": np.asarray(answer.float() if library == "torch" else answer, np.float64)}

    return ask


# How the chapter shows it -------------------------------------------------------------------------


def shown(answer):
    """An answer as comments: numbers to four digits, or the exception's message."""
    text = answer if isinstance(answer, str) else texted(answer.tolist() if isinstance(answer, np.ndarray) else answer)
    lines, line = [], "#"
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return "\n".join([*lines, line])


def texted(value):
    """Nested lists of numbers, to four digits."""
    return f"[{', '.join(map(texted, value))}]" if isinstance(value, list) else f"{value:.4g}"


def block(exhibit):
    """What the libraries answer to an exhibit's calls, as the chapter has it."""
    from tools.answers import stored, versions

    parts = []
    for library, calls in CALLS[exhibit].items():
        lines = [f"# {NAMES[library]} {next(iter(versions(library).values()))}"]
        for place, code in enumerate(calls, start=1):
            lines += [code, shown(stored(library, "museum", f"{exhibit}, call {place}")["answer"])]
        parts.append("\n".join(lines))
    return "**Today.**\n\n```python\n" + "\n\n".join(parts) + "\n```"


def write():
    """Write all blocks into the chapter, each into the cell whose id is ``today-`` and the exhibit's number."""
    [path] = CHAPTERS.glob("15_*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    for exhibit in CALLS:
        cells[f"today-{exhibit}"]["source"] = block(exhibit).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
