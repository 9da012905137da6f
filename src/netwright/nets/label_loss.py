"""The loss of a label: the cross entropy, smoothed or focal in training."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from netwright.recipe import LabelObjective, resolved


def label_loss(
    outputs: Tensor, targets: Tensor, objective: LabelObjective, training: bool
) -> Tensor:
    """(B,) -log p of the label; smoothed, or focal, in training only.

    Focal is (1 - p)^gamma times as much. Evaluation is comparable.

    Focal loss: Lin et al. 2017, "Focal loss for dense object detection".

    Args:
        outputs: (B, K).
        targets: (B,) int64; one without a label is 0 in the loss.
    """
    if training and objective.loss == "focal":
        losses = F.cross_entropy(outputs.float(), targets, reduction="none")
        wrong = (-torch.expm1(-losses)).clamp_min(1e-12)  # 0 has no slope where gamma is below 1
        focal: Tensor = wrong**objective.focal_gamma * losses
        return focal
    smoothing = resolved(objective.label_smoothing) if training else 0.0
    return F.cross_entropy(outputs.float(), targets, reduction="none", label_smoothing=smoothing)
