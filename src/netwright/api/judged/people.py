"""What people reach on a run's dev examples, from their own answers (notes 3.1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from netwright.api import answering
from netwright.api.kept import diagnosing
from netwright.api.run import Run
from netwright.base.errors import DataError, RunError
from netwright.base.figures import counted
from netwright.base.measure import Measure
from netwright.base.seeds import seed_of
from netwright.contract import Answer, Examples
from netwright.metrics.agreement import kappa
from netwright.metrics.measure import measure
from netwright.runs.answers import sheets
from netwright.runs.human_levels import HumanLevel

SPLIT = "dev"
EXAMPLES = 50
"""Of a sheet."""

GIVEN = "as given"
"""What a level without a name is called beside those that have one."""


@dataclass(frozen=True)
class Agreement:
    """How far two who answered the same examples agree.

    Args:
        between: their names; ``the labels`` for the truth that the data hold.
        n: examples that both answered.
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
        run: whose dev examples they answered.
        levels: of each who answered, in the run's metric (of a fraction of which more is better,
            the error).
        agreements: of each with the labels, and of each two with one another.
        metric: the single number's name.
    """

    run: str
    levels: tuple[HumanLevel, ...]
    agreements: tuple[Agreement, ...]
    metric: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": self.run,
            "metric": self.metric,
            "levels": [level.as_json() for level in self.levels],
            "agreements": [
                {
                    "between": list(one.between),
                    "n": one.n,
                    "figure": one.figure.as_json(),
                    "kappa": one.kappa,
                }
                for one in self.agreements
            ],
        }


def write_sheet(run: Run, path: str | Path, *, examples: int = EXAMPLES, seed: int = 0) -> int:
    """A sheet of dev examples for a person to answer, drawn by the seed, without their truths;
    returns how many there are.

    Raises:
        DataError: the file is there already, or fewer than one example is asked for.
        RunError: the run's data have changed, or people are not measured at its kind of answer.
    """
    if examples < 1:
        raise DataError(f"a sheet of {examples} examples: expected 1 or more.")
    _expect_measured(run)
    held = answering.of_split(run.system, run.recipe, run.record, SPLIT)
    known = [at for at, target in enumerate(held.targets) if target is not None]
    import numpy as np

    order = np.random.default_rng(seed_of(seed, "people")).permutation(len(known))
    rows = [known[at] for at in order[:examples]]
    sheets.write(Path(path), run.system, held, rows)
    return len(rows)


def people(run: Run, answered: Sequence[str | Path], *, name: str | None = None) -> People:
    """The level of each who answered dev examples, kept in the run, which is diagnosed anew.

    Args:
        answered: a sheet each, as ``write_sheet`` makes them.
        name: of the level, where there is one sheet; None: the file's name.

    Raises:
        DataError: a sheet cannot be read, or is of other examples.
        RunError: the run has no answers on dev, or people are not measured at its kind of answer.
    """
    held = _answerable(run)
    labels = _labels(run, held)
    rated = [sheets.read(Path(path), run.system, held, labels) for path in answered]
    names = [name] if name is not None and len(rated) == 1 else [one.name for one in rated]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise DataError(f"two sheets are called '{twice}': a level has a name of its own.")
    found = People(
        run.id,
        tuple(_level(run, held, one, called) for one, called in zip(rated, names, strict=True)),
        tuple(_agreements(run, held, dict(zip(names, rated, strict=True)))),
        run.system.metrics[0].name,
    )
    known = diagnosing.to_diagnose(run.record, run.system, None)[1]
    kept = {level.name or GIVEN: replace(level, name=level.name or GIVEN) for level in known}
    kept |= {level.name: level for level in found.levels}
    run.diagnose(tuple(kept.values()))
    return found


def _answerable(run: Run) -> Examples:
    """The dev examples without their inputs, where people can be measured on them."""
    _expect_measured(run)
    return run.record.examples(SPLIT, run.system)


def _expect_measured(run: Run) -> None:
    if run.system.certain is None:
        raise RunError(
            f"{run.id} is of the system '{run.system.name}', at which people are not measured: it"
            " has no 'certain'; give a level that is known, --human-error NUMBER."
        )


def _labels(run: Run, held: Examples) -> list[str]:
    """The classes that an answer may name: those of dev, and those that the run answers with."""
    answered = [run.system.label(target) for target in held.targets]
    if all(label is None for label in answered):
        return []
    stated = run.system.probabilities(run.record.answers(SPLIT, run.system)[0]) or {}
    return sorted({*stated, *(label for label in answered if label is not None)})


def _level(run: Run, held: Examples, rated: sheets.Rated, name: str) -> HumanLevel:
    figure = _figure(run, held.take(rated.rows), rated.targets, rated.name)
    if figure.unit == "fraction" and figure.better == "higher":
        low, high = (None if end is None else 1 - end for end in (figure.high, figure.low))
        return HumanLevel(1 - figure.value, figure.n, low, high, name)
    return HumanLevel(figure.value, figure.n, figure.low, figure.high, name)


def _figure(run: Run, held: Examples, targets: Sequence[Any], name: str) -> Measure:
    """The single number of what somebody said of examples.

    Raises:
        DataError: none of them counts.
    """
    assert run.system.certain is not None
    answers: list[Answer] = [run.system.certain(target) for target in targets]
    metric = run.system.metrics[0]
    found = measure((metric,), held, answers).get(metric.name)
    if found is None:
        raise DataError(
            f"{name}: of {counted(len(held), 'example')} none counts for {metric.name}."
        )
    return found


def _agreements(run: Run, held: Examples, rated: dict[str, sheets.Rated]) -> list[Agreement]:
    truth = sheets.Rated("the labels", tuple(range(len(held))), tuple(held.targets))
    pairs = [((name, truth.name), one, truth) for name, one in rated.items()]
    pairs += [((a, b), rated[a], rated[b]) for a, b in combinations(rated, 2)]
    return [found for pair in pairs if (found := _agreement(run, held, *pair)) is not None]


def _agreement(
    run: Run, held: Examples, between: tuple[str, str], one: sheets.Rated, other: sheets.Rated
) -> Agreement | None:
    """None where no example was answered by both."""
    own, others = (dict(zip(by.rows, by.targets, strict=True)) for by in (one, other))
    rows = [row for row in one.rows if others.get(row) is not None]
    if not rows:
        return None
    first, second = [own[row] for row in rows], [others[row] for row in rows]
    figure = _figure(run, replace(held.take(rows), targets=second), first, one.name)
    labels = [[run.system.label(target) for target in by] for by in (first, second)]
    alike = None if None in labels[0] else kappa(*labels)  # type: ignore[arg-type]
    return Agreement(between, len(rows), figure, alike)
