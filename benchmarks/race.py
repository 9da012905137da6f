"""The race to 98% and 99% of MNIST's official test images: CPU seconds of training, one thread.

Three seeds. Everyone trains by a recipe of its own documentation on the full training set; ours by
the presets ``sketch`` and ``quick``, which keep an eighth of it for dev. The clock of the others
stops while the test images are evaluated; ours counts all of its loop, the evaluation of dev with
it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.harness import BenchmarkError, Table, python_of
from benchmarks.mnist import official
from benchmarks.process import spend
from benchmarks.startup import netwright

GOALS = {0.98: "sketch", 0.99: "quick"}
"""Accuracy -> our preset for it."""

OURS, BARE = "netwright", "bare PyTorch"
RIVALS = {
    BARE: (None, "benchmarks.peers.race_bare"),
    "fastai (book, chapter 13)": ("fastai", "benchmarks.peers.race_fastai"),
    "Keras (Simple MNIST convnet)": ("keras", "benchmarks.peers.race_keras"),
    "Lightning (LitMNIST)": ("lightning", "benchmarks.peers.race_lightning"),
}
SEEDS = (0, 1, 2)
AIM = 1.1
"""At 98%, ours shall take at most so many times what the bare loop takes."""


@dataclass(frozen=True)
class Finish:
    """One training: CPU seconds to the accuracy ``right``, the goal or else the best it reached."""

    seconds: float
    right: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Everyone once a seed, beside each other; ``rounds`` is not used."""
    folder = official()
    return [_table(goal, *_race(goal, folder, log)) for goal in GOALS]


def _race(
    goal: float, folder: Path, log: Callable[[str], None]
) -> tuple[dict[str, list[Finish]], dict[str, str]]:
    found: dict[str, list[Finish]] = {}
    failed: dict[str, str] = {}
    for seed in SEEDS:
        for name in (OURS, *RIVALS):
            if name in failed:
                continue
            log(f"race to {goal:.0%}: {name}, seed {seed}")
            try:
                finish = (
                    _ours(goal, folder, seed) if name == OURS else _rival(name, goal, folder, seed)
                )
            except BenchmarkError as error:
                failed[name] = str(error)
                continue
            found.setdefault(name, []).append(finish)
    return {name: ends for name, ends in found.items() if name not in failed}, failed


def _ours(goal: float, folder: Path, seed: int) -> Finish:
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "runs"
        settings = (
            "--recipe",
            GOALS[goal],
            "--set",
            f"training.seed={seed}",
            "--store",
            str(store),
        )
        spend(netwright("train", str(folder), *settings))
        name = next(path.name for path in store.iterdir() if path.is_dir())
        words = ("evaluate", name, "--split", "test", "--store", str(store), "--json")
        error = json.loads(spend(netwright(*words)).stdout)["measures"]["error"]
        if error["n"] != 10_000:
            raise BenchmarkError(f"{error['n']} images were evaluated, expected MNIST's 10,000")
        curves = (store / name / "curves.csv").read_text(encoding="utf-8").splitlines()
        seconds = dict(zip(curves[0].split(","), curves[-1].split(","), strict=True))["cpu_seconds"]
        return Finish(float(seconds), 1 - error["value"])


def _rival(name: str, goal: float, folder: Path, seed: int) -> Finish:
    peer, module = RIVALS[name]
    printed = spend([str(python_of(peer)), "-m", module, str(folder), str(goal), str(seed)]).stdout
    points = [Finish(*point) for point in json.loads(printed.strip().splitlines()[-1])]
    return next(
        (point for point in points if point.right >= goal),
        max(points, key=lambda point: point.right),
    )


def _table(goal: float, found: Mapping[str, Sequence[Finish]], failed: Mapping[str, str]) -> Table:
    ours = median(one.seconds for one in found[OURS])
    return Table(
        title=f"CPU seconds of training to {goal:.0%} of MNIST's official test images",
        columns=("recipe", "CPU s", "/ netwright", "right", "seeds that reach it"),
        rows=tuple(_row(name, ends, goal, ours) for name, ends in found.items()),
        notes=(*_verdicts(goal, found, ours), *(f"{name}: {why}" for name, why in failed.items())),
        figures={
            "goal": goal,
            "found": {name: [asdict(one) for one in ends] for name, ends in found.items()},
        },
    )


def _row(name: str, ends: Sequence[Finish], goal: float, ours: float) -> tuple[str, ...]:
    seconds, rights = [one.seconds for one in ends], [one.right for one in ends]
    reached = sum(right >= goal for right in rights)
    return (
        name,
        f"{median(seconds):.1f} ({min(seconds):.1f}-{max(seconds):.1f})",
        f"{median(seconds) / ours:.2f}",
        f"{median(rights):.2%} ({min(rights):.2%}-{max(rights):.2%})",
        f"{reached} of {len(ends)}",
    )


def _verdicts(goal: float, found: Mapping[str, Sequence[Finish]], ours: float) -> list[str]:
    right = median(one.right for one in found[OURS])
    notes = [
        f"{'met' if right >= goal else 'NOT met'}: ours ends at {right:.2%}, goal {goal:.0%}"
        " (median of the seeds)"
    ]
    for name, ends in found.items():
        if name == OURS:
            continue
        if median(one.right for one in ends) < goal:
            notes.append(
                f"{name} does not reach {goal:.0%} by its recipe; its seconds are those of its best"
                " moment"
            )
        elif name == BARE:
            ratio = ours / median(one.seconds for one in ends)
            notes.append(
                f"{'met' if ratio <= AIM else 'NOT met'}: ours takes {ratio:.2f} of the bare loop,"
                f" aim {AIM:g}"
            )
    return notes
