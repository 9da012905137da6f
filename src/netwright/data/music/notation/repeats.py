"""In which order bars are played that are repeated, with endings of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from netwright.data.music.found import Oddities

MOST_TIMES = 16
"""Bars that are played, at most, as a multiple of those that are notated."""


@dataclass(slots=True)
class Repeats:
    """What the lines of a bar say.

    Args:
        begins: whether a section that may be repeated begins with it.
        times: how often the section that ends with it is played.
        endings: the passes in which it is played; empty: all.
    """

    begins: bool = False
    times: int = 1
    endings: tuple[int, ...] = ()


def order_of(bars: Sequence[Repeats], odd: Oddities) -> list[int]:
    """The order in which bars are played, each section as often as it is repeated. Where that would
    leave a bar out, or last without measure, they are played as they are notated.
    """
    order: list[int] = []
    for at in _repeated(_bracketed(bars, odd)):
        order.append(at)
        if len(order) > MOST_TIMES * len(bars):
            break
    if len(order) <= MOST_TIMES * len(bars) and len(set(order)) == len(bars):
        return order
    odd["pieces with repeats that do not work out, played as notated"] += 1
    return list(range(len(bars)))


def _bracketed(bars: Sequence[Repeats], odd: Oddities) -> list[Repeats]:
    """The bars, each ending up to its repeat where its bracket is drawn over the first bars alone;
    an ending without one for the first pass is played as any bar is.
    """
    found = [bar.endings for bar in bars]
    last: int | None = None  # bar of the endings that belong to those to come
    for at, endings in enumerate(found):
        if bars[at].begins or not at:
            last = None
        if not endings:
            continue
        if last is not None and last < at - 1:
            if bars[at - 1].times > 1:
                found[last + 1 : at] = [found[last]] * (at - 1 - last)
            else:
                last = None
        if last is None and 1 not in endings:
            if not at or bars[at - 1].endings != endings:
                odd["endings without a first one, played in every pass"] += 1
            found[at] = ()
        else:
            last = at
    return [replace(bar, endings=one) for bar, one in zip(bars, found, strict=True)]


def _repeated(bars: Sequence[Repeats]) -> Iterator[int]:
    """The places of the bars, in order. A section begins where one is marked, after one that was
    repeated, and after the last ending; in its last pass, repeats no longer count.
    """
    at = start = 0
    turn = 1
    while at < len(bars):
        bar = bars[at]
        after_endings = at > 0 and bool(bars[at - 1].endings) and not bar.endings
        if at > start and (bar.begins or after_endings):
            start, turn = at, 1
        if bar.endings and turn not in bar.endings:
            at += 1
            continue
        yield at
        at += 1
        if bar.times > 1:
            last = _last_ending(bars, at - 1) if bar.endings else bar.times
            if turn < last:
                at, turn = start, turn + 1
            elif not bar.endings:
                start, turn = at, 1


def _last_ending(bars: Sequence[Repeats], at: int) -> int:
    """The last pass of the endings among which a bar is."""
    passes = list(bars[at].endings)
    for bar in bars[at + 1 :]:
        if not bar.endings or bar.begins:
            break
        passes += bar.endings
    return max(passes)
