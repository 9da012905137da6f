"""The training cost with dropout and augmentation off, after each epoch: what it measures, and that
it changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import small_runs
from netwright.metrics import measure
from netwright.recipe import knobs
from netwright.training import evaluate
from netwright.training.batching import memory, order
from netwright.training.probes import train_figures

ON = {"training.watch": "train", "model.dropout": 0.4, "objective.label_smoothing": 0.1}


def on(system: str) -> dict[str, Any]:
    """What of it the system has."""
    known = knobs(small_runs.SYSTEMS[system].recipe)
    return {key: value for key, value in ON.items() if key in known}


@pytest.mark.parametrize("system", small_runs.SYSTEMS)
def test_watching_writes_two_columns_and_changes_no_step(system: str, tmp_path: Path) -> None:
    off = small_runs.finished(system, tmp_path / "off", {**on(system), "training.watch": "none"})
    watched = small_runs.finished(system, tmp_path / "on", on(system))
    name = small_runs.SYSTEMS[system].metrics[0].name
    for with_, without in zip(watched.record.curves(), off.record.curves(), strict=True):
        assert with_.figures.keys() - without.figures.keys() == {"train_loss", f"train_{name}"}
        assert (with_.loss, with_.figure("dev_loss")) == (without.loss, without.figure("dev_loss"))
    kept = small_runs.kept(watched.record)
    assert all(bool((kept[k] == v).all()) for k, v in small_runs.kept(off.record).items())


def test_the_last_figures_are_those_of_the_kept_weights_on_the_training_examples(
    tmp_path: Path,
) -> None:
    made = small_runs.finished("classifier", tmp_path, {**ON, "training.keep": "last"})
    store = memory.InMemory(made.setup.codec.encode(made.setup.train))
    said = evaluate.answers(
        made.setup.net, made.setup.system, made.setup.codec, store, made.setup.recipe
    )
    last = made.record.curves()[-1]
    assert last.figures["train_loss"] == pytest.approx(
        measure.loss_of(made.setup.train, said.losses, said.counts), rel=1e-5
    )
    assert last.figures["train_error"] == pytest.approx(
        made.record.json("measures.json")["train"]["error"]["value"]
    )


def test_the_honest_training_cost_lies_below_the_one_with_everything_on(tmp_path: Path) -> None:
    """Dropout 0.4 and smoothing 0.1: the loss of the steps is far above what the net has
    learned.
    """
    made = small_runs.finished("classifier", tmp_path, {**ON, "training.epochs": 12})
    last = made.record.curves()[-1]
    assert last.figures["train_loss"] < 0.7 * last.loss


def test_at_most_2000_examples_are_watched_evenly_spread(tmp_path: Path) -> None:
    made = small_runs.start(
        "regressor", tmp_path, on("regressor"), small_runs.SYSTEMS["regressor"].sample(5000, 0)
    )
    found = train_figures.train_figures(made.setup, made.loaders.train)
    assert found is not None and len(found.loader) == train_figures.SAMPLE == len(found.units)
    (batch,) = found.loader.batches([order.in_order(3, 3)[0]])
    (own,) = made.loaders.train.batches([found.loader.rows[:3]])  # type: ignore[attr-defined]
    assert batch.targets[0].equal(own.targets[0])
    rows = found.loader.rows.tolist()  # type: ignore[attr-defined]
    assert rows[0] == 0 and rows[-1] == len(made.loaders.train) - 1 and len(set(rows)) == len(rows)


def test_killed_and_resumed_the_curves_are_the_same(tmp_path: Path) -> None:
    whole = small_runs.finished("classifier", tmp_path / "whole", ON)
    resumed = small_runs.killed_and_resumed("classifier", tmp_path / "cut", ON, 9)
    assert small_runs.same(whole.record, resumed.record)


@pytest.mark.usefixtures("whole_pictures")
def test_the_picture_has_a_line_more() -> None:
    from netwright.plots.curves import Course, loss_curve, metric_curve

    plain = loss_curve(Course([1, 2, 3]), [3, 2, 1], [3, 2.5, 2])
    drawn = loss_curve(Course([1, 2, 3]), [3, 2, 1], [3, 2.5, 2], watched=[2.5, 1.5, 0.5])
    assert ">training<" in drawn and ">train<" in drawn and ">training<" not in plain
    assert ">train<" in metric_curve(
        Course([1, 2]), [0.3, 0.2], name="error", percent=True, watched=[0.2, 0.1]
    )
