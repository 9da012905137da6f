"""The residual nets for small images, with 20 to 110 layers, and the same without shortcuts.

He, Zhang, Ren, Sun 2015, "Deep residual learning for image recognition", section 4.2 (notes 4.2.5,
4.2.6).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import (
    BATCH_NORM,
    Norm,
    convolution_and_norm,
    drop,
    drop_rates,
    norm_of,
)
from netwright.recipe import NetModel

DEPTHS = (20, 32, 44, 56, 110)


class ShortcutBlock(nn.Module):
    """relu(x + norm(conv3x3(relu(norm(conv3x3(x)))))); plain: without x.

    Where the shape changes the shortcut takes every second pixel and fills the new channels with
    zeros, which needs no weights (option A of the paper).

    Args:
        before, after: channels in and out.
        stride: 2 halves height and width.
        plain: no shortcut.
        norm: behind each convolution.
    """

    def __init__(self, before: int, after: int, stride: int, *, plain: bool, norm: Norm) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution_and_norm(before, after, 3, norm, stride=stride)
        self.conv2, self.bn2 = convolution_and_norm(after, after, 3, norm)
        self.stride, self.new, self.plain = stride, after - before, plain

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)."""
        a = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.plain:
            return F.relu(a)
        short = x[:, :, :: self.stride, :: self.stride]
        return F.relu(a + F.pad(short, (0, 0, 0, 0, self.new // 2, self.new - self.new // 2)))


class ResNetCIFAR(nn.Module):
    """3x3 of 16 channels; three stages of n blocks with 16, 32, 64; mean over pixels; outputs.

    It has 6n + 2 layers. With ten outputs of three channels 269,722, 464,154, 658,586, 853,018 and
    1,727,962 parameters for 20, 32, 44, 56 and 110 layers, with and without shortcuts. Any size of
    images.

    Args:
        depth: 6n + 2.
        channels: of the images.
        outputs: numbers returned per example.
        plain: no shortcuts.
        dropout: fraction of the pooled features dropped.
        norm: behind each convolution.
    """

    def __init__(
        self,
        *,
        depth: int = 20,
        channels: int = 3,
        outputs: int = 10,
        plain: bool = False,
        dropout: float = 0.0,
        norm: Norm = BATCH_NORM,
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution_and_norm(channels, 16, 3, norm)
        before, stages = 16, list[nn.Sequential]()
        for after in (16, 32, 64):
            row: list[nn.Module] = []
            for number in range((depth - 2) // 6):
                stride = 2 if stages and number == 0 else 1
                row.append(ShortcutBlock(before, after, stride, plain=plain, norm=norm))
                before = after
            stages.append(nn.Sequential(*row))
        self.layer1, self.layer2, self.layer3 = stages
        self.dropout = drop(dropout)
        self.fc = nn.Linear(before, outputs)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        a = F.relu(self.bn1(self.conv1(x)))
        a = self.layer3(self.layer2(self.layer1(a)))
        out: Tensor = self.fc(self.dropout(a.mean(dim=(2, 3))))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The depth that ``model.name`` names: ``resnet20``, ``plain20`` and so on."""
    return ResNetCIFAR(
        depth=int(model.name.removeprefix("plain").removeprefix("resnet")),
        channels=shape[0],
        outputs=outputs,
        plain=model.name.startswith("plain"),
        dropout=drop_rates(model, 1, "before the last layer")[0],
        norm=norm_of(model, "batch"),
    )
