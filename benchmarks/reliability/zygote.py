"""Processes that begin with torch loaded: each is forked from one that has imported everything and
done nothing, so that starting one, to kill it a moment later, costs hundredths of a second.

A fork keeps only the thread that forked. So this process has no other: it never runs an operation,
and refuses to fork if something it imports has started a thread.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.harness import ROOT, environment

PRELOADED = (
    "torch",
    "pydantic",
    "optuna",
    "jinja2",
    "matplotlib.figure",
    "sklearn.datasets",
    "PIL.Image",
    "safetensors.torch",
    "netwright.api.training",
    "netwright.api.judged.views",
    "netwright.api.live",
    "netwright.api.searching.verbs",
    "netwright.cli.train.train",
    "netwright.cli.train.search",
    "netwright.report.html_page",
    "netwright.training.trainer",
    "netwright.doctor.diagnose",
)
"""What a command would import after its start, but for Polars, which starts threads."""

COMMAND = "netwright.__main__:main"


@dataclass(frozen=True)
class Child:
    """A process that the zygote forked.

    Args:
        log: the file that has all that it printed.
    """

    pid: int
    log: Path
    zygote: Zygote

    def wait(self, seconds: float = 600.0) -> int | None:
        """Its exit code, minus the signal where one ended it; None: it still runs after so many
        seconds.
        """
        code: int | None = self.zygote.request(wait=self.pid, seconds=seconds)
        return code

    def send(self, number: signal.Signals) -> None:
        """Send it a signal. Until it was waited for, its number belongs to nobody else."""
        os.kill(self.pid, number)

    def end(self) -> int:
        """Kill it if it still runs; its exit code."""
        if (code := self.wait(0)) is None:
            self.send(signal.SIGKILL)
            code = self.wait()
        assert code is not None
        return code

    @property
    def printed(self) -> str:
        """What it wrote to stdout and stderr."""
        if not self.log.exists():  # killed before it could open it
            return ""
        return self.log.read_text(encoding="utf-8", errors="replace")


class Zygote:
    """The process that forks; it ends with the block.

    Args:
        variables: changes to its environment, and so to that of all that it forks.
        first: ``module:name`` of a function that it calls before it forks.
    """

    def __init__(
        self, variables: Mapping[str, str] | None = None, *, first: str | None = None
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reliability.zygote", *([first] if first else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**environment(), **(variables or {})},
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
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    def start(self, arguments: Sequence[Any], log: Path, function: str = COMMAND) -> Child:
        """Fork a process that calls a function with a list of arguments, which JSON can hold.

        Args:
            function: ``module:name``; by default the command line.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        pid = self.request(function=function, arguments=list(arguments), log=str(log))
        return Child(pid, log, self)

    def request(self, **request: Any) -> Any:
        """One line to the process, one back."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


# --- the other side

STOPS = (signal.SIGINT, signal.SIGTERM)


def serve() -> Mapping[str, Any] | None:
    """Fork and wait as requested; in a forked process what it is to do, in this one None at the
    end.
    """
    codes: dict[int, int] = {}  # of children that have ended: the system says it once
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if "wait" in request:
            answer = codes.get(request["wait"])
            if answer is None:
                answer = _wait(request["wait"], request["seconds"])
            if answer is not None:
                codes[request["wait"]] = answer
        else:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # until ``become`` takes them
            answer = os.fork()
            if answer == 0:
                return dict(request)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        print(json.dumps(answer), flush=True)
    return None


def _wait(pid: int, seconds: float) -> int | None:
    """The exit code of a child once it has ended."""
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(0.002)


def become(request: Mapping[str, Any]) -> None:
    """Be the process that was requested: its own output, the usual signals, no input.

    Until what was requested begins it is the interpreter's start, which a stop ends without a word.
    """
    for number in STOPS:
        signal.signal(number, lambda number, frame: os._exit(128 + number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.close(log)
    os.close(nothing)
    sys.argv = ["netwright", *map(str, request["arguments"])]
    requested = _function(request["function"])
    if request["function"] == COMMAND:  # it reads sys.argv
        requested()
    else:
        requested(request["arguments"])


def _function(named: str) -> Any:
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)


def main() -> None:
    """Import, fork as requested, end with the input."""
    for name in PRELOADED:
        importlib.import_module(name)
    for first in sys.argv[1:]:
        _function(first)()
    threads = Path("/proc/self/task")
    if threads.is_dir() and len(list(threads.iterdir())) > 1:
        sys.exit("an imported package has started a thread: a fork would not have it")
    gc.freeze()  # a fork that collects garbage would copy all that was imported
    request = serve()
    if request is not None:
        become(request)


if __name__ == "__main__":
    main()
