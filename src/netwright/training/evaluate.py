"""Answers and losses of a net on examples, in evaluation mode and float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from netwright.contract import Answer, AnswerColumns, AnySystem, Chosen, Codec
from netwright.training.batching import order
from netwright.training.batching.loader import BatchLoader
from netwright.training.state import State

NOTHING: Chosen = {}


@dataclass(frozen=True)
class Answers:
    """What a net says of N examples.

    Args:
        answers: one an example.
        losses: one an example, per labelled thing; NaN where nothing is labelled.
        counts: labelled things of each example.
    """

    answers: list[Answer] | AnswerColumns
    losses: list[float]
    counts: list[float]


def answers(
    net: nn.Module,
    system: AnySystem,
    codec: Codec,
    loader: BatchLoader,
    recipe: Any,
    chosen: Chosen = NOTHING,
) -> Answers:
    """Run every row of ``loader`` through ``net`` a single time, in order.

    Args:
        chosen: what was set on dev after training, for ``decode``.
    """
    losses, counts, found = torch.empty(len(loader)), torch.empty(len(loader)), None
    start = 0
    was_training = net.training
    net.eval()
    try:
        with torch.inference_mode():
            for encoded in loader.batches(order.in_order(len(loader), loader.eval_batch_size)):
                batch = codec.prepare(encoded, recipe, None)
                outputs = system.forward(net, batch, recipe)
                rows = slice(start, start + len(batch))
                losses[rows] = system.loss(net, outputs, batch, recipe, False) / batch.count
                counts[rows] = batch.count
                part = codec.decode(net, outputs, batch, recipe, chosen)
                found = _room(part, len(loader)) if found is None else found
                _put(part, found, rows)
                start = rows.stop
    finally:
        net.train(was_training)
    return Answers([] if found is None else found, losses.tolist(), counts.tolist())


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
