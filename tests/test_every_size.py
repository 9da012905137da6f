"""Pictures of every size, brought to every size, by every way in alike; and a training on random
crops of two photographs, of any size and shape.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_sample_images

import netwright as nw
import recognize
from netwright.contract import Draws, Examples
from netwright.data.images import decoded_cache
from netwright.data.images.augment.policy import AMOUNTS
from netwright.data.images.columns import ImageFiles, as_array
from netwright.data.images.encoder import ImageEncoder
from netwright.data.images.letterbox import Frame
from netwright.data.images.pixel_array import PixelArray
from netwright.systems.classifier.recipe import ClassifierRecipe

pytestmark = pytest.mark.usefixtures("no_reports")

MOST = 1 << 21
"""Pixels of a picture that is drawn here, so that a test takes seconds."""

side = st.one_of(
    st.integers(1, 9),
    st.integers(1, 300),
    st.integers(1, 4096),
    st.sampled_from([1, 427, 640, 4095, 4096]),
)
shapes = st.tuples(side, side).filter(lambda shape: shape[0] * shape[1] <= MOST)
depths = st.sampled_from([1, 3])


def drawn(high: int, wide: int, depth: int) -> Any:
    return np.random.default_rng(high * 7919 + wide).integers(
        0, 256, (high, wide, depth), dtype=np.uint8
    )


def saved(pixels: Any, folder: Path) -> Path:
    (folder / "one").mkdir(parents=True)
    path = folder / "one" / "one.png"
    plain = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(plain).save(path, compress_level=1)
    return path


@given(have=shapes, want=shapes, depth=depths, channels=depths)
@example(have=(4096, 4096), want=(1, 1), depth=1, channels=3)
@example(have=(1, 1), want=(1024, 2048), depth=3, channels=3)
@example(have=(4096, 1), want=(1, 4096), depth=3, channels=1)
@example(have=(427, 640), want=(64, 64), depth=3, channels=3)
@settings(max_examples=25)
def test_every_way_in_gives_the_same_pixels(
    have: tuple[int, int],
    want: tuple[int, int],
    depth: int,
    channels: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("sizes")
    pixels = drawn(*have, depth)
    path = saved(pixels, folder / "source")
    for fit, size in (("cover", want), ("whole", (min(want), min(want)))):
        wanted = as_array(pixels[None], size, channels, fit)  # type: ignore[arg-type]
        assert wanted.shape == (1, *size, channels) and wanted.dtype == np.uint8
        array = PixelArray.of(pixels[None], each=(*have, depth))
        read = recognize.read(recognize.recognize(str(folder / "source"))).examples.inputs
        columns = {"array": array, "predict": ImageFiles((path,)), "memory": read}
        for way, column in columns.items():
            found = as_array(column, size, channels, fit)  # type: ignore[arg-type]
            assert (found == wanted).all(), (way, fit)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NETWRIGHT_CACHE", str(folder / "cache"))
            patch.setattr(decoded_cache, "FEW", 0)  # as of many: from a file, in slices
            assert (as_array(read, size, channels, fit) == wanted).all(), ("disk", fit)  # type: ignore[arg-type]


@given(have=shapes, want=st.integers(1, 1024), depth=depths)
@example(have=(4096, 1), want=1, depth=3)
@example(have=(1, 4096), want=1024, depth=1)
@settings(max_examples=40)
def test_a_whole_picture_lies_in_its_frame(have: tuple[int, int], want: int, depth: int) -> None:
    light = np.full((1, *have, depth), 200, np.uint8)
    (found,) = as_array(light, (want, want), depth, "whole")
    (high, wide), (top, left) = Frame(*have, want).size, Frame(*have, want).corner
    inside = np.zeros((want, want, depth), np.uint8)
    inside[top : top + high, left : left + wide] = 200
    assert (found == inside).all()


POLICIES = [
    {"augment.crop": 0.3},
    {"augment.resized_crop": 0.9},
    {"augment.crop": 0.9, "augment.mirror": True},
    {"augment.shift": 0.5, "augment.rotate": 180, "augment.zoom": 0.5, "augment.shear": 20},
]


@given(
    have=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    want=st.tuples(st.integers(1, 80), st.integers(1, 80)),
    depth=depths,
    policy=st.sampled_from(POLICIES),
    fill=st.sampled_from(["mirror", "edge"]),
    step=st.integers(0, 10**6),
)
@settings(max_examples=120)
def test_crops_of_any_size_stay_within_the_picture(
    have: tuple[int, int],
    want: tuple[int, int],
    depth: int,
    policy: dict[str, Any],
    fill: str,
    step: int,
) -> None:
    """Of a picture of one colour every crop is of that colour, whatever its size."""
    light = np.full((3, *have, depth), 150, np.uint8)
    encoder = ImageEncoder(*want, depth, (0.5,) * depth, (0.25,) * depth)
    still = {f"augment.{name}": 0 for name in AMOUNTS}
    recipe = ClassifierRecipe().changed({**still, **policy, "augment.fill": fill})
    inputs = encoder.encode(Examples(light, [None] * 3, ["a", "b", "c"], ["a", "b", "c"]))
    draws = Draws(0, step, torch.device("cpu"), 3, slice(0, 3))
    (found,) = encoder.prepare(inputs, recipe, draws)
    assert found.shape == (3, depth, *want)
    assert torch.allclose(found, torch.full_like(found, (150 / 255 - 0.5) / 0.25), atol=1e-4)


def crops(folder: Path, count: int) -> Path:
    """Random crops of scikit-learn's two photographs (China and a flower): 8 to 426 pixels a side,
    each side drawn alone.
    """
    rng = np.random.default_rng(0)
    for name, photo in zip(("china", "flower"), load_sample_images().images, strict=True):
        (folder / name).mkdir(parents=True)
        for at in range(count):
            high, wide = (int(2 ** rng.uniform(3, 8.73)) for _ in range(2))
            top, left = rng.integers(0, 427 - high + 1), rng.integers(0, 640 - wide + 1)
            cut = Image.fromarray(photo[top : top + high, left : left + wide])
            cut.save(folder / name / f"{at}.{('jpg', 'png', 'webp')[at % 3]}")
    return folder


@pytest.mark.parametrize("batches", ["memory", "stream"])
def test_a_training_on_random_crops_of_two_photographs_learns(
    batches: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    source = crops(tmp_path / "photos", 100)
    run = nw.train(
        str(source),
        model="cnn-small",
        epochs=12,
        set={
            "training.batches": batches,
            "data.image_size": 32,
            "augment.resized_crop": 0.3,
            "training.batch_size": 16,
            "training.threads": 1,
        },
        store=tmp_path / "runs",
    )
    dev = run.measures["dev"]["error"]
    assert dev["n"] >= 30 and dev["value"] <= 0.25  # half of them are China
    answers = dict(run.predict_each(str(source)))
    kept = run.predictions("dev").to_dicts()
    for row in kept:  # a picture alone is answered as it was in training, whatever the path
        answer = answers[str(tmp_path / row["source"])]
        assert answer.label == row["answered"]
        assert answer.probability == pytest.approx(row["stated"], abs=1e-4)


def test_the_largest_pictures_are_trained_on(tmp_path: Path) -> None:
    """One of 4,096 pixels a side beside those of one pixel."""
    for name, level in (("dark", 20), ("light", 230)):
        (tmp_path / "big" / name).mkdir(parents=True)
        sizes = [(4096, 4096), (1, 1), (1, 4096), (4096, 1), (3, 5), (640, 427), *[(9, 9)] * 14]
        for at, size in enumerate(sizes):
            Image.new("RGB", size, (level, level - at % 20, level)).save(
                tmp_path / "big" / name / f"{at}.png"
            )
    run = nw.train(str(tmp_path / "big"), model="linear", epochs=3, store=tmp_path / "runs")
    answers = run.predict_each(str(tmp_path / "big"))
    assert all(Path(source).parent.name == answer.label for source, answer in answers)
