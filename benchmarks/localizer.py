"""The one white cell of blood pictures, found by ``netwright train`` with its defaults.

Five folds of the pictures of BCCD (364 of 640x480) that show one white cell. Each training has the
pictures of four folds, of which a fifth is its dev split, and answers those of the fifth fold,
which it never saw. The defaults were chosen on dev splits of such trainings, of the same pictures.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError, Table
from benchmarks.workloads import CACHE

FOLDS = 5
DRAWS = 10_000
"""Of the bootstrap over the pictures."""

WANTED = 0.70
SETTINGS = {"split.test": 0, "split.dev": 0.2, "training.threads": 1}

Corners = tuple[float, float, float, float]
Numbers = NDArray[np.float64]


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every fold once; ``rounds`` is not used."""
    paths, boxes = pictures(CACHE / "bccd")
    folds = np.random.default_rng(0).permutation(len(paths)) % FOLDS
    overlaps, seconds = np.zeros(len(paths)), []
    for fold in range(FOLDS):
        train, held = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        start = time.process_time()
        answered = _answers(
            [paths[at] for at in train],
            [boxes[at] for at in train],
            [paths[at] for at in held],
        )
        seconds.append(time.process_time() - start)
        overlaps[held] = [overlap(boxes[at], one) for at, one in zip(held, answered, strict=True)]
        log(f"localizer: {overlaps[held].mean():.3f}, {seconds[-1]:.0f} CPU s")
    means = [float(overlaps[folds == fold].mean()) for fold in range(FOLDS)]
    return [table(overlaps, means, seconds)]


def pictures(folder: Path) -> tuple[list[Path], list[Corners]]:
    """The pictures with one white cell, and its box.

    Raises:
        BenchmarkError: they are not there.
    """
    if not (folder / "Annotations").is_dir():
        raise BenchmarkError(
            f"{folder} is missing: put Annotations and JPEGImages of github.com/Shenggan/"
            "BCCD_Dataset there"
        )
    from netwright.api.reading import read
    from netwright.recipe import Recipe

    found = read(folder, Recipe.of({"data": {"target": "WBC"}})).examples
    single = [at for at, cells in enumerate(found.targets) if len(cells) == 1]
    return (
        [Path(found.inputs.paths[at]) for at in single],
        [found.targets[at][0].corners for at in single],
    )


def overlap(truth: Corners, answer: Corners | None) -> float:
    """Intersection over union; 0 where no box was answered."""
    if answer is None:
        return 0.0
    sides = [
        max(0.0, min(truth[at + 2], answer[at + 2]) - max(truth[at], answer[at])) for at in (0, 1)
    ]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (truth, answer)]
    both = sides[0] * sides[1]
    return both / (sum(areas) - both)


def interval(values: Numbers) -> tuple[float, float]:
    """The middle 95% of the means of pictures drawn anew, with repetition."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _answers(
    paths: Sequence[Path], boxes: Sequence[Corners], new: Sequence[Path]
) -> list[Corners | None]:
    import netwright as nw

    with tempfile.TemporaryDirectory() as store:
        source = Path(store) / "cells.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(("image", "xmin", "ymin", "xmax", "ymax"))
            lines.writerows((path, *box) for path, box in zip(paths, boxes, strict=True))
        trained = nw.train(source, set=SETTINGS, store=store)
        return [answer.box for answer in trained.predict([str(path) for path in new])]


def table(overlaps: Numbers, means: Sequence[float], seconds: Sequence[float]) -> Table:
    """The mean IoU over all pictures, with its interval."""
    low, high = interval(overlaps)
    met = "met" if overlaps.mean() >= WANTED else "NOT met"
    return Table(
        title=f"One white cell, {len(overlaps):,} pictures, {len(means)} folds",
        columns=("figure", "value"),
        rows=(
            ("mean IoU", f"{overlaps.mean():.3f} ({low:.3f} to {high:.3f})"),
            ("pictures with an IoU of at least .5", f"{(overlaps >= 0.5).mean():.1%}"),
            ("CPU seconds a training", f"{np.mean(seconds):.0f}"),
        ),
        notes=(
            f"{met}: a mean IoU of at least {WANTED:.2f}",
            f"by fold from {min(means):.3f} to {max(means):.3f}",
        ),
        figures={"means": list(means), "seconds": list(seconds)},
    )
