"""The two convolution nets that the notes work through by hand (notes 4.1.10, 4.1.13)."""

from __future__ import annotations

from torch import nn

from netwright.nets.blocks.layers import drop_rates, needs_side
from netwright.recipe import NetModel


def notes_4_1_10(channels: int, height: int, width: int, outputs: int) -> nn.Sequential:
    """39x39x3 -> 37x37x10 -> 17x17x20 -> 7x7x40 -> 1960 -> outputs.

    The filters are 3x3, 5x5 and 5x5, of strides 1, 2 and 2.
    """
    sides = [(((side - 2) - 5) // 2 + 1 - 5) // 2 + 1 for side in (height, width)]
    return nn.Sequential(
        nn.Conv2d(channels, 10, 3),
        nn.ReLU(),
        nn.Conv2d(10, 20, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(20, 40, 5, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(40 * sides[0] * sides[1], outputs),
    )


def notes_4_1_13(channels: int, height: int, width: int, outputs: int) -> nn.Sequential:
    """32x32x3: 5x5 conv 8, pool, 5x5 conv 16, pool, 120, 84, outputs.

    608, 3,216, 48,120, 10,164 and 850 parameters.
    """
    sides = [((side - 4) // 2 - 4) // 2 for side in (height, width)]
    return nn.Sequential(
        nn.Conv2d(channels, 8, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * sides[0] * sides[1], 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, outputs),
    )


NETS = {"notes-4.1.10": (notes_4_1_10, 15), "notes-4.1.13": (notes_4_1_13, 16)}
"""How each is made, and the pixels a side that leave one."""


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The notes' net named by ``model.name``.

    Raises:
        RecipeError: the images are smaller than 15x15, or 16x16.
    """
    drop_rates(model, 0, "it is as the notes have it, without dropout")
    make, least = NETS[model.name]
    needs_side(model.name, shape, least)
    channels, height, width = shape
    return make(channels, height, width, outputs)
