"""Dense layers on numbers and embedded categories (notes 1.4.1-1.4.4).

With no hidden layer it is logistic or linear regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from netwright.nets.blocks.layers import NO_NORM, Norm, dense, drop_rates, norm_of
from netwright.recipe import NetModel, resolved

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


def embedded_width(size: int) -> int:
    """Numbers in the vector of a category of so many values, by fastai's rule of thumb: 1.6 n^0.56,
    at most 50.
    """
    width: float = 1.6 * size**0.56
    return min(50, round(width))


def embeddings(categories: Sequence[int]) -> nn.ModuleList:
    """One vector a value of each categorical column.

    Args:
        categories: how many values each has, index 0 for unknown.
    """
    return nn.ModuleList(nn.Embedding(size, embedded_width(size)) for size in categories)


def vectors_of(layers: nn.ModuleList, categories: Tensor | None) -> list[Tensor]:
    """(B, width) of each of ``embeddings``, given (B, K) indices; none without categories."""
    if categories is None:
        return []
    return [embed(categories[:, k]) for k, embed in enumerate(layers)]


def dense_layers(
    width: int,
    hidden: Sequence[int],
    activation: str,
    dropout: float | Sequence[float],
    norm: Norm,
) -> list[nn.Module]:
    """The hidden layers of a dense net.

    Args:
        width: numbers that the first one reads.
        hidden, activation, dropout, norm: as of ``MLP``.
    """
    layers: list[nn.Module] = []
    rates = [dropout] * len(hidden) if isinstance(dropout, float | int) else dropout
    for units, rate in zip(hidden, rates, strict=True):
        layers += [*dense(width, units, norm), ACTIVATIONS[activation]()]
        layers += [nn.Dropout(rate)] if rate else []
        width = units
    return layers


class MLP(nn.Module):
    """A[l] = g(W[l] A[l-1] + b[l]) for each hidden layer, then one linear layer.

    With a norm: A[l] = g(norm(W[l] A[l-1])).

    Args:
        numbers: D, how many floats an example has (an image is flattened to C*H*W).
        categories: how many values each categorical column has, index 0 for unknown; each is
            embedded.
        hidden: units of the hidden layers; empty for a linear model.
        outputs: numbers returned per example.
        activation: g, a key of ``ACTIVATIONS``.
        dropout: fraction of the units dropped after each hidden layer, 0 to 1; one for all of them,
            or one for each.
        input_dropout: fraction of the inputs (numbers and embedded categories) dropped.
        norm: before g.
    """

    def __init__(
        self,
        *,
        numbers: int,
        categories: Sequence[int] = (),
        hidden: Sequence[int],
        outputs: int,
        activation: str = "relu",
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        norm: Norm = NO_NORM,
    ) -> None:
        super().__init__()
        self.embeddings = embeddings(categories)
        width = numbers + sum(map(embedded_width, categories))
        layers: list[nn.Module] = [nn.Dropout(input_dropout)] if input_dropout else []
        layers += dense_layers(width, hidden, activation, dropout, norm)
        self.layers = nn.Sequential(*layers, nn.Linear([width, *hidden][-1], outputs))

    def forward(self, x: Tensor, categories: Tensor | None = None) -> Tensor:
        """x (B, D) or (B, C, H, W), categories (B, K) -> (B, outputs)."""
        x = torch.cat([x.flatten(1), *vectors_of(self.embeddings, categories)], dim=1)
        out: Tensor = self.layers(x)
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """An MLP for rows or flattened images; ``linear`` has no hidden layer."""
    hidden = () if model.name == "linear" else resolved(model.hidden)
    return MLP(
        numbers=prod(shape),
        categories=categories,
        hidden=hidden,
        outputs=outputs,
        activation=model.activation,
        dropout=drop_rates(
            model,
            len(hidden),
            "one after each hidden layer" if hidden else "it has no hidden layer",
        ),
        input_dropout=model.input_dropout,
        norm=norm_of(model, "none"),
    )
