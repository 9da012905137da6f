"""What makes an image worse and leaves its label: blur, noise, an erased rectangle."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.data.images.augment.policy import amount_of, radius

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from netwright.contract import Draws
    from netwright.data.images.augment.uniforms import Uniforms
    from netwright.recipe import Augment

ROW, PLACES = 64, 1024
"""Noise is read from a pool of normal numbers, in rows of 64, from one of 1024 places."""

LONGEST = math.log(3.3)
"""The logarithm of the largest ratio of an erased rectangle's sides (Zhong et al. 2017)."""


def draw_blur(policy: Augment, uniforms: Uniforms) -> Tensor | None:
    """(B, 2 r + 1) each image's Gaussian, 1 in its middle; None: off.

    Its deviation is up to ``blur`` pixels.
    """
    import torch

    if amount_of(policy, "blur") == 0:
        return None
    reach = radius(amount_of(policy, "blur"))
    deviation = (uniforms["blur"] * amount_of(policy, "blur")).clamp_(min=0.01)
    squares = torch.arange(-reach, reach + 1, device=deviation.device).square()
    return torch.exp(torch.outer(-0.5 / deviation.square(), squares))


def blurred(x: Tensor, weights: Tensor) -> Tensor:
    """The images (B, H, W, C), float32, blurred in place.

    At the border the weights inside the image are scaled to sum to 1.

    Down the rows as weighted sums of whole rows (what an embedding bag does, all taps in one pass),
    then along them tap by tap.
    """
    import torch

    count, height, width, channels = x.shape
    taps, values = weights.shape[1], width * channels
    rows = x.contiguous().view(count, height, values)
    places, inside = _taps(height, taps, x.device)
    scaled = weights.unsqueeze(1) * inside * _whole(weights, inside).unsqueeze(2)
    above = torch.arange(0, count * height, height, device=x.device).view(-1, 1, 1)
    down = torch.nn.functional.embedding_bag(
        (above + places).view(-1, taps),
        rows.view(-1, values),
        mode="sum",
        per_sample_weights=scaled.view(-1, taps),
    ).view(rows.shape)

    *left, middle = weights[:, : taps // 2 + 1].view(count, -1, 1, 1).unbind(1)
    torch.mul(down, middle, out=rows)
    for away, weight in enumerate(reversed(left), start=1):
        step = away * channels
        rows[..., step:].addcmul_(down[..., : values - step], weight)
        rows[..., : values - step].addcmul_(down[..., step:], weight)
    factors = _whole(weights, _taps(width, taps, x.device)[1])
    rows.mul_(factors.unsqueeze(2).expand(-1, -1, channels).reshape(count, 1, values))
    return rows.view(x.shape)


@functools.lru_cache(maxsize=8)
def _taps(length: int, taps: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Two (length, taps): the place that each tap reads, and 1 where it lies inside, else 0."""
    import torch

    places = (
        torch.arange(length, device=device).unsqueeze(1)
        + torch.arange(taps, device=device)
        - taps // 2
    )
    return places.clamp(0, length - 1), ((places >= 0) & (places < length)).float()


def _whole(weights: Tensor, inside: Tensor) -> Tensor:
    """(B, length) factors by which the weights (B, taps) inside sum to 1 at each place."""
    return (weights @ inside.t()).reciprocal()


@dataclass(frozen=True)
class Noise:
    """Gaussian noise for B images.

    Args:
        pool: (R, 64) normal numbers for all images of a batch; each reads from a place of its own.
        place: (B,) the row at which an image begins to read.
        deviation: (B,) in values from 0 to 255.
    """

    pool: Tensor
    place: Tensor
    deviation: Tensor

    def rows(self, part: slice) -> Noise:
        """Those of some images."""
        return Noise(self.pool, self.place[part], self.deviation[part])


def draw_noise(policy: Augment, uniforms: Uniforms, draws: Draws, values: int) -> Noise | None:
    """Noise of a deviation up to ``noise`` for images of ``values`` numbers each; None: off."""
    import torch

    if amount_of(policy, "noise") == 0:
        return None
    length = math.ceil(values / ROW) + PLACES
    pool = torch.randn((length, ROW), generator=draws.generator, device=draws.device)
    place = (uniforms["noise place"] * PLACES).long()
    return Noise(pool, place, uniforms["noise"] * (255 * amount_of(policy, "noise")))


def noisy(x: Tensor, noise: Noise) -> Tensor:
    """The images (B, H, W, C), float32, changed in place, cut to [0, 255]."""
    import torch

    count, values = x.shape[0], x[0].numel()
    rows = noise.place.view(-1, 1) + torch.arange(math.ceil(values / ROW), device=x.device)
    read = noise.pool.index_select(0, rows.view(-1)).view(count, -1)[:, :values]
    flat = x.contiguous().view(count, values)
    return flat.addcmul_(read, noise.deviation.view(-1, 1)).clamp_(0, 255).view(x.shape)


def draw_rectangles(policy: Augment, uniforms: Uniforms, height: int, width: int) -> Tensor | None:
    """(B, 4) top, left, bottom, right in whole pixels, inside the image; None: off.

    The area is up to ``erase`` of the image's.
    """
    import torch

    if amount_of(policy, "erase") == 0:
        return None
    area = uniforms["erase"] * (amount_of(policy, "erase") * height * width)
    shape = (uniforms.signed("erase shape") * LONGEST).exp()
    high = (area * shape).sqrt().round().clamp(max=height)
    wide = (area / shape).sqrt().round().clamp(max=width)
    top = (uniforms["erase down"] * (height - high + 1)).floor()
    left = (uniforms["erase across"] * (width - wide + 1)).floor()
    return torch.stack((top, left, top + high, left + wide), dim=1)


def erased(x: Tensor, rectangles: Tensor, colour: Tensor) -> Tensor:
    """The images (B, H, W, C), float32, changed in place: their rectangle takes one colour (C,).

    x + rows * columns * (colour - x), since products of numbers are several times as fast as
    choices by a mask.
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
