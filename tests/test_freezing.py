"""The first stages of a net held as they are, and let go at an epoch: nothing of them moves, what
is not frozen takes the very steps that it takes beside gradients of all, and a thaw is a change of
phase that a kill, a rewind and a second process do not see.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import netwright as nw
import small_runs
from netwright.base.errors import RecipeError
from netwright.nets import architectures
from netwright.nets.sequence.recurrent_mean import RecurrentMean
from netwright.nets.sequence.word_vectors import WordVectors
from netwright.recipe import ImageOrRowRecipe, Optimizer
from netwright.training import trainer
from netwright.training.freezing import phases, stages
from netwright.training.live import rewind_states
from netwright.training.optim import flat_weights, optimizers
from netwright.training.state import State
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("no_pictures")

RESNET = {"model.name": "resnet-small", "model.width": 4}
DEEP = {**RESNET, "training.freeze": 3}
"""All but the last block and the head: stem, stages.0, stages.1."""

SHALLOW = {"model.name": "mlp", "model.hidden": [8, 8], "model.norm": "batch"}


def weights(net: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def fitted(made: PreparedTraining) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The weights before the first step, and those that are kept."""
    before = weights(made.setup.net)
    small_runs.fitted(made)
    return before, small_runs.kept(made.record)


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


# --- the stages


def build(name: str, shape: tuple[int, ...], categories: tuple[int, ...] = ()) -> nn.Module:
    plain = {"model.name": name, "model.hidden": [6, 5], "model.width": 4, "model.dropout": 0.1}
    plain |= {"model.dropout": 0.0} if name.startswith("notes") or name == "linear" else {}
    return architectures.build(shape, categories, 3, ImageOrRowRecipe().changed(plain))


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("linear", (5,), ["embeddings 0"]),
        ("mlp", (5,), ["embeddings 0 1", "2 3 4", "5 6"]),
        ("lenet5", (1, 28, 28), ["c1 g1 s2", "c3 g3 s4 flat", "c5 g5", "f6 g6", "drop out"]),
        ("cnn-small", (1, 28, 28), ["0 1 2", "3 4 5", "6 7 8 9", "10 11"]),
        (
            "resnet-small",
            (1, 28, 28),
            ["stem", "stages.0", "stages.1", "stages.2 norm", "dropout head"],
        ),
        ("notes-4.1.13", (3, 32, 32), ["0 1 2", "3 4 5 6", "7 8", "9 10", "11"]),
    ],
)
def test_layers_with_a_matrix_begin_a_stage(
    name: str, shape: tuple[int, ...], expected: list[str]
) -> None:
    found = stages.by_children(build(name, shape))
    joined = [" ".join(part.removeprefix("layers.") for part in stage) for stage in found]
    assert joined == expected


def test_categories_are_the_first_stage_of_a_table() -> None:
    found = stages.by_children(build("mlp", (5,), (3, 4)))
    assert found[:2] == (("embeddings",), ("layers.0", "layers.1"))


def test_a_net_from_both_ends_has_its_two_gru_in_one_stage() -> None:
    text = small_runs.SYSTEMS["text"]
    found = stages.stages_of(text, RecurrentMean(WordVectors(9, 4), "gru", 4, 2))
    assert found == (("embed",), ("drop", "onward", "back"), ("drop_mean", "head"))


def test_a_system_that_names_what_is_not_there_is_told_so(tmp_path: Path) -> None:
    from dataclasses import replace

    text, net = small_runs.SYSTEMS["text"], RecurrentMean(WordVectors(9, 4), "gru", 4, 2)
    for names, what in ((("nothing",), "which the net has not"), (("head", "head"), "twice")):
        own = replace(text, body=lambda net, names=names: (names,))
        with pytest.raises(ValueError, match=f"body of text names '{names[0]}', {what}"):
            stages.stages_of(own, net)


