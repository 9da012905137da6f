"""How long a trained net takes from one raw example to its answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from netwright.contract import AnySystem, Batch, Chosen, Codec, Examples

if TYPE_CHECKING:
    import torch
    from torch import nn

WARM, TIMED = 5, 30
"""Answers given before the clock starts, and those that are timed."""


@dataclass(frozen=True)
class Trained:
    """A net and what it answers by.

    Args:
        net: in evaluation mode, on ``device``.
        chosen: what was set on dev after training.
    """

    system: AnySystem
    net: nn.Module
    codec: Codec
    recipe: Any
    chosen: Chosen
    device: torch.device

    @property
    def threads(self) -> int:
        """On how many it answers."""
        from netwright.recipe import resolved

        threads: int = resolved(self.recipe.training.threads)
        return threads

    def encoded(self, example: Examples) -> Batch:
        """One example, raw, as tensors."""
        from netwright.training.units import units_of

        units = units_of(self.system, example, self.recipe, self.codec).units
        return self.codec.encode(units).padded().to(self.device)

    def answer(self, encoded: Batch) -> None:
        """From tensors to the answer, to the end."""
        import torch

        from netwright.training import carry

        with torch.inference_mode():
            prepared = self.codec.prepare(encoded, self.recipe, None)
            batch = carry.begun(self.system, self.net, prepared, self.recipe)
            outputs = self.system.forward(self.net, batch, self.recipe)
            list(self.codec.decode(self.net, outputs, batch, self.recipe, self.chosen))
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


class Latency(NamedTuple):
    """Seconds from a raw example to its answer.

    Args:
        median: of ``TIMED`` times.
        low, high: its 95% interval, by the order of the times.
    """

    median: float
    low: float
    high: float


RANKS = 9, 20
"""Of 30 times in their order, from 0: between these two lies the median of such times in 95.7%
(binomial; David and Nagaraja 2003, 7.1).
"""


def latencies(nets: Sequence[Trained], examples: Sequence[Examples]) -> list[Latency]:
    """Of each net the time from its raw example to the answer: of 30, in turn, so that what slows
    the machine slows all.
    """
    rounds = []
    for at in range(WARM + TIMED):
        times = list(map(_timed, nets, examples))
        if at >= WARM:
            rounds.append(times)
    ordered = [sorted(times) for times in zip(*rounds, strict=True)]
    return [Latency(statistics.median(of), *(of[rank] for rank in RANKS)) for of in ordered]


def _timed(net: Trained, example: Examples) -> float:
    from netwright.training.devices import cpu_threads

    with cpu_threads(net.threads):
        began = time.perf_counter()
        net.answer(net.encoded(example))
        return time.perf_counter() - began
