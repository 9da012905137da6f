"""Images from an array: which axis is which, and what range its values have."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.data.images.pixel_array import PixelArray, Pixels
from netwright.data.images.pixels import over_white
from netwright.data.numbers import no_numbers

Array = np.ndarray[Any, Any]
CHANNELS = (1, 3, 4)
NARROW = 5
"""A side of fewer pixels is as likely a number of channels."""


def images_of(array: Array) -> tuple[PixelArray, str]:
    """Images from an array of three or four axes, and how it was read.

    Raises:
        DataError: the axes are ambiguous, or the values are no pixels.
    """
    ordered, how = _ordered(array)
    pixels, scale = _pixels(ordered)
    if pixels.shape[3] == 4:
        pixels, how = over_white(pixels), how + ", transparency laid over white"
    _, height, width, channels = pixels.shape
    images = PixelArray.of(pixels, each=(height, width, channels))
    return images, _described(images, how + scale)


def as_they_lie(images: PixelArray) -> str:
    """How images were read that have their axes in order."""
    return _described(
        images, "axes are (image, row, column" + (", channel)" if images.each[2] > 1 else ")")
    )


def _described(images: PixelArray, how: str) -> str:
    height, width, channels = images.each
    return (
        f"{len(images):,} {'grey' if channels == 1 else 'colour'} images of {height}x{width}: {how}"
    )


def _ordered(array: Array) -> tuple[Array, str]:
    """(N, H, W, C), and how its axes were understood."""
    if array.ndim == 3:
        if array.shape[2] in CHANNELS and array.shape[1] > 4:
            raise DataError(
                f"an array of shape {array.shape} may be one colour image or {array.shape[0]}"
                f" narrow ones: give one image as x[None], of shape {(1, *array.shape)}."
            )
        how = "axes are (image, row, column)"
        if min(array.shape[1:]) < NARROW:
            how += "; signals, (example, channel, place), are read with --system signals"
        return array[..., None], how
    if array.ndim != 4:
        raise DataError(
            f"an array of shape {array.shape}: expected (N, D) rows, (N, H, W), (N, H, W, C) or"
            " (N, C, H, W) images, or (N, C, T) signals or (N, C, D, H, W) volumes."
        )
    last, first = array.shape[3] in CHANNELS, array.shape[1] in CHANNELS
    if last and first and array.shape[1:] != (1, 1, 1):
        raise DataError(
            f"images of shape {array.shape} may have their channels first or last: give (N, H, W)"
            " for grey images, or larger ones."
        )
    if not last and not first:
        raise DataError(
            f"images of shape {array.shape}: expected 1, 3 or 4 channels as the second or the last"
            " axis."
        )
    return (
        (array, "axes are (image, row, column, channel)")
        if last
        else (array.transpose(0, 2, 3, 1), "axes are (image, channel, row, column)")
    )


def _pixels(array: Array) -> tuple[Pixels, str]:
    """The values as uint8, and how they were scaled; empty where they are that."""
    if 0 in array.shape:
        raise DataError(f"an array of shape {array.shape} holds no images.")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array), ""
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255), ", false is black and true is white"
    if array.dtype.kind not in "iuf":
        raise DataError(f"x {no_numbers(array.dtype)}.")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 255):
        raise DataError(
            f"pixels run from {low:g} to {high:g}: expected whole numbers from 0 to 255 or floats"
            " from 0 to 1, not standardized."
        )
    if array.dtype.kind in "iu":
        return np.ascontiguousarray(array, np.uint8), ""
    if high <= 1:
        return (array * 255 + 0.5).astype(np.uint8), ", 0 to 1 scaled to 0 to 255"
    return (array + 0.5).astype(np.uint8), ", floats from 0 to 255 rounded"
