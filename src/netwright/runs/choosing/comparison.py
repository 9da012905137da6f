"""Results side by side: which wins by one figure among those that keep to the bounds, and whether
its lead is larger than noise (notes 3.1.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.metrics.measure import Lead
from netwright.runs.choosing.choice import Better, Bound, Candidate, choose, rank

COSTS: Mapping[str, Callable[[float], str]] = {
    "latency": lambda seconds: f"{1000 * seconds:{',.0f' if seconds >= 0.1 else '.3g'}} ms",
    "memory": lambda held: figures.size_in_words(int(held)),
    "size": lambda held: figures.size_in_words(int(held)),
    "parameters": lambda number: figures.count(int(number)),
    "seconds": figures.duration,
}
"""Figures that are no metric, of which less is better: how each is written."""

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
    """

    optimized: str
    bounds: tuple[str, ...]
    rows: tuple[Standing, ...]
    winner: str | None
    verdict: str

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
    verdict = choice.message if winner is None else _verdict(rows, optimized) + _doubt(rows[0])
    return Comparison(optimized, tuple(bound.text for bound in bounds), rows, winner, verdict)


def _candidate(one: Contestant, optimized: str) -> Candidate:
    values = {name: found.value for name, found in one.figures.items()}
    return Candidate(one.name, values[optimized], (), values)


def _is_doubtful(bound: Bound, measured: Mapping[str, Measure]) -> bool:
    found = measured[bound.figure]
    if found.low is None or found.high is None:
        return False
    return found.low < bound.limit < found.high


def _doubt(first: Standing) -> str:
    if not first.doubtful:
        return ""
    return f" Whether it keeps to {' and '.join(first.doubtful)} is within noise."


def _verdict(rows: Sequence[Standing], optimized: str) -> str:
    first = rows[0].figures[optimized]
    won = f"{rows[0].name} wins with {optimized} {in_words(optimized, first)}"
    behind = [(row.name, row.lead) for row in rows if row.place == "behind"]
    if not behind:
        return f"{won}: no other keeps to the bounds."
    near = [name for name, lead in behind if lead and lead.low is not None and lead.low <= 0]
    if near:
        return (
            f"{won}; its lead over {', '.join(near)} is within noise: by this figure alone either"
            " would do."
        )
    name, lead = behind[0]
    if lead is None:
        return f"{won}; how far it is ahead of {name} is not known."
    if optimized in COSTS:
        return f"{won}, {COSTS[optimized](abs(lead.value))} less than {name}."
    size = figures.points(lead.value, lead.low, lead.high, unit=first.unit).removeprefix("+")
    if lead.low is None:
        return f"{won}, ahead of {name} by {size}; how sure that is, is not known."
    return f"{won}, ahead of {name} by {size}: more than noise."


def in_words(name: str, measured: Measure) -> str:
    """A figure without its name."""
    written = COSTS.get(name)
    return figures.level(measured) if written is None else written(measured.value)
