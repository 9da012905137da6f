"""The loss of a number: the squared, the absolute or the Huber error."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

ERRORS = {"squared": F.mse_loss, "absolute": F.l1_loss, "huber": F.smooth_l1_loss}


def number_loss(outputs: Tensor, targets: Tensor, name: str) -> Tensor:
    """The error of each output, in the shape of ``targets``.

    Args:
        outputs, targets: of one shape, in standardized units.
        name: ``squared``, ``absolute`` or ``huber``.
    """
    losses: Tensor = ERRORS[name](outputs.float(), targets, reduction="none")
    return losses
