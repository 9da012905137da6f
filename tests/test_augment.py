"""Batched augmentation against a plain reference, pixel by pixel, one image at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.contract import Draws
from netwright.data.augment import augment, matrices
from netwright.recipe import Augment

OFF = {"shift": 0.0, "rotate": 0.0, "zoom": 0.0, "shear": 0.0}


def draws(seed: int, total: int, rows: slice = slice(None)) -> Draws:
    return Draws(seed, 0, torch.device("cpu"), total, rows)


def reflect(at: float, side: int) -> float:
    """Mirror a coordinate at the outer edges of the first and the last pixel until it lies inside."""
    low, span = -0.5, float(side)
    at = abs(at - low) % (2 * span)
    at = 2 * span - at if at > span else at
    return min(max(at + low, 0.0), side - 1.0)


def reference(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Bilinear reading of one (H, W) image at the places that ``matrix`` gives for each pixel's centre."""
    height, width = image.shape
    out = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            x, y = (2 * column + 1) / width - 1, (2 * row + 1) / height - 1
            u, v = matrix @ np.array([x, y, 1.0])
            a = reflect(((u + 1) * width - 1) / 2, width)
            b = reflect(((v + 1) * height - 1) / 2, height)
            left, top = math.floor(a), math.floor(b)
            right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
            s, t = a - left, b - top
            out[row, column] = (1 - t) * ((1 - s) * image[top, left] + s * image[top, right]) + t * (
                (1 - s) * image[bottom, left] + s * image[bottom, right]
            )
    return out


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(3, 9), st.integers(3, 9))
def test_a_batch_equals_one_image_at_a_time(seed: int, height: int, width: int) -> None:
    policy = Augment(shift=0.2, rotate=30, zoom=0.2, shear=15, mirror=True)
    x = torch.rand(3, 1, height, width, generator=torch.Generator().manual_seed(seed))
    moved = augment(x, policy, draws(seed, 3))
    maps = matrices(policy, draws(seed, 3), height, width)
    for image, matrix, result in zip(x, maps, moved, strict=True):
        np.testing.assert_allclose(
            result[0].numpy(), reference(image[0].double().numpy(), matrix.double().numpy()), atol=2e-4
        )


def test_without_a_policy_the_images_are_the_same_object() -> None:
    x = torch.rand(2, 1, 5, 5)
    assert augment(x, Augment(**OFF), draws(0, 2)) is x


def test_mirror_alone_turns_half_of_the_images_exactly() -> None:
    x = torch.rand(200, 1, 4, 5)
    moved = augment(x, Augment(**{**OFF, "mirror": True}), draws(3, 200))
    turned = [torch.allclose(after, before.flip(-1), atol=1e-6) for before, after in zip(x, moved, strict=True)]
    same = [torch.allclose(after, before, atol=1e-6) for before, after in zip(x, moved, strict=True)]
    assert all(a or b for a, b in zip(turned, same, strict=True))
    assert 70 <= sum(turned) <= 130


def test_rotation_keeps_its_angle_in_images_that_are_not_square() -> None:
    """A bar through the centre of a wide image, turned by 90 degrees at most, keeps its length in pixels."""
    u = matrices(Augment(**{**OFF, "rotate": 90.0}), draws(1, 500), 10, 30)
    pixels = u[:, :, :2] * torch.tensor([[1.0, 30 / 10], [10 / 30, 1.0]])  # back to square pixels
    identity = pixels @ pixels.transpose(1, 2)
    torch.testing.assert_close(identity, torch.eye(2).expand(500, 2, 2), atol=1e-4, rtol=0)


def test_shift_reaches_the_share_of_the_side_and_no_further() -> None:
    maps = matrices(Augment(**{**OFF, "shift": 0.1}), draws(2, 5000), 28, 28)
    pixels = maps[:, :, 2].abs() * 14
    assert float(pixels.max()) == pytest.approx(2.8, rel=0.01)


def test_the_draws_do_not_depend_on_how_many_processes_share_them() -> None:
    policy = Augment(shift=0.2, rotate=30, zoom=0.2, shear=15, mirror=True)
    whole = matrices(policy, draws(7, 10), 8, 8)
    parts = [matrices(policy, draws(7, 10, slice(first, first + 5)), 8, 8) for first in (0, 5)]
    assert torch.equal(whole, torch.cat(parts))
