"""Other processes for tests, ready in a fraction of a second: where the system can fork they come
from one that has imported what takes seconds, and has done nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hurried

PACKAGE = Path(hurried.__file__).parents[1] / "src" / "netwright"


def _ours() -> list[str]:
    """Every file of the package, as it is imported."""
    paths = [path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py")]
    names = [".".join(path.with_suffix("").parts) for path in paths]
    return sorted(name.removesuffix(".__init__") for name in names if "__main__" not in name)


IMPORTED = [
    "jinja2",
    "matplotlib.figure",
    "optuna",
    "polars",
    "pytest",
    "sklearn.datasets",
    "torch",
    *_ours(),
]
"""What cannot be imported here is passed over."""

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


class Command:
    """``netwright`` with these words, as ``subprocess`` would give it; it prints into two files.

    Args:
        limit: the most bytes that a file may have.
    """

    def __init__(self, words: Sequence[str], limit: int | None = None) -> None:
        self._printed = tempfile.TemporaryDirectory()
        self._process = start(_command, list(words), self._printed.name, limit)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it printed to stdout and to stderr, once it has ended."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("netwright", timeout or 0)
        out, err = (Path(self._printed.name, name).read_text("utf-8") for name in ("out", "err"))
        return out, err


def _command(words: list[str], printed: str, limit: int | None) -> None:
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(printed, name), os.O_WRONLY | os.O_CREAT), number)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    from netwright.cli.main import main

    main(words)


def _send(pipe: Any, function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    pipe.send(function(*given))


def _work(function: Callable[..., None], given: tuple[Any, ...]) -> None:
    hurried.hurry()
    function(*given)
