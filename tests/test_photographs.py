"""Photographs: which images count as such, what ``auto`` makes of them, the frozen filters of their
net, images that grow in training, answers to the mirror.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
import small_runs
from netwright.base.errors import RecipeError
from netwright.contract import Draws, Examples, Source
from netwright.data import defaults
from netwright.data.images.augment import growth, policy
from netwright.nets import architectures, mirrored
from netwright.nets.blocks.whitening import Whitening
from netwright.recipe import ImageOrRowRecipe, nets
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.classifier.system import SYSTEM
from netwright.systems.regressor.recipe import RegressorRecipe
from netwright.training import evaluate, recorder

pytestmark = pytest.mark.usefixtures("no_reports")


def pictures(
    count: int = 96, side: int = 24, channels: int = 3, names: tuple[Any, ...] = ("cat", "dog")
) -> Examples:
    """Noise under a light corner, at the top or at the bottom: a mirror leaves it true."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 120, (count, side, side, channels))
    for at, image in enumerate(pixels):
        image[(at % 2) * (side // 2) :][: side // 2] += 100
    ids = [str(at) for at in range(count)]
    targets = [names[at % len(names)] for at in range(count)]
    return Examples(pixels.astype(np.uint8), targets, ids, ids)


def completed(examples: Examples, **changes: Any) -> ClassifierRecipe:
    wanted = {key.replace("__", "."): value for key, value in changes.items()}
    return SYSTEM.completed(ClassifierRecipe().changed(wanted), examples)


# --- which images are photographs


@pytest.mark.parametrize(
    ("examples", "net"),
    [
        (pictures(), "airbench"),
        (pictures(side=23), "resnet-small"),
        (pictures(channels=1), "resnet-small"),
    ],
)
def test_colour_and_size_tell_photographs(examples: Examples, net: str) -> None:
    recipe = completed(examples)
    photographs = net == "airbench"
    assert recipe.model.name == net and recipe.model.mirror_answers is photographs
    assert recipe.augment.mirror is photographs
    assert (recipe.data.first_size == 1) is not photographs
    assert (recipe.augment.shift == 0) is photographs
    assert recipe.optimizer.name == ("muon" if photographs else "adamw")
    assert recipe.schedule.anneal == ("linear" if photographs else "cosine")


def test_numbers_of_photographs_are_learned_as_those_of_other_images() -> None:
    examples = pictures(names=(1.0, 2.0))
    recipe = defaults.complete_numbers(RegressorRecipe(), examples)
    assert recipe.model.name == "resnet-small" and recipe.augment.mirror is False


@pytest.mark.parametrize(
    ("names", "mirrored"),
    [
        (("cat", "dog"), True),
        (("3", "8"), False),
        (("12", "dog"), False),
        (("b", "d"), False),
        (("left hand", "foot"), False),
        (("turn_right", "straight"), False),
        (("bright", "leftover"), True),
    ],
)
def test_a_mirror_is_on_where_no_class_may_tell_left_from_right(
    names: tuple[str, ...], mirrored: bool
) -> None:
    assert policy.stand_a_mirror(names) is mirrored
    recipe = completed(pictures(names=names))
    assert recipe.augment.mirror is mirrored and recipe.model.mirror_answers is mirrored


def test_what_a_person_names_stands() -> None:
    recipe = completed(pictures(), augment__mirror=False, model__name="resnet20")
    assert recipe.augment.mirror is False and recipe.model.mirror_answers is False
    assert recipe.augment.shift == policy.USUAL["shift"] and recipe.data.first_size == 1
    assert completed(pictures(), augment__mirror=False, model__mirror_answers=True)


def test_what_was_chosen_is_stated_with_its_price() -> None:
    lines = SYSTEM.notes(completed(pictures()), Source("images", "pets", "a folder of images"))
    assert lines[0].startswith("airbench is for photographs (in colour, 24 pixels a side or more")
    assert lines[1].startswith("half of the training images are mirrored")
    assert "which doubles its time" in lines[2]
    assert not SYSTEM.notes(completed(pictures(channels=1)), Source("images", "pets", "images"))


# --- images that grow


def test_sizes_rise_by_eighths_to_the_whole() -> None:
    parts = [growth.part_of_side(0.625, done / 100) for done in range(101)]
    assert parts == sorted(parts) and set(parts) == {0.625, 0.75, 0.875, 1.0}
    assert {growth.part_of_side(1, done / 10) for done in range(11)} == {1.0}
    assert growth.part_of_side(0.3, 0) == 0.3


def test_early_images_are_small_and_answers_are_of_the_whole_image() -> None:
    examples = pictures()
    recipe = completed(examples, data__image_size=32)
    codec = SYSTEM.fit(examples, recipe)
    batch = codec.encode(examples.take(range(4)))

    def side(progress: float | None) -> int:
        device = torch.device("cpu")
        draws = None if progress is None else Draws(0, 0, device, 4, slice(None), progress)
        (images,) = codec.prepare(batch, recipe, draws).inputs
        assert images.is_contiguous(memory_format=torch.channels_last)
        return images.shape[2]

    assert [side(0.0), side(0.99), side(None)] == [20, 32, 32]
    small = growth.shrunk(torch.zeros(1, 3, 12, 40), 0.5)
    assert small.shape[2:] == (12, 20)  # none below 16 pixels, and none larger than it was


@pytest.mark.parametrize("name", nets.ANY_SIDE)
def test_nets_that_take_growing_images_answer_other_sizes(name: str) -> None:
    plain = {"model.name": name, "model.width": 8, "model.dropout": 0.0}
    net = architectures.build((3, 24, 24), (), 2, ImageOrRowRecipe().changed(plain)).eval()
    assert [net(torch.zeros(1, 3, side, side)).shape for side in (16, 24)] == [(1, 2)] * 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__name": "lenet5", "data__first_size": 0.5}, "reads images of one size alone"),
        ({"data__first_size": 0.2}, "expected auto or a number at least 0.25, at most 1"),
        ({"model__name": "airbench", "data__image_size": 8}, "needs images of at least 9x9"),
    ],
)
def test_bad_wishes_are_one_sentence(changes: dict[str, Any], message: str) -> None:
    examples = pictures()
    with pytest.raises(RecipeError, match=message):
        recipe = completed(examples, **changes)
        SYSTEM.model(SYSTEM.fit(examples, recipe), recipe)


