"""What a text says, joined to the numbers and categories beside it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from netwright.nets.tabular.mlp import embedded_width


class JoinedHead(nn.Module):
    """The vector of a text and its columns, [v, x], and a hidden layer over both, to the outputs:
    W [v, x, relu(U [v, x] + c)] + b.

    Cheng et al. 2016, "Wide and deep learning for recommender systems": what one of them says alone
    goes straight to the outputs, what they say together through the hidden layer.

    Args:
        vector: numbers in the text's vector; the hidden layer has as many units.
        numbers: D, floats beside a text.
        categories: how many values each of the K categorical columns has, index 0 for unknown; each
            is embedded.
        outputs: numbers returned per text.
    """

    def __init__(
        self, vector: int, outputs: int, *, numbers: int, categories: Sequence[int]
    ) -> None:
        super().__init__()
        widths = [embedded_width(size) for size in categories]
        self.embeddings = nn.ModuleList(
            nn.Embedding(size, width) for size, width in zip(categories, widths, strict=True)
        )
        joined = vector + numbers + sum(widths)
        self.hidden = nn.Linear(joined, vector)
        self.out = nn.Linear(joined + vector, outputs)

    def forward(self, vector: Tensor, numbers: Tensor, categories: Tensor | None = None) -> Tensor:
        """(B, V), (B, D) and (B, K) to (B, outputs)."""
        parts = [vector, numbers]
        if categories is not None:
            parts += [embed(categories[:, k]) for k, embed in enumerate(self.embeddings)]
        joined = torch.cat(parts, dim=1)
        hidden = self.hidden(joined).relu()
        return self.out(torch.cat([joined, hidden], dim=1))  # type: ignore[no-any-return]


def head(vector: int, outputs: int, columns: tuple[int, Sequence[int]] | None) -> nn.Module:
    """From a text's vector to the outputs: a linear layer, or, beside columns, a ``JoinedHead``.

    Args:
        columns: (numbers, categories) as of ``JoinedHead``; None: there are none.
    """
    if columns is None:
        return nn.Linear(vector, outputs)
    numbers, categories = columns
    return JoinedHead(vector, outputs, numbers=numbers, categories=categories)
