"""Damaged input by the hundred thousand, in forked processes with little memory and little time."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import resource
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.attempt import MOST_SECONDS, Failure, attempt
from benchmarks.reliability.mutators import mutated
from benchmarks.reliability.targets import Target, targets
from benchmarks.reliability.zygote import Child, Zygote

SPACE = 4 * 2**30
"""Bytes of addresses that a process may take beyond what it has at its start."""

AT_ONCE = 2000
"""Inputs that one process is given; what it has gathered then goes with it."""

START = 60.0
"""Seconds in which a process must have come to its second input."""

NOBODY = 65534
"""Who runs what is damaged, where we are root: a name of a file that it is given may be any."""

KINDS = {
    "traceback": "ended in a traceback",
    "hang": f"took over {MOST_SECONDS:.0f} s",
    "memory": "took over 1 GB",
    "escape": "printed what a terminal obeys",
    "sentence": "were refused in more than a sentence",
    "died": "ended the process",
}
"""Kind of a failure -> what the inputs did."""

SHRINKING = 3.0
"""Seconds that making a failing input smaller may take."""


@dataclass(frozen=True)
class Given:
    """What is damaged: a complete run, and what it was trained on."""

    run: Path
    source: str


@dataclass(frozen=True)
class Part:
    """The inputs of one process.

    Args:
        seed: of all inputs.
        first, end: their numbers, the end excluded.
        known: causes of failures whose inputs need not be made smaller.
    """

    seed: int
    first: int
    end: int
    known: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A failure, and the input that it came from.

    Args:
        number: of the input.
        content: made as small as time allowed.
    """

    number: int
    target: str
    failure: Failure
    content: bytes

    @property
    def cause(self) -> str:
        """See ``Failure.cause``."""
        return self.failure.cause


@dataclass(frozen=True)
class Tried:
    """What became of all inputs.

    Args:
        failures: the first input of each cause.
        counts: cause -> how many.
    """

    inputs: int
    seconds: float
    failures: tuple[Found, ...]
    counts: Counter[str]


def fuzz(
    zygote: Zygote,
    given: Given,
    folder: Path,
    inputs: int,
    seed: int,
    log: Callable[[str], None],
) -> Tried:
    """Try so many inputs.

    Args:
        folder: where all that is damaged lies.
    """
    began, done = time.monotonic(), 0
    first: dict[str, Found] = {}
    counts: Counter[str] = Counter()
    while done < inputs:
        part = Part(seed, done, min(done + AT_ONCE, inputs), tuple(first))
        found, done = _some(zygote, given, folder / str(done), part)
        for one in found:
            counts[one.cause] += 1
            if one.cause not in first:
                first[one.cause] = one
                log(f"{one.cause}  ({one.target}, input {one.number} of seed {seed})")
    return Tried(done, time.monotonic() - began, tuple(first.values()), counts)


def _some(zygote: Zygote, given: Given, place: Path, part: Part) -> tuple[list[Found], int]:
    """The failures of one process, and the number of the first input that it did not try."""
    place.mkdir(parents=True)
    if os.getuid() == 0:
        os.chown(place, NOBODY, NOBODY)
    arguments = [str(place), str(given.run), given.source, dataclasses.asdict(part)]
    child = zygote.start(arguments, place.with_suffix(".log"), function=f"{__name__}:work")
    code = _watched(child, place, part)
    path = place / "failures.jsonl"
    found = [_read(line) for line in path.read_text().splitlines()] if path.exists() else []
    at = _progress(place, part)
    if code != 0:
        target, content = input_of(targets(place / "again", given.run, given.source), part.seed, at)
        kind = "hang" if code is None else "died"
        failure = Failure(kind, target.name, f"exit code {code}: {child.printed[-1000:]}")
        found, at = [*found, Found(at, target.name, failure, content)], at + 1
    shutil.rmtree(place)
    return found, at


def _watched(child: Child, place: Path, part: Part) -> int | None:
    """The exit code of a process that goes on; None, and its end, for one that does not."""
    at, since = part.first, time.monotonic()
    while (code := child.wait(0.2)) is None:
        now = _progress(place, part)
        if now > at:
            at, since = now, time.monotonic()
        elif time.monotonic() - since > (START if at == part.first else 4 * MOST_SECONDS):
            child.end()
            return None
    return code


def work(arguments: Sequence[Any]) -> None:
    """In a process of its own: try inputs, write down what fails and how far it came."""
    folder, part = Path(arguments[0]), Part(**arguments[3])
    _limit(folder)
    _harmless()
    found = targets(folder / "targets", Path(arguments[1]), arguments[2])
    known = set(part.known)
    with (folder / "failures.jsonl").open("a", buffering=1) as failures:
        for number in range(part.first, part.end):
            (folder / "progress").write_text(str(number), encoding="ascii")
            target, content = input_of(found, part.seed, number)
            failure = attempt(target.prepare(content))
            if failure is None:
                continue
            if failure.cause not in known and failure.kind in ("traceback", "escape", "sentence"):
                content = smaller(target, content, failure)
            known.add(failure.cause)
            row = [number, target.name, dataclasses.asdict(failure), content.hex()]
            failures.write(json.dumps(row) + "\n")
            if failure.kind == "memory":  # what it has taken must not be counted twice
                break
        (folder / "progress").write_text(str(number + 1), encoding="ascii")


def input_of(found: Sequence[Target], seed: int, number: int) -> tuple[Target, bytes]:
    """The input of a number: where it goes, and what it is."""
    random_ = random.Random(f"{seed} {number}")
    (target,) = random_.choices(found, [target.weight for target in found])
    return target, mutated(random_.choice(target.seeds), random_)


def smaller(target: Target, content: bytes, failure: Failure) -> bytes:
    """The content without whatever it fails without, as far as time allows."""
    until = time.monotonic() + SHRINKING
    size = len(content) // 2
    while size and time.monotonic() < until:
        start = 0
        while start < len(content) and time.monotonic() < until:
            less = content[:start] + content[start + size :]
            now = attempt(target.prepare(less))
            if now is not None and now.cause == failure.cause:
                content = less
            else:
                start += size
        size //= 2
    return content


def _limit(folder: Path) -> None:
    """Little memory, small files, and nobody's rights."""
    os.chdir(folder)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + SPACE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**28, 2**28))
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.environ |= {"HOME": str(folder), "NETWRIGHT_CACHE": str(folder / "cache")}


def _harmless() -> None:
    """What comes through to a training is good input: none begins, and no process is started."""
    import subprocess

    from netwright.base.errors import NetwrightError
    from netwright.training import trainer

    def stop(*given: Any, **more: Any) -> Any:
        raise NetwrightError("it would have begun: the input was taken.")

    for owner, name in ((trainer, "prepare"), (trainer, "reopen"), (subprocess, "Popen")):
        setattr(owner, name, stop)


def _progress(place: Path, part: Part) -> int:
    """The number of the input that is being tried."""
    try:
        return int((place / "progress").read_text(encoding="ascii"))
    except (OSError, ValueError):  # not yet, or just being written
        return part.first


def _read(line: str) -> Found:
    number, target, failure, content = json.loads(line)
    return Found(number, target, Failure(**failure), bytes.fromhex(content))


def keep(found: Sequence[Found], folder: Path) -> None:
    """Write failing inputs down as tests/corpus has them: TARGET--DIGEST, with -- for /."""
    from netwright.base.files import digest

    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        name = f"{one.target.replace('/', '--')}--{digest(one.content)[:8]}"
        (folder / name).write_bytes(one.content)
