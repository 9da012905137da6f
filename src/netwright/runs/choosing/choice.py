"""Which of several results wins: one order for the epochs of a run, the trials of a search, and
runs side by side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Candidate:
    """One result.

    Args:
        name: what a person calls it: ``trial 7``.
        value: the single number; NaN never wins.
        ties: what decides between equal values, each the lower the better; then the one named
            first.
        figures: what bounds may limit: name -> figure.
    """

    name: str
    value: float
    ties: tuple[float, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """What a result must keep to in order to win (a satisficing metric, notes 3.1.4): ``size <= 200
    kB``.

    Args:
        figure: its name among the candidate's figures.
        limit: in the figure's own unit.
        text: as a person wrote it.
    """

    figure: str
    sign: Literal["<=", ">="]
    limit: float
    text: str

    def excess(self, figures: Mapping[str, float]) -> float:
        """How far it is missed, as a fraction of the limit: above 0 when it is, at most 0 when it
        is met; infinite when unknown.
        """
        found = figures.get(self.figure, math.nan)
        if not math.isfinite(found):
            return math.inf
        over = found - self.limit if self.sign == "<=" else self.limit - found
        return over / abs(self.limit) if self.limit else over


@dataclass(frozen=True)
class Choice:
    """Who won.

    Args:
        winner: its place in the sequence; None when there is none.
        nearest: when no candidate meets the bounds, the place of the one that misses them least,
            else None.
        message: why, in one sentence; empty when the winner needs no explanation.
    """

    winner: int | None
    nearest: int | None = None
    message: str = ""


def rank(value: float, ties: Sequence[float], better: Better) -> tuple[float, ...]:
    """A sort key by which the best comes first; what is not a number comes last.

    >>> rank(0.9, (0.3,), "higher") < rank(0.9, (0.4,), "higher") < rank(0.8, (0.1,), "higher")
    True
    """
    signed = [value if better == "lower" else -value, *ties]
    return tuple(math.inf if math.isnan(part) else part for part in signed)


def choose(
    candidates: Sequence[Candidate], *, better: Better, bounds: Sequence[Bound] = ()
) -> Choice:
    """The best value among those that meet every bound; equal values are decided by ``ties``, then
    by the order given.
    """
    known = [place for place, one in enumerate(candidates) if not math.isnan(one.value)]
    if not known:
        return Choice(None, message="no result to choose from: none came to its end with a figure.")
    fit = [
        place
        for place in known
        if all(bound.excess(candidates[place].figures) <= 0 for bound in bounds)
    ]
    if not fit:
        return _none_fits(candidates, known, bounds)
    return Choice(
        min(fit, key=lambda place: rank(candidates[place].value, candidates[place].ties, better))
    )


def _none_fits(
    candidates: Sequence[Candidate], known: Sequence[int], bounds: Sequence[Bound]
) -> Choice:
    """The one whose worst excess is smallest, and its bounds that are missed, the nearest to being
    met first.
    """

    def worst(place: int) -> float:
        return max(bound.excess(candidates[place].figures) for bound in bounds)

    nearest = min(known, key=worst)
    one = candidates[nearest]
    missed = sorted(
        ((excess, bound) for bound in bounds if (excess := bound.excess(one.figures)) > 0),
        key=lambda pair: pair[0],
    )
    reasons = [f"{bound.text} is missed by {_in_words(excess)}" for excess, bound in missed]
    which = "the bound" if len(bounds) == 1 else "all bounds"
    return Choice(
        None, nearest, f"none meets {which}; nearest is {one.name}, where {' and '.join(reasons)}."
    )


def _in_words(excess: float) -> str:
    """``3.4% of the limit``, ``210% of the limit``; above ten times the limit as a factor."""
    if not math.isfinite(excess):
        return "what is not known"
    if excess > 10:
        return f"a factor of {excess + 1:,.0f}"
    percent = f"{100 * excess:.2g}%" if excess < 0.1 else f"{100 * excess:.0f}%"
    return f"{percent} of the limit"
