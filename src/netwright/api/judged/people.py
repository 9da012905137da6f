"""What people reach on a run's examples, from their own answers (notes 3.1.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from netwright.api.judged.human_examples import Domain, HumanExamples
from netwright.api.kept import diagnosing, levels
from netwright.api.run import Run
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.measure import Measure
from netwright.contract import Answer, Examples
from netwright.metrics.agreement import kappa
from netwright.metrics.measure import measure
from netwright.runs.annotations import files
from netwright.runs.answers import sheets
from netwright.runs.human_levels import HumanLevel, noted

LABELS = "the labels"
"""Who gave the truth that the data hold."""


@dataclass(frozen=True)
class Agreement:
    """How far two who answered the same examples agree, where both could tell.

    Args:
        between: their names; ``the labels`` for the truth that the data hold.
        n: how many examples these are.
        figure: the single number of the one's answers, held against the other's.
        kappa: Cohen's, where answers are classes; None where chance alone explains them.
    """

    between: tuple[str, str]
    n: int
    figure: Measure
    kappa: float | None


@dataclass(frozen=True)
class People:
    """What people reach.

    Args:
        run: whose examples they answered.
        domain: ``target``: those of dev; ``general``: those of other domains.
        levels: of each who answered, in the run's metric (of a fraction of which more is better,
            the error).
        figures: name -> the single number of their answers, as the metric counts it.
        unsure: name -> of how many they could not tell; these count as answered as the run's
            baseline answers them: the most frequent class, the mean.
        agreements: of each with the labels, and of each two with one another.
        metric: the single number's name.
    """

    run: str
    domain: Domain
    levels: tuple[HumanLevel, ...]
    figures: Mapping[str, Measure]
    unsure: Mapping[str, int]
    agreements: tuple[Agreement, ...]
    metric: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": self.run,
            "domain": self.domain,
            "metric": self.metric,
            "unsure": dict(self.unsure),
            "levels": [level.as_json() for level in self.levels],
            "agreements": [
                {**asdict(one), "between": list(one.between), "figure": one.figure.as_json()}
                for one in self.agreements
            ],
        }


def people(
    run: Run, answered: Sequence[str | Path], *, name: str | None = None, domain: Domain = "target"
) -> People:
    """The level of each who answered a sheet, kept in the run, which is diagnosed anew.

    Args:
        answered: a sheet each, as ``write_sheet`` makes them.
        name: of the level, of one sheet; None: the file's name.

    Raises:
        DataError: a sheet cannot be read, or is of other examples; or two have one name.
        RunError: the run has no answers on dev, or people are not measured at its kind of answer.
    """
    if name is not None and len(answered) > 1:
        raise DataError(
            f"--name {name} names one sheet, and there are {len(answered)}: measure each by itself,"
            " or leave it out."
        )
    held = HumanExamples.of(run, domain)
    read = [sheets.read(Path(one), run.system, held.examples, held.labels) for one in answered]
    own = [Path(one).stem for one in answered]
    names = own if name is None else [name]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise DataError(
            f"two sheets are called '{twice}', and a level has a name of its own: measure each by"
            " itself with another --name, or rename a file."
        )
    return keep(held, dict(zip(names, read, strict=True)))


def keep(held: HumanExamples, rated: Mapping[str, sheets.Rated]) -> People:
    """The level of each who answered, by name, kept in the run, which is diagnosed anew; those who
    answered on a page are held against them.

    Raises:
        DataError: one could tell too few, or nothing of what they answered counts.
        NetwrightError: what others answered cannot be read.
    """
    run = held.run
    for name, one in rated.items():
        expect_enough(name, one)
    with run.record.alone():
        found = _measured(held, rated)
        own = {level.name: level for level in found.levels}
        if held.domain == "general":
            general = levels.counting(run, held.domain) | own
            run.record.note(human_general=noted(tuple(general.values())))
            run.diagnose()
        else:
            known = diagnosing.to_diagnose(run.record, run.system, None)[1]
            named = [replace(level, name=level.name or levels.GIVEN) for level in known]
            run.diagnose(tuple(({level.name: level for level in named} | own).values()))
    return found


def expect_enough(name: str, rated: sheets.Rated) -> None:
    """Refuse to measure who could tell too few: the others count as the baseline answers them, and
    it would be the baseline that is measured.

    Raises:
        DataError: they could tell none, or less than half of what they answered.
    """
    sure, answered = len(rated.known()), len(rated.rows)
    if sure and 2 * sure >= answered:
        return
    which = f"{sure:,}" if sure else "none"
    raise DataError(
        f"{name} could tell {which} of {counted(answered, 'example')}, and '?' counts as the"
        " baseline answers: such a level would be the baseline's, and nobody's. Answer at least"
        " half otherwise."
    )


def _measured(held: HumanExamples, rated: Mapping[str, sheets.Rated]) -> People:
    typed = files.read(held.run.record.path.parent).of_people.of(held.question)
    others = {who: held.rated(found) for who, found in typed.items() if who not in rated}
    figures = {
        name: _figure(held.run, held.examples.take(one.rows), answers_of(held, one), name)
        for name, one in rated.items()
    }
    return People(
        held.run.id,
        held.domain,
        tuple(_level(figure, name) for name, figure in figures.items()),
        figures,
        {name: len(one.rows) - len(one.known()) for name, one in rated.items()},
        tuple(_agreements(held, rated, others)),
        held.run.system.metrics[0].name,
    )


def answers_of(held: HumanExamples, rated: sheets.Rated) -> list[Answer]:
    """What somebody said as answers; where they could not tell, that of the run's baseline."""
    system = held.run.system
    assert system.certain is not None
    baseline = None
    answers: list[Answer] = []
    for row, target in zip(rated.rows, rated.targets, strict=True):
        if target is not None:
            answers.append(system.certain(target))
            continue
        baseline = baseline or system.baseline(held.run.record.examples("train", system))
        answers.append(baseline(held.examples[row]))
    return answers


