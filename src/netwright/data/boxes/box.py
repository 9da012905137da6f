"""A box on an image, and the image that it was drawn on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from netwright.data.images.letterbox import Corners

OVER = 1.0
"""Pixels by which a box may reach over the edge of its image: programs round. It is cut there."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box, and the class of what is in it.

    Args:
        x0, y0, x1, y1: its edges in pixels from the image's top left corner; pixel i spans i to
            i + 1.
        label: empty where the source names no classes.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    label: str = ""

    @property
    def corners(self) -> Corners:
        """Its edges alone."""
        return Corners(self.x0, self.y0, self.x1, self.y1)

    def __str__(self) -> str:
        numbers = ", ".join(f"{value:g}" for value in self.corners)
        return f"({numbers})" + (f" of '{self.label}'" if self.label else "")

    def cut(self, height: int, width: int) -> Box:
        """What of it lies in an image of this size."""
        x0, x1 = max(0.0, self.x0), min(float(width), self.x1)
        y0, y1 = max(0.0, self.y0), min(float(height), self.y1)
        return Box(x0, y0, x1, y1, self.label)

    def fault(self, height: int, width: int) -> str:
        """Why it is no box on an image of this size; empty where it is one."""
        if not all(map(math.isfinite, self.corners)):
            return "its edges are to be finite numbers"
        if self.x1 < self.x0 or self.y1 < self.y0:
            return "its right or lower edge lies before its left or upper one"
        if self.x1 == self.x0 or self.y1 == self.y0:
            return "it has no area"
        outside = self.x0 < -OVER or self.y0 < -OVER or self.x1 > width + OVER
        if outside or self.y1 > height + OVER:
            return f"it reaches out of its image of {width} x {height} pixels"
        inside = self.cut(height, width)
        if inside.x1 <= inside.x0 or inside.y1 <= inside.y0:
            return f"it lies beside its image of {width} x {height} pixels"
        return ""


@dataclass(frozen=True)
class Marked:
    """An image file with the boxes on it.

    Args:
        boxes: as the source has them, not yet held against the image.
        places: where each of them stands, for messages: ``boxes.csv:12``.
        split: the one that the source assigns it to, or None.
        size: (height, width) that the source states; None: it states none.
        place: where the image stands in the source.
    """

    path: Path
    boxes: tuple[Box, ...]
    places: tuple[str, ...]
    split: str | None = None
    size: tuple[int, int] | None = None
    place: str = ""

    def fault(self, height: int, width: int) -> str:
        """Why its boxes cannot be those of an image of this size, one sentence; empty: they can."""
        if self.size is not None and self.size != (height, width):
            stated = f"{self.size[1]} x {self.size[0]}"
            turned = ", its sides exchanged, as an EXIF orientation does"
            turned = turned if self.size == (width, height) else ""
            return (
                f"{self.place} states {stated} pixels, and {self.path} has {width} x"
                f" {height}{turned}: mend the size, or the boxes lie elsewhere."
            )
        for box, place in zip(self.boxes, self.places, strict=True):
            if why := box.fault(height, width):
                return f"{place}: the box {box} on {self.path.name} is none: {why}."
        return ""
