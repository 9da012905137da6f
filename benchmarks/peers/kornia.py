"""kornia's augmentation of the same batches: ``python -m benchmarks.peers.kornia SIDE THREADS``.

At its best: bytes are made channels-first before they become floats, which is faster than after;
crops by slicing; nothing but the operation itself (no sequence container, no transformation
matrices asked for).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.augmenting import MEAN, SIGMA, pixels, serve


def operations(side: int) -> dict[str, tuple[Any, ...]]:
    """Row -> kornia's modules, one after the other."""
    import kornia.augmentation as K  # type: ignore[import-not-found]

    mirror = K.RandomHorizontalFlip(p=0.5)
    crop = K.RandomResizedCrop(
        (side, side), scale=(0.3, 1.0), ratio=(3 / 4, 4 / 3), cropping_mode="resample"
    )
    colours = K.ColorJiggle(0.2, 0.2, 0.2, 0.05, p=1.0)
    erase = K.RandomErasing((0.001, 0.2), (1 / 3.3, 3.3), value=0.5, p=1.0)
    affine = K.RandomAffine(
        10.0, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=5.0, padding_mode="reflection", p=1.0
    )
    padded = K.RandomCrop(
        (side, side), padding=side // 8, padding_mode="reflect", cropping_mode="slice", p=1.0
    )
    return {
        "affine and mirror": (affine, mirror),
        "crop with padding and mirror": (padded, mirror),
        "resized crop and mirror": (crop, mirror),
        "brightness, contrast, saturation, hue": (colours,),
        "noise": (K.RandomGaussianNoise(0.0, 0.05, p=1.0),),
        "blur": (K.RandomGaussianBlur((7, 7), (0.1, 1.0), p=1.0),),
        "erase": (erase,),
        "resized crop, mirror, colours, erase": (crop, mirror, colours, erase),
    }


def prepared(side: int) -> dict[str, Callable[[], object]]:
    """Each operation, from bytes to standardized floats."""
    import torch

    x = pixels(side)
    mean, sigma = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, SIGMA))

    def call_of(modules: tuple[Any, ...]) -> Callable[[], object]:
        def call() -> object:
            images = x.permute(0, 3, 1, 2).contiguous().float().div_(255)
            for module in modules:
                images = module(images)
            return images.sub_(mean).div_(sigma)

        return call

    return {name: call_of(modules) for name, modules in operations(side).items()}


if __name__ == "__main__":
    serve(prepared)
