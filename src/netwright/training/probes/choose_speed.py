"""What the recipe leaves open about speed, resolved by trying a step on a few training examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import nn

from netwright.contract import Batch, Codec, Examples, System
from netwright.recipe import Recipe
from netwright.training import loop
from netwright.training.devices import Device
from netwright.training.probes import speed
from netwright.training.probes.speed import PRECISIONS, Way
from netwright.training.steps import untouched

TRIED = 16
"""Examples that a step is tried on."""


def resolve(
    system: System, codec: Codec, net: nn.Module, device: Device, recipe: Recipe, train: Examples
) -> Recipe:
    """The recipe with ``training.precision``, ``layout`` and ``threads`` chosen; the net's numbers
    are left as they were.
    """
    knobs = recipe.training
    found = speed.ways(net, device, precision=knobs.precision, layout=knobs.layout)
    way, count = found[0], torch.get_num_threads()
    if len(found) > 1 or (device.torch_device.type == "cpu" and knobs.threads == "auto"):
        batch = _batch(codec, device, recipe, train)

        def step(way: Way) -> Callable[[], object]:
            return _step(
                system,
                net,
                dataclasses.replace(device, precision=PRECISIONS[way.precision]),
                recipe,
                batch,
            )

        with untouched.Untouched(net.train(), device.torch_device):
            way = found[
                int(
                    device.agree(
                        found.index(
                            speed.fastest({one: _laid(net, one, step(one)) for one in found})
                        )
                    )
                )
            ]
            if device.torch_device.type == "cpu" and knobs.threads == "auto":
                count = speed.threads(_laid(net, way, step(way)))
    return recipe.resolve(
        {
            "training.precision": way.precision,
            "training.layout": way.layout,
            "training.threads": count,
        }
    )


def _batch(codec: Codec, device: Device, recipe: Recipe, train: Examples) -> Batch:
    size = recipe.training.batch_size
    most = min(size, TRIED) if isinstance(size, int) else TRIED  # the largest is found after this
    few = codec.encode(train.take(range(min(len(train), most)))).to(device.torch_device)
    return codec.prepare(few, recipe, loop.draws(recipe, 0, len(few), Device(device.torch_device)))


def _step(
    system: System, net: nn.Module, device: Device, recipe: Recipe, batch: Batch
) -> Callable[[], object]:
    weights = [p for p in net.parameters() if p.requires_grad]

    def step() -> None:
        with device.autocast():
            loss = system.loss(net, batch, recipe).sum()
        torch.autograd.grad(loss, weights, allow_unused=True)

    return step


def _laid(net: nn.Module, way: Way, step: Callable[[], object]) -> Callable[[], object]:
    """The step after the net was laid out for it: a copy of the filters, and nothing when they lie
    so already.
    """

    def run() -> None:
        speed.lay_out(net, way.layout)
        step()

    return run
