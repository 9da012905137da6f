"""Which component of a system that answers in steps its error comes from: what the whole gains
where the output of one is replaced by the truth, and of it and all before it (ceiling analysis,
notes 3.2.16).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from netwright.base import figures
from netwright.base.errors import DataError
from netwright.base.measure import Measure
from netwright.contract import Answer, Examples, Metric
from netwright.metrics.measure import Lead, lead, measure

Answers = Sequence[Answer]


@dataclass(frozen=True)
class Replaced:
    """The answers of the whole where the output of a component is the truth.

    Args:
        name: of the component; with those before it whose truth is not known, ``one + other``.
        alone: it alone is the truth, all others are the system's own.
        up_to: it and all before it whose truth is known.
    """

    name: str
    alone: Answers
    up_to: Answers


@dataclass(frozen=True)
class ComponentGain:
    """What the truth of a component gains.

    Args:
        name: as of ``Replaced``.
        alone: the figure where it alone is the truth.
        up_to: the figure where it and all before it are.
        gain: of ``up_to`` over the same without it: what its own faults cost, given what is right
            before it.
    """

    name: str
    alone: Measure
    up_to: Measure
    gain: Lead


@dataclass(frozen=True)
class Blame:
    """Which component the error comes from.

    Args:
        metric: the single number that everything is measured in.
        own: its figure, all components the system's own.
        components: in their order.
        first: the one to work on first; None where none gains more than noise, or the two that
            gain most are within noise of each other.
        ahead: how much more the truth that gains most does so than the next one, or than one
            within noise of it; None where there is no other.
        n: examples of dev whose truth is known of every component in the table.
        of: examples of dev with a known target.
        verdict: in a sentence.
        notes: what limits it, a line each.
    """

    run: str
    metric: str
    own: Measure
    components: tuple[ComponentGain, ...]
    first: str | None
    ahead: Lead | None
    n: int
    of: int
    verdict: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def blamed(
    run: str,
    metric: Metric,
    examples: Examples,
    own: Answers,
    replaced: Sequence[Replaced],
    *,
    of: int,
) -> Blame:
    """What each component's truth gains, all paired on the same examples, by groups where there are
    groups, and whether the largest gain is larger than noise and than the next.

    Args:
        run: its name.
        examples: those of which the truth of every component is known; without inputs.
        own: the system's own answers to them.
        replaced: the components in their order, one at least.
        of: examples of dev with a known target.

    Raises:
        DataError: none of them counts for the metric.
    """
    figure = _figure(metric, examples, own)
    steps = [own, *(one.up_to for one in replaced)]
    pairs = [list(zip(*two, strict=True)) for two in pairwise(steps)]
    rows = tuple(
        ComponentGain(
            one.name,
            _figure(metric, examples, one.alone),
            _figure(metric, examples, one.up_to),
            _lead(metric, examples, after, before),
        )
        for one, (before, after) in zip(replaced, pairwise(steps), strict=True)
    )
    order = sorted(range(len(rows)), key=lambda at: -rows[at].gain.value)
    gains = _gains(metric)
    best, others = order[0], order[1:]
    leads = {at: _lead(gains, examples, pairs[best], pairs[at]) for at in others}
    near = [at for at in others if not _beyond(leads[at])]
    first = rows[best].name if _beyond(rows[best].gain) and not near else None
    beside = next(iter([*near, *others]), None)
    other, ahead = (None, None) if beside is None else (rows[beside].name, leads[beside])
    verdict = _verdict(metric.name, figure, rows[best], other, ahead)
    return Blame(run, metric.name, figure, rows, first, ahead, figure.n, of, verdict)


def _figure(metric: Metric, examples: Examples, answers: Answers) -> Measure:
    found = measure((metric,), examples, answers)
    if metric.name not in found:
        raise DataError(
            f"none of the {len(examples):,} examples of which every truth is known counts for"
            f" {metric.name}: nothing to measure on."
        )
    return found[metric.name]


def _lead(metric: Metric, examples: Examples, answers: Answers, others: Answers) -> Lead:
    return lead(metric, examples, answers, others) or Lead(0.0, None, None)


def _beyond(found: Lead) -> bool:
    """Whether it is above 0 beyond noise."""
    return found.low is not None and found.low > 0


def _gains(metric: Metric) -> Metric:
    """What an answer is better than another, as a figure of pairs (before, after), so that two
    gains are held against each other pair by pair as two figures are.
    """
    sign = 1.0 if metric.better == "higher" else -1.0

    def per_example(example: Any, pair: tuple[Answer, Answer]) -> Any:
        before, after = (metric.per_example(example, one) for one in pair)
        if before is None or after is None:
            return None
        # of a rate a number, so that its interval may be that of two paired rates
        return sign * (after - before) if metric.is_proportion else (before, after)

    def value(values: Sequence[Any], *weights: Sequence[float]) -> float:
        of = metric.weighted if weights else metric.value
        assert of is not None, "measured without weights before"
        if metric.is_proportion:
            return float(of(values, *weights))
        befores, afters = zip(*values, strict=True)
        return sign * float(of(afters, *weights) - of(befores, *weights))

    return Metric(
        f"gain of {metric.name}",
        "higher",
        per_example,
        value,
        unit=metric.unit,
        is_proportion=metric.is_proportion,
        weighted=None if metric.weighted is None else value,
    )


def _verdict(
    metric: str, own: Measure, best: ComponentGain, other: str | None, ahead: Lead | None
) -> str:
    """What to work on first, in a sentence or two.

    Args:
        best: with the largest gain.
        other: the first that is within noise of it, else the next; None: there is none.
        ahead: how much more ``best`` gains than that.
    """
    size = _points(best.gain, own.unit)
    level = f"{metric} {figures.level(own)}"
    if not _beyond(best.gain):
        return (
            f"{level}: no component's truth gains more than noise (the most that of"
            f" '{best.name}', {size}): none is to blame on these {own.n:,} examples."
        )
    moves = "rises" if own.better == "higher" else "falls"
    falls = f"with the truth of '{best.name}' {metric} {moves} by {size}"
    if other is None or ahead is None:
        return f"{level}: {falls}; of no other component the truth is known."
    more = f"{_points(ahead, own.unit)} more than with that of '{other}'"
    if not _beyond(ahead):
        return (
            f"{level}: {falls}, and that is {more}, which is within noise: either may be the one to"
            " work on first; more dev examples would tell."
        )
    return f"{level}: work on '{best.name}' first: {falls}, {more}."


def _points(found: Lead, unit: str) -> str:
    return figures.points(found.value, found.low, found.high, unit=unit).removeprefix("+")
