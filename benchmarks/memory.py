"""Peak memory of training on a source of four times the memory budget, above that of a tiny one.

``python -m benchmarks.memory SOURCE SETTINGS`` trains in this process; ``run`` watches such
processes and all their children.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT, BenchmarkError, Table, environment

BUDGET = 32  # MiB
TIMES = 4
TINY = 200  # examples
EVERY = 0.05  # seconds between two looks


@dataclass(frozen=True)
class Kind:
    """One kind of source and how it is written.

    Args:
        each: bytes of one example, as pixels or as text.
        write: (path, number of examples) -> a source there.
        settings: of the recipe.
        ending: of the source's name.
    """

    name: str
    each: int
    write: Callable[[Path, int], None]
    settings: Mapping[str, object]
    ending: str = ""

    @property
    def large(self) -> int:
        """How many examples take ``TIMES`` the budget."""
        return TIMES * BUDGET * 2**20 // self.each


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One table; the tiny and the large source take turns, three rounds at most."""
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    figures: dict[str, object] = {"budget": BUDGET}
    with tempfile.TemporaryDirectory() as place:
        for kind in KINDS:
            try:
                peaks = _peaks(kind, Path(place), min(rounds, 3), log)
            except BenchmarkError as error:
                rows.append((kind.name, "failed", "", ""))
                notes.append(f"{kind.name}: {error}")
                continue
            above = max(peaks["large"]) - min(peaks["tiny"])
            rows.append(
                (
                    kind.name,
                    f"{max(peaks['tiny']):,.0f}",
                    f"{max(peaks['large']):,.0f}",
                    f"{above:,.0f}",
                )
            )
            met = "met" if above <= BUDGET else "NOT met"
            notes.append(
                f"{met}: {kind.name} takes {above:,.0f} MiB above a tiny source, goal at most the"
                f" budget of {BUDGET} MiB"
            )
            figures[kind.name] = peaks
    columns = (
        "source",
        f"peak, {TINY} examples, MiB",
        f"peak, {TIMES * BUDGET} MiB of them",
        "above the tiny one",
    )
    return [Table(f"Peak memory, budget {BUDGET} MiB", columns, tuple(rows), tuple(notes), figures)]


def _peaks(
    kind: Kind, place: Path, rounds: int, log: Callable[[str], None]
) -> dict[str, list[float]]:
    peaks: dict[str, list[float]] = {"tiny": [], "large": []}
    sources = {size: place / f"{kind.name.replace(' ', '-')}-{size}{kind.ending}" for size in peaks}
    for size, source in sources.items():
        kind.write(source, kind.large if size == "large" else TINY)
    for at in range(rounds):
        for size, source in sources.items():
            log(f"memory: {kind.name}, {size}, round {at + 1}")
            peaks[size].append(_watch(source, kind, place))
    return peaks


def _watch(source: Path, kind: Kind, place: Path) -> float:
    """Peak MiB of one training and its workers.

    It is the larger of the main process's own peak and of the sum now and then, in which a page of
    several processes is divided among them.
    """
    surroundings = environment() | {"NETWRIGHT_CACHE": str(place / "cache")}
    command = [sys.executable, "-m", "benchmarks.memory", str(source), json.dumps(kind.settings)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stdout=output, stderr=output
        )
        peak = 0.0
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            peak = max(peak, sum(map(_resident, tree(process.pid))))
            time.sleep(EVERY)
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        # of one process, however short; in KiB on Linux
        peak = max(peak, ended[2].ru_maxrss / 1024)
        output.seek(0)
        lines = output.read().decode("utf-8", errors="replace").strip().splitlines()
    if process.returncode != 0:
        raise BenchmarkError(
            f"exit code {process.returncode}: {lines[-1] if lines else 'no message'}"
        )
    return peak


def tree(process: int) -> Iterator[int]:
    """A process and its living descendants.

    Raises:
        BenchmarkError: this system has no /proc.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        raise BenchmarkError("this benchmark reads /proc, which this system does not have")
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in found:
            yield from tree(int(child))


def _resident(process: int) -> float:
    """Proportional set size in MiB; 0 when the process has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def pictures(side: int, channels: int, count: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """(class, (side, side, channels) pixels): a bright bar for each of ten classes, on noise."""
    rng = np.random.default_rng(0)
    for at in range(count):
        small = rng.integers(0, 128, (side // 8, side // 8, channels), dtype=np.uint8)
        pixels = small.repeat(8, axis=0).repeat(8, axis=1)
        label = at % 10
        pixels[(1 + label) * side // 12 : (2 + label) * side // 12] = 255
        yield label, pixels


def write_idx(folder: Path, count: int, side: int = 64) -> None:
    """Grey images as the MNIST family's two files."""
    folder.mkdir()
    labels = bytearray()
    with (folder / "train-images-idx3-ubyte").open("wb") as out:
        out.write(struct.pack(">IIII", 0x803, count, side, side))
        for label, pixels in pictures(side, 1, count):
            out.write(pixels.tobytes())
            labels.append(label)
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)


def write_folder(folder: Path, count: int, side: int = 128) -> None:
    """Colour images as JPEG files, one subfolder a class."""
    from PIL import Image

    for at, (label, pixels) in enumerate(pictures(side, 3, count)):
        path = folder / f"class{label}" / f"{at}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=90)


def write_table(path: Path, count: int) -> None:
    """A CSV file of ``ROW`` bytes a row.

    A row is 55 numbers, 3 categories, a word that no other row has, and yes or no.
    """
    numbers = np.random.default_rng(0).normal(size=(1000, 55))
    cells = [
        ",".join([*(f"{number:.6f}" for number in row), *(f"u{at % most}" for most in (7, 11, 13))])
        for at, row in enumerate(numbers)
    ]
    answers = np.where(numbers[:, 0] + numbers[:, 1] > 0, "yes", "no").tolist()
    names = [*(f"n{at}" for at in range(55)), "c0", "c1", "c2", "when", "y"]
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(names) + "\n")
        for at in range(count):
            out.write(f"{cells[at % 1000]},{at}-{at * 7 % 97},{answers[at % 1000]}\n")


ROW = 530

KINDS = (
    Kind("folder of images", 128 * 128 * 3, write_folder, {"data.image_size": 128}),
    Kind("IDX files", 64 * 64, write_idx, {"data.image_size": 64}),
    Kind("CSV of 60 columns", ROW, write_table, {"data.target": "y"}, ".csv"),
)


def train(source: Path, settings: Mapping[str, object]) -> None:
    """Train one epoch of a small MLP on ``source`` with the budget."""
    import netwright as nw

    common = {"training.memory": BUDGET, "training.batch_size": 32, "model.hidden": [16]}
    with tempfile.TemporaryDirectory() as store:
        nw.train(str(source), model="mlp", epochs=1, set={**common, **settings}, store=store)


if __name__ == "__main__":
    train(Path(sys.argv[1]), json.loads(sys.argv[2]))
