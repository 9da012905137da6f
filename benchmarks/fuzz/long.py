"""Mutated inputs for as long as one likes, by a seed: what went wrong, as it comes."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzz import edits, judge, lines, sources
from netwright.base.figures import shorten


@dataclass(frozen=True)
class Tried:
    """One input.

    Args:
        arguments: of the command line.
        what: what was changed, so that it can be done again.
        fault: what is wrong; empty: nothing.
    """

    arguments: Sequence[str]
    what: str
    fault: str
    seconds: float


def changed_sources(seed: int, folder: Path) -> Iterator[Tried]:
    """Sources of every kind, changed and described, without end.

    Args:
        folder: empty; the samples and the changed ones lie there.
    """
    rng = random.Random(seed)
    samples = sources.samples(folder / "samples")
    while True:
        sample = rng.choice(samples)
        file, changes = rng.choice(sample.files), edits.drawn(rng)
        place = sources.changed(sample, file, changes, folder / "changed")
        arguments = sample.command(place)
        ended = judge.call(arguments)
        what = f"{sample.name}/{file}: {changes}"
        yield Tried(arguments, what, judge.wrong(ended), ended.seconds)


def typed_lines(seed: int) -> Iterator[Tried]:
    """Command lines with every kind of value, without end; in the working folder."""
    rng, slots, keys = random.Random(seed), lines.slots(), lines.settings()
    while True:
        arguments = lines.drawn(rng, slots, keys)
        ended = judge.call(arguments)
        yield Tried(arguments, json.dumps(arguments), judge.wrong(ended), ended.seconds)


def kind_of(fault: str) -> str:
    """What faults of one cause have in common: the last lines of the traceback, without figures."""
    return re.sub(r"\d+", "N", "\n".join(fault.strip().splitlines()[-4:]))[:600]


def main(seed: int, count: int, which: str) -> None:
    """Print the first fault of each kind, and how many there were: ``SEED COUNT sources|lines``."""
    judge.warm()
    with tempfile.TemporaryDirectory() as folder:
        tried = typed_lines(seed) if which == "lines" else changed_sources(seed, Path(folder))
        kinds: Counter[str] = Counter()
        slowest = 0.0
        for one in itertools.islice(tried, count):
            slowest = max(slowest, one.seconds)
            if one.fault:
                kinds[kind_of(one.fault)] += 1
                if kinds[kind_of(one.fault)] == 1:
                    print(f"=== {shorten(one.what, 400)}\n{one.fault[-1500:]}", flush=True)
        print(f"{count:,} tried, {kinds.total():,} faults of {len(kinds)} kinds; {slowest:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
