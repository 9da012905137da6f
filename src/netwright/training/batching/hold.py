"""Where encoded examples are held: in memory where they fit, else streamed from disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from netwright.base.figures import size_in_words
from netwright.contract import Batch, Codec, Examples, Ragged
from netwright.training.batching.loader import (
    EVALUATED,
    MIB,
    BatchLoader,
    LoaderRows,
    row_bytes,
    rows_in,
)
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
    train, message = hold(
        setup.train_units.units, setup.codec, device, place=knobs.batches, budget=budget
    )
    if not len(setup.dev):
        return Loaders(train, LoaderRows(train, torch.arange(0)), message)
    left = budget - train.size if isinstance(train, InMemory) else budget // 8
    dev, _ = hold(setup.dev_units.units, setup.codec, device, place=knobs.batches, budget=left)
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
    if few.lengths:
        return _hold_ragged(examples, codec, few, device, place=place, budget=budget)
    size = row_bytes(few) * len(examples)
    if place == "memory" or (place == "auto" and size <= budget):
        held = InMemory(_encoded(examples, codec, few).to(device))
        return held, f"batches from memory: {_fits(examples, size, budget)}"
    return _streamed(examples, codec, device, rows_in(EVALUATED, few), ()), (
        f"batches streamed from disk by {_reader(examples)}: {_fits(examples, size, budget)}"
    )


def _hold_ragged(
    examples: Examples,
    codec: Codec,
    few: Batch,
    device: torch.device,
    *,
    place: str,
    budget: int,
) -> tuple[InMemory | Streamed, str]:
    """The same of rows of unequal length: each is encoded once to know how long it is, and kept as
    long as all fit.
    """
    parts: list[Batch] = []
    lengths: list[tuple[Tensor, ...]] = []
    size, kept = 0, place != "stream"
    for part in _parts(examples, codec, few):
        lengths.append(part.lengths)
        size += sum(column.nbytes for column in part.columns())
        kept = kept and (place == "memory" or size <= budget)
        if kept:
            parts.append(part)
        else:
            parts.clear()
    fits = _fits(examples, size, budget)
    if kept:
        columns = zip(*(part.columns() for part in parts), strict=True)
        whole = parts[0].filled(map(_joined, columns))
        return InMemory(whole.to(device)), f"batches from memory: {fits}"
    long = tuple(torch.cat(column) for column in zip(*lengths, strict=True))
    at_once = max(1, min(512, EVALUATED * len(examples) // size))
    return _streamed(examples, codec, device, at_once, long), (
        f"batches streamed from disk by {_reader(examples)}: {fits}"
    )


def _parts(examples: Examples, codec: Codec, few: Batch) -> Iterator[Batch]:
    """All rows encoded, some at a time, in their order; the first few are there already."""
    part, start = few, len(few)
    yield part
    while start < len(examples):
        rows = range(start, min(start + max(1, PART // row_bytes(part)), len(examples)))
        part = codec.encode(examples.take(rows))
        yield part
        start = rows.stop


def _joined(column: Sequence[Tensor | Ragged]) -> Tensor | Ragged:
    ragged = [part for part in column if isinstance(part, Ragged)]
    return Ragged.cat(ragged) if ragged else torch.cat([*column])  # type: ignore[list-item]


def _streamed(
    examples: Examples,
    codec: Codec,
    device: torch.device,
    at_once: int,
    lengths: tuple[Tensor, ...],
) -> Streamed:
    workers = 2 if getattr(examples.inputs, "costly", False) else 0
    return Streamed(examples, codec, device, workers, at_once, lengths)


def _reader(examples: Examples) -> str:
    return "2 workers" if getattr(examples.inputs, "costly", False) else "this process"


def _fits(examples: Examples, size: int, budget: int) -> str:
    return (
        f"{len(examples):,} encoded examples take {size_in_words(size)}, the budget is"
        f" {budget // MIB:,} MiB"
    )


def _encoded(examples: Examples, codec: Codec, few: Batch) -> Batch:
    """All rows, each encoded once: the first few as they are, the rest part by part into its place.

    Raises:
        ValueError: the codec pads rows to unequal widths; such columns are ``Ragged``.
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
            raise ValueError(
                f"the codec encodes some rows as {_kinds(few)} and others as {_kinds(part)}: a"
                " column whose rows differ in length is a contract.Ragged"
            )
        _put(part, whole, start)
    return whole


def _put(part: Batch, whole: Batch, start: int) -> None:
    for rows, into in zip(part.columns(), whole.columns(), strict=True):
        into[start : start + len(rows)] = rows


def _kinds(batch: Batch) -> list[tuple[torch.dtype, torch.Size]]:
    """What the rows of each tensor are made of."""
    return [(tensor.dtype, tensor.shape[1:]) for tensor in batch.columns()]
