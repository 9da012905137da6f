"""Batches that a system plans: what reckons with them before and beside the training itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

import small_runs
import toy_series
import toy_spots
from netwright.base.errors import RecipeError
from netwright.cli import progress
from netwright.training import trainer
from netwright.training.batching.memory import InMemory
from netwright.training.probes import batch_norm_rows, find_rate, lr_finder
from netwright.training.trainer import Progress

SPOTS = toy_spots.SYSTEM


def prepared(tmp_path: Path, count: int, **changes: Any) -> trainer.PreparedTraining:
    keyed = {key.replace("__", "."): value for key, value in changes.items()}
    return small_runs.start("toy-spots", tmp_path, keyed, SPOTS.sample(count, 0))


def test_a_sweep_encodes_the_examples_of_its_own_batches_alone(tmp_path: Path) -> None:
    """It is, to the bit, the sweep over all of them."""
    setup = prepared(tmp_path, 900, training__batch_size=2).setup
    units = setup.train_units.units
    rows = find_rate.rows_of(setup)
    planned = SPOTS.plan(units, setup.recipe, setup.recipe.training.seed, 0)  # type: ignore[misc]
    assert len(planned) > lr_finder.STEPS
    first = np.unique(np.concatenate([some.ravel() for some in planned[: lr_finder.STEPS]]))
    assert rows.tolist() == first.tolist() and len(rows) < len(units) * 0.8

    def swept(some: np.ndarray[Any, Any]) -> lr_finder.Sweep:
        encoded = setup.codec.encode(units.take(some.tolist()))
        return find_rate.sweep(setup, InMemory(encoded), some)

    assert swept(rows) == swept(np.arange(len(units)))


def test_batch_norm_reckons_with_the_batches_that_are_planned(tmp_path: Path) -> None:
    made = prepared(tmp_path, 60)
    norm = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 2))

    def setup_of(plan: Any, size: int) -> Any:
        recipe = made.setup.recipe.changed({"training.batch_size": size})
        return replace(made.setup, system=replace(SPOTS, plan=plan), net=norm, recipe=recipe)

    few = made.setup.codec.encode(made.setup.train.take(range(4)))
    pairs = lambda sizes: lambda *given: [np.zeros((size, 2), np.int64) for size in sizes]  # noqa: E731
    batch_norm_rows.check(setup_of(pairs([4, 2]), 1), few)  # what batch_size says is not planned
    with pytest.raises(RecipeError, match="a batch of 1 that the system 'toy-spots' plans of 36"):
        batch_norm_rows.check(setup_of(pairs([4, 1]), 32), few)


def test_progress_is_a_place_on_the_course_where_epochs_are_uneven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.time, "monotonic", iter(range(10**6)).__next__)
    seen = list(trainer.fit(prepared(tmp_path, 240)))
    places = [now.place for now in seen]
    assert places == sorted(places) and places[-1] == seen[-1].steps > seen[-1].step
    assert all(now.place <= now.steps for now in seen)
    ends = [now for now in seen if now.dev]
    assert [now.place / now.steps for now in ends] == pytest.approx([0.25, 0.5, 0.75, 1])
    with progress.progress() as watch:
        watch(seen[-1])
    assert "s left" not in capsys.readouterr().err


def test_a_line_says_what_is_left_by_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    now = Progress(3, 4, 90, 100, 0.5, 60.0, {}, place=75.0)
    with progress.progress() as watch:
        watch(replace(now, dev={"loss": 1.0}))
    assert ", 20 s left" in capsys.readouterr().err


def test_another_recipe_cuts_nothing_again(tmp_path: Path) -> None:
    made = small_runs.start("toy-series", tmp_path, {"training.epochs": 1})
    cut: list[int] = []

    def counted(*given: Any) -> Any:
        cut.append(1)
        return toy_series.SYSTEM.cut(*given)  # type: ignore[misc]

    setup = replace(made.setup, system=replace(toy_series.SYSTEM, cut=counted))
    units = setup.train_units, setup.dev_units
    other = setup.with_recipe(setup.recipe.changed({"optimizer.lr": 0.5}))
    assert (other.train_units, other.dev_units) == units and len(cut) == 2
    assert other.recipe.value("optimizer.lr") == 0.5
