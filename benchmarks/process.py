"""One command, run to its end: what it spent and what it printed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.harness import ROOT, BenchmarkError, environment


@dataclass(frozen=True)
class Spent:
    """What a finished process, with the processes that it waited for, took.

    Args:
        wall: seconds from start to end.
        cpu: seconds of CPU, user and system, all threads.
        stdout: what it printed.
    """

    wall: float
    cpu: float
    stdout: str


def spend(
    command: Sequence[str], more: Mapping[str, str] | None = None, one_thread: bool = True
) -> Spent:
    """Run ``command`` in the repository and wait for it.

    Args:
        command: the program and its arguments.
        more: environment variables on top.
        one_thread: hold OpenMP and BLAS to one thread; False leaves the choice to the program, as
            for a person.

    Raises:
        BenchmarkError: it ended with another exit code than 0; with its last line of stderr.
    """
    surroundings = environment(one_thread=one_thread) | dict(more or {})
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT, env=surroundings
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", errors="replace"))
    if process.returncode != 0:
        lines = [line.strip() for line in texts[1].splitlines() if line.strip()]
        reason = lines[-1] if lines else "no message"
        raise BenchmarkError(
            f"{' '.join(command[1:4])} ended with exit code {process.returncode}: {reason}"
        )
    return Spent(wall=wall, cpu=usage.ru_utime + usage.ru_stime, stdout=texts[0])
