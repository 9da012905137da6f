"""Every verb on every changed run, in this process: one clear sentence or success, within bounds of
time and memory, and nothing outside the run is touched.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import shutil
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.hostile import files
from benchmarks.hostile.files import Mutation

LIMIT = 5.0
"""Seconds that a verb may work."""

LONGEST = 60.0
"""Seconds that it may take by the clock, beside other processes."""

MOST_MEMORY = 2**30
"""Bytes by which a verb may raise the most that the process has held."""

STORE, RUN = "runs", "20260101-000000-net-aaa"


@dataclass(frozen=True)
class Target:
    """A finished run, and what its verbs are given.

    Args:
        run: its folder; it is copied, never changed.
        source: the data that it was trained on.
        inputs: what it is asked to answer.
        options: of the trainings that start from it.
    """

    run: Path
    source: str
    inputs: str
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Failure:
    """What a verb did that it must not.

    Args:
        mutation: the change to the run.
        verb: the command line.
        why: what came instead of a sentence.
    """

    mutation: str
    verb: str
    why: str

    def __str__(self) -> str:
        return f"{self.mutation} | {self.verb} | {self.why}"


Verb = tuple[str, Callable[[Target], list[str]]]

VERBS: dict[str, Callable[[Target], list[str]]] = {
    "runs": lambda target: ["runs"],
    "runs --json": lambda target: ["runs", "--json"],
    "show": lambda target: ["show", RUN],
    "predict": lambda target: ["predict", RUN, target.inputs],
    "report": lambda target: ["report", RUN],
    "evaluate": lambda target: ["evaluate", RUN, target.source],
    "evaluate test": lambda target: ["evaluate", RUN, "--split", "test"],
    "diagnose": lambda target: ["diagnose", RUN],
    "rename": lambda target: ["runs", "rename", RUN, "called"],
    "note": lambda target: ["runs", "note", RUN, "a note"],
    "tidy": lambda target: ["runs", "tidy", "--json"],
    "tweak": lambda target: ["tweak", RUN, "optimizer.lr=0.1"],
    "rewind": lambda target: ["rewind", RUN, "--epoch", "1"],
    "resume": lambda target: ["train", "--resume", RUN],
    "go on": lambda target: ["train", "--resume", RUN, "--epochs", "3"],
    "repeat": lambda target: ["train", "--repeat", RUN],
    "from": lambda target: ["train", target.source, "--from", RUN, *target.options],
    "remove": lambda target: ["runs", "remove", RUN, "--yes"],
}
"""What is tried, in this order, each on a fresh copy."""


def attack(
    target: Target,
    place: Path,
    *,
    sample: int | None = None,
    seed: int = 0,
    verbs: Sequence[str] = tuple(VERBS),
    until: float | None = None,
) -> Iterator[Failure]:
    """Try mutations of a run with verbs; yields what must not be.

    Args:
        place: an empty folder to work in.
        sample: how many pairs of mutation and verb, drawn by the seed, of each file as often as of
            every other; None: all of them.
        verbs: names of ``VERBS``.
        until: stop at this moment of ``time.monotonic``.
    """
    all_pairs = ((change, verb) for change in files.mutations(target.run) for verb in verbs)
    pairs = all_pairs if sample is None else _drawn(target.run, verbs, sample, seed)
    for change, verb in pairs:
        if until is not None and time.monotonic() > until:
            return
        if (why := tried(target, change, verb, place)) is not None:
            yield Failure(str(change), verb, why)


def _drawn(
    run: Path, verbs: Sequence[str], sample: int, seed: int
) -> Iterator[tuple[Mutation, str]]:
    rng, known = random.Random(seed), dict[str, list[Mutation]]()
    names = sorted(str(path.relative_to(run)) for path in run.rglob("*"))
    for _ in range(sample):
        name = rng.choice(names)
        if name not in known:
            known[name] = list(files.mutations_of(run, name))
        yield rng.choice(known[name]), rng.choice(verbs)


def tried(target: Target, change: Mutation, verb: str, place: Path) -> str | None:
    """What a verb did with a changed run that it must not; None: all is well."""
    if place.exists():
        shutil.rmtree(place)
    run = place / STORE / RUN
    shutil.copytree(target.run, run)
    change.apply(run)
    before = _seen(files.outside(run))
    spoken = VERBS[verb](target)
    group = spoken[:2] if spoken[0] == "runs" and spoken[1:2] != ["--json"] else spoken[:1]
    line = [*group, *spoken[len(group) :], "--store", str(run.parent)]
    found = call(line)
    if found.why is not None:
        return found.why
    if _seen(files.outside(run)) != before:
        return "a file outside the run was changed"
    if found.code == 2 and not found.names(change.file):
        return f"the refusal does not name the file: {found.err.strip()[:300]}"
    return None


@dataclass(frozen=True)
class Called:
    """How a command line ended.

    Args:
        code: its exit code.
        err: what it printed on stderr.
        why: what must not be; None: nothing.
    """

    code: int
    err: str
    why: str | None

    def names(self, file: str) -> bool:
        """Whether the refusal says which file is meant, or which run; of a recipe, whose values may
        be right and lead nowhere, it says which knob.
        """
        last = file.rpartition("/")[2]
        return last in self.err or RUN in self.err or last == "recipe.yaml"


def call(line: Sequence[str]) -> Called:
    """Run a command line in this process."""
    from netwright.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    memory, began, code = _peak(), time.process_time(), 0
    why: str | None = None
    try:
        with (
            _limited(LONGEST),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            main([*line])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # a panic is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        why = _place(error)
    took, printed = time.process_time() - began, err.getvalue()
    if why is None and took > LIMIT:
        why = f"it took {took:.1f} s"
    if why is None and _peak() - memory > MOST_MEMORY:
        why = f"it took {(_peak() - memory) / 2**30:.1f} GiB"
    if why is None and (code not in (0, 2) or "Traceback" in printed):
        why = f"exit code {code}: {printed[-300:]}"
    if why is None and code == 2 and not _is_sentence(printed):
        why = f"no single sentence: {printed[:500]!r}"
    if why is None and "\x1b" in out.getvalue() + printed:
        why = "an escape reached the terminal"
    return Called(code, printed, why)


def _is_sentence(printed: str) -> bool:
    """One line at the end; warnings may stand before it."""
    last = printed.strip().splitlines()[-1:]
    return bool(last) and last[0].startswith("netwright: ") and len(last[0]) < 1_500


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "netwright" in frame.filename] or frames
    at = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {at}: {str(error)[:200]}"


class TookTooLongError(BaseException):
    """A verb that does not come back."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TookTooLongError(f"more than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _seen(folder: Path) -> dict[str, object]:
    """What lies in a folder: names and contents."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        whole = path.is_file() and path.stat().st_size < files.HUGE_FILE
        found[str(path)] = path.read_bytes() if whole else os.lstat(path).st_mode
    return found
