"""Where each pixel of the new image is read in the old one, drawn as one matrix an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from netwright.data.images.augment.policy import amount_of

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.data.images.augment.uniforms import Uniforms
    from netwright.recipe import Augment

WIDEST = math.log(4 / 3)
"""The logarithm of the largest change of shape of a resized crop (Szegedy et al. 2015)."""


def moves(policy: Augment) -> bool:
    """Whether anything moves a pixel."""
    turned = policy.mirror is True or policy.flip
    return turned or resamples(policy) or amount_of(policy, "crop") > 0


def resamples(policy: Augment) -> bool:
    """Whether pixels move by parts of a pixel, so that new values lie between old ones."""
    return any(
        amount_of(policy, name) > 0 for name in ("shift", "rotate", "zoom", "shear", "resized_crop")
    )


def draw_maps(policy: Augment, uniforms: Uniforms, height: int, width: int) -> Tensor:
    """(B, 2, 3) matrices q = A p + t, p in the new image, q in the old one, both from -1 to 1.

    A = R(rotate) Shear Zoom Mirror Crop. Rotation and shear act on square pixels, so A is scaled by
    the aspect ratio.
    """
    import torch

    turn = uniforms.signed("rotate") * math.radians(amount_of(policy, "rotate"))
    lean = torch.tan(uniforms.signed("shear") * math.radians(amount_of(policy, "shear")))
    zoom = 1 + uniforms.signed("zoom") * amount_of(policy, "zoom")
    cos, sin, aspect = torch.cos(turn) * zoom, torch.sin(turn) * zoom, height / width
    a, b = cos, (cos * lean - sin) * aspect
    c, d = sin / aspect, sin * lean + cos
    across, down = (
        _turned(uniforms, "mirror", policy.mirror is True),
        _turned(uniforms, "flip", policy.flip),
    )
    x = 2 * amount_of(policy, "shift") * uniforms.signed("shift across") + _crop(
        policy, uniforms, "crop across", width
    )
    y = 2 * amount_of(policy, "shift") * uniforms.signed("shift down") + _crop(
        policy, uniforms, "crop down", height
    )
    if amount_of(policy, "resized_crop") > 0:
        wide, high, right, low = _resized_crop(policy, uniforms)
        across, down = across * wide, down * high
        x, y = x + a * right + b * low, y + c * right + d * low
    return torch.stack([a * across, b * down, x, c * across, d * down, y], dim=1).view(-1, 2, 3)


def _turned(uniforms: Uniforms, name: str, wanted: bool) -> Tensor | float:
    """-1 for half of the images, 1 for the others; 1 for all when it is not wanted."""
    return uniforms.signed(name).sign() if wanted else 1.0


def _crop(policy: Augment, uniforms: Uniforms, name: str, side: int) -> Tensor | float:
    """A whole number of pixels each way, where -1 to 1 is the side."""
    most = round(amount_of(policy, "crop") * side)
    return ((uniforms[name] * (2 * most + 1)).floor() - most) * (2 / side) if most else 0.0


def _resized_crop(policy: Augment, uniforms: Uniforms) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(width, height, right, low): a part's sides as fractions of the image's, and its centre."""
    area = 1 - uniforms["part area"] * amount_of(policy, "resized_crop")
    shape = (uniforms.signed("part shape") * WIDEST).exp()
    wide, high = (area * shape).sqrt().clamp(max=1), (area / shape).sqrt().clamp(max=1)
    return (
        wide,
        high,
        (1 - wide) * uniforms.signed("part across"),
        (1 - high) * uniforms.signed("part down"),
    )
