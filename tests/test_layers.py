"""What happens in the layers: measured rightly, without a trace, and judged on nets that are known
to be well or ill.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import netwright as nw
import small_runs
from netwright.contract import Batch
from netwright.doctor import layer_findings as doctor
from netwright.runs.record import Record
from netwright.runs.rows import LayerRow
from netwright.training import loop
from netwright.training.devices import Device
from netwright.training.probes import layer_statistics
from netwright.training.probes.layer_watcher import FEWEST, ROWS, Watcher, apart, moments

pytestmark = pytest.mark.usefixtures("no_pictures")

CPU = Device(torch.device("cpu"))
ONE = {"training.threads": 1, "training.precision": "float32", "training.layout": "contiguous"}


def squared(net: nn.Module, batch: Batch) -> Tensor:
    return (net(*batch.inputs) - batch.targets[0]).square().sum(1)


def batch(*shape: int, outputs: int = 2) -> Batch:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(s, generator=generator) for s in (shape, (shape[0], outputs)))
    return Batch((x,), (y,), torch.ones(shape[0]))


# --- what is measured


def test_activations_and_gradients_are_those_by_hand() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    some = batch(5, 3)
    first, last = layer_statistics.look(net, squared, some, CPU)
    a = F.relu(some.inputs[0] @ net[0].weight.T + net[0].bias).detach()
    value = squared(net, some).sum() / 5
    value.backward()  # type: ignore[no-untyped-call]
    assert first.layer == "0"
    assert first.rms == pytest.approx(float(a.square().mean().sqrt()))
    assert (first.mean, first.std) == pytest.approx((float(a.mean()), float(a.std(correction=0))))
    assert first.zeros == pytest.approx(float((a == 0).float().mean()))
    assert first.dead == pytest.approx(float((a == 0).all(dim=0).float().mean()))
    assert [one.gradient for one in (first, last)] == pytest.approx(
        [float(net[at].weight.grad.square().mean().sqrt()) for at in (0, 2)]
    )
    assert last.weight == pytest.approx(float(net[2].weight.detach().square().mean().sqrt()))
    assert last.rms != last.rms  # nobody reads it


class Functional(nn.Module):
    """ReLU without a module, and flattened filters."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.norm = nn.BatchNorm2d(3)
        self.out = nn.Linear(3 * 16, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(F.relu(self.norm(self.conv(x))).flatten(1))
        return out


def test_a_function_without_a_module_is_seen_and_a_dead_channel_found() -> None:
    net = Functional()
    with torch.no_grad():
        net.norm.bias[1] = -100.0
    seen = layer_statistics.look(net, squared, batch(4, 1, 6, 6), CPU)
    assert [one.layer for one in seen] == ["conv", "out"]
    assert seen[0].dead == pytest.approx(1 / 3)


def test_looking_leaves_no_trace() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2)).eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    random = torch.get_rng_state()
    layer_statistics.look(net, squared, batch(5, 3), CPU)
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert not net.training
    assert all(not module._forward_hooks for module in net.modules())


def test_the_flat_ends_of_tanh_and_sigmoid_are_told_from_others() -> None:
    x = torch.tensor([[[-1.0]], [[0.99]], [[0.5]], [[-0.2]]])
    assert layer_statistics._flat(x) == 0.5
    assert layer_statistics._flat(torch.tensor([[[0.01]], [[0.999]], [[0.5]], [[0.98]]])) == 0.75
    assert math.isnan(layer_statistics._flat(torch.tensor([[[0.0]], [[0.999]]])))  # a ReLU
    # underflows to 0
    assert (
        layer_statistics._flat(
            torch.sigmoid(torch.tensor([[[-200.0]], [[200.0]], [[0.0]], [[0.5]]]))
        )
        == 0.5
    )


