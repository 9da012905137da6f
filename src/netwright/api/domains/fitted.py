"""Steps that make the training source look like the target, fitted on one half of the examples of
both and tried on the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from netwright.api.domains.sources import measured
from netwright.api.judged.drift import units_of_two
from netwright.api.run import Run
from netwright.base.figures import counted, duration
from netwright.contract import Examples, Synthesis
from netwright.contract.mismatch.synthesis import SynthesisStep
from netwright.doctor.mismatch.fitting import Fitting, Settings
from netwright.metrics import distances
from netwright.metrics.distances import Columns
from netwright.metrics.intervals import members_of
from netwright.metrics.two_sample import Samples, two_sample_test
from netwright.runs.keeping import stages
from netwright.training.devices import cpu_threads

Log: TypeAlias = Callable[[str], None]
"""Is given a line about what is done."""

GENERAL, TARGET = 160, 500
"""Examples on which steps are fitted, at most: those of the training source are changed hundreds of
times.
"""

PLACES = 60
"""Of the training source's, those on which the search begins, from several places."""

AT_FIRST, THEN = 50, 13
"""Times that examples are changed for each step, about: of those ``PLACES``, then of all."""

TRIES = (0.2, 0.3, 0.4, 0.5)
"""Parts of all ranges at which it is measured how long a try takes."""

DRAWS = 200
"""Of the held-out examples, for the interval of what the steps gain."""


@dataclass(frozen=True)
class Fitted:
    """Steps and what they bring on held-out examples.

    Args:
        settings: key of a knob -> its value, of those that are to change.
        before, after: the mean distance of the statistics to the target's, in deviations.
        floor: the same between two halves of the target.
        low, high: 95% interval of ``before - after``.
        auc_before, auc_after: how well a classifier tells the two apart by the statistics.
        command: that trains with the steps.
    """

    settings: Settings
    before: float
    after: float
    floor: float
    low: float
    high: float
    auc_before: float
    auc_after: float
    command: str

    @property
    def helps(self) -> bool:
        """Whether the distance shrinks beyond noise."""
        return bool(self.settings) and self.low > 0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "helps": self.helps}


@dataclass(frozen=True)
class Halves:
    """Examples of both sources in two halves each, and the statistics of the target's."""

    raw: tuple[Examples, Examples]
    target: tuple[Examples, Examples]
    measured: tuple[Columns, Columns]


def fit(run: Run, halves: Halves, log: Log) -> Fitted | None:
    """The steps, or None where the system has none for such inputs.

    Args:
        log: called with what takes long, and about how long.
    """
    synthesis = run.system.synthesis
    steps = [] if synthesis is None else synthesis.steps(halves.raw[0], run.recipe)
    if synthesis is None or not steps:
        return None
    start = _start(run, steps)
    found = _found(run, synthesis, steps, halves, log)
    held = _Changed(run, synthesis, halves.raw[1], halves.raw[0])
    columns = [held(start), held(found)]
    by = distances.scales(columns[0], halves.measured[1])
    settings = {key: value for key, value in found.items() if value != start[key]}
    before, after = (distances.distance(one, halves.measured[1], by) for one in columns)
    floor = distances.distance(halves.measured[0], halves.measured[1], by)
    low, high = _gain(columns, halves, by)
    aucs = _auc(columns[0], halves), _auc(columns[1], halves)
    command = f"{stages.by_recipe(run.record.path, run.record.info())} {in_words(settings)}"
    return Fitted(settings, before, after, floor, low, high, *aucs, command)


