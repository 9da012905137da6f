"""Changes that keep the label, as batched tensor operations on the batch's own device (notes 2.1.5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from netwright.recipe import settled

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Draws
    from netwright.recipe import Augment


def augment(x: Tensor, policy: Augment, draws: Draws) -> Tensor:
    """One affine map an image: mirror, rotate, shear, zoom, shift, drawn for each image of x (B, C, H, W).

    Pixels from outside the image are the image mirrored at its border. Without any geometry x comes back as it is.
    """
    import torch
    from torch.nn import functional as F

    if not any((policy.shift, policy.rotate, policy.zoom, policy.shear, policy.mirror)):
        return x
    grid = F.affine_grid(matrices(policy, draws, x.shape[2], x.shape[3]), list(x.shape), align_corners=False)
    moved: Tensor = F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    return moved.contiguous(memory_format=torch.channels_last)


def matrices(policy: Augment, draws: Draws, height: int, width: int) -> Tensor:
    """(B, 2, 3): where each pixel of the new image is read in the old one, in coordinates from -1 to 1.

    Rotation and shear act on square pixels, so the matrix is scaled by the aspect ratio.
    """
    import torch

    u = draws.uniform(6) * 2 - 1  # each in [-1, 1)
    turn, lean = (
        u[:, 0] * math.radians(settled(policy.rotate)),
        torch.tan(u[:, 1] * math.radians(settled(policy.shear))),
    )
    zoom = 1 + u[:, 2] * settled(policy.zoom)
    flip = torch.where(u[:, 3] < 0, -1.0, 1.0) if policy.mirror else torch.ones_like(zoom)
    cos, sin = torch.cos(turn) * zoom, torch.sin(turn) * zoom
    aspect, reach = height / width, 2 * settled(policy.shift)
    top = torch.stack([flip * cos, (cos * lean - sin) * aspect, reach * u[:, 4]], dim=1)
    bottom = torch.stack([flip * sin / aspect, sin * lean + cos, reach * u[:, 5]], dim=1)
    return torch.stack([top, bottom], dim=1)
