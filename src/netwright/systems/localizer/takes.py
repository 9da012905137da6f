"""What this system takes: images whose targets are boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.contract import Claim, Example, Examples, Shown, Takes
from netwright.data.boxes.box import Box
from netwright.data.boxes.draw import ANSWERED, TRUE, Color, draw_boxes
from netwright.data.images.columns import is_images
from netwright.data.images.letterbox import Corners

FURTHEST = 1 << 31
"""Pixels of a side of an image that is not at hand."""


def accepts(examples: Examples) -> Claim | None:
    """Images whose targets are boxes; less sure where an image has several."""
    known = [target for target in examples.targets if target is not None]
    if not known or not is_images(examples.inputs) or not all(map(_are_boxes, known)):
        return None
    if any(len(target) > 1 for target in known):
        return Claim("the targets are boxes, several on some images", 1)
    return Claim("the targets are boxes, at most one on an image", 2)


def by_class(targets: Sequence[Any]) -> list[str]:
    """The class of the box of each target, to balance the splits by; apart those without one."""
    return [
        "unknown" if target is None else f"box {target[0].label}" if target else "none"
        for target in targets
    ]


def show(example: Example, answer: Any = None) -> Shown | None:
    """The image with its true boxes in green and the answered one in magenta."""
    pixels = example.input
    if not (isinstance(pixels, np.ndarray) and pixels.ndim == 3 and pixels.dtype == np.uint8):
        return None
    boxes: list[tuple[Corners, Color]] = [(box.corners, TRUE) for box in example.target or ()]
    if answer is not None and answer.box is not None:
        boxes.append((answer.box, ANSWERED))
    return Shown(draw_boxes(pixels, boxes))


def in_words(target: Sequence[Box]) -> str:
    """The boxes of a target with their classes; ``none`` where there is no box."""
    return "; ".join(labelled(box.label, box.corners) for box in target) or "none"


def unfit(pixels: Any, boxes: Sequence[Box]) -> str:
    """Why boxes that a person wrote are none on an image."""
    known = isinstance(pixels, np.ndarray) and pixels.ndim == 3
    height, width = pixels.shape[:2] if known else (FURTHEST, FURTHEST)
    faults = (box.fault(height, width) for box in boxes)
    return next((fault for fault in faults if fault), "")


def labelled(label: str | None, corners: Corners | None) -> str:
    """A box with its class, in whole pixels: ``cat (12, 30, 48, 61)``; ``none`` where there is no
    box.
    """
    if corners is None:
        return "none"
    return f"{label or ''} ({', '.join(f'{edge:.0f}' for edge in corners)})".strip()


def _are_boxes(target: Any) -> bool:
    return isinstance(target, tuple) and all(isinstance(box, Box) for box in target)


TAKES = Takes(
    accepts,
    show=show,
    stratify=by_class,
    in_words=in_words,
    leaves_out="as they have more than one box",
)
