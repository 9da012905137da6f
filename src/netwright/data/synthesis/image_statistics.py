"""How an image looks, whatever it shows: its light, contrast, colour, sharpness, noise, blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.contract import Examples
from netwright.data.images.augment.color import LUMINANCE
from netwright.data.images.columns import as_array, shape_of
from netwright.data.images.pixel_array import PART, Pixels
from netwright.data.images.pixels import Fit

Floats = np.ndarray[Any, np.dtype[np.float64]]

LEAST = 0.5 / 255
"""Half a step of a byte: what is finer is nothing."""

BLOCK = 8
"""Pixels along a block of a JPEG file."""


def of_images(
    examples: Examples, side: int, channels: int, fit: Fit = "cover"
) -> dict[str, Floats]:
    """Name -> (N,) of each image, brought to the size that the net reads; width and height are
    those of the file.

    Args:
        channels: 1: nothing is measured of colour.
    """
    at_once = max(1, PART // (side * side * channels))
    ends = range(0, max(1, len(examples)), at_once)
    some = [examples.take(range(at, min(at + at_once, len(examples)))) for at in ends]
    parts = [_measured(as_array(part.inputs, (side, side), channels, fit)) for part in some]
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shapes = np.array([shape_of(examples.inputs, at)[:2] for at in range(len(examples))], float)
    return {**found, "height": shapes[:, 0], "width": shapes[:, 1]}


def _measured(pixels: Pixels) -> dict[str, Floats]:
    # the channels apart: sums along an axis of three take ten times as long
    channels = [pixels[..., at].astype(np.float32) / 255 for at in range(pixels.shape[3])]
    grey = channels[0]
    if len(channels) == 3:
        red, green, blue = (weight * one for weight, one in zip(LUMINANCE, channels, strict=True))
        grey = red + green + blue
    flat = grey.reshape(len(grey), -1)
    contrast = flat.std(axis=1)
    shadows, highlights = np.quantile(flat, (0.05, 0.95), axis=1)
    found = {
        "brightness": flat.mean(axis=1),
        "contrast": contrast,
        "shadows": shadows,
        "highlights": highlights,
        **_details(grey, contrast),
    }
    if min(grey.shape[1:]) >= 2 * BLOCK:
        found["JPEG blocks"] = _blocks(grey)
    if len(channels) == 3:
        most, least = np.maximum.reduce(channels), np.minimum.reduce(channels)
        red, green, blue = (one.mean(axis=(1, 2)) for one in channels)
        found["saturation"] = (most - least).mean(axis=(1, 2))
        found["red against blue"] = red - blue
        found["green against both"] = green - (red + blue) / 2
    return {name: column.astype(float) for name, column in found.items()}


def _details(grey: Any, contrast: Any) -> dict[str, Any]:
    """Sharpness: how large the steps between neighbours are, beside the contrast; in smaller sizes,
    too, where noise is less and a blur is still seen. Noise: what neither an edge nor a slope has,
    the mean over the image and, where it is quiet, its lower quarter (Immerkaer 1996). Fine detail:
    the finest scale beside the next.
    """
    scales = [grey]
    while len(scales) < 3 and min(scales[-1].shape[1:]) >= 8:
        scales.append(_half(scales[-1]))
    names = ("sharpness", "sharpness at 1/2 size", "sharpness at 1/4 size")
    speckle = np.abs(_speckle(grey)).reshape(len(grey), -1)
    coarse = np.abs(_speckle(scales[1])).mean((1, 2)) if len(scales) > 1 else contrast
    factor = np.sqrt(np.pi / 2) / 6
    return {
        **{name: _sharpness(one, contrast) for name, one in zip(names, scales, strict=False)},
        "noise": factor * speckle.mean(axis=1),
        "noise in quiet parts": factor * np.quantile(speckle, 0.25, axis=1),
        "fine detail": np.log((speckle.mean(axis=1) + LEAST) / (coarse + LEAST)),
    }


def _sharpness(grey: Any, contrast: Any) -> Any:
    across, down = (np.abs(np.diff(grey, axis=axis)).mean((1, 2)) for axis in (1, 2))
    return np.log(((across + down) / 2 + LEAST) / (contrast + LEAST))


def _half(grey: Any) -> Any:
    """(N, H / 2, W / 2) means of four pixels each."""
    rows, columns = grey.shape[1] // 2, grey.shape[2] // 2
    whole = grey[:, : 2 * rows, : 2 * columns]
    return whole.reshape(len(grey), rows, 2, columns, 2).mean((2, 4))


def _speckle(grey: Any) -> Any:
    """(N, H - 2, W - 2) second differences down and across."""
    return np.diff(np.diff(grey, 2, axis=1), 2, axis=2)


def _blocks(grey: Any) -> Any:
    """How much larger steps across the borders of blocks are than all others."""
    found = np.zeros(len(grey))
    for axis in (1, 2):
        steps = np.abs(np.diff(grey, axis=axis)).mean(axis=3 - axis)
        border = np.arange(1, steps.shape[1] + 1) % BLOCK == 0
        at, elsewhere = steps[:, border].mean(axis=1), steps[:, ~border].mean(axis=1)
        found += 0.5 * (at - elsewhere) / (elsewhere + LEAST)
    return found
