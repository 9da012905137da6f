"""Every trial of a search is judged on the same dev examples, with the same targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netwright.base.errors import RecipeError
from netwright.base.figures import setting
from netwright.contract import AnySystem, Examples, Reading
from netwright.data import splits
from netwright.recipe import Recipe
from netwright.searching.space import Space


@dataclass(frozen=True)
class SameDev:
    """The dev split that a search compares its trials on.

    Args:
        recipe: where the search starts.
    """

    system: AnySystem
    reading: Reading
    recipe: Recipe

    def check_space(self, space: Space) -> None:
        """Refuse a knob at an end of whose range, or with a choice of which, dev is another.

        Raises:
            RecipeError: there is one.
            DataError: the system arranges no examples with such a value.
        """
        for knob in space:
            coordinates = range(len(knob.choices)) if knob.choices else knob.ends
            for coordinate in coordinates:
                self.check({knob.key: knob.value(coordinate)})

    def check(self, values: Mapping[str, Any]) -> None:
        """Refuse the settings of a trial with which dev is another.

        Raises:
            RecipeError: it has other examples, or other targets.
        """
        recipe = self.recipe.changed(values)
        if _moves_none(self.reading.examples, self.system.arrange(self.reading.examples, recipe)):
            return  # nor does any knob but those of the split, which no search has
        if self._dev(recipe) != self._wanted:
            listed = ", ".join(f"{key} = {setting(value)}" for key, value in values.items())
            raise RecipeError(
                f"search: {listed} gives dev other examples or other targets: every trial must be"
                " judged on the same; leave the knob that does so out, and train a run for each of"
                " its values."
            )

    @cached_property
    def _wanted(self) -> list[tuple[str, str]]:
        return self._dev(self.recipe)

    def _dev(self, recipe: Recipe) -> list[tuple[str, str]]:
        """(id, target) of each dev example; as text, for NaN is not equal to itself."""
        examples = self.system.arrange(self.reading.examples, recipe)
        assigned = splits.as_wanted(self.system, examples, recipe)
        return [
            (examples.ids[row], repr(examples.targets[row]))
            for row, split in enumerate(assigned)
            if split == "dev"
        ]


def _moves_none(before: Examples, after: Examples) -> bool:
    """Whether a system left all that decides about dev as it was: the very same columns."""
    names = ("ids", "targets", "splits", "groups", "times")
    return all(getattr(before, name) is getattr(after, name) for name in names)
