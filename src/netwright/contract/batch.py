"""What the net reads: tensors of some examples, and the random numbers that augment them.

Shapes: B rows in a batch. Nothing here imports torch until a batch is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Tensors of B examples, the same on every device.

    Args:
        inputs: tensors with B rows each.
        targets: tensors with B rows each; empty when only answers are wanted.
        count: (B,) float: how many labelled things a row holds: 1 an image, T a sentence of T
            tokens, 0 nothing labelled.
    """

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    count: Tensor

    def __len__(self) -> int:
        # a tensor's own len() takes five times as long, and this is asked at every step
        return self.count.shape[0]

    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor in a fixed order: inputs, targets, count."""
        return (*self.inputs, *self.targets, self.count)

    def map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with ``change`` applied to every tensor."""
        return Batch(
            tuple(map(change, self.inputs)), tuple(map(change, self.targets)), change(self.count)
        )

    def take(self, rows: Tensor) -> Batch:
        """The rows at the (K,) integer tensor ``rows``, on the same device."""
        return self.map(lambda tensor: tensor.index_select(0, rows))

    def to(self, device: torch.device) -> Batch:
        """The batch on ``device``; the copy overlaps with work there where it can."""
        return self.map(lambda tensor: tensor.to(device, non_blocking=True))


@dataclass(frozen=True)
class Draws:
    """Random numbers for the rows of a batch that do not depend on the number of processes.

    Every process draws for the whole global batch and keeps the rows that are its own.

    Args:
        seed, step: the run's seed and the number of the step; together they name the stream.
        total: rows of the global batch.
        rows: those of this process.
    """

    seed: int
    step: int
    device: torch.device
    total: int
    rows: slice

    @cached_property
    def generator(self) -> torch.Generator:
        """Made on the first draw: a step without augmentation pays nothing."""
        import torch

        from netwright.base.seeds import seed_of

        return torch.Generator(self.device).manual_seed(seed_of(self.seed, "augment", self.step))

    def uniform(self, *shape: int) -> Tensor:
        """(B, *shape) floats in [0, 1)."""
        import torch

        return torch.rand((self.total, *shape), generator=self.generator, device=self.device)[
            self.rows
        ]

    def normal(self, *shape: int) -> Tensor:
        """(B, *shape) floats, mean 0, standard deviation 1."""
        import torch

        return torch.randn((self.total, *shape), generator=self.generator, device=self.device)[
            self.rows
        ]
