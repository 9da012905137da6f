"""Two processes of one training, started once for all tests of a session."""

from __future__ import annotations

import functools
import os
import signal
import socket
import traceback
from collections.abc import Callable
from multiprocessing import connection
from typing import Any

import processes

SECONDS = 300
"""That a call may take, the first imports included."""


class Pair:
    """Two processes that call what they are given, each as one of a group of two; they end with
    this process.
    """

    def __init__(self) -> None:
        port = _free_port()
        self.pipes, self.processes = [], []
        for rank in (0, 1):
            here, there = processes.context.Pipe()
            self.pipes.append(here)
            self.processes.append(processes.start(_serve, rank, port, there))
            there.close()  # so that its end is seen here

    def call(self, function: Callable[..., Any], *given: Any) -> list[Any]:
        """What ``function(*given)`` returns in the first and in the second.

        Raises:
            AssertionError: it raised there, or took too long; the pair is of no use then.
        """
        for pipe in self.pipes:
            pipe.send((function, given))
        answers: dict[Any, Any] = {}
        while len(answers) < 2:
            waiting = [pipe for pipe in self.pipes if pipe not in answers]
            ready = connection.wait(waiting, SECONDS)
            if not ready:
                raise AssertionError(f"{len(waiting)} of two did not end within {SECONDS} s")
            for pipe in ready:
                answers[pipe] = _received(pipe)
        return [answers[pipe] for pipe in self.pipes]

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()


def call(function: Callable[..., Any], *given: Any) -> list[Any]:
    """What ``function(*given)``, of a module's own, returns in each of two processes.

    Raises:
        AssertionError: it raised there, with the traceback from there.
    """
    try:
        return _pair().call(function, *given)
    except BaseException:
        _pair().kill()  # the other may wait for what never comes
        _pair.cache_clear()
        raise


@functools.cache
def _pair() -> Pair:
    return Pair()


def _received(pipe: Any) -> Any:
    try:
        raised, value = pipe.recv()
    except EOFError:
        raise AssertionError("one of two ended") from None
    if raised:
        raise AssertionError(f"one of two raised\n{value}")
    return value


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _serve(rank: int, port: int, pipe: Any) -> None:
    """Call what arrives, until nobody is there to send more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the tests'
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    while True:
        try:
            function, given = pipe.recv()
        except EOFError:
            return
        try:
            answer = (False, function(*given))
        except BaseException:
            answer = (True, traceback.format_exc())
        pipe.send(answer)
