"""Frames from several processes: the same whatever their number, whatever the function leaves behind, whatever dies."""

import os
import random
import signal
import threading
import time

import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest
from ipywidgets import IntSlider

from static_interact import forks
from static_interact.calls import Caller, Chances
from static_interact.explorer import Explorer
from static_interact.svg import to_html

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="calls are made in one process where there is no fork")


def explorer(function, most=5, **options):
    return Explorer.of(function, {"n": IntSlider(value=2, min=0, max=most)}, "si-f", **options)


def frames(function, monkeypatch, workers, **options):
    monkeypatch.setenv(forks.WORKERS, str(workers))
    made = explorer(function, **options)
    combinations = [(place,) for place in range(made.shape[0])]
    found, start = Caller(made).frames(combinations, made.start)
    assert list(found) == combinations
    return [to_html(sizes[0]) for sizes in found.values()], start


def texts(function, monkeypatch, workers, **options):
    return [
        text.removeprefix('<div><pre class="si-text">').removesuffix("</pre></div>")
        for text in frames(function, monkeypatch, workers, **options)[0]
    ]


def curves(n):
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.plot(np.sin(np.arange(20) * n))
    axes.text(0.2 * n, 0.5, f"n is {n}", transform=axes.transAxes)
    print("n", n)
    return figure


@pytest.mark.slow
def test_frames_do_not_depend_on_the_number_of_processes(monkeypatch):
    expected = frames(curves, monkeypatch, 0)
    assert len(set(expected[0])) == 6
    for workers in (1, 2, 3, 7):
        assert frames(curves, monkeypatch, workers) == expected


def test_calls_are_made_in_other_processes_but_for_the_start(monkeypatch):
    seen = []

    def f(n):
        seen.append(n)
        print(os.getpid() == own)

    own = os.getpid()
    assert texts(f, monkeypatch, 2) == ["False", "False", "True", "False", "False", "False"]
    assert seen == [2], "as in a live kernel"


def test_a_function_may_be_anything_that_can_be_called(monkeypatch):
    lock = threading.Lock()  # cannot be pickled

    def f(n):
        with lock:
            print(n)

    assert texts(f, monkeypatch, 2) == list("012345")


def test_random_numbers_do_not_depend_on_the_calls_before(monkeypatch):
    generator = np.random.default_rng(3)

    def f(n):
        print(n, random.random(), np.random.rand(), generator.random())

    first = texts(f, monkeypatch, 2)
    after = random.getstate(), generator.random()
    generator = np.random.default_rng(3)
    assert len({text.partition(" ")[2] for text in first}) == 1, "each frame draws the same numbers"
    assert after[1] != generator.random()


def test_chances_are_put_back():
    generator = np.random.default_rng(1)

    def f():
        return random.random(), np.random.rand(), generator.random()

    chances = Chances(f)
    first = f()
    assert f() != first
    chances.reset()
    assert f() == first


def test_what_a_call_leaves_behind_is_not_seen_by_others(monkeypatch, capfd):
    seen = []

    def f(n):
        seen.append(n)
        print(seen)

    expected = ["[2, 0]", "[2, 1]", "[2]", "[2, 3]", "[2, 4]", "[2, 5]"]
    for workers in (1, 2, 3):
        seen.clear()
        assert texts(f, monkeypatch, workers) == expected
        assert seen == [2]
    assert "f shows something else when it is called again with the same values" in capfd.readouterr().err


def test_a_figure_made_outside_is_baked_and_closed(monkeypatch):
    pictures = []
    for workers in (0, 2):
        figure, axes = plt.subplots(figsize=(2, 2))
        (line,) = axes.plot([0, 1])

        def f(n, line=line):
            line.set_ydata([0, n / 5])

        made = Explorer.of(lambda n, f=f: f(n), {"n": IntSlider(value=2, min=0, max=5)}, "si-f")
        monkeypatch.setenv(forks.WORKERS, str(workers))
        caller = Caller(made)
        found, _ = caller.frames([(place,) for place in range(6)], (2,))
        assert plt.get_fignums() == [figure.number]
        caller.close()
        assert not plt.get_fignums()
        pictures.append([to_html(sizes[0]) for sizes in found.values()])
    assert pictures[0] == pictures[1] and len(set(pictures[0])) == 6


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_is_shown_in_its_frame_and_logged_once(monkeypatch, capfd, workers):
    def f(n):
        print(1 / (n % 2))

    made = explorer(f)
    monkeypatch.setenv(forks.WORKERS, str(workers))
    caller = Caller(made)
    found, _ = caller.frames([(place,) for place in range(6)], made.start)
    markup = [to_html(sizes[0]) for sizes in found.values()]
    error = '<div><div class="si-error" role="alert">ZeroDivisionError: division by zero</div></div>'
    assert [text == error for text in markup] == [True, False] * 3
    assert caller.report() == ["f(n=2): ZeroDivisionError: division by zero (and 2 more frames)"]
    assert (
        capfd.readouterr().err == "static_interact: f(n=2): ZeroDivisionError: division by zero (and 2 more frames)\n"
    )
    assert caller.report() == []


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_may_stop_the_bake(monkeypatch, workers):
    def f(n):
        print(1 / (n - 4))

    with pytest.raises(ZeroDivisionError) as caught:
        frames(f, monkeypatch, workers, errors="raise")
    assert caught.value.__notes__ == ["in the figure function f(n=4)"]


