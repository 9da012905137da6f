"""The judgement of a run, from what was measured on its splits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from netwright.base.measure import Measure
from netwright.doctor.gaps.judgement import diagnose_ladder
from netwright.doctor.gaps.ladder import RUNGS, Diagnosis, Rung
from netwright.doctor.human_error import rungs_of
from netwright.runs.human_levels import HumanError, levels_of

if TYPE_CHECKING:
    from netwright.recipe import Recipe


def diagnose(
    measures: Mapping[str, Measure],
    *,
    metric: str = "error",
    human_error: HumanError | None = None,
    baseline: float | None = None,
    recipe: Recipe | None = None,
    unread: Collection[str] = (),
    muted: Collection[str] = frozenset(),
) -> Diagnosis:
    """Where a run's error comes from and which knob to turn next.

    Figures of which more is better become errors: a fraction p becomes 1 - p, any other figure
    changes its sign. Proportions are compared by Newcombe's interval, other figures by the
    square-root rule on their own intervals.

    Args:
        measures: split -> the single number. Other splits than train, train_dev, dev, test are
            left out.
        metric: its name.
        human_error: for a fraction, the fraction that people get wrong, whichever way the metric
            counts; else their figure. Of several levels the best stands for the best error that
            there can be.
        baseline: the metric on dev of the system's baseline.
        recipe: the run's.
        unread: keys of its knobs that the run's data leave unread.
        muted: codes of findings to leave out.

    Raises:
        NetwrightError: a figure is no number, or outside its range.
    """
    measured = {split: measures[split] for split in RUNGS if split in measures}
    first = next(iter(measured.values()), Measure(0.0, 0, unit="fraction"))
    unit, more_is_better = first.unit, first.better == "higher"
    flipped = more_is_better and unit != "fraction"
    rungs = [rung_of(split, one, more_is_better=more_is_better) for split, one in measured.items()]
    people = rungs_of(levels_of(human_error, "human_error"), flipped=flipped)
    return diagnose_ladder(
        [*rungs, *people],
        unit=unit,
        muted=muted,
        metric=error_name(metric, unit=unit, more_is_better=more_is_better),
        flipped=flipped,
        baseline=None
        if baseline is None
        else as_error(baseline, unit, more_is_better=more_is_better),
        recipe=recipe,
        unread=unread,
    )


def rung_of(split: str, one: Measure, *, more_is_better: bool) -> Rung:
    """A measured figure as a level of error, with its interval."""
    error = as_error(one.value, one.unit, more_is_better=more_is_better)
    if one.low is None or one.high is None:
        # without an interval of its own only a proportion may get one from its count
        return Rung(split, error, n=one.n if one.is_proportion else None)
    ends = sorted(
        as_error(end, one.unit, more_is_better=more_is_better) for end in (one.low, one.high)
    )
    return Rung(split, error, one.n, low=min(ends[0], error), high=max(ends[1], error))


def as_error(value: float, unit: str, *, more_is_better: bool) -> float:
    """A figure as an error: more is worse."""
    if not more_is_better:
        return value
    return 1 - value if unit == "fraction" else -value


def error_name(name: str, *, unit: str, more_is_better: bool) -> str:
    """What a metric is called as an error."""
    if not more_is_better or unit != "fraction":
        return name
    return "error" if name == "accuracy" else f"1 - {name}"
