"""Results side by side: which wins by one figure among those that keep to the bounds, and whether
its lead is larger than noise (notes 3.1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.metrics.measure import Lead
from netwright.runs.choosing.choice import Better, Bound, Candidate, choose, rank
from netwright.runs.choosing.costs import COSTS

Place = Literal["first", "behind", "dropped"]


@dataclass(frozen=True)
class Contestant:
    """One result.

    Args:
        name: as a person calls it.
        figures: the one that decides, and those that bounds limit.
    """

    name: str
    figures: Mapping[str, Measure]


@dataclass(frozen=True)
class Standing:
    """Where one came.

    Args:
        missed: the bounds that it does not keep to, each as it was written.
        doubtful: those of whose figure the interval holds the limit, so that chance may decide.
        lead: how far the winner is ahead of it; None for the winner, and where nobody wins.
    """

    name: str
    place: Place
    figures: Mapping[str, Measure]
    missed: tuple[str, ...]
    doubtful: tuple[str, ...]
    lead: Lead | None


@dataclass(frozen=True)
class Comparison:
    """Who wins.

    Args:
        optimized: the name of the figure that decides.
        rows: the winner, those behind it in their order, and the dropped ones in theirs.
        winner: its name; None where none keeps to the bounds.
        verdict: in a sentence.
        weights: class -> how much its examples count; empty: as they are.
        expression: the weights as an expression over the columns of the data; empty: there is none.
        common: how many dev examples all runs have in common, where they were compared on these
            alone; None: they have the same.
    """

    optimized: str
    bounds: tuple[str, ...]
    rows: tuple[Standing, ...]
    winner: str | None
    verdict: str
    weights: Mapping[str, float] = field(default_factory=dict)
    expression: str = ""
    common: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        rows = [
            {**asdict(row), "figures": {name: one.as_json() for name, one in row.figures.items()}}
            for row in self.rows
        ]
        return {**asdict(self), "rows": rows}


def compare(
    contestants: Sequence[Contestant],
    lead_of: Callable[[int, int], Lead | None],
    *,
    optimized: str,
    bounds: Sequence[Bound] = (),
) -> Comparison:
    """The winner, and the others beside it.

    Args:
        contestants: at least one, all measured on the same examples.
        lead_of: (place of the winner, place of another) -> how far the one is ahead.
        optimized: the name of the figure that decides.
    """
    better: Better = contestants[0].figures[optimized].better
    candidates = [_candidate(one, optimized) for one in contestants]
    choice = choose(candidates, better=better, bounds=bounds)
    missed = [
        tuple(bound.text for bound in bounds if bound.excess(one.figures) > 0) for one in candidates
    ]

    def row(place: int) -> Standing:
        one, is_first = contestants[place], place == choice.winner
        lead = None if is_first or choice.winner is None else lead_of(choice.winner, place)
        came: Place = "first" if is_first else "dropped" if missed[place] else "behind"
        doubtful = tuple(bound.text for bound in bounds if _is_doubtful(bound, one.figures))
        return Standing(one.name, came, one.figures, missed[place], doubtful, lead)

    order = sorted(
        range(len(contestants)),
        key=lambda at: (
            at != choice.winner,
            bool(missed[at]),
            rank(candidates[at].value, (), better),
        ),
    )
    rows = tuple(map(row, order))
    winner = None if choice.winner is None else contestants[choice.winner].name
    verdict = choice.message
    if winner is not None:
        verdict = _verdict(rows, optimized) + _doubt(rows)
    return Comparison(optimized, tuple(bound.text for bound in bounds), rows, winner, verdict)


def weighed_against(
    found: Comparison, before: Comparison, weights: Mapping[str, float], expression: str = ""
) -> Comparison:
    """A comparison by other weights, with what they turned in its verdict.

    Args:
        before: the same runs without them.
        weights, expression: as of ``Comparison``.
    """
    order, old = ([row.name for row in one.rows] for one in (found, before))
    if found.winner != before.winner:
        turned = f"By these weights the winner is another: without them {before.winner} wins."
    elif order != old:
        turned = f"By these weights the order is another; without them it is {', '.join(old)}."
    else:
        turned = "Winner and order are the same without these weights."
    verdict = f"{found.verdict} {turned}"
    return replace(found, verdict=verdict, weights=dict(weights), expression=expression)


def _candidate(one: Contestant, optimized: str) -> Candidate:
    values = {name: found.value for name, found in one.figures.items()}
    return Candidate(one.name, values[optimized], (), values)


def _is_doubtful(bound: Bound, measured: Mapping[str, Measure]) -> bool:
    found = measured[bound.figure]
    if found.low is None or found.high is None:
        return False
    return found.low < bound.limit < found.high


def _doubt(rows: Sequence[Standing]) -> str:
    """Where chance may have decided a bound: that the winner keeps to it, or that a better one does
    not.
    """
    first, found = rows[0], ""
    if first.doubtful:
        found = f" Whether it keeps to {' and '.join(first.doubtful)} is within noise."
    for row in rows:
        misses = set(row.missed)
        is_better = row.lead is not None and row.lead.value < 0
        if misses and misses <= set(row.doubtful) and is_better:
            found += f" That {row.name} misses {' and '.join(row.missed)} is within noise."
    return found


def _verdict(rows: Sequence[Standing], optimized: str) -> str:
    first = rows[0].figures[optimized]
    won = f"{rows[0].name} wins with {optimized} {in_words(optimized, first)}"
    behind = [(row.name, row.lead) for row in rows if row.place == "behind"]
    if not behind:
        return f"{won}: no other keeps to the bounds."
    near = [name for name, lead in behind if lead and lead.low is not None and lead.low <= 0]
    name, lead = behind[0]
    if lead is not None and lead.value == 0:
        level = f"{rows[0].name} and {name} have the same {optimized}"
        return f"{level}, {in_words(optimized, first)}: the one that was named first is taken."
    if near:
        return (
            f"{won}; its lead over {', '.join(near)} is within noise: by this figure alone each of"
            " them would do."
        )
    if lead is None:
        return f"{won}; how far it is ahead of {name} is not known."
    if optimized in COSTS:
        return f"{won}, {COSTS[optimized].written(abs(lead.value))} less than {name}."
    size = figures.points(lead.value, lead.low, lead.high, unit=first.unit).removeprefix("+")
    if lead.low is None:
        return f"{won}, ahead of {name} by {size}; how sure that is, is not known."
    return f"{won}, ahead of {name} by {size}: more than noise."


def in_words(name: str, measured: Measure) -> str:
    """A figure without its name."""
    cost = COSTS.get(name)
    return figures.level(measured) if cost is None else cost.written(measured.value)
