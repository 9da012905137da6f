"""Augmentation one image and one pixel at a time, in plain NumPy loops.

The random numbers are those that the batched code draws.

Each operation is written as its definition says, one after the other; nothing is composed, nothing
is batched.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netwright.recipe import Augment

Array = np.ndarray[Any, Any]
GREY = np.array([0.299, 0.587, 0.114])


def changed(
    image: Array,
    policy: Augment,
    uniform: Mapping[str, float],
    *,
    normals: Array,
    axes: Array,
    noise: Array,
    mean: Array,
) -> Array:
    """One (H, W, C) image as the policy changes it.

    Args:
        uniform: a number in [0, 1) for each purpose.
        normals: (3,) for the principal colours.
        noise: (H, W, C) normal numbers.
    """
    image = moved(image.astype(float), matrix(policy, uniform, *image.shape[:2]), policy.fill)
    image = recolored(image, policy, uniform, normals, axes)
    image = blurred(image, uniform["blur"] * policy.blur, math.ceil(3 * policy.blur))
    if policy.noise:
        image = np.clip(image + noise * 255 * policy.noise * uniform["noise"], 0, 255)
    return erased(image, policy, uniform, 255 * mean)


def matrix(policy: Augment, uniform: Mapping[str, float], height: int, width: int) -> Array:
    """The 3 x 3 matrix in pixels, (x, y, 1) of the new image -> of the old one, both from the
    image's centre.
    """
    signed = {name: 2 * value - 1 for name, value in uniform.items()}
    turn, lean = (
        math.radians(signed["rotate"] * policy.rotate),
        math.radians(signed["shear"] * policy.shear),
    )
    rotate = np.array(
        [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]]
    )
    shear = np.array([[1, math.tan(lean), 0], [0, 1, 0], [0, 0, 1]])
    zoom = np.diag([1 + signed["zoom"] * policy.zoom] * 2 + [1])
    mirror = np.diag(
        [
            -1 if policy.mirror and signed["mirror"] < 0 else 1,
            -1 if policy.flip and signed["flip"] < 0 else 1,
            1,
        ]
    )
    area = 1 - uniform["part area"] * policy.resized_crop
    shape = (4 / 3) ** signed["part shape"] if policy.resized_crop else 1.0
    wide, high = min(1.0, math.sqrt(area * shape)), min(1.0, math.sqrt(area / shape))
    x, y = (
        (1 - wide) / 2 * signed["part across"] * width,
        (1 - high) / 2 * signed["part down"] * height,
    )
    part = np.array([[wide, 0, x], [0, high, y], [0, 0, 1]])
    # the part stays where it is, what it shows is mirrored
    part[:2, :2] = part[:2, :2] @ mirror[:2, :2]
    across, down = (
        signed[f"shift {way}"] * policy.shift * side
        for way, side in (("across", width), ("down", height))
    )
    most = round(policy.crop * width), round(policy.crop * height)
    across += math.floor(uniform["crop across"] * (2 * most[0] + 1)) - most[0]
    down += math.floor(uniform["crop down"] * (2 * most[1] + 1)) - most[1]
    shift = np.array([[1, 0, across], [0, 1, down], [0, 0, 1]])
    return shift @ rotate @ shear @ zoom @ part


def moved(image: Array, transform: Array, fill: str) -> Array:
    """Bilinear reading of the image at the place of each new pixel's centre."""
    height, width, _ = image.shape
    out = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            x, y, _ = transform @ [column + 0.5 - width / 2, row + 0.5 - height / 2, 1]
            out[row, column] = reading(image, x + width / 2 - 0.5, y + height / 2 - 0.5, fill)
    return out


