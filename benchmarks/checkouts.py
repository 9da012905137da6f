"""``python benchmarks/checkouts.py OLD NEW [--rounds 7]``: two checkouts side by side.

Throughput, the first step and the commands that a person waits for, each measured in turn, A B A B,
in a process of its own with one thread; CPU seconds, medians, and the ratio new / old of each pair.
It uses only what both checkouts have: the command line and a run's files.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

TRAININGS = {
    "MLP, digits": ("--model", "mlp", "--epochs", "8"),
    "LeNet-5, digits": ("--model", "lenet5", "--epochs", "3"),
    "resnet-small, digits": ("--model", "resnet-small", "--epochs", "1"),
}
FIXED = (
    "training.threads=1",
    "training.precision=float32",
    "training.layout=channels_last",
    "augment.strength=0",
)


def spend(checkout: Path, *arguments: str) -> float:
    """CPU seconds of ``netwright ARGUMENTS`` by a checkout.

    Raises:
        RuntimeError: it failed.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "src"),
        "OMP_NUM_THREADS": "1",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "netwright", *arguments],
        env=environment,
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{checkout}: netwright {' '.join(arguments)}: {done.stderr[-500:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def train(checkout: Path, arguments: Sequence[str]) -> dict[str, float]:
    """CPU seconds of an epoch, and of the process up to its first step and in all."""
    with tempfile.TemporaryDirectory() as folder:
        settings = [word for one in FIXED for word in ("--set", one)]
        whole = spend(checkout, "train", "digits", *arguments, *settings, "--store", folder)
        (run,) = [path for path in Path(folder).iterdir() if (path / "curves.csv").exists()]
        with (run / "curves.csv").open(encoding="utf-8") as file:
            seconds = [float(row["cpu_seconds"]) for row in csv.DictReader(file)]
        events = (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
        first = next(e for e in map(json.loads, events) if e["event"] == "first_step")
    epochs = [after - before for before, after in zip([0.0, *seconds], seconds, strict=False)]
    return {
        "an epoch, CPU s": median(epochs),
        "first step, wall s": float(first["seconds_since_process_start"]),
        "whole, CPU s": whole,
    }


def compared(
    measure: Callable[[Path], dict[str, float]], old: Path, new: Path, rounds: int
) -> list[tuple[str, float, float, float, float, float]]:
    """(figure, median old, median new, median ratio, its quartiles) over interleaved rounds."""
    measure(old), measure(new)  # warms the caches
    pairs = [(measure(old), measure(new)) for _ in range(rounds)]
    rows = []
    for name in pairs[0][0]:
        ratios = [b[name] / a[name] for a, b in pairs]
        low, _, high = quantiles(ratios, n=4)
        olds, news = median(a[name] for a, _ in pairs), median(b[name] for _, b in pairs)
        rows.append((name, olds, news, median(ratios), low, high))
    return rows


def main() -> None:
    """The table, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    old, new = given.old.resolve(), given.new.resolve()
    print("| | old | new | new / old | quartiles |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as store:
        for _ in range(5):
            spend(old, "train", "iris", "--epochs", "1", "--store", store)
        verbs = {
            "--help": ("--help",),
            "data digits": ("data", "digits"),
            "runs, of five": ("runs", "--store", store),
        }
        for verb, arguments in verbs.items():

            def seconds(checkout: Path, arguments: tuple[str, ...] = arguments) -> dict[str, float]:
                return {"CPU s": spend(checkout, *arguments)}

            show(verb, compared(seconds, old, new, 2 * given.rounds))
    for name, words in TRAININGS.items():

        def figures(checkout: Path, words: tuple[str, ...] = words) -> dict[str, float]:
            return train(checkout, words)

        show(name, compared(figures, old, new, given.rounds))


def show(name: str, rows: Sequence[tuple[str, float, float, float, float, float]]) -> None:
    """One line a figure."""
    for figure, before, after, ratio, low, high in rows:
        print(
            f"| {name}: {figure} | {before:.3f} | {after:.3f} | {ratio:.2f} |"
            f" {low:.2f}-{high:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
