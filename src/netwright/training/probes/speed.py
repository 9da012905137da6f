"""How a step runs fastest on this machine: tried on a few examples before training, never assumed.

Half precision and channels-last memory win 1.1 to 2.5 times where the processor has the
instructions for them, and lose elsewhere; two threads are up to 1.9 times as fast as one on idle
processors, and up to 9 times slower beside another busy process, for which they wait at every
operation.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from netwright.training.devices import Device, has_convolutions

WORTH = 1.1
"""Another way than the usual one is taken only when it is faster by this factor in every round:
noise shall not decide.
"""

CLEAR = 1.3
"""The trial ends as soon as the usual way is faster than every other by this factor: the first step
shall come soon.
"""

TRIED_ON = ("cpu", "cuda")
"""Devices on which a way can be tried: a step that is asked for is waited for."""

CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}
"""How many axes filters have -> their order of memory, channels last."""

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}

ROUNDS = 3
"""Each way is timed so often, after one step that warms up."""

Name = TypeVar("Name")


@dataclass(frozen=True)
class Way:
    """The words of the knobs ``training.precision`` and ``training.layout``."""

    precision: str
    layout: str


def ways(net: nn.Module, device: Device, *, precision: str, layout: str) -> tuple[Way, ...]:
    """What is worth trying, the usually fastest first; one when there is nothing to try.

    Args:
        precision, layout: the recipe's words, ``auto`` or what a person wants.
    """
    guess = str(device.precision).removeprefix("torch.")
    usual = Way(guess, "channels_last" if has_convolutions(net) else "contiguous")
    precisions = dict.fromkeys((guess, "float32") if precision == "auto" else (precision,))
    layouts = dict.fromkeys((usual.layout, "contiguous") if layout == "auto" else (layout,))
    found = [Way(one, other) for one in precisions for other in layouts]
    # half precision without channels last is behind one of the others
    if precision == layout == "auto":
        found = [way for way in found if way != Way("bfloat16", "contiguous")]
    return tuple(found) if device.torch_device.type in TRIED_ON else tuple(found[:1])


def lay_out(net: nn.Module, layout: str) -> nn.Module:
    """``net`` with its filters in the order of memory that ``layout`` names; the same numbers."""
    for weights in net.parameters():
        order = torch.contiguous_format
        if layout == "channels_last":
            order = CHANNELS_LAST.get(weights.dim(), order)
        weights.data = weights.data.contiguous(memory_format=order)
    return net


def fastest(steps: Mapping[Name, Callable[[], object]]) -> Name:
    """The name of the fastest step; the first one unless another is faster by ``WORTH`` in every
    round.

    Args:
        steps: each runs a whole forward and backward pass; it is called ``ROUNDS`` + 1 times at
            most.
    """
    first, *others = steps
    if not others:
        return first
    gains: dict[Name, list[float]] = {name: [] for name in others}
    for step in steps.values():  # warms up
        step()
    for _ in range(ROUNDS):
        usual = _timed(steps[first])
        for name in others:
            gains[name].append(usual / max(_timed(steps[name]), 1e-9))
        if all(gain[-1] < 1 / CLEAR for gain in gains.values()):
            return first
    best = max(others, key=lambda name: min(gains[name]))
    return best if min(gains[best]) > WORTH else first


def threads(step: Callable[[], object]) -> int:
    """1 or torch's own number of threads, whichever runs ``step`` faster; ``OMP_NUM_THREADS`` is
    obeyed untried.
    """
    most = torch.get_num_threads()
    if most == 1 or "OMP_NUM_THREADS" in os.environ:
        return most

    def with_threads(count: int) -> Callable[[], object]:
        def run() -> None:
            torch.set_num_threads(count)
            step()

        return run

    try:
        return fastest({count: with_threads(count) for count in (1, most)})
    finally:
        torch.set_num_threads(most)


def _timed(step: Callable[[], object]) -> float:
    _wait()
    before = time.perf_counter()
    step()
    _wait()
    return time.perf_counter() - before


def _wait() -> None:
    """Until a CUDA device has done what it was given."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.synchronize()
