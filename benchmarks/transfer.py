"""Few photographs (``python -m benchmarks transfer``): netwright from ImageNet's weights and from
scratch, beside what others' recipes make of the same weights, scikit-learn on frozen features, and
on pixels.

Each is given N pictures a class and judged on pictures that none of them saw. Each cell is a
process of its own, one thread; what came of it is added to a file as it ends, so that it may be
done over several sittings: what the file has is not done again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.few import ours
from benchmarks.few.pictures import Photographs, cells, few, of_folders
from benchmarks.harness import BenchmarkError, Table, python_of
from benchmarks.process import spend
from benchmarks.workloads import CACHE

RESULTS = CACHE / "transfer.jsonl"

SETS: dict[str, Callable[[], Photographs]] = {
    "CIFAR-10": lambda: of_folders("CIFAR-10", CACHE / "cifar10-12k", (10, 30, 100), every=4),
    "blood cells": lambda: cells(CACHE / "bccd"),
    "cats": lambda: of_folders("cats", CACHE / "cats", (0,)),
    "faces": lambda: of_folders("faces", CACHE / "faces", (0,)),
}

WHOLE = ("--from imagenet", "from scratch", "logistic regression on pixels")
"""On every set."""

FEW = ("frozen + scikit-learn", "timm", "fastai", "keras")
"""Beside these, where a set is learned from in parts."""

TITLES = {
    "--from imagenet": "netwright --from imagenet (default)",
    "from scratch": "netwright from scratch (airbench)",
    "fastai": "fastai's fine_tune",
    "keras": "Keras' guide as a recipe, in plain torch",
    "timm": "timm, frozen, a new classifier",
}


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Of ``rounds`` seeds, three at most: the smallest cells first, every set under a seed before
    the next seed.
    """
    there = list(results(RESULTS))
    done = {_key(one) for one in there}
    for seed in range(min(rounds, 3)):
        for photographs, count, way in _cells(log):
            cell: dict[str, Any] = {
                "set": photographs.name,
                "count": count,
                "way": way,
                "seed": seed,
            }
            if _key(cell) in done:
                continue
            try:
                found = cell | measured(photographs, count, way, seed)
            except BenchmarkError as error:
                log(f"{cell}: {error}")
                continue
            there.append(found)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
            log(f"{cell}: {found['wrong'] / found['of']:.1%}, {found['cpu']:.0f} s")
    return tables(there)


def _cells(log: Callable[[str], None]) -> Iterator[tuple[Photographs, int, str]]:
    sets = []
    for read in SETS.values():
        try:
            sets.append(read())
        except BenchmarkError as error:
            log(str(error))
    pairs = [(one, count) for one in sets for count in one.counts]
    for photographs, count in sorted(pairs, key=lambda pair: pair[1]):
        for way in (*WHOLE, *(FEW if count else ())):
            yield photographs, count, way


def _key(cell: dict[str, Any]) -> tuple[Any, ...]:
    return cell["set"], cell["count"], cell["way"], cell["seed"]


def results(path: Path) -> Iterator[dict[str, Any]]:
    """What the file has; a line that a kill tore is left out."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def measured(photographs: Photographs, count: int, way: str, seed: int) -> dict[str, Any]:
    """How many of how many pictures it takes for something else, and its CPU seconds.

    Raises:
        BenchmarkError: it failed, or what it takes is not installed.
    """
    from netwright.nets.published import package

    x, y = few(photographs.train, count, seed)
    new, truth = photographs.test
    with tempfile.TemporaryDirectory() as place:
        cell = Path(place) / "cell.npz"
        np.savez(cell, x=x, y=y, new=new, seed=seed)
        if way in ours.WAYS:
            line = [str(python_of(None)), "-m", "benchmarks.few.ours", way, str(cell)]
        else:
            weights = str(package.path_of("imagenet"))
            python = str(python_of("transfer"))
            line = [python, "-m", "benchmarks.peers.transfer", way, str(cell), weights]
        printed = spend(line, {"NETWRIGHT_CACHE": place}).stdout.splitlines()[-1]
    found = json.loads(printed)
    wrong = np.asarray(found["answers"]) != truth
    return {"wrong": int(wrong.sum()), "of": len(wrong), "cpu": found["cpu"]}


def tables(there: Sequence[dict[str, Any]]) -> list[Table]:
    """A row a set, a number of pictures and a way, of all seeds that are there."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for one in there:
        groups.setdefault((one["set"], one["count"], one["way"]), []).append(one)
    parts, wholes = list[tuple[str, ...]](), list[tuple[str, ...]]()
    order = (*WHOLE[:1], *FEW, *WHOLE[1:])
    for (name, count, way), found in sorted(
        groups.items(), key=lambda pair: (pair[0][0], pair[0][1], order.index(pair[0][2]))
    ):
        seconds = fmean(one["cpu"] for one in found)
        row = (TITLES.get(way, way), errors(found), f"{seconds:.0f}", str(len(found)))
        (parts if count else wholes).append((name, str(count or "all"), *row))
    columns = ("set", "pictures a class", "way", "error (95%)", "CPU seconds", "seeds")
    few_title = "Few photographs: the error on pictures that were never seen"
    return [
        Table(few_title, columns, tuple(parts), (), {"cells": list(there)}),
        Table("All pictures of small sets", columns, tuple(wholes), (), {}),
    ]


def errors(found: Sequence[dict[str, Any]]) -> str:
    """The rate over all seeds with its 95% interval, as if of the pictures of one test part: those
    of several seeds are the same pictures.
    """
    from netwright.metrics.intervals import wilson

    rate, count = fmean(one["wrong"] / one["of"] for one in found), found[0]["of"]
    low, high = wilson(rate * count, count)
    return f"{rate:.1%} ({low:.1%} to {high:.1%})"
