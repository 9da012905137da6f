"""Trainings that are killed at random moments and gone on with until they are complete, beside the
same ones left in peace: nothing may differ, be missing or be left over.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.cases import Case
from benchmarks.reliability.comparing import Comparison, compare, without_moments
from benchmarks.reliability.zygote import Zygote

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
"""A kill without a warning is half of all."""

MOST = 6
"""Kills of one training; then it is left to end."""

BEYOND = 1.1
"""A moment is drawn from this many times the seconds of a training in peace, so that some come
when all is done.
"""

ENDS = 180.0
"""Seconds in which a process must end after SIGTERM or SIGINT; the machine may be busy."""

TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Peace:
    """A training that nothing disturbed.

    Args:
        seconds: what it took, from start to report.
        again: how a second one differs from it: what the comparison itself gets wrong.
    """

    case: Case
    run: Path
    seconds: float
    again: Comparison


@dataclass(frozen=True)
class Chain:
    """A training that was killed and gone on with until nothing was left to do.

    Args:
        case: its name.
        kills: signals that reached it.
        anew: times that it was begun once more, as nothing could be gone on from.
        printed: what the last process printed.
        troubles: tracebacks, and processes that did not end.
    """

    case: str
    kills: int
    anew: int
    printed: str
    troubles: tuple[str, ...]
    comparison: Comparison

    @property
    def good(self) -> bool:
        """Whether it ended as if it had been left in peace."""
        return self.comparison.equal and not self.troubles


def in_peace(zygote: Zygote, case: Case, folder: Path) -> Peace:
    """Train it twice and leave it alone.

    Raises:
        RuntimeError: it does not train.
    """
    times = []
    for name in ("first", "second"):
        began = time.monotonic()
        child = zygote.start(case.train(folder / name / "runs"), folder / f"{name}.log")
        if child.wait() != 0:
            raise RuntimeError(f"{case.name} does not train: {child.printed}")
        times.append(time.monotonic() - began)
    first, second = (only_run(folder / name / "runs") for name in ("first", "second"))
    assert first is not None and second is not None
    return Peace(case, first, min(times), compare(second, first))


def chains(
    zygote: Zygote, cases: Sequence[Peace], folder: Path, kills: int, seed: int
) -> Iterator[Chain]:
    """Chains of all cases in turn, until there were so many kills in all."""
    random_ = random.Random(seed)
    done, number = 0, 0
    while done < kills:
        most = min(MOST, kills - done)
        found = chain(zygote, cases[number % len(cases)], folder / str(number), most, random_)
        number, done = number + 1, done + found.kills
        yield found
        if found.good:
            shutil.rmtree(folder / str(number - 1))


def chain(zygote: Zygote, peace: Peace, folder: Path, most: int, random_: random.Random) -> Chain:
    """Train, kill, go on, until a process ends by itself, at most so many kills later."""
    store, kills, anew = folder / "runs", 0, 0
    troubles: list[str] = []
    while True:
        run = only_run(store)
        command = peace.case.train(store) if run is None else peace.case.resume(run)
        child = zygote.start(command, folder / f"{kills}-{anew}.log")
        patience = random_.uniform(0, BEYOND * peace.seconds) if kills < most else ENDS + 600
        code = child.wait(patience)
        if code is None:
            kills += 1
            number = random_.choice(SIGNALS)
            child.send(number)
            if (code := child.wait(ENDS)) is None:
                troubles.append(f"{number.name} did not end it within {ENDS:.0f} s")
                code = child.end()
        elif code != 0 and not has_begun(run):
            shutil.rmtree(store, ignore_errors=True)
            anew += 1
            if anew > MOST:
                raise RuntimeError(f"{peace.case.name} does not train: {child.printed}")
        else:
            break
        if TRACEBACK in child.printed:
            troubles.append(child.printed[child.printed.index(TRACEBACK) :])
    run = only_run(store)
    comparison = Comparison(missing=("the run",)) if run is None else compare(run, peace.run)
    return Chain(
        peace.case.name,
        kills,
        anew,
        without_moments(child.printed),
        tuple(troubles),
        comparison,
    )


def only_run(store: Path) -> Path | None:
    """The run in a store that has at most one."""
    found = [path for path in store.glob("*") if not path.name.startswith(".")]
    assert len(found) <= 1, found
    return found[0] if found else None


def has_begun(run: Path | None) -> bool:
    """Whether a run was killed late enough that it can be gone on with: its data were split."""
    return run is not None and (run / "splits.parquet").exists()
