"""A small convolution net whose filters stride instead of pooling: the quickest to a good answer on small images.

Springenberg et al. 2015, "Striving for simplicity: the all convolutional net"; batch norm by Ioffe and Szegedy 2015.
"""

from __future__ import annotations

from torch import Tensor, nn

from netwright.base.errors import RecipeError
from netwright.recipe import Model, settled

LEAST = 8
"""Pixels a side: three strides of 2 leave one."""


class CNNSmall(nn.Module):
    """5x5, 5x5 and 3x3 filters of stride 2, each with batch norm and ReLU; w, 2w, 4w channels; one linear layer.

    Args:
        channels, height, width: of the images, at least 8 pixels a side.
        outputs: numbers returned per example.
        first: w, channels of the first layer.
        dropout: share of the features dropped before the linear layer.
    """

    def __init__(
        self, *, channels: int, height: int, width: int, outputs: int, first: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for after, side in ((first, 5), (2 * first, 5), (4 * first, 3)):
            layers += [
                nn.Conv2d(channels, after, side, stride=2, padding=side // 2, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
            channels, height, width = after, -(-height // 2), -(-width // 2)
        layers += [nn.Flatten(), nn.Dropout(dropout) if dropout else nn.Identity()]
        self.layers = nn.Sequential(*layers, nn.Linear(channels * height * width, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.layers(x)
        return out


def build(shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: Model) -> nn.Module:
    """The net for images of this shape.

    Raises:
        RecipeError: the images are smaller than 8x8.
    """
    channels, height, width = shape
    if min(height, width) < LEAST:
        raise RecipeError(
            f"cnn-small needs images of at least {LEAST}x{LEAST} pixels, these are {height}x{width}; set data.image_size."
        )
    return CNNSmall(
        channels=channels,
        height=height,
        width=width,
        outputs=outputs,
        first=settled(model.width),
        dropout=settled(model.dropout),
    )
