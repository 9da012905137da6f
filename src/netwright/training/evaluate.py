"""Answers and losses of a net on examples, in evaluation mode and float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.contract import Answer, Codec, System
from netwright.training import batches
from netwright.training.batches import Store
from netwright.training.loop import State


@dataclass(frozen=True)
class Answers:
    """What a net says of N examples.

    Args:
        answers: one an example.
        losses: one an example, per labelled thing; NaN where nothing is labelled.
    """

    answers: list[Answer]
    losses: list[float]

    @property
    def loss(self) -> float:
        """The mean loss of the labelled examples."""
        known = [loss for loss in self.losses if loss == loss]
        return sum(known) / len(known) if known else float("nan")


def answers(net: nn.Module, system: System, codec: Codec, store: Store, recipe: Any) -> Answers:
    """Run every row of ``store`` through ``net`` once, in order."""
    said: list[Answer] = []
    losses: list[Tensor] = []
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            for encoded in store.batches(batches.in_order(len(store), store.together)):
                batch = codec.prepare(encoded, recipe, None)
                once = _Once(net)
                losses.append((system.loss(once, batch, recipe) / batch.count).cpu())
                said += codec.decode(once, batch, recipe)
    finally:
        net.train(was_training)
    return Answers(said, torch.cat(losses).nan_to_num(nan=float("nan")).tolist() if losses else [])


@contextlib.contextmanager
def averaged(state: State) -> Iterator[nn.Module]:
    """The net with its running-average weights inside the block, when there are any."""
    if state.average is None:
        yield state.net
        return
    own = state.weights.vector.detach().clone()
    with torch.no_grad():
        state.weights.vector.copy_(state.average)
        try:
            yield state.net
        finally:
            state.weights.vector.copy_(own)


class _Once(nn.Module):
    """A net that is run once per batch, though the loss and the answers both ask for its outputs."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self._kept: tuple[tuple[Any, ...], Any] | None = None
        self.training = False

    def forward(self, *inputs: Any) -> Any:
        if self._kept is None or any(a is not b for a, b in zip(self._kept[0], inputs, strict=True)):
            self._kept = (inputs, self.net(*inputs))
        return self._kept[1]

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("net"), name)
