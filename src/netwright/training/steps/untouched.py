"""Trying a step without leaving a trace of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


class Untouched:
    """Puts the net's buffers and the random state back at the end of the block.

    Args:
        also: tensors beside the buffers that a step changes in place.
    """

    def __init__(self, net: nn.Module, device: torch.device, also: Iterable[Tensor] = ()) -> None:
        self.buffers = [(buffer, buffer.clone()) for buffer in (*net.buffers(), *also)]
        self.fork = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])

    def __enter__(self) -> None:
        self.fork.__enter__()

    def __exit__(self, *failure: Any) -> None:
        self.fork.__exit__(*failure)
        with torch.no_grad():
            for buffer, before in self.buffers:
                buffer.copy_(before)
