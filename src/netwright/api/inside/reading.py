"""A run's net as a function of what it reads, and the examples that it is looked at with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.api import answering
from netwright.api.run import Run
from netwright.base.errors import RunError
from netwright.base.seeds import seed_of
from netwright.contract import Batch, Examples

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.data.images.pixel_array import Pixels

AT_ONCE = 64
"""Examples that are run at once."""


@dataclass(frozen=True)
class OwnExamples:
    """Examples that a run has learned from.

    Args:
        examples: all, or so many that were drawn, in their order.
        whole: how many there are.
    """

    examples: Examples
    whole: int


def of_split(run: Run, split: str, most: int) -> OwnExamples:
    """Examples of train or dev, as their units, at most so many.

    Raises:
        DataError: the data are not where they were.
        RunError: they have changed.
    """
    from netwright.training.units import units_of

    reading = answering.own_again(run.recipe, run.record, split)
    every = answering.own_examples(run.system, run.recipe, run.record, reading)
    rows = [at for at, own in enumerate(run.record.splits_of(every)) if own == split]
    some, whole = every.take(rows), len(rows)
    if whole > most:
        rng = np.random.default_rng(seed_of(0, "inspect", split))
        some = some.take(np.sort(rng.choice(whole, most, replace=False)).tolist())
    return OwnExamples(units_of(run.system, some, run.recipe, run.codec).units, whole)


def prepared(run: Run, examples: Examples) -> Batch:
    """What the net reads of examples, none of them augmented.

    Raises:
        DataError: one cannot be read.
    """
    bare = dataclasses.replace(examples, targets=[None] * len(examples), weights=None)
    batch: Batch = run.codec.prepare(run.codec.encode(bare).padded(), run.recipe, None)
    return batch


def batches(run: Run, examples: Examples) -> Iterator[tuple[range, Batch]]:
    """The same of many: rows, and what the net reads of them."""
    for start in range(0, len(examples), AT_ONCE):
        rows = range(start, min(start + AT_ONCE, len(examples)))
        yield rows, prepared(run, examples.take(rows))


def pictures(run: Run, batch: Batch) -> Pixels:
    """(B, *axes, C) uint8 of a prepared batch.

    Raises:
        RunError: what the net reads has no places.
    """
    found = None
    if run.system.pictured is not None:
        found = run.system.pictured(run.codec, batch.inputs)
    if found is None:
        raise RunError(
            f"what the net of {run.id} reads has no places that its units could look at, as an"
            " image has: inspect is for nets of filters. The sizes of its layers: netwright"
            f" summary {run.id}"
        )
    return found


def forward(run: Run, batch: Batch) -> Callable[[Tensor], Any]:
    """The net on other inputs of one kind, with all else of the batch as it is, row by row."""

    def outputs(inputs: Tensor) -> Any:
        count = len(inputs)
        others = batch if len(batch) == count else batch.take(_first(count))
        given = dataclasses.replace(others, inputs=(inputs, *others.inputs[1:]))
        return run.system.forward(run.net, given, run.recipe)

    return outputs


def _first(count: int) -> Tensor:
    """The first row, so many times."""
    import torch

    return torch.zeros(count, dtype=torch.int64)
