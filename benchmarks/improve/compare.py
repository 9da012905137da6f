"""``python -m benchmarks improve``: improve, TPE and random on every data set under every seed, one
process after another. What came of each is added to a file as it ends, so that it may be done over
several sittings: what the file has is not done again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, BenchmarkError, Table, environment
from benchmarks.improve import outcome
from benchmarks.improve.data import DATA
from benchmarks.improve.methods import METHODS
from benchmarks.workloads import CACHE

RESULTS = CACHE / "improve.jsonl"

SEEDS = 3
"""1, 2, 3; the procedure was worked on under seed 0."""

NICE = 10


def run(only: Sequence[str], seconds: int, rounds: int, log: Callable[[str], None]) -> list[Table]:
    """The tables of what there is in the end; of ``rounds`` seeds, three at most.

    Args:
        only: names of data sets; empty: all.
        seconds: of CPU time, for each method.

    Raises:
        BenchmarkError: there is no such data set.
    """
    if unknown := [name for name in only if name not in DATA]:
        raise BenchmarkError(f"no data set '{unknown[0]}'; there are {', '.join(DATA)}")
    there = list(results(RESULTS, seconds))
    done = {(one["data"], one["method"], one["seed"]) for one in there}
    for seed in range(1, 1 + min(rounds, SEEDS)):
        for name in only or DATA:
            for method in METHODS:
                if (name, method, seed) not in done:
                    found = _one(name, method, seed, seconds)
                    log(f"improve: {name}, {method}, seed {seed}: {_in_short(found)}")
                    if "failed" not in found:
                        _add(RESULTS, found)
                        there.append(found)
    return outcome.tables(there)


def results(path: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """What the file has of so many seconds; a line that a kill tore is left out."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if found["seconds"] == seconds:
            yield found


def _add(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")


def _one(name: str, method: str, seed: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.improve.one", name, method, str(seed)]
    ended = subprocess.run(
        [*command, str(seconds)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.nice(NICE),
    )
    if ended.returncode:
        return {"failed": (ended.stderr.strip().splitlines() or ["no message"])[-1]}
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _in_short(found: dict[str, Any]) -> str:
    if "failed" in found:
        return f"FAILED: {found['failed']}"
    count = len(found["trainings"])
    return f"{count} trainings, test {found['metric']} {found['test']['value']:.4g}"
