"""What a training takes over from an earlier run, and what is as it was drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from netwright.base.errors import RecipeError
from netwright.base.figures import counted
from netwright.contract import AnySystem, EarlierRun
from netwright.runs import codecs

SHOWN = 4
"""Names in a message, at most."""


@dataclass(frozen=True)
class TakenOver:
    """What came from where.

    Args:
        run: the earlier run's id.
        weights: the digest of those that it kept.
        taken, drawn: names of parameters and buffers.
        codec: the fields of the codec that are the earlier run's.
    """

    run: str
    weights: str
    taken: tuple[str, ...]
    drawn: tuple[str, ...]
    codec: tuple[str, ...]

    @property
    def message(self) -> str:
        """In one line."""
        weights = f"{counted(len(self.taken), 'tensor')} of its weights"
        codec = f" and its codec's {listed(self.codec)}" if self.codec else ""
        drawn = f"; newly drawn: {listed(self.drawn)}" if self.drawn else "; nothing is newly drawn"
        return f"starts from {self.run}: takes over {weights}{codec}{drawn}"


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")


@torch.no_grad()
def take_over(system: AnySystem, net: nn.Module, codec: Any, earlier: EarlierRun) -> TakenOver:
    """Put into the net what its system takes over from the earlier run.

    Raises:
        RecipeError: the earlier run lacks some of it, or has it in another shape; or nothing is
            taken over.
    """
    assert system.adopt is not None
    names, own = tuple(system.adopt(net, codec, earlier)), net.state_dict()
    strange = [name for name in names if name not in own]
    if strange:
        raise ValueError(f"adopt of {system.name} names '{strange[0]}', which the net has not")
    _check(names, own, earlier)
    for name in names:
        own[name].copy_(earlier.weights[name])
    drawn = tuple(name for name in own if name not in set(names))
    mine, theirs = codecs.dump(system, codec), codecs.dump(system, earlier.codec)
    same = tuple(part for part in mine if mine[part] == theirs.get(part))
    return TakenOver(earlier.name, earlier.digest, names, drawn, same)


def _check(names: Collection[str], own: dict[str, torch.Tensor], earlier: EarlierRun) -> None:
    if not names:
        raise RecipeError(
            f"no weights of {earlier.name} fit what is learned here: train without model.start."
        )
    lacking = [name for name in names if name not in earlier.weights]
    if lacking:
        raise RecipeError(
            f"{earlier.name}, a run of model '{earlier.recipe.model.name}', has no weights"
            f" {listed(lacking)}: start from a run of the same architecture, or train it as that"
            " run was."
        )
    apart = [name for name in names if own[name].shape != earlier.weights[name].shape]
    if apart:
        shapes = [
            f"{name} {tuple(earlier.weights[name].shape)} (here {tuple(own[name].shape)})"
            for name in apart
        ]
        raise RecipeError(
            f"weights of {earlier.name} have other shapes than here: {listed(shapes)}; start from a"
            " run whose inputs and section 'model' are as here."
        )
