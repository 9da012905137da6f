"""What ``training.step=compiled`` costs and wins: the wait, a step each way, the break-even.

Each net is compiled once in a process of its own, without the caches that inductor keeps between
processes. ``python -m benchmarks.compiling NET ROUNDS`` measures one and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.harness import ROOT, BenchmarkError, Table, environment
from benchmarks.nets import resnet18

if TYPE_CHECKING:
    from torch import nn

NETS = {
    "mlp": "MLP 64-128-10, batch 32",
    "lenet5": "LeNet-5 28x28, batch 64",
    "resnet-small": "resnet-small 28x28, batch 64",
    "resnet18": "ResNet-18 32x32, batch 128",
}
SHAPES: dict[str, tuple[int, tuple[int, ...]]] = {
    "mlp": (32, (64,)),
    "lenet5": (64, (1, 28, 28)),
    "resnet-small": (64, (1, 28, 28)),
    "resnet18": (128, (3, 32, 32)),
}


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One table, float32 on one thread; a step is forward, backward and the flat gradient."""
    rows: list[tuple[str, ...]] = []
    figures: dict[str, Any] = {}
    for name, title in NETS.items():
        log(f"compile: {title}")
        try:
            found = _measured(name, rounds)
        except BenchmarkError as error:
            rows.append((title, "not measured", "", "", "", "", ""))
            figures[name] = {"failed": str(error)}
            log(f"{title}: {error}")
            continue
        best = min(found["eager"], found["traced"])
        even = "never" if found["break_even"] is None else f"{found['break_even']:,}"
        times = [f"{1e3 * found[way]:.3g}" for way in ("eager", "traced", "compiled")]
        rows.append(
            (title, f"{found['wait']:.1f}", *times, f"{best / found['compiled']:.2f}", even)
        )
        figures[name] = found
    notes = (
        (
            "faster by: the quicker of eager and traced over compiled; break-even: the wait over"
            " what a step wins against that one"
        ),
        (
            f"medians of {rounds} interleaved rounds; the wait is that of a first time, without"
            " inductor's caches"
        ),
    )
    columns = (
        "net",
        "wait, s",
        "eager, ms",
        "traced, ms",
        "compiled, ms",
        "faster by",
        "break-even, steps",
    )
    return [Table("A compiled step", columns, tuple(rows), notes, figures)]


def _measured(name: str, rounds: int) -> dict[str, Any]:
    surroundings = {**environment(), "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}
    command = [sys.executable, "-m", "benchmarks.compiling", name, str(rounds)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError((done.stderr.strip().splitlines() or ["no message"])[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(name: str, rounds: int) -> dict[str, Any]:
    """The seconds of ``Costs``, and the break-even number of steps, of one net."""
    import torch
    from torch import nn

    from netwright.contract import Batch
    from netwright.training.devices import Device, has_convolutions
    from netwright.training.optim import flat_weights
    from netwright.training.steps import autograd, compiled, traced

    torch.manual_seed(0)
    count, shape = SHAPES[name]
    net = _net(name, shape).train()
    inputs = torch.randn(count, *shape)
    if has_convolutions(net):
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    batch = Batch((inputs,), (torch.arange(count) % 10,), torch.ones(count))

    def loss(net: nn.Module, batch: Batch) -> torch.Tensor:
        return nn.functional.cross_entropy(net(*batch.inputs), batch.targets[0], reduction="none")

    eager = autograd.Eager(net, loss, flat_weights.flatten(net), Device(torch.device("cpu")))
    step, costs = compiled.compile_step(eager, batch)
    replayed = traced.record(eager, batch)
    times = compiled.interleaved(
        {"eager": eager, "traced": replayed, "compiled": step}, batch, rounds, 0.2
    )
    found = compiled.Costs(costs.wait, times["eager"], times["traced"], times["compiled"])
    return {"wait": found.wait, **times, "break_even": found.break_even}


def _net(name: str, shape: tuple[int, ...]) -> nn.Module:
    from torch import nn

    from netwright.nets import architectures
    from netwright.recipe import ImageOrRowRecipe

    if name == "resnet18":
        return resnet18()
    if name == "mlp":
        return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    knobs = {"model.name": name, "model.dropout": 0.0, "model.width": 16}
    return architectures.build(shape, (), 10, ImageOrRowRecipe().changed(knobs))


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
