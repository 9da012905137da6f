"""How large the gaps of a diagnosis are, and which are worth work.

Where the human level is unknown, avoidable bias may be all of the training error: a bound, which
stands for it here as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netwright.doctor.advice.knobs import BIAS
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.ladder import Diagnosis


@dataclass(frozen=True)
class OpenGap:
    """A gap as it is known.

    Args:
        size: as an error; of bias without a human level all of the training error, which it is at
            most.
        low, high: its 95% interval; None: unknown.
        at_most: whether the size is a bound alone.
    """

    name: str
    size: float
    low: float | None
    high: float | None
    at_most: bool = False


def sized(diagnosis: Diagnosis, name: str) -> OpenGap | None:
    """A gap and its size, be it a bound; None: nothing is known of it."""
    for gap in diagnosis.gaps:
        if gap.name == name:
            return OpenGap(name, gap.size, gap.low, gap.high)
    return bound(diagnosis) if name == BIAS else None


def sized_alike(
    before: Diagnosis, after: Diagnosis, name: str
) -> tuple[OpenGap | None, OpenGap | None]:
    """A gap of two runs, by one measure: of bias the bound, unless both know the same human
    level.
    """
    people = [{rung.error for rung in one.rungs if rung.name == "human"} for one in (before, after)]
    if name == BIAS and people[0] != people[1]:
        return bound(before), bound(after)
    return sized(before, name), sized(after, name)


def bound(diagnosis: Diagnosis) -> OpenGap | None:
    """Avoidable bias, if people make no mistake; None: training was not measured."""
    for rung in diagnosis.rungs:
        if rung.name == "train":
            return OpenGap(BIAS, rung.error, rung.low, rung.high, at_most=True)
    return None


def open_gaps(diagnosis: Diagnosis) -> list[OpenGap]:
    """The gaps beyond noise, the largest first. Bias of which only a bound is known is among them
    where no gap within noise may be larger: then the largest gap is noise.
    """
    known = [(gap, OpenGap(gap.name, gap.size, gap.low, gap.high)) for gap in diagnosis.gaps]
    found = [of for gap, of in known if gap.verdict in ("first", "next")]
    bias = sized(diagnosis, BIAS)
    if bias is not None and bias.at_most and not diagnosis.flipped:
        noise = max((gap.size for gap in diagnosis.gaps if gap.verdict == "noise"), default=0.0)
        low = bias.size if bias.low is None else bias.low
        if low > 0 and bias.size > noise:
            found.append(bias)
    return sorted(found, key=lambda gap: -gap.size)


def within_noise(diagnosis: Diagnosis) -> list[OpenGap]:
    """The gaps that may be there, the largest first: what is worked on where there is time and none
    is beyond noise.
    """
    known = [sized(diagnosis, name) for name in (BIAS, *(gap.name for gap in diagnosis.gaps))]
    there = {one.name: one for one in known if one is not None and one.size > 0}
    if diagnosis.flipped and BIAS in there and there[BIAS].at_most:
        del there[BIAS]  # no figure is the best one
    return sorted(there.values(), key=lambda gap: -gap.size)


def reason(gap: OpenGap, gaps: Sequence[OpenGap], words: FigureFormat) -> str:
    """Why a gap is worked on: ``variance is the largest gap, 8.3 points (8.2 to 8.4)``.

    Args:
        gaps: all that are worth work, the largest first.
        words: how sizes are written.
    """
    place = "the largest gap" if gap == gaps[0] else "a smaller gap"
    if gap.low is not None and gap.low <= 0:
        place += " there may be, within noise"
    if gap.at_most:
        return f"{gap.name} is {place}, at most {words.size(gap.size)}, if people make no mistake"
    return f"{gap.name} is {place}, {words.sized(gap.size, gap.low, gap.high)}"