@pytest.mark.parametrize("key", ["data.first_size", "model.mirror_answers"])
def test_rows_have_no_size_and_no_mirror(key: str) -> None:
    value = {"data.first_size": 0.5, "model.mirror_answers": True}[key]
    with pytest.raises(RecipeError, match=f"{key} = .*: it is for images"):
        nw.train("iris", set={key: value})


# --- the frozen filters


def test_the_filters_whiten_the_patches_of_training() -> None:
    rng = np.random.default_rng(1)
    rough = rng.integers(0, 256, (64, 12, 12, 3))
    smooth = np.repeat(np.repeat(rough, 2, axis=1), 2, axis=2)  # neighbours are alike
    examples = pictures(64)
    pixels = (0.8 * smooth + 0.2 * rng.integers(0, 256, smooth.shape)).astype(np.uint8)
    examples = Examples(pixels, examples.targets, examples.ids, examples.sources)
    recipe = completed(examples)
    codec = SYSTEM.fit(examples, recipe)
    layer = next(m for m in SYSTEM.model(codec, recipe).modules() if isinstance(m, Whitening))
    (images,) = codec.prepare(codec.encode(examples), recipe, None).inputs
    found = layer(images)[:, :8, ::2, ::2]  # of the patches that were read: they do not overlap
    flat = found.transpose(0, 1).flatten(1)
    torch.testing.assert_close(flat @ flat.T / flat.shape[1], torch.eye(8), atol=0.02, rtol=0)
    torch.testing.assert_close(layer(images)[:, 8:], -layer(images)[:, :8])


