"""Boxes of several nets as one."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from netwright.contract import Chosen
from netwright.data.images.letterbox import Corners
from netwright.metrics.boxes import iou
from netwright.systems.localizer.codec import PRESENT, Located

SAME = 0.55
"""The IoU above which two boxes are taken to be of one thing."""


class Placed(NamedTuple):
    """A box that one net answers."""

    box: Corners
    p: float
    label: str | None


def combine(answers: Sequence[Located], chosen: Sequence[Chosen]) -> Located:
    """One box or none, of the mean of p. Boxes that lie on each other are of one thing, and the
    thing with the largest sum of p is answered: the mean of its boxes, weighted by p, and the class
    with the largest sum of p among them.

    Solovyev, Wang, Gabruseva 2021, "Weighted boxes fusion: ensembling boxes from different object
    detection models", section 3; there p is the mean over the nets that have the box, here over all
    of them, as a net that sees none says so by its p.
    """
    p = fmean(answer.p for answer in answers)
    placed = [Placed(one.box, one.p, one.label) for one in answers if one.box is not None]
    if p < PRESENT or not placed:
        return Located(None, p, None)
    best = max(_things(placed), key=_sum_of_p)
    votes = {label: _sum_of_p([one for one in best if one.label == label]) for *_, label in best}
    return Located(_mean_box(best), p, max(votes, key=lambda label: votes[label]))


def _things(placed: Sequence[Placed]) -> list[list[Placed]]:
    """The boxes of each thing, those of the largest p first."""
    things: list[list[Placed]] = []
    for one in sorted(placed, key=lambda one: -one.p):
        for thing in things:
            if iou(_mean_box(thing), one.box) > SAME:
                thing.append(one)
                break
        else:
            things.append([one])
    return things


def _sum_of_p(thing: Sequence[Placed]) -> float:
    return sum(one.p for one in thing)


def _mean_box(thing: Sequence[Placed]) -> Corners:
    """Of its boxes, weighted by p, to a hundredth of a pixel."""
    total = _sum_of_p(thing)
    edges = zip(*(one.box for one in thing), strict=True)
    return Corners(
        *(
            round(sum(one.p * edge for one, edge in zip(thing, own, strict=True)) / total, 2)
            for own in edges
        )
    )
