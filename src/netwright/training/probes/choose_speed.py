"""What the recipe leaves open about speed, resolved by trying a step on a few training examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from netwright.contract import Batch
from netwright.recipe import Recipe
from netwright.training import loop
from netwright.training.devices import Device
from netwright.training.probes import speed
from netwright.training.probes.speed import PRECISIONS, Way
from netwright.training.setup import TrainingSetup
from netwright.training.steps import untouched

TRIED = 16
"""Examples that a step is tried on."""


def resolve(setup: TrainingSetup, few: Batch) -> Recipe:
    """The recipe with ``training.precision``, ``layout`` and ``threads`` chosen; the net's numbers
    are left as they were.

    Args:
        few: encoded training examples; at most ``TRIED`` are used on the CPU, a batch elsewhere.
    """
    if setup.system.step is not None:  # it is not tried
        return setup.recipe.resolve(
            {
                "training.precision": "float32",
                "training.layout": "contiguous",
                "training.threads": torch.get_num_threads(),
            }
        )
    net, device, knobs = setup.net, setup.device, setup.recipe.training
    found = speed.ways(net, device, precision=knobs.precision, layout=knobs.layout)
    way, count = found[0], torch.get_num_threads()
    on_cpu = device.torch_device.type == "cpu"
    if len(found) > 1 or (on_cpu and knobs.threads == "auto"):
        batch = _batch(setup, few)
        with untouched.Untouched(net.train(), device.torch_device):
            steps = {one: _step(setup, one, batch) for one in found}
            way = found[int(device.agree(found.index(speed.fastest(steps))))]
            if on_cpu and knobs.threads == "auto":
                count = speed.threads(_step(setup, way, batch))
    return setup.recipe.resolve(
        {
            "training.precision": way.precision,
            "training.layout": way.layout,
            "training.threads": count,
        }
    )


def _batch(setup: TrainingSetup, few: Batch) -> Batch:
    """A prepared batch; the largest batch size is found after this."""
    size, device = setup.recipe.training.batch_size, setup.device.torch_device
    most = size if isinstance(size, int) else TRIED
    if device.type == "cpu":
        most = min(most, TRIED)
    some = few.take(torch.arange(min(len(few), most), device=few.count.device)).to(device)
    draws = loop.draws(setup.recipe, 0, len(some), Device(device))
    return setup.codec.prepare(some, setup.recipe, draws)


def _step(setup: TrainingSetup, way: Way, batch: Batch) -> Callable[[], None]:
    """Forward and backward this way; the net is laid out for it first, which is a copy of the
    filters, and nothing when they lie so already.
    """
    net: nn.Module = setup.net
    device = replace(setup.device, precision=PRECISIONS[way.precision])
    weights = [p for p in net.parameters() if p.requires_grad]

    def step() -> None:
        speed.lay_out(net, way.layout)
        with device.autocast():
            loss = setup.loss(net, batch).sum()
        torch.autograd.grad(loss, weights, allow_unused=True)

    return step
