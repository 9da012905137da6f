"""Images of an exported net: pixels go in, the graph standardizes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import Examples
from netwright.data.images.columns import to_read

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Plain, Tensors
    from netwright.data.images.encoder import ImageEncoder
    from netwright.data.images.pixels import Fit

RESIZE = "triangle filter, antialiased (Pillow's BILINEAR), before the graph"
"""No operation of ONNX gives the same pixels, so that resizing stays outside."""


def about(encoder: ImageEncoder, fit: Fit = "cover") -> dict[str, Any]:
    """Size, channels, and how an image is brought to them.

    Args:
        fit: as of ``ImageEncoder.encode``.
    """
    size = {"height": encoder.height, "width": encoder.width, "channels": encoder.channels}
    return {"kind": "images", **size, "fit": fit, "white": encoder.white, "resize": RESIZE}


def arrays(about: Plain, examples: Examples) -> Arrays:
    """``images``: (N, H, W, C) uint8.

    Raises:
        DataError: an image cannot be read, or the inputs are no images.
    """
    size = about["height"], about["width"]
    pixels = to_read(examples.inputs, size, about["channels"], about["fit"], about["white"])
    return {"images": pixels}


def prepared(encoder: ImageEncoder, tensors: Tensors) -> tuple[Tensor, ...]:
    """(B, C, H, W) float32, (x / 255 - mu) / sigma: as ``ImageEncoder.prepare``, which works in
    place.
    """
    import torch

    mu, sigma = torch.tensor(encoder.mu), torch.tensor(encoder.sigma)
    scaled = tensors["images"].float() * (1 / (255 * sigma)) - mu / sigma
    return (scaled.permute(0, 3, 1, 2),)