class Gated(nn.Module):
    """Two layers, and between them a gate of width 1 that scales the first one's units."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.gate, self.last = nn.Linear(3, 4), nn.Linear(3, 1), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(F.relu(self.first(x)) * torch.sigmoid(self.gate(x)))
        return out


def test_units_belong_to_the_layer_of_their_width_and_not_to_a_gate_between() -> None:
    seen = {one.layer: one for one in layer_statistics.look(Gated(), squared, batch(5, 3), CPU)}
    assert seen["first"].rms > 0 and math.isnan(seen["last"].rms)
    assert math.isnan(seen["gate"].rms)


@pytest.mark.parametrize("steps", [1, 2, 5, 240, 3000, 10**6])
@pytest.mark.parametrize("between", [151, 1500])
def test_moments_are_few_early_ones_closer_and_from_before_the_first_step_to_before_the_last(
    steps: int, between: int
) -> None:
    found = sorted(moments(steps, between))
    assert len(found) <= max(5, min(30, steps // between + 1))
    assert found[:1] + found[-1:] == ([0, steps - 1] if steps > 1 else [])
    if steps > 200:
        assert len(found) >= 5 and found[1] - found[0] <= found[-1] - found[-2]


def test_small_nets_are_looked_at_less_often() -> None:
    assert apart(9_000 * 32) > 3 * apart(60_000 * 64) > 3 * 150


# --- in a run


def test_a_run_keeps_them_and_has_the_same_bits_without(tmp_path: Path) -> None:
    settings = {**ONE, "model.hidden": [16, 8], "model.dropout": 0.2}
    with_, without = (
        nw.train(
            "digits8",
            model="mlp",
            epochs=4,
            set={**settings, "training.watch_layers": on},
            store=tmp_path,
        )
        for on in (True, False)
    )
    kept, other = with_.net.state_dict(), without.net.state_dict()
    assert all(torch.equal(kept[name], other[name]) for name in kept)
    rows = pl.read_csv(with_.record.path / "layers.csv")
    assert rows["layer"].unique(maintain_order=True).to_list() == [
        "layers.0",
        "layers.3",
        "layers.6",
    ]
    assert rows["update"].is_between(1e-9, 0.5).all()
    assert not without.record.has("layers.csv")
    assert "Activations and gradients" in with_.report.read_text()


def test_a_resumed_run_keeps_what_was_seen_before(tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    settings = {**ONE, "model.hidden": [8]}
    whole = nw.train("digits8", model="mlp", epochs=6, set=settings, store=tmp_path)
    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("digits8", model="mlp", epochs=6, set=settings, store=tmp_path, watch=stop)
    resumed = nw.train(resume=str(stopped.value), store=tmp_path)
    seen, again = ((run.record.path / "layers.csv").read_text() for run in (whole, resumed))
    assert seen == again


def as_text(record: Record) -> str:
    return (record.path / "layers.csv").read_text()


@pytest.mark.parametrize("system", ["classifier", "toy-tagger"])
def test_killed_between_a_moment_and_the_next_step_it_notes_the_same(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = small_runs.finished(system, tmp_path / "whole", {})
    end = whole.record.curves()[1].step
    monkeypatch.setattr(
        "netwright.training.probes.layer_watcher.moments",
        lambda steps, apart: frozenset({0, end, end + 2}),
    )
    whole = small_runs.finished(system, tmp_path / "again", {})
    resumed = small_runs.killed_and_resumed(system, tmp_path / "cut", {}, after=end)
    assert as_text(resumed.record) == as_text(whole.record)
    assert {row.step for row in whole.record.layers()} == {0, end, end + 2}
    assert all(row.update > 0 for row in whole.record.layers() if row.step)


def test_they_are_the_same_from_a_stream(tmp_path: Path) -> None:
    streamed, held = (
        small_runs.finished("classifier", tmp_path / where, {"training.batches": where}).record
        for where in ("stream", "memory")
    )
    assert as_text(streamed) == as_text(held)


def test_two_processes_keep_what_the_main_one_sees(tmp_path: Path) -> None:
    """In company it looks in evaluation mode: without dropout, norms and smoothing that is the same
    but for the order of sums.
    """
    changes = {
        "model.name": "mlp",
        "model.dropout": 0.0,
        "model.norm": "none",
        "objective.label_smoothing": 0.0,
    }
    alone = small_runs.finished("classifier", tmp_path / "one", changes).record.layers()
    company = small_runs.by_two("classifier", tmp_path / "two", changes).layers()
    assert [(row.step, row.layer) for row in company] == [(row.step, row.layer) for row in alone]
    for name in ("rms", "mean", "std", "gradient", "weight"):
        assert [getattr(row, name) for row in company] == pytest.approx(
            [getattr(row, name) for row in alone], rel=1e-3, nan_ok=True
        )


def codes(run: Any) -> set[str]:
    return {one["code"] for one in run.record.json("diagnosis.json")["findings"]} & {
        "NW112",
        "NW113",
        "NW114",
        "NW115",
    }


@pytest.mark.parametrize(
    ("source", "model", "changes"),
    [
        ("digits8", "mlp", {"training.epochs": 8}),
        ("digits", "lenet5", {"training.epochs": 2}),
        ("digits", "cnn-small", {"training.max_examples": 3000}),
        ("wine", "mlp", {}),
        ("diabetes", "mlp", {"training.epochs": 20}),
        ("iris", "linear", {}),
    ],
)
def test_healthy_nets_give_no_finding(
    source: str, model: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    assert codes(nw.train(source, model=model, set={**ONE, **changes}, store=tmp_path)) == set()


@pytest.mark.parametrize(
    ("changes", "code", "layer"),
    [
        ({"model.hidden": [32] * 20, "model.activation": "sigmoid"}, "NW112", "layers.0"),
        (
            {"model.hidden": [64, 64], "optimizer.lr": 1.0, "schedule.name": "constant"},
            "NW114",
            "layers.0",
        ),
        ({"model.activation": "tanh", "optimizer.lr": 0.3}, "NW115", "layers.2"),
        (
            {
                "model.hidden": [64] * 4,
                "model.activation": "leaky_relu",
                "optimizer.lr": 10.0,
                "schedule.name": "constant",
            },
            "NW113",
            "layers.6",
        ),
    ],
)
def test_ill_nets_are_named_with_their_layer(
    changes: dict[str, Any], code: str, layer: str, tmp_path: Path
) -> None:
    run = nw.train("digits8", model="mlp", epochs=6, set={**ONE, **changes}, store=tmp_path)
    assert code in codes(run)
    [found] = [one for one in run.record.json("diagnosis.json")["findings"] if one["code"] == code]
    assert layer in found["figures"]["layers"]
    assert layer.replace("layers.", "") in found["message"]
    assert found["do"]


def test_a_net_whose_activations_grow_without_bound_is_named() -> None:
    class Large(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(8, 8 if at < 9 else 2) for at in range(10))

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = F.relu(layer(x)) * 20
            return x

    rows = layer_statistics.look(Large(), squared, batch(16, 8), CPU, 1)
    [found] = [one for one in doctor.find(rows) if one.code == "NW113"]
    assert "explodes" in found.message


def test_muted_findings_stay_away() -> None:
    row = LayerRow(1, "a", rms=1.0, zeros=1.0, dead=1.0, gradient=1.0, weight=1.0)
    assert [one.code for one in doctor.find([row])] == ["NW114"]
    assert doctor.find([row], muted={"NW114"}) == ()


class Hidden(nn.Module):
    """Weights that are used without their layer being called, and a layer that the loss does not
    reach.
    """

    def __init__(self, aux: bool) -> None:
        super().__init__()
        self.own = nn.Linear(3, 2)
        self.aux = nn.Linear(3, 2) if aux else None

    def forward(self, x: Tensor) -> Tensor:
        if self.aux is not None:
            self.aux(x)
        return F.linear(x, self.own.weight, self.own.bias)


def test_weights_used_without_their_layer_are_left_out() -> None:
    assert layer_statistics.look(Hidden(aux=False), squared, batch(5, 3), CPU) == []


def test_a_layer_that_the_loss_does_not_reach_is_not_called_ill() -> None:
    rows = layer_statistics.look(Hidden(aux=True), squared, batch(5, 3), CPU, 1)
    assert [row.layer for row in rows] == ["aux"]
    assert doctor.find(rows) == ()


def test_stopped_before_the_first_step_they_are_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train", stopped)
        with pytest.raises(KeyboardInterrupt):
            nw.train("iris", model="mlp", epochs=2, store=tmp_path)
    [cut] = nw.list_runs(store=tmp_path)
    assert cut.record.has_state
    seen = [
        (row.step, row.layer) for row in nw.train(resume=cut.id, store=tmp_path).record.layers()
    ]
    assert len(seen) == len(set(seen)) > 2


@pytest.mark.parametrize(("side", "seen"), [(32, ROWS), (96, 28), (128, FEWEST)])
def test_of_large_examples_fewer_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int, seen: int
) -> None:
    counts, encoded = list[int](), Watcher._encoded

    def counted(watcher: Watcher, rows: Tensor) -> Batch:
        counts.append(len(rows))
        return encoded(watcher, rows)

    monkeypatch.setattr(Watcher, "_encoded", counted)
    x = torch.randint(0, 256, (120, side, side, 3), dtype=torch.uint8).numpy()
    y = ["a", "b"] * 60
    size = {"data.image_size": side}
    nw.train((x, y), model="cnn-small", epochs=3, set={**ONE, **size}, store=tmp_path)
    assert counts == [1, seen]
