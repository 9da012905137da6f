"""Intervals of the numbers that a run answers with, from how far off it is on dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from netwright.api.trust.levels import check_fraction
from netwright.base.errors import RunError
from netwright.base.figures import counted
from netwright.contract import Answer, AnySystem, Chosen, Example, Metric
from netwright.contract.answers import AnswerTerms
from netwright.metrics import conformal
from netwright.metrics.labels import mean, weighted_mean
from netwright.runs.record import Record

COVERAGE = "interval_coverage"


@dataclass(frozen=True)
class Intervals:
    """Each number of an answer, plus and minus its radius.

    Args:
        system: whose answers they are.
        level: how often they hold the truth.
        radii: name of a number (empty: the answer is one) -> half the width.
    """

    system: AnswerTerms
    level: float
    radii: Mapping[str, float]

    def around(self, answer: Answer) -> Answer:
        """The answer with ``low`` and ``high``."""
        assert self.system.between is not None
        numbers = _numbers(self.system, answer)
        ends = {n: (numbers[n] - radius, numbers[n] + radius) for n, radius in self.radii.items()}
        return self.system.between(answer, ends)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """How often the truth lies within, of each number."""
        return tuple(map(self._coverage, self.radii))

    def _coverage(self, name: str) -> Metric:
        def within(example: Example, answer: Answer) -> float | None:
            truth = (self.system.numbers(example.target) or {}).get(name)
            if truth is None:
                return None
            return float(abs(truth - _numbers(self.system, answer)[name]) <= self.radii[name])

        return Metric(
            name=f"{COVERAGE}.{name}" if name else COVERAGE,
            better="higher",
            per_example=within,
            value=mean,
            is_proportion=True,
            weighted=weighted_mean,
            title=f"within the {100 * self.level:.4g}% interval",
            of=name,
        )


def of_runs(
    system: AnySystem, records: Sequence[Record], chosen: Sequence[Chosen], level: float
) -> Intervals:
    """Of one run, or of several that answer together.

    Args:
        chosen: what each of them chose on dev.
        level: how often the truth shall lie within.

    Raises:
        RunError: the system answers with no numbers, dev is too small for the level, its examples
            have weights, or the runs have not the same dev.
    """
    check_fraction("interval", level)
    names = ",".join(record.id for record in records)
    return of_residuals(system, names, residuals_of(system, records, chosen), level)


def residuals_of(
    system: AnySystem, records: Sequence[Record], chosen: Sequence[Chosen]
) -> dict[str, list[float]]:
    """Name of a number -> how far off it is on each example of dev.

    Raises:
        RunError: as of ``of_runs``.
    """
    _expect_numbers(system)
    for record in records:
        if any(name.startswith("unweighted_") for name in record.measures().get("dev", {})):
            raise RunError(
                f"{record.id} was trained on weighted examples: an interval counts all alike, and"
                " would hold the truth of other examples than those that count."
            )
    residuals: dict[str, list[float]] = {}
    for truth, answer in _on_dev(system, records, chosen):
        truths = (None if truth is None else system.numbers(truth)) or {}
        given = system.numbers(answer) or {}
        for name, number in given.items():
            residuals.setdefault(name, [])
            if (known := truths.get(name)) is not None:
                residuals[name].append(abs(known - number))
    return residuals


def of_residuals(
    system: AnswerTerms, run: str, residuals: Mapping[str, Sequence[float]], level: float
) -> Intervals:
    """Of what ``residuals_of`` gave.

    Args:
        run: the name of what answered, for messages.

    Raises:
        RunError: the system answers with no numbers, or they are too few for the level.
    """
    check_fraction("interval", level)
    _expect_numbers(system)
    radii = {name: _radius(run, name, some, level) for name, some in residuals.items()}
    return Intervals(system, level, radii)


def _expect_numbers(system: AnswerTerms) -> None:
    if system.between is None:
        raise RunError(
            f"the system '{system.name}' answers with no numbers: an interval is of those alone."
        )


def _radius(run: str, name: str, residuals: Sequence[float], level: float) -> float:
    found = conformal.radius(residuals, level)
    if found is None:
        of = f" with a known '{name}'" if name else ""
        raise RunError(
            f"the dev split of {run} has {counted(len(residuals), 'example')}{of}, and an interval"
            f" of {100 * level:.4g}% takes at least {conformal.fewest(level):,}: name a lower one."
        )
    return found


def _on_dev(
    system: AnySystem, records: Sequence[Record], chosen: Sequence[Chosen]
) -> Iterator[tuple[Any, Any]]:
    """Truth and answer, in the target's terms, of each example of dev."""
    kept = [record.read_predictions("dev") for record in records]
    truths = records[0].examples("dev", system).targets
    if len(records) == 1:
        return zip(truths, kept[0].values("answer"), strict=True)
    for record, other in zip(records, kept, strict=True):
        if other.frame["id"].to_list() != kept[0].frame["id"].to_list():
            raise RunError(
                f"{records[0].id} and {record.id} have other dev splits: an interval of their"
                " answers together takes examples that both held out; combine runs that split the"
                " same data alike (split.seed)."
            )
    assert system.combine is not None
    first = attrgetter(fields(system.answer)[0].name)
    every = zip(*(record.answers("dev", system) for record in records), strict=True)
    combined = [first(system.combine(answers, chosen)) for answers in every]
    return zip(truths, combined, strict=True)


def _numbers(system: AnswerTerms, answer: Answer) -> Mapping[str, float]:
    first = getattr(answer, fields(system.answer)[0].name)
    return system.numbers(first) or {}
