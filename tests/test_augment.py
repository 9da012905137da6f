"""Batched augmentation against a plain reference, pixel by pixel, one image at a time."""

from __future__ import annotations

import math
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

import augment_reference as reference
from netwright.contract import Draws
from netwright.data.images.augment import apply, augment, corruption, move, wanted
from netwright.data.images.augment.maps import draw_maps
from netwright.data.images.augment.policy import AMOUNTS
from netwright.data.images.augment.uniforms import PURPOSES, draw_uniforms
from netwright.recipe import Augment

OFF = {**dict.fromkeys(AMOUNTS, 0.0), "mirror": False}
MEAN = (0.4, 0.5, 0.6)
AXES = ((0.2, 0.05, 0.01), (0.2, 0.0, -0.02), (0.2, -0.05, 0.01))
EVERYTHING = {
    "shift": 0.2,
    "rotate": 40.0,
    "zoom": 0.2,
    "shear": 15.0,
    "mirror": True,
    "flip": True,
    "crop": 0.2,
    "resized_crop": 0.5,
    "brightness": 0.3,
    "contrast": 0.4,
    "saturation": 0.5,
    "hue": 40.0,
    "pca": 0.1,
    "grey": 0.3,
    "blur": 0.9,
    "noise": 0.1,
    "erase": 0.4,
}
COLOURS = ("saturation", "hue", "pca", "grey")


def policy_of(**on: Any) -> Augment:
    return Augment(**{**OFF, **on})


def draws(seed: int, total: int, rows: slice = slice(None)) -> Draws:
    return Draws(seed, 0, torch.device("cpu"), total, rows)


def batch(seed: int, *shape: int) -> torch.Tensor:
    return torch.randint(
        0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed)
    )


def run(
    x: torch.Tensor,
    policy: Augment,
    seed: int = 0,
    rows: slice = slice(None),
    total: int | None = None,
) -> Any:
    """The changed images as (B, H, W, C)."""
    given = draws(seed, len(x) if total is None else total, rows)
    changed, _ = augment(x, policy, given, mean=MEAN[: x.shape[3]], axes=AXES)
    return changed.permute(0, 2, 3, 1)


def one_by_one(x: torch.Tensor, policy: Augment, seed: int) -> np.ndarray[Any, Any]:
    """The same images through the reference, which is given the same numbers in the order in which
    they are drawn.
    """
    stream = draws(seed, len(x))
    uniforms = draw_uniforms(stream)
    colour = x.shape[3] == 3
    normals = stream.normal(3) if policy.pca and colour else torch.zeros(len(x), 3)
    noise = corruption.draw_noise(policy, uniforms, stream, x[0].numel())
    found = []
    for at, image in enumerate(x.numpy()):
        uniform = {name: float(uniforms[name][at]) for name in PURPOSES}
        own = np.zeros(image.shape)
        if noise is not None:
            own = (
                noise.pool.flatten()[int(noise.place[at]) * 64 :][: image.size]
                .numpy()
                .reshape(image.shape)
            )
        mean = np.array(MEAN[: x.shape[3]])
        found.append(
            reference.changed(
                image,
                policy,
                uniform,
                normals=normals[at].numpy(),
                axes=np.array(AXES),
                noise=own,
                mean=mean,
            )
        )
    return np.stack(found)


def agrees(x: torch.Tensor, policy: Augment, seed: int) -> None:
    # of 255
    np.testing.assert_allclose(run(x, policy, seed).numpy(), one_by_one(x, policy, seed), atol=0.02)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(4, 9),
    st.integers(4, 9),
    st.sampled_from([1, 3]),
    st.sampled_from(["mirror", "edge", "black"]),
)
def test_everything_at_once_equals_one_image_at_a_time(
    seed: int, height: int, width: int, channels: int, fill: str
) -> None:
    on = {name: value for name, value in EVERYTHING.items() if channels == 3 or name not in COLOURS}
    agrees(batch(seed, 3, height, width, channels), policy_of(**on, fill=fill), seed)


