"""A first layer whose filters are learned before training, from patches of the training split."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.base.errors import RecipeError
from netwright.recipe.nets import PATCHES


class Whitening(nn.Module):
    """What patches hold in the directions in which they vary most, and the same with its sign
    turned, as the activation behind it keeps one side (Page 2019).

    The filters are a buffer: they are saved with the net and no step moves them.

    Args:
        channels: of the images.
        stride: the patches are twice as wide.
    """

    filters: Tensor

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride, side = stride, 2 * stride
        count = min(PATCHES, channels * side * side)
        plain = torch.eye(count, channels * side * side)
        self.register_buffer("filters", plain.view(count, channels, side, side))

    @property
    def outputs(self) -> int:
        """Channels that it gives."""
        return 2 * len(self.filters)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, outputs, (H - 2 stride) / stride + 1, the same of W)."""
        found = F.conv2d(x, self.filters, stride=self.stride)
        return torch.cat((found, -found), dim=1)


def whiten(net: nn.Module, filters: Sequence[Sequence[float]]) -> None:
    """Lay these filters, flattened, into the whitening layer of a net, if it has one.

    Raises:
        RecipeError: they are of other patches.
    """
    for layer in net.modules():
        if isinstance(layer, Whitening) and filters:
            wanted = layer.filters
            found = torch.tensor(filters, dtype=wanted.dtype, device=wanted.device)
            if found.numel() != wanted.numel():
                raise RecipeError(
                    f"the whitening filters hold {found.numel():,} numbers, and this net's first"
                    f" layer has {wanted.numel():,}: they are of images of another size or number"
                    " of channels."
                )
            wanted.copy_(found.view_as(wanted))
