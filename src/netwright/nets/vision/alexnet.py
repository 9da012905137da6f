"""AlexNet in its three forms (notes 4.2.3).

Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional neural
networks"; the later form of one tower is of Krizhevsky 2014, "One weird trick for parallelizing
convolutional neural networks".
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from netwright.nets.blocks.layers import drop, drop_rates, needs_side
from netwright.recipe import NetModel

LEAST = 63
"""Pixels a side: three poolings of 3x3 at stride 2 behind a stride of 4 leave one."""


@dataclass(frozen=True)
class Tower:
    """How the five convolutions stand.

    Args:
        channels: of each.
        groups: of the second, fourth and fifth: 2 where each half of the channels lay on a card of
            its own.
        normed: whether responses are normed behind the first two.
    """

    channels: tuple[int, int, int, int, int]
    groups: int
    normed: bool


TOWERS = {
    "alexnet": Tower((96, 256, 384, 384, 256), groups=2, normed=True),
    "alexnet-ungrouped": Tower((96, 256, 384, 384, 256), groups=1, normed=True),
    "alexnet-one-tower": Tower((64, 192, 384, 256, 256), groups=1, normed=False),
}


def response_norm() -> nn.Module:
    """a / (2 + 1e-4 sum a^2)^0.75 over five channels; PyTorch divides alpha by their number."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


class AlexNet(nn.Module):
    """11x11/4, pool, 5x5, pool, 3x3, 3x3, 3x3, pool; 4096, 4096, outputs; ReLU behind each.

    With 1,000 outputs of 224x224x3: 60,965,224 parameters (the paper's two groups), 62,378,344
    (ungrouped), 61,100,840 (one tower: the layers, names and outputs of ``torchvision.models.
    alexnet``). Images of any other size are pooled to the 6x6 that the dense layers read.

    Args:
        channels: of the images.
        outputs: numbers returned per example.
        form: one of ``TOWERS``.
        dropout: fractions of what goes into the two dense layers of 4,096 units.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        outputs: int = 1000,
        form: Tower = TOWERS["alexnet"],
        dropout: tuple[float, ...] = (0.5, 0.5),
    ) -> None:
        super().__init__()
        one, two, three, four, five = form.channels
        norm = [response_norm()] if form.normed else []
        self.features = nn.Sequential(
            nn.Conv2d(channels, one, 11, stride=4, padding=2),
            nn.ReLU(),
            *norm,
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(one, two, 5, padding=2, groups=form.groups),
            nn.ReLU(),
            *([response_norm()] if form.normed else []),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(two, three, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(three, four, 3, padding=1, groups=form.groups),
            nn.ReLU(),
            nn.Conv2d(four, five, 3, padding=1, groups=form.groups),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            drop(dropout[0]),
            nn.Linear(five * 6 * 6, 4096),
            nn.ReLU(),
            drop(dropout[1]),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The form that ``model.name`` names, for images of this shape.

    Raises:
        RecipeError: the images are smaller than 63x63.
    """
    needs_side(model.name, shape, LEAST)
    return AlexNet(
        channels=shape[0],
        outputs=outputs,
        form=TOWERS[model.name],
        dropout=drop_rates(model, 2, "before each of the two layers of 4,096 units"),
    )
