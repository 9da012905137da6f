"""Pillow, one image at a time in worker processes, as DataLoaders do it: ``python -m
benchmarks.peers.pillow SIDE WORKERS``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.augmenting import BATCHES, MEAN, SIGMA, pixels, serve

Picture = Any
WORKERS = 2


def affine(image: Picture) -> Picture:
    """Rotated, shifted, zoomed, sheared; mirrored for half."""
    from PIL import Image

    side = image.width
    turn, lean = (
        math.radians(random.uniform(-10, 10)),
        math.tan(math.radians(random.uniform(-5, 5))),
    )
    zoom, middle = random.uniform(0.9, 1.1), side / 2
    cos, sin = math.cos(turn) * zoom, math.sin(turn) * zoom
    a, b, c, d = cos, cos * lean - sin, sin, sin * lean + cos
    x = middle - a * middle - b * middle + random.uniform(-0.1, 0.1) * side
    y = middle - c * middle - d * middle + random.uniform(-0.1, 0.1) * side
    moved = image.transform(
        image.size, Image.Transform.AFFINE, (a, b, x, c, d, y), Image.Resampling.BILINEAR
    )
    return mirrored(moved)


def mirrored(image: Picture) -> Picture:
    """Left and right exchanged for half."""
    from PIL import Image

    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else image


def cropped(image: Picture) -> Picture:
    """Padded with its mirror image and cut back."""
    from PIL import Image

    side, pad = image.width, image.width // 8
    wide = Image.fromarray(
        np.pad(np.asarray(image), ((pad, pad), (pad, pad), (0, 0)), mode="symmetric")
    )
    left, top = random.randint(0, 2 * pad), random.randint(0, 2 * pad)
    return mirrored(wide.crop((left, top, left + side, top + side)))


def resized(image: Picture) -> Picture:
    """A part of 30% to 100% of the area, brought back to full size."""
    from PIL import Image

    side = image.width
    area, shape = random.uniform(0.3, 1), math.exp(random.uniform(-1, 1) * math.log(4 / 3))
    wide, high = (min(1.0, math.sqrt(area * factor)) * side for factor in (shape, 1 / shape))
    left, top = random.uniform(0, side - wide), random.uniform(0, side - high)
    box = (left, top, left + wide, top + high)
    return mirrored(image.resize(image.size, Image.Resampling.BILINEAR, box=box))


def coloured(image: Picture) -> Picture:
    """Brightness, contrast, saturation, hue."""
    from PIL import Image, ImageEnhance

    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = kind(image).enhance(random.uniform(0.8, 1.2))
    hue, saturation, value = image.convert("HSV").split()
    turned = np.asarray(hue) + np.uint8(random.randint(-13, 13) % 256)
    return Image.merge("HSV", (Image.fromarray(turned), saturation, value)).convert("RGB")


def noisy(image: Picture) -> Picture:
    """Gaussian noise."""
    from PIL import Image

    pixels = np.asarray(image)
    added = np.random.default_rng().standard_normal(pixels.shape, np.float32) * (255 * 0.05)
    return Image.fromarray(np.clip(pixels + added, 0, 255).astype(np.uint8))


def blurred(image: Picture) -> Picture:
    """Gaussian blur."""
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 1)))


def erased(image: Picture) -> Picture:
    """A rectangle of one colour."""
    side = image.width
    area, shape = (
        random.uniform(0, 0.2) * side * side,
        math.exp(random.uniform(-1, 1) * math.log(3.3)),
    )
    wide, high = (min(side, round(math.sqrt(area * factor))) for factor in (shape, 1 / shape))
    left, top = random.randint(0, side - wide), random.randint(0, side - high)
    image = image.copy()
    image.paste((125, 122, 115), (left, top, left + wide, top + high))
    return image


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "affine and mirror": affine,
    "crop with padding and mirror": cropped,
    "resized crop and mirror": resized,
    "brightness, contrast, saturation, hue": coloured,
    "noise": noisy,
    "blur": blurred,
    "erase": erased,
    "resized crop, mirror, colours, erase": lambda image: erased(coloured(resized(image))),
}


class Endless:
    """The batch's images again and again, changed and standardized one at a time; a DataLoader's
    data set.
    """

    def __init__(self, side: int, name: str) -> None:
        self.images, self.name = pixels(side).numpy(), name

    def __len__(self) -> int:
        return 1 << 40

    def __getitem__(self, at: int) -> Any:
        import torch
        from PIL import Image

        changed = CHANGES[self.name](Image.fromarray(self.images[at % len(self.images)]))
        found = (np.asarray(changed, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(
            SIGMA, np.float32
        )
        return torch.from_numpy(found.transpose(2, 0, 1).copy())


def prepared(side: int) -> dict[str, Callable[[], object]]:
    """Each operation: the next batch of a DataLoader with two workers that go on while one
    waits.
    """
    from torch.utils.data import DataLoader

    def call_of(name: str) -> Callable[[], object]:
        batches: list[Iterator[Any]] = []

        def call() -> object:
            if not batches:
                images: Any = Endless(side, name)
                loader: Any = DataLoader(
                    images, BATCHES[side], sampler=range(1 << 40), num_workers=WORKERS
                )
                batches.append(iter(loader))
            return next(batches[0])

        return call

    return {name: call_of(name) for name in CHANGES}


if __name__ == "__main__":
    serve(prepared, warm=2 * WORKERS + 1)  # each worker has two batches ready before it is asked
