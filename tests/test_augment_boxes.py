"""Boxes and points go where their pixels go."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.contract import Draws
from netwright.data.images.augment import augment, move_boxes, move_points
from netwright.data.images.augment.policy import AMOUNTS
from netwright.recipe import Augment

OFF = dict.fromkeys(AMOUNTS, 0.0)
GEOMETRY = {
    "shift": 0.2,
    "rotate": 40.0,
    "zoom": 0.2,
    "shear": 15.0,
    "mirror": True,
    "flip": True,
    "crop": 0.2,
    "resized_crop": 0.4,
}
MIRROR = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
QUARTER = torch.tensor([[[0.0, 1, 0], [-1, 0, 0]]])  # of a square image


def maps_of(seed: int, count: int, height: int, width: int, **on: object) -> torch.Tensor:
    given = Draws(seed, 0, torch.device("cpu"), count, slice(None))
    x = torch.zeros((count, height, width, 1), dtype=torch.uint8)
    _, maps = augment(x, Augment(**{**OFF, **on}), given, mean=(0.0,))
    assert maps is not None
    return maps


def boxes_of(*rows: tuple[float, float, float, float]) -> torch.Tensor:
    return torch.tensor([rows])


def test_a_mirror_by_hand() -> None:
    moved, kept = move_boxes(boxes_of((2, 3, 5, 9)), MIRROR, (10, 20))
    assert moved[0, 0].tolist() == [15, 3, 18, 9] and kept.tolist() == [[True]]


def test_a_quarter_turn_by_hand() -> None:
    """The new pixel at (x, y) shows the old one at (y, -x): what was on the right now lies
    below.
    """
    moved, kept = move_boxes(boxes_of((6, 4, 10, 5)), QUARTER, (10, 10))
    np.testing.assert_allclose(moved[0, 0], [5, 6, 6, 10], atol=1e-5)
    assert kept.all()


def test_a_shift_cuts_a_box_and_drops_one_of_which_too_little_is_left() -> None:
    # read 2 pixels further left: the picture moves to the right
    right = torch.tensor([[[1.0, 0, -0.5], [0, 1, 0]]])
    boxes = boxes_of((0, 0, 2, 2), (4, 0, 8, 2), (5, 0, 8, 2), (6, 0, 8, 2))
    moved, kept = move_boxes(boxes, right, (8, 8), least=0.5)
    np.testing.assert_allclose(
        moved[0], [(2, 0, 4, 2), (6, 0, 8, 2), (7, 0, 8, 2), (8, 0, 8, 2)], atol=1e-5
    )
    assert kept.tolist() == [[True, True, False, False]]
    assert move_boxes(boxes, right, (8, 8), least=0.3)[1].tolist() == [[True, True, True, False]]


def test_rows_without_area_are_never_kept() -> None:
    boxes = boxes_of((0, 0, 0, 0), (3, 3, 3, 5), (5, 3, 4, 5), (1, 1, 2, 2))
    identity = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    assert move_boxes(boxes, identity, (8, 8))[1].tolist() == [[False, False, False, True]]


@pytest.mark.parametrize("least", [0.0, -1.0, 1.5, math.nan])
def test_a_fraction_that_is_none_is_refused(least: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        move_boxes(boxes_of((0, 0, 1, 1)), MIRROR, (4, 4), least=least)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.integers(20, 60), st.floats(0.05, 1))
def test_a_box_is_the_rectangle_around_the_places_of_its_pixels(
    seed: int, height: int, width: int, least: float
) -> None:
    """Brute force: which points of a fine lattice of the new plane are read inside of the old
    box?
    """
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.uniform(0, 1, (2, 2)), axis=0) * [width, height]
    maps = maps_of(seed, 1, height, width, **GEOMETRY)
    moved, kept = move_boxes(
        torch.tensor(ends.reshape(1, 1, 4)).float(), maps, (height, width), least=least
    )
    fine = 0.5
    x, y = np.meshgrid(
        np.arange(-2 * width, 3 * width, fine), np.arange(-2 * height, 3 * height, fine)
    )
    new = np.stack((2 * x / width - 1, 2 * y / height - 1, np.ones_like(x)))
    old = (
        (np.einsum("ij,jyx->iyx", maps[0].numpy(), new) + 1)
        / 2
        * np.array([width, height])[:, None, None]
    )
    inside = ((old >= ends[0, :, None, None]) & (old <= ends[1, :, None, None])).all(axis=0)
    if inside.sum() < 30:  # a sliver between the lattice's points
        return
    around = np.array([x[inside].min(), y[inside].min(), x[inside].max(), y[inside].max()])
    if inside.sum() * fine**2 < 0.25 * np.prod(around[2:] - around[:2]):
        return  # so slanted that its corners reach far beyond the lattice points inside of it
    sides = np.array([width, height, width, height])
    slack = 1.5  # a sharp corner reaches further than the last lattice point inside of it
    np.testing.assert_allclose(moved[0, 0], np.clip(around, 0, sides), atol=slack)
    cut, whole = np.clip(around, 0, sides), around
    left = (
        max(0.0, cut[2] - cut[0])
        * max(0.0, cut[3] - cut[1])
        / ((whole[2] - whole[0]) * (whole[3] - whole[1]))
    )
    if abs(left - least) > 0.3:
        assert bool(kept) == (left > least)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(24, 40), st.integers(24, 40))
def test_a_point_goes_where_its_pixel_goes(seed: int, height: int, width: int) -> None:
    """A bright spot painted into the old image shows in the new one at the moved point."""
    rng = np.random.default_rng(seed)
    column, row = rng.integers(8, width - 8), rng.integers(8, height - 8)
    x = torch.zeros((1, height, width, 1), dtype=torch.uint8)
    x[0, row - 1 : row + 2, column - 1 : column + 2] = 255
    given = Draws(seed, 0, torch.device("cpu"), 1, slice(None))
    changed, maps = augment(x, Augment(**{**OFF, **GEOMETRY, "fill": "black"}), given, mean=(0.0,))
    assert maps is not None
    moved, inside = move_points(torch.tensor([[[column + 0.5, row + 0.5]]]), maps, (height, width))
    at_x, at_y = moved[0, 0].tolist()
    if not (4 < at_x < width - 4 and 4 < at_y < height - 4):
        return
    light = changed[0, 0].numpy()
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    assert bool(inside)
    assert at_x == pytest.approx((light * columns).sum() / light.sum(), abs=0.35)
    assert at_y == pytest.approx((light * rows).sum() / light.sum(), abs=0.35)


def test_points_outside_are_marked() -> None:
    right = torch.tensor([[[1.0, 0, -0.5], [0, 1, 0]]])
    _, inside = move_points(torch.tensor([[[1.0, 1], [5, 5], [7, 7]]]), right, (8, 8))
    assert inside.tolist() == [[True, True, False]]


def test_the_left_eye_of_a_mirrored_face_is_its_right_eye() -> None:
    points = torch.tensor([[[6.0, 4], [14, 4], [10, 8]]]).expand(2, 3, 2)
    # mirrored; turned by 180 degrees
    maps = torch.cat((MIRROR, torch.tensor([[[-1.0, 0, 0], [0, -1, 0]]])))
    moved, inside = move_points(points, maps, (10, 20), pairs=[(0, 1)])
    want = [[[6.0, 4], [14, 4], [10, 8]], [[14, 6], [6, 6], [10, 2]]]
    torch.testing.assert_close(moved, torch.tensor(want))
    assert inside.all()


def test_what_is_not_moved_has_no_maps() -> None:
    given = Draws(0, 0, torch.device("cpu"), 2, slice(None))
    x = torch.zeros((2, 4, 4, 3), dtype=torch.uint8)
    assert augment(x, Augment(**{**OFF, "brightness": 0.5}), given, mean=(0.0,) * 3)[1] is None
