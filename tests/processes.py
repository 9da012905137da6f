"""Other processes for tests, ready in a fraction of a second: where the system can fork they come
from one that has imported what takes seconds, and has done nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

IMPORTED = [
    "optuna",
    "polars",
    "pytest",
    "sklearn.datasets",
    "torch",
    "netwright.api.searching.rounds",
    "netwright.training.trainer",
]

context: Any = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
if sys.platform == "linux":
    context.set_forkserver_preload(IMPORTED)


def start(function: Callable[..., None], *given: Any) -> Any:
    """A process that calls ``function``, of a module's own, and ends with this one at the latest;
    as ``multiprocessing`` gives it.
    """
    process = context.Process(target=_work, args=(function, given), daemon=True)
    process.start()
    return process


def answer(function: Callable[..., Any], *given: Any) -> Any:
    """What ``function(*given)`` returns in a process of its own.

    Raises:
        AssertionError: that one ended without an answer.
    """
    here, there = context.Pipe(duplex=False)
    process = start(_send, there, function, given)
    there.close()
    try:
        return here.recv()
    except EOFError:
        process.join()
        raise AssertionError(f"the other process ended with {process.exitcode}") from None
    finally:
        process.join()


def _send(pipe: Any, function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    pipe.send(function(*given))


def _work(function: Callable[..., None], given: tuple[Any, ...]) -> None:
    os.fsync = lambda handle: None  # as in conftest.py
    function(*given)
