"""Images changed in this order: moved, recoloured, blurred, made noisy, erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from netwright.data.images.augment import corruption
from netwright.data.images.augment.color import draw_color_map, recolored
from netwright.data.images.augment.maps import draw_maps, moves, resamples
from netwright.data.images.augment.move import resampled, shifted
from netwright.data.images.augment.uniforms import Uniforms, draw_uniforms

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Draws
    from netwright.recipe import Augment

Stage = Callable[["Tensor", slice], "Tensor"]
"""((K, H, W, C) images, which rows of the batch they are) -> the images changed."""

VALUES_AT_ONCE = 1 << 19
"""Values worked on at once on a CPU, so that each operation finds them in the cache."""


def augment(
    pixels: Tensor,
    policy: Augment,
    draws: Draws,
    *,
    mean: Sequence[float],
    axes: Sequence[Sequence[float]] = (),
    finish: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor | None]:
    """The images as the policy changes them, and how they were moved.

    Args:
        pixels: (B, H, W, C) uint8, or float in [0, 255]; left as they are.
        policy: the recipe's, without ``auto``.
        mean: C values in [0, 1]: the colour of what is erased.
        axes: the principal colours of the training pixels, see ``draw_color_map``;
            needed for ``pca``.
        finish: what is done to the changed images, (K, H, W, C) float32 in [0, 255], which it may
            overwrite.

    Returns:
        ((B, C, H, W) float32 in [0, 255] or as finished, channels last in memory; (B, 2, 3) maps
        for ``move_boxes``, None: nothing moved).
    """
    import torch

    with torch.no_grad():
        uniforms = draw_uniforms(draws)
        maps = (
            draw_maps(policy, uniforms, pixels.shape[1], pixels.shape[2]) if moves(policy) else None
        )
        stages = [_move(policy, maps), *_stages(pixels, policy, uniforms, draws, mean, axes)]
        stages.append(lambda x, part: x.contiguous() if finish is None else finish(x.contiguous()))
        return _run(pixels, stages).permute(0, 3, 1, 2), maps


def _move(policy: Augment, maps: Tensor | None) -> Stage:
    import torch

    if maps is None:
        return lambda x, part: x.to(torch.float32, copy=True)
    if resamples(policy):
        return lambda x, part: resampled(x, maps[part], policy.fill)
    return lambda x, part: shifted(x, maps[part], policy.fill).float()


def _stages(
    pixels: Tensor,
    policy: Augment,
    uniforms: Uniforms,
    draws: Draws,
    mean: Sequence[float],
    axes: Sequence[Sequence[float]],
) -> Iterator[Stage]:
    """What is on, with its random numbers drawn."""
    import torch

    _, height, width, channels = pixels.shape
    if (color_map := draw_color_map(policy, uniforms, draws, channels, axes)) is not None:
        yield lambda x, part: recolored(x, color_map.rows(part))
    if (weights := corruption.draw_blur(policy, uniforms)) is not None:
        yield lambda x, part: corruption.blurred(x, weights[part])
    if (
        noise := corruption.draw_noise(policy, uniforms, draws, height * width * channels)
    ) is not None:
        yield lambda x, part: corruption.noisy(x, noise.rows(part))
    if (rectangles := corruption.draw_rectangles(policy, uniforms, height, width)) is not None:
        colour = 255 * torch.tensor(mean, device=pixels.device)
        yield lambda x, part: corruption.erased(x, rectangles[part], colour)


def _run(pixels: Tensor, stages: Sequence[Stage]) -> Tensor:
    """All stages on all images: at once on an accelerator, on a CPU part by part."""
    import torch

    count = len(pixels)
    if count == 0:
        return pixels.float()
    at_once = max(1, VALUES_AT_ONCE // pixels[0].numel()) if pixels.device.type == "cpu" else count
    if count <= at_once:
        return _changed(pixels, slice(0, count), stages)
    changed = torch.empty(pixels.shape, dtype=torch.float32, device=pixels.device)
    for first in range(0, count, at_once):
        part = slice(first, first + at_once)
        changed[part] = _changed(pixels[part], part, stages)
    return changed


def _changed(x: Tensor, part: slice, stages: Sequence[Stage]) -> Tensor:
    for stage in stages:
        x = stage(x, part)
    return x
