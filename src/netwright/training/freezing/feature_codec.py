"""A training of the last layer alone, on what the frozen net before it makes of the examples."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.training.freezing.features import HEAD, Front
from netwright.training.setup import TrainingSetup


@dataclass(frozen=True)
class FeatureCodec:
    """Encodes an example as what the last layer reads of it; there is nothing to augment.

    Args:
        front: with the codec that the run keeps.
        rows: id of an example -> its row of ``values``, of those that are computed.
        values: (N, D).
    """

    front: Front
    rows: Mapping[str, int]
    values: Tensor

    def encode(self, examples: Examples) -> Batch:
        """Features in place of the inputs; computed where they are not there."""
        encoded = self.front.codec.encode(examples)
        rows = [self.rows.get(one, -1) for one in examples.ids]
        if -1 in rows:
            device = next(self.front.net.parameters()).device
            found = self.front.of(encoded.padded().to(device))[HEAD].cpu()
        else:
            found = self.values[torch.tensor(rows)]
        return replace(encoded, inputs=(found,))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """As it is."""
        return batch

    def decode(
        self, net: nn.Module, outputs: Any, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Any] | AnswerColumns:
        """As the codec that the run keeps."""
        return self.front.codec.decode(net, outputs, batch, recipe, chosen)


def of_parts(front: Front, parts: Sequence[Examples], values: Sequence[Tensor]) -> FeatureCodec:
    """With the features of these examples."""
    ids = [one for part in parts for one in part.ids]
    rows = {one: at for at, one in enumerate(ids)}
    return FeatureCodec(front, rows, torch.cat([value.cpu() for value in values]))


def on_features(setup: TrainingSetup, codec: FeatureCodec) -> TrainingSetup:
    """The same training, whose net reads features: all its weights are there by their names, and
    only its last layer is run.
    """
    standing = replace(codec.front, net=copy.deepcopy(setup.net), recipe=setup.recipe, after={})
    return replace(
        setup,
        codec=replace(codec, front=standing),
        kept=setup.codec,
        net=_last_layer_of(setup.net, codec.front.head),
    )


def _last_layer_of(net: nn.Module, head: str) -> nn.Module:
    """The same module, of a class of its own whose ``forward`` is that of its last layer; copies of
    it are of that class, too.
    """

    def forward(self: nn.Module, features: Tensor) -> Any:
        return self.get_submodule(head)(features)

    net.__class__ = type(f"LastLayerOf{type(net).__name__}", (type(net),), {"forward": forward})
    return net
