"""Attention, and what chapter 12 says of other libraries, against their stored answers."""

import re

import numpy as np
import pytest

from stable_softmax.attention import attention, attention_vjp
from stable_softmax.jacobian import softmax_vjp
from tools import answers, notebooks
from tools.answers import ask_attention as asked

NAMES = "query gradient", "key gradient", "value gradient"
CHAPTER = notebooks.BOOK / "chapters" / "12_attend_without_nan.ipynb"


def ours(case):
    arguments = {name: case[name] for name in ("query", "key", "value", "where")}
    options = {name: case[name] for name in ("causal", "scale") if name in case}
    found = attention_vjp(**arguments, cotangent=case["cotangent"], **options)
    return {"output": attention(**arguments, **options)} | dict(
        zip(NAMES, (found.query, found.key, found.value), strict=True)
    )


@pytest.mark.parametrize("name", asked.ATTENTION)
def test_pytorch_gives_the_same_output_and_gradients(name):
    stored = answers.stored("torch", "attention", name)
    for part, found in ours(asked.ATTENTION[name]).items():
        np.testing.assert_allclose(found, stored[part], rtol=1e-9, atol=1e-11, err_msg=part)


def test_the_cases_hold_what_they_are_for():
    masks = [case["where"] for case in asked.ATTENTION.values()]
    assert any(where is not None and not where.any(axis=1).all() for where in masks)
    assert any(where is not None and where.any(axis=1).all() and not where.all() for where in masks)
    assert sum(case["causal"] for case in asked.ATTENTION.values()) > 3


# Rows that are masked altogether ------------------------------------------------------------------


def mean_of_values():
    return asked.ROW["value"].mean(axis=0)


def as_of_equal_scores():
    """The gradient of the second query, if all of its weights are 1/3."""
    of_scores = softmax_vjp(np.zeros(3), (asked.ROW["value"] @ asked.ROW["cotangent"][1]).astype(float))
    return of_scores @ asked.ROW["key"] / 2


@pytest.mark.parametrize("kernel", ["MATH", "FLASH_ATTENTION", "by default"])
@pytest.mark.parametrize("mask", ["booleans", "-inf"])
def test_pytorch_answers_0(mask, kernel):
    stored = answers.stored("torch", "a row masked altogether", f"{mask}, {kernel}")
    for part, found in ours(asked.ROW).items():
        np.testing.assert_allclose(found, stored[part], rtol=1e-5, atol=1e-6, err_msg=part)
    assert (stored["output"][1] == 0).all() and (stored["query gradient"][1] == 0).all()


@pytest.mark.parametrize("mask", ["-1e9", "lowest"])
def test_large_negative_numbers_give_the_mean_of_what_was_hidden(mask):
    for library, name in [("torch", f"{mask}, MATH"), ("jax", mask)]:
        stored = answers.stored(library, "a row masked altogether", name)
        np.testing.assert_allclose(stored["output"][1], mean_of_values(), rtol=1e-5)
        np.testing.assert_allclose(stored["query gradient"][1], as_of_equal_scores(), rtol=1e-5)


@pytest.mark.parametrize("kernel", ["FLASH_ATTENTION", "by default"])
@pytest.mark.parametrize("mask", ["-1e9", "lowest"])
def test_pytorchs_flash_kernel_has_its_gradient_three_times(mask, kernel):
    """exp(a - lse) with a log-sum-exp of -1e9 that has lost its log 3; PyTorch takes this kernel by default."""
    stored = answers.stored("torch", "a row masked altogether", f"{mask}, {kernel}")
    np.testing.assert_allclose(stored["output"][1], mean_of_values(), rtol=1e-5)
    np.testing.assert_allclose(stored["query gradient"][1], 3 * as_of_equal_scores(), rtol=1e-4)
    right, without = answers.stored("torch", "a row masked altogether", f"{mask}, MATH"), ours(asked.ROW)
    for part in NAMES:  # the row's share of each gradient
        np.testing.assert_allclose(
            stored[part] - without[part], 3 * (right[part] - without[part]), rtol=1e-3, atol=1e-5, err_msg=part
        )


def test_jax_answers_the_mean_for_booleans_and_nan_for_infinities():
    stored = answers.stored("jax", "a row masked altogether", "booleans")
    np.testing.assert_allclose(stored["output"][1], mean_of_values(), rtol=1e-5)
    assert (stored["query gradient"][1] == 0).all()
    share_of_row = stored["value gradient"] - ours(asked.ROW)["value gradient"]
    np.testing.assert_allclose(share_of_row, np.tile(asked.ROW["cotangent"][1] / 3, (3, 1)), rtol=1e-4)
    stored = answers.stored("jax", "a row masked altogether", "-inf")
    assert np.isnan(stored["output"][1]).all() and np.isfinite(stored["output"][[0, 2]]).all()
    assert all(np.isnan(stored[name]).any() for name in NAMES)
    assert (answers.stored("jax", "softmax where none takes part", "as it comes")["weights"][1] == 0).all()


def test_pytorchs_layer_answers_0_in_training_without_weights_alone():
    assert np.isnan(answers.stored("torch", "attention to padding alone", "need_weights=True")["largest output"])
    assert answers.stored("torch", "attention to padding alone", "need_weights=False")["largest output"] == 0
    assert np.isnan(answers.stored("torch", "attention to padding alone", "in evaluation")["largest output"])


def chapters_table():
    """By way of the mask and place of the zeros, which of output and gradients the chapter's table calls nan."""
    texts = [
        output["text"]
        for cell in notebooks.read(CHAPTER).cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    [table] = [text for text in texts if text.startswith("mask   zeros go to")]
    rows = re.findall(r"^(set|added) +(\w[\w ]*?) {2,}(ok|nan) +(ok|nan) +(ok|nan) +(ok|nan)$", table, re.MULTILINE)
    return {f"{how}, {rescue}": [flag == "nan" for flag in flags] for how, rescue, *flags in rows}


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_chapters_table_is_theirs(library):
    table = chapters_table()
    assert list(table) == list(asked.BY_HAND)
    for name, flags in table.items():
        stored = answers.stored(library, "attention by hand", name)
        assert [bool(np.isnan(stored[part]).any()) for part in ("output", *NAMES)] == flags, name


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_chapter_names_the_versions_that_were_asked(library):
    text = "".join(cell.source for cell in notebooks.read(CHAPTER).cells if cell.cell_type == "markdown")
    label = {"torch": "PyTorch", "jax": "JAX"}[library]
    assert set(re.findall(rf"{label} (\d[\d.]*\d)", text)) == {answers.versions(library)[library]}
