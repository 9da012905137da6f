"""What a training descends on: its loss, and the batches that the loss is of, weighted and mixed as
the recipe says.

With weights w, w' of an example and its partner, a mixed example's loss is lambda w L(y) + (1 -
lambda) w' L(y'), and the step divides their sum by the sum of lambda w + (1 - lambda) w': each
target counts as its own example does.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netwright.contract import Batch, Codec, System
from netwright.data.images.augment.mix import mixes
from netwright.recipe import Recipe
from netwright.training.batching.example_weights import WeightedCodec, WeightedLoader, weighted
from netwright.training.batching.loader import BatchLoader
from netwright.training.batching.mixing import mixed_loss, mixing
from netwright.training.devices import Device
from netwright.training.steps.autograd import Loss


def training_loss(
    system: System,
    recipe: Recipe,
    codec: Codec,
    store: BatchLoader,
    weights: NDArray[np.float64] | None,
    device: Device,
) -> tuple[Loss, Codec, BatchLoader]:
    """The loss of a step, the codec that prepares its batches, and the store that they come from.

    Args:
        weights: (N,) how much each row of ``store`` counts; None: all alike.
    """

    def plain(net: nn.Module, batch: Batch) -> Tensor:
        return system.loss(net, batch, recipe)

    loss: Loss = plain
    if weights is not None:
        held = torch.tensor(weights, dtype=torch.float32, device=device.torch_device)
        store, codec, loss = WeightedLoader(store, held), WeightedCodec(codec), weighted(loss)
    return mixed_loss(loss) if mixes(recipe.augment) else loss, mixing(codec, recipe, device), store
