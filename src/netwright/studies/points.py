"""The points of a curve: error against size, each with its noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.base.errors import RunError
from netwright.contract import AnySystem, Examples, Metric
from netwright.doctor.diagnose import as_error, rung_of
from netwright.doctor.gaps.ladder import Rung
from netwright.metrics.paired import Floats, Paired
from netwright.runs.record import Record


@dataclass(frozen=True)
class SizedRun:
    """A run of a curve.

    Args:
        size: training examples, or how many times as wide as the recipe's net.
        seed: of its repeats of one size.
    """

    size: float
    seed: int
    record: Record


@dataclass(frozen=True)
class Point:
    """What came out at one size: the means of its runs.

    Args:
        size: of a learning curve the training examples; of a capacity curve the net's parameters.
        name: as a person reads it.
        runs: their ids.
        train, dev: the errors, with the mean of the runs' intervals.
    """

    size: float
    name: str
    runs: tuple[str, ...]
    train: Rung
    dev: Rung

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "runs": list(self.runs)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Point:
        """A point from what ``as_json`` gave."""
        levels = {name: Rung(**values[name]) for name in ("train", "dev")}
        return cls(values["size"], values["name"], tuple(values["runs"]), **levels)


@dataclass(frozen=True)
class DrawnErrors:
    """The dev errors of the sizes of a curve, as other dev examples would have given them.

    Args:
        sizes: (M,) ascending.
        errors: (M,) the means over the runs of a size.
        drawn: (R, M) the same of R draws of the dev examples, the same for all sizes, each with the
            noise of training anew.
        noise: (M,) the standard deviation of each.
    """

    sizes: Floats
    errors: Floats
    drawn: Floats
    noise: Floats


BETWEEN_SEEDS = 0.5
"""Of the variance of drawing other dev examples, what training anew adds, where no size has
repeats: two nets have about half of their mistakes in common (``doctor.sample_sizes``).
"""


def by_size(runs: Sequence[SizedRun]) -> dict[float, list[SizedRun]]:
    """Size -> its runs, ascending."""
    found: dict[float, list[SizedRun]] = {}
    for run in sorted(runs, key=lambda one: (one.size, one.seed)):
        found.setdefault(run.size, []).append(run)
    return found


def points(runs: Sequence[SizedRun], metric: Metric, *, by_parameters: bool = False) -> list[Point]:
    """The points of a curve, the smallest first.

    Args:
        by_parameters: whether a point lies at the parameters of its nets, as of a capacity curve.
    """
    found = []
    for size, of_size in by_size(runs).items():
        place, name = size, f"{size:,.0f}"
        if by_parameters:
            place = float(of_size[0].record.info().get("parameters", 0))
            name = f"{size:g} times as wide" if size != 1 else "as it is"
        found.append(
            Point(
                place,
                name,
                tuple(run.record.id for run in of_size),
                _mean([_level(run, "train", metric) for run in of_size]),
                _mean([_level(run, "dev", metric) for run in of_size]),
            )
        )
    return found


def _level(run: SizedRun, split: str, metric: Metric) -> Rung:
    measured = run.record.measures().get(split, {}).get(metric.name)
    if measured is None or not math.isfinite(measured.value):
        raise RunError(f"{run.record.id} has no figure on {split}: the curve cannot be drawn.")
    found = rung_of(split, measured, more_is_better=metric.better == "higher")
    return found if found.n is not None else Rung(split, found.error, measured.n)


def _mean(levels: Sequence[Rung]) -> Rung:
    """The mean of several, with that of their intervals: the draw of examples is one for all."""
    count = len(levels)
    error = sum(one.error for one in levels) / count
    intervals = [one.interval for one in levels]
    if None in intervals:
        return Rung(levels[0].name, error, levels[0].n)
    low, high = (sum(ends) / count for ends in zip(*filter(None, intervals), strict=True))
    return Rung(levels[0].name, error, levels[0].n, min(low, error), max(high, error))


def draws(runs: Sequence[SizedRun], system: AnySystem, seed: int = 0) -> DrawnErrors:
    """The dev errors of every size, drawn anew.

    The dev examples, which are the same for all runs, are drawn with replacement (by group); each
    size's error gets the noise of training anew, as large beside that as repeats of one size show.

    Raises:
        RunError: the runs have answered other examples.
    """
    metric, sizes = system.metrics[0], by_size(runs)
    ordered = [run for of_size in sizes.values() for run in of_size]
    examples = ordered[0].record.examples("dev", system)
    paired = Paired.of(
        metric, examples, [_answers(run.record, examples, system) for run in ordered]
    )
    higher = metric.better == "higher"

    def errors(figures: Floats) -> Floats:
        found: Floats = np.vectorize(
            lambda value: as_error(value, metric.unit, more_is_better=higher)
        )(figures)
        return found

    here, drawn = errors(paired.figures()), errors(paired.draws(seed))
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) < 2:
        raise RunError("dev is too small to draw from: its error has no noise that can be known.")
    counts = np.array([len(of_size) for of_size in sizes.values()])
    starts = np.cumsum(counts) - counts
    means = np.add.reduceat(here, starts) / counts
    drawn_means = np.add.reduceat(drawn, starts, axis=1) / counts
    of_one = drawn[:, starts].std(axis=0)  # of a single run, from the draw of dev alone
    ratio = _between_seeds(here, starts, counts, of_one)
    training = np.sqrt(ratio / counts) * of_one
    generator = np.random.default_rng(seed + 1)
    drawn_means = drawn_means + generator.normal(size=drawn_means.shape) * training
    noise = drawn_means.std(axis=0)
    least = max(float(np.median(noise)) / 4, 1e-9 * (1 + float(np.abs(means).max())))
    return DrawnErrors(np.array(list(sizes)), means, drawn_means, np.maximum(noise, least))


def _between_seeds(here: Floats, starts: Any, counts: Any, of_one: Floats) -> float:
    """The variance between runs of one size beside that of drawing other dev examples."""
    repeated = [
        (here[start : start + count].var(ddof=1) / of_one[at] ** 2, count - 1)
        for at, (start, count) in enumerate(zip(starts, counts, strict=True))
        if count > 1 and of_one[at] > 0
    ]
    free = sum(degrees for _, degrees in repeated)
    # of few repeats the usual counts, too: as four degrees of freedom
    known = sum(value * degrees for value, degrees in repeated)
    return float((known + 4 * BETWEEN_SEEDS) / (free + 4))


def _answers(record: Record, examples: Examples, system: AnySystem) -> list[Any]:
    """Of the same examples, in their order."""
    if record.examples("dev", system).ids != examples.ids:
        raise RunError(f"{record.id} has answered other dev examples than the rest of its curve.")
    return record.answers("dev", system)
