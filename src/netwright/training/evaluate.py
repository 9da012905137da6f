"""Answers and losses of a net on examples, in evaluation mode and float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.contract import Answer, AnswerColumns, Codec, System
from netwright.training.batching import order
from netwright.training.batching.loader import BatchLoader
from netwright.training.once import CachedForward
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
    net: nn.Module, system: System, codec: Codec, store: BatchLoader, recipe: Any
) -> Answers:
    """Run every row of ``store`` through ``net`` once, in order."""
    losses, said = torch.empty(len(store)), None
    done = 0
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            for encoded in store.batches(order.in_order(len(store), store.eval_batch_size)):
                batch = codec.prepare(encoded, recipe, None)
                once = CachedForward(net)
                rows = slice(done, done + len(batch))
                losses[rows] = system.loss(once, batch, recipe) / batch.count
                part = codec.decode(once, batch, recipe)
                said = _room(part, len(store)) if said is None else said
                _put(part, said, rows)
                done = rows.stop
    finally:
        net.train(was_training)
    return Answers([] if said is None else said, losses.tolist())


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
    part: list[Answer] | AnswerColumns, said: list[Answer] | AnswerColumns, rows: slice
) -> None:
    if isinstance(part, AnswerColumns) and isinstance(said, AnswerColumns):
        for name, column in part.columns.items():
            said.columns[name][rows] = column
    else:
        said[rows] = part  # type: ignore[index]


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
