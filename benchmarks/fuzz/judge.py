"""A command line called in process, and what is wrong with how it ended."""

from __future__ import annotations

import contextlib
import io
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

from netwright.base.visible import OBEYED
from netwright.cli.main import main

LONGEST = 5.0
"""Seconds that a command on a small file may take."""

LARGEST = 2**30
"""Bytes by which one command may raise what the process takes at most."""

MOST_SIGNS = 2000
"""Signs of a refusal."""

_STYLE = re.compile(r"\x1b\[(?:0|1|31|33|36|90)m")
_FOREIGN = re.compile(r"^\S+:\d+: \w*Warning: |panicked at|^Traceback ", re.MULTILINE)


class _TooLongError(BaseException):
    """Not an ``Exception``, which a reader may catch."""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Args:
        code: the exit status; None: it did not end by itself.
        fault: the traceback of what it raised; empty: it raised nothing.
        seconds: that it took; grown: bytes by which the process's peak rose.
    """

    code: int | None
    out: str
    err: str
    fault: str
    seconds: float
    grown: int


def warm() -> None:
    """Load the libraries, which takes seconds, and would be broken where it was cut short."""
    import matplotlib.figure  # noqa: F401
    import optuna  # noqa: F401
    import polars  # noqa: F401
    import torch._dynamo  # noqa: F401

    import netwright.training.trainer  # noqa: F401


def call(arguments: Sequence[str], longest: float = LONGEST) -> Ended:
    """Run ``netwright ARGUMENTS``; what libraries in C or Rust write is taken, too."""
    code: int | None = None
    fault, before, began = "", _peak(), time.monotonic()
    with _taken() as written, _limit(longest), warnings.catch_warnings():
        try:
            main(list(arguments))
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except _TooLongError:
            fault = f"it took more than {longest:g} s"
        except BaseException:
            fault = traceback.format_exc(limit=-6)
    out, err = written()
    return Ended(code, out, err, fault, time.monotonic() - began, _peak() - before)


def wrong(ended: Ended) -> str:
    """What is wrong with how a command ended; empty: nothing."""
    text = _STYLE.sub("", ended.out + ended.err)
    if ended.fault:
        return ended.fault
    if ended.code not in (0, 1, 2):
        return f"exit code {ended.code}"
    if _FOREIGN.search(ended.err):
        return f"a message of another program: {ended.err[:500]}"
    if found := OBEYED.search(text):
        return f"{found[0]!r} was printed: {text[max(0, found.start() - 60) : found.end()]!r}"
    if ended.grown > LARGEST:
        return f"it took {ended.grown >> 20:,} MiB"
    return _refusal(ended.err) if ended.code == 2 else ""


def _refusal(err: str) -> str:
    """Of exit code 2: one sentence of ours, or click's usage, at the end."""
    lines = err.strip().splitlines() or [""]
    if len(err) > MOST_SIGNS:
        return f"a refusal of {len(err):,} signs: {err[:300]}"
    if lines[-1].startswith("netwright: ") or (lines[0].startswith("Usage: ") and "Error: " in err):
        return ""
    return f"exit code 2 without a sentence: {err[-500:]!r}"


@contextlib.contextmanager
def _taken() -> Iterator[Callable[[], tuple[str, ...]]]:
    """What is written to standard output and error; gives a function for their texts. Standard
    input is empty.
    """
    kept = [os.dup(1), os.dup(2)]
    streams = sys.stdin, sys.stdout, sys.stderr
    texts: list[str] = []
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            for stream in streams[1:]:
                stream.flush()
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.stdin = io.TextIOWrapper(io.BytesIO())
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(  # noqa: SIM115
                2, "w", encoding="utf-8", errors="backslashreplace", closefd=False
            )
            yield lambda: tuple(texts)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(ValueError):  # closed, as after a broken pipe
                    stream.flush()
            sys.stdin, sys.stdout, sys.stderr = streams
            for number, saved in zip((1, 2), kept, strict=True):
                os.dup2(saved, number)
                os.close(saved)
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _peak() -> int:
    """Bytes that the process has taken at most, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
