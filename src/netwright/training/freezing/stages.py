"""The stages of a net by depth, and those of them that a recipe freezes."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from netwright.base.errors import RecipeError
from netwright.base.figures import counted
from netwright.contract import AnySystem
from netwright.recipe import Recipe, resolved
from netwright.training.start.take_over import TakenOver

Stage = tuple[str, ...]
"""The names of the modules that lie at one depth."""


def stages_of(system: AnySystem, net: nn.Module) -> tuple[Stage, ...]:
    """As the system says, or by the net's children.

    Raises:
        ValueError: the system names a module that the net has not, or one twice.
    """
    if system.body is None:
        return by_children(net)
    stages = tuple(map(tuple, system.body(net)))
    names, known = [name for stage in stages for name in stage], dict(net.named_modules())
    for name in names:
        if name not in known or names.count(name) > 1:
            what = "twice" if name in known else "which the net has not"
            raise ValueError(f"body of {system.name} names '{name}', {what}")
    return stages


def by_children(net: nn.Module) -> tuple[Stage, ...]:
    """The net's children in their order, ``nn.Sequential`` opened: one with a matrix or filters
    begins a stage; norms and activations are of the stage before them, dropout is of what reads
    what it leaves.
    """
    stages: list[list[str]] = []
    waiting: list[str] = []
    for name, child in _opened(net, ""):
        waiting.append(name)
        if isinstance(child, _DropoutNd):
            continue
        if any(weight.dim() >= 2 for weight in child.parameters()):
            stages.append([])
        if stages:
            stages[-1] += waiting
            waiting.clear()
    if stages:
        stages[-1] += waiting
    return tuple(map(tuple, stages))


def _opened(net: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in net.named_children():
        if isinstance(child, nn.Sequential):
            yield from _opened(child, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", child


def frozen_stages(system: AnySystem, net: nn.Module, recipe: Recipe) -> tuple[Stage, ...]:
    """Those that the recipe freezes, for a while at least: its first ones.

    Raises:
        RecipeError: they are all there are, or more.
    """
    wanted = recipe.training.frozen
    if wanted == 0:
        return ()
    stages = stages_of(system, net)
    if wanted >= len(stages):
        raise RecipeError(
            f"training.freeze = {wanted}: model '{recipe.model.name}' has"
            f" {counted(len(stages), 'stage')}, {_listed(net, stages)}, of which the last is"
            f" trained always; expected at most {len(stages) - 1}."
        )
    return stages[:wanted]


def check(system: AnySystem, net: nn.Module, recipe: Recipe) -> None:
    """Refuse to freeze more than there is, or to thaw after the end.

    Raises:
        RecipeError: as above.
    """
    frozen_stages(system, net, recipe)
    epochs = resolved(recipe.training.epochs)
    last = max(recipe.training.thaws, default=None)
    if last is not None and last >= epochs:
        raise RecipeError(
            f"training.thaw = {last} is not before the end of {counted(epochs, 'epoch')}: expected"
            " less, or training.thaw = null, which never thaws."
        )


def stage_of_each(net: nn.Module, frozen: tuple[Stage, ...]) -> dict[str, int]:
    """Every parameter -> which of the frozen stages it is of; of none their number. What two of
    them have in common is of the first.
    """
    place: dict[int, int] = {}
    for depth, stage in enumerate(frozen):
        for name in stage:
            for parameter in net.get_submodule(name).parameters():
                place.setdefault(id(parameter), depth)
    return {
        name: place.get(id(parameter), len(frozen)) for name, parameter in net.named_parameters()
    }


def messages(
    system: AnySystem, net: nn.Module, recipe: Recipe, taken_over: TakenOver | None
) -> tuple[str, ...]:
    """What is frozen, and until when, in a line; and what of it was drawn at random."""
    frozen = frozen_stages(system, net, recipe)
    if not frozen:
        return ()
    count, all_of_them = len(frozen), len(stages_of(system, net))
    held = [name for name, depth in stage_of_each(net, frozen).items() if depth < count]
    sizes = {name: parameter.numel() for name, parameter in net.named_parameters()}
    line = (
        f"frozen: {_listed(net, frozen)} ({count} of {all_of_them} stages,"
        f" {sum(sizes[name] for name in held):,} of {sum(sizes.values()):,} parameters)"
        f"{_until(recipe)}"
    )
    drawn = held if taken_over is None else [name for name in held if name in taken_over.drawn]
    if not drawn:
        return (line,)
    return line, (
        f"{counted(len(drawn), 'frozen tensor')} ({drawn[0]}{', ...' if len(drawn) > 1 else ''})"
        " stay as drawn at random: model.start names a run to take them from"
    )


def _until(recipe: Recipe) -> str:
    knobs = recipe.training
    if not knobs.thaws:
        return ""
    if isinstance(knobs.thaw, int):
        return f" until epoch {knobs.thaw} has ended"
    return f" until epochs {', '.join(map(str, knobs.thaws))} have ended, the last of them first"


def _listed(net: nn.Module, stages: tuple[Stage, ...]) -> str:
    return ", ".join(_name(net, stage) for stage in stages)


def _name(net: nn.Module, stage: Stage) -> str:
    """Its modules with weights; ``a + b`` where there are several."""
    weighty = [name for name in stage if any(True for _ in net.get_submodule(name).parameters())]
    return " + ".join(weighty or stage)
