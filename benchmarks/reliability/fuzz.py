"""Damaged input by the hundred thousand, in forked processes with little memory and little time.

What is damaged, and what counts as wrong, stands in ``benchmarks/fuzz`` (sources, command lines)
and ``benchmarks/hostile`` (runs); here they go on for as long as one likes.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import resource
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fuzz import edits, judge, long, public_tables
from benchmarks.fuzz.long import Tried
from benchmarks.hostile import attack, files, targets
from benchmarks.hostile.attack import Target
from benchmarks.hostile.files import Mutation
from benchmarks.reliability.zygote import Child, Zygote

SPACE = 4 * 2**30
"""Bytes of addresses that a process may take beyond what it has at its start."""

AT_ONCE = 1000
"""Inputs that one process is given; what it has gathered then goes with it."""

SILENCE = 60.0
"""Seconds in which a process must come to its next input; one is over after five by itself."""


def changed_runs(seed: int, folder: Path) -> Iterator[Tried]:
    """Runs of which one file was changed, each with a verb, without end."""
    random_ = random.Random(seed)
    for name in targets.TARGETS:
        (folder / name).mkdir()
    made = [targets.make(name, folder / name) for name in targets.TARGETS]
    known = {target.run: list(files.mutations(target.run)) for target in made}
    while True:
        target, verb = random_.choice(made), random_.choice(list(attack.VERBS))
        change = random_.choice(
            (random_.choice(known[target.run]), _bytes_changed(target, random_))
        )
        began = time.monotonic()
        fault = attack.tried(target, change, verb, folder / "place") or ""
        yield Tried((verb,), str(change), fault, time.monotonic() - began)


def _bytes_changed(target: Target, random_: random.Random) -> Mutation:
    """Some bytes of a file of the run are others."""
    inside = sorted(path for path in target.run.rglob("*") if path.is_file())
    name = random_.choice(inside).relative_to(target.run).as_posix()
    changes = edits.drawn(random_)

    def apply(run: Path) -> None:
        (run / name).write_bytes(edits.edited((run / name).read_bytes(), changes))

    return Mutation(name, str(changes), apply)


KINDS: dict[str, Callable[[int, Path], Iterator[Tried]]] = {
    "sources": long.changed_sources,
    "command lines": lambda seed, folder: long.typed_lines(seed),
    "files of runs": changed_runs,
}
"""What is damaged -> (seed, an empty folder) to inputs without end."""

PUBLIC = "public tables"
"""Of ``tables-mutated``, which takes packages that are fetched."""


@dataclass(frozen=True)
class Outcome:
    """What became of the inputs of a kind.

    Args:
        faults: what is wrong -> how often, and the first input that it came from.
    """

    kind: str
    inputs: int
    slowest: float
    faults: Counter[str]
    first: dict[str, str]


def fuzz(zygote: Zygote, kind: str, folder: Path, inputs: int, seed: int) -> Outcome:
    """Try so many inputs of a kind.

    Args:
        folder: where all that is damaged lies.
    """
    done, slowest = 0, 0.0
    faults: Counter[str] = Counter()
    first: dict[str, str] = {}
    for number in itertools.count():
        some = min(AT_ONCE, inputs - done)
        if some <= 0:
            break
        tried = _some(zygote, kind, folder / str(number), some, 10_000 * seed + number)
        done += len(tried)
        for one in tried:
            slowest = max(slowest, one.seconds)
            if one.fault:
                fault = long.kind_of(one.fault)
                faults[fault] += 1
                first.setdefault(fault, one.what)
    return Outcome(kind, done, slowest, faults, first)


def _some(zygote: Zygote, kind: str, place: Path, count: int, seed: int) -> list[Tried]:
    """The inputs of one process; of one that died or went silent, with its last."""
    place.mkdir(parents=True)
    child = zygote.start(
        [kind, str(place), count, seed], place.with_suffix(".log"), function=f"{__name__}:work"
    )
    code = _watched(child, place / "tried.jsonl")
    found = [Tried(*json.loads(line)) for line in _lines(place / "tried.jsonl")]
    if code != 0:
        why = "went silent" if code is None else f"died with exit code {code}"
        what = f"input {len(found) + 1} of seed {seed}"
        found.append(Tried((kind,), what, f"{child.printed[-500:]}\n{kind}: {why}", SILENCE))
    shutil.rmtree(place, ignore_errors=True)
    return found


def _watched(child: Child, progress: Path) -> int | None:
    """The exit code of a process that goes on; None, and its end, for one that does not."""
    size, since = -1, time.monotonic()
    while (code := child.wait(0.5)) is None:
        now = progress.stat().st_size if progress.exists() else -1
        if now > size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > SILENCE:
            child.end()
            return None
    return code


def _lines(path: Path) -> list[str]:
    """All but a last one that was cut off."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]


def work(arguments: Sequence[Any]) -> None:
    """In a process of its own: try inputs and write down what became of each."""
    kind, place, count, seed = arguments
    folder = Path(place)
    os.chdir(folder)
    os.environ |= {"HOME": str(folder), "NETWRIGHT_CACHE": str(folder / "cache")}
    judge.warm()
    _limit()
    inputs = {**KINDS, PUBLIC: public_tables.changed_tables}[kind]
    with (folder / "tried.jsonl").open("w", buffering=1, encoding="utf-8") as file:
        for one in itertools.islice(inputs(seed, folder), count):
            what = one.what if one.fault else ""
            file.write(json.dumps([[], what, one.fault, round(one.seconds, 2)]) + "\n")


def _limit() -> None:
    """Little memory beyond what is taken already, small files."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + SPACE
    for what, most in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 2**28),
    ):
        resource.setrlimit(what, (most, most))
