"""Many calls of one function on all cores, by forking: what a notebook defines need not be pickled to get there.

A child process is a copy of the kernel at the moment of the fork, but for its threads. It leaves the kernel's sockets
alone, writes its results into a pipe, and ends without cleaning up what is not its own.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import selectors
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

WORKERS = "STATIC_INTERACT_WORKERS"
_HEADER = struct.Struct("!IQ")  # which call, and how many bytes its result has
_TICKETS = 8_000  # that many fit into a pipe before anybody reads
_COLLECT_EVERY = 4  # calls
_PATIENCE = 300.0  # seconds without a result after which children are given up, for calls that took no time before

_is_child = False


def workers() -> int:
    """How many processes to use: one for each core, or what the environment variable ``STATIC_INTERACT_WORKERS`` says.

    Where there is no fork, and on macOS, where system libraries do not bear it, it is 0: all calls are made here. So it
    is in the processes of `run`.

    Raises
    ------
    ValueError
        If the environment does not say a number.
    """
    if _is_child:
        return 0
    given = os.environ.get(WORKERS)
    if given is not None:
        if not given.isdecimal():
            raise ValueError(f"{WORKERS} must be a whole number, got {given!r}")
        return int(given) if hasattr(os, "fork") else 0
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores)


def run(
    call: Callable[[int], Any],
    places: Sequence[int],
    count: int,
    *,
    apart: bool = False,
    patience: float = 0.0,
) -> Iterator[tuple[int, Any]]:
    """Make calls in child processes.

    Parameters
    ----------
    call : callable
        Is given a place. What it returns must be made of tuples, lists, dicts, str, bytes, numbers, bools and None.
    places : sequence of int
        What to call it with, not negative.
    count : int
        Number of processes.
    apart : bool
        Whether each call gets a process of its own, and so cannot see what other calls have changed.
    patience : float
        Seconds that one call may well take: much later children that have not answered are given up.

    Yields
    ------
    place, result
        In the order in which results come. Those of calls that raised, or of children that died, are missing.
    """
    if not places:
        return
    block = -(-len(places) // _TICKETS)
    blocks = [places[start : start + block] for start in range(0, len(places), block)]
    tickets = _filled_pipe(range(len(blocks)))
    children: dict[int, int] = {}  # the pipe's end -> process
    try:
        for _ in range(min(count, len(blocks))):
            reading, writing = os.pipe()
            if (process := _fork()) == 0:
                _work(call, blocks, tickets, writing, apart)
            os.close(writing)
            children[reading] = process
        os.close(tickets)
        yield from _results(children, max(_PATIENCE, 30 * patience))
    finally:
        for reading, process in children.items():
            with contextlib.suppress(OSError):
                os.close(reading)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def _fork() -> int:
    with warnings.catch_warnings():
        # A kernel has threads. None of them is in the child, and the child asks nothing of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _filled_pipe(numbers: Sequence[int]) -> int:
    """A pipe from which whoever comes draws the next number; its end when all are drawn."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(struct.pack("!I", number) for number in numbers))
    os.close(writing)
    return reading


def _work(call: Callable[[int], Any], blocks: Sequence[Sequence[int]], tickets: int, writing: int, apart: bool) -> None:
    """What a child does until all is done. It never returns."""
    global _is_child
    code, _is_child = 1, True
    try:
        gc.freeze()  # what the kernel has made is not for this process to clean up
        gc.disable()
        done = 0
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        while ticket := os.read(tickets, 4):
            for place in blocks[struct.unpack("!I", ticket)[0]]:
                if not apart:
                    _answer(call, place, writing)
                    done += 1
                    # Figures are cycles. To look for them now and then costs a third of what Python would spend on it.
                    if done % _COLLECT_EVERY == 0:
                        gc.collect()
                elif (process := _fork()) == 0:
                    _answer(call, place, writing)
                    os._exit(0)
                else:
                    os.waitpid(process, 0)
        code = 0
    finally:
        os._exit(code)  # without exit handlers: they are the kernel's


def _answer(call: Callable[[int], Any], place: int, writing: int) -> None:
    try:
        body = marshal.dumps(call(place))
    except Exception:
        return
    message = memoryview(_HEADER.pack(place, len(body)) + body)
    while message:
        message = message[os.write(writing, message) :]


def _results(children: dict[int, int], patience: float) -> Iterator[tuple[int, Any]]:
    received = {reading: bytearray() for reading in children}
    latest = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for reading in children:
            selector.register(reading, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(timeout=1.0):
                data = os.read(key.fd, 1 << 20)
                buffer = received[key.fd]
                buffer += data
                latest = time.monotonic()
                while len(buffer) >= _HEADER.size:
                    place, size = _HEADER.unpack_from(buffer)
                    end = _HEADER.size + size
                    if len(buffer) < end:
                        break
                    body = bytes(memoryview(buffer)[_HEADER.size : end])
                    del buffer[:end]
                    yield place, marshal.loads(body)  # written by our own child
                if not data:
                    selector.unregister(key.fd)
            if time.monotonic() - latest > patience:
                return
