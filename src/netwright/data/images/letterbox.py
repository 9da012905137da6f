"""A whole image in a square: scaled until it fits, in the middle, black around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from netwright.data.images.pixel_array import Pixels


class Corners(NamedTuple):
    """A box by its edges, in pixels from the top left corner; pixel i spans i to i + 1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Frame:
    """Where an image of its own size lies in a square.

    Args:
        height, width: of the image, in pixels.
        side: of the square, in pixels.
    """

    height: int
    width: int
    side: int

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the scaled image, at least 1 each."""
        scale = self.side / max(self.height, self.width)
        height, width = (max(1, int(scale * one + 0.5)) for one in (self.height, self.width))
        return height, width

    @property
    def corner(self) -> tuple[int, int]:
        """(top, left): the first pixel of the scaled image in the square."""
        height, width = self.size
        return (self.side - height) // 2, (self.side - width) // 2

    def into(self, box: Corners) -> Corners:
        """A box of the image where it lies in the square."""
        (height, width), (top, left) = self.size, self.corner
        across, down = width / self.width, height / self.height
        x0, y0, x1, y1 = box
        return Corners(left + across * x0, top + down * y0, left + across * x1, top + down * y1)

    def back(self, box: Corners) -> Corners:
        """A box of the square where it lies in the image; what stands out is cut off."""
        (height, width), (top, left) = self.size, self.corner
        across, down = self.width / width, self.height / height
        x0, y0, x1, y1 = box
        return Corners(
            _inside(across * (x0 - left), self.width),
            _inside(down * (y0 - top), self.height),
            _inside(across * (x1 - left), self.width),
            _inside(down * (y1 - top), self.height),
        )


def letterboxed(pixels: Pixels, side: int) -> Pixels:
    """(H, W, C) -> (side, side, C); triangle filter, antialiased."""
    from PIL import Image

    height, width, channels = pixels.shape
    frame = Frame(height, width, side)
    (inner, wide), (top, left) = frame.size, frame.corner
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    small = np.asarray(image.resize((wide, inner), Image.Resampling.BILINEAR))
    square = np.zeros((side, side, channels), np.uint8)
    square[top : top + inner, left : left + wide] = small.reshape(inner, wide, channels)
    return square


def _inside(value: float, side: int) -> float:
    return min(float(side), max(0.0, value))
