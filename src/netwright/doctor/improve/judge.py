"""Whether a change helped beyond noise, and whether it moved the gap that it promised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.ladder import Diagnosis, Gap
from netwright.metrics.measure import Lead


@dataclass(frozen=True)
class Verdict:
    """What became of a change.

    Args:
        kept: whether it is kept: the single number is better beyond noise.
        ahead: how much better it is on dev, pair by pair; None where that cannot be said.
        gap_before, gap_after: the size of the gap that it should close; None: it is not there.
        sentence: in words.
    """

    kept: bool
    ahead: Lead | None
    gap_before: float | None
    gap_after: float | None
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def judged(
    gap: str, ahead: Lead | None, before: Diagnosis, after: Diagnosis, *, short: bool = False
) -> Verdict:
    """What became of a change that should close a gap.

    Args:
        ahead: how much better the single number is with it, on dev.
        before, after: the diagnoses without and with it.
        short: whether both were short trainings, after which nothing is kept yet.
    """
    better = ahead is not None and ahead.low is not None and ahead.low > 0
    words = FigureFormat(before.unit, before.flipped)
    old, new = _size(before, gap), _size(after, gap)
    if ahead is None or ahead.low is None or ahead.high is None:
        how = "undone: how far it is ahead cannot be said"
    else:
        size = FigureFormat(before.unit, False).sized(ahead.value, ahead.low, ahead.high)
        how = (
            f"{'better in a short training' if short else 'kept: dev is better'}, by {size}"
            if better
            else f"undone: dev is worse, by {size} (below 0 is worse)"
            if ahead.high < 0
            else f"undone: how far dev is ahead, {size}, is within noise"
        )
        if short and not better and ahead.value > 0:
            how = f"ahead in a short training, by {size}"
    sentence = f"{how}; {_moved(gap, old, new, words)}."
    return Verdict(better and not short, ahead, old, new, sentence)


def _size(diagnosis: Diagnosis, name: str) -> float | None:
    """Of a gap; of bias without a human level the training error."""
    found: Gap | None = next((gap for gap in diagnosis.gaps if gap.name == name), None)
    if found is not None:
        return found.size
    return next((rung.error for rung in diagnosis.rungs if rung.name == "train"), None)


def _moved(gap: str, old: float | None, new: float | None, words: FigureFormat) -> str:
    if old is None or new is None:
        return f"what became of {gap} is unknown"
    how = "smaller" if new < old else "larger" if new > old else "as large as before"
    return (
        f"{gap}, which it should close, is {how}: {words.size(old)} before, {words.size(new)} now"
    )
