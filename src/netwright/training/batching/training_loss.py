"""What a training descends on: its loss, and the batches that the loss is of, weighted and mixed as
the recipe says.

With weights w, w' of an example and its partner, a mixed example's loss is lambda w L(y) + (1 -
lambda) w' L(y'), and the step divides their sum by the sum of lambda w + (1 - lambda) w': each
target counts as its own example does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from netwright.contract import Codec
from netwright.data.images.augment.mix import mixes
from netwright.training.batching.example_weights import WeightedCodec, WeightedLoader, weighted
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.mixing import mixed_loss, mixing
from netwright.training.setup import TrainingSetup
from netwright.training.steps.autograd import Loss


@dataclass(frozen=True)
class Descent:
    """What a step goes down on.

    Args:
        loss: of each row of a prepared batch.
        codec: prepares the batches.
        loader: where they come from.
    """

    loss: Loss
    codec: Codec
    loader: BatchLoader


def training_loss(
    setup: TrainingSetup, loader: BatchLoader, weights: NDArray[np.float64] | None
) -> Descent:
    """The loss of a step on plain batches, or on weighted or mixed ones, as the recipe says.

    Args:
        weights: (N,) how much each row of ``loader`` counts; None: all alike.
    """
    loss: Loss = setup.loss
    codec, recipe, device = setup.codec, setup.recipe, setup.device
    if weights is not None:
        held = torch.tensor(weights, dtype=torch.float32, device=device.torch_device)
        loader, codec, loss = WeightedLoader(loader, held), WeightedCodec(codec), weighted(loss)
    if mixes(recipe.augment):
        loss = mixed_loss(loss)
    return Descent(loss, mixing(codec, recipe, device), loader)
