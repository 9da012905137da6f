"""Mixup and cutmix: the papers' formulas image by image, one forward pass, any system, any step,
any number of processes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

import small_runs
from netwright.base.errors import RecipeError
from netwright.cli.look.data import command
from netwright.contract import Batch, Draws, Examples
from netwright.data.images.augment.mix import draw_box, draw_mix, mix
from netwright.recipe import Augment
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.training.batching import mixing
from netwright.training.batching.train_batches import train_batches
from netwright.training.devices import Device
from netwright.training.optim import flat_weights
from netwright.training.probes import before_training
from netwright.training.setup import TrainingSetup
from netwright.training.steps import autograd

CPU = Device(torch.device("cpu"))


def draws(step: int, total: int, rows: slice = slice(None)) -> Draws:
    return Draws(0, step, CPU.torch_device, total, rows)


def images(count: int = 6) -> Batch:
    x = torch.randn(count, 9, 7, 3, generator=torch.Generator().manual_seed(0)).permute(0, 3, 1, 2)
    return Batch((x,), (torch.arange(count) % 4,), torch.ones(count))


# --- the draw


@given(st.floats(0, 1), st.integers(4, 40), st.integers(4, 40), st.integers(0, 10_000))
def test_the_box_is_the_papers(lam: float, height: int, width: int, seed: int) -> None:
    """``rand_bbox`` of the authors' code, transcribed: cut_rat = sqrt(1 - lam), centre uniform,
    clipped.
    """
    box = draw_box(lam, height, width, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    cut_rat = np.sqrt(1.0 - lam)
    cut_h, cut_w = int(height * cut_rat), int(width * cut_rat)
    cy, cx = rng.integers(height), rng.integers(width)
    assert box == (
        np.clip(cy - cut_h // 2, 0, height),
        np.clip(cy + cut_h // 2, 0, height),
        np.clip(cx - cut_w // 2, 0, width),
        np.clip(cx + cut_w // 2, 0, width),
    )


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_lambda_follows_the_beta_distribution(alpha: float) -> None:
    """Mean 1/2, variance 1 / (4 (2 alpha + 1))."""
    drawn = [draw_mix(Augment(mixup=alpha), 0, step, 2, ()).lam for step in range(3000)]
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.03)
    assert np.var(drawn) == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_partners_are_a_permutation_and_a_draw_belongs_to_seed_and_step() -> None:
    first, again, next_, other = (
        draw_mix(Augment(mixup=1), seed, step, 32, ())
        for seed, step in ((0, 5), (0, 5), (0, 6), (1, 5))
    )
    assert sorted(first.partners.tolist()) == list(range(32))
    assert first.lam == again.lam and first.partners.equal(again.partners)
    assert len({first.lam, next_.lam, other.lam}) == 3


def test_with_both_each_has_half_of_the_batches() -> None:
    boxes = [draw_mix(Augment(mixup=1, cutmix=1), 0, step, 2, (8, 8)).box for step in range(400)]
    assert 150 < sum(box is None for box in boxes) < 250


# --- the batch, against a loop over images


@pytest.mark.parametrize(
    "policy", [Augment(mixup=0.7), Augment(cutmix=1.0)], ids=["mixup", "cutmix"]
)
def test_a_mixed_batch_equals_image_by_image(policy: Augment) -> None:
    batch = images()
    for step in range(20):
        drawn = draw_mix(policy, 0, step, 6, (9, 7))
        done = mixing.mixed(batch, policy, draws(step, 6), CPU)
        for i in range(6):
            own, other = batch.inputs[0][i], batch.inputs[0][int(drawn.partners[i])]
            wanted, covered = torch.empty_like(own), 0
            for y in range(9):
                for x in range(7):
                    if drawn.box is None:
                        wanted[:, y, x] = (
                            drawn.lam * own[:, y, x] + (1 - drawn.lam) * other[:, y, x]
                        )
                        continue
                    inside = drawn.box[0] <= y < drawn.box[1] and drawn.box[2] <= x < drawn.box[3]
                    covered += inside
                    wanted[:, y, x] = other[:, y, x] if inside else own[:, y, x]
            torch.testing.assert_close(done.inputs[0][i], wanted)
            assert drawn.box is None or drawn.lam == pytest.approx(1 - covered / 63)
        assert done.mix is not None
        assert done.mix.targets[0].tolist() == batch.targets[0][drawn.partners].tolist()
        assert done.inputs[0].stride() == batch.inputs[0].stride(), (
            "the recorded program needs the same layout"
        )
        assert batch.inputs[0].equal(images().inputs[0]), "what came in is left as it was"


LABELS = replace(
    small_runs.SYSTEMS["classifier"],
    loss=lambda net, outputs, batch, recipe, training: F.cross_entropy(
        outputs, batch.targets[0], reduction="none"
    ),
)
"""The cross-entropy alone."""


def loss(net: nn.Module, batch: Batch) -> Tensor:
    return TrainingSetup(LABELS, ClassifierRecipe(), None, net, CPU, {}).loss(net, batch)


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.runs = nn.Linear(63 * 3, 4), 0

    def forward(self, x: Tensor) -> Tensor:
        self.runs += 1
        return self.layer(x.flatten(1))  # type: ignore[no-any-return]


def test_the_loss_is_that_of_the_paper_with_one_forward_pass() -> None:
    """Cross entropy is linear in the target: the loss on soft targets lambda e_a + (1 - lambda)
    e_b, row by row.
    """
    net = Counting()
    done = mixing.mixed(images(), Augment(cutmix=1.0), draws(3, 6), CPU)
    found = loss(net, done)
    assert net.runs == 1
    assert done.mix is not None
    [first], [second], lam = done.targets, done.mix.targets, done.mix.lam
    soft = lam[:, None] * F.one_hot(first, 4) + (1 - lam[:, None]) * F.one_hot(second, 4)
    torch.testing.assert_close(found, F.cross_entropy(net(*done.inputs), soft, reduction="none"))
    assert done.divisors().tolist() == pytest.approx([1.0] * 6)


def test_an_unlabelled_partner_gives_no_gradient_and_counts_by_its_weight() -> None:
    batch = images(2)
    batch = Batch(batch.inputs, (torch.tensor([1, -100]),), torch.tensor([1.0, 0.0]))
    step = next(
        s for s in range(50) if draw_mix(Augment(mixup=1), 0, s, 2, ()).partners.tolist() == [1, 0]
    )
    done = mixing.mixed(batch, Augment(mixup=1), draws(step, 2), CPU)
    assert done.mix is not None
    lam = float(done.mix.lam[0])
    assert done.divisors().tolist() == pytest.approx([lam, 1 - lam])
    lone = F.cross_entropy(
        (net := Counting())(*done.inputs), torch.tensor([1, 1]), reduction="none"
    )
    torch.testing.assert_close(loss(net, done), lone * done.divisors())


@pytest.mark.parametrize("world", [2, 3])
def test_parts_of_the_batch_are_those_of_the_whole(world: int) -> None:
    """What each of several processes makes of its rows, when the others' are told to it, is one
    process's batch.
    """
    batch = images(7)
    whole = mixing.mixed(batch, Augment(mixup=1), draws(4, 7), CPU)

    class Told(Device):
        def total(self, tensor: Tensor) -> Tensor:
            return next(
                t
                for t in batch.tensors()
                if t.shape == tensor.shape
                and t.dtype == tensor.dtype
                and bool(((tensor == 0) | (t == tensor)).all())
            )

    for rank in range(world):
        device = Told(CPU.torch_device, rank=rank, world=world)
        rows = device.shard(7)
        part = Batch((batch.inputs[0][rows],), (batch.targets[0][rows],), batch.count[rows])
        done = mixing.mixed(part, Augment(mixup=1), draws(4, 7, rows), device)
        for mine, wanted in zip(done.tensors(), whole.tensors(), strict=True):
            torch.testing.assert_close(mine, wanted[rows])


# --- whole runs

MIXUP: dict[str, Any] = {"augment.mixup": 0.3}
CUTMIX: dict[str, Any] = {"augment.cutmix": 1.0}


def numbers_only(count: int) -> Examples:
    """The regressor's sample without its column of words."""
    from dataclasses import replace

    from netwright.data.tables.rows import Rows

    full = small_runs.SYSTEMS["regressor"].sample(count, 0)
    return replace(full, inputs=Rows(full.inputs.frame.drop("colour")))


