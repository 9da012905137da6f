"""What each token of a piece costs, as a net is measured: window after window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.contract import Examples
from netwright.data.music.piece import Piece
from netwright.systems.music.codec import MusicCodec, cut
from netwright.systems.music.moving import carry, forward
from netwright.systems.music.recipe import MusicRecipe

if TYPE_CHECKING:
    from torch import nn


def token_costs(
    piece: Piece, net: nn.Module, codec: MusicCodec, recipe: MusicRecipe
) -> list[float]:
    """-log p of each token, as ``tokens_of`` gives them."""
    import torch

    units = cut(Examples([piece], [piece], ["piece"], ["piece"]), recipe, codec).units
    costs = list[float]()
    with torch.inference_mode():
        state = carry(net.eval(), recipe, 1)
        for at in range(len(units)):
            batch = codec.prepare(codec.encode(units.take([at])).padded(), recipe, None)
            outputs = forward(net, replace(batch, carry=state), recipe)
            costs += outputs.costs[0].tolist()
            state = outputs.carried
    return costs
