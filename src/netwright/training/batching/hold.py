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

PART = 1 << 12
"""Examples that are encoded at once where each is read from a file."""


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
    from_files = getattr(examples.inputs, "costly", False)
    if place == "memory" or (place == "auto" and size <= budget):
        encoded = _encoded(examples, codec, few) if from_files else codec.encode(examples)
        return InMemory(encoded.to(device)), f"batches from memory: {fits}"
    workers = 2 if from_files else 0
    by = f"{workers} workers" if workers else "this process"
    return (
        Streamed(examples, codec, device, workers, rows_in(EVALUATED, few)),
        f"batches streamed from disk by {by}: {fits}",
    )


def _encoded(examples: Examples, codec: Codec, few: Batch) -> Batch:
    """All rows, the first few not read again, each part freed when it lies in its place."""
    whole = few.map(lambda tensor: tensor.new_empty((len(examples), *tensor.shape[1:])))
    for start in range(0, len(examples), PART):
        begin, end = max(start, len(few)), min(start + PART, len(examples))
        part = codec.encode(examples.take(range(begin, end))) if begin < end else None
        for into, first, rest in zip(
            whole.tensors(), few.tensors(), (part or few).tensors(), strict=True
        ):
            if start == 0:
                into[: len(few)] = first
            if part is not None:
                into[begin:end] = rest
    return whole