def test_mixed_training_learns_labels(tmp_path: Path) -> None:
    held = small_runs.SYSTEMS["classifier"].sample(400, 0)
    changes = {
        "training.epochs": 15,
        "model.name": "cnn-small",
        "augment.mixup": 0.3,
        "augment.cutmix": 0.5,
    }
    made = small_runs.finished("classifier", tmp_path, changes, held)
    error = made.record.json("measures.json")["dev"]["error"]
    assert error["high"] < 0.6 * made.record.info()["baseline"]
    plain = small_runs.finished(
        "classifier", tmp_path, {**changes, "augment.mixup": 0, "augment.cutmix": 0}, held
    )
    assert made.record.curves()[-1].loss > 1.3 * plain.record.curves()[-1].loss, (
        "mixed examples are harder"
    )


def test_mixed_training_learns_numbers(tmp_path: Path) -> None:
    made = small_runs.finished(
        "regressor", tmp_path, {**MIXUP, "training.epochs": 25}, numbers_only(500)
    )
    rmse = made.record.json("measures.json")["dev"]["rmse"]
    assert rmse["high"] < 0.85 * made.record.info()["baseline"]


@pytest.mark.parametrize("changes", [MIXUP, CUTMIX], ids=["mixup", "cutmix"])
def test_killed_and_resumed_it_ends_bit_for_bit_the_same(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    whole = small_runs.finished("classifier", tmp_path / "whole", changes)
    resumed = small_runs.killed_and_resumed("classifier", tmp_path / "cut", changes, 9)
    assert small_runs.same(whole.record, resumed.record)


def test_streamed_equals_memory_and_traced_equals_eager(tmp_path: Path) -> None:
    base = {
        **MIXUP,
        **CUTMIX,
        "model.name": "lenet5",
        "training.threads": 1,
        "training.layout": "contiguous",
    }
    one = small_runs.finished("classifier", tmp_path, {**base, "training.step": "traced"})
    assert any(line.startswith("traced steps") for line in one.log.lines), one.log.lines
    two = small_runs.finished(
        "classifier", tmp_path, {**base, "training.step": "eager", "training.batches": "stream"}
    )
    assert small_runs.same(one.record, two.record)


def test_in_parts_the_gradient_is_that_of_the_whole() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(189, 4)).double()
    flat = flat_weights.flatten(net)
    batch = mixing.mixed(images(), Augment(cutmix=1.0), draws(1, 6), CPU).map(
        lambda t: t.double() if t.is_floating_point() else t
    )
    found = []
    for parts in (1, 3):
        autograd.Eager(net, loss, flat, CPU, parts)(batch, batch.divisors().sum())
        found.append(flat.gradient.clone())
    assert float(found[0].abs().max()) > 0
    torch.testing.assert_close(found[0], found[1])


