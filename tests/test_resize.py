"""Every size to every size: against exact arithmetic, against Pillow on an exact box, and through
files and pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

import netwright as nw
from netwright.data.images.columns import ImageFiles, as_array
from netwright.data.images.pixels import resize
from netwright.data.images.sheets import rows
from netwright.runs.answers import mistakes

pytestmark = pytest.mark.usefixtures("no_reports")

side = st.one_of(
    st.integers(1, 12), st.integers(1, 700), st.sampled_from([1, 427, 640, 641, 1023, 4095, 4096])
)
sizes = st.tuples(side, side)
channels = st.sampled_from([1, 3])
thin = [
    ((640, 427), (64, 64)),
    ((427, 640), (64, 64)),
    ((1, 4096), (4096, 1)),
    ((4096, 1), (3, 7)),
    ((4096, 3), (1, 4096)),
]


def noise(*shape: int) -> Any:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def exact_box(have: tuple[int, int], want: tuple[int, int]) -> list[tuple[Fraction, Fraction]]:
    """Where the visible middle begins and ends, down and across, without rounding."""
    scale = max(Fraction(want[0], have[0]), Fraction(want[1], have[1]))
    visible = [number / scale for number in want]
    return [
        ((whole - part) / 2, (whole + part) / 2) for whole, part in zip(have, visible, strict=True)
    ]


def weights(have: int, want: int, start: Fraction, end: Fraction) -> Any:
    """(want, have) the triangle filter: a pixel weighs 1 - distance / reach from the centre of what
    it becomes.
    """
    step = float(end - start) / want
    reach = max(1.0, step)
    centres = float(start) + (np.arange(want) + 0.5) * step
    distances = np.abs(np.arange(have) + 0.5 - centres[:, None]) / reach
    found = np.clip(1 - distances, 0, None)
    return found / found.sum(axis=1, keepdims=True)


def by_hand(pixels: Any, want: tuple[int, int]) -> Any:
    (top, bottom), (left, right) = exact_box(pixels.shape[:2], want)
    down = weights(pixels.shape[0], want[0], top, bottom)
    across = weights(pixels.shape[1], want[1], left, right)
    return np.einsum("yh,hwc,xw->yxc", down, pixels.astype(float), across, optimize=True)


@given(have=sizes, want=sizes, depth=channels)
@settings(max_examples=80, deadline=None)
def test_a_constant_picture_of_any_size_stays_constant_at_any_size(
    have: tuple[int, int], want: tuple[int, int], depth: int
) -> None:
    colour = np.array([7, 128, 250][:depth], np.uint8)
    found = resize(np.broadcast_to(colour, (*have, depth)), want)
    assert found.shape == (*want, depth) and found.dtype == np.uint8
    assert (found == colour).all()


@pytest.mark.parametrize(("have", "want"), thin)
@pytest.mark.parametrize("depth", [1, 3])
def test_long_and_thin_pictures(have: tuple[int, int], want: tuple[int, int], depth: int) -> None:
    pixels = noise(*have, depth)
    assert np.abs(resize(pixels, want) - by_hand(pixels, want)).max() <= 2


@given(
    have=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    want=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    depth=channels,
)
@settings(max_examples=150, deadline=None)
def test_resizing_is_the_triangle_filter_over_the_exact_middle(
    have: tuple[int, int], want: tuple[int, int], depth: int
) -> None:
    """Pillow rounds once a direction, to whole values, and counts places in 32-bit floats."""
    pixels = noise(*have, depth)
    assert np.abs(resize(pixels, want) - by_hand(pixels, want)).max() <= 2


@given(have=sizes, want=sizes, depth=channels)
@example(have=(427, 640), want=(64, 64), depth=3)
@settings(max_examples=80, deadline=None)
def test_resizing_is_what_pillow_does_with_the_exact_middle(
    have: tuple[int, int], want: tuple[int, int], depth: int
) -> None:
    pixels = noise(*have, depth)
    (top, bottom), (left, right) = (map(float, ends) for ends in exact_box(have, want))
    image = Image.fromarray(pixels.squeeze(axis=2) if depth == 1 else pixels)
    wanted = image.resize(want[::-1], Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    found = resize(pixels, want).reshape(np.asarray(wanted).shape)
    assert np.abs(found.astype(int) - np.asarray(wanted)).max() <= 1


def test_every_shape_up_to_700_has_a_box_that_pillow_takes() -> None:
    """The sizes that ended in "box offset can't be negative": about one in 25."""
    grey = np.zeros((700, 700, 1), np.uint8)
    for target in (4, 28, 64):
        for high in range(1, 700, 3):
            for wide in (*range(high % 7 + 1, 700, 61), high, 700):
                assert resize(grey[:high, :wide], (target, target)).shape == (target, target, 1)


@given(
    have=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    want=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    depth=channels,
)
@settings(max_examples=40, deadline=None)
def test_a_jpeg_that_is_decoded_small_is_the_same_picture(
    have: tuple[int, int],
    want: tuple[int, int],
    depth: int,
    new_folder: Callable[[], Path],
) -> None:
    """It is decoded at twice the size wanted or more, in whole pixels: half a pixel of the result
    may come from beside it.
    """
    ramp = np.add.outer(np.linspace(0, 120, have[0]), np.linspace(0, 120, have[1]))
    pixels = np.repeat(ramp.astype(np.uint8)[:, :, None], depth, axis=2)
    path = new_folder() / "ramp.jpg"
    Image.fromarray(pixels.squeeze(axis=2) if depth == 1 else pixels).save(path, quality=100)
    (found,) = as_array(ImageFiles((path,)), want, depth)
    assert found.shape == (*want, depth)
    assert np.abs(found - by_hand(pixels, want)).max() <= 3 + 120 / max(want)


@given(have=sizes, depth=channels)
@settings(max_examples=25, deadline=None)
def test_pictures_of_any_size_are_drawn(
    have: tuple[int, int], depth: int, new_folder: Callable[[], Path]
) -> None:
    pixels = noise(*have, depth)
    place = new_folder() / "sheet.png"
    rows.write([rows.SheetRow("one", "", [pixels])], place)
    assert place.stat().st_size > 0
    assert mistakes.png(pixels).startswith(b"\x89PNG")


def test_photographs_of_odd_sizes_are_trained_on_and_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    shapes = [
        (640, 427),
        (427, 640),
        (1, 9),
        (333, 77),
        (64, 64),
        (1000, 3),
        (51, 640),
        (101, 99),
        (7, 1),
        (200, 301),
    ]
    for name, divisor in (("cats", 1), ("dogs", 2)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for at, shape in enumerate(shapes):
            Image.fromarray(noise(*shape, 3) // divisor).save(
                tmp_path / "photos" / name / f"{at}.jpg"
            )
    run = nw.train(str(tmp_path / "photos"), epochs=1, store=tmp_path / "runs")
    assert len(run.predict(str(tmp_path / "photos"))) == 20
