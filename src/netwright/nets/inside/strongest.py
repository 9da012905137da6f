"""The examples that excite each unit of a map most, and where in them (notes 4.4.7; Zeiler and
Fergus 2013, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Strongest:
    """Of each of K units the examples in which its largest activation is largest, one place each.

    Args:
        count: examples that are kept of each unit.
        values: (K, up to count) activations, the largest first.
        examples: (K, up to count) int64 which examples.
        places: (K, up to count) int64 where in the flattened map.
        least: (K,) the smallest activation of all.
    """

    count: int
    values: Tensor | None = None
    examples: Tensor | None = None
    places: Tensor | None = None
    least: Tensor | None = None

    def add(self, rows: Tensor, maps: Tensor) -> None:
        """Look at a batch.

        Args:
            rows: (B,) which examples they are.
            maps: (B, K, *axes).
        """
        flat = maps.flatten(2)
        values, places = (one.transpose(0, 1) for one in flat.max(2))
        examples = rows.expand(len(values), -1)
        least = flat.amin((0, 2))
        if self.values is not None:
            assert self.examples is not None and self.places is not None and self.least is not None
            values = torch.cat([self.values, values], 1)
            examples = torch.cat([self.examples, examples], 1)
            places = torch.cat([self.places, places], 1)
            least = torch.minimum(self.least, least)
        # a stable sort: of equal ones the first that was seen stays, whatever the batches are
        order = values.argsort(stable=True, dim=1, descending=True)[:, : self.count]
        self.values, self.least = values.gather(1, order), least.clone()
        self.examples, self.places = examples.gather(1, order), places.gather(1, order)

    @property
    def is_dead(self) -> Tensor:
        """(K,) whether the unit says the same of every place of every example."""
        assert self.values is not None and self.least is not None
        return self.values[:, 0] == self.least
