"""Answers and losses of a net on examples, in evaluation mode and float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.contract import Answer, AnswerColumns, AnySystem, Codec
from netwright.training.batching import order
from netwright.training.batching.loader import BatchLoader
from netwright.training.state import State


@dataclass(frozen=True)
class Answers:
    """What a net says of N examples.

    Args:
        answers: one an example.
        losses: one an example, per labelled thing; NaN where nothing is labelled.
    """

    answers: list[Answer] | AnswerColumns
    losses: list[float]


def answers(
    net: nn.Module, system: AnySystem, codec: Codec, loader: BatchLoader, recipe: Any
) -> Answers:
    """Run every row of ``loader`` through ``net`` a single time, in order."""
    losses, found = torch.empty(len(loader)), None
    start = 0
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            for encoded in loader.batches(order.in_order(len(loader), loader.eval_batch_size)):
                batch = codec.prepare(encoded, recipe, None)
                cached = CachedForward(net)
                rows = slice(start, start + len(batch))
                losses[rows] = system.loss(cached, batch, recipe) / batch.count
                part = codec.decode(cached, batch, recipe)
                found = _room(part, len(loader)) if found is None else found
                _put(part, found, rows)
                start = rows.stop
    finally:
        net.train(was_training)
    return Answers([] if found is None else found, losses.tolist())


class CachedForward(nn.Module):
    """``net``, whose last outputs are given again while the inputs are the very same tensors.

    Args:
        training: what the attribute ``training`` is; the net itself is left in the mode it is in.
    """

    def __init__(self, net: nn.Module, *, training: bool = False) -> None:
        super().__init__()
        self.net = net
        self._kept: tuple[tuple[Any, ...], Any] | None = None
        self.training = training

    def forward(self, *inputs: Any) -> Any:
        """Whatever the net returns."""
        if self._kept is None or any(
            a is not b for a, b in zip(self._kept[0], inputs, strict=True)
        ):
            self._kept = (inputs, self.net(*inputs))
        return self._kept[1]

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("net"), name)


def _room(part: list[Answer] | AnswerColumns, count: int) -> list[Answer] | AnswerColumns:
    """Room for ``count`` answers like those of ``part``.

    All at once: small pieces kept between a net's large buffers would leave holes in memory that no
    buffer fits into.
    """
    if not isinstance(part, AnswerColumns):
        return [None] * count
    columns = {
        name: (
            [None] * count
            if isinstance(column, list)
            else np.empty((count, *column.shape[1:]), column.dtype)
        )
        for name, column in part.columns.items()
    }
    return replace(part, columns=columns)


def _put(
    part: list[Answer] | AnswerColumns, into: list[Answer] | AnswerColumns, rows: slice
) -> None:
    if isinstance(part, AnswerColumns) and isinstance(into, AnswerColumns):
        for name, column in part.columns.items():
            into.columns[name][rows] = column
    else:
        into[rows] = part  # type: ignore[index]


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
