"""A small residual net for small images; for signals and volumes with filters of their axes.

He et al. 2015, "Deep residual learning"; pre-activation form of He et al. 2016.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import BATCH_NORM, FILTERS, Norm, drop_rates, norm_of
from netwright.recipe import NetModel, resolved
from netwright.recipe.nets import stride_of


class Block(nn.Module):
    """x -> shortcut(x) + conv(relu(norm(conv(relu(norm(x)))))).

    Args:
        before, after: channels in and out.
        stride: 2 halves each side.
        dropout: fraction dropped between the two convolutions (Zagoruyko and Komodakis 2016).
        norm: before each convolution; without a norm the convolutions have biases.
        axes: of the places: 2 of images.
    """

    def __init__(
        self,
        before: int,
        after: int,
        *,
        stride: int,
        dropout: float = 0.0,
        norm: Norm = BATCH_NORM,
        axes: int = 2,
    ) -> None:
        super().__init__()
        bias, filters = norm.absent, FILTERS[axes]
        self.norm1 = norm.over(before, images=True, axes=axes)
        self.conv1 = filters(before, after, 3, stride=stride, padding=1, bias=bias)
        self.norm2 = norm.over(after, images=True, axes=axes)
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.conv2 = filters(after, after, 3, padding=1, bias=bias)
        self.shortcut = (
            filters(before, after, 1, stride=stride, bias=bias)
            if stride > 1 or before != after
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, *axes) -> (B, after, *axes / stride)."""
        a = F.relu(self.norm1(x))
        short = x if self.shortcut is None else self.shortcut(a)
        inner = F.relu(self.norm2(self.conv1(a)))
        out: Tensor = short + self.conv2(inner if self.dropout is None else self.dropout(inner))
        return out


class ResNetSmall(nn.Module):
    """Stem 3x3, then stages of width w, 2w, 4w; global pooling; one linear layer.

    Each stage after the first halves the sides.

    Args:
        channels: of the images.
        side: the smallest of their sides; above 48 the stem strides by 2 (and above 96 by 4).
        outputs: numbers returned per example.
        width: w, channels of the first stage.
        dropout: fractions dropped inside each of the three blocks, and of the pooled features.
        norm: before each convolution, and before the last layer.
        axes: of the places: 1 of signals, 2 of images, 3 of volumes.
    """

    def __init__(
        self,
        *,
        channels: int,
        side: int,
        outputs: int,
        width: int,
        dropout: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
        norm: Norm = BATCH_NORM,
        axes: int = 2,
    ) -> None:
        super().__init__()
        bias = norm.absent
        stride = stride_of(side)
        self.stem = FILTERS[axes](
            channels,
            width,
            3 if stride < 4 else 7,
            stride=stride,
            padding=1 if stride < 4 else 3,
            bias=bias,
        )
        self.stages = nn.Sequential(
            Block(width, width, stride=1, dropout=dropout[0], norm=norm, axes=axes),
            Block(width, 2 * width, stride=2, dropout=dropout[1], norm=norm, axes=axes),
            Block(2 * width, 4 * width, stride=2, dropout=dropout[2], norm=norm, axes=axes),
        )
        self.norm = norm.over(4 * width, images=True, axes=axes)
        self.dropout = nn.Dropout(dropout[3])
        self.head = nn.Linear(8 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, *axes) -> (B, outputs). Mean and maximum over the last stage are both read."""
        a = F.relu(self.norm(self.stages(self.stem(x))))
        places = tuple(range(2, a.dim()))
        pooled = torch.cat([a.mean(dim=places), a.amax(dim=places)], dim=1)
        out: Tensor = self.head(self.dropout(pooled))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The small residual net for images, signals or volumes of this shape."""
    return ResNetSmall(
        channels=shape[0],
        side=min(shape[1:]),
        outputs=outputs,
        width=resolved(model.width),
        dropout=drop_rates(
            model, 4, "inside each of its three blocks and before the last layer", single="last"
        ),
        norm=norm_of(model, "batch"),
        axes=len(shape) - 1,
    )
