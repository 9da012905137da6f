"""How data enters a network (特征向量, notes 1.2.1): an image is a column, images are a matrix.

A colour image is three matrices of integers 0..255: red, green, blue. They are laid out one after
the other, each row by row, and divided by 255:

    x = [red; green; blue] / 255     (n_x, 1), n_x = H * W * C; 64 x 64 x 3 gives 12,288 features
    X = [x(1) x(2) ... x(m)]         (n_x, m), a column per example
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def image_to_column(image: Array) -> Array:
    """The feature column x of one image.

    Args:
        image: (H, W, C) or, grey, (H, W); integers within 0..255.

    Returns:
        (H * W * C, 1), float64 within [0, 1].

    Raises:
        ValueError: another number of axes, numbers that are not integers, or outside 0..255.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(
            f"image has the shape {image.shape}, but x is made of (H, W, C) or (H, W)."
        )
    if not np.issubdtype(image.dtype, np.integer):
        raise ValueError(f"image holds {image.dtype} numbers: expected integers in [0, 255].")
    require.between("image", image, 0, 255)
    planes = image[:, :, None] if image.ndim == 2 else image
    # (H, W, C) -> (C, H, W): the whole red matrix first, then green, then blue
    return planes.transpose(2, 0, 1).reshape(-1, 1) / 255.0


def column_to_image(x: Array, shape: Sequence[int]) -> Array:
    """The image that a column came from: the way back, so that weights too can be looked at.

    Args:
        x: (H * W * C, 1), within [0, 1].
        shape: (H, W, C) or (H, W).

    Returns:
        Integers 0..255 (uint8) of that shape.

    Raises:
        ValueError: x does not fit the shape, or holds numbers outside [0, 1].
    """
    if len(shape) not in (2, 3):
        raise ValueError(f"shape is {tuple(shape)}: expected (H, W, C) or (H, W).")
    height, width, *channels = shape
    require.shape("x", x, (int(np.prod(shape)), 1), f"an image of {' x '.join(map(str, shape))}")
    require.between("x", x, 0.0, 1.0)
    planes = np.rint(np.asarray(x) * 255.0).astype(np.uint8).reshape(*channels, height, width)
    return planes.transpose(1, 2, 0) if channels else planes


def images_to_matrix(images: Sequence[Array]) -> Array:
    """X: the columns of m images of one size, side by side.

    Args:
        images: m arrays, each (H, W, C) or (H, W).

    Returns:
        (H * W * C, m), float64 within [0, 1].

    Raises:
        ValueError: no images, images of different sizes, or one that cannot be a column.
    """
    if len(images) == 0:
        raise ValueError("X needs at least one image, and there is none.")
    first = np.shape(images[0])
    for number, image in enumerate(images):
        require.shape(f"image {number}", image, first, "X = [x(1) ... x(m)] of images of one size")
    return np.hstack([image_to_column(image) for image in images])


def labels_to_row(labels: Sequence[int] | Array) -> Array:
    """Y: the m labels 0 or 1 as a row (1, m), the shape of Z and A.

    Raises:
        ValueError: not one axis, or a label that is neither 0 nor 1.
    """
    row = np.asarray(labels, dtype=float)
    require.shape("labels", row, (None,), "Y = [y(1) ... y(m)]")
    require.binary("labels", row)
    return row[None, :]
