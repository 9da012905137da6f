"""The weights of a recurrent cell before the first step."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def draw(cell: nn.Module, units: int) -> None:
    """Draw the weights of each gate by itself: from x as Glorot and Bengio 2010, from the state
    orthogonal (Saxe et al. 2014); biases and peepholes are 0.
    """
    for name, weights in cell.named_parameters():
        for gate in torch.split(weights, units):
            if name.startswith("weight_ih"):
                nn.init.xavier_uniform_(gate)
            elif name.startswith("weight_hh"):
                nn.init.orthogonal_(gate)
            else:
                nn.init.zeros_(gate)


@torch.no_grad()
def remember(biases: torch.Tensor, units: int) -> None:
    """Set the bias of an LSTM's forget gate to 1, so that it remembers before it has learned what
    for (Jozefowicz et al. 2015). Of torch's two biases it is set in one, as their sum counts.
    """
    biases[units : 2 * units].fill_(1.0)
