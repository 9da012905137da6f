"""A wide and short net for small photographs, soon at a good answer.

Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (airbench94), after Page 2019, "How
to train your ResNet", the record of Stanford's DAWNBench: frozen whitening of patches, filters
that begin as the identity, pooling before the norm, batch norm without a trained scale, outputs
scaled down. Narrower here, for a CPU, and without the bias behind the whitening, whose gradient
takes a tenth of a step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import drop, drop_rates, needs_side
from netwright.nets.blocks.whitening import Whitening
from netwright.recipe import NetModel, resolved
from netwright.recipe.nets import stride_of

LEAST = 9
"""Pixels a side: the whitening leaves eight, three poolings one."""

SCALE = 1 / 9
"""Of the outputs (airbench94): the net begins unsure."""


def convolution(before: int, after: int) -> nn.Conv2d:
    """3x3 filters that hand the first channels on as they are, the others drawn."""
    layer = nn.Conv2d(before, after, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight[: min(before, after)])
    return layer


def norm(channels: int) -> nn.BatchNorm2d:
    """Batch norm whose scale stays 1: a buffer, as no step moves it."""
    layer = nn.BatchNorm2d(channels)
    del layer.weight
    layer.register_buffer("weight", torch.ones(channels))
    return layer


class Stage(nn.Module):
    """x -> gelu(norm(conv(gelu(norm(pool(conv(x)))))): half the sides."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = convolution(before, after), norm(after)
        self.conv2, self.norm2 = convolution(after, after), norm(after)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H // 2, W // 2)."""
        a = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        out: Tensor = F.gelu(self.norm2(self.conv2(a)))
        return out


class Airbench(nn.Module):
    """Whitening, three stages of w, 2w and 8w/3 channels, the maximum over the places, one layer.

    Args:
        channels: of the images.
        side: the smaller of height and width; above 48 the whitening strides by 2, above 96 by 4.
        outputs: numbers returned per example.
        width: w, channels of the first stage.
        dropout: fraction dropped of the pooled features.
    """

    def __init__(
        self, *, channels: int, side: int, outputs: int, width: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        widths = width, 2 * width, 8 * width // 3
        self.whitening = Whitening(channels, stride_of(side))
        self.stages = nn.Sequential(
            Stage(self.whitening.outputs, widths[0]),
            Stage(widths[0], widths[1]),
            Stage(widths[1], widths[2]),
        )
        self.dropout = drop(dropout)
        self.head = nn.Linear(widths[2], outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        a = self.stages(F.gelu(self.whitening(x)))
        out: Tensor = SCALE * self.head(self.dropout(a.amax(dim=(2, 3))))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The net for images of this shape.

    Raises:
        RecipeError: they are smaller than 9x9, or so large that a patch's stride leaves less.
    """
    needs_side("airbench", shape, LEAST)
    return Airbench(
        channels=shape[0],
        side=min(shape[1:]),
        outputs=outputs,
        width=resolved(model.width),
        dropout=drop_rates(model, 1, "before the last layer")[0],
    )
