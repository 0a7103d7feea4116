"""What a child process does, done in this one: its exit is caught, and its answers are read from the pipe."""

import gc
import marshal
import os
import signal

import pytest

from static_interact import forks


class Exit(BaseException):
    """Stands for the end of a child."""


@pytest.fixture
def as_child(monkeypatch):
    """Run a child's work here; return its exit code, what it has answered, and how often it collected garbage."""
    handler = signal.getsignal(signal.SIGINT)
    state = []
    monkeypatch.setattr(gc, "collect", lambda: state.append("collected"))
    monkeypatch.setattr(gc, "freeze", lambda: state.append("frozen"))
    monkeypatch.setattr(gc, "disable", lambda: state.append("disabled"))

    codes = []

    def leave(code):
        codes.append(code)
        raise Exit

    monkeypatch.setattr(os, "_exit", leave)

    def run(call, blocks, apart=False):
        tickets = forks._filled_pipe(range(len(blocks)))
        reading, writing = os.pipe()
        with pytest.raises(Exit):
            forks._work(call, blocks, tickets, writing, apart)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        os.close(writing)
        os.close(tickets)
        with os.fdopen(reading, "rb") as stream:
            data = stream.read()
        answers = []
        while data:
            place, size = forks._HEADER.unpack_from(data)
            data = data[forks._HEADER.size :]
            answers.append((place, marshal.loads(data[:size])))
            data = data[size:]
        return codes[0], answers, state

    yield run
    signal.signal(signal.SIGINT, handler)


def test_a_child_answers_for_each_place_and_ends_well(as_child):
    code, answers, state = as_child(lambda place: place * place, [[1, 2], [5], [7, 8, 9]])
    assert code == 0 and answers == [(place, place * place) for place in (1, 2, 5, 7, 8, 9)]
    assert state == ["frozen", "disabled", "collected"], "once for four calls"


def test_large_answers_come_whole(as_child, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:1_000])))
    code, answers, _ = as_child(lambda place: "x" * 20_000, [[3]])
    assert code == 0 and answers == [(3, "x" * 20_000)]


def test_a_call_that_raises_has_no_answer_and_others_have(as_child):
    code, answers, _ = as_child(lambda place: 6 // place, [[1, 0, 2]])
    assert code == 0 and answers == [(1, 6), (2, 3)]


def test_a_child_that_is_stopped_ends_with_an_error(as_child):
    def call(place):
        raise KeyboardInterrupt

    code, answers, _ = as_child(call, [[1]])
    assert code == 1 and answers == []


def test_calls_apart_are_made_by_children_of_the_child(as_child, monkeypatch):
    """The first fork returns as its child, the second as the parent of one."""
    waited, forked = [], iter([71, 0])
    monkeypatch.setattr(forks, "_fork", lambda: next(forked))
    monkeypatch.setattr(os, "waitpid", lambda process, options: waited.append((process, options)))
    code, answers, state = as_child(lambda place: -place, [[4, 6]], apart=True)
    assert code == 0 and waited == [(71, 0)]
    assert answers == [(6, -6)] and "collected" not in state


def test_a_pipe_of_numbers_has_an_end():
    reading = forks._filled_pipe(range(3))
    assert [int.from_bytes(os.read(reading, 4), "big") for _ in range(3)] == [0, 1, 2]
    assert os.read(reading, 4) == b""
    os.close(reading)


@pytest.mark.parametrize("count, sizes", [(8_000, {1}), (8_001, {2, 1}), (16_000, {2}), (16_001, {3, 2})])
def test_more_places_than_a_pipe_holds_come_in_blocks(monkeypatch, count, sizes):
    seen = {}

    def work(call, blocks, tickets, writing, apart):
        seen["blocks"] = blocks
        raise Exit

    monkeypatch.setattr(forks, "_fork", lambda: 0)
    monkeypatch.setattr(forks, "_work", work)
    with pytest.raises(Exit):
        next(forks.run(abs, range(count), 1))
    assert {len(block) for block in seen["blocks"]} == sizes
    assert [place for block in seen["blocks"] for place in block] == list(range(count))


def test_results_come_in_pieces():
    """Two children; the messages of one arrive byte by byte."""
    pipes = [os.pipe() for _ in range(2)]
    results = forks._results({reading: 0 for reading, _ in pipes}, 9.0)
    message = bytearray()
    for place in (5, 6):
        body = marshal.dumps("x" * place)
        message += forks._HEADER.pack(place, len(body)) + body
    os.write(pipes[0][1], message)
    assert [next(results), next(results)] == [(5, "xxxxx"), (6, "xxxxxx")]
    body = marshal.dumps([1])
    whole = forks._HEADER.pack(2, len(body)) + body
    os.write(pipes[1][1], whole[:-1])
    os.close(pipes[0][1])
    os.write(pipes[1][1], whole[-1:])
    os.close(pipes[1][1])
    assert list(results) == [(2, [1])]
    for reading, _ in pipes:
        os.close(reading)
