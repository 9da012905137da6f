"""Signals and volumes to tensors: each channel of mean 0 and deviation 1 (notes 2.1.6)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError, NetwrightWarning
from netwright.contract import Examples
from netwright.data.signals.arrays import AXES, are_signals
from netwright.data.standardize import check_deviation

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.data.images.pixel_array import Pixels

DRAWN = 3.0
"""Deviations from the mean at which a value is drawn black or white."""


@dataclass(frozen=True)
class SignalEncoder:
    """What turns signals or volumes of one shape into the tensor that the net reads.

    Args:
        shape: (C, T) or (C, D, H, W).
        mu, sigma: one a channel, of the training split's values.
        may_end: whether training held signals that end before others: such are NaN from there on,
            in whose place the mean stands.
    """

    shape: tuple[int, ...]
    mu: tuple[float, ...]
    sigma: tuple[float, ...]
    may_end: bool = False

    def __post_init__(self) -> None:
        if len(self.shape) + 1 not in AXES or min(self.shape) < 1:
            raise ValueError(f"a shape (C, T) or (C, D, H, W), not {self.shape}")
        if not len(self.mu) == len(self.sigma) == self.shape[0]:
            raise ValueError(f"{self.shape[0]} channels, each with a mu and a sigma")
        for mu, sigma in zip(self.mu, self.sigma, strict=True):
            check_deviation(mu, sigma)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """No categories."""
        return ()

    def encode(self, examples: Examples) -> tuple[Tensor, ...]:
        """One (N, C, *axes) float32 tensor.

        Raises:
            DataError: they are no signals, or of another shape.
        """
        import torch

        return (torch.from_numpy(self.raw(examples)),)

    def raw(self, examples: Examples) -> np.ndarray[Any, Any]:
        """The same as an array.

        Raises:
            DataError: they are no signals, or of another shape.
        """
        inputs = examples.inputs
        if self.may_end and are_signals(inputs):
            inputs = ended_at(inputs, self.shape[1])
        if not are_signals(inputs) or inputs.shape[1:] != self.shape:
            shape = getattr(inputs, "shape", ())
            raise DataError(
                f"{examples.sources[0]} is of shape {tuple(shape[1:]) or 'no array'}: the model was"
                f" trained on {self.shape} (channels, then places)."
            )
        return np.ascontiguousarray(inputs)

    def prepare(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """(B, C, *axes) -> the same of mean about 0, deviation about 1."""
        (x,) = inputs
        mu, sigma = (self._by_channel(one, x) for one in (self.mu, self.sigma))
        found = (x.float() - mu) / sigma
        return (found.masked_fill(found.isnan(), 0.0) if self.may_end else found,)

    def pictured(self, inputs: Tensor) -> Pixels:
        """(B, C, *axes) as ``prepare`` gives them -> (B, *axes, C) uint8, 0 at three deviations
        below the mean, 255 at three above.
        """
        found: Pixels = (
            (127.5 + inputs.movedim(1, -1) * 127.5 / DRAWN).round().clamp(0, 255).byte().numpy()
        )
        return found

    def _by_channel(self, values: tuple[float, ...], x: Tensor) -> Tensor:
        import torch

        return torch.tensor(values, device=x.device).view(-1, *(1,) * (x.dim() - 2))


def fit_signals(train: Examples) -> SignalEncoder:
    """Mu and sigma of each channel of the training split; sigma of a constant channel is 1."""
    x: np.ndarray[Any, Any] = train.inputs
    others = (0, *range(2, x.ndim))
    known = ~np.isnan(x)
    may_end = not bool(known.all())
    only: dict[str, Any] = {"where": known} if may_end else {}
    mu = x.mean(axis=others, dtype=np.float64, **only)
    sigma = x.std(axis=others, dtype=np.float64, **only)
    sigma[sigma <= 1e-6 * np.maximum(1.0, np.abs(mu))] = 1.0
    return SignalEncoder(x.shape[1:], tuple(mu.tolist()), tuple(sigma.tolist()), may_end)


def ended_at(signals: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    """(N, C, T) with so many places: NaN behind the end of shorter ones; longer ones are cut.

    Warns:
        NetwrightWarning: one is.
    """
    longest = signals.shape[2]
    if longest < length:
        behind = ((0, 0), (0, 0), (0, length - longest))
        return np.pad(signals, behind, constant_values=np.nan)
    if not np.isnan(signals[:, :, length:]).all():
        warnings.warn(
            f"signals are read up to place {length:,}, the end of the longest of training: some are"
            " longer.",
            NetwrightWarning,
            stacklevel=2,
        )
    return signals[:, :, :length]
