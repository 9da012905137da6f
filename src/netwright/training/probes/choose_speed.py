"""What the recipe leaves open about speed, resolved by trying a step on a few training examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from netwright.base.errors import RecipeError
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

WRONG = 1.0
"""Beside the mean size of a weight's gradient: what differs by more is no rounding."""


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
    half = on_cpu and any(one.precision == "bfloat16" for one in found)
    if len(found) > 1 or half or (on_cpu and knobs.threads == "auto"):
        batch = _batch(setup, few)
        with untouched.Untouched(net.train(), device.torch_device):
            if half and not _half_agrees(setup, batch):
                found = _without_half(found)
                way = found[0]
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


def _half_agrees(setup: TrainingSetup, batch: Batch) -> bool:
    """Whether the gradient in bfloat16 is that in float32 but for its rounding. On some shapes
    (strided 3x3 filters over one pixel, 3x3x3 filters over few) oneDNN gives what lay in memory
    (torch 2.13).
    """
    ways = Way("float32", "contiguous"), Way("bfloat16", "contiguous")
    exact, rounded = (_gradients(setup, way, batch) for way in ways)
    least = WRONG * sum(float(one.square().sum()) for one in exact) ** 0.5 / len(exact)
    return all(
        float((half - one).norm()) <= max(float(one.norm()), least)
        for one, half in zip(exact, rounded, strict=True)
    )


def _gradients(setup: TrainingSetup, way: Way, batch: Batch) -> list[Tensor]:
    """Of every weight, with the same draws of dropout whatever the way."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found = _step(setup, way, batch)()
    return [one.float() for one in found if one is not None]


def _without_half(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """Those in float32.

    Raises:
        RecipeError: there are none: a person wants bfloat16.
    """
    found = tuple(way for way in ways if way.precision == "float32")
    if not found:
        raise RecipeError(
            "training.precision = bfloat16: on this processor torch's gradient of this net is wrong"
            " in it, on images, signals or volumes of this size; --set training.precision=float32,"
            " or larger ones."
        )
    return found


def _batch(setup: TrainingSetup, few: Batch) -> Batch:
    """A prepared batch; the largest batch size is found after this."""
    size, device = setup.recipe.training.batch_size, setup.device.torch_device
    most = size if isinstance(size, int) else TRIED
    if device.type == "cpu":
        most = min(most, TRIED)
    some = few.take(torch.arange(min(len(few), most), device=few.count.device)).to(device)
    draws = loop.draws(setup.recipe, 0, len(some), Device(device))
    return setup.codec.prepare(some, setup.recipe, draws)


def _step(setup: TrainingSetup, way: Way, batch: Batch) -> Callable[[], tuple[Tensor | None, ...]]:
    """Forward and backward this way, for the gradient of every weight; the net is laid out for it
    first, which is a copy of the filters, and nothing when they lie so already.
    """
    net: nn.Module = setup.net
    device = replace(setup.device, precision=PRECISIONS[way.precision])
    weights = [p for p in net.parameters() if p.requires_grad]

    def step() -> tuple[Tensor | None, ...]:
        speed.lay_out(net, way.layout)
        with device.autocast():
            loss = setup.loss(net, batch).sum()
        return torch.autograd.grad(loss, weights, allow_unused=True)

    return step
