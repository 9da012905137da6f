"""Two examples made one: mixup (Zhang et al. 2018) and cutmix (Yun et al. 2019).

One draw serves a whole batch, as in the papers.

With lambda from Beta(alpha, alpha) and each example's partner from one permutation of the batch,
the input is lambda x + (1 - lambda) x' (mixup), or x with a rectangle of x' that covers 1 - lambda
of the image (cutmix); the loss is lambda L(y) + (1 - lambda) L(y').
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.seeds import seed_of

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from netwright.recipe import Augment, ImageOrRowRecipe


@dataclass(frozen=True)
class Mix:
    """One batch's draw.

    Args:
        lam: lambda, in [0, 1]: how much of its own input and target an example keeps.
        partners: (B,) int64: the row that each is mixed with.
        box: (top, bottom, left, right) of the rectangle taken from the partner; None: the whole
            input is averaged.
    """

    lam: float
    partners: Tensor
    box: tuple[int, int, int, int] | None = None


def mixes(policy: Augment) -> bool:
    """Whether examples are mixed at all."""
    return policy.mixup > 0 or policy.cutmix > 0


def policy_of(recipe: ImageOrRowRecipe) -> Augment | None:
    """How a recipe mixes examples; None where it does not."""
    return recipe.augment if mixes(recipe.augment) else None


def draw_mix(policy: Augment, seed: int, step: int, count: int, sides: Sequence[int]) -> Mix:
    """The draw of one step: the same for any number of processes, and after a resume.

    Args:
        policy: with mixup or cutmix above 0; with both, each has half of the batches.
        count: rows of the global batch.
        sides: (H, W) of images; empty for rows.
    """
    import numpy as np
    import torch

    rng = np.random.default_rng(seed_of(seed, "mix", step))
    partners = torch.from_numpy(rng.permutation(count))
    cut = policy.cutmix > 0 and (policy.mixup == 0 or rng.random() < 0.5)
    alpha = policy.cutmix if cut else policy.mixup
    lam = float(rng.beta(alpha, alpha))
    if not cut:
        return Mix(lam, partners)
    height, width = sides
    top, bottom, left, right = box = draw_box(lam, height, width, rng)
    return Mix(1 - (bottom - top) * (right - left) / (height * width), partners, box)


def draw_box(
    lam: float, height: int, width: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """A rectangle of 1 - ``lam`` of the area around a random pixel, clipped to the image.

    Returns (top, bottom, left, right).
    """
    import math

    side = math.sqrt(1 - lam)
    half_height, half_width = int(height * side) // 2, int(width * side) // 2
    y, x = int(rng.integers(height)), int(rng.integers(width))
    return (
        max(0, y - half_height),
        min(height, y + half_height),
        max(0, x - half_width),
        min(width, x + half_width),
    )


def mix(x: Tensor, whole: Tensor, rows: Tensor, drawn: Mix) -> Tensor:
    """Each of ``x`` mixed with its partner, in new memory of the same layout.

    Args:
        x: (B, ...) float.
        whole: (N, ...) all that ``rows``, (B,) int64, names the partners in; ``x`` itself in one
            process.
    """
    import torch

    if drawn.box is None:
        return torch.add(x * drawn.lam, whole.index_select(0, rows), alpha=1 - drawn.lam)
    top, bottom, left, right = drawn.box
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = whole[:, :, top:bottom, left:right].index_select(0, rows)
    return mixed
