"""LeNet-5 (notes 4.2.2).

LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition".
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import drop, drop_rates, needs_side
from netwright.recipe import NetModel

LEAST = 12
"""Pixels a side: two filters of 5x5 and two halvings leave one."""


class LeNet5(nn.Module):
    """conv 6@5x5 - pool - conv 16@5x5 - pool - 120 - 84 - outputs, tanh and average pooling.

    61,706 parameters on 32x32x1 with ten outputs. A 28x28 image is padded by 2, as the paper's
    digits lie in 32x32.

    Args:
        channels, height, width: of the images; at least 12 pixels a side.
        outputs: classes.
        dropout: fractions of the 120 and of the 84 units dropped.
        modern: ReLU and max pooling instead, as it is built today.
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        height: int = 32,
        width: int = 32,
        outputs: int = 10,
        dropout: tuple[float, ...] = (0.0, 0.0),
        modern: bool = False,
    ) -> None:
        super().__init__()
        active, pool = (nn.ReLU, MaxPool2x2) if modern else (nn.Tanh, AvgPool2x2)
        padding = 2 if min(height, width) <= 28 else 0
        # the sides after conv, pool, conv, pool
        after = [((side + 2 * padding - 4) // 2 - 4) // 2 for side in (height, width)]
        self.layers = nn.Sequential(
            OrderedDict(
                c1=nn.Conv2d(channels, 6, 5, padding=padding),
                g1=active(),
                s2=pool(),
                c3=nn.Conv2d(6, 16, 5),
                g3=active(),
                s4=pool(),
                flat=nn.Flatten(),
                c5=nn.Linear(16 * after[0] * after[1], 120),
                g5=active(),
                **({"drop5": nn.Dropout(dropout[0])} if dropout[0] else {}),
                f6=nn.Linear(120, 84),
                g6=active(),
                drop=drop(dropout[1]),
                out=nn.Linear(84, outputs),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.layers(x)
        return out


class MaxPool2x2(nn.MaxPool2d):
    """Max pooling over 2x2 pixels: (B, C, H, W) -> (B, C, H // 2, W // 2)."""

    def __init__(self) -> None:
        super().__init__(2)


class AvgPool2x2(nn.Module):
    """Average pooling over 2x2 pixels: (B, C, H, W) -> (B, C, H // 2, W // 2).

    An odd last row or column is left out.

    The same numbers, forward and backward, as ``nn.AvgPool2d(2)``, whose backward pass takes three
    times as long in bfloat16 on a CPU: a quarter of a whole step of LeNet-5.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W)."""
        pooled: Tensor = _Average.apply(x)  # type: ignore[no-untyped-call]
        return pooled


class _Average(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 2)

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        context.odd = inputs[0].shape[2] % 2, inputs[0].shape[3] % 2

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        """Each of the four pixels gets a quarter, which is exact."""
        whole = F.interpolate(gradient * 0.25, scale_factor=2, mode="nearest")
        rows, columns = context.odd
        return F.pad(whole, (0, columns, 0, rows)) if rows or columns else whole


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """LeNet-5 for images of this shape.

    Raises:
        RecipeError: the images are smaller than 12x12.
    """
    needs_side(model.name, shape, LEAST)
    channels, height, width = shape
    return LeNet5(
        channels=channels,
        height=height,
        width=width,
        outputs=outputs,
        dropout=drop_rates(model, 2, "after its 120 and after its 84 units", single="last"),
        modern=model.name == "lenet5-relu",
    )
