"""Dense layers on numbers and embedded categories (notes 1.4.1-1.4.4); with no hidden layer, logistic or linear regression."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from netwright.recipe import Model, settled

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class MLP(nn.Module):
    """A[l] = g(W[l] A[l-1] + b[l]) for each hidden layer, then one linear layer.

    Args:
        numbers: D, how many floats an example has (an image is flattened to C*H*W).
        categories: how many values each categorical column has, index 0 for unknown; each is embedded.
        hidden: units of the hidden layers; empty for a linear model.
        outputs: numbers returned per example.
        activation: g, a key of ``ACTIVATIONS``.
        dropout: share of the units dropped after each hidden layer, 0 to 1.
    """

    def __init__(
        self,
        *,
        numbers: int,
        categories: Sequence[int] = (),
        hidden: Sequence[int],
        outputs: int,
        activation: str = "relu",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        # fastai's rule of thumb for the size of an embedding: 1.6 n^0.56, at most 50
        widths = [min(50, round(1.6 * size**0.56)) for size in categories]
        self.embeddings = nn.ModuleList(
            nn.Embedding(size, width) for size, width in zip(categories, widths, strict=True)
        )
        layers: list[nn.Module] = []
        width = numbers + sum(widths)
        for units in hidden:
            layers += [nn.Linear(width, units), ACTIVATIONS[activation]()]
            layers += [nn.Dropout(dropout)] if dropout else []
            width = units
        self.layers = nn.Sequential(*layers, nn.Linear(width, outputs))

    def forward(self, x: Tensor, categories: Tensor | None = None) -> Tensor:
        """x (B, D) or (B, C, H, W), categories (B, K) -> (B, outputs)."""
        x = x.flatten(1)
        if categories is not None:
            x = torch.cat([x, *(embed(categories[:, k]) for k, embed in enumerate(self.embeddings))], dim=1)
        out: Tensor = self.layers(x)
        return out


def build(shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: Model) -> nn.Module:
    """An MLP for rows or flattened images; ``linear`` has no hidden layer."""
    return MLP(
        numbers=prod(shape),
        categories=categories,
        hidden=() if model.name == "linear" else settled(model.hidden),
        outputs=outputs,
        activation=model.activation,
        dropout=settled(model.dropout),
    )
