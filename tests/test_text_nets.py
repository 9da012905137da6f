"""The nets of texts that read in order, trained: on two processes, resumed, recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import small_runs
from netwright.api.checking.checks import answers_outside
from netwright.api.checking.tried import Tried
from netwright.training.optim import flat_weights
from netwright.training.steps import autograd, traced, untouched

DROPPED: dict[str, Any] = {
    "model.vector": 16,
    "model.units": 12,
    "model.layers": 2,
    "model.dropout": 0.3,
    "training.epochs": 1,
}
VECTORS = {
    "vectors.source": str(Path(__file__).parent / "fixtures" / "words.vec"),
    "vectors.use": "thawed",
    "augment.left_out": 0.1,
    "augment.synonyms": 0.3,
}
NETS = {
    "lstm": {**DROPPED, **VECTORS, "model.name": "lstm", "model.recurrent_dropout": 0.2},
    "transformer": {**DROPPED, "model.name": "transformer"},
}


@pytest.mark.parametrize("name", NETS)
def test_two_processes_drop_as_one_does_and_a_resumed_one_goes_on(
    name: str, tmp_path: Path
) -> None:
    one = small_runs.kept(small_runs.finished("text", tmp_path / "one", NETS[name]).record)
    two = small_runs.kept(small_runs.by_two("text", tmp_path / "two", NETS[name]))
    again = small_runs.killed_and_resumed("text", tmp_path / "again", NETS[name], 3)
    for key, tensor in one.items():
        torch.testing.assert_close(tensor, two[key], rtol=1e-3, atol=1e-4)
        assert torch.equal(tensor, small_runs.kept(again.record)[key])


@pytest.mark.parametrize("name", NETS)
def test_a_recorded_step_drops_anew(name: str, tmp_path: Path) -> None:
    """The same bits as autograd, of another random state too."""
    made = small_runs.start("text", tmp_path, NETS[name])
    setup = made.setup
    flat = flat_weights.flatten(setup.net.train())
    eager = autograd.Eager(setup.net, lambda n, b: setup.loss(n, b), flat, setup.device)
    encoded = setup.codec.encode(small_runs.sample("text").take(range(24))).padded()
    batch = setup.codec.prepare(encoded, setup.recipe, None)
    replayed = traced.record(eager, batch)
    losses = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        results = []
        for step in (eager, replayed):
            with untouched.Untouched(setup.net, batch.count.device):
                results.append((step(batch, batch.count.sum()), flat.gradient.clone()))
        assert torch.equal(results[0][0], results[1][0])
        assert torch.equal(results[0][1], results[1][1])
        losses.append(float(results[0][0]))
    assert losses[0] != losses[1]


def test_exported_it_answers_as_the_run(tmp_path: Path) -> None:
    tried = Tried(small_runs.SYSTEMS["text"], tmp_path)
    tried.__dict__["made"] = small_runs.finished("text", tmp_path / "run", NETS["lstm"])
    assert answers_outside(tried) == ""
