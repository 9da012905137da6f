"""How others call the tensors of the nets of ``nets/vision``, and how they standardized pixels.

``resnet``, ``alexnet``, ``vgg`` and ``googlenet-bn`` are called as in torchvision; what is called
otherwise by timm, or by the package of EfficientNet-Lite0, stands in ``SPELLINGS``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from netwright.nets.vision.efficientnet_lite import ROWS

Spelling: TypeAlias = tuple[tuple[str, str], ...]
"""(pattern, what stands here in its place); of a name the first that fits at its beginning."""

WRAPPED: Spelling = ((r"(?:module|model|_orig_mod)\.", ""),)
"""What is put before each name by DataParallel, by timm's average of weights, by compiling."""


def _timm_blocks() -> Spelling:
    """Of timm's EfficientNet-Lite0: blocks numbered in each row, layers by how they work."""
    lines: list[tuple[str, str]] = []
    wide = {"conv_pwl": "project_conv", "conv_pw": "expand_conv", "conv_dw": "depthwise_conv"}
    wide |= {"bn1": "bn0", "bn2": "bn1", "bn3": "bn2"}
    narrow = {"conv_dw": "depthwise_conv", "conv_pw": "project_conv", "bn1": "bn1", "bn2": "bn2"}
    number = 0
    for at, row in enumerate(ROWS):
        for block in range(row.blocks):
            for theirs, ours in (wide if row.wider > 1 else narrow).items():
                lines.append((rf"blocks\.{at}\.{block}\.{theirs}\.", f"blocks.{number}.{ours}."))
            number += 1
    return tuple(lines)


SPELLINGS: Mapping[str, tuple[Spelling, ...]] = {
    "vgg": (
        (
            (r"pre_logits\.fc1\.", "classifier.0."),
            (r"pre_logits\.fc2\.", "classifier.3."),
            (r"head\.fc\.", "classifier.6."),
        ),
    ),
    "efficientnet_lite": (
        # the package's own
        ((r"_blocks\.(\d+)\._", r"blocks.\1."), (r"_", "")),
        # timm's, whose first and last norm are numbered from 1
        (
            *_timm_blocks(),
            (r"bn1\.", "bn0."),
            (r"bn2\.", "bn1."),
            (r"classifier\.", "fc."),
        ),
    ),
}
"""Module of ``nets/vision`` -> the ways in which its tensors are called elsewhere."""


def renamed(name: str, spelling: Spelling) -> str:
    """A tensor's name here."""
    for pattern, ours in spelling:
        if found := re.match(pattern, name):
            return found.expand(ours) + name[found.end() :]
    return name


class Moments(NamedTuple):
    """What was taken from pixels in [0, 1], and by what they were divided, a channel each."""

    mu: tuple[float, float, float]
    sigma: tuple[float, float, float]


IMAGENET = Moments((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Of torchvision's and most of timm's weights."""

MOMENTS: Mapping[str, Moments] = {
    "googlenet-bn": Moments((0.5,) * 3, (0.5,) * 3),
    "efficientnet-lite0": Moments((127 / 255,) * 3, (128 / 255,) * 3),
}
"""Of nets that were trained on pixels standardized otherwise."""
