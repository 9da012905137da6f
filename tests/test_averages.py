"""Stochastic weight averaging, held against torch.optim.swa_utils; resumed, traced and with every
system.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim.swa_utils import AveragedModel

import small_runs
from netwright.recipe import Recipe
from netwright.training import evaluate
from netwright.training.optim import averages, flat_weights, optimizers
from netwright.training.start.first_state import first_state
from netwright.training.state import State

SWA = {
    "training.average_kind": "swa",
    "training.swa_from": 0.5,
    "schedule.name": "constant",
    "optimizer.name": "adamw",
    "optimizer.lr": 0.004,
}


def stepped(recipe: Recipe, per_epoch: int, steps: int) -> tuple[State, AveragedModel, int]:
    """Random steps, averaged by us and, at the ends of the epochs that count, by torch."""
    net = nn.Linear(3, 2)
    flat = flat_weights.flatten(net)
    state = State(
        net,
        flat,
        optimizers.build(flat, recipe.optimizer.model_copy(update={"lr": 0.1, "weight_decay": 0})),
        None,
    )
    rule, torchs = averages.weight_averager(recipe, per_epoch, steps), AveragedModel(net)
    assert rule is not None
    generator, counted = torch.Generator().manual_seed(0), 0
    for step in range(1, steps + 1):
        flat.vector.add_(torch.randn(flat.vector.shape, generator=generator))
        state.step = state.place = step
        state.epoch, state.done = divmod(step, per_epoch)
        rule(state)
        if (step % per_epoch == 0 or step == steps) and step >= averages.first_step(
            recipe.training.swa_from, steps
        ):
            torchs.update_parameters(net)
            counted += 1
    return state, torchs, counted


@pytest.mark.parametrize(("per_epoch", "steps"), [(1, 12), (5, 40), (7, 40), (50, 40)])
@pytest.mark.parametrize("swa_from", [0.0, 0.5, 0.75, 0.99])
def test_swa_is_torchs_average_of_the_ends_of_epochs(
    per_epoch: int, steps: int, swa_from: float
) -> None:
    state, torchs, counted = stepped(
        Recipe().changed({**SWA, "training.swa_from": swa_from}), per_epoch, steps
    )
    assert int(torchs.n_averaged) == counted >= 1
    assert state.average is not None
    state.weights.vector.copy_(state.average)
    for own, other in zip(state.net.parameters(), torchs.module.parameters(), strict=True):
        torch.testing.assert_close(own, other)


@given(st.integers(1, 60), st.integers(1, 300), st.floats(0, 0.99))
def test_how_many_were_averaged_follows_from_the_step_alone(
    per_epoch: int, steps: int, share: float
) -> None:
    first, seen = averages.first_step(share, steps), 0
    for step in range(1, steps + 1):
        if step >= first and (step % per_epoch == 0 or step == steps):
            assert averages.averaged_before(step, first, per_epoch) == seen
            seen += 1
    assert seen >= 1


def test_before_the_first_average_the_weights_themselves_are_measured_and_then_the_average(
    tmp_path: Path,
) -> None:
    made = small_runs.start("regressor", tmp_path, {**SWA, "training.epochs": 8})
    state = first_state(made.setup)
    assert state.average is None
    with evaluate.averaged(state) as net:
        assert torch.equal(next(net.parameters()), state.weights.parameters[0])
    state.average = torch.zeros_like(state.weights.vector)
    with evaluate.averaged(state) as net:
        assert all(bool((p == 0).all()) for p in net.parameters())
    assert not all(bool((p == 0).all()) for p in state.net.parameters())


@pytest.mark.parametrize(
    "system", [name for name, one in small_runs.SYSTEMS.items() if one.step is None]
)
def test_killed_and_resumed_swa_ends_bit_for_bit_the_same(system: str, tmp_path: Path) -> None:
    """Before the first average, of one system, and after it."""
    whole = small_runs.finished(system, tmp_path / "whole", SWA)
    late = min(17, whole.record.curves()[-1].step - 1)  # lanes of short texts are few steps
    after = [4, late] if system == "regressor" else [late]
    for left in small_runs.left_by_kills(system, tmp_path / "cut", SWA, after).values():
        assert small_runs.same(whole.record, small_runs.resumed(system, left).record)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [("one_cycle", "falls to 0 there"), ("constant", "from 50% of the run on")],
)
def test_what_is_averaged_is_said(schedule: str, said: str, tmp_path: Path) -> None:
    made = small_runs.start("regressor", tmp_path, {**SWA, "schedule.name": schedule})
    assert any(said in line for line in made.log.lines)


def test_the_exponential_average_is_as_it_was() -> None:
    """average += (1 - min(k, (1 + t) / (10 + t))) (w - average), from the first step on."""
    recipe = Recipe().changed({"training.average": 0.9, "optimizer.name": "adamw"})
    net = nn.Linear(1, 1)
    flat = flat_weights.flatten(net)
    state = State(
        net,
        flat,
        optimizers.build(flat, recipe.optimizer.model_copy(update={"lr": 0.1})),
        averages.start(recipe, flat.vector),
    )
    rule, wanted = averages.weight_averager(recipe, 3, 9), flat.vector.clone()
    assert rule is not None and state.average is not None
    for step in range(1, 10):
        flat.vector.add_(step)
        state.step = state.place = step
        rule(state)
        k = min(0.9, (1 + step) / (10 + step))
        wanted: Any = k * wanted + (1 - k) * flat.vector
    torch.testing.assert_close(state.average, wanted)
