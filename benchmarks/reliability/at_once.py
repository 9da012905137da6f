"""Several processes at once in one store, and a clock that goes back."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reliability.comparing import compare
from benchmarks.reliability.disk import Trial
from benchmarks.reliability.kills import ENDS, TRACEBACK, Peace, has_begun, only_run
from benchmarks.reliability.zygote import Zygote

BACK = 7200.0
"""Seconds by which the clock goes back."""


def ten_starts(zygote: Zygote, peace: Peace, folder: Path) -> Trial:
    """Ten trainings begun at the same moment: ten runs, each as if it had been alone."""
    store = folder / "runs"
    children = [zygote.start(peace.case.train(store), folder / f"{at}.log") for at in range(10)]
    troubles = [
        f"exit code {code}: {child.printed[-300:]}" for child in children if (code := child.wait())
    ]
    runs = [path for path in store.iterdir() if not path.name.startswith(".")]
    if len(runs) != len(children):
        troubles.append(f"{len(runs)} runs")
    for run in runs:
        troubles += str(compare(run, peace.run)).splitlines()
    return Trial("ten starts at once", tuple(troubles))


def two_resumes(zygote: Zygote, peace: Peace, folder: Path) -> Trial:
    """A killed run gone on with by two processes at once: one trains it, the other says so."""
    store = folder / "runs"
    run = _left_half(zygote, peace, store, folder / "first.log")
    children = [
        zygote.start(peace.case.resume(run), folder / f"resume-{at}.log") for at in range(2)
    ]
    codes = sorted(code for child in children if (code := child.wait()) is not None)
    printed = "".join(child.printed for child in children)
    troubles = [printed[printed.index(TRACEBACK) :]] if TRACEBACK in printed else []
    if codes != [0, 2]:
        troubles.append(f"exit codes {codes}: {printed[-300:]}")
    troubles += str(compare(run, peace.run)).splitlines()
    return Trial("two resumes at once", tuple(troubles))


def clock_going_back(zygote: Zygote, peace: Peace, folder: Path) -> Trial:
    """The clock goes back by hours while a run trains, and again before it is gone on with."""
    store = folder / "runs"
    run = _left_half(zygote, peace, store, folder / "first.log", f"{__name__}:with_odd_clock")
    last = zygote.start(
        peace.case.resume(run), folder / "second.log", f"{__name__}:with_early_clock"
    )
    troubles = [last.printed[-500:]] if last.wait() != 0 else []
    return Trial("a clock that goes back", (*troubles, *str(compare(run, peace.run)).splitlines()))


def _left_half(
    zygote: Zygote, peace: Peace, store: Path, log: Path, function: str | None = None
) -> Path:
    """A run that was killed in the middle."""
    command = peace.case.train(store)
    child = zygote.start(command, log, *([function] if function else []))
    until = time.monotonic() + ENDS
    while not (run := only_run(store)) or not (run / "checkpoint" / "state.safetensors").exists():
        if time.monotonic() > until or child.wait(0) is not None:
            break
        time.sleep(0.01)
    child.end()
    assert run is not None and has_begun(run), child.printed
    return run


def with_odd_clock(arguments: Sequence[str]) -> None:
    """The command line, under a clock that goes back by hours after a second."""
    began = time.monotonic()
    _turn_clock(lambda: BACK if time.monotonic() - began > 1 else 0.0)
    _command(arguments)


def with_early_clock(arguments: Sequence[str]) -> None:
    """The command line, under a clock that was always hours behind."""
    _turn_clock(lambda: 2 * BACK)
    _command(arguments)


def _command(arguments: Sequence[str]) -> None:
    from netwright.cli.main import main

    main(list(arguments))


def _turn_clock(behind: Any) -> None:
    """Let every module of netwright see a wall clock that is so many seconds behind."""
    real = time.time

    def now() -> float:
        return real() - float(behind())

    class Moment(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Moment:
            return cls.fromtimestamp(now(), tz)

    for name, module in list(sys.modules.items()):
        if name.startswith("netwright"):
            for key, value in list(vars(module).items()):
                if value is real:
                    setattr(module, key, now)
                elif value is datetime.datetime:
                    setattr(module, key, Moment)
    time.time = now
