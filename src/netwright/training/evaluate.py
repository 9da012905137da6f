"""Answers and losses of a net on examples, in evaluation mode; in float32, unless rounding is
wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.contract import Answer, AnswerColumns, AnySystem, Chosen, Codec, of_rows
from netwright.training.batching import order
from netwright.training.batching.loader import BatchLoader
from netwright.training.carry import Handed
from netwright.training.devices import Device
from netwright.training.freezing.phases import evaluating
from netwright.training.state import State
from netwright.training.units import Ints, SplitUnits

NOTHING: Chosen = {}


@dataclass(frozen=True)
class Evaluated:
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
    units: SplitUnits | None = None,
    device: Device | None = None,
) -> Evaluated:
    """Run every row of ``loader`` through ``net`` a single time: one answer an example, in order.

    Args:
        chosen: what was set on dev after training, for ``decode``.
        units: whose the rows are; None: each row is an example.
        device: in whose precision the net works; None: in float32.
    """
    within = contextlib.nullcontext() if device is None else device.autocast()
    with within:
        found = _of_rows(net, system, codec, loader, recipe, chosen, units)
    if units is None or units.owner is None or system.gather is None:
        return found
    gathered = system.gather(found.answers, units.owner, units.place)
    return _of_examples(gathered, found, units.owner)


def _of_examples(answers: list[Answer] | AnswerColumns, rows: Evaluated, owner: Ints) -> Evaluated:
    """Answers to examples; losses and counts are the sums over an example's rows."""
    counts, losses = np.asarray(rows.counts), np.asarray(rows.losses)
    summed = np.bincount(owner, np.where(counts > 0, losses * counts, 0.0))
    things = np.bincount(owner, counts)
    with np.errstate(invalid="ignore"):
        return Evaluated(answers, (summed / things).tolist(), things.tolist())


def _of_rows(
    net: nn.Module,
    system: AnySystem,
    codec: Codec,
    loader: BatchLoader,
    recipe: Any,
    chosen: Chosen,
    units: SplitUnits | None,
) -> Evaluated:
    """One answer a row, in order."""
    losses, counts, found = torch.empty(len(loader)), torch.empty(len(loader)), None
    with evaluating(net), torch.inference_mode():
        handed = None
        if system.carry is not None:
            handed = Handed(system, net, recipe, len(loader), units)
        planned = _plan(loader) if handed is None else handed.plan(loader.eval_batch_size)
        for rows, encoded in zip(planned, loader.batches(planned), strict=True):
            batch = codec.prepare(encoded, recipe, None)
            if handed is not None:
                batch = handed.given(batch, rows)
            outputs = system.forward(net, batch, recipe)
            if handed is not None:
                handed.keep(outputs, rows)
            loss = system.loss(net, outputs, batch, recipe, False) / batch.count
            losses[rows], counts[rows] = loss.cpu(), batch.count.cpu()
            part = codec.decode(net, outputs, batch, recipe, chosen)
            found = _room(part, len(loader)) if found is None else found
            _put(part, found, rows)
    return Evaluated([] if found is None else found, losses.tolist(), counts.tolist())


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
    part: list[Answer] | AnswerColumns, into: list[Answer] | AnswerColumns, rows: Tensor
) -> None:
    if isinstance(part, AnswerColumns) and isinstance(into, AnswerColumns):
        for name, column in part.columns.items():
            _put_column(column, into.columns[name], rows)
    else:
        _put_column(part, into, rows)


def _put_column(part: Any, into: Any, rows: Tensor) -> None:
    if isinstance(into, list):
        for row, value in zip(rows.tolist(), part, strict=True):
            into[row] = value
    else:
        into[rows.numpy()] = part


def _plan(loader: BatchLoader) -> list[Tensor]:
    """Rows in their order, or, where they are of unequal length, the shortest first."""
    if not loader.lengths:
        return order.in_order(len(loader), loader.eval_batch_size)
    return order.shortest_first(torch.stack(loader.lengths).amax(0), loader.eval_batch_size)


def merged(parts: Sequence[tuple[Sequence[int], Evaluated]]) -> Evaluated:
    """The answers of several readings of the same examples, put together.

    Args:
        parts: (rows, answers of all examples) each; the rows of all parts are all rows, each once.
    """
    whole = parts[0][1]
    losses, counts = list(whole.losses), list(whole.counts)
    found = _room(whole.answers, len(losses))
    for rows, part in parts:
        _put(of_rows(part.answers, rows), found, torch.as_tensor(rows))
        for row in rows:
            losses[row], counts[row] = part.losses[row], part.counts[row]
    return Evaluated(found, losses, counts)


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
