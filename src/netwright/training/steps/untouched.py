"""Trying a step without leaving a trace of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Untouched:
    """Puts the net's buffers and the random state back at the end of the block."""

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        self.buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
        self.fork = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])

    def __enter__(self) -> None:
        self.fork.__enter__()

    def __exit__(self, *failure: Any) -> None:
        self.fork.__exit__(*failure)
        with torch.no_grad():
            for buffer, before in self.buffers:
                buffer.copy_(before)
