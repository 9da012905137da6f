"""How rivals are measured: in interleaved rounds, as ratios inside a round, medians with spread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

from benchmarks.workloads import CACHE

ROOT = Path(__file__).parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class BenchmarkError(Exception):
    """A rival cannot be measured; its row says why."""


@dataclass(frozen=True)
class Ratio:
    """Median and spread of a figure over the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Ratio:
        """Median, smallest and largest of ``values`` (at least one)."""
        return cls(median(values), min(values), max(values))

    @classmethod
    def between(cls, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
        """ours[r] / theirs[r], round by round: what slows the machine in a round slows both."""
        return cls.of([mine / other for mine, other in zip(ours, theirs, strict=True)])


def environment(one_thread: bool = True) -> dict[str, str]:
    """The environment of every measured process: this checkout's code first.

    OpenMP and BLAS run on one thread or as they like. Compiled modules are kept, as a person's
    Python keeps them, whatever this shell says.
    """
    ours = {**(ONE_THREAD if one_thread else {}), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    } | ours


def python_of(peer: str | None) -> Path:
    """The interpreter that has ``peer``: that of its venv, else this one if it is installed here.

    Raises:
        BenchmarkError: the peer is in neither.
    """
    if peer is None:
        return Path(sys.executable)
    own = CACHE / peer / "bin" / "python"
    if (CACHE / peer / ".installed").exists():
        return own
    from importlib.util import find_spec

    if find_spec(peer) is not None:
        return Path(sys.executable)
    raise BenchmarkError(f"not installed: benchmarks/peers/install.sh {peer}")


class Worker:
    """A trainer's process (``worker.serve``): it answers every line with one line of JSON."""

    def __init__(self, python: Path, arguments: Sequence[str], timeout: float = 300.0) -> None:
        self._timeout = timeout
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 (lives as long as the worker)
        self._process = subprocess.Popen(
            [str(python), "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            env=environment(),
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()

    def ask(self, seed: int) -> dict[str, float]:
        """Train once.

        Raises:
            BenchmarkError: the process ended, or took longer than the time-out; with the last line
                it wrote to stderr.
        """
        import threading

        assert self._process.stdin is not None and self._process.stdout is not None
        alarm = threading.Timer(self._timeout, self._process.kill)
        alarm.start()
        try:
            self._process.stdin.write(f"{seed}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            raise BenchmarkError(f"failed: {self._last_words()}")
        answer: dict[str, float] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        self._process.wait(timeout=10)
        self._log.seek(0)
        lines = [line.strip() for line in self._log if line.strip()]
        return lines[-1] if lines else f"exit code {self._process.returncode}, no message"


Ask = Callable[[int], dict[str, float]]


def interleave(
    asks: Mapping[str, Ask], rounds: int, log: Callable[[str], None]
) -> tuple[dict[str, list[dict[str, float]]], dict[str, str]]:
    """Ask everyone once a round; the order turns by one place from round to round.

    One round comes first that does not count.

    Args:
        asks: name -> measure once, given the round as the seed.
        rounds: how many count, >= 1.
        log: takes a line about progress.

    Returns:
        (name -> answers, one a round; name -> why it could not be measured). A name is in exactly
        one of them.
    """
    answers: dict[str, list[dict[str, float]]] = {name: [] for name in asks}
    failed: dict[str, str] = {}
    for at in range(rounds + 1):
        log("warming up" if at == 0 else f"round {at} of {rounds}")
        names = list(asks)
        turn = at % len(names)
        for name in names[turn:] + names[:turn]:
            if name in failed:
                continue
            try:
                answers[name].append(asks[name](at))
            except BenchmarkError as error:
                failed[name] = str(error)
    return {name: found[1:] for name, found in answers.items() if name not in failed}, failed


def start_all(
    stack: ExitStack, commands: Mapping[str, tuple[str | None, Sequence[str]]]
) -> tuple[dict[str, Ask], dict[str, str]]:
    """Start a worker for each command; they end with ``stack``.

    Args:
        stack: what ends them.
        commands: name -> (the peer whose venv it needs or None, module and arguments).

    Returns:
        (name -> ask, name -> why it could not be started).
    """
    asks: dict[str, Ask] = {}
    failed: dict[str, str] = {}
    for name, (peer, arguments) in commands.items():
        try:
            asks[name] = stack.enter_context(Worker(python_of(peer), arguments)).ask
        except BenchmarkError as error:
            failed[name] = str(error)
    return asks, failed


@dataclass(frozen=True)
class Table:
    """What a benchmark found.

    Args:
        title: what was measured.
        columns: their heads.
        rows: as text, one a row, as long as ``columns``.
        notes: sentences below the table.
        figures: the same and every single round, for ``--json``.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    figures: dict[str, Any]

    def __str__(self) -> str:
        """The table as Markdown, aligned so that it reads in a terminal as well."""
        grid = (self.columns, *self.rows)
        widths = [max(len(row[at]) for row in grid) for at in range(len(self.columns))]
        lines = [self._line(row, widths) for row in grid]
        separator = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        text = [f"### {self.title}", "", lines[0], separator, *lines[1:]]
        return "\n".join(text + ([""] + [f"- {note}" for note in self.notes] if self.notes else []))

    @staticmethod
    def _line(row: Sequence[str], widths: Sequence[int]) -> str:
        cells = [row[0].ljust(widths[0])] + [
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        return "| " + " | ".join(cells) + " |"


def cell(ratio: Ratio, digits: int = 2) -> str:
    """``0.98 (0.95-1.01)``: median and spread."""
    return f"{ratio.median:.{digits}f} ({ratio.low:.{digits}f}-{ratio.high:.{digits}f})"


Runner = Callable[[int, Callable[[str], None]], list[Table]]
"""(rounds, takes a line about progress) -> tables. What every benchmark is."""


def best(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The best time of each call, in seconds, over rounds that take turns.

    One round comes first that does not count. A large block is taken and given back first. Until
    that has happened once, glibc returns what is freed to the system, and a call of a millisecond
    spends half of it on page faults; a process that has trained a little does not.
    """
    bytearray(30_000_000)
    times = dict.fromkeys(calls, float("inf"))
    for number in range(rounds + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number:
                times[name] = min(times[name], time.perf_counter() - began)
    return times
