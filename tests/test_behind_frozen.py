"""Stages behind frozen ones are trained on what these make of each example, computed once, where
nothing is augmented: by the same steps, killed and gone on with, until a stage is thawed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
import small_runs
from netwright.base.errors import RecipeError
from netwright.recipe import Recipe
from netwright.systems.classifier.system import SYSTEM
from netwright.training import trainer
from netwright.training.freezing import behind_frozen, fitted_head, transfer
from netwright.training.timing import rehearsal
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

NET = {"model.name": "resnet-small", "model.width": 4}
STILL = {
    **NET,
    "training.cache_features": True,
    "training.freeze": 2,
    "augment.strength": 0,
    "optimizer.lr": 0.003,
    "training.step": "eager",
    "training.watch_layers": False,
}
"""Of five stages two are frozen, and nothing is augmented."""

SAMPLE = SYSTEM.sample(80, 5)
NEW = replace(SAMPLE, targets=[f"a {target} bar" for target in SAMPLE.targets])


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of its own, one penalty of the new last layer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(fitted_head, "PENALTIES", (0.1,))
        yield


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> str:
    given = {**NET, "training.epochs": 1}
    made = small_runs.finished("classifier", tmp_path_factory.mktemp("first"), given)
    return str(made.record.path)


@pytest.fixture(scope="module")
def planned(first: str, tmp_path_factory: pytest.TempPathFactory) -> PreparedTraining:
    """About to begin; of four epochs one is frozen."""
    made = begun(first, tmp_path_factory.mktemp("planned"), **{"training.thaw": 1})
    made.hold.close()
    return made


def begun(first: str, folder: Path, **changes: Any) -> PreparedTraining:
    given = {**STILL, "model.start": first}
    return small_runs.start("classifier", folder, {**given, **changes}, NEW)


def lines(made: PreparedTraining) -> list[str]:
    every: list[str] = made.record.info()["messages"]
    return [line for line in every if "frozen stages make of each example" in line]


def run_whole(setup: Any, head: str, parts: Any) -> tuple[Any, None]:
    return setup, None


@pytest.mark.parametrize("thaw", [None, [1, 3]])
def test_it_takes_the_steps_of_the_whole_net(
    first: str, thaw: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for rounding: maps lie otherwise in memory."""
    made = small_runs.fitted(begun(first, tmp_path / "kept", **{"training.thaw": thaw}))
    (line,) = lines(made)
    assert "is computed once, in " in line or "is read from the cache folder" in line
    assert line.endswith(", as nothing is augmented: only what lies behind is run")
    monkeypatch.setattr(behind_frozen, "begun", run_whole)
    whole = small_runs.fitted(begun(first, tmp_path / "whole", **{"training.thaw": thaw}))
    assert not lines(whole)
    mine, theirs = (small_runs.kept(one.record) for one in (made, whole))
    before = small_runs.kept(nw.open(first).record)
    for name, tensor in theirs.items():
        torch.testing.assert_close(mine[name], tensor, rtol=0.02, atol=2e-3, msg=name)
    held = [name for name in before if name.startswith(("stem", "stages.0"))]
    assert held
    assert all(torch.equal(before[name], mine[name]) for name in held) == (thaw is None)
    own, other = (one.record.measures()["dev"]["error"].value for one in (made, whole))
    assert own == pytest.approx(other, abs=0.05)
    opened = nw.open(made.record.id, store=tmp_path / "kept")
    answered = [one.label for one in opened.predict(made.setup.dev.inputs[:])]
    truth = made.setup.dev.targets
    error = np.mean([one != label for one, label in zip(answered, truth, strict=True)])
    assert error == pytest.approx(own)


def test_frozen_stages_are_not_run_until_they_are_thawed(first: str, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"training.thaw": 2})
    stem, calls = made.setup.net.get_submodule("stages.0"), list[int]()
    stem.register_forward_hook(lambda *_: calls.append(1))
    with made.hold:
        for now in trainer.fit(made):
            if now.dev and now.epoch <= 2:
                assert not calls
    assert calls


def test_killed_in_either_phase_it_goes_on_to_the_same_bits(first: str, tmp_path: Path) -> None:
    given = {**STILL, "model.start": first, "training.thaw": 2}
    whole = small_runs.finished("classifier", tmp_path / "whole", given, NEW)
    steps = whole.record.info()["steps"]
    per_epoch = steps // 4
    after = [1, 2 * per_epoch, 2 * per_epoch + 1, steps]
    left = small_runs.left_by_kills("classifier", tmp_path / "cut", given, after, NEW)
    for record in left.values():
        resumed = small_runs.resumed("classifier", record, NEW)
        assert small_runs.same(whole.record, resumed.record)


def test_augmented_images_are_run_whole(first: str, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"augment.strength": None})
    made.hold.close()
    assert not lines(made)
    assert made.setup.passed is None


def test_more_than_memory_holds_is_computed_at_every_step(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind_frozen, "MIB", 1)
    made = begun(first, tmp_path)
    made.hold.close()
    (line,) = lines(made)
    assert line.endswith("is more than training.memory: it is computed at every step")
    assert made.setup.passed is None


def test_no_other_thaw_while_it_trains(planned: PreparedTraining) -> None:
    for thaw in (3, None):
        with pytest.raises(RecipeError, match="trains on what its frozen stages make"):
            transfer.check_change(planned.setup, {"training.thaw": thaw})
    transfer.check_change(planned.setup, {"training.thaw": 1, "training.epochs": 9})


def test_the_rehearsal_covers_every_phase(
    planned: PreparedTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step counts by its phase's epochs."""
    seen = list[int]()

    def of_phase(setup: Any, loaders: Any, epoch: int) -> rehearsal.Pace:
        seen.append(epoch)
        return rehearsal.Pace(1.0 if epoch == 0 else 5.0, 0.0, 3)

    real = rehearsal.rehearse(planned.setup, planned.loaders)
    assert real.step > 0
    monkeypatch.setattr(rehearsal, "_of_phase", of_phase)
    assert rehearsal.rehearse(planned.setup, planned.loaders) == rehearsal.Pace(4.0, 0.0, 6)
    assert seen == [0, 1]


def test_a_training_that_ends_before_its_thaw_is_rehearsed(first: str, tmp_path: Path) -> None:
    made = begun(first, tmp_path, **{"training.thaw": 2, "training.max_examples": 40})
    made.hold.close()
    assert rehearsal.rehearse(made.setup, made.loaders).step > 0


def test_which_recipes_augment() -> None:
    recipe: Recipe = SYSTEM.completed(SYSTEM.recipe().changed(STILL), NEW)
    assert not SYSTEM.augments(recipe)
    assert SYSTEM.augments(recipe.changed({"augment.mirror": True}))
    assert SYSTEM.augments(recipe.changed({"data.first_size": 0.5}))