def test_filters_of_other_patches_are_refused() -> None:
    recipe = completed(pictures())
    with pytest.raises(RecipeError, match="hold 27 numbers, and this net's first layer has 96"):
        architectures.build((3, 24, 24), (), 2, recipe, [[0.0] * 27])


ON = {"model.name": "airbench", "model.width": 4, "training.epochs": 2, "data.first_size": 0.5}
ON |= {"data.image_size": 24, "model.mirror_answers": True, "augment.mirror": True}
ON |= {"optimizer.lr": 0.001}  # at the usual one Adam blows up two processes' last bits


def test_no_step_moves_them_and_the_run_keeps_them(tmp_path: Path) -> None:
    made = small_runs.finished("classifier", tmp_path, ON)
    fixed = made.setup.codec.encoder.whitening  # type: ignore[attr-defined]
    kept = small_runs.kept(made.record)
    torch.testing.assert_close(kept["whitening.filters"].flatten(1), torch.tensor(fixed))
    for norm in ("stages.0.norm1", "stages.2.norm2"):
        assert (kept[f"{norm}.weight"] == 1).all() and kept[f"{norm}.bias"].any()
    run = nw.open(made.record.path)
    assert run.codec.encoder.whitening == fixed
    assert not any(name.startswith("whitening") for name, _ in run.net.named_parameters())


def test_a_killed_training_and_one_by_two_processes_end_alike(tmp_path: Path) -> None:
    one = small_runs.finished("classifier", tmp_path / "one", ON).record
    again = small_runs.killed_and_resumed("classifier", tmp_path / "again", ON, after=9).record
    assert small_runs.same(one, again)
    own, theirs = (
        small_runs.kept(each) for each in (one, small_runs.by_two("classifier", tmp_path, ON))
    )
    for name in own:
        torch.testing.assert_close(own[name], theirs[name], rtol=2e-3, atol=2e-4)


# --- what measuring costs


def test_epochs_are_measured_in_the_precision_of_the_steps_where_classes_stand_it(
    tmp_path: Path,
) -> None:
    made = small_runs.start("classifier", tmp_path, ON)
    setup = replace(made.setup, device=replace(made.setup.device, precision=torch.bfloat16))
    exact, rounded = (
        evaluate.answers(
            setup.net, SYSTEM, setup.codec, made.loaders.dev, setup.recipe, device=device
        )
        for device in (None, setup.each_epoch)
    )
    answers = [one.answers.columns["probabilities"] for one in (exact, rounded)]  # type: ignore[union-attr]
    assert answers[1].dtype == np.float32 and not np.array_equal(*answers)
    np.testing.assert_allclose(*answers, atol=0.01)
    np.testing.assert_allclose(exact.losses, rounded.losses, atol=0.02)
    assert small_runs.start("regressor", tmp_path, {}).setup.each_epoch is None


def test_train_is_measured_on_twice_as_many_as_dev_has() -> None:
    counts = [recorder.measured(dev) for dev in (0, 300, 2_000, 3_000, 50_000)]
    assert counts == [4_000, 4_000, 4_000, 6_000, 10_000]
    assert recorder.sampled(5, 9) == [0, 1, 2, 3, 4] and recorder.sampled(10, 4) == [0, 3, 6, 9]


# --- answers to the mirror


def test_an_answer_is_the_mean_over_the_image_and_its_mirror() -> None:
    examples = pictures()
    recipe = completed(examples, model__width=4)
    codec = SYSTEM.fit(examples, recipe)
    net = SYSTEM.model(codec, recipe)
    batch = codec.prepare(codec.encode(examples.take(range(5))), recipe, None)
    (images,) = batch.inputs
    with torch.inference_mode():
        net.eval()
        both = mirrored.forward(net, batch, recipe)
        torch.testing.assert_close(both, (net(images) + net(images.flip(3))) / 2)
        once = mirrored.forward(net, batch, recipe.changed({"model.mirror_answers": False}))
        assert torch.equal(once, net(images))
        net.train()
        assert not torch.equal(mirrored.forward(net, batch, recipe), both)