def reading(image: Array, x: float, y: float, fill: str) -> Array:
    """The value at a place where pixel (0, 0) has its centre at (0, 0)."""
    height, width, _ = image.shape
    if fill != "black":
        x, y = (outside(at, side, fill) for at, side in ((x, width), (y, height)))
    left, top = math.floor(x), math.floor(y)
    total = np.zeros(image.shape[2])
    for row, down in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, across in ((left, 1 - (x - left)), (left + 1, x - left)):
            if 0 <= row < height and 0 <= column < width:
                total += down * across * image[row, column]
    return total


def outside(at: float, side: int, fill: str) -> float:
    """A coordinate brought into the image: mirrored at the outer edges of its first and last pixel,
    then held there.
    """
    while fill == "mirror" and not -0.5 <= at <= side - 0.5:
        at = -1 - at if at < -0.5 else 2 * side - 1 - at
    return min(max(at, 0.0), side - 1.0)


def recolored(
    image: Array, policy: Augment, uniform: Mapping[str, float], normals: Array, axes: Array
) -> Array:
    """Brightness, contrast, saturation, hue, principal colours, grey; cut to 0..255 at the end."""
    factor = {
        name: 1 + (2 * uniform[name] - 1) * getattr(policy, name)
        for name in ("brightness", "contrast", "saturation")
    }
    image = image * factor["brightness"]
    middle = grey(image).mean()
    image = middle + (image - middle) * factor["contrast"]
    if image.shape[2] == 3:
        own = grey(image)[..., None]
        image = own + (image - own) * factor["saturation"]
        image = turned(image, (2 * uniform["hue"] - 1) * policy.hue)
        if policy.pca:
            image = image + 255 * sum(axes[:, k] * normals[k] * policy.pca for k in range(3))
        if uniform["grey"] < policy.grey:
            image = np.repeat(grey(image)[..., None], 3, axis=2)
    return np.clip(image, 0, 255)


def grey(image: Array) -> Array:
    """(H, W): the luminance, or the only channel."""
    return image @ GREY if image.shape[2] == 3 else image[..., 0]


def turned(image: Array, degrees: float) -> Array:
    """The hue turned, pixel by pixel through YIQ."""
    out = np.zeros_like(image)
    to = np.array(
        [[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]]
    )
    back = np.linalg.inv(to)
    for place in np.ndindex(image.shape[:2]):
        y, i, q = to @ image[place]
        chroma = complex(i, q) * np.exp(1j * math.radians(degrees))
        out[place] = back @ [y, chroma.real, chroma.imag]
    return out


def blurred(image: Array, deviation: float, reach: int) -> Array:
    """Both sides at once: every pixel is the weighted mean of what lies in the image of a square
    around it.
    """
    if reach == 0:
        return image
    weight = [math.exp(-(k**2) / (2 * max(deviation, 0.01) ** 2)) for k in range(reach + 1)]
    height, width, _ = image.shape
    out = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            total = 0.0
            for y in range(max(0, row - reach), min(height, row + reach + 1)):
                for x in range(max(0, column - reach), min(width, column + reach + 1)):
                    part = weight[abs(y - row)] * weight[abs(x - column)]
                    out[row, column] += part * image[y, x]
                    total += part
            out[row, column] /= total
    return out


def erased(image: Array, policy: Augment, uniform: Mapping[str, float], colour: Array) -> Array:
    """The mean colour in a rectangle that lies inside the image."""
    height, width, _ = image.shape
    area = uniform["erase"] * policy.erase * height * width
    shape = 3.3 ** (2 * uniform["erase shape"] - 1)
    high, wide = (
        min(height, round(math.sqrt(area * shape))),
        min(width, round(math.sqrt(area / shape))),
    )
    top = math.floor(uniform["erase down"] * (height - high + 1))
    left = math.floor(uniform["erase across"] * (width - wide + 1))
    out = image.copy()
    out[top : top + high, left : left + wide] = colour
    return out


def hue_of(colour: Sequence[float]) -> float:
    """Degrees around the circle of colours."""
    red, green, blue = (value / 255 for value in colour)
    return 360 * colorsys.rgb_to_hsv(red, green, blue)[0]
