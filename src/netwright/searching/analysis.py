"""What a search found: who won, whether the range was right, whether points lie near enough, how
far to trust the figure.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.base.errors import RecipeError
from netwright.base.figures import percent, points, setting
from netwright.recipe import Recipe
from netwright.runs.choice import Better, Bound, Candidate, Choice, choose, rank
from netwright.searching.space import Dimension, Space
from netwright.searching.study import Plan
from netwright.searching.trials import TrialRow

EDGE = 0.05
"""A best value nearer than this share of the range to one of its ends lies at the edge."""

NEAR, ENOUGH = 0.1, 3
"""So many trials besides the best should lie within this share of the range from it."""

QUARTER, FEWEST = 0.25, 3
WIDEN, NARROWEST = 0.25, 0.2
"""The region of the next round: the span of the best quarter, widened each way by this share of it,
no narrower than that of the range.
"""


def winner(
    rows: Sequence[TrialRow], better: Better, bounds: Sequence[Bound] = ()
) -> tuple[TrialRow | None, Choice]:
    """The best complete trial that meets every bound; ties go to the lower dev loss, then the
    smaller net, then the earlier trial.
    """
    done = complete(rows)
    candidates = [
        Candidate(
            f"trial {row.number}" + (f" of round {row.round}" if rows[-1].round > 1 else ""),
            row.value if row.value is not None else math.nan,
            (row.loss if row.loss is not None else math.inf, row.facts.get("size", math.inf)),
            row.facts,
        )
        for row in done
    ]
    found = choose(candidates, better=better, bounds=bounds)
    return (None if found.winner is None else done[found.winner]), found


def complete(rows: Sequence[TrialRow]) -> list[TrialRow]:
    """The trials that came to their end with a figure, in order."""
    return [row for row in rows if row.state == "complete" and row.value is not None]


def best_first(rows: Sequence[TrialRow], better: Better) -> list[TrialRow]:
    """The complete trials, the best first."""
    return sorted(
        complete(rows), key=lambda row: rank(row.value or 0.0, (row.loss or 0.0,), better)
    )


def allowed(rows: Sequence[TrialRow], bounds: Sequence[Bound]) -> list[TrialRow]:
    """The trials that keep to every bound; all of them when those are too few to go by."""
    kept = [row for row in complete(rows) if all(bound.excess(row.facts) <= 0 for bound in bounds)]
    return kept if len(kept) >= FEWEST else list(rows)


def region(rows: Sequence[TrialRow], space: Space, better: Better, recipe: Recipe) -> Space:
    """Where the next round looks: the span of the best quarter of the trials on each knob's own
    scale, widened (notes 2.3.2).

    It stays inside the range, unless the best trial lies at an edge: then it may reach as far as
    ``beyond`` proposes. Of a choice, the values that the best quarter holds are left.
    """
    ranked = best_first(rows, better)
    if len(ranked) < FEWEST:
        return space
    few = ranked[: max(FEWEST, math.ceil(QUARTER * len(ranked)))]
    found: list[Dimension] = []
    for one in space:
        values = [row.values[one.key] for row in few if one.key in row.values]
        found.append(_around(one, values, ranked[0], recipe) if values else one)
    keys = {one.key: one for one in found}
    still = [_still(one, keys) for one in found if _possible(one, keys)]
    return tuple(one for one in still if one.scale != "choice" or len(one.choices) > 1)


def fixed(space: Space, finer: Space, rows: Sequence[TrialRow], better: Better) -> dict[str, Any]:
    """The choices that the next round no longer searches, and the value that they keep."""
    gone = {one.key for one in space} - {one.key for one in finer}
    ranked = best_first(rows, better)
    return {
        key: value
        for key in sorted(gone)
        for value in [row.values[key] for row in ranked if key in row.values][:1]
    }


def _possible(one: Dimension, left: Mapping[str, Dimension]) -> bool:
    """Whether the condition of a knob can still hold."""
    return one.when is None or any(choice in one.when[1] for choice in left[one.when[0]].choices)


def _still(one: Dimension, left: Mapping[str, Dimension]) -> Dimension:
    """The knob without a condition that always holds now."""
    import dataclasses

    if one.when is None:
        return one
    other = left[one.when[0]]
    return (
        dataclasses.replace(one, when=None)
        if set(map(setting, other.choices)) <= set(map(setting, one.when[1]))
        else one
    )


def _around(one: Dimension, values: Sequence[Any], best: TrialRow, recipe: Recipe) -> Dimension:
    import dataclasses

    if one.scale == "choice":
        kept = tuple(choice for choice in one.choices if choice in values)
        return dataclasses.replace(one, choices=kept)
    wider = beyond(one, best.values[one.key], recipe) if one.key in best.values else None
    least, most = (wider or one).ends
    low, high = min(map(one.coordinate, values)), max(map(one.coordinate, values))
    whole = one.ends[1] - one.ends[0]
    margin = max(WIDEN * (high - low), (NARROWEST * whole - (high - low)) / 2)
    return one.between(
        max(low - margin, min(least, one.ends[0])), min(high + margin, max(most, one.ends[1]))
    )


def beyond(one: Dimension, value: Any, recipe: Recipe) -> Dimension | None:
    """The range moved on by half its width towards the edge at which ``value`` lies; None when it
    lies at none.

    An end that the knob would refuse is drawn back halfway, some times; None when the range's own
    end is the last one that it takes.
    """
    if one.scale == "choice":
        return None
    place, (low, high) = one.unit(value), one.ends
    if EDGE <= place <= 1 - EDGE:
        return None
    for share in (0.5, 0.25, 0.1):
        step = share * (high - low)
        try:
            moved = one.between(low - step, high) if place < EDGE else one.between(low, high + step)
            if moved != one and all(
                _taken(recipe, one.key, moved.value(end)) for end in moved.ends
            ):
                return moved
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
    """What a person should know before trusting the best trial: edges, points near it, how often
    dev was asked.

    Args:
        rows: of every round.
        space: of the last round.
        best: the winner.
    """
    return [*_edges(space, recipe, best), *_near(rows, space, best), consulted(rows, plan)]


def _edges(space: Space, recipe: Recipe, best: TrialRow) -> list[str]:
    said = []
    for one in space:
        if one.key not in best.values or one.scale == "choice":
            continue
        place = one.unit(best.values[one.key])
        if EDGE <= place <= 1 - EDGE:
            continue
        end = "low" if place < EDGE else "high"
        wider = beyond(one, best.values[one.key], recipe)
        ends = (
            None if wider is None else f"{setting(wider.low)}:{setting(wider.high)}:{wider.scale}"
        )
        more = (
            "the knob takes none beyond it"
            if ends is None
            else f"search on with --space {one.key}={ends}"
        )
        said.append(
            f"the best {one.key}, {setting(best.values[one.key])}, lies at the {end} edge of its"
            f" range: {more}."
        )
    return said


def _near(rows: Sequence[TrialRow], space: Space, best: TrialRow) -> list[str]:
    few = []
    for one in space:
        if one.key not in best.values or one.scale == "choice":
            continue
        centre, others = (
            one.unit(best.values[one.key]),
            [row for row in complete(rows) if row != best],
        )
        near = sum(
            abs(one.unit(row.values[one.key]) - centre) <= NEAR
            for row in others
            if one.key in row.values
        )
        few += [f"{one.key} {near or 'none'}"] if near < ENOUGH else []
    if not few:
        return []
    return [
        "few other complete trials lie within a tenth of the range from the best:"
        f" {', '.join(few)}; more trials or a finer round would say more."
    ]


def consulted(rows: Sequence[TrialRow], plan: Plan) -> str:
    """How often the dev split was asked, and how much of the best figure may be luck."""
    asked = sum(max(1, len(row.curve)) for row in rows if row.curve)
    done = complete(rows)
    text = (
        f"dev was consulted {asked:,} times, by {len(done)} complete"
        f" trial{'s' if len(done) != 1 else ''}"
    )
    luck = luck_of(done)
    if luck is None:
        return (
            f"{text}: the best of many looks better than it is; test, which stayed sealed, says how"
            " good it is."
        )
    size = points(luck, unit=plan.metric["unit"]).removeprefix("+")
    return (
        f"{text}: were all of them equally good, the best would still look up to {size} better by"
        " luck alone; test, which stayed sealed, says how good it is."
    )


def luck_of(done: Sequence[TrialRow]) -> float | None:
    """How much the best of n equally good figures is expected to exceed the mean, were their errors
    independent.

    The expected largest of n standard normals, by Blom (1958): the (n - 0.375) / (n + 0.25)
    quantile; times the half-width of a 95% interval over 1.96. Trials share one dev split, so their
    errors go together and the true figure is smaller.
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
    """What the best settings do on other data (notes 2.3.3): each knob's best then and now, and
    whether it really moved.

    A knob moved when the spans of the best quarters of the two searches do not meet on its scale.
    """
    first, second = best_first(before, better), best_first(now, better)
    if not first or not second:
        return ["one of the two searches has no complete trial: nothing to compare."]
    return [
        _moved(one, first, second)
        for one in space
        if one.key in first[0].values and one.key in second[0].values
    ]


def _moved(one: Dimension, first: Sequence[TrialRow], second: Sequence[TrialRow]) -> str:
    was, now = first[0].values[one.key], second[0].values[one.key]
    told = f"{one.key}: best {setting(was)} before, {setting(now)} now"
    few = [ranked[: max(FEWEST, math.ceil(QUARTER * len(ranked)))] for ranked in (first, second)]
    kept = [[row.values[one.key] for row in part if one.key in row.values] for part in few]
    if one.scale == "choice":
        if was == now:
            return f"{told}; the same."
        both = ", though both are among the best of either" if now in kept[0] else ""
        return f"{told}; moved{both}."
    spans = [
        (min(units), max(units)) for units in ([one.unit(value) for value in part] for part in kept)
    ]
    share = abs(one.unit(now) - one.unit(was))
    if max(span[0] for span in spans) <= min(span[1] for span in spans):
        return f"{told}; no clear move: the best quarters of both searches overlap."
    return f"{told}; moved by {percent(share)} of its range."