# --- what is frozen stays


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer.weight_decay": 0.5, "optimizer.l1": 0.01},
        {"optimizer.name": "momentum", "optimizer.weight_decay": 0.5, "optimizer.lr": 0.01},
        {"optimizer.name": "muon"},
        {"training.average_kind": "swa", "training.swa_from": 0.0},
        {"training.average": 0.9, "training.reestimate": True, "training.clip_norm": 0.5},
        {"training.accumulate": 2, "model.dropout": [0.3, 0.3, 0.3, 0.3]},
    ],
    ids=["decay", "momentum", "muon", "swa", "ema", "parts"],
)
def test_weights_and_statistics_of_frozen_stages_stay_bit_for_bit(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    before, after = fitted(small_runs.start("classifier", tmp_path, {**DEEP, **changes}))
    moving = {name for name in before if name.startswith(("stages.2.", "norm.", "head."))}
    assert any("running_mean" in name for name in moving)
    assert changed(before, after) == moving


def test_a_frozen_stage_is_what_it_is_in_evaluation(tmp_path: Path) -> None:
    """Its norms read their running statistics and its dropout drops nothing, in every step."""
    made = small_runs.start(
        "classifier", tmp_path, {**DEEP, "model.dropout": 0.3, "training.watch": "train"}
    )
    seen: list[tuple[bool, bool]] = []
    net = made.setup.net
    net.stages[1].norm1.register_forward_hook(  # type: ignore[index, union-attr]
        lambda norm, *_: seen.append((net.training, norm.training))
    )
    small_runs.fitted(made)
    assert {(True, False), (False, False)} == set(seen)


def test_what_moves_takes_the_same_steps_beside_the_gradients_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nothing is computed for what is frozen changes no bit."""
    changes = {**DEEP, "training.step": "eager"}
    cut = small_runs.finished("classifier", tmp_path / "cut", changes)
    assert not cut.setup.net.stem.weight.requires_grad  # type: ignore[union-attr]
    monkeypatch.setattr(State, "moving", property(lambda state: state.weights))
    whole = small_runs.finished("classifier", tmp_path / "whole", changes)
    assert whole.setup.net.stem.weight.requires_grad  # type: ignore[union-attr]
    mine, theirs = small_runs.kept(cut.record), small_runs.kept(whole.record)
    assert mine.keys() == theirs.keys() and not changed(mine, theirs)
    losses = [[row.loss for row in run.record.curves()] for run in (cut, whole)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("thaw", [None, 1])
def test_recorded_steps_are_those_of_autograd(tmp_path: Path, thaw: int | None) -> None:
    changes = {**SHALLOW, "training.freeze": 2, "training.thaw": thaw}
    made = [
        small_runs.finished("classifier", tmp_path / step, {**changes, "training.step": step})
        for step in ("eager", "traced")
    ]
    assert any(line.startswith("traced steps") for line in made[1].log.lines)
    assert small_runs.same(made[0].record, made[1].record)


def test_nothing_is_another_where_nothing_is_frozen(tmp_path: Path) -> None:
    """The layout of the vector, and the memory of the optimizer, are as they were."""
    made, knobs = small_runs.start("classifier", tmp_path, SHALLOW), Optimizer(name="adamw")
    flat = flat_weights.flatten(made.setup.net, optimizers.kinds(made.setup.net, knobs))
    assert len(flat.parts) == 1 and flat.unfrozen(0) is flat
    assert optimizers.build(flat, knobs).memory.keys() == {"average", "square", "steps"}


# --- the optimizer


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adamw"])
def test_what_is_thawed_begins_as_torchs_optimizers_begin(name: str) -> None:
    """torch leaves parameters without a gradient alone, and counts each one's own steps."""

    def net() -> nn.Sequential:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 4), nn.Linear(4, 2))

    ours, other = net(), net()
    knobs = Optimizer(name=name, weight_decay=0.1)  # type: ignore[arg-type]
    each = stages.stage_of_each(ours, (("0", "1"), ("2",)))
    flat = flat_weights.flatten(ours, optimizers.kinds(ours, knobs, each))
    optimizer = optimizers.build(flat, knobs)
    groups = [
        {"params": [p], "weight_decay": 0.1 if p.dim() >= 2 else 0.0} for p in other.parameters()
    ]
    reference: Any = {
        "sgd": lambda: torch.optim.SGD(groups, lr=0.01),
        "momentum": lambda: torch.optim.SGD(groups, lr=0.01, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True),
        "adamw": lambda: torch.optim.AdamW(groups, lr=0.01),
    }[name]()
    generator = torch.Generator().manual_seed(1)
    for frozen in (2, 2, 2, 1, 1, 0, 0, 0):
        gradients = {
            name: torch.randn(p.shape, generator=generator) for name, p in other.named_parameters()
        }
        moving = flat.unfrozen(frozen)
        moving.take_gradients([gradients[name] for name in moving.names])
        optimizer.step(0.01, frozen)
        for name, p in other.named_parameters():
            p.grad = gradients[name] if each[name] >= frozen else None
        reference.step()
        for (name, p), q in zip(ours.named_parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(
                p, q, rtol=1e-5, atol=1e-6, msg=lambda t, n=name: f"{n}: {t}"
            )


# --- a thaw


def moved_in(made: PreparedTraining) -> list[set[str]]:
    """Of each epoch, the stages whose weights or statistics changed in it."""
    found, state = [], weights(made.setup.net)
    for progress in trainer.fit(made):
        if progress.dev is not None:
            now = weights(made.setup.net)
            found.append({re.sub(r"\.(?!\d\.).*", "", name) for name in changed(state, now)})
            state = now
    return found


def test_a_thaw_lets_all_of_it_go(tmp_path: Path) -> None:
    deep = {"stages.2", "norm", "head"}
    made = small_runs.start("classifier", tmp_path, {**DEEP, "training.thaw": 2})
    assert moved_in(made) == [deep, deep, *[deep | {"stem", "stages.0", "stages.1"}] * 2]


def test_a_list_of_epochs_lets_one_stage_after_the_other_go(tmp_path: Path) -> None:
    deep = {"stages.2", "norm", "head"}
    made = small_runs.start("classifier", tmp_path, {**DEEP, "training.thaw": [1, 3]})
    third, both = deep | {"stages.1"}, deep | {"stages.1", "stages.0"}
    assert moved_in(made) == [deep, third, third, both]


@pytest.mark.parametrize("after", [3, 10, 13])
def test_killed_before_and_after_a_thaw_it_ends_bit_for_bit_the_same(
    tmp_path: Path, after: int
) -> None:
    changes = {**SHALLOW, "training.freeze": 2, "training.thaw": [1, 2]}
    whole = small_runs.finished("classifier", tmp_path / "whole", changes)
    steps = [row.step for row in whole.record.curves()]
    assert after not in (10, steps[1]) or steps[1] == 10, "10 is where the second thaw is"
    resumed = small_runs.killed_and_resumed("classifier", tmp_path / "cut", changes, after)
    assert small_runs.same(whole.record, resumed.record)


def test_two_processes_thaw_as_one(tmp_path: Path) -> None:
    changes = {**SHALLOW, "training.freeze": 2, "training.thaw": 1, "training.epochs": 2}
    changes |= {"model.dropout": 0.3, "training.average_kind": "swa", "training.swa_from": 0.0}
    one = small_runs.finished("classifier", tmp_path / "one", changes)
    two = small_runs.by_two("classifier", tmp_path / "two", changes)
    for name, tensor in small_runs.kept(one.record).items():
        torch.testing.assert_close(tensor, small_runs.kept(two)[name], rtol=1e-3, atol=1e-4)


def test_a_rewind_goes_back_into_the_frozen_epochs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes the same way again, bit for bit."""
    monkeypatch.setattr(rewind_states, "FRACTION", 1e9)
    changes = {**SHALLOW, "training.freeze": 2, "training.thaw": 2}
    plain = small_runs.finished("classifier", tmp_path / "plain", changes)
    made = small_runs.start("classifier", tmp_path / "back", changes)
    step = [row.step for row in plain.record.curves()][2] + 1
    made.record.event("rewind", number=1, step=step, epoch=4, to=1, to_step=0, changes={})
    small_runs.fitted(made)
    assert made.record.has("abandoned.csv"), "it went back"
    mine, theirs = small_runs.kept(made.record), small_runs.kept(plain.record)
    assert not changed(mine, theirs)


def test_a_running_training_is_thawed_and_frozen_again(tmp_path: Path) -> None:
    changes = {**SHALLOW, "training.freeze": 2}
    made = small_runs.start("classifier", tmp_path, changes)
    per_epoch = 5
    for number, (step, thaw) in enumerate(((per_epoch, 1), (3 * per_epoch, None)), start=1):
        made.record.event(
            "tweak", number=number, step=step, epoch=1, changes={"training.thaw": [None, thaw]}
        )
    frozen = {"layers.0", "layers.1", "layers.3", "layers.4"}
    head = {"layers.6"}
    assert moved_in(made) == [head, head | frozen, head | frozen, head]
    assert [row.step for row in made.record.curves()] == [5, 10, 15, 20]


# --- from another run


def test_a_second_run_thaws_what_the_first_froze(tmp_path: Path) -> None:
    """Freezing is of a training, not of its net: it is not taken over with the architecture."""
    x = torch.rand(80, 12, 12).mul(90).byte().numpy()
    y = ["light" if at % 2 else "dark" for at in range(80)]
    x[1::2] += 120
    given = {**small_runs.QUICK, "training.epochs": 1, "model.width": 4}
    first = nw.train(
        (x, y), model="resnet-small", store=tmp_path, set={**given, "training.freeze": 4}
    )
    sizes = {name: p.numel() for name, p in first.net.named_parameters()}
    held = sum(size for name, size in sizes.items() if not name.startswith("head."))
    line = (
        "frozen: stem, stages.0, stages.1, stages.2 + norm (4 of 5 stages,"
        f" {held:,} of {sum(sizes.values()):,} parameters)"
    )
    assert line in first.info["messages"]
    assert line in first.report.read_text(encoding="utf-8")
    second = nw.train((x, y), start=first.id, store=tmp_path, set={"training.epochs": 1})
    assert second.recipe.value("training.freeze") == 0
    assert second.recipe.value("model.width") == 4
    moved = changed(small_runs.kept(first.record), small_runs.kept(second.record))
    assert {"stem.weight", "head.weight", "norm.running_mean"} <= moved


def test_what_was_drawn_and_is_frozen_is_said(tmp_path: Path) -> None:
    made = small_runs.start("classifier", tmp_path, {**SHALLOW, "training.freeze": 1})
    lines = [line for line in made.log.lines if "frozen" in line]
    assert lines[0].startswith("frozen: layers.0 + layers.1 (1 of 3 stages, ")
    assert lines[1] == (
        "3 frozen tensors (layers.0.weight, ...) stay as drawn at random: model.start names a run"
        " to take them from"
    )


# --- what is refused, and what a trial sees


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {**RESNET, "training.freeze": 5},
            "training.freeze = 5: model 'resnet-small' has 5 stages, stem, stages.0, stages.1,"
            " stages.2 + norm, head, of which the last is trained always; expected at most 4.",
        ),
        (
            {**SHALLOW, "training.freeze": 1, "training.thaw": 4},
            "training.thaw = 4 is not before the end of 4 epochs: expected less, or"
            " training.thaw = null, which never thaws.",
        ),
    ],
)
def test_more_than_there_is_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError) as refused:
        small_runs.start("classifier", tmp_path, changes)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("freeze", "thaw", "said"),
    [
        (0, 2, "training.thaw = 2 with training.freeze = 0, which freezes nothing: expected the"),
        (1, [1, 2], r"training.thaw = \[1, 2\] with training.freeze = 1: expected at most as many"),
        (3, [2, 1], r"expected at most as many epochs as there are frozen stages, in rising order"),
        (-1, None, "training.freeze"),
    ],
)
def test_a_thaw_is_of_what_is_frozen(freeze: int, thaw: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        ImageOrRowRecipe().changed({"training.freeze": freeze, "training.thaw": thaw})


def test_steps_of_a_systems_own_freeze_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"training.freeze = 1: .* the steps are its own; exp"):
        small_runs.start("toy-perceptron", tmp_path, {"training.freeze": 1})


def test_the_finder_moves_what_training_will_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    changes = {**DEEP, "optimizer.lr": "find"}
    made = small_runs.start("classifier", tmp_path, changes)
    fresh = small_runs.start("classifier", tmp_path, {**DEEP, "optimizer.lr": 0.01})
    assert not changed(weights(fresh.setup.net), weights(made.setup.net))
    assert all(p.requires_grad for p in made.setup.net.parameters())
    assert made.setup.recipe.optimizer.lr != "find"


def test_a_phase_ends_where_something_is_thawed() -> None:
    recipe = ImageOrRowRecipe().changed({"training.freeze": 3, "training.thaw": [2, 5]})
    assert [phases.frozen_in(recipe, epoch) for epoch in range(7)] == [3, 3, 2, 2, 2, 1, 1]
    assert [phases.next_thaw(recipe, epoch) for epoch in (0, 1, 2, 4, 5)] == [2, 2, 5, 5, None]
    at_once = recipe.changed({"training.thaw": 2})
    assert [phases.frozen_in(at_once, epoch) for epoch in range(4)] == [3, 3, 0, 0]
