"""Numbers of a table as learned vectors (Gorishniy et al. 2022, "On Embeddings for Numerical
Features in Tabular Deep Learning").
"""

from __future__ import annotations

import math
from statistics import NormalDist

import torch
from torch import Tensor, nn


class PiecewiseLinear(nn.Module):
    """Each number as itself and a vector that is linear between the edges of bins, then relu.

    The piecewise linear encoding (section 3.2, equation 1) of x is e_b = clamp((x - l_b) / (u_b -
    l_b), 0, 1) for the bins [l_b, u_b]; the vector of number j is relu(sum_b e_b W[j, b] + c[j]).
    So a net finds the steps and thresholds that trees find, and that a number alone hides from it.
    The number itself stands before its vector (as in Holzmüller et al. 2024, section 3): what is
    smooth is learned from few rows.

    Args:
        numbers: D, how many there are, each with weights of its own.
        edges: the ends of the bins, rising; the same for all numbers, which are normal scores.
        width: numbers in a vector.
    """

    lows: Tensor
    slopes: Tensor
    outputs: int

    def __init__(self, *, numbers: int, edges: Tensor, width: int) -> None:
        super().__init__()
        bins = len(edges) - 1
        self.register_buffer("lows", edges[:-1].clone(), persistent=False)
        self.register_buffer("slopes", 1 / edges.diff(), persistent=False)
        self.outputs = numbers * (1 + width)
        self.weight = nn.Parameter(torch.randn(numbers, bins, width) / math.sqrt(bins))
        self.bias = nn.Parameter(torch.zeros(numbers, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, D * (1 + width))."""
        encoded = ((x.unsqueeze(2) - self.lows) * self.slopes).clamp(0, 1)  # (B, D, bins)
        vectors = torch.einsum("bdk,dkw->bdw", encoded, self.weight) + self.bias
        return torch.cat([x.unsqueeze(2), vectors.relu()], dim=2).flatten(1)


def quantile_edges(bins: int, farthest: float = 3.0) -> Tensor:
    """(bins + 1,) rising edges between which normal scores lie equally often.

    "Obtaining bins from quantiles" (section 3.2.1) for columns that are scaled by their quantiles.

    Args:
        farthest: the outer edges, beyond which no score lies.
    """
    inner = [NormalDist().inv_cdf(place / bins) for place in range(1, bins)]
    return torch.tensor([-farthest, *(min(max(e, -farthest), farthest) for e in inner), farthest])
