"""The judgement: which gap to work on, and which is noise (notes 3.1.9-3.1.12, 3.2.7).

The largest gap that is larger than its noise comes first, then the others that are. Without a human
figure the avoidable bias is unknown; it is at most the training error, and that bound decides how
much is certain.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.doctor.advice.findings import CODE_OF_GAP, find
from netwright.doctor.advice.knobs import prescribe
from netwright.doctor.gaps.explain import explain
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.intervals import Ladder, checked, gaps_of, ladder_of
from netwright.doctor.gaps.ladder import Diagnosis, Gap, Rung
from netwright.doctor.gaps.verdict import Analysis, verdict_sentence

if TYPE_CHECKING:
    from netwright.recipe import Recipe

__all__ = ["Diagnosis", "Gap", "Rung", "diagnose_ladder"]

LITTLE = 0.1
"""Without counts, a gap below this fraction of the largest one is too small to act on."""

LITTLE_OF_ERROR = 0.05
"""Without counts, so is one below this fraction of the error it ends at."""


def diagnose_ladder(
    rungs: Sequence[Rung],
    *,
    unit: str = "fraction",
    muted: Collection[str] = frozenset(),
    metric: str = "error",
    flipped: bool = False,
    baseline: float | None = None,
    recipe: Recipe | None = None,
    unread: Collection[str] = (),
) -> Diagnosis:
    """Where the error comes from: each gap of the ladder against its noise, and the knobs for it.

    Without two neighbouring rungs there is no gap, and the verdict says what is missing.

    Args:
        rungs: in any order; errors, so that more is worse. Of several human ones the lowest stands
            for the best error there can be.
        unit: ``fraction`` for proportions (0 to 1), else the figure's unit.
        muted: codes of findings to leave out; a gap whose code is muted is not named first either.
        metric: what the error is called.
        flipped: True when the rungs hold a metric with its sign changed (then 0 is no floor for
            them).
        baseline: the error on dev of the system's baseline.
        recipe: the run's, for the knobs.
        unread: keys of its knobs that the run's data leave unread.

    Raises:
        NetwrightError: an unknown or repeated rung, a figure that is none, a fraction outside 0 to
            1, a count below 1.
    """
    people = sorted((rung for rung in rungs if rung.name == "human"), key=lambda one: one.error)
    others = [rung for rung in rungs if rung.name != "human"]
    ladder = ladder_of([*people[:1], *others], unit=unit)
    fmt = FigureFormat(unit, flipped)
    gaps = gaps_of(ladder)
    gaps = _without_little([_muted(gap, muted) for gap in gaps], ladder)
    decides = _human_decides(gaps, ladder, flipped)
    gaps = gaps if decides else _with_first(gaps)
    gaps = [replace(gap, why=explain(gap, ladder, fmt)) for gap in gaps]
    knobs = {gap.name: prescribe(gap.name, recipe, unread) for gap in _by_size(gaps)}
    analysis = Analysis(ladder, tuple(gaps), knobs, fmt, metric, flipped, decides, baseline)
    return Diagnosis(
        rungs=tuple(ladder.values()),
        gaps=tuple(gaps),
        findings=tuple(finding for finding in find(analysis) if finding.code not in muted),
        verdict=verdict_sentence(analysis),
        knobs=tuple(knob for found in knobs.values() for knob in found),
        metric=metric,
        unit=unit,
        flipped=flipped,
        other_people=tuple(checked(rung, unit) for rung in people[1:]),
    )


def _muted(gap: Gap, muted: Collection[str]) -> Gap:
    return (
        replace(gap, verdict="muted")
        if gap.verdict == "next" and CODE_OF_GAP[gap.name] in muted
        else gap
    )


def _without_little(gaps: list[Gap], ladder: Ladder) -> list[Gap]:
    """Gaps without an interval are ``small`` when little beside the largest or their own error."""
    largest = max((gap.size for gap in gaps if gap.verdict == "next"), default=0.0)

    def little(gap: Gap) -> bool:
        floor = max(LITTLE * largest, LITTLE_OF_ERROR * abs(ladder[gap.to].error))
        return gap.low is None and gap.verdict in ("next", "negative") and abs(gap.size) < floor

    return [replace(gap, verdict="small") if little(gap) else gap for gap in gaps]


def _by_size(gaps: Sequence[Gap]) -> list[Gap]:
    """The named gaps, the largest first."""
    return sorted(
        (gap for gap in gaps if gap.verdict in ("first", "next")), key=lambda gap: -gap.size
    )


def _with_first(gaps: list[Gap]) -> list[Gap]:
    named = _by_size(gaps)
    return [replace(gap, verdict="first") if named and gap is named[0] else gap for gap in gaps]


def _human_decides(gaps: Sequence[Gap], ladder: Ladder, flipped: bool) -> bool:
    """Whether the missing human figure could change the judgement.

    Avoidable bias is at most the training error (the human error is at least 0). A known gap of
    half of that or more is worth naming; a smaller one is not, before the human figure is known.
    """
    if not gaps or "human" in ladder or "train" not in ladder or flipped:
        return False
    largest = max((gap.size for gap in gaps if gap.verdict == "next"), default=0.0)
    return ladder["train"].error > 0 and largest < ladder["train"].error / 2
