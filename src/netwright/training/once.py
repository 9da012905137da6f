"""A net that is run once per batch, though several functions ask for its outputs."""

from __future__ import annotations

from typing import Any

from torch import nn


class CachedForward(nn.Module):
    """``net``, whose last outputs are given again while the inputs are the very same tensors.

    Args:
        training: what ``training`` says to who asks; the net itself is left in the mode it is in.
    """

    def __init__(self, net: nn.Module, *, training: bool = False) -> None:
        super().__init__()
        self.net = net
        self._kept: tuple[tuple[Any, ...], Any] | None = None
        self.training = training

    def forward(self, *inputs: Any) -> Any:
        """Whatever the net returns."""
        if self._kept is None or any(
            a is not b for a, b in zip(self._kept[0], inputs, strict=True)
        ):
            self._kept = (inputs, self.net(*inputs))
        return self._kept[1]

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("net"), name)
