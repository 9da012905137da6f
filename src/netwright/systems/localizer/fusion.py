"""Boxes of several nets as one."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from netwright.contract import Chosen
from netwright.data.images.letterbox import Corners
from netwright.metrics.boxes import iou
from netwright.systems.localizer.codec import PRESENT, Located

SAME = 0.55
"""The IoU above which two boxes are taken to be of one thing."""

Placed = tuple[Corners, float, str | None]
"""A box, how sure its net is that there is one, and its class."""


def combine(answers: Sequence[Located], chosen: Sequence[Chosen]) -> Located:
    """One box or none, of the mean of p. Boxes that lie on each other are of one thing, and the
    thing with the largest sum of p is answered: the mean of its boxes, weighted by p, and the class
    with the largest sum of p among them.

    Solovyev, Wang, Gabruseva 2021, "Weighted boxes fusion: ensembling boxes from different object
    detection models", section 3; there p is the mean over the nets that have the box, here over all
    of them, as a net that sees none says so by its p.
    """
    p = fmean(answer.p for answer in answers)
    placed = [(answer.box, answer.p, answer.label) for answer in answers if answer.box is not None]
    if p < PRESENT or not placed:
        return Located(None, p, None)
    things = _things(sorted(placed, key=lambda one: -one[1]))
    best = max(things, key=lambda thing: sum(sure for _, sure, _ in thing))
    votes = {name: sum(sure for _, sure, label in best if label == name) for *_, name in best}
    return Located(_mean(best), p, max(votes, key=lambda name: votes[name]))


def _things(placed: Sequence[Placed]) -> list[list[Placed]]:
    """The boxes of each thing; the surest come first."""
    things: list[list[Placed]] = []
    for one in placed:
        found = (thing for thing in things if iou(_mean(thing), one[0]) > SAME)
        thing = next(found, None)
        if thing is None:
            things.append([one])
        else:
            thing.append(one)
    return things


def _mean(thing: Sequence[Placed]) -> Corners:
    """Of its boxes, weighted by p, to a hundredth of a pixel."""
    total = sum(sure for _, sure, _ in thing)
    edges = zip(*(box for box, _, _ in thing), strict=True)
    weights = [sure for _, sure, _ in thing]
    return Corners(
        *(
            round(sum(w * edge for w, edge in zip(weights, some, strict=True)) / total, 2)
            for some in edges
        )
    )
