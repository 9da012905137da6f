"""VGG with 11, 13, 16 and 19 layers (notes 4.2.4).

Simonyan and Zisserman 2014, "Very deep convolutional networks for large-scale image recognition";
with batch norm as Ioffe and Szegedy 2015 put it.
"""

from __future__ import annotations

from torch import Tensor, nn

from netwright.nets.blocks.layers import (
    NO_NORM,
    Norm,
    convolution,
    drop,
    drop_rates,
    needs_side,
    norm_of,
)
from netwright.recipe import NetModel

LEAST = 32
"""Pixels a side: five poolings leave one."""

STAGES = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
"""3x3 convolutions before each of the five poolings."""

CHANNELS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    """Five stages of 3x3 convolutions, each halved by 2x2 max pooling; 4096, 4096, outputs.

    With 1,000 outputs of 224x224x3 VGG-16 has 138,357,544 parameters (138,365,992 with batch norm),
    VGG-19 143,667,240: the layers, names and outputs of ``torchvision.models.vgg16`` and so on.
    Images of any other size are pooled to the 7x7 that the dense layers read.

    Args:
        channels: of the images.
        outputs: numbers returned per example.
        stages: convolutions in each stage.
        dropout: fractions dropped behind the two dense layers of 4,096 units.
        norm: behind each convolution.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        outputs: int = 1000,
        stages: tuple[int, ...] = STAGES["vgg16"],
        dropout: tuple[float, ...] = (0.5, 0.5),
        norm: Norm = NO_NORM,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for count, after in zip(stages, CHANNELS, strict=True):
            for _ in range(count):
                layers += [*convolution(channels, after, 3, norm, padding=1, bias=True), nn.ReLU()]
                channels = after
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(channels * 7 * 7, 4096),
            nn.ReLU(),
            drop(dropout[0]),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            drop(dropout[1]),
            nn.Linear(4096, outputs),
        )
        self._draw()

    def _draw(self) -> None:
        """He's variance, without which sixteen layers do not learn, as He et al. 2015 found."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
            if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The depth that ``model.name`` names, for images of this shape.

    Raises:
        RecipeError: the images are smaller than 32x32.
    """
    needs_side(model.name, shape, LEAST)
    return VGG(
        channels=shape[0],
        outputs=outputs,
        stages=STAGES[model.name],
        dropout=drop_rates(model, 2, "behind each of the two layers of 4,096 units"),
        norm=norm_of(model, "none"),
    )
