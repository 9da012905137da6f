"""The changes of a recipe that are worth a training: of the largest gap first, and of a gap the
untried and the cheapest first.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.doctor.advice.knobs import ADVICE, BIAS, AdviceForGap, plain, turned
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.recipe.turns import Either

if TYPE_CHECKING:
    from netwright.recipe import Recipe

Settings = Mapping[str, Any]
"""Full key of a knob -> its value."""


@dataclass(frozen=True)
class OpenGap:
    """A gap that is worth work.

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


@dataclass(frozen=True)
class RecipeChange:
    """A change of a run's recipe.

    Args:
        gap: the one that it should close.
        title: what it does: ``Bigger network``.
        settings: the knobs that it turns, and to what.
        before: what they stood at.
        time: how many times as long the training takes, about.
        hurts: what it may make worse; empty: nothing.
        tried_before: whether an earlier run on these data had these settings.
    """

    gap: str
    title: str
    settings: Settings
    before: Settings
    time: float
    hurts: str
    tried_before: bool = False

    @property
    def message(self) -> str:
        """``Bigger network: model.width 16 -> 32``."""
        turns = (
            f"{key} {plain(self.before[key])} -> {plain(new)}" for key, new in self.settings.items()
        )
        return f"{self.title}: {', '.join(turns)}"

    @property
    def key(self) -> str:
        """What stands for the settings, whatever their order."""
        return key_of(self.settings)


def key_of(settings: Settings) -> str:
    """What stands for settings, whatever their order."""
    return json.dumps(dict(settings), sort_keys=True, default=str)


def open_gaps(diagnosis: Diagnosis) -> list[OpenGap]:
    """The gaps beyond noise, the largest first. Where the human level is unknown, bias may be all
    of the training error, and stands where that is larger than the others.
    """
    found = [
        OpenGap(gap.name, gap.size, gap.low, gap.high)
        for gap in diagnosis.gaps
        if gap.verdict in ("first", "next")
    ]
    rungs = {rung.name: rung for rung in diagnosis.rungs}
    train = rungs.get("train")
    if train is not None and "human" not in rungs and not diagnosis.flipped:
        low = train.error if train.low is None else train.low
        if low > 0:
            found.append(OpenGap(BIAS, train.error, train.low, train.high, at_most=True))
    return sorted(found, key=lambda gap: -gap.size)


def changes_for(
    gaps: Sequence[OpenGap],
    recipe: Recipe,
    unread: Collection[str],
    tried: Collection[str],
    earlier: Sequence[Recipe] = (),
) -> list[RecipeChange]:
    """What to try, in this order.

    Args:
        recipe: the present one, completed.
        unread: keys of its knobs that the data leave unread.
        tried: keys of settings that were tried already, which are left out.
        earlier: recipes of earlier runs on the same data; what they had comes last of its gap.
    """
    found: list[RecipeChange] = []
    there = set(tried)
    for gap in gaps:
        own = [
            RecipeChange(
                gap.name,
                advice.title,
                settings,
                {key: recipe.value(key) for key in settings},
                advice.time,
                advice.hurts,
                any(_had(one, settings) for one in earlier),
            )
            for advice in ADVICE[gap.name]
            if advice.remedy is not None and advice.remedy != "larger dev set"
            for settings in _settings(advice, recipe, unread)
        ]
        own = [change for change in own if change.key not in there]
        there |= {change.key for change in own}
        found += sorted(own, key=lambda change: (change.tried_before, change.time))
    return found


def _settings(advice: AdviceForGap, recipe: Recipe, unread: Collection[str]) -> Iterator[Settings]:
    """Each change that an advice stands for, one after another."""
    assert advice.remedy is not None
    turns = dict(turned(advice.remedy, recipe, unread))
    parts = [{key: new} for key, new in turns.items()] if advice.one_by_one else [turns]
    for part in parts:
        if not part:
            continue
        several = {key: new for key, new in part.items() if isinstance(new, Either)}
        if not several:
            yield part
        for key, new in several.items():
            for value in new.values:
                yield {**{one: at for one, at in part.items() if one not in several}, key: value}


def _had(recipe: Recipe, settings: Settings) -> bool:
    from netwright.base.errors import RecipeError

    try:
        return all(recipe.value(key) == new for key, new in settings.items())
    except RecipeError:  # of another system
        return False
