"""Brightness, contrast, saturation, hue, principal colours and grey as one affine map.

    v' = M v + pull (grey of the mean) + shift,  cut to [0, 255] once at the end

Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, as in Pillow). Saturation, hue and greying leave
greys as they are, which is why contrast may come first: they do not move what it adds. Hue turns
the chroma of YIQ and keeps the grey.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.data.images.augment.policy import amount_of

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Draws
    from netwright.data.images.augment.uniforms import Uniforms
    from netwright.recipe import Augment

LUMINANCE = (0.299, 0.587, 0.114)
YIQ = (LUMINANCE, (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))
COLOR_KNOBS = ("brightness", "contrast", "saturation", "hue", "pca", "grey")


@dataclass(frozen=True)
class ColorMap:
    """What is drawn for B images of C channels.

    Args:
        mix: (B, C, C) M.
        pull: (B,) times the grey of the image's mean.
        shift: (B, C).
    """

    mix: Tensor
    pull: Tensor
    shift: Tensor

    def rows(self, part: slice) -> ColorMap:
        """Those of some images."""
        return ColorMap(self.mix[part], self.pull[part], self.shift[part])


def draw_color_map(
    policy: Augment,
    uniforms: Uniforms,
    draws: Draws,
    channels: int,
    axes: Sequence[Sequence[float]],
) -> ColorMap | None:
    """The colour map of each image, or None when every knob is off.

    Args:
        axes: C columns: the principal colours of the training pixels (values in [0, 1]), each as
            long as its deviation.
    """
    import torch

    if not any(amount_of(policy, name) > 0 for name in COLOR_KNOBS):
        return None
    bright = 1 + uniforms.signed("brightness") * amount_of(policy, "brightness")
    contrast = 1 + uniforms.signed("contrast") * amount_of(policy, "contrast")
    mix, shift = torch.ones_like(bright).view(-1, 1, 1), torch.zeros_like(bright).view(-1, 1)
    if channels == 3:
        mix = _hue(policy, uniforms) @ _saturation(policy, uniforms)
        shift = (
            _principal(policy, draws, axes) if amount_of(policy, "pca") > 0 else shift.expand(-1, 3)
        )
        greyed = _greyed(policy, uniforms)
        mix, shift = greyed @ mix, (greyed @ shift.unsqueeze(-1)).squeeze(-1)
    return ColorMap(mix * (bright * contrast).view(-1, 1, 1), (1 - contrast) * bright, shift)


def recolored(x: Tensor, color_map: ColorMap) -> Tensor:
    """The images (B, H, W, C), float32 in [0, 255], with their colours mapped."""
    import torch

    count, height, width, channels = x.shape
    x = x.contiguous()
    mean = x.view(count, height, -1).mean(dim=1).view(count, width, channels).mean(dim=1)
    grey = (
        (mean * torch.tensor(LUMINANCE, device=x.device)).sum(dim=1)
        if channels == 3
        else mean[:, 0]
    )
    offset = color_map.shift + (color_map.pull * grey).view(-1, 1)
    if channels == 1:
        mapped = torch.addcmul(offset, x.view(count, -1), color_map.mix.view(-1, 1))
    else:
        mapped = _mixed(x, color_map.mix, offset)
    return mapped.view(x.shape).clamp_(0, 255)


def _mixed(x: Tensor, mix: Tensor, offset: Tensor) -> Tensor:
    """M v + offset for the colours v.

    Eight pixels at once, their M along a diagonal: products of 3 x 3 are slow.
    """
    import torch

    count, height, width, channels = x.shape
    at_once = math.gcd(height * width, 8)
    blocks = mix.new_zeros(count, at_once, channels, at_once, channels)
    blocks.diagonal(dim1=1, dim2=3).copy_(
        mix.transpose(1, 2).unsqueeze(-1).expand(-1, -1, -1, at_once)
    )
    side = at_once * channels
    offsets = offset.repeat(1, at_once).unsqueeze(1)
    return torch.baddbmm(offsets, x.view(count, -1, side), blocks.view(count, side, side))


def _saturation(policy: Augment, uniforms: Uniforms) -> Tensor:
    """s v + (1 - s) grey(v)."""
    import torch

    amount = (1 + uniforms.signed("saturation") * amount_of(policy, "saturation")).view(-1, 1, 1)
    mixed: Tensor = amount * torch.eye(3, device=amount.device) + (1 - amount) * _grey(amount)
    return mixed


def _hue(policy: Augment, uniforms: Uniforms) -> Tensor:
    """The chroma turned by an angle.

    grey(v) + cos (v - grey(v)) + sin (chroma turned by 90 degrees).
    """
    import torch

    angle = (uniforms.signed("hue") * math.radians(amount_of(policy, "hue"))).view(-1, 1, 1)
    eye, grey, yiq = (
        torch.eye(3, device=angle.device),
        _grey(angle),
        torch.tensor(YIQ, device=angle.device),
    )
    quarter = torch.tensor([[0.0, 0, 0], [0, 0, -1], [0, 1, 0]], device=angle.device)
    turned = torch.linalg.solve(yiq, quarter @ yiq)
    matrices: Tensor = grey + angle.cos() * (eye - grey) + angle.sin() * turned
    return matrices


def _principal(policy: Augment, draws: Draws, axes: Sequence[Sequence[float]]) -> Tensor:
    """(B, 3) principal colours, each times a normal number of deviation ``pca``.

    Krizhevsky et al. 2012, 4.1.
    """
    import torch

    amounts = draws.normal(3) * (255 * amount_of(policy, "pca"))
    return amounts @ torch.tensor(axes, device=amounts.device).T


def _greyed(policy: Augment, uniforms: Uniforms) -> Tensor:
    """(B, 3, 3): grey for the fraction that the policy names, else unchanged."""
    import torch

    chosen = (uniforms["grey"] < amount_of(policy, "grey")).view(-1, 1, 1)
    return torch.where(chosen, _grey(uniforms["grey"]), torch.eye(3, device=chosen.device))


def _grey(like: Tensor) -> Tensor:
    """(3, 3): every channel becomes the grey."""
    import torch

    return torch.tensor(LUMINANCE, device=like.device).expand(3, 3)
