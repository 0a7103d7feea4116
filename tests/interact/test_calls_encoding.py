"""Trees of many frames: encoded by several processes, and packed on their way from one to another."""

import os

import numpy as np
import pytest
from ipywidgets import IntSlider

from static_interact import forks
from static_interact.bake import bake
from static_interact.calls import Unpacker, digest, pack
from static_interact.encode import encode
from static_interact.explorer import Explorer
from static_interact.svg import Element, to_html

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="calls are made in one process where there is no fork")


def explorer(function, most=5, **options):
    return Explorer.of(function, {"n": IntSlider(value=2, min=0, max=most)}, "si-f", **options)


# --- encoding ---------------------------------------------------------------------------------------------------


def squares(n):
    print("the square of", n, "is", n * n)


def baked(monkeypatch, workers, most):
    monkeypatch.setenv(forks.WORKERS, str(workers))
    return bake(explorer(squares, most, narrow=(3, 2)))


@pytest.mark.parametrize("most, sizes", [(60, [2]), (5, [])])
def test_each_size_of_many_frames_is_encoded_by_a_process_of_its_own(monkeypatch, most, sizes):
    expected = baked(monkeypatch, 0, most)
    asked, original = [], forks.run

    def run(call, places, *arguments, **options):
        asked.append(len(places))
        return original(call, places, *arguments, **options)

    monkeypatch.setattr(forks, "run", run)
    for workers in (1, 2, 3):
        assert baked(monkeypatch, workers, most) == expected
    assert asked == [most, most, *sizes, most, *sizes]


@pytest.mark.slow
def test_strides_of_many_numbers_are_tried_by_several_processes(monkeypatch):
    def encoded(workers):
        monkeypatch.setenv(forks.WORKERS, str(workers))
        numbers = np.random.default_rng(0).integers(0, 999, (40, 2, 300)).tolist()
        trees = {(k,): tree(*(" ".join(map(str, row)) for row in rows)) for k, rows in enumerate(numbers)}
        return encode(trees, (40,), (0,)).data

    expected = encoded(0)
    asked, original = [], forks.run

    def run(call, places, *arguments, **options):
        asked.append(len(places))
        return original(call, places, *arguments, **options)

    monkeypatch.setattr(forks, "run", run)
    assert encoded(1) == encoded(2) == encoded(3) == expected
    assert asked == [2, 2]
    monkeypatch.setattr(forks, "run", lambda *arguments, **options: iter(()))
    assert encoded(2) == expected


def test_processes_start_no_others(monkeypatch):
    monkeypatch.setenv(forks.WORKERS, "3")
    assert dict(forks.run(lambda place: forks.workers(), [0, 1], 2)) == {0: 0, 1: 0}
    assert forks.workers() == 3


def test_what_such_a_process_does_not_send_is_encoded_here(monkeypatch):
    expected = baked(monkeypatch, 0, 60)
    monkeypatch.setattr(forks, "run", lambda *arguments, **options: iter(()))
    assert baked(monkeypatch, 2, 60) == expected


# --- packed trees -----------------------------------------------------------------------------------------------


def tree(*texts):
    root = Element("div", {"a": "1"})
    for text in texts:
        child = Element("p", {"x": text})
        child.text, child.tail = text, "tail"
        root.append(child)
    return root


def test_trees_survive_packing():
    for made in (tree(), tree("a", "b & <c>")):
        assert to_html(Unpacker().tree(pack(made))) == to_html(made)


def test_equal_parts_are_the_same_element():
    unpacker = Unpacker()
    first, second, third = (unpacker.tree(pack(tree(*texts))) for texts in ("ab", "ac", "acb"))
    assert first[0] is second[0] is third[0] and second[1] is third[1] and first[1] is not second[1]
    assert [to_html(made) for made in (first, second, third)] == [
        to_html(tree(*texts)) for texts in ("ab", "ac", "acb")
    ]
    assert unpacker.tree(pack(tree(*"acb"))) is third


def test_digests_tell_trees_apart():
    assert digest(pack(tree("a"))) == digest(pack(tree("a"))) != digest(pack(tree("b")))