@pytest.mark.parametrize("name", [*EVERYTHING])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(3, 9), width=st.integers(3, 9))
def test_each_kind_alone_equals_one_image_at_a_time(
    name: str, seed: int, height: int, width: int
) -> None:
    agrees(batch(seed, 4, height, width, 3), policy_of(**{name: EVERYTHING[name]}), seed)


@pytest.mark.parametrize("large", [0, 1 << 30])  # each image by slices, or all by index
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    fill=st.sampled_from(["mirror", "edge", "black"]),
    mirror=st.booleans(),
    flip=st.booleans(),
)
def test_whole_pixels_move_without_any_loss(
    large: int, seed: int, fill: str, mirror: bool, flip: bool
) -> None:
    x = batch(seed, 5, 6, 7, 3)
    policy = policy_of(crop=0.4, mirror=mirror, flip=flip, fill=fill)
    with mock.patch.object(move, "LARGE", large):
        moved = run(x, policy, seed)
    np.testing.assert_array_equal(moved.numpy(), one_by_one(x, policy, seed).round(6))


def test_many_turns_of_a_wide_image_are_mirrored_as_often_as_needed() -> None:
    """Rotated by 90 degrees, an image of 3 x 40 is read up to 20 pixels above and below its 3
    rows.
    """
    agrees(batch(1, 4, 3, 40, 1), policy_of(rotate=180.0, shift=0.9), seed=5)


def test_what_is_off_is_not_wanted_and_leaves_every_value() -> None:
    x = batch(0, 2, 5, 5, 3)
    assert not wanted(policy_of())
    assert all(wanted(policy_of(**{name: value})) for name, value in EVERYTHING.items())
    assert torch.equal(run(x, policy_of()), x.float())


@pytest.mark.parametrize("on", [{}, {"rotate": 9.0}, {"crop": 0.2}, EVERYTHING])
def test_the_images_given_are_left_as_they_are(on: dict[str, Any]) -> None:
    for x in (batch(0, 4, 8, 8, 3), batch(0, 4, 8, 8, 3).float()):
        before = x.clone()
        changed = run(x, policy_of(**on))
        changed.zero_()
        assert torch.equal(x, before)
        assert changed.dtype == torch.float32 and not changed.requires_grad


def test_bytes_and_floats_give_the_same() -> None:
    x = batch(3, 4, 8, 8, 3)
    assert torch.equal(run(x, policy_of(**EVERYTHING)), run(x.float(), policy_of(**EVERYTHING)))


def test_the_result_is_channels_last_in_memory() -> None:
    for on in ({}, {"rotate": 9.0}, {"mirror": True}, EVERYTHING):
        changed, _ = augment(
            batch(0, 4, 8, 6, 3), policy_of(**on), draws(0, 4), mean=MEAN, axes=AXES
        )
        assert changed.shape == (4, 3, 8, 6) and changed.is_contiguous(
            memory_format=torch.channels_last
        )


def test_values_stay_between_black_and_white() -> None:
    strong = policy_of(**{**EVERYTHING, "brightness": 0.9, "contrast": 0.9, "noise": 0.9})
    changed = run(batch(0, 20, 8, 8, 3), strong)
    assert float(changed.min()) >= 0 and float(changed.max()) <= 255


def test_the_same_seed_and_step_give_the_same_and_others_do_not() -> None:
    x, policy = batch(0, 8, 8, 8, 3), policy_of(**EVERYTHING)
    assert torch.equal(run(x, policy, seed=4), run(x, policy, seed=4))
    assert not torch.equal(run(x, policy, seed=4), run(x, policy, seed=5))
    other, _ = augment(
        x, policy, Draws(4, 1, torch.device("cpu"), 8, slice(None)), mean=MEAN, axes=AXES
    )
    assert not torch.equal(run(x, policy, seed=4), other.permute(0, 2, 3, 1))


def test_the_numbers_do_not_depend_on_the_number_of_processes() -> None:
    x, policy = batch(0, 10, 8, 8, 3), policy_of(**EVERYTHING)
    parts = [run(x[rows], policy, 7, rows, total=10) for rows in (slice(0, 3), slice(3, 10))]
    torch.testing.assert_close(torch.cat(parts), run(x, policy, 7), atol=1e-3, rtol=0)


