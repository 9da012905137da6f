"""What a study that improves a recipe may try next: what the doctor would turn, and, once all of
that was tried and there is time, a search around the recipe, a few of the same knobs at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from netwright.api.run import Run
from netwright.api.studies.tried_before import earlier_recipes
from netwright.base.errors import RecipeError
from netwright.base.seeds import seed_of
from netwright.doctor.improve.changes import (
    Attempts,
    RecipeChange,
    changes_for,
    ranges,
    second_look,
    size_of,
)
from netwright.runs import store as stores
from netwright.runs.unread import of_run
from netwright.studies.improvement import BASELINE

if TYPE_CHECKING:
    from netwright.api.studies.improve_members import ImproveMembers
    from netwright.recipe import Recipe
    from netwright.searching.space import Space
    from netwright.studies.improvement import ImproveState

DRAWS = 8
"""How many are made, of which the first that fits the time is taken."""


def by_kind(
    members: ImproveMembers, state: ImproveState, refused: Sequence[str]
) -> Iterator[list[RecipeChange]]:
    """Large steps of the knobs for each gap; with time to spare these on other recipes and several
    together, then a search nearby.
    """
    run = Run(stores.opened(state.run, members.study.store))
    recipe, unread = run.recipe, of_run(run.system, run.recipe, run.info)
    attempts = Attempts(
        [one.change.key for one in state.tried],
        members.trained(recipe),
        [*refused, *state.tried_here],
    )
    earlier = earlier_recipes(run, members.runs)
    yield changes_for(state.gaps, recipe, unread, attempts, earlier)
    if state.ample:
        yield second_look(state.gaps, recipe, unread, attempts)
        yield attempts.without(_nearby(members, state, recipe), recipe)


def _nearby(members: ImproveMembers, state: ImproveState, recipe: Recipe) -> list[RecipeChange]:
    """A few knobs at once, each a little way from where it stands."""
    from netwright.searching.nearby import nearby

    space, seed = _space(members), members.recipe(BASELINE).training.seed
    values, found = {knob.key: recipe.value(knob.key) for knob in space}, []
    for number in range(DRAWS):
        drawn = nearby(space, values, seed_of(seed, "improve", len(members.roles), number))
        new = {key: value for key, value in drawn.items() if not _alike(value, values[key])}
        old = {key: values[key] for key in new}
        if new:
            time, gap = _time(new, old, members), state.gaps[0].name
            found.append(RecipeChange(gap, "A search nearby", new, old, time, ""))
    return found


def _space(members: ImproveMembers) -> Space:
    """The knobs that the doctor may turn in the baseline, each with its range."""
    from netwright.searching import choose_space

    recipe = members.recipe(BASELINE)
    unread = of_run(members.system, recipe, members.record(BASELINE).info())
    found: list[Any] = []
    for key, entry in ranges(recipe, unread).items():
        try:
            found += choose_space.space_of(recipe, named={key: entry}, unread=unread)
        except RecipeError:  # it has one value alone, or is not searched
            continue
    return tuple(found)


def _alike(value: Any, other: Any) -> bool:
    return bool(list(value) == list(other) if isinstance(value, list) else value == other)


def _time(new: dict[str, Any], old: dict[str, Any], members: ImproveMembers) -> float:
    """How many times as long a training takes, about: as many as it has epochs, and by the layer
    that grows most.
    """
    recipe = members.recipe(BASELINE)
    costly = [
        key
        for key, entry in ranges(
            recipe, of_run(members.system, recipe, members.record(BASELINE).info())
        ).items()
        if "low" in entry and key in new
    ]
    ratios = {key: size_of(new[key]) / size_of(old[key]) for key in costly if size_of(old[key])}
    longer = ratios.pop("training.epochs", 1.0)
    return math.prod((longer, max(ratios.values(), default=1.0)))
