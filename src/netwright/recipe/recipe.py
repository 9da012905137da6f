"""What every system has, in YAML and back, changed key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import yaml
from pydantic import ValidationError

from netwright.base.errors import RecipeError
from netwright.recipe.data import Data, Split
from netwright.recipe.knobs import Section, keyed, knob, knobs
from netwright.recipe.model import Model
from netwright.recipe.optimizer import Optimizer, Schedule
from netwright.recipe.refusals import sentence
from netwright.recipe.texts import in_todays_names, merge, nest
from netwright.recipe.training import Training


def _flow(section: dict[str, Any]) -> str:
    """``{lr: 0.004, ...}``, the lines after the first one indented."""
    return (
        yaml.safe_dump(section, sort_keys=False, default_flow_style=True, width=104)
        .replace("\n", "\n  ")
        .rstrip(" ")
    )


class Recipe(Section):
    """The hyperparameters that every system has.

    A system whose recipe has more subclasses it: a section of its own is a new field, knobs beside
    those of a shared section are a subclass of that section. What it shares it may narrow.
    """

    system: str = knob("auto", "the kind of problem; auto: from the data")
    data: Data = Data()
    split: Split = Split()
    model: Model = Model()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    training: Training = Training()

    def to_yaml(self) -> str:
        """The recipe as YAML, in the order of the fields, each section on few lines."""
        values = self.model_dump(mode="json")
        return "".join(
            f"{name}: {_flow(value)}" if isinstance(value, dict) else yaml.safe_dump({name: value})
            for name, value in values.items()
        )

    def resolve(self, choices: Mapping[str, Any]) -> Self:
        """The recipe with each choice taken where its knob is still ``auto``."""
        known = {key: value for key, value in choices.items() if self.value(key) == "auto"}
        return self.changed(known)

    def value(self, key: str) -> Any:
        """The value of a knob by its full key, ``optimizer.lr``."""
        found: Any = self
        for name in key.split("."):
            found = getattr(found, name)
        return found

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The recipe with ``{"optimizer.lr": 0.01, ...}`` applied.

        Raises:
            RecipeError: an unknown key, or a value of the wrong kind or out of range.
        """
        return type(self).of(merge(self.model_dump(mode="json"), nest(changes)))

    @classmethod
    def of(cls, values: Mapping[str, Any], source: str = "recipe") -> Self:
        """A recipe from nested plain values.

        Raises:
            RecipeError: one sentence that names the key, what came and what was expected.
        """
        named = in_todays_names(values)
        try:
            return cls.model_validate(named)
        except ValidationError as error:
            raise RecipeError(f"{source}: {sentence(cls, error, named)}") from None

    @classmethod
    def of_record(cls, values: Mapping[str, Any], source: str = "recipe") -> Self:
        """A recipe from the nested plain values of a record, which an earlier release may have
        written: keys that this recipe does not have are left out.

        Raises:
            RecipeError: as for ``of``.
        """
        return cls.of(cls.part(in_todays_names(values)), source)

    @classmethod
    def part(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of nested plain values, those of knobs that this recipe has."""
        known = knobs(cls)
        return nest({key: value for key, value in keyed(values, known) if key in known})