def test_turning_one_knob_leaves_what_the_others_draw() -> None:
    x = batch(0, 6, 9, 9, 3)
    _, alone = augment(x, policy_of(rotate=20.0), draws(1, 6), mean=MEAN)
    _, among = augment(
        x, policy_of(rotate=20.0, hue=30.0, noise=0.1, erase=0.3), draws(1, 6), mean=MEAN
    )
    assert alone is not None and among is not None and torch.equal(alone, among)


def test_parts_of_a_batch_equal_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    x, policy = batch(0, 7, 8, 8, 3), policy_of(**EVERYTHING)
    whole = run(x, policy)
    monkeypatch.setattr(apply, "VALUES_AT_ONCE", 2 * x[0].numel())
    torch.testing.assert_close(run(x, policy), whole, atol=1e-3, rtol=0)


def test_an_empty_batch_stays_empty() -> None:
    assert run(batch(0, 0, 8, 8, 3), policy_of(**EVERYTHING)).shape == (0, 8, 8, 3)


def test_mirror_alone_turns_half_of_the_images_exactly() -> None:
    x = batch(3, 400, 4, 5, 1)
    moved = run(x, policy_of(mirror=True)).to(torch.uint8)
    turned = [torch.equal(after, before.flip(1)) for before, after in zip(x, moved, strict=True)]
    same = [torch.equal(after, before) for before, after in zip(x, moved, strict=True)]
    assert all(a or b for a, b in zip(turned, same, strict=True))
    assert 150 <= sum(turned) <= 250


def test_rotation_keeps_its_angle_in_images_that_are_not_square() -> None:
    """In square pixels the matrix is a rotation: its product with its transpose is 1."""
    maps = draw_maps(policy_of(rotate=90.0), draw_uniforms(draws(1, 500)), 10, 30)
    pixels = maps[:, :, :2] * torch.tensor([[1.0, 30 / 10], [10 / 30, 1.0]])
    torch.testing.assert_close(
        pixels @ pixels.transpose(1, 2), torch.eye(2).expand(500, 2, 2), atol=1e-4, rtol=0
    )


def test_amounts_are_reached_and_not_passed() -> None:
    uniforms = draw_uniforms(draws(2, 5000))
    shifts = draw_maps(policy_of(shift=0.1), uniforms, 28, 28)[:, :, 2].abs() * 14
    assert float(shifts.max()) == pytest.approx(2.8, rel=0.01)
    crops = draw_maps(policy_of(crop=0.125), uniforms, 32, 32)[:, 0, 2] * 16
    assert sorted(set(crops.round(decimals=3).tolist())) == [float(k) for k in range(-4, 5)]
    parts = draw_maps(policy_of(resized_crop=0.5), uniforms, 32, 32)
    area = parts[:, 0, 0] * parts[:, 1, 1]
    assert 0.5 * 0.86 < float(area.min()) < 0.52 and float(area.max()) <= 1
    inside = parts[:, [0, 1], 2].abs() + torch.stack((parts[:, 0, 0], parts[:, 1, 1]), dim=1)
    assert float(inside.max()) <= 1 + 1e-6  # a part never reaches out of the image


def test_colours_are_pillows() -> None:
    """Pillow rounds after each step, and its greys to whole numbers: two of 255 apart at most."""
    x = batch(0, 6, 8, 8, 3) // 2 + 40  # far enough from black and white that nothing is cut
    for name, kind in (
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ):
        changed = run(x, policy_of(**{name: 0.3}), seed=9)
        factors = 1 + draw_uniforms(draws(9, 6)).signed(name) * 0.3
        for image, factor, found in zip(x, factors, changed, strict=True):
            want = np.asarray(kind(Image.fromarray(image.numpy())).enhance(float(factor)), float)
            np.testing.assert_allclose(found.numpy(), want, atol=2)


