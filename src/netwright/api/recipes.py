"""The recipe that a person gives: plain values until the system is known, then the system's own.

wanted(recipe, changes)    what was given, the later over the earlier
wanted.shared()            unknown keys refused, the sections of every system checked
wanted.of(system)          the rest checked by the system's recipe
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netwright import systems
from netwright.base.errors import RecipeError, nearest
from netwright.recipe import (
    ImageOrRowRecipe,
    Recipe,
    in_todays_names,
    is_preset,
    keyed,
    knobs,
    merge,
    nest,
    no_section,
    read_recipe,
    unknown_key,
    was_filled_in,
)
from netwright.recipe.model import OWN, PUBLISHED, of_weights

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from netwright.contract import AnySystem

RecipeT = TypeVar("RecipeT", bound=Recipe)


@dataclass(frozen=True)
class Given:
    """Nested plain values from one place.

    Args:
        source: what an error calls it.
        leaves_out: (key, value) of a knob that the system has not -> whether it is left out; else
            it is refused.
    """

    values: Mapping[str, Any]
    source: str
    leaves_out: Callable[[str, Any], bool]


def of_record(values: Mapping[str, Any]) -> Given:
    """What a record holds, of this release or an earlier one: what is not known now is left out."""
    return Given(in_todays_names(values), "recipe", lambda key, value: True)


@dataclass(frozen=True)
class Wanted:
    """What a person wants of a training.

    Args:
        given: of what two of them say the later counts.
    """

    given: tuple[Given, ...]

    @property
    def source(self) -> str:
        """What an error calls it: the file, where there is one."""
        return self.given[0].source

    def shared(self) -> Recipe:
        """What every system has, checked before the data are read.

        Raises:
            RecipeError: a key or a model that no system has, a value that a shared knob refuses, or
                a file of a system that is not known.
        """
        _expect_system(self.given)
        for given in self.given:
            for key, value in keyed(given.values, knobs(Recipe)):
                if key not in knobs(Recipe) and not given.leaves_out(key, value):
                    _check_known(given)
                    break
        recipe = self.by(Recipe)
        name = recipe.model.name
        if name != "auto" and not name.startswith(OWN) and name not in every_model():
            refusal = f"no model '{name}'{nearest(name, list(every_model()))}"
            raise RecipeError(systems.with_broken(refusal, systems.broken()))
        return recipe

    def of(self, system: AnySystem) -> Any:
        """The system's recipe, ``auto`` values and all.

        Raises:
            RecipeError: a knob or a model that this system does not have, or a value that one of
                its knobs refuses.
        """
        own = knobs(system.recipe)
        for given in self.given:
            # the knobs of all systems are loaded only where some are not this one's
            if _unknown(given, own, own) and (foreign := _unknown(given, every_knob() | own, own)):
                raise RecipeError(f"{given.source}: {_foreign(foreign[0][0], system)}")
        fitting = tuple(_with_its_net(given, system) for given in self.given)
        recipe = replace(self, given=fitting).by(system.recipe)
        check_model(recipe.model.name, system)
        return recipe

    def by(self, recipe: type[RecipeT]) -> RecipeT:
        """What of it this recipe has.

        Raises:
            RecipeError: a value that one of its knobs refuses.
        """
        values: dict[str, Any] = {}
        for given in self.given:
            values = merge(values, recipe.part(given.values))
        return recipe.of(values, self.source)


def wanted(recipe: str | Path | Recipe | Given | None, changes: Mapping[str, Any]) -> Wanted:
    """What was given: where to start from, and changes to it.

    Args:
        recipe: a file, the name of a preset, an object (whose defaults say nothing), or what
            ``of_record`` made.
        changes: full key -> value.

    Raises:
        RecipeError: the file cannot be read.
    """
    above = Given(nest(changes), "recipe", _never)
    if recipe is None:
        return Wanted((above,))
    if isinstance(recipe, Given):
        return Wanted((recipe, above))
    if isinstance(recipe, Recipe):
        values = recipe.model_dump(mode="json", exclude_defaults=True)
        return Wanted((Given(values, "recipe", _never), above))
    read = read_recipe(recipe)
    # where a search looks is no knob of a run
    values = {key: part for key, part in read.items() if key != "search"}
    leaves_out = (lambda key, value: True) if is_preset(recipe) else was_filled_in(values)
    return Wanted((Given(values, str(recipe), leaves_out), above))


def give(changes: dict[str, Any], key: str, value: Any) -> None:
    """Add what an argument says of a knob to the changes; None: it says nothing.

    Raises:
        RecipeError: the changes say something else.
    """
    if value is None:
        return
    if changes.get(key, value) != value:
        raise RecipeError(
            f"{key} is given twice, as {value or 'data in memory'!r} and, by set, as"
            f" {changes[key]!r}: leave one out."
        )
    changes[key] = value


def from_run(given: Wanted, runs: Path) -> Wanted:
    """The same; where it starts from an earlier run or from published weights, these by their full
    name, and the net that they are of below all that was given.

    Raises:
        RunError: there is no such run.
    """
    name = given.by(Recipe).model.start
    if not name:
        return given
    from netwright.training.start import earlier

    below = of_record(_below(given, name, runs))
    return Wanted((below, *given.given, starting(earlier.named(name, runs))))


def starting(name: str) -> Given:
    """That training starts from a run, or from weights, of this name."""
    return Given(nest({"model.start": name}), "recipe", _never)


def _below(given: Wanted, name: str, runs: Path) -> dict[str, Any]:
    """What a recipe holds by what it starts from, where nothing else is said: the net."""
    if of_weights(name):
        from netwright.nets.published import published

        weights = published.from_start(name, given.by(ImageOrRowRecipe).model)
        return {"model": dict(weights.model), **PUBLISHED}
    from netwright.runs import store

    net = store.opened(name, runs).recipe().get("model", {})
    return {"model": {key: value for key, value in net.items() if key != "start"}}


def of_images(recipe: str | None, changes: Mapping[str, Any]) -> ImageOrRowRecipe:
    """What the recipe says of images, whichever system learns from them.

    Raises:
        RecipeError: as for ``Wanted.shared``.
    """
    given = wanted(recipe, changes)
    given.shared()
    return given.by(ImageOrRowRecipe)


def _never(key: str, value: Any) -> bool:
    return False


def _check_known(given: Given) -> None:
    """Refuse a key that no system has."""
    known: dict[str, FieldInfo] = {}
    unknown: list[tuple[str, Any]] = []
    for more in _knobs_by_system():
        known |= more
        if not (unknown := _unknown(given, known, known)):
            return
    key, value = unknown[0]
    if any(one.startswith(f"{key}.") for one in known):
        raise RecipeError(f"{given.source}: {no_section(key, value, known)}")
    refusal = f"{given.source}: {unknown_key(key, known)}"
    raise RecipeError(systems.with_broken(refusal, systems.broken()))


def _expect_system(given: Sequence[Given]) -> None:
    """See that the system is known which the last of these that names one names.

    Raises:
        RecipeError: a file names one that is not.
    """
    named = [one for one in given if "system" in one.values]
    if not named or named[-1].source == "recipe":  # what was typed is refused where it is read
        return
    name, known = named[-1].values["system"], systems.places()
    if isinstance(name, str) and name not in ("auto", *known):
        raise RecipeError(
            f"{named[-1].source} is of a system that is not known here, no system '{name}': name"
            f" its folder with --system FOLDER, or NETWRIGHT_SYSTEMS=FOLDER{nearest(name, known)}"
        )


def _unknown(
    given: Given, nested: Mapping[str, FieldInfo], known: Mapping[str, FieldInfo]
) -> list[tuple[str, Any]]:
    """(key, value) of what was given that is not known and may not be left out.

    Args:
        nested: the knobs that say what is a section, and what one knob's value.
        known: those that may be given.
    """
    return [
        (key, value)
        for key, value in keyed(given.values, nested)
        if key not in known and not given.leaves_out(key, value)
    ]


def every_knob() -> dict[str, FieldInfo]:
    """The knobs of all systems by their full keys, those of every system first."""
    found: dict[str, FieldInfo] = {}
    for more in _knobs_by_system():
        found |= more
    return found


def _knobs_by_system() -> Iterator[Mapping[str, FieldInfo]]:
    """The knobs of every system, then those of one after another, each loaded only when it is asked
    for: to load all takes longer than to load the data.
    """
    yield knobs(Recipe)
    for system in systems.loaded():
        yield knobs(system.recipe)


def every_model() -> Iterator[str]:
    """The names of the nets of all systems, each once; loads one system after another."""
    listed = set[str]()
    for system in systems.loaded():
        for model in system.models:
            if model not in listed:
                listed.add(model)
                yield model


def check_searched(key: str, system: AnySystem) -> None:
    """Refuse to search a knob of another system.

    Raises:
        RecipeError: the system does not have it, and another does.
    """
    if key not in knobs(system.recipe) and key in every_knob():
        raise RecipeError(f"search: {_foreign(key, system)}")


def _foreign(key: str, system: AnySystem) -> str:
    """That a knob is another system's."""
    owners = [one.name for one in systems.loaded() if key in knobs(one.recipe)]
    listed = " and ".join([", ".join(owners[:-1]), owners[-1]] if len(owners) > 1 else owners)
    return (
        f"'{key}' is a knob of the system{'s' if len(owners) > 1 else ''} {listed};"
        f" {system.name}, which takes these data, has none of that name: leave it out."
    )


def check_model(name: str, system: AnySystem) -> None:
    """Refuse a net that the system does not have.

    Raises:
        RecipeError: ``name`` is none of ``system.models``.
    """
    if _is_of_another(name, system):
        raise RecipeError(
            f"model '{name}' is none of the system {system.name}, which has"
            f" {', '.join(system.models) or 'one net alone'}."
        )
    if name != "auto" and not name.startswith(OWN) and name not in system.models:
        raise RecipeError(f"no model '{name}'{nearest(name, system.models)}")


def _is_of_another(model: Any, system: AnySystem) -> bool:
    return model not in system.models and model in every_model()


def _with_its_net(given: Given, system: AnySystem) -> Given:
    """The same without the name of a net that the system does not have, if that may be left out."""
    model = given.values.get("model")
    name = model.get("name") if isinstance(model, Mapping) else None
    if not _is_of_another(name, system) or not given.leaves_out("model.name", name):
        return given
    return replace(given, values=merge(given.values, {"model": {"name": "auto"}}))
