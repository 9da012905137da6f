"""Where encoded examples are held: in memory where they fit, else streamed from disk."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from netwright.contract import Batch, Codec, Examples
from netwright.training.batching.loader import EVALUATED, MIB, BatchLoader, row_bytes, rows_in
from netwright.training.batching.memory import InMemory
from netwright.training.batching.stream import Streamed
from netwright.training.setup import TrainingSetup

FEW = 16
"""Examples that are encoded first, to see how large they are."""

PART = 8 * MIB
"""Encoded bytes of the parts in which the rest is encoded, about."""


@dataclass(frozen=True)
class Loaders:
    """The splits that a training reads, encoded.

    Args:
        message: one line that says where the training examples are held and why.
    """

    train: BatchLoader
    dev: BatchLoader
    message: str


def hold_splits(setup: TrainingSetup) -> Loaders:
    """Train and dev, encoded, within one memory budget.

    Raises:
        DataError: an example cannot be encoded.
    """
    knobs, device = setup.recipe.training, setup.device.torch_device
    budget = knobs.memory * MIB
    train, message = hold(setup.train, setup.codec, device, place=knobs.batches, budget=budget)
    left = budget - train.size if isinstance(train, InMemory) else budget // 8
    dev, _ = hold(setup.dev, setup.codec, device, place=knobs.batches, budget=left)
    return Loaders(train, dev, message)


def hold(
    examples: Examples, codec: Codec, device: torch.device, *, place: str, budget: int
) -> tuple[InMemory | Streamed, str]:
    """A loader for these examples, and one line that says where they are held and why.

    Args:
        place: ``memory``, ``stream``, or ``auto``: memory when the encoded examples fit into the
            budget.
        budget: bytes.

    Raises:
        DataError: an example cannot be encoded.
    """
    few = codec.encode(examples.take(range(min(len(examples), FEW))))
    size = row_bytes(few) * len(examples)
    fits = (
        f"{len(examples):,} encoded examples take {size / MIB:,.0f} MiB, the budget is"
        f" {budget // MIB:,} MiB"
    )
    if place == "memory" or (place == "auto" and size <= budget):
        return InMemory(_encoded(examples, codec, few).to(device)), f"batches from memory: {fits}"
    workers = 2 if getattr(examples.inputs, "costly", False) else 0
    by = f"{workers} workers" if workers else "this process"
    return (
        Streamed(examples, codec, device, workers, rows_in(EVALUATED, few)),
        f"batches streamed from disk by {by}: {fits}",
    )


def _encoded(examples: Examples, codec: Codec, few: Batch) -> Batch:
    """All rows, each encoded once: the first few as they are, the rest part by part into its place.

    Rows of unequal length, which each part pads to a width of its own, are encoded again at once.
    """
    if len(few) == len(examples):
        return few
    whole = few.map(lambda tensor: tensor.new_empty((len(examples), *tensor.shape[1:])))
    _put(few, whole, 0)
    at_once = max(1, PART // row_bytes(few))
    for start in range(len(few), len(examples), at_once):
        rows = range(start, min(start + at_once, len(examples)))
        part = codec.encode(examples.take(rows))
        if _kinds(part) != _kinds(few):
            return codec.encode(examples)
        _put(part, whole, start)
    return whole


def _put(part: Batch, whole: Batch, start: int) -> None:
    for rows, into in zip(
        (*part.tensors(), *part.meta), (*whole.tensors(), *whole.meta), strict=True
    ):
        into[start : start + len(rows)] = rows


def _kinds(batch: Batch) -> list[tuple[torch.dtype, torch.Size]]:
    """What the rows of each tensor are made of."""
    return [(tensor.dtype, tensor.shape[1:]) for tensor in (*batch.tensors(), *batch.meta)]
