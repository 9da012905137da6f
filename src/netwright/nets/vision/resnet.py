"""ResNet with 18, 34, 50, 101 and 152 layers (notes 4.2.5).

He, Zhang, Ren, Sun 2015, "Deep residual learning for image recognition". In the blocks of three the
3x3 convolution strides, not the first 1x1, as is usual since Goyal et al. 2017: "ResNet v1.5".
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

BLOCKS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
"""Blocks in each stage."""

CHANNELS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """relu(shortcut(x) + norm(conv3x3(relu(norm(conv3x3(x))))))."""

    WIDER = 1

    def __init__(self, before: int, inside: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution_and_norm(before, inside, 3, norm, stride=stride)
        self.conv2, self.bn2 = convolution_and_norm(inside, inside, 3, norm)
        self.downsample = shortcut(before, inside, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, inside, H / stride, W / stride)."""
        a = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.downsample(x) + self.bn2(self.conv2(a)))


class Bottleneck(nn.Module):
    """relu(shortcut(x) + 1x1 -> 3x3 -> 1x1 to four times the channels), a norm behind each."""

    WIDER = 4

    def __init__(self, before: int, inside: int, stride: int, norm: Norm) -> None:
        super().__init__()
        after = self.WIDER * inside
        self.conv1, self.bn1 = convolution_and_norm(before, inside, 1, norm)
        self.conv2, self.bn2 = convolution_and_norm(inside, inside, 3, norm, stride=stride)
        self.conv3, self.bn3 = convolution_and_norm(inside, after, 1, norm)
        self.downsample = shortcut(before, after, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, 4 inside, H / stride, W / stride)."""
        a = F.relu(self.bn1(self.conv1(x)))
        a = F.relu(self.bn2(self.conv2(a)))
        return F.relu(self.downsample(x) + self.bn3(self.conv3(a)))


def shortcut(before: int, after: int, stride: int, norm: Norm) -> nn.Module:
    """The identity, or a 1x1 convolution and its norm where the shape changes (option B)."""
    if stride == 1 and before == after:
        return nn.Identity()
    return nn.Sequential(*convolution_and_norm(before, after, 1, norm, stride=stride))


class ResNet(nn.Module):
    """7x7/2, pool/2, four stages of 64, 128, 256, 512 channels, mean over pixels, outputs.

    With 1,000 outputs: 11,689,512, 21,797,672, 25,557,032, 44,549,160 and 60,192,808 parameters;
    the layers, names and outputs of ``torchvision.models.resnet18`` and so on. Any size of images.

    Args:
        channels: of the images.
        outputs: numbers returned per example.
        block: ``BasicBlock`` or ``Bottleneck``.
        blocks: in each stage; the first of each but the first stage halves the sides.
        dropout: fraction of the pooled features dropped.
        norm: behind each convolution.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        outputs: int = 1000,
        block: type[BasicBlock] | type[Bottleneck] = BasicBlock,
        blocks: tuple[int, ...] = BLOCKS["resnet18"],
        dropout: float = 0.0,
        norm: Norm = BATCH_NORM,
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution_and_norm(channels, 64, 7, norm, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        before, stages = 64, list[nn.Sequential]()
        for inside, count in zip(CHANNELS, blocks, strict=True):
            row: list[nn.Module] = []
            for number in range(count):
                stride = 2 if stages and number == 0 else 1
                row.append(block(before, inside, stride, norm))
                before = inside * block.WIDER
            stages.append(nn.Sequential(*row))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.dropout = drop(dropout)
        self.fc = nn.Linear(before, outputs)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        a = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        a = self.layer4(self.layer3(self.layer2(self.layer1(a))))
        out: Tensor = self.fc(self.dropout(a.mean(dim=(2, 3))))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The depth that ``model.name`` names."""
    return ResNet(
        channels=shape[0],
        outputs=outputs,
        block=BasicBlock if model.name in ("resnet18", "resnet34") else Bottleneck,
        blocks=BLOCKS[model.name],
        dropout=drop_rates(model, 1, "before the last layer")[0],
        norm=norm_of(model, "batch"),
    )
