"""Boxes and points moved by the matrices that moved their images.

Coordinates are in pixels from the image's top left corner: x from 0 to W, y from 0 to H; pixel i
spans i to i + 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def move_points(
    points: Tensor, maps: Tensor, size: tuple[int, int], *, pairs: Sequence[tuple[int, int]] = ()
) -> tuple[Tensor, Tensor]:
    """Where points of the old images lie in the new ones, and whether they are inside.

    p = A^-1 (q - t), since ``maps`` say where the new image is read in the old one.

    Args:
        points: (B, N, 2) x, y.
        maps: (B, 2, 3) from ``augment``.
        size: (H, W) in pixels.
        pairs: points that stand for left and right (the eyes of a face): they change places where
            the image is mirrored.

    Returns:
        ((B, N, 2) moved points, (B, N) bool).
    """
    import torch

    sides = points.new_tensor([size[1], size[0]])
    shifted = points * 2 / sides - 1 - maps[:, None, :, 2]
    a, b, c, d = maps[:, None, :, :2].flatten(2).unbind(2)
    x, y = shifted.unbind(2)
    across, down = (d * x - b * y), (a * y - c * x)
    area = a * d - b * c
    moved = (torch.stack((across, down), dim=2) / area.unsqueeze(2) + 1) * (sides / 2)
    inside = ((moved >= 0) & (moved <= sides)).all(dim=2)
    if pairs:
        order = torch.arange(points.shape[1], device=points.device)
        for left, right in pairs:
            order[left], order[right] = right, left
        mirrored = area < 0
        moved = torch.where(mirrored.unsqueeze(2), moved[:, order], moved)
        inside = torch.where(mirrored, inside[:, order], inside)
    return moved, inside


def move_boxes(
    boxes: Tensor, maps: Tensor, size: tuple[int, int], *, least: float = 0.25
) -> tuple[Tensor, Tensor]:
    """The upright boxes around the moved ones, cut to the image, and whether they are kept.

    A box of which less than ``least`` stays inside is to be dropped: nobody could find the object
    by what is left of it.

    Args:
        boxes: (B, N, 4) x1, y1, x2, y2; rows without area (padding) are never kept.
        maps: (B, 2, 3) from ``augment``.
        size: (H, W) in pixels.
        least: fraction of the upright box's area that has to lie inside, in (0, 1].

    Returns:
        ((B, N, 4) moved boxes, (B, N) bool).

    Raises:
        ValueError: ``least`` lies outside of (0, 1].
    """
    import torch

    if not 0 < least <= 1:
        raise ValueError(f"least = {least:g}: expected a fraction above 0 and at most 1.")
    count, number, _ = boxes.shape
    corners = boxes[:, :, [0, 1, 2, 1, 0, 3, 2, 3]].view(count, -1, 2)
    moved = move_points(corners, maps, size)[0].view(count, number, 4, 2)
    around = torch.cat((moved.amin(dim=2), moved.amax(dim=2)), dim=2)
    height, width = size
    cut = around.clamp(min=0).minimum(boxes.new_tensor([width, height, width, height]))
    whole = _area(around)
    return cut, (_area(boxes) > 0) & (_area(cut) >= least * whole)


def _area(boxes: Tensor) -> Tensor:
    """(B, N); 0 where x2 <= x1 or y2 <= y1."""
    sides = (boxes[:, :, 2:] - boxes[:, :, :2]).clamp(min=0)
    return sides[:, :, 0] * sides[:, :, 1]
