"""Tensors handed from step to step: in training, in the checkpoint, in evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import small_runs
import toy_sums
from netwright.base.errors import RecipeError
from netwright.contract import Examples
from netwright.training import evaluate
from netwright.training.batching import memory
from netwright.training.batching.train_batches import train_batches
from netwright.training.start.first_state import first_state
from netwright.training.steps.lanes import LaneStep
from netwright.training.units import units_of

SUMS = toy_sums.SYSTEM


def test_a_step_goes_on_from_the_one_before_it(tmp_path: Path) -> None:
    """Losses and gradients of an epoch, by a plain loop over each lane on its own."""
    made = small_runs.start("toy-sums", tmp_path, {})
    setup, state = made.setup, first_state(made.setup)
    step, batches = LaneStep(setup, state), train_batches(setup, made.loaders.train)
    weight, bias = (p.detach().clone().double() for p in setup.net.parameters())
    weight.requires_grad_()
    before = [torch.zeros(()).double()] * 32
    rows = batches.plan(0)
    for whole, batch in zip(rows, batches.batches(rows, setup.device), strict=True):
        loss = step(batch, batch.divisors().sum())
        losses = []
        for lane, unit in enumerate(whole.tolist()):
            begins, numbers = setup.train_units.units.inputs[unit]
            past = 0.0 if begins else before[lane].detach()
            fives = torch.tensor(numbers).double() / setup.codec.most  # type: ignore[attr-defined]
            before[lane] = past + (weight @ fives + bias)[0]
            target = setup.train_units.units.targets[unit] / setup.codec.most  # type: ignore[attr-defined]
            losses.append((before[lane] - target).square())
        by_hand = torch.stack(losses).mean()
        (slope,) = torch.autograd.grad(by_hand, weight)
        assert float(loss) == pytest.approx(by_hand.item(), rel=1e-4)
        names = dict(zip(state.weights.names, state.weights.slots, strict=True))
        torch.testing.assert_close(names["weigh.weight"].double(), slope, rtol=1e-3, atol=1e-5)
        state.done += 1
    assert len(rows) > 5


def test_an_epoch_begins_anew_and_its_batches_are_of_one_size(tmp_path: Path) -> None:
    made = small_runs.start("toy-sums", tmp_path, {})
    state = first_state(made.setup)
    step = LaneStep(made.setup, state)
    batch, odd = made.loaders.train.batches([torch.arange(32), torch.arange(4)])
    left = []
    for state.done in (0, 1, 0):
        step(batch, batch.count.sum())
        left.append(state.carry[0].clone())
    assert torch.equal(left[0], left[2])
    assert not torch.equal(left[0], left[1])
    state.done = 1
    with pytest.raises(ValueError, match="toy-sums has a batch of 4 rows in an epoch of 32 lanes"):
        step(odd, odd.count.sum())


def test_a_checkpoint_keeps_what_was_handed_on(tmp_path: Path) -> None:
    left = small_runs.left_by_a_kill("toy-sums", tmp_path, {}, 3)
    kept = load_file(left.checkpoint)
    assert kept["carry.0"].shape == (32, 1)
    assert kept["carry.0"].any()


def test_streamed_equals_offline(tmp_path: Path) -> None:
    """An example's answer by the evaluation, and by hand, five numbers after another."""
    made = small_runs.finished("toy-sums", tmp_path, {})
    setup = made.setup

    def answered(examples: Examples) -> list[Any]:
        cut = units_of(SUMS, examples, setup.recipe, setup.codec)
        store = memory.InMemory(setup.codec.encode(cut.units))
        found = evaluate.answers(setup.net, SUMS, setup.codec, store, setup.recipe, units=cut)
        return list(found.answers)

    found = answered(setup.dev)
    assert found == list(made.record.answers("dev", SUMS))
    for numbers, answer in zip(setup.dev.inputs, found, strict=True):
        carry, sums = torch.zeros(1, 1), []
        for five in np.asarray(numbers).reshape(-1, 5):
            row = torch.tensor(five).float()[None] / setup.codec.most  # type: ignore[attr-defined]
            carry = setup.net(torch.zeros(1), row, carry).detach()
            sums.append(float(carry * setup.codec.most))  # type: ignore[attr-defined]
        assert answer.sums == pytest.approx(sums, rel=1e-4, abs=1e-3)
    assert max(len(answer.sums) for answer in found) == 4


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("training.accumulate", 2, "1"),
        ("training.step", "traced", "auto"),
        ("training.step", "compiled", "auto"),
        ("mixing.mixup", 0.2, "0"),
    ],
)
def test_what_parts_a_lane_is_refused_by_name(
    key: str, value: Any, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as refused:
        small_runs.start("toy-sums", tmp_path, {key: value})
    assert str(refused.value) == (
        f"{key} = {value}: of the system 'toy-sums' each step goes on from the one before it;"
        f" expected {expected}."
    )


def test_the_rate_is_found_on_batches_that_begin_anew(tmp_path: Path) -> None:
    made = small_runs.start("toy-sums", tmp_path, {"optimizer.lr": "find"})
    assert made.record.has("lr_finder.csv")
