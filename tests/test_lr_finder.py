"""The learning-rate finder: what it leaves behind (nothing), what it proposes, and when a recipe
asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from torch import Tensor, nn

import netwright as nw
from netwright.api.beginning import start_of
from netwright.base.errors import RecipeError
from netwright.cli.main import command
from netwright.data import defaults
from netwright.recipe import Recipe
from netwright.training import trainer
from netwright.training.batching.loader import LoaderRows
from netwright.training.batching.train_batches import train_batches
from netwright.training.optim import flat_weights, optimizers
from netwright.training.probes import find_rate, lr_finder
from netwright.training.probes.lr_finder import Sweep
from netwright.training.state import State
from netwright.training.steps import autograd
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.usefixtures("whole_pictures")


def prepared(
    tmp_path: Path, source: str = "digits8", model: str = "mlp", **changes: Any
) -> PreparedTraining:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    system, reading, start = start_of(source, None, model, settings, None)
    return trainer.prepare(system, reading, start, tmp_path)


def curve(*, low: float, high: float, floor: float = 0.5) -> Sweep:
    """A loss of 2 below ``low``, ``floor`` between the two rates, 6 above ``high``."""
    rates = tuple(10 ** (-6 + 7 * k / 99) for k in range(100))
    return Sweep(rates, tuple(2.0 if r < low else floor if r <= high else 6.0 for r in rates), 32)


def test_the_sweep_leaves_no_trace(tmp_path: Path) -> None:
    made = prepared(tmp_path, model__hidden=[16], model__dropout=0.3, optimizer__lr=0.01)
    flat = flat_weights.flatten(made.setup.net)
    state = State(made.setup.net, flat, optimizers.build(flat, made.setup.recipe.optimizer), None)

    kept = {
        name: t.clone()
        for name, t in {
            **made.setup.net.state_dict(),
            **state.optimizer.memory,
            "g": flat.gradient,
        }.items()
    }
    random = torch.get_rng_state()
    step = autograd.Eager(made.setup.net, made.setup.loss, flat, made.setup.device)
    batches = train_batches(made.setup, made.loaders.train)
    found = lr_finder.sweep(state, step, batches, made.setup.recipe, made.setup.device)
    assert 30 < len(found.rates) == len(found.losses) <= lr_finder.STEPS
    assert found.batch_size == made.setup.recipe.training.batch_size
    after = {**made.setup.net.state_dict(), **state.optimizer.memory, "g": flat.gradient}
    assert all(torch.equal(kept[name], after[name]) for name in kept)
    assert torch.equal(random, torch.get_rng_state())


def test_buffers_are_put_back(tmp_path: Path) -> None:
    made = prepared(
        tmp_path,
        "digits8",
        "cnn-small",
        training__precision="float32",
        training__layout="contiguous",
    )
    before = {name: buffer.clone() for name, buffer in made.setup.net.named_buffers()}
    assert before
    rows = find_rate.rows_of(made.setup)
    find_rate.sweep(made.setup, LoaderRows(made.loaders.train, torch.from_numpy(rows)), rows)
    assert all(torch.equal(buffer, before[name]) for name, buffer in made.setup.net.named_buffers())


def test_the_report_shows_what_the_finder_saw(tmp_path: Path) -> None:
    settings = {"optimizer.lr": "find", "model.hidden": [16], "training.threads": 1}
    found = nw.train("digits8", model="mlp", epochs=2, set=settings, store=tmp_path)
    page = found.report.read_text(encoding="utf-8")
    assert (
        f"{found.recipe.optimizer.lr:g} is proposed" in page
        and "How the peak of the learning rate was found" in page
    )
    without = nw.train(
        "digits8", model="mlp", epochs=1, set={**settings, "optimizer.lr": 0.01}, store=tmp_path
    )
    assert "How the peak" not in without.report.read_text(encoding="utf-8")


def test_a_training_says_that_it_looks_for_a_rate(tmp_path: Path) -> None:
    lines: list[str] = []
    changes = {"optimizer.lr": "find", "training.threads": 1}
    nw.train("iris", model="linear", epochs=1, set=changes, store=tmp_path, log=lines.append)
    assert lines[0].startswith("finding the learning rate: up to 100 steps of 32 examples")
    assert len(lines) > 3


@pytest.mark.parametrize(("low", "high"), [(1e-4, 1e-2), (1e-3, 1e-1), (1e-2, 1.0)])
def test_the_middle_of_the_basin_is_proposed(low: float, high: float) -> None:
    found = curve(low=low, high=high)
    assert found.proposal == pytest.approx((low * high) ** 0.5, rel=0.5)


def test_noise_moves_the_proposal_little() -> None:
    clear = curve(low=1e-3, high=1e-1)
    noise = torch.randn(100, generator=torch.Generator().manual_seed(0)).tolist()
    noisy = Sweep(
        clear.rates, tuple(a + 0.15 * b for a, b in zip(clear.losses, noise, strict=True)), 32
    )
    assert 1 / 3 < noisy.proposal / clear.proposal < 3


def test_a_loss_that_leaves_the_numbers_is_no_obstacle() -> None:
    clear = curve(low=1e-3, high=1e-1)
    broken = Sweep(clear.rates, (*clear.losses[:-1], float("nan")), 32)
    assert broken.proposal == clear.proposal


def test_a_sweep_ends_when_the_loss_explodes() -> None:
    assert lr_finder.exploded([1.0, float("inf")])
    assert lr_finder.exploded([1.0] * 20 + [100.0] * 5)
    assert not lr_finder.exploded([1.0] * 20 + [1.5] * 5)


def test_the_rate_found_trains_well_and_stands_in_the_record(tmp_path: Path) -> None:
    run = nw.train("digits8", model="mlp", epochs=8, set={"optimizer.lr": "find"}, store=tmp_path)
    assert isinstance(run.recipe.optimizer.lr, float)
    assert any("found by a sweep" in line for line in run.info["messages"])
    assert run.record.has("lr_finder.csv")
    assert run.measures["dev"]["error"]["value"] < 0.08


@pytest.mark.parametrize("source", ["iris", "diabetes"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop"])
def test_few_examples_are_passed_over_until_the_rate_is_no_accident(
    source: str, optimizer: str
) -> None:
    rates = [
        nw.find_lr(source, set={"optimizer.name": optimizer, "training.seed": seed}).rate
        for seed in range(3)
    ]
    assert max(rates) < 6 * min(rates)


def test_sgd_learns_a_few_examples_at_the_rate_found(tmp_path: Path) -> None:
    run = nw.train("iris", set={"optimizer.name": "sgd"}, store=tmp_path)
    assert run.measures["dev"]["error"]["value"] < 0.2  # the commonest class: 0.667


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"model.name": "mlp"}, defaults.TRIED_RATE),
        ({"model.name": "mlp", "optimizer.name": "sgd"}, "find"),
        ({"model.name": "own-Net"}, "find"),
        ({"model.name": "own-Net", "optimizer.lr": 0.1}, 0.1),
    ],
)
def test_auto_takes_the_tried_rate_or_finds_one_for_a_net_without_one(
    changes: dict[str, Any], wanted: object
) -> None:
    assert defaults.with_rate(Recipe().changed(changes)).optimizer.lr == wanted


def test_a_net_whose_loss_is_no_number_is_refused(tmp_path: Path) -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.own = nn.Linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.own(x.flatten(1)) / 0.0  # type: ignore[no-any-return]

    with pytest.raises(RecipeError, match="finder saw a loss of nan at its first step"):
        nw.train("digits8", model=Broken(), store=tmp_path)
    assert not list(tmp_path.glob("2*"))


# --- the verb


def test_the_verb_proposes_draws_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        command, ["find-lr", "digits8", "--model", "mlp", "--out", "sweep.svg"]
    )
    assert result.exit_code == 0
    assert "--set optimizer.lr=" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.svg"]
    assert "is proposed" in (tmp_path / "sweep.svg").read_text()


def test_a_module_of_ones_own_is_swept_and_left_as_it_was() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    before = net[1].weight.detach().clone()
    found = nw.find_lr("digits8", model=net)
    assert found.sweep.basin[0] <= found.rate <= found.sweep.basin[1]
    assert torch.equal(net[1].weight, before)
