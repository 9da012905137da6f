"""Rows of a batch that belong together: what is refused of such a system, and what still holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import small_runs
import toy_triplets
from netwright.base.errors import RecipeError
from netwright.training import allowed, evaluate
from netwright.training.batching import memory
from netwright.training.live import apply_changes
from netwright.training.live.requests import Request
from netwright.training.recorder import Recorder
from netwright.training.start.first_state import first_state

TRIPLETS = toy_triplets.SYSTEM


def test_a_batch_in_parts_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        small_runs.start("toy-triplets", tmp_path, {"training.accumulate": 2})
    assert str(refused.value) == (
        "training.accumulate = 2: of the system 'toy-triplets' the rows of a batch belong together;"
        " expected 1."
    )
    assert not list(tmp_path.iterdir())


def test_a_tweak_is_refused_as_a_recipe_is(tmp_path: Path) -> None:
    made = small_runs.start("toy-triplets", tmp_path, {})
    recorder = Recorder(made.record, made.setup, first_state(made.setup), made.loaders, made.log)
    line = apply_changes.carry_out(Request({"training.accumulate": 2}), recorder)
    assert "the rows of a batch belong together" in line
    assert recorder.setup.recipe.training.accumulate == 1


def test_others_are_refused_nothing(tmp_path: Path) -> None:
    setup = small_runs.start("toy-tagger", tmp_path, {"training.accumulate": 2}).setup
    allowed.check(setup.system, setup.recipe, 2)


def test_a_loss_by_hand(tmp_path: Path) -> None:
    """Of each picture: the farthest of its person, the nearest of another, in plain loops."""
    setup = small_runs.start("toy-triplets", tmp_path, {}).setup
    few = setup.train.take(range(14))
    batch = setup.codec.prepare(setup.codec.encode(few), setup.recipe, None)
    places = setup.net(*batch.inputs).detach().double().numpy()
    for at, loss in enumerate(setup.loss(setup.net, batch).tolist()):
        apart = np.square(places - places[at]).sum(axis=1)
        own = [apart[i] for i in range(14) if few.targets[i] == few.targets[at]]
        others = [apart[i] for i in range(14) if few.targets[i] != few.targets[at]]
        assert loss == pytest.approx(max(0, max(own) - min(others) + 0.5), abs=1e-5)


def test_an_answer_alone_equals_the_answer_in_company(tmp_path: Path) -> None:
    made = small_runs.finished("toy-triplets", tmp_path, {"training.epochs": 1})
    setup, few = made.setup, made.setup.dev.take(range(8))

    def places(rows: list[int]) -> torch.Tensor:
        store = memory.InMemory(setup.codec.encode(few.take(rows)))
        found = evaluate.answers(setup.net, TRIPLETS, setup.codec, store, setup.recipe)
        return torch.tensor([answer.at for answer in found.answers])

    alone = torch.cat([places([at]) for at in range(8)])
    torch.testing.assert_close(places(list(range(8))), alone)
