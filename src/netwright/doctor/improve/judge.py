"""Whether a change helped, how surely, and whether it moved the gap that it promised.

On the way a change is kept where it is likely that it helped: to undo all that one dev set cannot
prove would throw away most of what helps, a point at a time. How likely depends on the gap that the
change promised to close: the surer it is that this became larger, the sooner a better dev is luck.
A gap that is larger within its noise, by an example or two, says next to nothing. Only what all of
them came to in the end, beside the baseline, is held against noise; and then test.

Where the single number is within its noise, and answers state probabilities, these decide: a
mistake counts as one whether it was near or far, so that a hundred examples tell two error rates
apart by a mistake or two, and their probabilities by all of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from netwright.base.figures import unsigned
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.doctor.improve.open_gaps import OpenGap, sized_alike
from netwright.metrics.intervals import combine
from netwright.metrics.measure import Lead

AS_PROMISED, UNEXPECTED = 0.55, 0.9
"""A change is kept where dev is better with it by at least this probability: where nothing speaks
against that it closed the gap that it promised to close, and where that surely became larger or is
unknown; see ``needed``.
"""


@dataclass(frozen=True)
class Verdict:
    """What became of a change.

    Args:
        kept: whether it is kept: the single number is likely to be better.
        ahead: how much better it is on dev, pair by pair; None where that cannot be said.
        likely: the probability that it is better, by the single number or, within its noise, by the
            probabilities that answers state; None where that cannot be said.
        gap_before, gap_after: the size of the gap that it should close; None: it is not there.
        sentence: in words.
    """

    kept: bool
    ahead: Lead | None
    gap_before: float | None
    gap_after: float | None
    sentence: str
    likely: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def judged(
    gap: str,
    ahead: Lead | None,
    before: Diagnosis,
    after: Diagnosis,
    finer: Lead | None = None,
    *,
    short: bool = False,
) -> Verdict:
    """What became of a change that should close a gap.

    Args:
        ahead: how much better the single number is with it, on dev.
        before, after: the diagnoses without and with it.
        finer: how much better the stated probabilities are; None: there are none.
        short: whether both were short trainings, after which nothing is kept yet.
    """
    old, new = sized_alike(before, after, gap)
    by_number = finer is None or is_beyond_noise(ahead)
    likely = probability(ahead if by_number else finer)
    least = needed(old, new)
    better = likely is not None and likely >= least
    done = "kept" if better else "undone"
    if short and likely is not None:
        done = "ahead in a short training" if likely > 0.5 else "no better in a short one"
    beside = "" if by_number or likely is None else f"; {_by_probabilities(likely)}"
    if not (better or short) and likely is not None and likely > 0.5:
        beside += f"; it would be kept with a probability of {least:.0%} or more"
    sentence = f"{done}: {what_moved(gap, ahead, before, after)}{beside}."
    sizes = [None if one is None else one.size for one in (old, new)]
    return Verdict(better and not short, ahead, sizes[0], sizes[1], sentence, likely)


def what_moved(gap: str, ahead: Lead | None, before: Diagnosis, after: Diagnosis) -> str:
    """How far dev is ahead with a change, and whether the gap that it should close is smaller, in
    words; arguments as for ``judged``.
    """
    words = FigureFormat(before.unit, before.flipped)
    how, likely = "how far dev is ahead cannot be said", probability(ahead)
    if ahead is not None and likely is not None:
        how = f"dev is {standing(ahead, before.unit)}, {_surely(ahead, likely)}"
    return f"{how}; {_moved(gap, *sized_alike(before, after, gap), words)}"


def needed(old: OpenGap | None, new: OpenGap | None) -> float:
    """The probability with which dev must be better for a change to be kept: ``AS_PROMISED`` unless
    the gap that it should close is more likely larger than smaller, and up to ``UNEXPECTED`` the
    surer that is; this where nothing is known of the gap.
    """
    if old is None or new is None:
        return UNEXPECTED
    larger = probability(_growth(old, new)) or 0.0
    return AS_PROMISED + (UNEXPECTED - AS_PROMISED) * max(0.0, 2 * larger - 1)


def probability(ahead: Lead | None) -> float | None:
    """That it is ahead at all, by the normal law around the figure; None: it cannot be said."""
    if ahead is None or ahead.low is None or ahead.high is None:
        return None
    if ahead.high <= ahead.low:
        return 0.5 if ahead.value == 0 else float(ahead.value > 0)
    error = (ahead.high - ahead.low) / (2 * NormalDist().inv_cdf(0.975))
    return NormalDist().cdf(ahead.value / error)


def is_beyond_noise(ahead: Lead | None) -> bool:
    """Whether it is better or worse, surely."""
    if ahead is None or ahead.low is None or ahead.high is None:
        return False
    return ahead.low > 0 or ahead.high < 0


def in_the_end(ahead: Lead | None, looks: int, unit: str) -> str:
    """What all changes together came to on dev beside the baseline, in a sentence.

    Args:
        looks: how many changes were compared on this dev split.
    """
    if ahead is None or ahead.low is None or ahead.high is None:
        return "ahead of the baseline on dev by how much cannot be said"
    noise = "which is within noise: the baseline may be as good"
    how = "beyond noise" if is_beyond_noise(ahead) else noise
    return (
        f"{standing(ahead, unit, 'the baseline on dev')}, {how}; dev chose among {looks} changes,"
        " which flatters it: test alone says how good it is"
    )


def standing(ahead: Lead, unit: str, other: str = "") -> str:
    """``ahead of the baseline by 0.6 points (0.2 to 1.0)``, or ``behind the baseline by ...``.

    Args:
        other: what it is held against; empty: the sentence says that.
    """
    size = FigureFormat(unit, False).sized(*unsigned(ahead.value, ahead.low, ahead.high))
    beside = f" of {other}" if other else ""
    side = "ahead" if ahead.value >= 0 else "behind"
    return f"{side}{beside if side == 'ahead' else beside.removeprefix(' of')} by {size}"


def _by_probabilities(likely: float) -> str:
    return (
        "that is within noise, so the probabilities that it states decide (Brier score): better"
        f" with a probability of {likely:.0%}"
    )


def _surely(ahead: Lead, likely: float) -> str:
    if is_beyond_noise(ahead):
        return "beyond noise"
    return f"better with a probability of {likely:.0%}"


def _moved(gap: str, old: OpenGap | None, new: OpenGap | None, words: FigureFormat) -> str:
    if old is None or new is None:
        return f"what became of {gap} is unknown"
    how = "as large as before" if new.size == old.size else "larger"
    how = "smaller" if new.size < old.size else how
    most = "at most " if old.at_most and not words.flipped else ""
    noise = ", within noise" if new.size != old.size and _is_noise(old, new) else ""
    return (
        f"{gap}, which it should close, is {how}: {most}{words.size(old.size)} before,"
        f" {most}{words.size(new.size)} now{noise}"
    )


def _is_noise(old: OpenGap, new: OpenGap) -> bool:
    """Whether the difference of two sizes lies within their noise, where that is known."""
    return old.low is not None and new.low is not None and not is_beyond_noise(_growth(old, new))


def _growth(old: OpenGap, new: OpenGap) -> Lead:
    """By how much a gap is larger; where its noise is unknown, as if there were none."""
    size = new.size - old.size
    if old.low is None or old.high is None or new.low is None or new.high is None:
        return Lead(size, size, size)
    return Lead(size, *combine(new.size, (new.low, new.high), old.size, (old.low, old.high)))
