"""What the net reads: tensors of some examples, and the random numbers that augment them.

Shapes: B rows in a batch. Nothing here imports torch until a batch is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from netwright.contract.ragged import Ragged

if TYPE_CHECKING:
    import torch
    from torch import Tensor


Column: TypeAlias = Any
"""A tensor with a row an example; in an encoded batch it may be ``Ragged``."""


@dataclass(frozen=True)
class Mixed:
    """What a mixed batch keeps of the row that each of its rows was mixed with.

    Args:
        targets, count, weight: the partner's.
        lam: (B,) in [0, 1], how much of its own input and target a row keeps.
    """

    targets: tuple[Tensor, ...]
    count: Tensor
    weight: Tensor | None
    lam: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor in a fixed order."""
        weight = () if self.weight is None else (self.weight,)
        return (*self.targets, self.count, *weight, self.lam)

    def filled(self, tensors: Iterator[Tensor]) -> Mixed:
        """The same with other tensors, taken in the order of ``tensors``."""
        targets, count = tuple(islice(tensors, len(self.targets))), next(tensors)
        weight = None if self.weight is None else next(tensors)
        return Mixed(targets, count, weight, next(tensors))


@dataclass(frozen=True)
class Batch:
    """Tensors of B examples, the same on every device.

    An encoded batch may hold rows of unequal length (``Ragged``) among its inputs, targets and
    meta; what a codec prepares and a net reads never does: it was padded when it was taken. A codec
    that prepares one changes what it has to (``dataclasses.replace``) and leaves the rest.

    Args:
        inputs: columns with B rows each.
        targets: columns with B rows each; empty when only answers are wanted.
        count: (B,) float: how many labelled things a row holds: 1 an image, T a sentence of T
            tokens, 0 nothing labelled.
        weight: (B,) float: how much a row counts in the loss of a step; None: all alike.
        mix: what a mixed batch keeps of its rows' partners.
        progress: (B,) float: the fraction of the training that is done, for a loss that changes on
            the way; None where the codec puts none in.
        meta: columns with B rows each that only ``decode`` sees: an original size, a true length.
        others: of a batch that ``System.plan`` makes of k examples a row, batches with the second
            to the k-th of each row, encoded; ``Codec.prepare`` makes one of them all.
        carry: (B, ...) each: what the step before left, of a system that hands tensors on; put in
            just before ``forward``.
    """

    inputs: tuple[Column, ...]
    targets: tuple[Column, ...]
    count: Tensor
    weight: Tensor | None = None
    mix: Mixed | None = None
    progress: Tensor | None = None
    meta: tuple[Column, ...] = ()
    others: tuple[Batch, ...] = ()
    carry: tuple[Tensor, ...] = ()

    def __len__(self) -> int:
        # a tensor's own len() takes five times as long, and this is asked at every step
        return self.count.shape[0]

    def tensors(self) -> tuple[Column, ...]:
        """Every column that a step reads, in a fixed order; not ``meta``."""
        weight = () if self.weight is None else (self.weight,)
        mix = () if self.mix is None else self.mix.tensors()
        progress = () if self.progress is None else (self.progress,)
        return (*self.inputs, *self.targets, self.count, *weight, *mix, *progress)

    def columns(self) -> tuple[Column, ...]:
        """Every column in a fixed order, ``meta`` at the end."""
        return (*self.tensors(), *self.meta)

    def filled(self, columns: Iterable[Column]) -> Batch:
        """A batch of the same kind from other columns, in the order of ``columns`` or, without
        ``meta``, of ``tensors``; without ``others`` and ``carry``.
        """
        rest = iter(columns)
        inputs = tuple(islice(rest, len(self.inputs)))
        targets = tuple(islice(rest, len(self.targets)))
        return Batch(
            inputs,
            targets,
            next(rest),
            None if self.weight is None else next(rest),
            None if self.mix is None else self.mix.filled(rest),
            None if self.progress is None else next(rest),
            tuple(rest),
        )

    def map(self, change: Callable[[Any], Column]) -> Batch:
        """The batch with ``change`` applied to every column, of ``others`` and ``carry`` too."""
        found = self.filled(map(change, self.columns()))
        if not (self.others or self.carry):
            return found
        others = tuple(other.map(change) for other in self.others)
        return replace(found, others=others, carry=tuple(map(change, self.carry)))

    def take(self, rows: Tensor) -> Batch:
        """The rows at the (K,) integer tensor ``rows``, on the same device."""
        return self.map(
            lambda column: (
                column.take(rows) if isinstance(column, Ragged) else column.index_select(0, rows)
            )
        )

    def to(self, device: torch.device) -> Batch:
        """The batch on ``device``; the copy overlaps with work there where it can."""
        return self.map(lambda column: column.to(device, non_blocking=True))

    @property
    def lengths(self) -> tuple[Tensor, ...]:
        """(B,) int64 of each ragged column: the lengths of its rows, and of their longest things
        where these are of unequal length; empty where none is ragged.
        """
        ragged = [column for column in self.columns() if isinstance(column, Ragged)]
        return tuple(lengths for column in ragged for lengths in column.extents)

    def padded(self, widths: Sequence[int] | None = None) -> Batch:
        """The batch with tensors in place of its ragged columns.

        Args:
            widths: one for each of ``lengths``, in their order; None: the longest of each.
        """
        wide = None if widths is None else iter(widths)

        def pad(column: Column) -> Column:
            if not isinstance(column, Ragged):
                return column
            levels = 2 if isinstance(column.values, Ragged) else 1
            return column.padded(*([] if wide is None else islice(wide, levels)))

        return self.map(pad)

    def divisors(self) -> Tensor:
        """(B,) what each row adds to the number that a step's loss is divided by: its count, times
        its weight; of a mixed row lambda of its own and 1 - lambda of its partner's.
        """
        own = self.count if self.weight is None else self.count * self.weight
        if self.mix is None:
            return own
        other = self.mix.count if self.mix.weight is None else self.mix.count * self.mix.weight
        return other.lerp(own, self.mix.lam)

    def of_partners(self) -> Batch:
        """A mixed batch with the targets of the partners in place of its rows' own."""
        if self.mix is None:
            return self
        mix = self.mix
        return replace(self, targets=mix.targets, count=mix.count, weight=mix.weight, mix=None)


@dataclass(frozen=True)
class Draws:
    """Random numbers for the rows of a batch that do not depend on the number of processes.

    Every process draws for the whole global batch and keeps the rows that are its own.

    Args:
        seed, step: the run's seed and the number of the step; together they name the stream.
        total: rows of the global batch.
        rows: those of this process.
        progress: the fraction of the training's steps that are done.
    """

    seed: int
    step: int
    device: torch.device
    total: int
    rows: slice
    progress: float = 0.0

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
