"""A column of images, of which some are changed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.contract.examples import take
from netwright.data.images.pixel_array import Pixels
from netwright.data.images.pixels import brought_to


@dataclass(frozen=True)
class ChangedImages:
    """Images of one size, of which some are changed; nothing is read before it is asked for.

    Args:
        images: any column of images.
        size, channels: (h, w) that each is brought to before it is changed.
        names: of each image, by which it is changed; None: it stays as it is.
        change: ((K, h, w, C) uint8, K names) -> the same, changed.
    """

    images: Any
    size: tuple[int, int]
    channels: int
    names: tuple[str | None, ...]
    change: Callable[[Pixels, Sequence[str]], Pixels]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def costly(self) -> bool:
        """Whether worker processes pay: each image is changed anew whenever it is read."""
        return True

    def __getitem__(self, at: int) -> Pixels:
        """(h, w, C) of one image."""
        pixels = brought_to(self.images[at][None], self.size, self.channels)
        found: Pixels = self.take([at]).changed(pixels)[0]
        return found

    def take(self, indices: Sequence[int]) -> ChangedImages:
        """The images at ``indices``, in that order; nothing is read."""
        names = tuple(self.names[at] for at in indices)
        images = take(self.images, indices)
        return ChangedImages(images, self.size, self.channels, names, self.change)

    def changed(self, pixels: Pixels) -> Pixels:
        """All of them, (N, h, w, C), those changed that have a name."""
        rows = [at for at, name in enumerate(self.names) if name is not None]
        if not rows:
            return pixels
        found: Pixels = np.array(pixels)
        found[rows] = self.change(pixels[rows], [str(self.names[at]) for at in rows])
        return found
