"""Pixels read through their matrix: bilinear where they move by parts of a pixel, by index where by whole ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Fill = Literal["mirror", "edge", "black"]


def resampled(pixels: Tensor, maps: Tensor, fill: Fill) -> Tensor:
    """Bilinear readings of ``pixels`` at the places that ``maps`` gives for each pixel's centre.

    Args:
        pixels: (B, H, W, C).
        maps: (B, 2, 3), see ``draw_maps``.
        fill: what lies outside of the image.

    Returns:
        (B, H, W, C) float32; in memory the channels lie apart.
    """
    from torch.nn import functional as F

    grid = _grid(maps, pixels.shape[1], pixels.shape[2])
    padding = {"mirror": "reflection", "edge": "border", "black": "zeros"}[fill]
    if fill == "mirror" and maps.device.type == "cpu":  # a quarter of grid_sample's time is its own reflection
        grid, padding = _folded(grid, float(maps.abs().sum(dim=2).max())), "border"
    image = pixels.permute(0, 3, 1, 2).float()
    return F.grid_sample(image, grid, mode="bilinear", padding_mode=padding, align_corners=False).permute(0, 2, 3, 1)


def shifted(pixels: Tensor, maps: Tensor, fill: Fill) -> Tensor:
    """``pixels`` (B, H, W, C) of any type, moved by ``maps`` that only mirror, flip and shift by whole pixels."""
    import torch

    count, height, width, channels = pixels.shape
    columns, inside_x = _places(maps[:, 0, 0], maps[:, 0, 2], width, fill)
    rows, inside_y = _places(maps[:, 1, 1], maps[:, 1, 2], height, fill)
    rows = rows + torch.arange(count, device=maps.device).view(-1, 1) * height
    flat = (rows[:, :, None] * width + columns[:, None, :]).view(-1)
    moved = pixels.reshape(-1, channels).index_select(0, flat).view(pixels.shape)
    if fill == "black":
        moved *= (inside_y[:, :, None] & inside_x[:, None, :]).unsqueeze(-1)
    return moved


def centres(side: int, maps: Tensor) -> Tensor:
    """(side,) the places of the pixels' centres, from -1 to 1 across the side."""
    import torch

    return (torch.arange(side, device=maps.device, dtype=maps.dtype) * 2 + (1 - side)) / side


def _grid(maps: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W, 2): A (x, y) + t. The sum of a row and a column; a product a pixel takes ten times as long."""
    across = maps[:, :, 0, None] * centres(width, maps) + maps[:, :, 2, None]
    down = maps[:, :, 1, None] * centres(height, maps)
    return across.transpose(1, 2)[:, None] + down.transpose(1, 2)[:, :, None]


def _folded(grid: Tensor, reach: float) -> Tensor:
    """Places outside of [-1, 1] mirrored at its ends: 2 clamp(g) - g is right for |g| up to 3; again for more."""
    for _ in range(math.ceil((reach - 1) / 2)):
        grid = grid.clamp(-1, 1).mul_(2).sub_(grid)
    return grid


def _places(factor: Tensor, offset: Tensor, side: int, fill: Fill) -> tuple[Tensor, Tensor]:
    """((B, side) the old pixel that each new one shows, whether that lies in the image)."""
    import torch

    places = factor[:, None] * centres(side, factor) + offset[:, None]
    at = (((places + 1) * side - 1) / 2).round().long()
    inside = (at >= 0) & (at < side)
    if fill == "mirror":
        at = at.remainder(2 * side)
        return torch.minimum(at, 2 * side - 1 - at), inside
    return at.clamp(0, side - 1), inside
