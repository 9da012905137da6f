"""LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition"; notes 4.2.2)."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from netwright.base.errors import RecipeError
from netwright.recipe import Model, settled


class LeNet5(nn.Module):
    """conv 6@5x5 - pool - conv 16@5x5 - pool - 120 - 84 - outputs, tanh and average pooling.

    61,706 parameters on 32x32x1 with ten outputs. A 28x28 image is padded by 2, as the paper's digits lie in 32x32.

    Args:
        channels, height, width: of the images; at least 12 pixels a side.
        outputs: classes.
        dropout: share of the 84 units dropped before the last layer.
    """

    def __init__(
        self, *, channels: int = 1, height: int = 32, width: int = 32, outputs: int = 10, dropout: float = 0.0
    ) -> None:
        super().__init__()
        padding = 2 if min(height, width) <= 28 else 0
        after = [((side + 2 * padding - 4) // 2 - 4) // 2 for side in (height, width)]  # conv, pool, conv, pool
        if min(after) < 1:
            raise RecipeError(
                f"lenet5 needs images of at least 12x12 pixels, these are {height}x{width}; set data.image_size."
            )
        self.layers = nn.Sequential(
            OrderedDict(
                c1=nn.Conv2d(channels, 6, 5, padding=padding),
                g1=nn.Tanh(),
                s2=nn.AvgPool2d(2),
                c3=nn.Conv2d(6, 16, 5),
                g3=nn.Tanh(),
                s4=nn.AvgPool2d(2),
                flat=nn.Flatten(),
                c5=nn.Linear(16 * after[0] * after[1], 120),
                g5=nn.Tanh(),
                f6=nn.Linear(120, 84),
                g6=nn.Tanh(),
                drop=nn.Dropout(dropout) if dropout else nn.Identity(),
                out=nn.Linear(84, outputs),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, outputs)."""
        out: Tensor = self.layers(x)
        return out


def build(shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: Model) -> nn.Module:
    """LeNet-5 for images of this shape."""
    channels, height, width = shape
    return LeNet5(channels=channels, height=height, width=width, outputs=outputs, dropout=settled(model.dropout))
