"""A small residual net for small images (He et al. 2015, "Deep residual learning"; pre-activation form of He et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.recipe import Model, settled


class Block(nn.Module):
    """x -> shortcut(x) + conv(relu(norm(conv(relu(norm(x)))))).

    The second norm's scale starts at 0, so that every block starts as its shortcut (Goyal et al. 2017).

    Args:
        before, after: channels in and out.
        stride: 2 halves height and width.
    """

    def __init__(self, before: int, after: int, *, stride: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.shortcut = (
            nn.Conv2d(before, after, 1, stride=stride, bias=False) if stride > 1 or before != after else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)."""
        a = F.relu(self.norm1(x))
        short = x if self.shortcut is None else self.shortcut(a)
        out: Tensor = short + self.conv2(F.relu(self.norm2(self.conv1(a))))
        return out


class ResNetSmall(nn.Module):
    """Stem 3x3, then stages of width w, 2w, 4w, each halving the sides after the first; global pooling; one linear layer.

    Args:
        channels: of the images.
        side: the smaller of height and width; above 48 the stem strides by 2 (and above 96 by 4).
        outputs: numbers returned per example.
        width: w, channels of the first stage.
        dropout: share of the pooled features dropped.
    """

    def __init__(self, *, channels: int, side: int, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        stride = 1 if side <= 48 else 2 if side <= 96 else 4
        self.stem = nn.Conv2d(
            channels, width, 3 if stride < 4 else 7, stride=stride, padding=1 if stride < 4 else 3, bias=False
        )
        self.stages = nn.Sequential(
            Block(width, width, stride=1),
            Block(width, 2 * width, stride=2),
            Block(2 * width, 4 * width, stride=2),
        )
        self.norm = nn.BatchNorm2d(4 * width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(8 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs). Mean and maximum over the last stage are both read."""
        a = F.relu(self.norm(self.stages(self.stem(x))))
        pooled = torch.cat([a.mean(dim=(2, 3)), a.amax(dim=(2, 3))], dim=1)
        out: Tensor = self.head(self.dropout(pooled))
        return out


def build(shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: Model) -> nn.Module:
    """The small residual net for images of this shape."""
    return ResNetSmall(
        channels=shape[0],
        side=min(shape[1:]),
        outputs=outputs,
        width=settled(model.width),
        dropout=settled(model.dropout),
    )
