"""What was planted against the first verdicts, as a table with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.harness import Table
from netwright.metrics.intervals import wilson

HEALTHY = "nothing wrong"


@dataclass(frozen=True)
class Judgement:
    """One case.

    Args:
        verdict: the first one.
        right: whether it is what it should be.
    """

    planted: str
    verdict: str
    right: bool


def table(title: str, cases: Sequence[Judgement], *, more: Sequence[str] = ()) -> Table:
    """A row for each kind that is planted, a column for each verdict, and how many are right.

    Args:
        cases: at least one.
        more: sentences below.
    """
    counts = Counter((one.planted, one.verdict) for one in cases)
    kinds = list(dict.fromkeys(one.planted for one in cases))
    verdicts = [name for name in kinds if any(one.verdict == name for one in cases)]
    verdicts += sorted({one.verdict for one in cases} - set(verdicts))
    rows = [
        (kind, *(str(counts[kind, name] or "") for name in verdicts), _right(cases, kind))
        for kind in kinds
    ]
    ill = [one.right for one in cases if one.planted != HEALTHY]
    well = [one.right for one in cases if one.planted == HEALTHY]
    notes = [
        figure("first verdict right", ill, "95%, lower end above 90%") if ill else "",
        figure("healthy ones left alone", well, "90%") if well else "",
        *more,
    ]
    figures = {"cases": [asdict(one) for one in cases]}
    return Table(
        f"The doctor: {title}",
        ("planted", *verdicts, "right"),
        tuple(rows),
        tuple(filter(None, notes)),
        figures,
    )


def _right(cases: Sequence[Judgement], kind: str) -> str:
    of_kind = [one.right for one in cases if one.planted == kind]
    return f"{sum(of_kind)} of {len(of_kind)}"


def figure(what: str, right: Sequence[bool], goal: str) -> str:
    """How many are right, with Wilson's interval."""
    hits, total = sum(right), len(right)
    low, high = wilson(hits, total)
    return f"{what}: {hits} of {total}, {hits / total:.1%} ({low:.1%} to {high:.1%}); goal {goal}"
