"""A residual net that says where the one thing in an image is: every place votes for its box.

Each place of the last map gives the distances from itself to the four edges of the box (Tian et al.
2019, "FCOS"), and how much its vote counts, a softmax over all places. The box is the mean of the
votes; a pooled map, which knows no places, would have to learn them by heart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from netwright.nets.blocks.layers import BATCH_NORM, Norm
from netwright.nets.vision.resnet_small import Block

FARTHEST = 1.0
"""The logarithm of the largest distance to an edge that a place votes for, in sides."""

NEAR = 2.0
"""Before it is trained a place votes for edges at exp(-NEAR) of a side."""


class BoxVotes(nn.Module):
    """Stem, residual stages of width w, 2w, 4w and 4w, the last two on a map of an eighth of the
    side; votes.

    Args:
        shape: (C, H, W) of the images.
        labels: numbers beside the box: one for whether there is one, and one a class.
        width: w.
        dropout: fraction of the last map that is dropped before it votes.
        norm: before each convolution.
    """

    places: Tensor

    def __init__(
        self,
        *,
        shape: tuple[int, int, int],
        labels: int,
        width: int,
        dropout: float = 0.0,
        norm: Norm = BATCH_NORM,
    ) -> None:
        super().__init__()
        channels, height, side = shape
        strides = _strides(min(height, side))
        self.stem = nn.Conv2d(channels, width, 3, stride=strides[0], padding=1, bias=norm.absent)
        self.stages = nn.Sequential(
            Block(width, width, stride=strides[1], norm=norm),
            Block(width, 2 * width, stride=strides[2], norm=norm),
            Block(2 * width, 4 * width, stride=strides[3], norm=norm),
            Block(4 * width, 4 * width, stride=1, norm=norm),
        )
        self.norm = norm.over(4 * width, images=True)
        self.dropout = nn.Dropout(dropout)
        # a bias would change no softmax: its gradient is rounding, and Adam would follow that
        self.counts = nn.Conv2d(4 * width, 1, 1, bias=False)
        self.edges = nn.Conv2d(4 * width, 4, 1)
        self.labels = nn.Linear(8 * width, labels)
        self.register_buffer("places", _places(height, side, strides), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) -> (B, labels + 4): whether there is a box (a logit); b_x, b_y, b_h, b_w
        in fractions of the sides; the logits of the classes.
        """
        a = self.dropout(F.relu(self.norm(self.stages(self.stem(x)))))  # (B, 4w, h, w)
        counts = self.counts(a).flatten(2).float().softmax(dim=2)  # (B, 1, P), P = h w places
        edges = self.edges(a).flatten(2).float() - NEAR  # (B, 4, P)
        left, top, right, low = edges.clamp(max=FARTHEST).exp().unbind(dim=1)
        middles = torch.stack((right - left, low - top), dim=1) / 2 + self.places  # (B, 2, P)
        sides = torch.stack((top + low, left + right), dim=1)
        box = (torch.cat((middles, sides), dim=1) * counts).sum(dim=2)  # (B, 4)
        looked = (a.flatten(2) * counts).sum(dim=2)  # (B, 4w): what the places that count hold
        found = self.labels(torch.cat((looked.to(a.dtype), a.amax(dim=(2, 3))), dim=1)).float()
        return torch.cat((found[:, :1], box, found[:, 1:]), dim=1)


def _strides(side: int) -> tuple[int, int, int, int]:
    """Of stem and first three stages: the last map has 8 to 16 places a side where it can."""
    return (2 if side > 24 else 1, 2 if side > 128 else 1, 2, 2 if side > 48 else 1)


def _places(height: int, width: int, strides: tuple[int, int, int, int]) -> Tensor:
    """(2, P) x and y of the middle of each place, in fractions of the sides."""
    for stride in strides:
        height, width = -(-height // stride), -(-width // stride)
    x = ((torch.arange(width) + 0.5) / width).expand(height, width)
    y = ((torch.arange(height) + 0.5) / height).unsqueeze(1).expand(height, width)
    return torch.stack((x, y)).flatten(1)