def _level(figure: Measure, name: str) -> HumanLevel:
    if figure.unit == "fraction" and figure.better == "higher":
        low, high = (None if end is None else 1 - end for end in (figure.high, figure.low))
        return HumanLevel(1 - figure.value, figure.n, low, high, name)
    return HumanLevel(figure.value, figure.n, figure.low, figure.high, name)


def _figure(run: Run, examples: Examples, answers: Sequence[Answer], name: str) -> Measure:
    """The single number of what somebody said of examples.

    Raises:
        DataError: none of them counts.
    """
    metric = run.system.metrics[0]
    found = measure((metric,), examples, answers).get(metric.name)
    if found is None:
        raise DataError(
            f"{name}: of {counted(len(examples), 'example')} none counts for {metric.name}."
        )
    return found


def _agreements(
    held: HumanExamples, rated: Mapping[str, sheets.Rated], others: Mapping[str, sheets.Rated]
) -> Iterator[Agreement]:
    """Of each with the labels, and with everybody else."""
    truths = {LABELS: dict(enumerate(held.examples.targets))}
    own, beside = ({name: one.known() for name, one in by.items()} for by in (rated, others))
    pairs = [
        *((name, LABELS) for name in own),
        *combinations(own, 2),
        *((name, other) for name in own for other in beside),
    ]
    everybody = truths | own | beside
    for one, other in pairs:
        found = _agreement(held, (one, other), everybody[one], everybody[other])
        if found is not None:
            yield found


def _agreement(
    held: HumanExamples, between: tuple[str, str], one: dict[int, Any], other: dict[int, Any]
) -> Agreement | None:
    """None where no example was answered by both."""
    rows = [row for row in one if other.get(row) is not None]
    system = held.run.system
    if not rows or system.certain is None:
        return None
    first, second = [one[row] for row in rows], [other[row] for row in rows]
    answers = [system.certain(target) for target in first]
    against = replace(held.examples.take(rows), targets=second)
    figure = _figure(held.run, against, answers, between[0])
    labels = [[system.label(target) for target in by] for by in (first, second)]
    alike = None if None in labels[0] else kappa(*labels)  # type: ignore[arg-type]
    return Agreement(between, len(rows), figure, alike)
