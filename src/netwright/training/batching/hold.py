"""Where encoded examples are held: in memory where they fit, else streamed from disk."""

from __future__ import annotations

import torch

from netwright.contract import Codec, Examples
from netwright.training.batching.loader import EVALUATED, MIB, row_bytes, rows_in
from netwright.training.batching.memory import InMemory
from netwright.training.batching.stream import Streamed


def hold(
    examples: Examples, codec: Codec, device: torch.device, *, where: str, budget: int
) -> tuple[InMemory | Streamed, str]:
    """A store for these examples, and one line that says where they are held and why.

    Args:
        where: ``memory``, ``stream``, or ``auto``: memory when the encoded examples fit into the
            budget.
        budget: bytes.

    Raises:
        DataError: an example cannot be encoded.
    """
    few = codec.encode(examples.take(range(min(len(examples), 16))))
    size = row_bytes(few) * len(examples)
    fits = (
        f"{len(examples):,} encoded examples take {size / MIB:,.0f} MiB, the budget is"
        f" {budget // MIB:,} MiB"
    )
    if where == "memory" or (where == "auto" and size <= budget):
        return InMemory(codec.encode(examples).to(device)), f"batches from memory: {fits}"
    workers = 2 if getattr(examples.inputs, "costly", False) else 0
    by = f"{workers} workers" if workers else "this process"
    return (
        Streamed(examples, codec, device, workers, rows_in(EVALUATED, few)),
        f"batches streamed from disk by {by}: {fits}",
    )
