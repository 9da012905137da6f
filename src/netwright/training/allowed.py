"""What a recipe may not ask of a system that learns in a way of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netwright.base.errors import RecipeError
from netwright.contract import AnySystem
from netwright.recipe import Recipe, key_of

Plain = Callable[[Any], bool]

WHOLE: tuple[Plain, str] = (lambda parts: parts == 1, "1")

COUPLED: Mapping[str, tuple[Plain, str]] = {"training.accumulate": WHOLE}
"""Knob -> whether its value is one that such a system can train with, and which these are."""

OWN_STEP: Mapping[str, tuple[Plain, str]] = {
    "optimizer.lr": (lambda rate: rate != "find", "a number"),
    "training.accumulate": WHOLE,
    "training.average": (lambda decay: decay == 0, "0"),
    "training.average_kind": (lambda kind: kind == "ema", "ema"),
    "training.batch_size": (lambda size: size != "largest", "a number"),
    "training.clip_norm": (lambda norm: norm is None, "null"),
    "training.freeze": (lambda stages: stages == 0, "0"),
    "training.precision": (lambda name: name in ("auto", "float32"), "float32"),
    "training.step": (lambda way: way in ("auto", "eager"), "auto"),
}
"""The same where steps are the system's own: there is no gradient to clip, no trial, no trace."""


LANES: Mapping[str, tuple[Plain, str]] = {
    "training.accumulate": WHOLE,
    "training.step": (lambda way: way in ("auto", "eager"), "auto"),
}
"""The same where a step goes on from the one before it: it is taken by autograd, in one piece."""


PLANNED: Mapping[str, tuple[Plain, str]] = {
    "training.sampling": (lambda way: way == "shuffled", "shuffled"),
    "training.batch_tokens": (lambda most: most is None, "null"),
}
"""The same where a system plans its batches: nothing else draws or fills them."""


def check(system: AnySystem, recipe: Recipe, world: int) -> None:
    """Refuse what the system's own way of learning excludes.

    Args:
        world: how many processes work on every batch.

    Raises:
        RecipeError: a knob has a value that it excludes, examples are mixed, or there are several
            processes.
    """
    if system.plan is not None:
        _check_knobs(system, recipe, PLANNED, "the batches are planned by itself")
    if system.coupled:
        _check(system, recipe, world, COUPLED, "the rows of a batch belong together")
    if system.step is not None:
        _check(system, recipe, world, OWN_STEP, "the steps are its own")
    if system.carry is not None:
        _check(system, recipe, world, LANES, "each step goes on from the one before it")


def _check(
    system: AnySystem,
    recipe: Recipe,
    world: int,
    plain: Mapping[str, tuple[Plain, str]],
    why: str,
) -> None:
    _check_knobs(system, recipe, plain, why)
    name = f"of the system '{system.name}'"
    policy = system.mixes(recipe)
    if policy is not None:
        key = key_of(type(recipe), "mixup" if policy.mixup else "cutmix")
        raise RecipeError(f"{key} = {recipe.value(key)}: {name} {why}; expected 0.")
    if world > 1:
        raise RecipeError(f"{world} processes: {name} {why}; train in one process.")


def _check_knobs(
    system: AnySystem, recipe: Recipe, plain: Mapping[str, tuple[Plain, str]], why: str
) -> None:
    name = f"of the system '{system.name}'"
    for key, (allowed, expected) in plain.items():
        if not allowed(recipe.value(key)):
            raise RecipeError(f"{key} = {recipe.value(key)}: {name} {why}; expected {expected}.")
