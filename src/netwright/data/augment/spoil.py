"""What makes an image worse and leaves its label: blur, noise, an erased rectangle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.data.augment.policy import asked

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Draws
    from netwright.data.augment.chances import Chances
    from netwright.recipe import Augment

ROW, PLACES = 64, 1024
"""Noise is read from a pool of normal numbers, in rows of 64, from one of 1024 places."""

LONGEST = math.log(3.3)
"""An erased rectangle is at most 3.3 times as high as wide, or as wide as high (Zhong et al. 2017), as a logarithm."""


def radius(blur: float) -> int:
    """How many pixels away a blur of at most this deviation still reads: three deviations."""
    return math.ceil(3 * blur)


def draw_blur(policy: Augment, chances: Chances) -> Tensor | None:
    """(B, 2 r + 1) the weights of each image's Gaussian, of a deviation up to ``blur`` pixels; None: off."""
    import torch

    if asked(policy, "blur") == 0:
        return None
    reach = radius(asked(policy, "blur"))
    deviation = (chances["blur"] * asked(policy, "blur")).clamp(min=0.01).view(-1, 1)
    steps = torch.arange(-reach, reach + 1, device=deviation.device) / deviation
    weights = torch.exp(-steps * steps / 2)
    return weights / weights.sum(dim=1, keepdim=True)


def blurred(x: Tensor, weights: Tensor) -> Tensor:
    """The images (B, H, W, C), float32, blurred in place along both sides; outside lies the image mirrored at its border."""
    import torch

    count, height, width, channels = x.shape
    x, reach = x.contiguous(), weights.shape[1] // 2
    wide = torch.cat((x[:, :, :reach].flip(2), x, x[:, :, width - reach :].flip(2)), dim=2)
    _weigh(wide.view(count, height, -1), weights.view(count, -1, 1, 1), channels, x.view(count, height, -1))
    del wide
    high = torch.cat((x[:, :reach].flip(1), x, x[:, height - reach :].flip(1)), dim=1)
    _weigh(high.view(count, -1), weights.view(count, -1, 1), width * channels, x.view(count, -1))
    return x


def _weigh(padded: Tensor, weights: Tensor, step: int, total: Tensor) -> None:
    """``total`` becomes the weighted sum of the stretches of ``padded`` that begin at 0, step, 2 step, ... of its last axis."""
    import torch

    length = total.shape[-1]
    torch.mul(padded[..., :length], weights[:, 0], out=total)
    for at in range(1, weights.shape[1]):
        total.addcmul_(padded[..., at * step : at * step + length], weights[:, at])


@dataclass(frozen=True)
class Noise:
    """Gaussian noise for B images.

    Args:
        pool: (R, 64) normal numbers that the images of a batch share, each from a place of its own.
        place: (B,) the row at which an image begins to read.
        deviation: (B,) in values from 0 to 255.
    """

    pool: Tensor
    place: Tensor
    deviation: Tensor

    def rows(self, part: slice) -> Noise:
        """Those of some images."""
        return Noise(self.pool, self.place[part], self.deviation[part])


def draw_noise(policy: Augment, chances: Chances, draws: Draws, values: int) -> Noise | None:
    """Noise of a deviation up to ``noise`` for images of ``values`` numbers each; None: off."""
    import torch

    if asked(policy, "noise") == 0:
        return None
    length = math.ceil(values / ROW) + PLACES
    pool = torch.randn((length, ROW), generator=draws.generator, device=draws.device)
    place = (chances["noise place"] * PLACES).long()
    return Noise(pool, place, chances["noise"] * (255 * asked(policy, "noise")))


def noisy(x: Tensor, noise: Noise) -> Tensor:
    """The images (B, H, W, C), float32, changed in place, cut to [0, 255]."""
    import torch

    count, values = x.shape[0], x[0].numel()
    rows = noise.place.view(-1, 1) + torch.arange(math.ceil(values / ROW), device=x.device)
    read = noise.pool.index_select(0, rows.view(-1)).view(count, -1)[:, :values]
    flat = x.contiguous().view(count, values)
    return flat.addcmul_(read, noise.deviation.view(-1, 1)).clamp_(0, 255).view(x.shape)


def draw_rectangles(policy: Augment, chances: Chances, height: int, width: int) -> Tensor | None:
    """(B, 4) top, left, bottom, right in whole pixels, of an area up to ``erase``, inside the image; None: off."""
    import torch

    if asked(policy, "erase") == 0:
        return None
    area = chances["erase"] * (asked(policy, "erase") * height * width)
    shape = (chances.signed("erase shape") * LONGEST).exp()
    high = (area * shape).sqrt().round().clamp(max=height)
    wide = (area / shape).sqrt().round().clamp(max=width)
    top = (chances["erase down"] * (height - high + 1)).floor()
    left = (chances["erase across"] * (width - wide + 1)).floor()
    return torch.stack((top, left, top + high, left + wide), dim=1)


def erased(x: Tensor, rectangles: Tensor, colour: Tensor) -> Tensor:
    """The images (B, H, W, C), float32, changed in place: their rectangle takes one colour (C,).

    x + rows * columns * (colour - x), since products of numbers are several times as fast as choices by a mask.
    """
    import torch

    count, height, width, channels = x.shape
    top, left, bottom, right = rectangles.unsqueeze(-1).unbind(1)
    y, across = torch.arange(height, device=x.device), torch.arange(width, device=x.device)
    rows = ((y >= top) & (y < bottom)).float()
    columns = ((across >= left) & (across < right)).float().repeat_interleave(channels, dim=1)
    flat = x.contiguous().view(count, height, -1)
    change = (colour.repeat(width) - flat).mul_(rows.unsqueeze(2))
    return flat.addcmul_(change, columns.unsqueeze(1)).view(x.shape)
