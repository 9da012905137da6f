"""A training of the last layers alone, on what the frozen net before them makes of the examples."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.training.freezing.features import HEAD, Front
from netwright.training.freezing.passed import PassedStages, pass_by
from netwright.training.freezing.stages import Stage
from netwright.training.setup import TrainingSetup


@dataclass(frozen=True)
class FeatureCodec:
    """Encodes an example as what the frozen net makes of it; there is nothing to augment.

    Args:
        front: with the codec that the run keeps.
        rows: id of an example -> its row of ``values``, of those that are computed.
        values: (N, D), or (N, D, ...).
        name: what the front calls these.
        thaws: the stages that are passed by, and thawed before the end: then the inputs are run;
            None: they never are.
    """

    front: Front
    rows: Mapping[str, int]
    values: Tensor
    name: str = HEAD
    thaws: PassedStages | None = None

    def encode(self, examples: Examples) -> Batch:
        """Features in place of the inputs, or beside them; computed where they are not there."""
        encoded = self.front.codec.encode(examples)
        rows = [self.rows.get(one, -1) for one in examples.ids]
        if -1 in rows:
            device = next(self.front.net.parameters()).device
            found = self.front.of(encoded.padded().to(device))[self.name].cpu()
        else:
            found = self.values[torch.tensor(rows)]
        return replace(encoded, inputs=(found,) if self.thaws is None else (*encoded.inputs, found))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """The features as they are; the inputs where the stages before these are thawed."""
        if self.thaws is None:
            return batch
        *inputs, found = batch.inputs
        if self.thaws.on:
            return replace(batch, inputs=(found,))
        return self.front.codec.prepare(replace(batch, inputs=tuple(inputs)), recipe, draws)

    def decode(
        self, net: nn.Module, outputs: Any, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Any] | AnswerColumns:
        """As the codec that the run keeps."""
        return self.front.codec.decode(net, outputs, batch, recipe, chosen)


def of_parts(
    front: Front, parts: Sequence[Examples], values: Sequence[Tensor], name: str = HEAD
) -> FeatureCodec:
    """With the features of these examples."""
    ids = [one for part in parts for one in part.ids]
    rows = {one: at for at, one in enumerate(ids)}
    return FeatureCodec(front, rows, torch.cat([value.cpu() for value in values]), name)


def on_features(setup: TrainingSetup, codec: FeatureCodec) -> TrainingSetup:
    """The same training, whose net reads features: all its weights are there by their names, and
    only its last layer is run.
    """
    codec = _standing(setup, replace(codec, front=replace(codec.front, after={})))
    net = _last_layer_of(setup.net, codec.front.head)
    return replace(setup, codec=codec, kept=setup.codec, net=net)


def behind(setup: TrainingSetup, codec: FeatureCodec, frozen: Sequence[Stage]) -> TrainingSetup:
    """The same training, whose net reads what its frozen stages make, until one of them is
    thawed.
    """
    codec, passed = _standing(setup, codec), PassedStages(len(frozen))
    if setup.recipe.training.thaws:
        codec = replace(codec, thaws=passed)
    pass_by(setup.net, frozen, passed)
    return replace(setup, codec=codec, kept=setup.codec, passed=passed)


def _standing(setup: TrainingSetup, codec: FeatureCodec) -> FeatureCodec:
    """With a copy of the net as it is, which runs whole whatever becomes of the net."""
    front = replace(codec.front, net=copy.deepcopy(setup.net), recipe=setup.recipe)
    return replace(codec, front=front)


def _last_layer_of(net: nn.Module, head: str) -> nn.Module:
    """The same module, of a class of its own whose ``forward`` is that of its last layer; copies of
    it are of that class, too.
    """

    def forward(self: nn.Module, features: Tensor) -> Any:
        return self.get_submodule(head)(features)

    net.__class__ = type(f"LastLayerOf{type(net).__name__}", (type(net),), {"forward": forward})
    return net
