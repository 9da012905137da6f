"""Small images with a box each, of which the readers' samples are made."""

from __future__ import annotations

from pathlib import Path

HEIGHT, WIDTH = 12, 16


def draw_images(folder: Path, count: int) -> list[tuple[int, int, int, int]]:
    """Write ``0.png``, ``1.png``, ...: dark, with a light rectangle; and the box of each."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    boxes = []
    for at in range(count):
        pixels = rng.integers(0, 80, (HEIGHT, WIDTH), dtype=np.uint8)
        width, height = (int(side) for side in rng.integers(4, 9, 2))
        x, y = int(rng.integers(0, WIDTH - width + 1)), int(rng.integers(0, HEIGHT - height + 1))
        pixels[y : y + height, x : x + width] += 150
        Image.fromarray(pixels).save(folder / f"{at}.png")
        boxes.append((x, y, x + width, y + height))
    return boxes