# --- refusals and the sheet


@pytest.mark.parametrize(
    ("system", "changes", "said"),
    [
        ("toy-tagger", MIXUP, r"unknown key 'augment'"),
        ("toy-tagger", {"words.mixup": 0.3}, r"words\.mixup = 0\.3: the model reads"),
        ("regressor", MIXUP, r"augment\.mixup = 0\.3: the model reads categories or words"),
        ("classifier", {"augment.mixup": -1}, "at least 0"),
    ],
)
def test_what_has_no_mean_is_refused_before_training(
    system: str, changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=said):
        small_runs.start(system, tmp_path, changes)
    assert not list(tmp_path.iterdir())


def test_rows_have_no_rectangles(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="only images have rectangles"):
        small_runs.start("regressor", tmp_path, CUTMIX, numbers_only(100))


def test_the_sheet_shows_mixed_images(tmp_path: Path) -> None:
    off = [
        part
        for name in ("shift", "rotate", "zoom", "shear")
        for part in ("--set", f"augment.{name}=0")
    ]
    path = tmp_path / "sheet.png"
    done = CliRunner().invoke(
        command,
        ["digits8", "--augment", "--sheet", str(path), *off, "--set", "augment.cutmix=1"],
        catch_exceptions=False,
    )
    assert path.exists() and "cutmix 1" in done.output + done.stderr


def test_the_learning_rate_finder_sweeps_over_mixed_batches(tmp_path: Path) -> None:
    """Its first loss, before any update, is the mixed loss: another than without mixing."""
    base = {"optimizer.lr": "find", "model.name": "lenet5"}
    swept = []
    for changes in ({}, MIXUP):
        recipe = ClassifierRecipe().changed({**small_runs.QUICK, **base, **changes})
        train = small_runs.SYSTEMS["classifier"].sample(240, 0)
        parts = {"train": train, "dev": train}
        swept.append(
            before_training.find_lr(small_runs.SYSTEMS["classifier"], recipe, parts, Path("runs"))[
                1
            ]
        )
    assert swept[0].losses[0] != swept[1].losses[0]


def test_nothing_is_added_when_it_is_off(tmp_path: Path) -> None:
    made = small_runs.start("classifier", tmp_path, {})
    assert made.setup.system.mixes(made.setup.recipe) is None
    batches = train_batches(made.setup, made.loaders.train)
    [batch] = batches.batches([torch.arange(4)], CPU)
    assert batch.weight is None and batches.prepare(batch, draws(0, 4)).mix is None


def test_the_mean_of_rows_is_mixups_formula() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    drawn = next(
        d
        for d in (draw_mix(Augment(mixup=1), 0, s, 2, ()) for s in range(50))
        if d.partners.tolist() == [1, 0]
    )
    mixed = mix(x, x, drawn.partners, drawn)
    assert math.isclose(float(mixed[0, 1]), 2 * drawn.lam + 6 * (1 - drawn.lam), rel_tol=1e-6)
