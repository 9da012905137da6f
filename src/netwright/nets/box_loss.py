"""What a box that is not quite right costs: one number a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

BETA = 0.05
"""Of smooth L1: the error, as a fraction of the side, from which on it grows linearly."""


def giou_loss(boxes: Tensor, truths: Tensor) -> Tensor:
    """1 - GIoU, from 0 to 2 (Rezatofighi et al. 2019), with a slope where boxes do not touch, too.

    GIoU = IoU - (the part of the smallest box around both that neither covers).

    Args:
        boxes, truths: (B, 4) x0, y0, x1, y1.
    """
    both = _area(
        torch.maximum(boxes[:, :2], truths[:, :2]), torch.minimum(boxes[:, 2:], truths[:, 2:])
    )
    around = _area(
        torch.minimum(boxes[:, :2], truths[:, :2]), torch.maximum(boxes[:, 2:], truths[:, 2:])
    )
    union = _area(boxes[:, :2], boxes[:, 2:]) + _area(truths[:, :2], truths[:, 2:]) - both
    least = torch.finfo(boxes.dtype).eps
    return 1 - both / union.clamp(min=least) + (around - union) / around.clamp(min=least)


def smooth_l1_loss(boxes: Tensor, truths: Tensor) -> Tensor:
    """The sum of the four edges' smooth absolute errors (Girshick 2015), times 3: about as large as
    the GIoU loss.
    """
    return 3 * F.smooth_l1_loss(boxes, truths, beta=BETA, reduction="none").sum(dim=1)


def squared_loss(boxes: Tensor, truths: Tensor) -> Tensor:
    """The sum of the four edges' squared errors (notes 4.3.1), times 10, as above."""
    return 10 * F.mse_loss(boxes, truths, reduction="none").sum(dim=1)


BOX_LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "giou": giou_loss,
    "smooth_l1": smooth_l1_loss,
    "squared": squared_loss,
}
"""Name -> (boxes, truths), (B, 4) each in fractions of the side -> (B,)."""


def corners_of(middles: Tensor) -> Tensor:
    """(B, 4) b_x, b_y, b_h, b_w -> x0, y0, x1, y1."""
    x, y, height, width = middles.unbind(dim=1)
    return torch.stack((x - width / 2, y - height / 2, x + width / 2, y + height / 2), dim=1)


def _area(first: Tensor, last: Tensor) -> Tensor:
    """(B,) of the boxes between two corners (B, 2); 0 where the last lies before the first."""
    sides = (last - first).clamp(min=0)
    return sides[:, 0] * sides[:, 1]
