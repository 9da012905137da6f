"""From examples to tensors and from outputs to numbers in the targets' own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data.encoder import Encoder
from netwright.data.several_targets.columns import as_array
from netwright.data.several_targets.shared import masked, mean_of_each
from netwright.data.standardize import check_deviation, standardized

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Predicted:
    """The answer: the predicted value of each target, in its units."""

    values: dict[str, float]


@dataclass(frozen=True)
class PredictedBetween(Predicted):
    """The answer with intervals: a truth lies from ``low`` to ``high`` as often as they say."""

    low: dict[str, float]
    high: dict[str, float]


@dataclass(frozen=True)
class Target:
    """One target: mu and sigma of what training knows of it."""

    name: str
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        check_deviation(self.mu, self.sigma)


@dataclass(frozen=True)
class NumbersCodec:
    """An input encoder and the T targets, in the order of the source."""

    encoder: Encoder
    targets: tuple[Target, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the targets."""
        return tuple(target.name for target in self.targets)

    def encode(self, examples: Examples) -> Batch:
        """Inputs; targets (N, T) float32, standardized, and (N, T) 1 where one is known; count: how
        many are.

        Raises:
            DataError: a target that training never saw, or one far beyond those of training.
        """
        import numpy as np

        held = as_array(examples.targets, self.names)
        scaled = np.zeros_like(held)
        for at, target in enumerate(self.targets):

            def name(row: int, named: str = target.name) -> str:
                return f"the target '{named}' of {examples.sources[row]}"

            scaled[:, at] = standardized(held[:, at], target.mu, target.sigma, name)
        return Batch(self.encoder.encode(examples), *masked(scaled, held))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Inputs normalized, and augmented when ``draws`` is given."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs, recipe, draws))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """mu + sigma * output of each target."""
        return self.answers(in_units(outputs.cpu(), self).numpy())

    def answers(self, values: Any) -> AnswerColumns:
        """(N, T) numbers as N answers."""
        return named_numbers(values, self.names)


def in_units(outputs: Tensor, codec: NumbersCodec) -> Tensor:
    """(N, T) outputs of a net -> (N, T) float64 in the targets' units."""
    import torch

    scales = [(target.mu, target.sigma) for target in codec.targets]
    mu, sigma = torch.tensor(scales, dtype=torch.float64).unbind(1)
    return outputs.double() * sigma + mu


def named_numbers(values: Any, names: Sequence[str]) -> AnswerColumns:
    """(N, T) numbers as N answers."""

    def build(row: Any) -> Predicted:
        return Predicted(dict(zip(names, row.tolist(), strict=True)))

    return AnswerColumns(build, {"values": values}, keys={"values": names})


def combine(answers: Sequence[Predicted], chosen: Sequence[Chosen]) -> Predicted:
    """The mean of each number.

    Raises:
        DataError: not all of them know the same targets.
    """
    return Predicted(mean_of_each([answer.values for answer in answers], "target"))


def numbers(target: Mapping[str, float | None]) -> dict[str, float]:
    """Those that are known."""
    return {name: number for name, number in target.items() if number is not None}


def between(answer: Predicted, ends: Mapping[str, tuple[float, float]]) -> PredictedBetween:
    """The answer with these ends."""
    low, high = ({name: pair[at] for name, pair in ends.items()} for at in (0, 1))
    return PredictedBetween(answer.values, low, high)
