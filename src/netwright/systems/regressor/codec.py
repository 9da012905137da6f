"""From examples to tensors and from outputs to numbers in the target's own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data.encoder import Encoder
from netwright.data.packed import as_floats
from netwright.data.standardize import check_deviation, standardized

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Number:
    """The answer: the predicted value, in the target's units."""

    value: float


@dataclass(frozen=True)
class NumberBetween(Number):
    """The answer with an interval: the truth lies from ``low`` to ``high`` as often as it says."""

    low: float
    high: float


@dataclass(frozen=True)
class NumberCodec:
    """An input encoder, and mu and sigma of the training split's targets."""

    encoder: Encoder
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        check_deviation(self.mu, self.sigma)

    def encode(self, examples: Examples) -> Batch:
        """Targets (N,) float32, standardized; count 1 where there is one.

        Raises:
            DataError: a target is no number, or one far beyond those of training.
        """
        import numpy as np
        import torch

        words = [t for t in examples.targets if t is not None and not isinstance(t, int | float)]
        if words:
            raise DataError(f"the target '{words[0]}' is no number: this model predicts numbers.")
        known = torch.tensor([t is not None for t in examples.targets])
        scaled = standardized(
            as_floats(examples.targets),
            self.mu,
            self.sigma,
            lambda at: f"the target of {examples.sources[at]}",
        )
        targets = torch.from_numpy(scaled.astype(np.float32))
        return Batch(self.encoder.encode(examples), (targets,), known.float())

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Inputs normalized, and augmented when ``draws`` is given."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs, recipe, draws))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """mu + sigma * output."""
        return numbers(in_units(outputs.cpu(), self).tolist())


def in_units(outputs: Tensor, codec: NumberCodec) -> Tensor:
    """(N, 1) outputs of a net -> (N,) float64 in the target's units."""
    return outputs.squeeze(1).double() * codec.sigma + codec.mu


def numbers(values: list[float]) -> AnswerColumns:
    """One answer a value."""
    return AnswerColumns(Number, {"value": values})


def named(target: float) -> dict[str, float]:
    """The one number, which has no name."""
    return {"": target}


def between(answer: Number, ends: Mapping[str, tuple[float, float]]) -> NumberBetween:
    """The answer with these ends."""
    return NumberBetween(answer.value, *ends[""])
