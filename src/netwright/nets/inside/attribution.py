"""Which places of an input speak for an answer: saliency (Simonyan 2013) and Grad-CAM (Selvaraju
2016), by captum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Score = Callable[[Tensor], Tensor]
"""(B, C, *axes) -> (B,) the number that is explained."""


def saliency(score: Score, inputs: Tensor) -> Tensor:
    """(*axes) the size of the score's derivative by each pixel, the largest of its channels.

    Args:
        inputs: (1, C, *axes).
    """
    from captum.attr import Saliency

    found: Tensor = Saliency(score).attribute(inputs.clone().requires_grad_(True))
    return found.detach()[0].amax(0)


def grad_cam(score: Score, layer: nn.Module, inputs: Tensor) -> Tensor:
    """(*axes) of the input: the layer's maps, each weighted by the mean derivative of the score by
    it, summed, negative sums as 0.

    Args:
        layer: puts out (B, K, *axes), fewer places than the input has.
        inputs: (1, C, *axes).
    """
    from captum.attr import LayerAttribution, LayerGradCam

    # the parameters may be frozen: the gradient needs a way to the layer all the same
    given = inputs.clone().requires_grad_(True)
    found: Any = LayerGradCam(score, layer).attribute(given, relu_attributions=True)
    mode = {3: "linear", 4: "bilinear", 5: "trilinear"}[inputs.dim()]
    spread = LayerAttribution.interpolate(found, tuple(inputs.shape[2:]), mode)
    return torch.as_tensor(spread).detach()[0, 0]
