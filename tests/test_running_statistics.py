"""Batch norm's statistics computed anew, held against torch.optim.swa_utils.update_bn."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

import small_runs
from netwright.base.errors import RecipeError
from netwright.training import evaluate, running_statistics
from netwright.training.batching import loader, memory
from netwright.training.setup import TrainingSetup

PLAIN = {f"augment.{name}": 0 for name in ("shift", "rotate", "zoom", "shear")} | {
    "training.reestimate": True
}


def stored(made: TrainingSetup) -> loader.BatchLoader:
    return memory.InMemory(made.setup.codec.encode(made.setup.train))


def statistics(net: nn.Module) -> list[torch.Tensor]:
    return [b.clone() for name, b in net.named_buffers() if "running" in name]


def test_it_equals_torchs_update_bn_on_the_same_batches(tmp_path: Path) -> None:
    made = small_runs.start("classifier", tmp_path, PLAIN)
    store, other = stored(made), copy.deepcopy(made.setup.net)
    parts = store.batches(running_statistics._rows(len(store), made.setup.recipe))
    update_bn(
        [made.setup.codec.prepare(part, made.setup.recipe, None).inputs[0] for part in parts], other
    )
    before = torch.get_rng_state()
    running_statistics.estimate(
        made.setup.net.train(), made.setup.system, made.setup.codec, store, made.setup.recipe
    )
    assert torch.equal(torch.get_rng_state(), before), "no random number is drawn"
    assert len(statistics(other)) > 6
    for mine, theirs in zip(statistics(made.setup.net), statistics(other), strict=True):
        torch.testing.assert_close(mine, theirs)
    assert made.setup.net.training and all(
        m.momentum == 0.1 for m in made.setup.net.modules() if isinstance(m, nn.BatchNorm2d)
    )


def test_dropout_is_off_while_they_are_estimated(tmp_path: Path) -> None:
    estimates = []
    for dropout in (0.0, 0.9):
        changes = {**PLAIN, "model.dropout": [dropout] * 3, "model.name": "cnn-small"}
        made = small_runs.start("classifier", tmp_path, changes)
        running_statistics.estimate(
            made.setup.net, made.setup.system, made.setup.codec, stored(made), made.setup.recipe
        )
        estimates.append(statistics(made.setup.net))
    assert all(torch.equal(a, b) for a, b in zip(*estimates, strict=True))


def test_training_goes_on_with_its_own_statistics_and_the_kept_weights_have_the_new_ones(
    tmp_path: Path,
) -> None:
    """The steps do not change; what is kept does, and it is what estimating after the run gives."""
    plain = small_runs.finished(
        "classifier", tmp_path / "a", {**PLAIN, "training.reestimate": False}
    )
    new = small_runs.finished("classifier", tmp_path / "b", PLAIN)
    assert [row.loss for row in plain.record.curves()] == [row.loss for row in new.record.curves()]
    assert [row.figures["dev_loss"] for row in plain.record.curves()] != [
        row.figures["dev_loss"] for row in new.record.curves()
    ]
    held = statistics(new.setup.net)  # the run is over: the net holds what was kept
    running_statistics.estimate(
        new.setup.net, new.setup.system, new.setup.codec, stored(new), new.setup.recipe
    )
    for mine, again in zip(held, statistics(new.setup.net), strict=True):
        torch.testing.assert_close(mine, again)


def test_weights_that_moved_answer_rightly_only_with_their_own_statistics(tmp_path: Path) -> None:
    """Batch norm undoes the scale of the filters before it: tripled filters are the same net, once
    their statistics are known.
    """
    made = small_runs.finished("classifier", tmp_path, {**PLAIN, "model.name": "cnn-small"})
    store = stored(made)
    before = evaluate.answers(
        made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
    ).losses
    with torch.no_grad():
        for layer in made.setup.net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.mul_(3)
    stale = evaluate.answers(
        made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
    ).losses
    with running_statistics.reestimated(
        made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
    ):
        found = evaluate.answers(
            made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
        ).losses
    assert found == pytest.approx(before, abs=0.01)
    assert stale != pytest.approx(before, abs=0.3)
    assert (
        evaluate.answers(
            made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
        ).losses
        == stale
    ), "and put back"


def test_killed_and_resumed_it_ends_bit_for_bit_the_same(tmp_path: Path) -> None:
    whole = small_runs.finished("classifier", tmp_path / "whole", PLAIN)
    resumed = small_runs.killed_and_resumed("classifier", tmp_path / "cut", PLAIN, 9)
    assert small_runs.same(whole.record, resumed.record)


@pytest.mark.parametrize("system", ["regressor", "toy-tagger"])
def test_a_net_without_batch_norm_is_refused_before_training_and_auto_is_not(
    system: str, tmp_path: Path
) -> None:
    with pytest.raises(
        RecipeError, match=r"training\.reestimate = true: model '.*' has no batch norm"
    ):
        small_runs.start(system, tmp_path, {"training.reestimate": True})
    made = small_runs.start(system, tmp_path, {"training.average_kind": "swa"})
    assert not running_statistics.wanted(made.setup.recipe, made.setup.net)
    small_runs.fitted(made)
