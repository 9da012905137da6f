"""Pixels read through their matrix: bilinear, or by index where whole pixels move."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Fill = Literal["mirror", "edge", "black"]

LARGE = 64 * 64
"""Pixels from which an image is moved by itself on a CPU."""


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
    # mirrored here: its own reflection takes a quarter of grid_sample's time
    if fill == "mirror" and maps.device.type == "cpu":
        grid, padding = _folded(grid, float(maps.abs().sum(dim=2).max())), "border"
    image = pixels.permute(0, 3, 1, 2).float()
    return F.grid_sample(
        image, grid, mode="bilinear", padding_mode=padding, align_corners=False
    ).permute(0, 2, 3, 1)


def shifted(pixels: Tensor, maps: Tensor, fill: Fill) -> Tensor:
    """``pixels`` (B, H, W, C) moved by ``maps`` that mirror, flip and shift by whole pixels."""
    large = pixels.device.type == "cpu" and pixels.shape[1] * pixels.shape[2] >= LARGE
    return _by_slices(pixels, maps, fill) if large else _by_index(pixels, maps, fill)


def _by_index(pixels: Tensor, maps: Tensor, fill: Fill) -> Tensor:
    """Every pixel looked up: the same few operations for any number of images."""
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


def _by_slices(pixels: Tensor, maps: Tensor, fill: Fill) -> Tensor:
    """Each image cut out of its padded self, whole rows at a time: pays from 64 x 64 on."""
    import torch

    _, height, width, _ = pixels.shape
    across, down = maps[:, 0, 0].tolist(), maps[:, 1, 1].tolist()
    right = (maps[:, 0, 2] * (width / 2)).round().long().tolist()
    low = (maps[:, 1, 2] * (height / 2)).round().long().tolist()
    most_x, most_y = max(map(abs, right), default=0), max(map(abs, low), default=0)
    wide = _padded(_padded(pixels, most_x, 2, fill), most_y, 1, fill)
    moved = torch.empty_like(pixels)
    for image, whole, x, y, mirror, flip in zip(moved, wide, right, low, across, down, strict=True):
        part = whole[most_y + y : most_y + y + height, most_x + x : most_x + x + width]
        turned = [axis for axis, sign in ((0, flip), (1, mirror)) if sign < 0]
        image.copy_(part.flip(turned) if turned else part)
    return moved


def _padded(pixels: Tensor, most: int, axis: int, fill: Fill) -> Tensor:
    """``most`` more pixels at both ends of an axis."""
    import torch

    side = pixels.shape[axis]
    if fill == "mirror":
        first, last = (
            pixels.narrow(axis, 0, most).flip(axis),
            pixels.narrow(axis, side - most, most).flip(axis),
        )
    else:
        shape = [most if at == axis else size for at, size in enumerate(pixels.shape)]
        first, last = (
            pixels.narrow(axis, 0, 1).expand(shape),
            pixels.narrow(axis, side - 1, 1).expand(shape),
        )
        if fill == "black":
            first, last = torch.zeros_like(first), torch.zeros_like(last)
    return torch.cat((first, pixels, last), dim=axis)


def centres(side: int, maps: Tensor) -> Tensor:
    """(side,) the places of the pixels' centres, from -1 to 1 across the side."""
    import torch

    return (torch.arange(side, device=maps.device, dtype=maps.dtype) * 2 + (1 - side)) / side


def _grid(maps: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W, 2): A (x, y) + t.

    The sum of a row and a column; a product a pixel takes ten times as long.
    """
    across = maps[:, :, 0, None] * centres(width, maps) + maps[:, :, 2, None]
    down = maps[:, :, 1, None] * centres(height, maps)
    return across.transpose(1, 2)[:, None] + down.transpose(1, 2)[:, :, None]


def _folded(grid: Tensor, reach: float) -> Tensor:
    """Places outside of [-1, 1] mirrored at its ends.

    2 clamp(g) - g is right for |g| up to 3; again for more.
    """
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
