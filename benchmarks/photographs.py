"""Photographs from scratch: what ``auto`` takes for them, beside what other images get.

CIFAR-10's pictures, the first 1,000 training and 200 test pictures of each class, as JPEG. 8,000
are trained on, 2,000 choose the epoch, and the test folder's 2,000 are opened once, at the end.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.harness import BenchmarkError, Table
from benchmarks.process import spend
from benchmarks.startup import netwright
from benchmarks.workloads import CACHE

COMMON = ("--set", "split.dev=0.2", "--set", "training.threads=1")
WAYS = {
    "other images' default": ("--model", "resnet-small", "--set", "augment.mirror=false"),
    "the default": (),
    "--recipe thorough": ("--recipe", "thorough"),
}
AIMS = {"the default": (0.22, 1.0), "--recipe thorough": (0.18, 3.0)}
"""Way -> the test error, and the CPU time in times of other images' default, at most."""


@dataclass(frozen=True)
class Trained:
    """One training: its errors, each with its 95% interval, and its CPU seconds, report included.

    Args:
        error: on test.
    """

    way: str
    dev: str
    test: str
    error: float
    cpu: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Each way once; ``rounds`` is not used.

    Raises:
        BenchmarkError: the pictures are not there.
    """
    source = CACHE / "cifar10-12k"
    if not (source / "train").is_dir() or not (source / "test").is_dir():
        raise BenchmarkError(
            f"{source} is missing: put CIFAR-10 there, in a folder a class below train and test"
        )
    found = []
    for way, words in WAYS.items():
        log(f"photographs: {way}")
        found.append(_trained(source, way, words))
        log(f"photographs: test {found[-1].test}, dev {found[-1].dev}, {found[-1].cpu:.0f} CPU s")
    return [table(found)]


def _trained(source: Path, way: str, words: Sequence[str]) -> Trained:
    with tempfile.TemporaryDirectory() as place:
        store = ("--store", place)
        spent = spend(netwright("train", str(source), *COMMON, *words, *store))
        name = next(path.name for path in Path(place).iterdir() if path.is_dir())
        line = netwright("evaluate", name, "--split", "test", *store, "--json")
        test = json.loads(spend(line).stdout)["measures"]["error"]
        held = json.loads((Path(place) / name / "measures.json").read_text(encoding="utf-8"))
        dev = held["dev"]["error"]
    return Trained(way, _words(dev), _words(test), test["value"], spent.cpu)


def _words(measured: dict[str, float]) -> str:
    return f"{measured['value']:.1%} ({measured['low']:.1%}-{measured['high']:.1%})"


def table(found: Sequence[Trained]) -> Table:
    """A row a way, and whether the aims are met."""
    most = found[0].cpu
    notes = []
    for one in found:
        if one.way in AIMS:
            error, times = AIMS[one.way]
            met = "met" if one.error <= error and one.cpu <= times * most else "NOT met"
            notes.append(
                f"{met}: {one.way} {one.error:.1%} in {one.cpu / most:.2f} times the CPU time, goal"
                f" {error:.0%} in {times:g}"
            )
    return Table(
        title="Photographs from scratch: 8,000 of CIFAR-10's pictures, 2,000 kept ones, one thread",
        columns=("way", "dev error (95%)", "test error (95%)", "CPU s"),
        rows=tuple((one.way, one.dev, one.test, f"{one.cpu:.0f}") for one in found),
        notes=tuple(notes),
        figures={"ways": [asdict(one) for one in found]},
    )
