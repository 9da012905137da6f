"""The weights that a run keeps: those of the best epoch on dev, or of the last one."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn

from netwright.training import checkpoints


@dataclass
class BestWeights:
    """The best weights so far.

    Args:
        keep_last: whether every epoch replaces the one before (``training.keep: last``).
        tensors: weights and buffers by name, on the CPU; empty before the first epoch has ended.
        key: what the epoch was ranked by, see ``runs.choosing.choice.rank``; the lower the better.
        epoch: whose weights they are; 0: none yet.
    """

    keep_last: bool
    tensors: dict[str, Tensor] = field(default_factory=dict)
    key: tuple[float, ...] | None = None
    epoch: int = 0

    def offer(self, net: nn.Module, key: tuple[float, ...], epoch: int) -> None:
        """Take the net's weights unless those of an earlier epoch rank before them."""
        if self.key is None or self.keep_last or key <= self.key:
            self.tensors, self.key, self.epoch = checkpoints.copy_of(net), key, epoch
