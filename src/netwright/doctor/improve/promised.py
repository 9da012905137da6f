"""Which gap a change of a recipe should close, whoever made the change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from netwright.doctor.advice.knobs import ADVICE, turned
from netwright.recipe.turns import Either

if TYPE_CHECKING:
    from netwright.recipe import Recipe


def promised_gap(
    recipe: Recipe, settings: Mapping[str, Any], unread: Collection[str] = ()
) -> str | None:
    """The gap that all of these knobs are turned for, each the same way as the doctor would turn
    it; None: there is none.

    Args:
        recipe: before the change.
        settings: the knobs that were changed, and to what.
    """
    for gap, advices in ADVICE.items():
        known: dict[str, list[Any]] = {}
        for advice in advices:
            if advice.remedy is not None:
                for key, new in turned(advice.remedy, recipe, unread):
                    known.setdefault(key, []).append(new)
        if settings and all(
            any(is_same_way(recipe.value(key), new, one) for one in known.get(key, ()))
            for key, new in settings.items()
        ):
            return gap
    return None


def is_same_way(before: Any, after: Any, advised: Any) -> bool:
    """Whether a knob was turned as advised: numbers up or down, others to that very value."""
    if isinstance(advised, Either):
        return any(is_same_way(before, after, one) for one in advised.values)
    ends = [_total(one) for one in (before, after, advised)]
    if None in ends:
        return bool(after == advised)
    start, end, wanted = ends
    return bool(end != start and (end > start) == (wanted > start))


def _total(value: Any) -> Any:
    """A number that grows with the value; None for what is no number."""
    if isinstance(value, list | tuple):
        each = [_total(one) for one in value]
        return None if None in each else sum(each)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