def test_hue_turns_the_circle_of_colours_and_keeps_the_grey() -> None:
    colours = torch.tensor(
        [[150, 90, 90], [90, 150, 90], [90, 90, 150], [120, 120, 120]], dtype=torch.uint8
    )
    x = colours.view(4, 1, 1, 3).expand(4, 2, 2, 3).contiguous()
    turned = run(x, policy_of(hue=60.0), seed=2)[:, 0, 0].numpy()
    np.testing.assert_allclose(turned @ reference.GREY, colours.numpy() @ reference.GREY, atol=0.01)
    np.testing.assert_allclose(turned[3], [120, 120, 120], atol=0.01)
    angles = draw_uniforms(draws(2, 4)).signed("hue") * 60
    for before, after, angle in zip(
        colours[:3].tolist(), turned[:3], angles[:3].tolist(), strict=True
    ):
        way = (reference.hue_of(after) - reference.hue_of(before) + 180) % 360 - 180
        # HSV's circle is a hexagon, YIQ's an ellipse
        assert abs(way) == pytest.approx(abs(angle), abs=18)


def test_grey_is_the_fraction_of_images_without_colour() -> None:
    changed = run(batch(0, 1000, 3, 3, 3), policy_of(grey=0.3))
    without = (changed.amax(dim=3) - changed.amin(dim=3)).amax(dim=(1, 2)) < 1e-3
    assert 250 <= int(without.sum()) <= 350


def test_principal_colours_have_the_deviation_of_the_training_pixels() -> None:
    x = torch.full((4000, 2, 2, 3), 128, dtype=torch.uint8)
    added = (run(x, policy_of(pca=0.5))[:, 0, 0] - 128) / 255
    axes = np.array(AXES)
    np.testing.assert_allclose(np.cov(added.numpy().T), 0.25 * axes @ axes.T, atol=0.001)


def test_blur_is_pillows_gaussian() -> None:
    """Pillow draws its Gaussian as three boxes: the same within 3 of 255 on a smooth picture."""
    y, x = np.mgrid[0:24, 0:24]
    smooth = (128 + 100 * np.sin(x / 3) * np.cos(y / 4)).astype(np.uint8)[None, :, :, None]
    blurred = run(torch.from_numpy(smooth), policy_of(blur=2.0), seed=1)
    deviation = float(draw_uniforms(draws(1, 1))["blur"]) * 2
    want = np.asarray(
        Image.fromarray(smooth[0, :, :, 0]).filter(ImageFilter.GaussianBlur(deviation)), float
    )
    np.testing.assert_allclose(blurred[0, 6:-6, 6:-6, 0].numpy(), want[6:-6, 6:-6], atol=3)


def test_noise_is_normal_and_of_another_kind_in_every_image() -> None:
    x = torch.full((200, 16, 16, 1), 128, dtype=torch.uint8)
    added = (run(x, policy_of(noise=0.1)) - 128).flatten(1)
    deviations = added.std(dim=1) / 25.5
    assert float(deviations.max()) == pytest.approx(1, abs=0.15) and float(deviations.min()) < 0.05
    normal = (added / added.std(dim=1, keepdim=True)).flatten()
    assert float(normal.mean()) == pytest.approx(0, abs=0.05)
    # of a normal distribution
    assert float((normal.abs() < 1).float().mean()) == pytest.approx(0.6827, abs=0.02)
    likeness = torch.corrcoef(added) - torch.eye(200)
    # two images that read the pool at one place
    assert float((likeness.abs() > 0.5).float().mean()) < 0.002


def test_an_erased_rectangle_lies_inside_and_has_at_most_its_area() -> None:
    x = torch.zeros((300, 20, 30, 3), dtype=torch.uint8)
    gone = run(x, policy_of(erase=0.3))
    colour = 255 * torch.tensor(MEAN)
    mask = torch.isclose(gone, colour).all(dim=3)
    assert torch.equal(mask, (gone > 0).any(dim=3))
    for one in mask:
        rows, columns = one.any(dim=1), one.any(dim=0)
        assert int(one.sum()) == int(rows.sum()) * int(columns.sum())  # a full rectangle
        assert int(one.sum()) <= 0.3 * 600 + 0.5 * (math.sqrt(600) * 2)  # rounded to whole pixels
    assert mask.any(dim=0)[1:-1, 1:-1].all()  # every place is reached by some