def test_frames_of_a_child_that_dies_are_made_here(monkeypatch):
    own = os.getpid()

    def f(n):
        if n == 4 and os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        print(n)

    assert texts(f, monkeypatch, 2) == list("012345")


def children():
    """Processes begun by this one, also those that have ended and were not waited for."""
    return set(psutil.Process().children())


def test_no_child_is_left(monkeypatch):
    before = children()
    frames(curves, monkeypatch, 3)
    assert children() == before


def test_descriptions_come_with_their_frames(monkeypatch):
    markup, _ = frames(curves, monkeypatch, 2, describe=lambda n: f"{n} waves")
    assert [f'<p class="si-describe">{n} waves</p></div>' in text for n, text in enumerate(markup)] == [True] * 6


# --- forks ------------------------------------------------------------------------------------------------------


def test_run_gives_each_result_once():
    results = sorted(forks.run(lambda place: (place, str(place)), range(100), 3))
    assert results == [(place, (place, str(place))) for place in range(100)]


def test_run_takes_more_places_than_fit_into_a_pipe_and_large_results():
    assert len(list(forks.run(lambda place: None, range(20_001), 2))) == 20_001
    ((_, result),) = forks.run(lambda place: b"x" * 3_000_000, [7], 2)
    assert len(result) == 3_000_000


def test_run_leaves_out_calls_that_raise():
    assert sorted(place for place, _ in forks.run(lambda place: 1 / place, [0, 1, 2], 2)) == [1, 2]


def test_calls_apart_do_not_see_each_other():
    seen = []

    def call(place):
        seen.append(place)
        return list(seen)

    assert sorted(forks.run(call, range(4), 1)) == [(n, list(range(n + 1))) for n in range(4)]
    assert sorted(forks.run(call, range(4), 2, apart=True)) == [(n, [n]) for n in range(4)]


@pytest.mark.slow
def test_children_that_never_answer_are_given_up(monkeypatch):
    monkeypatch.setattr(forks, "_PATIENCE", 0.5)
    before = children()
    began = time.monotonic()
    results = list(forks.run(lambda place: time.sleep(60 * place), [0, 1], 2))
    assert results == [(0, None)] and time.monotonic() - began < 30
    assert children() == before


def test_children_end_when_nobody_listens():
    before = children()
    results = forks.run(lambda place: place, range(1000), 2)
    next(results)
    results.close()
    assert children() == before


@pytest.mark.parametrize("given, count", [("3", 3), ("0", 0)])
def test_the_number_of_processes_can_be_set(monkeypatch, given, count):
    monkeypatch.setenv(forks.WORKERS, given)
    assert forks.workers() == count


def test_by_default_each_core_gets_a_process(monkeypatch):
    monkeypatch.delenv(forks.WORKERS, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setattr(forks.sys, "platform", "linux")
    assert forks.workers() == 3
    monkeypatch.setattr(forks.sys, "platform", "darwin")
    assert forks.workers() == 0
    monkeypatch.setattr(forks.sys, "platform", "linux")
    monkeypatch.delattr(os, "fork")
    assert forks.workers() == 0


def test_a_wrong_number_of_processes_is_an_error(monkeypatch):
    monkeypatch.setenv(forks.WORKERS, "many")
    with pytest.raises(ValueError, match="STATIC_INTERACT_WORKERS must be a whole number, got 'many'"):
        forks.workers()


# --- in this process ----------------------------------------------------------------------------------------------


@pytest.fixture
def runs(monkeypatch):
    """Children's calls are made here; what is asked of `forks.run` is noted."""
    asked = []

    def run(call, places, count, *, apart, patience):
        asked.append((list(places), count, apart))
        yield from ((place, call(place)) for place in places)

    monkeypatch.setattr(forks, "run", run)
    return asked


def test_the_start_is_called_again_at_the_end(runs, monkeypatch):
    called = []

    def f(n):
        called.append(n)
        print(n)

    found = frames(f, monkeypatch, 2)
    assert called == [2, 0, 1, 3, 4, 5, 2] and runs == [([0, 1, 2, 3, 4], 2, False)] and len(found) == 2


def test_what_is_not_steady_is_called_again_apart(runs, monkeypatch, capfd):
    calls = []

    def f(n):
        calls.append(n)
        print(n, len(calls))

    frames(f, monkeypatch, 2)
    assert [apart for _, _, apart in runs] == [False, True] and len(calls) == 1 + 5 + 1 + 5
    assert "shows something else when it is called again" in capfd.readouterr().err


@pytest.mark.parametrize("workers, steady, told", [(0, True, 6), (2, True, 6), (2, False, 6)])
def test_every_frame_is_told_once(runs, monkeypatch, workers, steady, told):
    steps = []

    class Told:
        def __init__(self, identifier, name, total):
            assert (identifier, name, total) == ("si-f", "f", 6)

        def step(self):
            steps.append(1)

        def back(self, count):
            steps.append(-count)

    monkeypatch.setattr("static_interact.calls.Progress", Told)
    calls = []

    def f(n):
        calls.append(n)
        print(n, 0 if steady else len(calls))

    frames(f, monkeypatch, workers)
    assert sum(steps) == told and (min(steps) < 0) is not steady
