"""What a curve says, in sentences: where the error comes from, and what more data would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netwright.base.figures import unsigned
from netwright.doctor.gaps.figures import FigureFormat
from netwright.doctor.gaps.intervals import gap_interval
from netwright.metrics.measure import Lead
from netwright.studies.forecast import Forecast, HeldOut
from netwright.studies.points import Point

FLAT = 0.1
"""A gain below this part of the error is little, where that is sure."""


@dataclass(frozen=True)
class Wording:
    """How a curve is worded.

    Args:
        fmt: writes the figures.
        things: what its sizes count: ``examples``.
    """

    fmt: FigureFormat
    things: str = "examples"


def of_learning(points: Sequence[Point], found: Forecast | None, words: Wording) -> str:
    """Bias or variance, and what twice the data would give."""
    return f"{_cause(points, found, words)} {_more(points, found, words)}".strip()


def _cause(points: Sequence[Point], found: Forecast | None, words: Wording) -> str:
    """Whether dev stands above train, and whether data close the gap."""
    last, fmt = points[-1], words.fmt
    ends = gap_interval(last.train, last.dev)
    size = last.dev.error - last.train.error
    apart = ends is not None and ends[0] > 0
    levels = f"train {fmt.level(last.train.error)} and dev {fmt.level(last.dev.error)}"
    at = f"at {last.name} {words.things}"
    gap = fmt.sized(size, *(ends or (None, None)))
    if not apart and found is not None and found.falls:
        return (
            f"No gap to close: {levels} are within noise of each other {at} ({gap}), and dev still"
            f" gets better as the data grow{_since(found, fmt)}. More data are more steps, too: see"
            " first whether longer training does the same."
        )
    if not apart:
        return (
            f"Bias, or what the data leave open: {levels} are within noise of each other {at}"
            f" ({gap}), and dev got no better beyond noise{_flat(found, fmt)}; a bigger net, longer"
            " training or better inputs may help."
        )
    if found is not None and found.falls:
        return (
            f"Variance: dev is {gap} worse than train {at}, and gets better as the data"
            f" grow{_since(found, fmt)}."
        )
    if found is not None and found.gain_high < FLAT * abs(found.error):
        return (
            f"Variance that more of the same data hardly mends: dev is {gap} worse than train {at},"
            " and gets no better as the data grow; regularize, or look at what the data lack."
        )
    return (
        f"Variance: dev is {gap} worse than train {at}; whether it gets better as the data grow is"
        " within noise."
    )


def _flat(found: Forecast | None, fmt: FigureFormat) -> str:
    return " as the data grew" if found is None else f" since {found.since:,.0f}{_by(found, fmt)}"


def _by(found: Forecast, fmt: FigureFormat) -> str:
    size = fmt.sized(*unsigned(found.fell, found.fell_low, found.fell_high))
    worse = " worse" if found.fell < 0 else ""
    return f" (by {size}{worse}, trained anew each time)"


def _since(found: Forecast, fmt: FigureFormat) -> str:
    fell = fmt.sized(found.fell, found.fell_low, found.fell_high)
    return f", by {fell} since {found.since:,.0f}"


def _more(points: Sequence[Point], found: Forecast | None, words: Wording) -> str:
    fmt = words.fmt
    if found is None:
        return "Three sizes are needed to say what more data would give."
    gain = fmt.sized(found.gain, found.gain_low, found.gain_high)
    foreseen = (
        f"Twice the data, {found.size:,.0f} {words.things}, would give dev"
        f" {fmt.level(found.error)} ({fmt.level_range(found.low, found.high)}): by the same"
        f" law, which never gets worse, {gain} better than {points[-1].name} do."
    )
    return f"{foreseen} {_held_out(found.held_out, words)}".strip()


def _held_out(held: HeldOut | None, words: Wording) -> str:
    if held is None:
        return "How far such a forecast is off is not known: that takes four sizes."
    fmt = words.fmt
    sign = "worse" if held.miss > 0 else "better"
    missed = (
        f"Fitted without it, the law foretold {fmt.level(held.foretold)} for the largest size,"
        f" {held.size:,.0f}, {fmt.size(abs(held.miss))} {sign} than measured"
    )
    if held.beyond_noise:
        return f"{missed}, beyond noise, by which the interval above was widened."
    return f"{missed}, within noise ({fmt.number(held.low)} to {fmt.number(held.high)})."


def of_capacity(
    points: Sequence[Point], leads: Sequence[Lead | None], at: int, words: Wording
) -> str:
    """Whether a bigger net helps.

    Args:
        leads: of each point, how much better it is on dev than the net of the recipe, pair by pair.
        at: the place of the net of the recipe.
    """
    here, last, fmt = points[at], points[-1], words.fmt
    better = [
        (lead.value, point, lead)
        for point, lead in zip(points[at + 1 :], leads[at + 1 :], strict=True)
        if lead is not None and lead.low is not None and lead.low > 0
    ]
    if better:
        _, point, lead = max(better, key=lambda one: one[0])
        gain = fmt.sized(lead.value, lead.low, lead.high)
        learned = gap_interval(point.train, here.train)
        cause = "Bias" if learned is not None and learned[0] > 0 else "A bigger net helps"
        return (
            f"{cause}: a net {point.name} has dev {fmt.level(point.dev.error)}, {gain} better than"
            f" the one as it is, {fmt.level(here.dev.error)}; train goes from"
            f" {fmt.level(here.train.error)} to {fmt.level(point.train.error)}."
        )
    ends = gap_interval(here.train, here.dev)
    levels = f"train {fmt.level(here.train.error)}, dev {fmt.level(here.dev.error)}"
    if ends is not None and ends[0] > 0:
        gap = fmt.sized(here.dev.error - here.train.error, *ends)
        return (
            f"Variance: dev is {gap} worse than train with the net as it is ({levels}), and no"
            " bigger net does better on dev beyond noise: more data or regularization, rather than"
            " a bigger net."
        )
    smaller = last.train.error < here.train.error
    return (
        f"Not the size of the net: no bigger one does better on dev beyond noise ({levels}), and"
        f" train and dev are within noise of each other; {'' if smaller else 'longer training, '}"
        "better inputs or what people reach may say more."
    )
