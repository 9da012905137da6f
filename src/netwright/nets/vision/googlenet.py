"""GoogLeNet, the first inception net (notes 4.2.7-4.2.10).

Szegedy et al. 2014, "Going deeper with convolutions"; with batch norm after Ioffe and Szegedy 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import NO_NORM, Norm, drop, drop_rates, needs_side
from netwright.nets.side_heads import WithSides
from netwright.recipe import NetModel

LEAST = {"googlenet": 31, "googlenet-bn": 15}
"""Pixels a side that leave the last pooling one."""

MODULES = {
    # channels in; 1x1; 3x3: bottleneck, filters; 5x5: bottleneck, filters; behind the pooling
    "inception3a": (192, 64, 96, 128, 16, 32, 32),
    "inception3b": (256, 128, 128, 192, 32, 96, 64),
    "inception4a": (480, 192, 96, 208, 16, 48, 64),
    "inception4b": (512, 160, 112, 224, 24, 64, 64),
    "inception4c": (512, 128, 128, 256, 24, 64, 64),
    "inception4d": (512, 112, 144, 288, 32, 64, 64),
    "inception4e": (528, 256, 160, 320, 32, 128, 128),
    "inception5a": (832, 256, 160, 320, 32, 128, 128),
    "inception5b": (832, 384, 192, 384, 48, 128, 128),
}
"""Table 1 of the paper."""


class Unit(nn.Module):
    """relu(norm(conv(x))), of the same sides, or half of them at stride 2."""

    def __init__(self, before: int, after: int, side: int, norm: Norm, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, side, stride, side // 2, bias=norm.absent)
        self.bn = norm.over(after, images=True, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)."""
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """1x1, 1x1-3x3, 1x1-5x5 and pool-1x1 side by side, their channels one after the other.

    Args:
        widths: a row of ``MODULES``.
        large: side of the third branch's filters.
        norm: behind each convolution.
    """

    def __init__(self, widths: tuple[int, ...], large: int, norm: Norm) -> None:
        super().__init__()
        before, one, three_in, three, five_in, five, pooled = widths
        self.branch1 = Unit(before, one, 1, norm)
        self.branch2 = nn.Sequential(
            Unit(before, three_in, 1, norm), Unit(three_in, three, 3, norm)
        )
        self.branch3 = nn.Sequential(
            Unit(before, five_in, 1, norm), Unit(five_in, five, large, norm)
        )
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), Unit(before, pooled, 1, norm))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, one + three + five + pooled, H, W)."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


class SideHead(nn.Module):
    """Outputs from the middle of the net: 4x4 means, 1x1 to 128, 1024, outputs."""

    def __init__(self, before: int, outputs: int, dropout: float, norm: Norm) -> None:
        super().__init__()
        self.conv = Unit(before, 128, 1, norm)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.dropout = drop(dropout)
        self.fc2 = nn.Linear(1024, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, outputs)."""
        a = F.relu(self.fc1(self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)))
        out: Tensor = self.fc2(self.dropout(a))
        return out


class GoogLeNet(nn.Module):
    """7x7/2, pool, 1x1, 3x3, pool, nine inception modules with two poolings between, mean, outputs.

    As in the paper, with biases and responses normed, on 224x224x3 with 1,000 outputs: 6,998,552
    parameters, 13,378,280 with both side heads (Caffe's ``bvlc_googlenet``). Batch-normed: the
    layers, names and outputs of ``torchvision.models.googlenet``, whose weights were trained with
    filters of 3x3 for 5x5 and a last pooling of 2x2.

    Args:
        channels: of the images.
        outputs: numbers returned per example.
        sides: whether it has its two side heads.
        dropout: fractions of the pooled features, and inside each side head.
        norm: behind each convolution.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        outputs: int = 1000,
        sides: bool = True,
        dropout: tuple[float, ...] = (0.4, 0.7),
        norm: Norm = NO_NORM,
    ) -> None:
        super().__init__()
        paper = norm.absent
        self.conv1 = Unit(channels, 64, 7, norm, stride=2)
        self.conv2 = Unit(64, 64, 1, norm)
        self.conv3 = Unit(64, 192, 3, norm)
        made = [Inception(widths, 5 if paper else 3, norm) for widths in MODULES.values()]
        self.inception3a, self.inception3b = made[:2]
        self.inception4a, self.inception4b, self.inception4c = made[2:5]
        self.inception4d, self.inception4e = made[5:7]
        self.inception5a, self.inception5b = made[7:]
        self.respond = nn.LocalResponseNorm(5) if paper else nn.Identity()
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.late_pool = self.pool if paper else nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.aux1 = SideHead(512, outputs, dropout[1], norm) if sides else None
        self.aux2 = SideHead(528, outputs, dropout[1], norm) if sides else None
        self.dropout = drop(dropout[0])
        self.fc = nn.Linear(1024, outputs)

    def forward(self, x: Tensor) -> Tensor | WithSides:
        """x (B, C, H, W) -> (B, outputs); in training with the side heads' beside it."""
        a = self.respond(self.pool(self.conv1(x)))
        a = self.pool(self.respond(self.conv3(self.conv2(a))))
        a = self.pool(self.inception3b(self.inception3a(a)))
        early = self.inception4a(a)
        late = self.inception4d(self.inception4c(self.inception4b(early)))
        a = self.late_pool(self.inception4e(late))
        a = self.inception5b(self.inception5a(a))
        out: Tensor = self.fc(self.dropout(a.mean(dim=(2, 3))))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return WithSides(out, (self.aux1(early), self.aux2(late)))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """As in the paper, or batch-normed: ``googlenet-bn``.

    Raises:
        RecipeError: the images are smaller than 31x31, or 15x15.
    """
    needs_side(model.name, shape, LEAST[model.name])
    return GoogLeNet(
        channels=shape[0],
        outputs=outputs,
        dropout=drop_rates(model, 2, "before the last layer and inside the two side heads"),
        norm=NO_NORM if model.name == "googlenet" else Norm("batch"),
    )
