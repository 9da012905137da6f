"""The changes of a recipe that are worth a training: of the largest gap first, and of a gap the
untried and the cheapest first.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.base.errors import RecipeError
from netwright.doctor.advice.knobs import ADVICE, BIAS, VARIANCE, AdviceForGap, plain, turned
from netwright.doctor.improve.open_gaps import OpenGap
from netwright.recipe.turns import Either

if TYPE_CHECKING:
    from netwright.recipe import Recipe
    from netwright.recipe.turns import Remedy

Settings = Mapping[str, Any]
"""Full key of a knob -> its value."""


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


@dataclass(frozen=True)
class Attempts:
    """What a study tried already.

    Args:
        keys: of settings that were tried, on whichever recipe.
        recipes: that were trained.
        refused: keys of settings that the person does not want, or that were tried on the present
            recipe: what else a change brings with it, as the units of another net, need not be in
            ``recipes`` as it is here.
    """

    keys: Collection[str] = ()
    recipes: Sequence[Recipe] = ()
    refused: Collection[str] = ()

    def without(self, changes: Sequence[RecipeChange], recipe: Recipe) -> list[RecipeChange]:
        """The changes of a recipe by which something new comes about, each once; one by which the
        recipe would contradict itself is none.
        """
        found: dict[str, RecipeChange] = {}
        for change in changes:
            with contextlib.suppress(RecipeError):
                again = change.key in self.refused or change.key in found
                if not again and recipe.changed(change.settings) not in self.recipes:
                    found[change.key] = change
        return list(found.values())


NONE = Attempts()


def key_of(settings: Settings) -> str:
    """What stands for settings, whatever their order."""
    return json.dumps(dict(settings), sort_keys=True, default=str)


def changes_for(
    gaps: Sequence[OpenGap],
    recipe: Recipe,
    unread: Collection[str],
    attempts: Attempts = NONE,
    earlier: Sequence[Recipe] = (),
) -> list[RecipeChange]:
    """What to try, in this order: large steps, each once in a study.

    Args:
        recipe: the present one, completed.
        unread: keys of its knobs that the data leave unread.
        attempts: what the study tried already.
        earlier: recipes of earlier runs on the same data; what they had comes last of its gap.
    """
    found: list[RecipeChange] = []
    for gap in gaps:
        own = [
            _change(gap, advice.title, settings, recipe, advice, earlier)
            for advice in _turning(gap)
            for settings in _settings(advice, recipe, unread)
        ]
        found += sorted(own, key=lambda change: (change.tried_before, change.time))
    return [one for one in attempts.without(found, recipe) if one.key not in attempts.keys]


def second_look(
    gaps: Sequence[OpenGap], recipe: Recipe, unread: Collection[str], attempts: Attempts = NONE
) -> list[RecipeChange]:
    """What to try while there is time, once each large step alone was tried: those against bias
    together with what keeps variance down; the large ones that failed on another recipe.
    """
    joined = _regularized(gaps, recipe, unread)
    again = changes_for(gaps, recipe, unread, replace(attempts, keys=()))
    return attempts.without([*joined, *again], recipe)


def _regularized(
    gaps: Sequence[OpenGap], recipe: Recipe, unread: Collection[str]
) -> list[RecipeChange]:
    """A larger net and a longer training, each with more regularization or augmentation: of use
    where the one alone gave to variance what it took from bias.
    """
    bias = [(gap, one) for gap in gaps if gap.name == BIAS for one in _turning(gap)]
    found = []
    for gap, advice in bias:
        settings = dict(turned(advice.remedy, recipe, unread)) if advice.remedy else {}
        if advice.time <= 1 or not advice.hurts or not settings:
            continue
        for remedy in _KEEPS_VARIANCE_DOWN:
            against = {
                key: new
                for key, new in turned(remedy, recipe, unread)
                if not isinstance(new, Either)
            }
            if against:
                both = {**against, **settings}
                found.append(_change(gap, f"{advice.title}, {remedy}", both, recipe, advice))
    return sorted(found, key=lambda change: change.time)


_KEEPS_VARIANCE_DOWN: tuple[Remedy, ...] = ("more augmentation", "more regularization")


RANGE = 0.5, 4
"""Of what costs time (epochs, units, channels) draws look at so many times what the recipe has,
inside of the declared range.
"""


def ranges(recipe: Recipe, unread: Collection[str]) -> dict[str, dict[str, Any]]:
    """The knobs that may be turned for bias and variance, each with what a search may draw: nothing
    where all of the range is meant that the recipe declares; of what costs time a part of it, see
    ``RANGE``; where it declares none, what stands there and what the doctor would turn it to.
    """
    from netwright.recipe import knobs, metadata

    found: dict[str, dict[str, Any]] = {}
    gaps = [OpenGap(name, 1.0, None, None) for name in (BIAS, VARIANCE)]
    for change in changes_for(gaps, recipe, unread):
        for key, value in change.settings.items():
            declared, now = metadata(knobs(type(recipe))[key]), recipe.value(key)
            if declared["low"] is not None and change.time > 1:
                low, high = (round(part * size_of(now)) for part in RANGE)
                ends = max(declared["low"], low), min(declared["high"], high)
                found[key] = dict(zip(("low", "high"), ends, strict=True))
            elif declared["low"] is not None:
                found[key] = {}
            else:
                there = found.setdefault(key, {"choices": [now]})["choices"]
                there += [value] if value not in there else []
    return found


def size_of(value: Any) -> Any:
    """A number, or the first of a list of them."""
    return value[0] if isinstance(value, list | tuple) else value


def _turning(gap: OpenGap) -> list[AdviceForGap]:
    """What a recipe can do about a gap."""
    return [one for one in ADVICE[gap.name] if one.remedy not in (None, "larger dev set")]


def _change(
    gap: OpenGap,
    title: str,
    settings: Settings,
    recipe: Recipe,
    advice: AdviceForGap,
    earlier: Sequence[Recipe] = (),
) -> RecipeChange:
    before = {key: recipe.value(key) for key in settings}
    tried_before = any(_had(one, settings) for one in earlier)
    return RecipeChange(gap.name, title, settings, before, advice.time, advice.hurts, tried_before)


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
    try:
        return all(recipe.value(key) == new for key, new in settings.items())
    except RecipeError:  # of another system
        return False
