"""A transformer over padded texts: each place looks at all others, or at those before it.

Vaswani et al. 2017, "Attention is all you need"; the norm stands before each part (Xiong et al.
2020, "On layer normalization in the transformer architecture"), so that it trains without a long
warm-up.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Transformer(nn.Module):
    """States at all places, as ``recurrent.layers.Recurrent`` gives them; it carries none on.

    Args:
        inputs: D, numbers a place; brought to ``width`` where that is another.
        width: H, of a state; a multiple of ``heads``.
        layers, heads: how many blocks, and ways of attention in each.
        causal: whether a place sees those up to itself alone.
        places: how a place is known: ``sinusoidal``, for texts of any length, or the number of
            places that are learned, which no text may be longer than.
        dropout: fraction of what each part adds that training drops; nothing is dropped of the
            attention itself, where several processes could not draw as one.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        layers: int = 2,
        heads: int = 4,
        causal: bool = False,
        places: Literal["sinusoidal"] | int = "sinusoidal",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} is no multiple of the {heads} heads")
        self.width = width
        self.to_width = nn.Identity() if inputs == width else nn.Linear(inputs, width)
        self.places = None if places == "sinusoidal" else nn.Embedding(places, width)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            AttentionBlock(width, heads, causal, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self._draw()

    def forward(self, x: Tensor, known: Tensor | None = None) -> Tensor:
        """(B, T, H) the states at all places of x (B, T, D); at unknown ones they mean nothing.

        Args:
            known: (B, T) which places hold something, the first ones of each row; None: all.

        Raises:
            ValueError: there are more places than were learned.
        """
        x = self.drop(self._placed(self.to_width(x)))
        if known is not None:
            known = known.clone()
            known[:, 0] = True  # of an empty text something must be seen
        for block in self.blocks:
            x = block(x, known)
        return self.norm(x)  # type: ignore[no-any-return]

    def _placed(self, x: Tensor) -> Tensor:
        if self.places is None:
            return math.sqrt(self.width) * x + sinusoidal(x.shape[1], self.width, x)
        most = len(self.places.weight)
        if x.shape[1] > most:
            raise ValueError(f"a text of {x.shape[1]} places: the net has learned {most}")
        learned: Tensor = self.places(torch.arange(x.shape[1], device=x.device))
        return math.sqrt(self.width) * (x + learned)

    @torch.no_grad()
    def _draw(self) -> None:
        """Dense layers as Glorot and Bengio 2010; what blocks add is smaller the more there are
        (Radford et al. 2019); learned places as words' vectors.
        """
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
            if isinstance(layer, nn.Linear) and layer.bias is not None:
                nn.init.zeros_(layer.bias)
            if isinstance(layer, nn.Embedding):
                nn.init.normal_(layer.weight, std=0.1)
            if isinstance(layer, AttentionBlock):
                for adds in (layer.attended, layer.out):
                    adds.weight.mul_((2 * len(self.blocks)) ** -0.5)


class AttentionBlock(nn.Module):
    """x + attention(norm(x)), and of that x + W gelu(U norm(x) + c) + b.

    Args:
        width, heads, causal, dropout: as of ``Transformer``.
    """

    def __init__(self, width: int, heads: int, causal: bool, dropout: float) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm_attention, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        # without a bias: one of the keys would change nothing
        self.to_attention = nn.Linear(width, 3 * width, bias=False)
        self.attended = nn.Linear(width, width)
        self.hidden = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, known: Tensor | None) -> Tensor:
        """(B, T, H), the same shape; no place looks at one that is not ``known``."""
        parts = self.to_attention(self.norm_attention(x)).chunk(3, dim=2)
        query, key, value = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        # what pads a text comes behind it: a causal net does not see it anyway
        seen = None if known is None or self.causal else known[:, None, None]
        found = F.scaled_dot_product_attention(query, key, value, seen, is_causal=self.causal)
        x = x + self.drop(self.attended(found.transpose(1, 2).flatten(2)))
        hidden = F.gelu(self.hidden(self.norm_out(x)))
        return x + self.drop(self.out(hidden))  # type: ignore[no-any-return]


def sinusoidal(places: int, width: int, like: Tensor) -> Tensor:
    """(T, H): sine and cosine of the place at H / 2 wavelengths, from 2 pi to 10,000 times that."""
    half = (width + 1) // 2
    steps = torch.arange(half, device=like.device, dtype=torch.float64) / half
    angles = torch.arange(places, device=like.device)[:, None] * 10_000**-steps
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width].to(like.dtype)
