"""The two convolution nets that the notes work through by hand (notes 4.1.10, 4.1.13)."""

from __future__ import annotations

from torch import nn

from netwright.base.errors import RecipeError
from netwright.nets.blocks.layers import drop_rates
from netwright.recipe import NetModel


def notes_4_1_10(channels: int, height: int, width: int, outputs: int) -> nn.Sequential:
    """39x39x3 -> 37x37x10 -> 17x17x20 -> 7x7x40 -> 1960 -> outputs.

    The filters are 3x3, 5x5 and 5x5, of strides 1, 2 and 2.
    """
    sides = [(((side - 2) - 5) // 2 + 1 - 5) // 2 + 1 for side in (height, width)]
    _check("notes-4.1.10", sides, height, width, 15)
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
    _check("notes-4.1.13", sides, height, width, 16)
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


def _check(name: str, sides: list[int], height: int, width: int, least: int) -> None:
    if min(sides) < 1:
        raise RecipeError(
            f"{name} needs images of at least {least}x{least} pixels, these are {height}x{width};"
            " set data.image_size."
        )


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """The notes' net named by ``model.name``."""
    channels, height, width = shape
    drop_rates(model, 0, "it is as the notes have it, without dropout")
    make = notes_4_1_10 if model.name == "notes-4.1.10" else notes_4_1_13
    return make(channels, height, width, outputs)
