"""A small convolution net whose filters stride instead of pooling.

The quickest to a good answer on small images.

Springenberg et al. 2015, "Striving for simplicity: the all convolutional net"; batch norm by Ioffe
and Szegedy 2015.
"""

from __future__ import annotations

from torch import Tensor, nn

from netwright.nets.blocks.layers import (
    BATCH_NORM,
    Norm,
    convolution,
    drop,
    drop_rates,
    needs_side,
    norm_of,
)
from netwright.recipe import NetModel, resolved

LEAST = 8
"""Pixels a side: three strides of 2 leave one."""


class CNNSmall(nn.Module):
    """5x5, 5x5 and 3x3 filters of stride 2, each with a norm and ReLU; one linear layer.

    They have w, 2w and 4w channels.

    Args:
        shape: (C, H, W) of the images, at least 8 pixels a side.
        outputs: numbers returned per example.
        first: w, channels of the first layer.
        dropout: fractions dropped after each of the three layers.
        norm: after each convolution.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, int, int],
        outputs: int,
        first: int,
        dropout: tuple[float, ...] = (0.0, 0.0, 0.0),
        norm: Norm = BATCH_NORM,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        layers: list[nn.Module] = []
        for after, side, rate in zip(
            (first, 2 * first, 4 * first), (5, 5, 3), (*dropout[:2], 0.0), strict=True
        ):
            layers += [
                *convolution(channels, after, side, norm, stride=2, padding=side // 2),
                nn.ReLU(),
            ]
            layers += [nn.Dropout(rate)] if rate else []
            channels, height, width = after, -(-height // 2), -(-width // 2)
        layers += [nn.Flatten(), drop(dropout[2])]
        self.layers = nn.Sequential(*layers, nn.Linear(channels * height * width, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.layers(x)
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The net for images of this shape.

    Raises:
        RecipeError: the images are smaller than 8x8.
    """
    channels, height, width = shape
    needs_side("cnn-small", shape, LEAST)
    return CNNSmall(
        shape=(channels, height, width),
        outputs=outputs,
        first=resolved(model.width),
        dropout=drop_rates(model, 3, "one after each convolution", single="last"),
        norm=norm_of(model, "batch"),
    )
