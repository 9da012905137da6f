"""What a system watches of its training batches: each epoch's figure is over all that was counted
in it, whatever the batches, the way to step, the parts, the processes, and a kill in between.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import netwright as nw
import small_runs
import toy_tagger
import toy_triplets
from netwright.cli.main import main
from netwright.contract import AnySystem, Batch
from netwright.runs.record import Record
from netwright.training import trainer
from netwright.training.steps import watched
from netwright.training.trainer import PreparedTraining

TAGGER, TRIPLETS = toy_tagger.SYSTEM, toy_triplets.SYSTEM


def trained(
    system: AnySystem, folder: Path, changes: dict[str, Any], count: int = 240
) -> PreparedTraining:
    recipe = system.recipe().changed({**small_runs.QUICK, **changes})
    reading = small_runs.reading(system.sample(count, 0))
    return small_runs.fitted(trainer.prepare(system, reading, recipe, folder))


def figures(record: Record, name: str) -> list[float]:
    return [row.figure(name) for row in record.curves()]


def counting(
    system: AnySystem, name: str, seen: list[tuple[list[float], list[float]]]
) -> AnySystem:
    """The system, and what its figure gave of every batch, for a sum by hand; by autograd alone."""
    own = system.watch[name]

    def noted(net: nn.Module, outputs: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        added, things = own(net, outputs, batch)
        seen.append((added.tolist(), things.tolist()))
        return added, things

    return replace(system, watch={name: noted})


def test_an_epoch_s_figure_is_over_all_things_and_no_mean_of_means(tmp_path: Path) -> None:
    """Sentences have 2 to 8 words, and the last batch of an epoch is smaller."""
    seen: list[tuple[list[float], list[float]]] = []
    system = counting(TAGGER, "said_after", seen)
    made = trained(system, tmp_path, {"training.step": "eager", "training.epochs": 3})
    found = figures(made.record, "said_after")
    steps = len(seen) // 3
    assert steps > 1
    for epoch, figure in enumerate(found):
        own = seen[epoch * steps : (epoch + 1) * steps]
        added, things = (np.concatenate([pair[at] for pair in own]) for at in (0, 1))
        assert things.sum() == sum(len(words) for words in made.setup.train.inputs)
        assert figure == pytest.approx(added.sum() / things.sum(), rel=1e-12)
        means = [np.sum(batch[0]) / np.sum(batch[1]) for batch in own]
        assert abs(figure - np.mean(means)) > 1e-6


def test_active_triplets_by_hand(tmp_path: Path) -> None:
    """Of one batch, in plain loops over anchor, own and other."""
    setup = small_runs.start("toy-triplets", tmp_path, {}).setup
    few = setup.train.take(range(14))
    few = replace(few, targets=[*few.targets[:12], None, None])
    batch = setup.codec.prepare(setup.codec.encode(few), setup.recipe, None)
    outputs = setup.net(*batch.inputs)
    active, triplets = TRIPLETS.watch["active_triplets"](setup.net, outputs, batch)
    places = outputs.detach().double().numpy()
    apart = np.square(places[:, None] - places[None]).sum(axis=2)
    whose = few.targets
    for a in range(14):
        margins = [
            apart[a, p] - apart[a, n] + 0.5
            for p in range(12)
            for n in range(12)
            if whose[a] and whose[p] == whose[a] != whose[n]
        ]
        assert triplets[a] == len(margins)
        assert active[a] == sum(margin > 0 for margin in margins)
    assert 0 < active.sum() < triplets.sum()


def test_the_curve_shows_what_the_loss_does_not(tmp_path: Path) -> None:
    """Learning from the hardest triplets alone, all places first fall together (Hermans et al.
    2017, section 3.2), the loss to the margin and every triplet active; then they come apart.
    """
    changes = {"training.epochs": 25, "optimizer.lr": 0.03}
    made = trained(TRIPLETS, tmp_path, changes, count=600)
    found = figures(made.record, "active_triplets")
    together = int(np.argmax(found))
    assert found[together] > 0.95 > found[0] > 0.5
    assert found[-1] < 0.1


@pytest.mark.parametrize("name", ["toy-tagger", "toy-triplets"])
def test_watching_changes_no_bit(name: str, tmp_path: Path) -> None:
    system = small_runs.SYSTEMS[name]
    mine = trained(system, tmp_path, {})
    other = trained(replace(system, watch={}), tmp_path, {})
    assert mine.record.info()["weights"] == other.record.info()["weights"]
    assert [row.loss for row in mine.record.curves()] == [row.loss for row in other.record.curves()]
    assert watched.start(other.setup.system, torch.device("cpu")) is None
    assert watched.loss_of(other.setup, None) == other.setup.loss
    assert all(not row.watched for row in other.record.curves())


def with_loss(system: AnySystem) -> AnySystem:
    """The classifier that watches its own loss, and how many rows it is right of."""

    def loss(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        return F.cross_entropy(outputs, batch.targets[0], reduction="none"), batch.count

    def right(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        return (outputs.argmax(dim=1) == batch.targets[0]).float(), batch.count

    return replace(system, watch={"own_loss": loss, "right": right})


CLASSIFIER = with_loss(small_runs.SYSTEMS["classifier"])
PLAIN = {"objective.label_smoothing": 0.0, "model.width": 8, "training.epochs": 2}


@pytest.mark.parametrize(
    "changes",
    [
        {"training.step": "eager"},
        {"training.step": "traced"},
        {"training.accumulate": 3},
        {"augment.mixup": 0.4},
        {"training.max_examples": 300},
    ],
    ids=str,
)
def test_a_part_of_the_loss_is_counted_as_the_loss_is(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    """Where the figure is the whole loss, its curve is that of the loss: by every way to step, in
    parts, mixed, and in an epoch that ends early.
    """
    made = trained(CLASSIFIER, tmp_path, {**PLAIN, **changes})
    if "training.step" in changes:
        assert any(line.startswith(changes["training.step"]) for line in made.log.lines)
    assert figures(made.record, "own_loss") == pytest.approx(
        [row.loss for row in made.record.curves()], rel=1e-6
    )


def test_a_recorded_step_counts_the_same_bits(tmp_path: Path) -> None:
    by = {
        way: figures(trained(CLASSIFIER, tmp_path, {**PLAIN, "training.step": way}).record, "right")
        for way in ("eager", "traced")
    }
    assert by["eager"] == by["traced"]
    assert 0 < by["eager"][-1] <= 1


def test_weights_of_examples_weigh_here_too(tmp_path: Path) -> None:
    weights = {"objective.class_weights": {"horizontal": 3.0, "vertical": 1.0, "diagonal": 0.5}}
    made = trained(CLASSIFIER, tmp_path, {**PLAIN, **weights})
    assert figures(made.record, "own_loss") == pytest.approx(
        [row.loss for row in made.record.curves()], rel=1e-6
    )


def test_a_program_that_counts_otherwise_is_not_taken(tmp_path: Path) -> None:
    """A figure that looks at a Python counter: the recorded step would repeat its first value."""
    calls = [0]

    def counted(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        calls[0] += 1
        return calls[0] * batch.count, batch.count

    system = replace(CLASSIFIER, watch={"calls": counted})
    made = trained(system, tmp_path, {**PLAIN, "training.step": "traced"})
    assert any("the trace does not repeat autograd's" in line for line in made.log.lines)


@pytest.mark.parametrize("name", ["toy-tagger", "toy-triplets"])
def test_killed_in_an_epoch_its_figure_is_of_the_whole(name: str, tmp_path: Path) -> None:
    whole = small_runs.finished(name, tmp_path / "whole", {})
    (column,) = small_runs.SYSTEMS[name].watch
    for left in small_runs.left_by_kills(name, tmp_path / "cut", {}, [1, 4, 9]).values():
        resumed = small_runs.resumed(name, left)
        assert figures(whole.record, column) == figures(resumed.record, column)
        assert small_runs.same(whole.record, resumed.record)


def test_a_checkpoint_without_the_sums_leaves_its_epoch_without_a_figure(tmp_path: Path) -> None:
    """Of an earlier release, or of a system that watched nothing then: half an epoch is no
    epoch.
    """
    after = 9
    tagger = small_runs.SYSTEMS["toy-tagger"]
    recipe = tagger.recipe().changed({**small_runs.QUICK, "training.checkpoint_minutes": 0})
    reading = small_runs.reading(tagger.sample(240, 0))
    cut = trainer.prepare(replace(tagger, watch={}), reading, recipe, tmp_path)
    progress = trainer.fit(cut)
    for now in progress:
        if now.step >= after:
            break
    left = Record(tmp_path / "left")
    shutil.copytree(cut.record.path, left.path)
    progress.close()
    resumed = small_runs.resumed("toy-tagger", left)
    whole = small_runs.finished("toy-tagger", tmp_path, {})
    found, wanted = (figures(one.record, "said_after") for one in (resumed, whole))
    begun = [row.step for row in whole.record.curves()].index(
        next(row.step for row in whole.record.curves() if row.step > after)
    )
    assert np.isnan(found[: begun + 1]).all()
    assert found[begun + 1 :] == wanted[begun + 1 :]
    assert len(found[begun + 1 :]) > 0


def test_two_processes_count_as_one(tmp_path: Path) -> None:
    one = small_runs.finished("toy-tagger", tmp_path, {"training.epochs": 2})
    two = small_runs.by_two("toy-tagger", tmp_path / "two", {"training.epochs": 2})
    assert figures(two, "said_after") == pytest.approx(
        figures(one.record, "said_after"), abs=0.02
    )  # weights differ in their last digits, and a tag may tip over
    assert figures(two, "said_after")[0] == pytest.approx(
        figures(one.record, "said_after")[0], abs=0.005
    )


def test_by_lanes_too(tmp_path: Path) -> None:
    sums = small_runs.SYSTEMS["toy-sums"]

    def loss(net: nn.Module, outputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        return sums.loss(net, outputs, batch, None, True), batch.count

    made = trained(replace(sums, watch={"own_loss": loss}), tmp_path, {})
    assert figures(made.record, "own_loss") == pytest.approx(
        [row.loss for row in made.record.curves()], rel=1e-6
    )


def test_nothing_counted_is_no_figure(tmp_path: Path) -> None:
    nothing = {"none": lambda net, outputs, batch: (0 * batch.count, 0 * batch.count)}
    made = trained(replace(CLASSIFIER, watch=nothing), tmp_path, PLAIN)
    assert all(np.isnan(figure) for figure in figures(made.record, "none"))


@pytest.mark.parametrize("name", ["loss", "dev_loss", "train_it", "two words", "epoch", ""])
def test_a_name_that_another_curve_has(name: str) -> None:
    with pytest.raises(ValueError, match=f"the system 'classifier' watches '{name}'"):
        replace(CLASSIFIER, watch={name: lambda net, outputs, batch: None})


def test_not_beside_steps_of_its_own() -> None:
    with pytest.raises(ValueError, match="has step and watch"):
        replace(small_runs.SYSTEMS["toy-perceptron"], watch=CLASSIFIER.watch)


def test_it_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from netwright.report import html_page

    made = trained(TRIPLETS, tmp_path, {})
    record = made.record
    main(["show", record.id, "--store", str(tmp_path), "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert [row["active_triplets"] for row in shown["curves"]] == figures(record, "active_triplets")
    main(["show", record.id, "--store", str(tmp_path)])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "active triplets" in line]
    assert "->" in line
    html_page.write(record.path)
    page = (record.path / "report.html").read_text(encoding="utf-8")
    assert 'aria-label="active triplets over 4 epochs: training from' in page
    assert isinstance(nw.Run(record).curves[0]["active_triplets"], float)
