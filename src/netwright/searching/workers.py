"""Several workers of one search on this machine: each is a process that joins it."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from netwright.base.errors import NetwrightError
from netwright.base.files import read_bytes, take_away
from netwright.base.paths import Inside, opened
from netwright.runs.keeping import stages
from netwright.searching.storage.interface import readable_errors
from netwright.searching.study import Round
from netwright.searching.trials import ENDED, TrialRow
from netwright.searching.worker import left

MOST_LOG = 64 * 2**20
"""Bytes that a worker may have printed."""

LOOK = 0.3
"""Seconds between two looks at the trials."""


def run_workers(
    round: Round, arguments: Sequence[str], count: int, folder: Path, storage: str | None
) -> Iterator[TrialRow]:
    """Start the workers and yield every trial when it has ended, until the round has all of them.

    Args:
        arguments: of the command line of one worker, after ``netwright``.
        folder: the search's; what a worker prints goes to ``workers/worker-N.log`` there.
        storage: the address of the storage; workers find it in their environment, since a command
            line would show its password.

    Raises:
        NetwrightError: every worker ended before the round did.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen = {row.number for row in round.rows() if row.state in ENDED}
    workers = [_start(arguments, _log(folder, number), storage) for number in range(1, count + 1)]
    try:
        with readable_errors(round.storage.name):
            living = True
            while living:
                living = any(worker.poll() is None for worker in workers)
                for row in round.rows():
                    if row.state in ENDED and row.number not in seen:
                        seen.add(row.number)
                        yield row
                if living:
                    time.sleep(LOOK)
            if left(round) > 0:
                given = stages.in_store(folder.parents[1])
                raise NetwrightError(
                    f"every worker ended before the search did{_last(folder, count)}; netwright"
                    f" search --join {shlex.quote(round.plan.name)}{given} goes on."
                )
    finally:
        _end(workers)


def _start(arguments: Sequence[str], log: Inside, storage: str | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **({"NETWRIGHT_STORAGE": storage} if storage else {})}
    take_away(log)  # an earlier one is not overwritten: it may have another name, outside
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with opened(log, flags) as file:
        return subprocess.Popen(
            [sys.executable, "-m", "netwright", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )


def _end(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask those that still live to stop (each puts its trial back), and wait for them."""
    for worker in workers:
        if worker.poll() is None:
            worker.terminate()
    for worker in workers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(20)
        if worker.poll() is None:
            worker.kill()


def _log(folder: Path, number: int) -> Inside:
    return Inside(folder, f"workers/worker-{number}.log")


def _last(folder: Path, count: int) -> str:
    """The last line that a worker printed."""
    for number in range(1, count + 1):
        printed = read_bytes(_log(folder, number), MOST_LOG)
        lines = printed.decode("utf-8", "replace").strip().splitlines()
        if lines:
            return f" (worker {number}: {lines[-1].removeprefix('netwright: ')[:200]})"
    return ""
