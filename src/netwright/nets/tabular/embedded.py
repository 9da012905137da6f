"""The default net for rows of a table: every column a learned vector, then dense layers.

Gorishniy et al. 2022, "On Embeddings for Numerical Features in Tabular Deep Learning", the model
MLP-QLR: with it dense layers come up to gradient boosting (section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from netwright.nets.blocks.layers import NO_NORM, Norm, drop_rates, norm_of
from netwright.nets.tabular.mlp import dense_layers, embedded_width, embeddings, vectors_of
from netwright.nets.tabular.piecewise import PiecewiseLinear, quantile_edges
from netwright.recipe import NetModel, resolved


class EmbeddedMLP(nn.Module):
    """Vectors of all columns, side by side, through dense layers.

    Args:
        numbers: what makes vectors of the D numbers of an example.
        categories: how many values each categorical column has, index 0 for unknown.
        hidden: units of the hidden layers.
        outputs: numbers returned per example.
        activation: a key of ``mlp.ACTIVATIONS``.
        dropout: fraction of the units dropped after each hidden layer; one for all, or one each.
        norm: before the activation.
    """

    def __init__(
        self,
        *,
        numbers: PiecewiseLinear,
        categories: Sequence[int] = (),
        hidden: Sequence[int],
        outputs: int,
        activation: str = "relu",
        dropout: float | Sequence[float] = 0.0,
        norm: Norm = NO_NORM,
    ) -> None:
        super().__init__()
        self.numbers = numbers
        self.embeddings = embeddings(categories)
        width = numbers.outputs + sum(map(embedded_width, categories))
        layers = dense_layers(width, hidden, activation, dropout, norm)
        self.layers = nn.Sequential(*layers, nn.Linear([width, *hidden][-1], outputs))

    def forward(self, x: Tensor, categories: Tensor | None = None) -> Tensor:
        """x (B, D), categories (B, K) -> (B, outputs)."""
        x = torch.cat([self.numbers(x), *vectors_of(self.embeddings, categories)], dim=1)
        out: Tensor = self.layers(x)
        return out


def build(
    shape: tuple[int, ...], categories: tuple[int, ...], outputs: int, model: NetModel
) -> nn.Module:
    """For rows whose numbers are normal scores of quantiles, see ``data.tables.scaling.scales``."""
    hidden, edges = resolved(model.hidden), quantile_edges(model.bins)
    return EmbeddedMLP(
        numbers=PiecewiseLinear(numbers=prod(shape), edges=edges, width=model.vector),
        categories=categories,
        hidden=hidden,
        outputs=outputs,
        activation=model.activation,
        dropout=drop_rates(model, len(hidden), "one after each hidden layer"),
        norm=norm_of(model, "none"),
    )