def _found(
    run: Run, synthesis: Synthesis[Any], steps: Sequence[SynthesisStep], halves: Halves, log: Log
) -> Settings:
    """All settings by which a few examples look most like the target's."""
    few = halves.raw[0].take(range(min(GENERAL, len(halves.raw[0]))))
    first = few.take(range(min(PLACES, len(few))))
    some = {name: column[:TARGET] for name, column in halves.measured[0].items()}
    of_first, of_few = (_Changed(run, synthesis, one, halves.raw[1]) for one in (first, few))
    start = _start(run, steps)
    larger, times = len(few) / len(first), len(steps) + 1
    with cpu_threads(1):  # so few examples wait for their threads, most on a busy machine
        seconds = _pace(of_first, steps) * times * (AT_FIRST + THEN * larger)
        log(_announced(len(steps), len(few), seconds))
        begun, tried = time.perf_counter(), len(of_first)
        near = Fitting(of_first, some, start).near(steps)
        each = (time.perf_counter() - begun) / max(1, len(of_first) - tried)
        log(f"trying which steps are needed, about {duration(each * times * THEN * larger)}")
        return Fitting(of_few, some, start).needed(steps, near)


def _start(run: Run, steps: Sequence[SynthesisStep]) -> Settings:
    return {step.key: float(run.recipe.value(step.key)) for step in steps}


def _pace(changed: _Changed, steps: Sequence[SynthesisStep]) -> float:
    """Seconds that a try takes, by a few after one that warms up."""
    begun = 0.0
    for part in TRIES:
        changed({one.key: one.low + part * (one.high - one.low) for one in steps})
        begun = begun or time.perf_counter()
    return (time.perf_counter() - begun) / (len(TRIES) - 1)


def _announced(steps: int, few: int, seconds: float) -> str:
    return (
        f"fitting {counted(steps, 'step')} on {counted(few, 'example')}, about"
        f" {duration(seconds)}; --no-fit leaves it out"
    )


class _Changed:
    """Settings -> the statistics of some examples changed so; what was tried is kept."""

    def __init__(
        self, run: Run, synthesis: Synthesis[Any], examples: Examples, others: Examples
    ) -> None:
        self._run, self._synthesis = run, synthesis
        self._examples, self._others = examples, others
        self._kept: dict[tuple[tuple[str, float], ...], Columns] = {}

    def __len__(self) -> int:
        """Settings that were tried."""
        return len(self._kept)

    def __call__(self, settings: Settings) -> Columns:
        key = tuple(sorted(settings.items()))
        if key not in self._kept:
            recipe = self._run.recipe.changed(settings)
            rows = range(len(self._examples))
            changed = self._synthesis.change(self._examples, rows, recipe)
            self._kept[key] = measured(self._run, changed, self._others)
        return self._kept[key]


def _gain(columns: list[Columns], halves: Halves, by: Any) -> tuple[float, float]:
    """The interval of how much nearer the second columns are, units drawn anew from both."""
    rng, found = np.random.default_rng(0), []
    target = halves.measured[1]
    for _ in range(DRAWS):
        ours, theirs = (_rows(some, rng) for some in (halves.raw[1], halves.target[1]))
        drawn = {name: column[theirs] for name, column in target.items()}
        each = [{name: one[name][ours] for name in by} for one in columns]
        before, after = (distances.distance(one, drawn, by) for one in each)
        found.append(before - after)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _rows(examples: Examples, rng: np.random.Generator) -> Any:
    members = members_of(len(examples), examples.groups)
    if members is None:
        return rng.integers(0, len(examples), len(examples))
    return np.concatenate([members[at] for at in rng.integers(0, len(members), len(members))])


def _auc(columns: Columns, halves: Halves) -> float:
    names = [name for name in columns if name in halves.measured[1]]
    both = [np.stack([one[name] for name in names], 1) for one in (columns, halves.measured[1])]
    is_second = np.repeat([False, True], [len(one) for one in both])
    units = units_of_two(halves.raw[1], halves.target[1])
    return two_sample_test(Samples(np.concatenate(both), is_second, units)).auc


def in_words(settings: Settings) -> str:
    """``--set synthesis.noise=0.08 ...``."""
    return " ".join(f"--set {key}={value:g}" for key, value in settings.items())
