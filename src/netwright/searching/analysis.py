"""What a search found: the winner, and how far to trust it and the range it lies in."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from netwright.base.errors import RecipeError
from netwright.base.figures import percent, points, setting
from netwright.recipe import Recipe
from netwright.runs.choosing.choice import Better, Bound, Candidate, Choice, choose, rank
from netwright.searching.space import Dimension, Space
from netwright.searching.study import Plan
from netwright.searching.trials import TrialRow

EDGE = 0.05
"""A best value nearer to an end than this fraction of the range lies at the edge."""

NEAR, ENOUGH = 0.1, 3
"""ENOUGH trials besides the best should lie within this fraction of the range from it."""

QUARTER, FEWEST = 0.25, 3
"""The best quarter of the trials, and the fewest that may stand for it."""

WIDEN, NARROWEST = 0.25, 0.2
"""The region of the next round is the span of the best quarter, widened each way by WIDEN of it.

It is never narrower than NARROWEST of the whole range.
"""


def winner(
    rows: Sequence[TrialRow], better: Better, bounds: Sequence[Bound] = ()
) -> tuple[TrialRow | None, Choice]:
    """The best complete trial that meets every bound, and why it is or is not there.

    Ties go to the lower dev loss, then to the smaller net, then to the earlier trial.
    """
    complete_rows = complete(rows)
    candidates = [
        Candidate(
            f"trial {row.number}" + (f" of round {row.round}" if rows[-1].round > 1 else ""),
            row.value if row.value is not None else math.nan,
            (row.loss if row.loss is not None else math.inf, row.figures.get("size", math.inf)),
            row.figures,
        )
        for row in complete_rows
    ]
    choice = choose(candidates, better=better, bounds=bounds)
    return (None if choice.winner is None else complete_rows[choice.winner]), choice


def complete(rows: Sequence[TrialRow]) -> list[TrialRow]:
    """The trials that came to their end with a figure, in order."""
    return [row for row in rows if row.state == "complete" and row.value is not None]


def best_first(rows: Sequence[TrialRow], better: Better) -> list[TrialRow]:
    """The complete trials, the best first."""
    return sorted(
        complete(rows), key=lambda row: rank(row.value or 0.0, (row.loss or 0.0,), better)
    )


def best_quarter(ranked: Sequence[TrialRow]) -> Sequence[TrialRow]:
    """The first quarter of trials that stand the best first; never fewer than three."""
    return ranked[: max(FEWEST, math.ceil(QUARTER * len(ranked)))]


def allowed(rows: Sequence[TrialRow], bounds: Sequence[Bound]) -> list[TrialRow]:
    """The trials that keep to every bound; all of them when those are too few to go by."""
    kept = [
        row for row in complete(rows) if all(bound.excess(row.figures) <= 0 for bound in bounds)
    ]
    return kept if len(kept) >= FEWEST else list(rows)


def region(rows: Sequence[TrialRow], space: Space, better: Better, recipe: Recipe) -> Space:
    """Where the next round looks: around the best quarter of the trials (notes 2.3.2).

    It is their span on each knob's own scale, widened. It stays inside the range, unless the best
    trial lies at an edge: then it may reach as far as ``beyond`` proposes. Of a choice, the values
    that the best quarter holds are left.
    """
    ranked = best_first(rows, better)
    if len(ranked) < FEWEST:
        return space
    quarter = best_quarter(ranked)
    around: list[Dimension] = []
    for knob in space:
        values = [row.values[knob.key] for row in quarter if knob.key in row.values]
        around.append(_around(knob, values, ranked[0], recipe) if values else knob)
    keys = {knob.key: knob for knob in around}
    possible = [_simplified(knob, keys) for knob in around if _possible(knob, keys)]
    return tuple(knob for knob in possible if knob.scale != "choice" or len(knob.choices) > 1)


def fixed(space: Space, finer: Space, rows: Sequence[TrialRow], better: Better) -> dict[str, Any]:
    """The choices that the next round no longer searches, and the value that they keep."""
    gone = {knob.key for knob in space} - {knob.key for knob in finer}
    ranked = best_first(rows, better)
    return {
        key: value
        for key in sorted(gone)
        for value in [row.values[key] for row in ranked if key in row.values][:1]
    }


def _possible(knob: Dimension, left: Mapping[str, Dimension]) -> bool:
    """Whether the condition of a knob can still hold."""
    return knob.when is None or any(choice in knob.when[1] for choice in left[knob.when[0]].choices)


def _simplified(knob: Dimension, left: Mapping[str, Dimension]) -> Dimension:
    """The knob without a condition that always holds now."""
    if knob.when is None:
        return knob
    other = left[knob.when[0]]
    always = set(map(setting, other.choices)) <= set(map(setting, knob.when[1]))
    return replace(knob, when=None) if always else knob


def _around(knob: Dimension, values: Sequence[Any], best: TrialRow, recipe: Recipe) -> Dimension:
    if knob.scale == "choice":
        kept = tuple(choice for choice in knob.choices if choice in values)
        return replace(knob, choices=kept)
    wider = beyond(knob, best.values[knob.key], recipe) if knob.key in best.values else None
    least, most = (wider or knob).ends
    low, high = min(map(knob.coordinate, values)), max(map(knob.coordinate, values))
    whole = knob.ends[1] - knob.ends[0]
    margin = max(WIDEN * (high - low), (NARROWEST * whole - (high - low)) / 2)
    return knob.between(
        max(low - margin, min(least, knob.ends[0])), min(high + margin, max(most, knob.ends[1]))
    )


def beyond(knob: Dimension, value: Any, recipe: Recipe) -> Dimension | None:
    """The range moved on towards the edge at which ``value`` lies; None when it lies at none.

    It moves by half of its width, or less where the knob would refuse the new end; None when the
    range's own end is the last one that the knob takes.
    """
    if knob.scale == "choice":
        return None
    position, (low, high) = knob.unit(value), knob.ends
    if EDGE <= position <= 1 - EDGE:
        return None
    for fraction in (0.5, 0.25, 0.1):
        step = fraction * (high - low)
        try:
            shifted = (
                knob.between(low - step, high)
                if position < EDGE
                else knob.between(low, high + step)
            )
            if shifted != knob and all(
                _taken(recipe, knob.key, shifted.value(end)) for end in shifted.ends
            ):
                return shifted
        except (ValueError, OverflowError):  # no logarithm of it
            continue
    return None


def _taken(recipe: Recipe, key: str, value: Any) -> bool:
    try:
        recipe.changed({key: value})
    except RecipeError:
        return False
    return True


def remarks(
    rows: Sequence[TrialRow], space: Space, plan: Plan, recipe: Recipe, best: TrialRow
) -> list[str]:
    """What to know before trusting the best trial: edges, points near it, how often dev was used.

    Args:
        rows: of every round.
        space: of the last round.
        best: the winner.
    """
    return [*_edges(space, recipe, best), *_near(rows, space, best), consulted(rows, plan)]


def _edges(space: Space, recipe: Recipe, best: TrialRow) -> list[str]:
    messages = []
    for knob in space:
        if knob.key not in best.values or knob.scale == "choice":
            continue
        position = knob.unit(best.values[knob.key])
        if EDGE <= position <= 1 - EDGE:
            continue
        end = "low" if position < EDGE else "high"
        wider = beyond(knob, best.values[knob.key], recipe)
        ends = (
            None if wider is None else f"{setting(wider.low)}:{setting(wider.high)}:{wider.scale}"
        )
        more = (
            "the knob takes none beyond it"
            if ends is None
            else f"search on with --space {knob.key}={ends}"
        )
        messages.append(
            f"the best {knob.key}, {setting(best.values[knob.key])}, lies at the {end} edge of its"
            f" range: {more}."
        )
    return messages


def _near(rows: Sequence[TrialRow], space: Space, best: TrialRow) -> list[str]:
    thin = []
    for knob in space:
        if knob.key not in best.values or knob.scale == "choice":
            continue
        centre = knob.unit(best.values[knob.key])
        others = [row for row in complete(rows) if row != best]
        near = sum(
            abs(knob.unit(row.values[knob.key]) - centre) <= NEAR
            for row in others
            if knob.key in row.values
        )
        thin += [f"{near or 'none'} along {knob.key}"] if near < ENOUGH else []
    if not thin:
        return []
    return [
        "few other complete trials lie near the best, within a tenth of the range:"
        f" {', '.join(thin)}; more trials or a finer round would say more."
    ]


def consulted(rows: Sequence[TrialRow], plan: Plan) -> str:
    """How often the dev split was used, and how much of the best figure may be luck."""
    times = sum(max(1, len(row.curve)) for row in rows if row.curve)
    done = complete(rows)
    sentence = (
        f"dev was consulted {times:,} times, by {len(done)} complete"
        f" trial{'s' if len(done) != 1 else ''}"
    )
    luck = luck_of(done)
    if luck is None:
        return (
            f"{sentence}: the best of many looks better than it is; test, which stayed sealed, says"
            " how good it is."
        )
    size = points(luck, unit=plan.metric["unit"]).removeprefix("+")
    return (
        f"{sentence}: were all of them equally good, the best would still look up to {size} better"
        " by luck alone; test, which stayed sealed, says how good it is."
    )


def luck_of(done: Sequence[TrialRow]) -> float | None:
    """How far the best of n equally good figures is expected to exceed their mean by luck.

    Their errors are taken as independent. It is the expected largest of n standard normals, by Blom
    (1958) the (n - 0.375) / (n + 0.25) quantile, times the half-width of a 95% interval over 1.96.
    All trials are measured on one dev split, so their errors are alike and the true figure is
    smaller.
    """
    widths = [
        found.high - found.low
        for row in done
        if (found := row.measured) and found.low is not None and found.high is not None
    ]
    if len(done) < 2 or not widths:
        return None
    normal = statistics.NormalDist()
    spread = float(statistics.median(widths)) / (2 * 1.96)
    return normal.inv_cdf((len(done) - 0.375) / (len(done) + 0.25)) * spread


def moved(
    space: Space, before: Sequence[TrialRow], now: Sequence[TrialRow], better: Better
) -> list[str]:
    """Each knob's best value in two searches, and whether it really moved (notes 2.3.3).

    A knob moved when the spans of the best quarters of the two searches do not meet on its scale.
    """
    first, second = best_first(before, better), best_first(now, better)
    if not first or not second:
        return ["one of the two searches has no complete trial: nothing to compare."]
    return [
        _moved(knob, first, second)
        for knob in space
        if knob.key in first[0].values and knob.key in second[0].values
    ]


def _moved(knob: Dimension, first: Sequence[TrialRow], second: Sequence[TrialRow]) -> str:
    was, now = first[0].values[knob.key], second[0].values[knob.key]
    sentence = f"{knob.key}: best {setting(was)} before, {setting(now)} now"
    values = [
        [row.values[knob.key] for row in best_quarter(ranked) if knob.key in row.values]
        for ranked in (first, second)
    ]
    if knob.scale == "choice":
        if was == now:
            return f"{sentence}; the same."
        both = ", though both are among the best of either" if now in values[0] else ""
        return f"{sentence}; moved{both}."
    spans = [
        (min(units), max(units))
        for units in ([knob.unit(value) for value in part] for part in values)
    ]
    distance = abs(knob.unit(now) - knob.unit(was))
    if max(span[0] for span in spans) <= min(span[1] for span in spans):
        return f"{sentence}; no clear move: the best quarters of both searches overlap."
    return f"{sentence}; moved by {percent(distance)} of its range."
