"""Light, colour, blur, noise and compression, in the order of a camera: what is before the lens,
the lens, the sensor, the file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.seeds import seed_of
from netwright.contract import Examples, SynthesisStep
from netwright.data.images.augment import policy
from netwright.data.images.augment.color import LUMINANCE, ColorMap, recolored
from netwright.data.images.augment.corruption import blurred
from netwright.data.images.changed import ChangedImages
from netwright.data.images.columns import white_of, with_white
from netwright.data.images.encoder import channels_of
from netwright.data.images.pixel_array import Pixels
from netwright.recipe import ImageOrRowRecipe, ImageSynthesis, resolved

if TYPE_CHECKING:
    from torch import Tensor

Floats = np.ndarray[Any, np.dtype[np.float32]]

STRENGTHS = ("brightness", "contrast", "saturation", "warmth", "blur", "noise", "compression")
COLOURS = ("saturation", "warmth")
BLOCK, TALLEST = 8, 65_000
"""Pixels along a block of a JPEG file, and along such a file at most."""

AT_ONCE = 1 << 20
"""Values that are worked on at once."""

FITTED = {
    "brightness": (-0.9, 1.5),
    "contrast": (-0.9, 1.5),
    "saturation": (-1.0, 1.5),
    "warmth": (-0.5, 0.5),
    "blur": (0.0, 3.0),
    "noise": (0.0, 0.3),
    "compression": (0.0, 0.97),
    "vary": (0.0, 1.0),
}
"""Between which each knob is fitted to another source."""


@dataclass(frozen=True)
class ImageChange:
    """What the knobs do to images, each by its name and the seed alone."""

    knobs: ImageSynthesis
    seed: int

    def __call__(self, pixels: Pixels, names: Sequence[str]) -> Pixels:
        """(K, H, W, C) uint8 -> the same, changed."""
        found = np.empty_like(pixels)
        at_once = max(1, AT_ONCE // max(1, pixels[0].size))
        for start in range(0, len(pixels), at_once):
            part = slice(start, start + at_once)
            found[part] = self._part(pixels[part], names[part])
        return found

    def _part(self, pixels: Pixels, names: Sequence[str]) -> Pixels:
        import torch

        drawn = _uniforms(self.seed, tuple(names))
        # at exactly one fraction all, at none of them none
        chosen = drawn[:, 0] < self.knobs.fraction
        own = 1 + self.knobs.vary * (2 * drawn[:, 1:] - 1)
        own[:, STRENGTHS.index("compression")] = 1  # a camera's setting
        strength = {
            name: torch.from_numpy(own[:, at] * chosen * np.float32(getattr(self.knobs, name)))
            for at, name in enumerate(STRENGTHS)
        }
        with torch.no_grad():
            x = torch.from_numpy(pixels).float()
            if any(strength[name].any() for name in STRENGTHS[:4]):
                x = recolored(x, _colors(strength, pixels.shape[3]))
            if strength["blur"].any():
                x = blurred(x, _gaussians(strength["blur"], min(pixels.shape[1:3])))
            if strength["noise"].any():
                normal = _normals(self.seed, tuple(names), tuple(pixels.shape[1:]))
                deviation = (255 * strength["noise"]).view(-1, 1, 1, 1)
                x = torch.addcmul(x, torch.from_numpy(normal), deviation)
            found: Pixels = x.round_().clamp_(0, 255).to(torch.uint8).numpy()
        return _compressed(found, strength["compression"].numpy())


def change(examples: Examples, rows: Sequence[int], recipe: ImageOrRowRecipe) -> Examples:
    """The images at these rows as the recipe changes them, all in the size that the net reads."""
    side = resolved(recipe.data.image_size)
    white = white_of(examples.inputs) if recipe.data.white is None else recipe.data.white
    names: list[str | None] = [None] * len(examples)
    for at in rows:
        names[at] = examples.ids[at]
    inputs = ChangedImages(
        with_white(examples.inputs, white),
        (side, side),
        channels_of(examples),
        tuple(names),
        ImageChange(recipe.synthesis, recipe.training.seed),
    )
    return replace(examples, inputs=inputs)


def steps(examples: Examples, recipe: ImageOrRowRecipe) -> list[SynthesisStep]:
    """The steps that images of these sizes and colours can take."""
    left_out = () if channels_of(examples) == 3 else COLOURS
    most = {**FITTED, "blur": (0.0, min(3.0, resolved(recipe.data.image_size) / 4))}
    return [
        SynthesisStep(f"synthesis.{name}", *ends)
        for name, ends in most.items()
        if name not in left_out
    ]


def _colors(strength: dict[str, Tensor], channels: int) -> ColorMap:
    import torch

    bright, contrast = 1 + strength["brightness"], 1 + strength["contrast"]
    mix = torch.ones(len(bright), 1, 1)
    if channels == 3:
        full = (1 + strength["saturation"]).view(-1, 1, 1)
        grey = torch.tensor(LUMINANCE).expand(3, 3)
        warm = strength["warmth"]
        gains = torch.stack((1 + warm, torch.ones_like(warm), 1 - warm), dim=1)
        mix = torch.diag_embed(gains) @ (full * torch.eye(3) + (1 - full) * grey)
    mix = mix * (bright * contrast).view(-1, 1, 1)
    return ColorMap(mix, (1 - contrast) * bright, torch.zeros(len(bright), channels))


def _gaussians(deviation: Tensor, side: int) -> Tensor:
    """(K, 2 r + 1) the weights of each, 1 in its middle; no wider than the image."""
    import torch

    reach = min(side - 1, policy.radius(float(deviation.max())))
    squares = torch.arange(-reach, reach + 1).square()
    return torch.exp(torch.outer(-0.5 / deviation.clamp(min=0.01).square(), squares))


@lru_cache(maxsize=4)
def _uniforms(seed: int, names: tuple[str, ...]) -> Floats:
    """(K, 1 + strengths) in [0, 1) of each image: a fit asks for the same ones again and again."""
    return np.stack(
        [_stream(seed, name, "strength").random(1 + len(STRENGTHS), np.float32) for name in names]
    )


@lru_cache(maxsize=4)
def _normals(seed: int, names: tuple[str, ...], shape: tuple[int, ...]) -> Floats:
    """(K, H, W, C) of each image."""
    streams = (_stream(seed, name, "noise") for name in names)
    return np.stack([stream.standard_normal(shape, np.float32) for stream in streams])


def _stream(seed: int, name: str, purpose: str) -> np.random.Generator:
    return np.random.default_rng(seed_of(seed, "synthesis", purpose, name))


def _compressed(pixels: Pixels, strength: Floats) -> Pixels:
    """Each as a JPEG file of its own quality keeps it; those without strength as they are."""
    quality = np.clip(np.rint(100 * (1 - strength)), 1, 100).astype(int) * (strength > 0)
    found = pixels.copy() if quality.any() else pixels
    for own in np.unique(quality[quality > 0]):
        rows = np.flatnonzero(quality == own)
        found[rows] = _of_quality(pixels[rows], int(own))
    return found


def _of_quality(pixels: Pixels, quality: int) -> Pixels:
    """All below one another in few files, each filled up to whole blocks: no block, and so no
    image, knows of another.
    """
    from PIL import Image

    count, height, width, channels = pixels.shape
    fill = ((0, 0), (0, -height % BLOCK), (0, -width % BLOCK), (0, 0))
    whole = np.pad(pixels, fill, mode="edge")
    at_once = TALLEST // whole.shape[1]
    if count > at_once:
        parts = [pixels[start : start + at_once] for start in range(0, count, at_once)]
        return np.concatenate([_of_quality(part, quality) for part in parts])
    tall = whole.reshape(-1, *whole.shape[2:])
    file = io.BytesIO()
    Image.fromarray(tall[:, :, 0] if channels == 1 else tall).save(
        file, "JPEG", quality=quality, subsampling=0
    )
    with Image.open(file, formats=["JPEG"]) as image:
        return np.asarray(image).reshape(whole.shape)[:, :height, :width]
