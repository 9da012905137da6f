"""Peak resident memory of training on a source four times larger than the memory budget.

``python -m benchmarks.memory SOURCE BUDGET_MIB`` trains in this process and prints the peak; ``run`` compares such processes.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.harness import BenchmarkError, Table
from benchmarks.process import spend

BUDGET = 48  # MiB
TIMES = 4
PIXELS = 28 * 28
TINY = 2_000  # images


def run(rounds: int, tell: Callable[[str], None]) -> list[Table]:
    """One table; two trainings a round are slow, so three rounds at most."""
    large = BUDGET * TIMES * 2**20 // PIXELS
    with tempfile.TemporaryDirectory() as folder:
        sources = {"tiny": Path(folder) / "tiny", "large": Path(folder) / "large"}
        write_idx(sources["tiny"], TINY)
        write_idx(sources["large"], large)
        peaks: dict[str, list[float]] = {"tiny": [], "large": []}
        try:
            for at in range(min(rounds, 3)):
                for name, source in sources.items():
                    tell(f"memory: {name}, round {at + 1}")
                    peaks[name].append(_peak(source))
        except BenchmarkError as error:
            return [_table((("training", str(error), "", ""),), (), {"failed": str(error)})]
    return [_compare(peaks, large)]


def _compare(peaks: dict[str, list[float]], large: int) -> Table:
    more = max(peaks["large"]) - min(peaks["tiny"])
    rows = tuple(
        (f"{images:,} images", f"{images * PIXELS / 2**20:,.0f}", f"{max(peaks[name]):,.0f}", above)
        for name, images, above in (("tiny", TINY, ""), ("large", large, f"{more:,.0f}"))
    )
    met = "met" if more <= BUDGET else "NOT met"
    note = f"{met}: {more:,.0f} MiB above the tiny source, goal at most the budget of {BUDGET} MiB"
    return _table(rows, (note,), {"peaks": peaks, "above": more, "budget": BUDGET})


def _table(rows: tuple[tuple[str, ...], ...], notes: tuple[str, ...], figures: dict[str, object]) -> Table:
    return Table(
        title=f"Peak memory, source {TIMES} times the budget of {BUDGET} MiB",
        columns=("source", "encoded MiB", "peak resident MiB", "above the tiny one"),
        rows=rows,
        notes=notes,
        figures=figures,
    )


def _peak(source: Path) -> float:
    answer: dict[str, float] = json.loads(
        spend([sys.executable, "-m", "benchmarks.memory", str(source), str(BUDGET)]).stdout.splitlines()[-1]
    )
    return answer["peak"]


def write_idx(folder: Path, images: int) -> None:
    """``images`` random 28x28 pictures of ten classes as IDX files; the class shows as a bright row."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, images, dtype=np.uint8)
    with (folder / "train-images-idx3-ubyte").open("wb") as out:
        out.write(struct.pack(">IIII", 0x803, images, 28, 28))
        for start in range(0, images, 10_000):
            some = labels[start : start + 10_000]
            pixels = rng.integers(0, 128, (len(some), 28, 28), dtype=np.uint8)
            pixels[np.arange(len(some)), 2 * some + 4] = 255
            out.write(pixels.tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, images) + labels.tobytes())


def train(source: Path, budget: int) -> float:
    """Train one epoch of a small MLP on ``source``; the peak resident MiB of this process."""
    import netwright as nw

    settings = {"training.memory": budget, "training.batch_size": 256, "model.hidden": [32], "optimizer.lr": 1e-3}
    with tempfile.TemporaryDirectory() as store:
        nw.train(str(source), model="mlp", epochs=1, set=settings, store=store)
    return peak()


def peak() -> float:
    """Peak resident MiB of this process. ``ru_maxrss`` starts at the parent's size on Linux, so VmHWM is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]
        return int(kilobytes) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


if __name__ == "__main__":
    found = train(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps({"peak": found}))
